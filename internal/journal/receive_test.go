package journal_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/internal/journal/pgtest"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// eventAbout is an event about the operation that the n-th intent became.
func eventAbout(n, code int) apply.Event {
	op := intent(n).Payment + "_1"
	return apply.Event{
		Identity: fmt.Sprint(op, code), ID: fmt.Sprintf("e-%d-%d", n, code), Type: "payment.x", Created: noon.Add(time.Hour),
		Payment: intent(n).Payment, OperationID: op, Code: code, HasCode: true,
		Amount: spec.Money{Minor: 12_500, Currency: "EUR"}, Received: noon.Add(2 * time.Hour), BodySHA: sha256.Sum256([]byte(op)),
	}
}

// accepted records the n-th intent, and that the platform took it.
func accepted(t *testing.T, j *journal.Journal, n int) int64 {
	t.Helper()
	seq, err := j.Intend(t.Context(), intent(n))
	require.NoError(t, err)
	require.NoError(t, j.Conclude(seq, apply.Outcome{
		At: noon, State: plan.StateAccepted, OperationID: intent(n).Payment + "_1", Code: 91, Status: 201,
	})())
	return seq
}

// states are where intents stand, by their numbers.
func states(t *testing.T, j *journal.Journal) map[int64]plan.State {
	t.Helper()
	all := map[int64]plan.State{}
	for i, err := range j.List(t.Context(), journal.Filter{}) {
		require.NoError(t, err)
		all[i.Seq] = i.State
	}
	return all
}

// TestReceive records events, settles by them, and knows them again.
func TestReceive(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, fresh func(*testing.T) string) {
		path := fresh(t)
		j := mustOpen(t, path, journal.Write)
		accepted(t, j, 1) // 1, 2
		accepted(t, j, 2) // 3, 4
		_, err := j.Intend(t.Context(), intent(3))
		require.NoError(t, err) // 5
		require.NoError(t, j.Close())

		j = mustOpen(t, path, journal.Write)
		wrong := eventAbout(2, 9)
		wrong.Amount.Minor++
		of3 := eventAbout(3, 9)
		receipts, err := j.Receive(t.Context(), []apply.Event{
			eventAbout(1, 91), eventAbout(1, 9), eventAbout(1, 9), wrong, of3, eventAbout(9, 9), {Identity: "none"},
		})
		require.NoError(t, err)
		var seqs []int64
		for _, r := range receipts {
			seqs = append(seqs, r.Seq)
		}
		require.Equal(t, []int64{6, 7, 0, 9, 10, 11, 12}, seqs, "8 is the outcome of 1")
		require.True(t, receipts[2].Repeated())
		require.Equal(t, plan.StateSettled, receipts[1].Verdict.State)
		require.Equal(t, plan.StateAccepted, receipts[1].Intent.State, "as it stood before")
		require.True(t, receipts[3].Verdict.Alarm)
		require.Nil(t, receipts[4].Intent, "nobody knows which operation it became")
		require.Equal(t, map[int64]plan.State{1: plan.StateSettled, 3: plan.StateAccepted, 5: plan.StateIntended}, states(t, j))
		require.Equal(t, noon.Add(2*time.Hour), j.Newest())

		refused := eventAbout(2, 93)
		receipts, err = j.Receive(t.Context(), []apply.Event{refused, eventAbout(1, 9)})
		require.NoError(t, err)
		require.Equal(t, plan.StateRefused, receipts[0].Verdict.State)
		require.True(t, receipts[1].Repeated())
		require.NoError(t, j.Close())

		j = mustOpen(t, path, journal.ReadOnly)
		require.EqualValues(t, 14, j.Ref().Seq)
		wantSound(t, j, 14)
		events, err := j.Events(t.Context(), 1)
		require.NoError(t, err)
		last := events[len(events)-1].Outcome
		require.Equal(t, "settled by webhook e-1-9 (payment.x)", last.Message)
		require.Equal(t, 9, last.Code)
		notices, err := j.Notices(t.Context(), 1)
		require.NoError(t, err)
		require.Empty(t, cmp.Diff([]journal.Notice{
			{Seq: 6, ReceivedAt: noon.Add(2 * time.Hour), EventID: "e-1-91", Type: "payment.x", OperationID: "3000000001_1", Code: 91, Message: "the platform is still at work on it, or is not certain itself"},
			{Seq: 7, ReceivedAt: noon.Add(2 * time.Hour), EventID: "e-1-9", Type: "payment.x", OperationID: "3000000001_1", Code: 9, State: plan.StateSettled, Message: "settled by webhook e-1-9 (payment.x)"},
		}, notices))
		var text bytes.Buffer
		require.NoError(t, j.Export(t.Context(), &text))
		require.Contains(t, text.String(), `{"type":"event","seq":7,"run":{"actor":"ada","tool_version":"1.0.0","at":"2026-11-22T12:00:00Z"},`+
			`"event_id":"e-1-9","event_type":"payment.x","payment":"3000000001","operation_id":"3000000001_1","code":9,`+
			`"received_at":"2026-11-22T14:00:00Z","created":"2026-11-22T13:00:00Z","body_sha256":"`+fmt.Sprintf("%x", eventAbout(1, 9).BodySHA)+`",`+
			`"facts":{"id":"e-1-9","type":"payment.x","created":"2026-11-22T13:00:00Z","payment":"3000000001","operation":"3000000001_1",`+
			`"code":9,"amount":12500,"currency":"EUR"},"intent":1,"effect":"settled","message":"settled by webhook e-1-9 (payment.x)"}`)
		require.Contains(t, text.String(), `"records":14,"intents":3,"outcomes":4,`)
		require.Contains(t, text.String(), `"events":7,"sha256"`)
		_, err = j.Receive(t.Context(), []apply.Event{eventAbout(1, 9)})
		require.ErrorIs(t, err, journal.ErrReadOnly)
	})
}

// TestReceiveForEach merchant by itself: an event is about its own calls alone.
func TestReceiveForEach(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, fresh func(*testing.T) string) {
		path := fresh(t)
		j := mustOpen(t, path, journal.Write)
		accepted(t, j, 1)
		require.NoError(t, j.Close())
		other := config(path, journal.Write)
		other.Merchant = "another"
		k, err := journal.Open(t.Context(), other)
		require.NoError(t, err)
		receipts, err := k.Receive(t.Context(), []apply.Event{eventAbout(1, 9)})
		require.NoError(t, err)
		require.Zero(t, receipts[0].Verdict.Intent)
		require.NoError(t, k.Close())
		j = mustOpen(t, path, journal.Write)
		receipts, err = j.Receive(t.Context(), []apply.Event{eventAbout(1, 9)})
		require.NoError(t, err)
		require.Equal(t, plan.StateSettled, receipts[0].Verdict.State, "the other one's is no duplicate")
		wantSound(t, j, 5)
	})
}

// TestReceiveAllOrNothing: what cannot be recorded leaves nothing behind.
func TestReceiveAllOrNothing(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, fresh func(*testing.T) string) {
		path := fresh(t)
		j := mustOpen(t, path, journal.Write)
		seq := accepted(t, j, 1)
		require.NoError(t, j.Close())
		no := `CREATE TRIGGER no_settled BEFORE INSERT ON outcomes WHEN NEW.state = 'settled' BEGIN SELECT RAISE(ABORT, 'no more'); END`
		yes := `DROP TRIGGER no_settled`
		if strings.HasPrefix(path, "postgres:") {
			no, yes = `ALTER TABLE outcomes ADD CONSTRAINT no_settled CHECK (state <> 'settled')`, `ALTER TABLE outcomes DROP CONSTRAINT no_settled`
		}
		alter(t, path, no)
		j = mustOpen(t, path, journal.Write)
		_, err := j.Receive(t.Context(), []apply.Event{eventAbout(1, 91), eventAbout(1, 9)})
		require.ErrorContains(t, err, "nothing more is recorded")
		_, err = j.Receive(t.Context(), []apply.Event{eventAbout(1, 91)})
		require.Error(t, err, "the writer has stopped")
		require.NoError(t, j.Close())
		alter(t, path, yes)
		j = mustOpen(t, path, journal.Write)
		wantSound(t, j, 2)
		_, err = j.Receive(t.Context(), []apply.Event{eventAbout(1, 91), {}})
		require.ErrorContains(t, err, "no identity")
		require.EqualValues(t, 2, j.Ref().Seq)
		_, err = j.Receive(t.Context(), []apply.Event{eventAbout(1, 91), eventAbout(1, 9)})
		require.NoError(t, err)
		require.Equal(t, map[int64]plan.State{seq: plan.StateSettled}, states(t, j))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = j.Receive(ctx, []apply.Event{eventAbout(1, 8)})
		require.ErrorIs(t, err, context.Canceled)
	})
}

// TestReceiveHostile texts: none is refused by a database, and card numbers are
// not kept.
func TestReceiveHostile(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, fresh func(*testing.T) string) {
		path := fresh(t)
		j := mustOpen(t, path, journal.Write)
		e := eventAbout(1, 9)
		e.ID, e.Type, e.Ref = "a\x00b\xff", "'; DROP TABLE events; --\x1b[31m", "4111 1111 1111 1111"
		e.Created, e.Code = time.Time{}, 1<<40
		_, err := j.Receive(t.Context(), []apply.Event{e})
		require.NoError(t, err)
		wantSound(t, j, 1)
		var text bytes.Buffer
		require.NoError(t, j.Export(t.Context(), &text))
		require.NotContains(t, text.String(), "4111")
		require.Contains(t, text.String(), "looks like a card number")
	})
}

// TestCheckEvents finds events that were altered.
func TestCheckEvents(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, fresh func(*testing.T) string) {
		for name, tt := range map[string]struct{ statement, want string }{
			"dropped":         {`DELETE FROM events WHERE seq = 3`, "record 3 is missing"},
			"of no intent":    {`UPDATE events SET intent = 99, effect = 'evidence' WHERE seq = 3`, "event 3 is about intent 99, which is missing"},
			"another effect":  {`UPDATE events SET effect = 'refused' WHERE seq = 3`, "event 3 says that it made intent 1 refused, and no such outcome follows"},
			"another outcome": {`UPDATE outcomes SET operation_id = 'x' WHERE seq = 4`, "no such outcome follows"},
			"of no run":       {`UPDATE events SET run = 99 WHERE seq = 3`, "record 3 is of run 99, which is missing"},
		} {
			path := fresh(t)
			j := mustOpen(t, path, journal.Write)
			accepted(t, j, 1)
			_, err := j.Receive(t.Context(), []apply.Event{eventAbout(1, 9)})
			require.NoError(t, err)
			require.NoError(t, j.Close())
			alter(t, path, tt.statement)
			report, err := mustOpen(t, path, journal.ReadOnly).Check(t.Context(), verify)
			require.NoError(t, err)
			require.Contains(t, fmt.Sprint(report.Faults), tt.want, name)
		}
	})
}

// TestBrief: a process that keeps the journal for a moment locks nobody out, and
// is itself put off by one that works with it.
func TestBrief(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, fresh func(*testing.T) string) {
		path := fresh(t)
		brief := config(path, journal.Write)
		brief.Brief = true
		held, err := journal.Open(t.Context(), brief)
		require.NoError(t, err)
		opened := make(chan error, 1)
		go func() {
			j, err := journal.Open(context.Background(), config(path, journal.Write)) // LockTimeout 0
			if err == nil {
				_, err = journal.Open(context.Background(), brief)
				err = errors.Join(err, j.Close())
			}
			opened <- err
		}()
		select {
		case err := <-opened:
			t.Fatalf("it did not wait: %v", err)
		case <-time.After(150 * time.Millisecond):
		}
		require.NoError(t, held.Close())
		require.ErrorIs(t, <-opened, apply.ErrLocked)
	})
}

// BenchmarkReceive tells for how long the journal is kept for a batch of events.
func BenchmarkReceive(b *testing.B) {
	for _, n := range []int{1, 16, 128} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "j.db")
			seed := mustOpen(b, path, journal.Write)
			for i := range 1000 {
				seq, err := seed.Intend(b.Context(), intent(i))
				require.NoError(b, err)
				require.NoError(b, seed.Conclude(seq, apply.Outcome{State: plan.StateAccepted, OperationID: intent(i).Payment + "_1", Code: 91})())
			}
			require.NoError(b, seed.Close())
			cfg := config(path, journal.Write)
			cfg.Brief = true
			round := 0
			for b.Loop() {
				j, err := journal.Open(b.Context(), cfg)
				require.NoError(b, err)
				events := make([]apply.Event, n)
				for i := range events {
					events[i] = eventAbout(i, 91)
					events[i].Identity = fmt.Sprint(round, i)
				}
				round++
				_, err = j.Receive(b.Context(), events)
				require.NoError(b, err)
				require.NoError(b, j.Close())
			}
		})
	}
}

// TestBriefDied: for a call of one that makes none nobody waits. Its lease has run
// out, and it is free.
func TestBriefDied(t *testing.T) {
	t.Parallel()
	path := pgtest.DSN(t)
	brief := config(path, journal.Write)
	brief.Brief = true
	dead, err := journal.Open(t.Context(), brief)
	require.NoError(t, err)
	alter(t, path, `UPDATE lease SET token = 'of nobody', expires = clock_timestamp()`)
	j := mustOpen(t, path, journal.Write)
	accepted(t, j, 1)
	_, err = dead.Receive(t.Context(), []apply.Event{eventAbout(1, 9)})
	require.ErrorIs(t, err, apply.ErrLocked, "it is not dead, and too late")
	require.ErrorContains(t, err, "record events: ")
	require.NoError(t, dead.Close())
	_, err = j.Receive(t.Context(), []apply.Event{eventAbout(1, 9)})
	require.NoError(t, err)
	wantSound(t, j, 4)
}

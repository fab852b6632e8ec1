package doctor_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/doctor"
	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

// A history is what a journal knows, made up.
type history struct {
	unfinished *apply.PlanRecord
	open, took []plan.Intent
	err        error
}

func (h history) Unfinished(context.Context) (apply.PlanRecord, error) {
	if h.unfinished == nil {
		return apply.PlanRecord{}, errors.Join(apply.ErrNoPlan, h.err)
	}
	return *h.unfinished, h.err
}

func (h history) Open(_ context.Context, limit int) ([]plan.Intent, error) {
	return h.open[:min(limit, len(h.open))], h.err
}

func (h history) Accepted(_ context.Context, after int64, limit int) ([]plan.Intent, error) {
	rest := slices.DeleteFunc(slices.Clone(h.took), func(i plan.Intent) bool { return i.Seq <= after })
	return rest[:min(limit, len(rest))], h.err
}

// since is a call that has stood as it does for so long.
func since(age time.Duration) plan.Intent {
	return plan.Intent{Seq: 1, Payment: "3066177123", Op: "capture", Ref: "ship-1", At: noon.Add(-age), StateAt: noon.Add(-age)}
}

func TestStanding(t *testing.T) {
	t.Parallel()
	many := make([]plan.Intent, 2500)
	for n := range many {
		many[n] = since(time.Hour)
		many[n].Seq = int64(n + 1)
	}
	for name, tt := range map[string]struct {
		history history
		working bool
		want    want
	}{
		"nothing":       {history{}, false, want{doctor.OK, "", "no call: what became of each is known"}},
		"unfinished":    {history{unfinished: &apply.PlanRecord{PlanID: "2ec8496200ea11", AcceptedAt: noon}}, false, want{doctor.Warning, "", "plan 2ec8496200ea of 2026-11-22 12:00 UTC was begun"}},
		"doubt":         {history{open: []plan.Intent{since(0)}}, false, want{doctor.Problem, doctor.CauseDoubt, "1 call: nobody knows whether money moved | run payreconcile resume"}},
		"much doubt":    {history{open: many}, false, want{doctor.Problem, doctor.CauseDoubt, "1000 calls or more"}},
		"under way":     {history{open: []plan.Intent{since(0)}}, true, want{doctor.Skipped, "", "another process works with it"}},
		"accepted":      {history{took: many}, false, want{doctor.OK, "", "2500 calls not settled yet"}},
		"accepted long": {history{took: []plan.Intent{since(73 * time.Hour)}}, false, want{doctor.Warning, "", "the oldest for 3 days"}},
		"unreadable":    {history{err: errors.New("the disk failed")}, false, want{doctor.Problem, "", "the disk failed"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.want.holds(t, doctor.Standing(t.Context(), tt.history, tt.working, noon)...)
		})
	}
}

func at(path, merchant, pin string) journal.Config {
	return journal.Config{
		Path: path, Environment: "test", Merchant: merchant, Mode: journal.ReadOnly, Pin: pin, Now: func() time.Time { return noon },
	}
}

// made is a journal with one record of the merchant shop.
func made(t *testing.T) (path, id string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "j.db")
	cfg := at(path, "shop", "")
	cfg.Mode = journal.Write
	j, err := journal.Open(t.Context(), cfg)
	require.NoError(t, err)
	intent := since(time.Hour)
	intent.Amount, intent.Currency, intent.Attempt, intent.Key = 100, "EUR", 1, "KEY"
	seq, err := j.Intend(t.Context(), intent)
	require.NoError(t, err)
	require.NoError(t, j.Conclude(seq, apply.Outcome{State: plan.StateSettled, At: intent.At})())
	id = j.Ref().ID
	require.NoError(t, j.Close())
	return path, id
}

func TestStorage(t *testing.T) {
	t.Parallel()
	path, id := made(t)
	checks := doctor.Storage(t.Context(), at(path, "shop", id))
	for _, c := range checks {
		require.Equal(t, doctor.OK, c.Status, lines(c))
	}
	want{doctor.OK, "", "2 records, the newest of 2026-11-22 11:00 UTC"}.holds(t, checks...)
	want{doctor.OK, "", "as PAYRECONCILE_JOURNAL_ID asks"}.holds(t, checks...)
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".payreconcile-doctor-*"))
	require.NoError(t, err)
	require.Empty(t, left, "the probe is removed")

	want{doctor.Warning, "", "set PAYRECONCILE_JOURNAL_ID=" + id}.holds(t, doctor.Storage(t.Context(), at(path, "shop", ""))...)
	want{doctor.Warning, "", "none of them is of merchant other in test"}.holds(t, doctor.Storage(t.Context(), at(path, "other", id))...)
	want{doctor.Problem, "", "and the configuration asks for j-other"}.holds(t, doctor.Storage(t.Context(), at(path, "shop", "j-other"))...)
	early := at(path, "shop", id)
	early.Now = func() time.Time { return noon.Add(-2 * time.Hour) }
	want{doctor.Problem, "", "later than now by this machine's clock | set the clock"}.holds(t, doctor.Storage(t.Context(), early)...)

	cfg := at(path, "shop", id)
	cfg.Mode = journal.Write
	j, err := journal.Open(t.Context(), cfg)
	require.NoError(t, err)
	want{doctor.Problem, doctor.CauseLocked, "in use: another process (process "}.holds(t, doctor.Storage(t.Context(), at(path, "shop", id))...)
	require.NoError(t, j.Close())
}

func TestStorageThatIsNot(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "j.db")
	want{doctor.Warning, "", "there is none yet at " + missing}.holds(t, doctor.Storage(t.Context(), at(missing, "shop", ""))...)
	want{doctor.Problem, "", "PAYRECONCILE_JOURNAL_ID asks for j-1 | restore that journal"}.holds(t, doctor.Storage(t.Context(), at(missing, "shop", "j-1"))...)
	require.NoFileExists(t, missing, "looking makes none")

	text := filepath.Join(t.TempDir(), "j.db")
	require.NoError(t, os.WriteFile(text, make([]byte, 8192), 0o600))
	want{doctor.Problem, "", "journal " + text}.holds(t, doctor.Storage(t.Context(), at(text, "shop", ""))...)
}

// A page in the middle of a journal is overwritten.
func TestDamagedJournal(t *testing.T) {
	t.Parallel()
	path, id := made(t)
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Greater(t, len(data), 16*1024)
	for i := 8 * 1024; i < len(data); i++ {
		data[i] ^= 0x5a
	}
	require.NoError(t, os.WriteFile(path, data, 0o600))
	want{doctor.Problem, "", "damaged"}.holds(t, doctor.Storage(t.Context(), at(path, "shop", id))...)
}

func TestDisk(t *testing.T) {
	t.Parallel()
	probe := func(took time.Duration, err error) func(string) (time.Duration, error) {
		return func(string) (time.Duration, error) { return took, err }
	}
	want{doctor.OK, "", "durable within 3ms"}.holds(t, doctor.Disk(t.TempDir(), probe(3*time.Millisecond, nil))...)
	want{doctor.Warning, "", "takes 2s | put the journal on a faster local disk"}.holds(t, doctor.Disk(t.TempDir(), probe(2*time.Second, nil))...)
	want{doctor.Problem, "", "nothing can be written to"}.holds(t, doctor.Disk(t.TempDir(), probe(0, &os.PathError{Op: "open", Err: os.ErrPermission}))...)
	_, err := doctor.Probe(filepath.Join(t.TempDir(), "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

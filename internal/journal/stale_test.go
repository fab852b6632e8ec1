package journal_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/internal/journal/pgtest"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A process whose lease another one has taken may say what became of its own
// intents, judged by what stands in the database, and nothing else.
func TestStaleHolder(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	stale := open(t, dsn, nil)
	mustAccept(t, stale, apply.PlanRecord{PlanID: "p"}, "text of p")
	var own []int64
	for n := range 5 {
		seq, err := stale.Intend(t.Context(), intent(n))
		require.NoError(t, err)
		own = append(own, seq)
	}
	require.NoError(t, stale.Conclude(own[1], apply.Outcome{State: plan.StateUnknown})())
	expire(t, dsn)
	fresh := open(t, dsn, nil)

	before := fresh.Ref().Seq
	for range 2 {
		_, err := stale.Intend(t.Context(), intent(100))
		require.ErrorIs(t, err, apply.ErrLocked)
		require.ErrorContains(t, err, "record capture ship-1 of payment 3000000100: another process has taken over this journal")
		require.Zero(t, stale.Lease())
	}
	require.ErrorIs(t, stale.Finish(t.Context(), "p", "done", noon), apply.ErrLocked)
	require.ErrorIs(t, stale.Accept(t.Context(), strings.NewReader("x"), nil), apply.ErrLocked)
	stale.NoteEcho(spec.Capture, "3000000001_1", noon)

	theirs, err := fresh.Intend(t.Context(), intent(100))
	require.NoError(t, err)
	require.Equal(t, before+1, theirs, "what was refused took no number")
	require.ErrorIs(t, stale.Conclude(theirs, apply.Outcome{State: plan.StateSettled})(), apply.ErrLocked)
	_, err = fresh.Intend(t.Context(), intent(0))
	require.ErrorIs(t, err, apply.ErrKeyUsed)

	// Both conclude, in turns.
	later := noon.Add(time.Hour)
	require.NoError(t, stale.Conclude(own[0], apply.Outcome{State: plan.StateAccepted})())
	require.NoError(t, fresh.Conclude(own[0], apply.Outcome{State: plan.StateSettled})())
	require.ErrorContains(t, stale.Conclude(own[0], apply.Outcome{State: plan.StateRefused})(), "it is settled and cannot become refused")
	require.NoError(t, stale.Conclude(own[1], apply.Outcome{State: plan.StateAccepted})())
	require.ErrorContains(t, fresh.Conclude(own[1], apply.Outcome{State: plan.StateUnknown})(), "it is accepted and cannot become unknown")
	require.NoError(t, fresh.Conclude(own[2], apply.Outcome{State: plan.StateUnknown})())
	require.NoError(t, stale.Conclude(own[2], apply.Outcome{State: plan.StateUnknown})())
	require.NoError(t, fresh.Conclude(own[2], apply.Outcome{State: plan.StateUnknown})())
	require.ErrorContains(t, stale.Conclude(own[2], apply.Outcome{State: plan.StateWithdrawn})(), "it is unknown and cannot become withdrawn")
	require.NoError(t, stale.Conclude(own[2], apply.Outcome{State: plan.StateAccepted})())
	require.ErrorContains(t, fresh.Conclude(own[2], apply.Outcome{State: plan.StateUnknown})(), "it is accepted and cannot become unknown")
	require.ErrorContains(t, fresh.Conclude(own[3], apply.Outcome{State: plan.StateWithdrawn})(), "only the process that wrote it")
	require.NoError(t, stale.Conclude(own[3], apply.Outcome{State: plan.StateWithdrawn})())
	again, err := fresh.Intend(t.Context(), intent(3))
	require.NoError(t, err, "its key is free again")
	require.NoError(t, stale.Conclude(own[4], apply.Outcome{At: later, State: plan.StateSettled})())
	// Two words in one group are judged one after the other.
	unknown := fresh.Conclude(again, apply.Outcome{State: plan.StateUnknown})
	require.NoError(t, fresh.Conclude(again, apply.Outcome{State: plan.StateSettled})())
	require.NoError(t, unknown())
	require.Equal(t, later, fresh.Newest(), "which the other one wrote")
	require.Equal(t, before+13, fresh.Ref().Seq)
	require.Zero(t, stale.Lease())
	require.False(t, fresh.Echoed(spec.Capture))

	// It does not give away what is not its own.
	require.NoError(t, stale.Close())
	_, err = journal.Open(t.Context(), config(dsn, journal.Write))
	require.ErrorIs(t, err, apply.ErrLocked)
	require.Positive(t, fresh.Lease())
	require.NoError(t, fresh.Close())

	j := mustOpen(t, dsn, journal.Write)
	require.Equal(t, before+13, j.Ref().Seq)
	require.Equal(t, later, j.Newest())
	require.False(t, j.Echoed(spec.Capture))
	report, err := j.Check(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, report.Faults)
}

// A whole group of a process that is stale is judged in the database, each
// word after the one before it.
func TestStaleGroup(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	stale := open(t, dsn, nil)
	var own []int64
	for n := range 40 {
		seq, err := stale.Intend(t.Context(), intent(n))
		require.NoError(t, err)
		own = append(own, seq)
	}
	expire(t, dsn)
	fresh := open(t, dsn, nil)
	var waits, refused []func() error
	for _, seq := range own {
		waits = append(waits, stale.Conclude(seq, apply.Outcome{State: plan.StateAccepted}))
		waits = append(waits, stale.Conclude(seq, apply.Outcome{State: plan.StateSettled}))
		refused = append(refused, stale.Conclude(seq, apply.Outcome{State: plan.StateRefused}))
	}
	for k := range own {
		require.NoError(t, waits[2*k]())
		require.NoError(t, waits[2*k+1]())
		require.ErrorContains(t, refused[k](), "it is settled and cannot become refused")
	}
	for _, seq := range own {
		require.ErrorContains(t, fresh.Conclude(seq, apply.Outcome{State: plan.StateRefused})(), "it is settled and cannot become refused")
	}
	report, err := fresh.Check(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, report.Faults)
	require.EqualValues(t, 120, report.Records)
}

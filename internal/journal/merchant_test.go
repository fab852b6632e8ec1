package journal_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// mustAccept accepts a plan of that text.
func mustAccept(t *testing.T, j *journal.Journal, p apply.PlanRecord, text string) {
	t.Helper()
	require.NoError(t, j.Accept(t.Context(), strings.NewReader(text),
		func() (apply.PlanRecord, error) { return p, nil }))
}

// One file may hold the records of several merchants and environments; nobody
// sees those of others, though all draw from one counter.
func TestMerchantsApart(t *testing.T) {
	t.Parallel()
	onBoth(t, testMerchantsApart)
}

func testMerchantsApart(t *testing.T, fresh func(*testing.T) string) {
	path := fresh(t)
	w := mustOpen(t, path, journal.Write)
	seq, err := w.Intend(t.Context(), intent(1))
	require.NoError(t, err)
	w.NoteEcho(spec.Capture, "1_1", noon)
	mustAccept(t, w, apply.PlanRecord{PlanID: "p"}, "text")
	ref := w.Ref()
	require.NoError(t, w.Close())

	for _, spoil := range []func(*journal.Config){
		func(c *journal.Config) { c.Merchant = "other" },
		func(c *journal.Config) { c.Environment = "live" },
	} {
		cfg := config(path, journal.Write)
		spoil(&cfg)
		j, err := journal.Open(t.Context(), cfg)
		require.NoError(t, err)
		require.Equal(t, plan.JournalRef{ID: ref.ID, Seq: ref.Seq, New: true}, j.Ref())
		require.False(t, j.Echoed(spec.Capture))
		require.Empty(t, seqs(t, j, journal.Filter{}))
		_, err = j.Unfinished(t.Context())
		require.ErrorIs(t, err, apply.ErrNoPlan)
		_, err = j.ReadPlan(t.Context(), "p")
		require.ErrorIs(t, err, apply.ErrNoPlan)
		require.ErrorIs(t, j.Finish(t.Context(), "p", "", noon), apply.ErrNoPlan)
		_, err = j.Events(t.Context(), seq)
		require.Error(t, err)
		require.ErrorContains(t, j.Conclude(seq, apply.Outcome{State: plan.StateSettled})(), "another environment or merchant")

		mine := intent(1)
		mine.Key = "k" + plan.Key(cfg.Merchant+cfg.Environment)
		own, err := j.Intend(t.Context(), mine)
		require.NoError(t, err)
		require.False(t, j.Ref().New)
		known, err := j.Known(t.Context(), []string{mine.Payment})
		require.NoError(t, err)
		require.Len(t, known[mine.Payment], 1)
		require.Equal(t, own, known[mine.Payment][0].Seq)
		open, err := j.Open(t.Context(), 0)
		require.NoError(t, err)
		require.Len(t, open, 1)
		ref.Seq = own
		require.NoError(t, j.Close())
	}
	report, err := mustOpen(t, path, journal.ReadOnly).Check(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, report.Faults)
}

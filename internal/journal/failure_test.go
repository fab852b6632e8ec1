package journal_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// From the first record on that cannot be written nothing is recorded, so that
// nothing is sent; what was acknowledged before is there afterwards.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "j.db")
	j := mustOpen(t, path, journal.Write)
	require.NoError(t, j.FillDisk(20))
	var last int64
	var err error
	for n := 0; err == nil; n++ {
		require.Less(t, n, 1000, "the disk is full before")
		var seq int64
		if seq, err = j.Intend(t.Context(), intent(n)); err == nil {
			last = seq
		}
	}
	require.Positive(t, last)
	for range 3 {
		require.ErrorContains(t, err, "database or disk is full")
		require.ErrorContains(t, err, "make room, then run resume")
		require.ErrorContains(t, err, path)
		_, err = j.Intend(t.Context(), intent(2000))
	}
	full := "disk is full"
	require.ErrorContains(t, j.Conclude(last, apply.Outcome{State: plan.StateSettled})(), full)
	require.ErrorContains(t, j.Finish(t.Context(), "p", "", noon), full)
	require.ErrorContains(t, j.Accept(t.Context(), strings.NewReader("x"), nil), full)
	j.NoteEcho(spec.Capture, "1_1", noon)
	require.False(t, j.Echoed(spec.Capture))
	require.Equal(t, last, j.Ref().Seq)
	known, err := j.Known(t.Context(), []string{intent(0).Payment})
	require.NoError(t, err, "it can still be read")
	require.Len(t, known, 1)
	require.NoError(t, j.Close())

	j = mustOpen(t, path, journal.Write)
	require.Equal(t, last, j.Ref().Seq)
	report, err := j.Check(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, report.Faults)
	act(t, j, 2000)
}

// A plan that does not fit leaves nothing behind, and stops the writer too.
func TestDiskFullOfPlan(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "j.db")
	j := mustOpen(t, path, journal.Write)
	require.NoError(t, j.FillDisk(20))
	var noise strings.Builder
	for n := range 20_000 {
		noise.WriteString(string(intent(n).Key))
	}
	err := j.Accept(t.Context(), strings.NewReader(noise.String()),
		func() (apply.PlanRecord, error) { return apply.PlanRecord{PlanID: "p"}, nil })
	require.ErrorContains(t, err, "disk is full")
	_, err = j.Intend(t.Context(), intent(1))
	require.ErrorContains(t, err, "disk is full")
	require.NoError(t, j.Close())

	j = mustOpen(t, path, journal.Write)
	require.Zero(t, j.Ref().Seq)
	_, err = j.Unfinished(t.Context())
	require.ErrorIs(t, err, apply.ErrNoPlan)
	report, err := j.Check(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, report.Faults)
}

// A panic while a plan is read is the caller's to catch, and leaves nothing.
func TestPlanPanic(t *testing.T) {
	t.Parallel()
	onBoth(t, testPlanPanic)
}

func testPlanPanic(t *testing.T, fresh func(*testing.T) string) {
	j := mustOpen(t, fresh(t), journal.Write)
	require.PanicsWithValue(t, "a bug", func() {
		_ = j.Accept(t.Context(), strings.NewReader("x"), func() (apply.PlanRecord, error) { panic("a bug") })
	})
	require.Zero(t, j.Ref().Seq)
	mustAccept(t, j, apply.PlanRecord{PlanID: "p"}, "text of p")
	act(t, j, 1)
	report, err := j.Check(t.Context(), verify)
	require.NoError(t, err)
	require.Empty(t, report.Faults)
}

// Callers that wait when the disk fills up all hear of it.
func TestDiskFullForMany(t *testing.T) {
	t.Parallel()
	j := mustOpen(t, filepath.Join(t.TempDir(), "j.db"), journal.Write)
	require.NoError(t, j.FillDisk(30))
	errs := make(chan error)
	for c := range 32 {
		go func() {
			var err error
			for n := 0; err == nil; n++ {
				_, err = j.Intend(t.Context(), intent(c*10_000+n))
			}
			errs <- err
		}()
	}
	for range 32 {
		require.ErrorContains(t, <-errs, "disk is full")
	}
}

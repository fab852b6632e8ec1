package journal_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

// TestAsOf reads a journal as it was at each of its records.
func TestAsOf(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, fresh func(*testing.T) string) {
		path := fresh(t)
		j := mustOpen(t, path, journal.Write)
		ctx := t.Context()
		approval := apply.Approval{By: "ben", How: apply.HowTerminal, At: noon}
		require.NoError(t, j.Accept(ctx, strings.NewReader("x"), func() (apply.PlanRecord, error) {
			return apply.PlanRecord{PlanID: "p-1", AcceptedAt: noon, Approvals: []apply.Approval{approval}}, nil
		})) // 1 and 2
		i := intent(7)
		i.PlanID = "p-1"
		seq, err := j.Intend(ctx, i)
		require.NoError(t, err)
		require.EqualValues(t, 3, seq)
		require.NoError(t, j.Conclude(seq, apply.Outcome{At: noon, State: plan.StateAccepted, OperationID: i.Payment + "_1", Code: 91})()) // 4
		require.NoError(t, j.Finish(ctx, "p-1", "1 accepted", noon))                                                                       // 5
		require.NoError(t, j.Conclude(seq, apply.Outcome{At: noon.Add(time.Hour), State: plan.StateSettled, Code: 9})())                   // 6
		require.NoError(t, j.Finish(ctx, "p-1", "1 settled", noon))                                                                        // 7

		for upTo, want := range map[int64]struct {
			outcome, finish, calls int64
			state                  plan.State
			result                 string
		}{
			2: {},
			3: {0, 0, 1, plan.StateIntended, ""},
			4: {4, 0, 1, plan.StateAccepted, ""},
			5: {4, 5, 1, plan.StateAccepted, "1 accepted"},
			6: {6, 5, 1, plan.StateSettled, "1 accepted"},
			7: {6, 7, 1, plan.StateSettled, "1 settled"},
		} {
			records, err := j.RecordsAt(ctx, upTo, []string{i.Payment, i.Payment})
			require.NoError(t, err)
			if want.calls == 0 {
				require.Empty(t, records)
			} else {
				got := records[i.Payment]
				require.Len(t, got, 1)
				require.Equal(t, want.outcome, got[0].Outcome)
				require.Equal(t, want.state, got[0].State)
			}
			runs := runsAt(t, j, upTo)
			require.Len(t, runs, 1)
			r := runs[0]
			require.Equal(t, []any{int64(1), want.finish, "ada", want.result, want.finish == 0}, []any{r.Seq, r.Finish, r.Actor, r.Result, r.FinishedAt.IsZero()})
			if d := cmp.Diff([]apply.Approval{approval}, r.Approvals); d != "" {
				t.Errorf("approvals (-want +got):\n%s", d)
			}
			calls, err := j.CallsAt(ctx, upTo)
			require.NoError(t, err)
			require.Equal(t, want.calls, calls["p-1"])
		}
		require.Empty(t, runsAt(t, j, 0))

		for seq, is := range map[int64]bool{1: true, 2: true, 3: false, 4: false, 5: true, 7: true, 8: false} {
			id, err := j.PlanOf(ctx, seq)
			if is {
				require.NoError(t, err)
				require.Equal(t, "p-1", id)
			} else {
				require.ErrorIs(t, err, apply.ErrNoPlan)
			}
		}
		for seq, n := range map[int64]int{2: 0, 3: 1, 4: 1, 5: 0, 6: 1, 9: 0} {
			var found []int64
			for i, err := range j.List(ctx, journal.Filter{Record: seq}) {
				require.NoError(t, err)
				found = append(found, i.Seq)
			}
			require.Len(t, found, n, "record %d", seq)
		}

		cfg := config(path, journal.ReadOnly)
		cfg.Merchant = "another"
		other, err := journal.Open(ctx, cfg)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, other.Close()) })
		require.Empty(t, runsAt(t, other, 7))
		calls, err := other.CallsAt(ctx, 7)
		require.NoError(t, err)
		require.Empty(t, calls)
		_, err = other.PlanOf(ctx, 1)
		require.ErrorIs(t, err, apply.ErrNoPlan)
	})
}

// TestRunsInPages reads more plans than stand on a page.
func TestRunsInPages(t *testing.T) {
	t.Parallel()
	j := mustOpen(t, t.TempDir()+"/j.db", journal.Write)
	for n := range 40 {
		require.NoError(t, j.Accept(t.Context(), strings.NewReader("x"), func() (apply.PlanRecord, error) {
			return apply.PlanRecord{PlanID: strings.Repeat("p", n+1)}, nil
		}))
	}
	require.Len(t, runsAt(t, j, j.Ref().Seq), 40)
	for _, err := range j.RunsAt(t.Context(), j.Ref().Seq) {
		require.NoError(t, err)
		break // a reader may stop
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range j.RunsAt(ctx, 9) {
		require.ErrorIs(t, err, context.Canceled)
	}
}

func runsAt(t *testing.T, j *journal.Journal, upTo int64) (all []journal.Run) {
	t.Helper()
	for r, err := range j.RunsAt(t.Context(), upTo) {
		require.NoError(t, err)
		all = append(all, r)
	}
	return all
}

// TestCallOf leads from the record of an event to the call that it is about.
func TestCallOf(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, fresh func(*testing.T) string) {
		j := mustOpen(t, fresh(t), journal.Write)
		call := accepted(t, j, 1)
		receipts, err := j.Receive(t.Context(), []apply.Event{eventAbout(1, 9), eventAbout(2, 9)})
		require.NoError(t, err)
		for seq, want := range map[int64]int64{receipts[0].Seq: call, receipts[1].Seq: 0, call: 0, 4711: 0} {
			got, err := j.CallOf(t.Context(), seq)
			require.NoError(t, err)
			require.Equal(t, want, got, "record %d", seq)
		}
	})
}

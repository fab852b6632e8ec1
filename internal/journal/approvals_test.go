package journal_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/pkg/apply"
)

// approvalsOf are those that the tests give to the plan of an id: as many as its
// last digit says, of more than a page each.
func approvalsOf(id string) (all []apply.Approval) {
	for n := range int(id[len(id)-1] - '0') {
		a := adas
		a.Statement = strings.Repeat(fmt.Sprint(id, n), 500)
		all = append(all, a)
	}
	return all
}

// planner accepts plans until it is killed, and prints the id of each when it
// was acknowledged.
func planner(path string) error {
	j, err := journal.Open(context.Background(), patient(path))
	if err != nil {
		return err
	}
	for n := 0; ; n++ {
		id := fmt.Sprintf("plan-%d-%d", j.Ref().Seq, n%10)
		err := j.Accept(context.Background(), strings.NewReader("text of "+id), func() (apply.PlanRecord, error) {
			return apply.PlanRecord{PlanID: id, AcceptedAt: noon, Approvals: approvalsOf(id)}, nil
		})
		if err != nil {
			return err
		}
		fmt.Println(id)
	}
}

// However a process dies, a plan is in the journal with all its approvals, or
// neither is.
func TestKillApprovals(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, fresh func(*testing.T) string) {
		path := fresh(t)
		var acknowledged []string
		for _, lines := range []int{7, 1, 38, 19} {
			acknowledged = append(acknowledged, killed(t, "plans "+path, lines)...)
			j, err := journal.Open(t.Context(), patient(path))
			require.NoError(t, err)
			var ids []string
			for _, p := range plansOf(t, j) {
				ids = append(ids, p.PlanID)
				require.Empty(t, cmp.Diff(approvalsOf(p.PlanID), p.Approvals), p.PlanID)
			}
			for _, id := range acknowledged {
				require.Contains(t, ids, id)
			}
			report, err := j.Check(t.Context(), verify)
			require.NoError(t, err)
			require.Empty(t, report.Faults)
			require.NoError(t, j.Close())
		}
	})
}

// refuseEve makes a database refuse one approver, and everything else as before.
func refuseEve(t *testing.T, path string) {
	t.Helper()
	statement := `CREATE TRIGGER no_eve BEFORE INSERT ON approvals WHEN NEW."by" = 'eve' BEGIN SELECT RAISE(ABORT, 'no eve'); END`
	if strings.HasPrefix(path, "postgres:") {
		statement = `ALTER TABLE approvals ADD CONSTRAINT no_eve CHECK ("by" <> 'eve')`
	}
	alter(t, path, statement)
}

// An approval that cannot be written takes its plan with it, and stops the
// journal like every record that cannot be.
func TestApprovalFails(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, fresh func(*testing.T) string) {
		path := fresh(t)
		j := mustOpen(t, path, journal.Write)
		mustAccept(t, j, apply.PlanRecord{PlanID: "p", Approvals: []apply.Approval{adas}}, "text of p")
		require.NoError(t, j.Close())
		refuseEve(t, path)
		j = mustOpen(t, path, journal.Write)
		eve := adas
		eve.By = "eve"
		err := j.Accept(t.Context(), strings.NewReader("text of q"), func() (apply.PlanRecord, error) {
			return apply.PlanRecord{PlanID: "q", Approvals: []apply.Approval{adas, eve, adas}}, nil
		})
		require.ErrorContains(t, err, "eve")
		require.ErrorContains(t, err, "nothing more is recorded")
		_, err = j.Intend(t.Context(), intent(1))
		require.ErrorContains(t, err, "eve")
		require.NoError(t, j.Close())

		j = mustOpen(t, path, journal.Write)
		require.EqualValues(t, 2, j.Ref().Seq)
		_, err = j.Plan(t.Context(), "q")
		require.ErrorIs(t, err, apply.ErrNoPlan)
		got, err := j.Unfinished(t.Context())
		require.NoError(t, err)
		require.Equal(t, "p", got.PlanID, "it was not superseded")
		wantSound(t, j, 2)
	})
}

// Approvals that do not fit on the disk leave nothing of their plan behind.
func TestDiskFullOfApprovals(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "j.db")
	j := mustOpen(t, path, journal.Write)
	require.NoError(t, j.FillDisk(100))
	large := adas
	large.Statement = strings.Repeat("s", apply.MaxStatement)
	err := j.Accept(t.Context(), strings.NewReader("text of p"), func() (apply.PlanRecord, error) {
		return apply.PlanRecord{PlanID: "p", Approvals: slices.Repeat([]apply.Approval{large}, 10)}, nil
	})
	require.ErrorContains(t, err, "disk is full")
	require.NoError(t, j.Close())
	j = mustOpen(t, path, journal.Write)
	require.Zero(t, j.Ref().Seq)
	_, err = j.Unfinished(t.Context())
	require.ErrorIs(t, err, apply.ErrNoPlan)
	wantSound(t, j, 0)
}

// A database refuses what no version of this program writes.
func TestApprovalConstraints(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, fresh func(*testing.T) string) {
		j := mustOpen(t, fresh(t), journal.Write)
		require.NoError(t, j.Exec(`INSERT INTO approvals VALUES (2, 1, 1, 0, 'ada', 'terminal', '`+strings.Repeat("ä", 32<<10)+`')`))
		for name, values := range map[string]string{
			"before its plan": `(1, 1, 1, 0, 'ada', 'terminal', '')`,
			"by nobody":       `(2, 1, 1, 0, '', 'terminal', '')`,
			"in no way":       `(2, 1, 1, 0, 'ada', 'rumour', '')`,
			"too large":       `(2, 1, 1, 0, 'ada', 'terminal', '` + strings.Repeat("ä", 32<<10) + `s')`,
		} {
			require.ErrorContains(t, j.Exec(`INSERT INTO approvals VALUES `+values), "constraint", name)
		}
	})
}

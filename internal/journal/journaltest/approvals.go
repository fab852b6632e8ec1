package journaltest

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/apply"
)

// approved is the record of a plan with approvals.
func approved(planID string, all ...apply.Approval) apply.PlanRecord {
	r := record(planID)
	r.Approvals = all
	return r
}

// begin accepts a plan with this record.
func (s *store) begin(r apply.PlanRecord) error {
	return s.Accept(s.t.Context(), strings.NewReader(r.PlanID), func() (apply.PlanRecord, error) { return r, nil })
}

// testApprovals stores as many as there may be, of every kind and size, and
// compares them byte for byte.
func testApprovals(t *testing.T, s *store) {
	note := apply.Approval{By: "ada", How: apply.HowSignature, Statement: "plan p\r\n\n— ada \u2028\u202e \x01\x7f<&>'\"\\%s $1 ?\n", At: noon.Add(-time.Hour)}
	other := note
	other.By, other.At = "ben; DROP TABLE approvals", noon.Add(1)
	few := approved("few", note, other, note,
		apply.Approval{By: "cleo", How: apply.HowTerminal, At: noon},
		apply.Approval{By: "dora", How: apply.HowAccept, Statement: "EUR 12.50", At: noon},
		apply.Approval{By: "ci@runner", How: apply.HowAutoApprove})
	most := approved("most")
	for i := range apply.MaxApprovals {
		a := note
		a.At, a.Statement = noon.Add(time.Duration(-i)), strings.Repeat(string(rune('a'+i%26)), apply.MaxStatement)
		most.Approvals = append(most.Approvals, a)
	}
	all := []apply.PlanRecord{few, record("none"), most}
	seq := int64(0)
	for i, r := range all {
		require.NoError(t, s.begin(r))
		seq += int64(1 + len(r.Approvals) + min(i, 1)) // and the end of the one before
		require.Equal(t, seq, s.Ref().Seq)
		got, err := s.Unfinished(t.Context())
		require.NoError(t, err)
		require.Empty(t, cmp.Diff(r, got), r.PlanID)
	}
	for range 2 {
		for _, r := range all {
			got, err := s.Plan(t.Context(), r.PlanID)
			require.NoError(t, err)
			require.Empty(t, cmp.Diff(r.Approvals, got.Approvals), r.PlanID)
		}
		s.restart()
		require.Equal(t, seq, s.Ref().Seq)
	}
	require.Equal(t, seq+1, s.mustIntend(intent(1)), "numbers go on behind the approvals")
}

// testApprovalsRefused has plans refused that come with approvals: nothing of
// either is there.
func testApprovalsRefused(t *testing.T, s *store) {
	good := apply.Approval{By: "ada", How: apply.HowSignature, Statement: "s", At: noon}
	spoilt := func(change func(*apply.Approval)) []apply.Approval {
		a := good
		change(&a)
		return []apply.Approval{good, a}
	}
	for name, all := range map[string][]apply.Approval{
		"too many":      slices.Repeat([]apply.Approval{good}, apply.MaxApprovals+1),
		"too large":     spoilt(func(a *apply.Approval) { a.Statement = strings.Repeat("s", apply.MaxStatement+1) }),
		"no text":       spoilt(func(a *apply.Approval) { a.Statement = "\xff" }),
		"zero in it":    spoilt(func(a *apply.Approval) { a.Statement = "\x00" }),
		"by nobody":     spoilt(func(a *apply.Approval) { a.By = "" }),
		"by no text":    spoilt(func(a *apply.Approval) { a.By = "\xff" }),
		"in no way":     spoilt(func(a *apply.Approval) { a.How = "" }),
		"at no time":    spoilt(func(a *apply.Approval) { a.At = noon.AddDate(1000, 0, 0) }),
		"in some way":   spoilt(func(a *apply.Approval) { a.How = "by mail" }),
		"by a long one": spoilt(func(a *apply.Approval) { a.By = strings.Repeat("a", 2000) }),
	} {
		require.ErrorContains(t, s.begin(approved("plan", all...)), "approval", name)
	}
	refused := errors.New("refused")
	require.Equal(t, refused, s.Accept(t.Context(), strings.NewReader("x"),
		func() (apply.PlanRecord, error) { return approved("plan", good), refused }))
	for range 2 {
		require.Zero(t, s.Ref().Seq)
		_, err := s.Plan(t.Context(), "plan")
		require.ErrorIs(t, err, apply.ErrNoPlan)
		s.restart()
	}
	require.NoError(t, s.begin(approved("plan", good)))
	require.ErrorIs(t, s.begin(approved("plan", good, good)), apply.ErrPlanUsed)
	s.wantRecord(approved("plan", good))
	require.Equal(t, int64(2), s.Ref().Seq)
}

// testApprovalTime approves by clocks that are far off: the journal's newest
// time is that of its own records, or nothing could be sent any more.
func testApprovalTime(t *testing.T, s *store) {
	r := approved("plan",
		apply.Approval{By: "ada", How: apply.HowSignature, At: noon.AddDate(200, 0, 0)},
		apply.Approval{By: "ben", How: apply.HowSignature, At: noon.AddDate(-50, 0, 0)})
	require.NoError(t, s.begin(r))
	for range 2 {
		require.Equal(t, noon, s.Newest())
		s.wantRecord(r)
		s.restart()
	}
}

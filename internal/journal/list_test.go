package journal_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

// seqs are the numbers of the intents that a filter chooses.
func seqs(t *testing.T, j *journal.Journal, f journal.Filter) (got []int64) {
	t.Helper()
	for i, err := range j.List(t.Context(), f) {
		require.NoError(t, err)
		got = append(got, i.Seq)
	}
	return got
}

func TestList(t *testing.T) {
	t.Parallel()
	onBoth(t, testList)
}

func testList(t *testing.T, fresh func(*testing.T) string) {
	j := mustOpen(t, fresh(t), journal.Write)
	var want []plan.Intent // all
	for n, state := range []plan.State{plan.StateIntended, plan.StateUnknown, plan.StateSettled, plan.StateUnknown} {
		i := intent(n)
		i.PlanID = fmt.Sprint("plan-", n%2)
		i.At = noon.Add(time.Duration(n) * time.Minute)
		seq, err := j.Intend(t.Context(), i)
		require.NoError(t, err)
		i.Seq, i.State, i.StateAt = seq, plan.StateIntended, i.At
		if state != plan.StateIntended {
			i.State, i.StateAt, i.OperationID = state, noon, "op"
			require.NoError(t, j.Conclude(seq, apply.Outcome{At: noon, State: state, OperationID: "op"})())
		}
		want = append(want, i)
	}
	for name, tt := range map[string]struct {
		filter journal.Filter
		want   []int
	}{
		"all":          {journal.Filter{}, []int{0, 1, 2, 3}},
		"a payment":    {journal.Filter{Payment: intent(2).Payment}, []int{2}},
		"a plan":       {journal.Filter{PlanID: "plan-1"}, []int{1, 3}},
		"a state":      {journal.Filter{State: plan.StateUnknown}, []int{1, 3}},
		"no outcome":   {journal.Filter{State: plan.StateIntended}, []int{0}},
		"none":         {journal.Filter{State: plan.StateRefused}, nil},
		"since":        {journal.Filter{Since: noon.Add(2 * time.Minute)}, []int{2, 3}},
		"a limit":      {journal.Filter{Limit: 2}, []int{0, 1}},
		"newest":       {journal.Filter{NewestFirst: true}, []int{3, 2, 1, 0}},
		"newest of":    {journal.Filter{NewestFirst: true, Limit: 1, State: plan.StateUnknown}, []int{3}},
		"all together": {journal.Filter{Payment: intent(1).Payment, PlanID: "plan-1", State: plan.StateUnknown, Since: noon, Limit: 9}, []int{1}},
	} {
		var expect, got []plan.Intent
		for _, n := range tt.want {
			expect = append(expect, want[n])
		}
		for i, err := range j.List(t.Context(), tt.filter) {
			require.NoError(t, err)
			got = append(got, i)
		}
		if diff := cmp.Diff(expect, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestListPages(t *testing.T) {
	t.Parallel()
	onBoth(t, testListPages)
}

func testListPages(t *testing.T, fresh func(*testing.T) string) {
	j := mustOpen(t, fresh(t), journal.Write)
	for _, total := range []int{512, 700} { // a whole page, and not
		record(t, j, ordered(total)[len(seqs(t, j, journal.Filter{})):])
		all := seqs(t, j, journal.Filter{})
		require.Len(t, all, total)
		require.True(t, slices.IsSorted(all))
		back := seqs(t, j, journal.Filter{NewestFirst: true})
		slices.Reverse(back)
		require.Equal(t, all, back)
		for _, limit := range []int{511, 512, 513} {
			require.Equal(t, all[:min(limit, total)], seqs(t, j, journal.Filter{Limit: limit}))
		}
	}
	n := 0
	for _, err := range j.List(t.Context(), journal.Filter{}) {
		require.NoError(t, err)
		if n++; n == 600 {
			break
		}
	}
	require.Equal(t, 600, n)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range j.List(ctx, journal.Filter{}) {
		require.ErrorIs(t, err, context.Canceled)
	}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	onBoth(t, testEvents)
}

func testEvents(t *testing.T, fresh func(*testing.T) string) {
	path := fresh(t)
	j := mustOpen(t, path, journal.Write)
	seq, err := j.Intend(t.Context(), intent(1))
	require.NoError(t, err)
	unknown := apply.Outcome{
		At: noon.Add(time.Minute), State: plan.StateUnknown, Status: 502, ErrorID: "e-1", Message: "bad gateway",
		BodySHA: [32]byte{1, 2, 3}, Sends: []apply.Send{
			{At: noon, Failure: "timeout"},
			{At: noon.Add(time.Second), Status: 502, ErrorID: "e-1", Replayed: noon, ServerDate: noon.Add(time.Second)},
		},
	}
	require.NoError(t, j.Conclude(seq, unknown)())
	act(t, j, 2) // another intent's
	require.NoError(t, j.Close())

	cfg := config(path, journal.Write)
	cfg.Actor, cfg.ToolVersion = "ben", "1.1.0"
	j, err = journal.Open(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, j.Close()) })
	settled := apply.Outcome{At: noon.Add(time.Hour), State: plan.StateSettled, OperationID: "3000000001_1", Code: 9, Absent: true}
	require.NoError(t, j.Conclude(seq, settled)())

	got, err := j.Events(t.Context(), seq)
	require.NoError(t, err)
	want := []journal.Event{
		{Seq: 1, Actor: "ada", ToolVersion: "1.0.0", Outcome: apply.Outcome{At: noon, State: plan.StateIntended}},
		{Seq: 2, Actor: "ada", ToolVersion: "1.0.0", Outcome: unknown},
		{Seq: 5, Actor: "ben", ToolVersion: "1.1.0", Outcome: settled},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	for _, none := range []int64{0, 2, 99} {
		_, err = j.Events(t.Context(), none)
		require.ErrorContains(t, err, fmt.Sprintf("there is no intent %d", none))
	}
}

func TestPlans(t *testing.T) {
	t.Parallel()
	onBoth(t, testPlans)
}

// plansOf lists the plans of a journal.
func plansOf(t *testing.T, j *journal.Journal) (all []apply.PlanRecord) {
	t.Helper()
	for p, err := range j.Plans(t.Context()) {
		require.NoError(t, err)
		all = append(all, p)
	}
	return all
}

func testPlans(t *testing.T, fresh func(*testing.T) string) {
	j := mustOpen(t, fresh(t), journal.Write)
	var want []apply.PlanRecord
	for n := range 40 { // more than are read at a time
		id := string(rune('Z' - n))
		p := apply.PlanRecord{PlanID: id, ContentID: "c", AcceptedAt: noon, Expires: noon.Add(time.Hour), Payments: 2, Calls: 1}
		for a := range n % 3 {
			p.Approvals = append(p.Approvals, apply.Approval{By: "ada", How: apply.HowAccept, Statement: fmt.Sprint(id, a), At: noon})
		}
		if n > 0 {
			want[n-1].FinishedAt, want[n-1].Result = noon, apply.SupersededBy(id)
		}
		mustAccept(t, j, p, "text of "+id)
		want = append(want, p)
	}
	require.NoError(t, j.Finish(t.Context(), want[39].PlanID, "1 settled", noon.Add(time.Minute)))
	want[39].FinishedAt, want[39].Result = noon.Add(time.Minute), "1 settled"
	got := plansOf(t, j)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("plans (-want +got):\n%s", diff)
	}
	for p, err := range j.Plans(t.Context()) {
		require.NoError(t, err)
		require.Equal(t, want[0].PlanID, p.PlanID)
		break // and nothing hangs
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range j.Plans(ctx) {
		require.ErrorIs(t, err, context.Canceled)
	}
}

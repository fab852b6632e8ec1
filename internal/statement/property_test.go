package statement_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/internal/statement"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

var (
	someRefs   = []string{"a", "b", "pr:c:0-10"}
	someStates = []plan.State{
		plan.StateIntended, plan.StateAccepted, plan.StateSettled, plan.StateRefused, plan.StateUnknown, plan.StateWithdrawn, "of a later version",
	}
	someStandings = []plan.Standing{plan.Requested, plan.Settled, plan.Refused, plan.Uncertain, plan.Undefined}
)

// drawActions draws what a plan may want of one payment, under distinct keys.
func drawActions(t *rapid.T) (all []plan.Action) {
	for i := range rapid.IntRange(0, 4).Draw(t, "actions") {
		a := plan.Action{
			Op: rapid.SampledFrom(spec.Ops[:]).Draw(t, "op"), Ref: rapid.SampledFrom(someRefs).Draw(t, "ref"),
			Amount: rapid.Int64Range(0, spec.MaxMinor).Draw(t, "amount"), Attempt: 1,
		}
		a.Kind = rapid.SampledFrom([]plan.Kind{plan.Kind(a.Op), plan.Kind(a.Op), plan.Deferred, plan.Blocked, plan.Pending}).Draw(t, "kind")
		switch {
		case a.Kind.Calls(), a.Kind == plan.Deferred && rapid.Bool().Draw(t, "keyed"):
			a.Key, a.Amount = plan.Key(fmt.Sprint("key-", i)), max(1, a.Amount)
		case a.Kind == plan.Blocked:
			a.Reason = rapid.SampledFrom([]plan.Reason{plan.ReasonMoreThanOpen, plan.ReasonInDoubt, plan.ReasonUnmanaged}).Draw(t, "reason")
		}
		all = append(all, a)
	}
	return all
}

// drawRecords draws what the journal may hold of it: calls of these actions, in
// either plan, at most one of a key that was not withdrawn.
func drawRecords(t *rapid.T, actions []plan.Action) (all []journal.Record) {
	taken := map[plan.Key]bool{}
	for range rapid.IntRange(0, 6).Draw(t, "records") {
		if len(actions) == 0 {
			return nil
		}
		a := rapid.SampledFrom(actions).Draw(t, "of")
		state := rapid.SampledFrom(someStates).Draw(t, "state")
		if a.Key == "" || taken[a.Key] {
			continue
		}
		taken[a.Key] = state != plan.StateWithdrawn
		r := record(int64(10*len(all)+1), a, state, rapid.SampledFrom([]string{"", base + "_1", base + "_2", base + "_0"}).Draw(t, "operation"))
		if rapid.Bool().Draw(t, "other plan") {
			r = foreign(r)
		}
		all = append(all, r)
	}
	return all
}

func drawRead(t *rapid.T) *statement.Read {
	if rapid.IntRange(0, 9).Draw(t, "offline") == 0 {
		return nil
	}
	var ops []plan.Operation
	for i := range rapid.IntRange(0, 3).Draw(t, "operations") {
		ops = append(ops, operation(fmt.Sprintf("%s_%d", base, i+1), rapid.SampledFrom(spec.Ops[:]).Draw(t, "op"),
			rapid.SampledFrom(append([]string{""}, someRefs...)).Draw(t, "ref"), rapid.Int64Range(0, 20000).Draw(t, "amount"), rapid.SampledFrom(someStandings).Draw(t, "standing")))
	}
	r := shows(ops...)
	switch rapid.IntRange(0, 9).Draw(t, "reading") {
	case 0:
		r.Have = plan.Observed{}
	case 1:
		r.Have.Fault, r.Have.FaultText = plan.ReasonUnreadable, "x"
	}
	return r
}

// TestEveryCentIsInOneColumn draws worlds: the sums hold in all of them, no
// record is counted twice, and what was planned is in them to the cent.
func TestEveryCentIsInOneColumn(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		actions := drawActions(t)
		records, read := drawRecords(t, actions), drawRead(t)
		other := run()
		other.PlanID = "plan-other"
		seen := map[int64]bool{}
		for _, r := range []*journal.Run{run(), other} {
			all := statement.Movements(r, entry(actions...), records, read)
			var sums statement.Sums
			var planned, columns int64
			for i := range all {
				m := &all[i]
				require.NoError(t, sums.Add(m))
				require.False(t, m.Journal.Intent != 0 && seen[m.Journal.Intent], "record %d is counted twice", m.Journal.Intent)
				seen[m.Journal.Intent] = true
				planned += m.Planned
				require.Equal(t, m.Difference == "", m.Agreement == statement.Agrees || m.Agreement == statement.NotCompared)
				require.Equal(t, read == nil, m.Agreement == statement.NotCompared)
				require.True(t, m.Journal.Intent != 0 || m.Column == statement.NotSent)
			}
			for i := range sums {
				s := &sums[i]
				require.True(t, s.Holds(), "%+v", s)
				for _, n := range s.Amounts {
					columns += n
				}
			}
			require.Equal(t, planned, columns)
			require.Equal(t, wanted(actions), planned)
		}
	})
}

// wanted is what the actions mean to move, added up in another way.
func wanted(actions []plan.Action) (sum int64) {
	for _, a := range actions {
		if a.Kind != plan.Pending && (a.Kind != plan.Blocked || a.Reason == plan.ReasonMoreThanOpen) {
			sum += a.Amount
		}
	}
	return sum
}

// TestWhatWasAlteredDoesNotHold changes the amount of a record, or adds one.
func TestWhatWasAlteredDoesNotHold(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := call(plan.Capture, "a", rapid.Int64Range(1, spec.MaxMinor).Draw(t, "amount"))
		records := []journal.Record{record(1, a, rapid.SampledFrom(someStates).Draw(t, "state"), "")}
		if rapid.Bool().Draw(t, "altered") {
			records[0].Amount += rapid.SampledFrom([]int64{1, -1}).Draw(t, "by")
		} else {
			records = append(records, record(2, call(plan.Capture, "b", 1), rapid.SampledFrom(someStates).Draw(t, "state"), ""))
		}
		var sums statement.Sums
		for _, m := range statement.Movements(run(), entry(a), records, drawRead(t)) {
			require.NoError(t, sums.Add(&m))
		}
		require.False(t, sums[0].Holds())
	})
}

package statement_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/internal/statement"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// TestWhereItStands goes through every state of the journal with everything
// that a read can show.
func TestWhereItStands(t *testing.T) {
	t.Parallel()
	const none plan.Standing = ""
	type cell struct {
		column    statement.Column
		agreement statement.Agreement
	}
	yes := func(c statement.Column) cell { return cell{c, statement.Agrees} }
	no := func(c statement.Column) cell { return cell{c, statement.Differs} }
	further := func(c statement.Column) cell { return cell{c, statement.Further} }
	settled, accepted, refused, doubt, unsent := statement.Settled, statement.Accepted, statement.Refused, statement.InDoubt, statement.NotSent
	for state, want := range map[plan.State]map[plan.Standing]cell{
		plan.StateSettled:   {plan.Settled: yes(settled), plan.Requested: no(settled), plan.Refused: no(refused), plan.Uncertain: no(doubt), plan.Undefined: no(doubt), none: no(settled)},
		plan.StateAccepted:  {plan.Settled: further(settled), plan.Requested: yes(accepted), plan.Refused: no(refused), plan.Uncertain: no(doubt), plan.Undefined: no(doubt), none: no(accepted)},
		plan.StateRefused:   {plan.Settled: no(settled), plan.Requested: no(accepted), plan.Refused: yes(refused), plan.Uncertain: no(doubt), plan.Undefined: no(doubt), none: yes(refused)},
		plan.StateUnknown:   {plan.Settled: further(settled), plan.Requested: further(accepted), plan.Refused: further(refused), plan.Uncertain: yes(doubt), plan.Undefined: yes(doubt), none: yes(doubt)},
		plan.StateIntended:  {plan.Settled: further(settled), plan.Requested: further(accepted), plan.Refused: further(refused), plan.Uncertain: yes(doubt), plan.Undefined: yes(doubt), none: yes(doubt)},
		plan.StateWithdrawn: {plan.Settled: no(settled), plan.Requested: no(accepted), plan.Refused: no(refused), plan.Uncertain: no(doubt), plan.Undefined: no(doubt), none: yes(unsent)},
	} {
		for standing, c := range want {
			a := call(plan.Capture, "ship-1", 8000)
			for _, named := range []string{"", base + "_1"} {
				read := shows()
				if standing != none {
					read = shows(operation(base+"_1", spec.Capture, "ship-1", 8000, standing))
				}
				m := one(t, statement.Movements(run(), entry(a), []journal.Record{record(3, a, state, named)}, read))
				require.Equal(t, c, cell{m.Column, m.Agreement}, "%s and %q: %s", state, standing, m.Difference)
				require.Equal(t, c.agreement != statement.Agrees, m.Difference != "")
				require.EqualValues(t, 8000, m.Planned)
				require.EqualValues(t, 8000, m.Amount)
				require.EqualValues(t, 3, m.Journal.Intent)
				m = one(t, statement.Movements(run(), entry(a), []journal.Record{record(3, a, state, named)}, nil))
				require.Equal(t, statement.NotCompared, m.Agreement)
			}
		}
	}
}

func one(t testing.TB, all []statement.Movement) statement.Movement {
	t.Helper()
	require.Len(t, all, 1)
	return all[0]
}

// TestWhatTheReadShows goes through reads that are not plain.
func TestWhatTheReadShows(t *testing.T) {
	t.Parallel()
	capture, cancel := call(plan.Capture, "ship-1", 8000), call(plan.Cancel, "pr:v:0-12500", 12500)
	again := capture
	again.Attempt, again.Key = 2, "second"
	fault, unknown, other, yen := shows(), shows(), shows(), shows()
	fault.Have.Fault, fault.Have.FaultText = plan.ReasonUnreadable, "it carries a surcharge"
	unknown.Have = plan.Observed{}
	other.Have.ID = "99_0"
	yen.Have.Currency = "JPY"
	cancelled := shows()
	cancelled.Have.Operations[0].Op, cancelled.Have.Operations[0].Code = spec.Cancel, 6
	byWord := record(3, capture, plan.StateSettled, "")
	byWord.Message = "done, by the word of ada: seen"
	for name, tt := range map[string]struct {
		action    plan.Action
		records   []journal.Record
		read      *statement.Read
		column    statement.Column
		agreement statement.Agreement
		says      string
	}{
		"a fault":          {capture, []journal.Record{record(3, capture, plan.StateSettled, "")}, fault, statement.Settled, statement.Differs, "it carries a surcharge"},
		"unknown now":      {capture, []journal.Record{record(3, capture, plan.StateSettled, "")}, unknown, statement.Settled, statement.Differs, "does not know"},
		"another payment":  {capture, []journal.Record{record(3, capture, plan.StateAccepted, "")}, other, statement.Accepted, statement.Differs, "answered for payment 99_0"},
		"another currency": {capture, []journal.Record{record(3, capture, plan.StateAccepted, "")}, yen, statement.Accepted, statement.Differs, "in JPY there"},
		"another amount": {
			capture,
			[]journal.Record{record(3, capture, plan.StateSettled, base+"_1")},
			shows(operation(base+"_1", spec.Capture, "", 1, plan.Settled)),
			statement.InDoubt, statement.Differs, "a capture of 0.01 EUR",
		},
		"another kind": {
			capture,
			[]journal.Record{record(3, capture, plan.StateAccepted, base+"_1")},
			shows(operation(base+"_1", spec.Refund, "", 8000, plan.Settled)),
			statement.InDoubt, statement.Differs, "something else",
		},
		"another spelling": {
			capture,
			[]journal.Record{record(3, capture, plan.StateSettled, base+"_1")},
			shows(operation("900000"+base+"001", spec.Capture, "", 8000, plan.Settled)),
			statement.Settled, statement.Agrees, "",
		},
		"a cancel on the authorisation": {cancel, []journal.Record{record(3, cancel, plan.StateSettled, base+"_0")}, cancelled, statement.Settled, statement.Agrees, ""},
		"a cancel's id that is the authorisation's": {
			cancel, []journal.Record{record(3, cancel, plan.StateAccepted, base+"_0")}, shows(), statement.Accepted, statement.Differs, "shows no operation",
		},
		"by word":           {capture, []journal.Record{byWord}, shows(), statement.Settled, statement.Unconfirmed, "on a person's word"},
		"by word, and seen": {capture, []journal.Record{byWord}, shows(operation(base+"_1", spec.Capture, "ship-1", 8000, plan.Settled)), statement.Settled, statement.Agrees, ""},
		"an operation of the second attempt": {
			capture,
			[]journal.Record{record(3, capture, plan.StateRefused, ""), record(5, again, plan.StateSettled, "")},
			shows(operation(base+"_1", spec.Capture, "ship-1", 8000, plan.Settled)), statement.Refused, statement.Agrees, "",
		},
		"the second attempt": {
			again,
			[]journal.Record{record(3, again, plan.StateSettled, "")},
			shows(operation(base+"_1", spec.Capture, "ship-1", 8000, plan.Settled)), statement.Settled, statement.Agrees, "",
		},
		"an operation that another record explains": {
			capture,
			[]journal.Record{record(3, capture, plan.StateUnknown, ""), foreign(record(5, again, plan.StateSettled, base+"_1"))},
			shows(operation(base+"_1", spec.Capture, "ship-1", 8000, plan.Settled)), statement.InDoubt, statement.Agrees, "",
		},
		"withdrawn, and then made": {
			capture,
			[]journal.Record{record(3, capture, plan.StateWithdrawn, ""), record(5, capture, plan.StateSettled, base+"_1")},
			shows(operation(base+"_1", spec.Capture, "ship-1", 8000, plan.Settled)), statement.Settled, statement.Agrees, "",
		},
		"made by another plan": {capture, []journal.Record{foreign(record(3, capture, plan.StateSettled, base+"_1"))}, shows(), statement.NotSent, statement.Agrees, ""},
		"made by another journal": {
			capture, nil, shows(operation(base+"_1", spec.Capture, "ship-1", 8000, plan.Settled)), statement.NotSent, statement.Differs, "another journal or program made it",
		},
		"under its reference by somebody else, refused": {
			capture, nil, shows(operation(base+"_1", spec.Capture, "ship-1", 8000, plan.Refused)), statement.NotSent, statement.Agrees, "",
		},
	} {
		m := statement.Movements(run(), entry(tt.action), tt.records, tt.read)[0]
		require.Equal(t, tt.column, m.Column, name)
		require.Equal(t, tt.agreement, m.Agreement, name)
		require.Contains(t, m.Difference, tt.says, name)
	}
}

// foreign is a record of another plan.
func foreign(r journal.Record) journal.Record {
	r.PlanID = "plan-other"
	return r
}

// TestWhyNotSent tells why there is no call.
func TestWhyNotSent(t *testing.T) {
	t.Parallel()
	capture := call(plan.Capture, "ship-1", 8000)
	with := func(change func(*journal.Run)) *journal.Run {
		r := run()
		change(r)
		return r
	}
	blocked := func(r plan.Reason) plan.Action {
		return plan.Action{Kind: plan.Blocked, Op: spec.Capture, Ref: "x", Amount: 7000, Reason: r, Message: "because"}
	}
	for name, tt := range map[string]struct {
		run     *journal.Run
		action  plan.Action
		records []journal.Record
		planned int64
		why     string
	}{
		"unfinished":        {with(func(r *journal.Run) { *r = journal.Run{PlanRecord: r.PlanRecord}; r.FinishedAt = r.Expires }), capture, nil, 8000, statement.WhyUnfinished},
		"superseded":        {with(func(r *journal.Run) { r.Result = "superseded by plan 77" }), capture, nil, 8000, statement.WhySuperseded},
		"skipped":           {run(), capture, nil, 8000, statement.WhyUnsent},
		"withdrawn":         {run(), capture, []journal.Record{record(3, capture, plan.StateWithdrawn, "")}, 8000, statement.WhyWithdrawn},
		"elsewhere":         {run(), capture, []journal.Record{foreign(record(3, capture, plan.StateSettled, ""))}, 8000, statement.WhyElsewhere},
		"elsewhere, unsent": {run(), capture, []journal.Record{foreign(record(3, capture, plan.StateWithdrawn, ""))}, 8000, statement.WhyUnsent},
		"deferred":          {run(), plan.Action{Kind: plan.Deferred, Op: spec.Refund, Ref: "r", Amount: 500, Key: "k"}, nil, 500, "deferred"},
		"blocked":           {run(), blocked(plan.ReasonMoreThanOpen), nil, 7000, "blocked"},
		"money of others":   {run(), blocked(plan.ReasonUnmanaged), nil, 0, statement.WhyNoMoney},
		"earlier doubt":     {run(), blocked(plan.ReasonInDoubt), nil, 0, statement.WhyNoMoney},
		"the whole payment": {run(), plan.Action{Kind: plan.Blocked, Reason: plan.ReasonUnknownPayment}, nil, 0, "blocked"},
	} {
		m := one(t, statement.Movements(tt.run, entry(tt.action), tt.records, shows()))
		require.Equal(t, statement.NotSent, m.Column, name)
		require.Equal(t, []any{tt.planned, tt.planned, tt.why}, []any{m.Planned, m.Amount, m.Why}, name)
		require.Equal(t, "order-1", m.MerchantReference)
	}
	require.Empty(t, statement.Movements(run(), entry(plan.Action{Kind: plan.Pending, Op: spec.Capture, Amount: 5}), nil, nil), "it is counted where it was made")
}

// TestForeignRecords shows a call that the plan does not have.
func TestForeignRecords(t *testing.T) {
	t.Parallel()
	m := one(t, statement.Movements(run(), entry(), []journal.Record{record(3, call(plan.Refund, "rma", 100), plan.StateSettled, "")}, nil))
	require.Equal(t, statement.WhyForeign, m.Why)
	require.Zero(t, m.Planned)
	require.EqualValues(t, 100, m.Amount)
	var s statement.Sums
	require.NoError(t, s.Add(&m))
	require.False(t, s[0].Holds())
	require.Contains(t, strings.Join(s.Faults(plan.Footer{}), "; "), "the refunds in EUR do not add up: 0.00 EUR planned, and 1.00 EUR in all columns")
}

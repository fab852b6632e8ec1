package apply_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// judged is a call of the journal and an event about it.
type judged struct {
	in plan.Intent
	e  apply.Event
}

func eventOf(op spec.Op, state plan.State, code int) judged {
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	return judged{
		plan.Intent{
			Seq: 7, Payment: "3066177101", Op: op, Ref: "a", Amount: 1000, Currency: "EUR",
			State: state, StateAt: at, OperationID: "3066177101_1",
		},
		apply.Event{
			Identity: "i", ID: "e-1", Type: "payment.x", Created: at.Add(time.Hour), Payment: "3066177101", OperationID: "3066177101_1",
			Code: code, HasCode: true, Amount: spec.Money{Minor: 1000, Currency: "EUR"},
		},
	}
}

func (j judged) with(change func(*judged)) judged {
	change(&j)
	return j
}

func TestJudgeEvent(t *testing.T) {
	t.Parallel()
	capture := eventOf(spec.Capture, plan.StateAccepted, 9)
	cancel := eventOf(spec.Cancel, plan.StateAccepted, 6)
	for name, tt := range map[string]struct {
		j     judged
		state plan.State
		alarm bool
		says  string
	}{
		"captured":               {capture, plan.StateSettled, false, "settled by webhook e-1 (payment.x)"},
		"cancelled":              {cancel, plan.StateSettled, false, "settled by webhook"},
		"refunded":               {eventOf(spec.Refund, plan.StateAccepted, 8), plan.StateSettled, false, "settled by webhook"},
		"capture refused":        {eventOf(spec.Capture, plan.StateAccepted, 93), plan.StateRefused, false, "accepted it and refused it afterwards (operation 3066177101_1, status 93), by webhook e-1"},
		"refund refused":         {eventOf(spec.Refund, plan.StateAccepted, 83), plan.StateRefused, false, "refused it afterwards"},
		"refund deleted":         {eventOf(spec.Refund, plan.StateAccepted, 73), plan.StateRefused, false, "refused it afterwards"},
		"cancel refused":         {eventOf(spec.Cancel, plan.StateAccepted, 63), plan.StateRefused, false, "refused it afterwards"},
		"requested":              {eventOf(spec.Capture, plan.StateAccepted, 91), "", false, "still at work"},
		"uncertain capture":      {eventOf(spec.Capture, plan.StateAccepted, 92), "", false, "not certain itself"},
		"uncertain cancel":       {eventOf(spec.Cancel, plan.StateAccepted, 62), "", false, "not certain itself"},
		"uncertain refund":       {eventOf(spec.Refund, plan.StateAccepted, 82), "", false, "not certain itself"},
		"status of another kind": {eventOf(spec.Capture, plan.StateAccepted, 8), "", false, "status 8 is not described for a capture"},
		"unknown status":         {eventOf(spec.Capture, plan.StateAccepted, 56), "", false, "not described"},
		"in doubt":               {eventOf(spec.Capture, plan.StateUnknown, 9), "", false, "run payreconcile resume"},
		"intended":               {eventOf(spec.Capture, plan.StateIntended, 9), "", false, "run payreconcile resume"},
		"refusal in doubt":       {eventOf(spec.Capture, plan.StateUnknown, 93), "", false, "run payreconcile resume"},
		"known":                  {eventOf(spec.Capture, plan.StateSettled, 9), "", false, "known already"},
		"disorder":               {eventOf(spec.Capture, plan.StateSettled, 91), "", false, "still at work"},
		"settled, then refused":  {eventOf(spec.Capture, plan.StateSettled, 93), "", true, "the journal has the call as settled"},
		"refused, then settled":  {eventOf(spec.Refund, plan.StateRefused, 8), "", true, "the journal has the call as refused"},
		"withdrawn, and settled": {eventOf(spec.Capture, plan.StateWithdrawn, 9), "", true, "the journal has the call as withdrawn"},
		"no status":              {capture.with(func(j *judged) { j.e.HasCode = false }), "", false, "no status"},
		"less":                   {capture.with(func(j *judged) { j.e.Amount.Minor = 999 }), "", true, "shows 9.99 EUR and not 10.00 EUR"},
		"more":                   {capture.with(func(j *judged) { j.e.Amount.Minor = 12500 }), "", true, "shows 125.00 EUR and not 10.00 EUR"},
		"another currency":       {capture.with(func(j *judged) { j.e.Amount.Currency = "USD" }), "", true, "shows 10.00 USD"},
		"no amount":              {capture.with(func(j *judged) { j.e.Amount = spec.Money{} }), "", false, "how much"},
		"another reference":      {capture.with(func(j *judged) { j.e.Ref = "b" }), "", true, `reference "b" and not "a"`},
		"cancel of a part":       {cancel.with(func(j *judged) { j.e.Amount.Minor = 12500 }), plan.StateSettled, false, "settled by webhook"},
		"cancel of more":         {cancel.with(func(j *judged) { j.e.Amount.Minor = 999 }), "", true, "shows 9.99 EUR"},
		"no time":                {capture.with(func(j *judged) { j.e.Created = time.Time{} }), "", false, "it does not say when"},
		"within the slack":       {capture.with(func(j *judged) { j.e.Created = j.in.StateAt.Add(-5 * time.Minute) }), plan.StateSettled, false, "settled"},
		"older":                  {capture.with(func(j *judged) { j.e.Created = j.in.StateAt.Add(-5*time.Minute - 1) }), "", false, "older than what the journal knows"},
		"old spelling":           {capture.with(func(j *judged) { j.e.OperationID = "900003066177101001"; j.in.OperationID = "900003066177101001" }), plan.StateSettled, false, "settled"},
		"in doubt, by reference": {eventOf(spec.Refund, plan.StateUnknown, 8).with(func(j *judged) { j.in.OperationID, j.e.Ref = "", "a" }), "", false, "in doubt"},
	} {
		v := apply.JudgeEvent(tt.j.e, []plan.Intent{{Seq: 3, OperationID: "3066177101_9", Op: spec.Capture, State: plan.StateAccepted}, tt.j.in})
		require.Contains(t, v.Message, tt.says, name)
		v.Message = ""
		require.Empty(t, cmp.Diff(apply.EventVerdict{Intent: 7, State: tt.state, Alarm: tt.alarm}, v), name)
	}
}

// TestJudgeForeignEvent: what is of no call of ours is evidence and no more.
func TestJudgeForeignEvent(t *testing.T) {
	t.Parallel()
	j := eventOf(spec.Capture, plan.StateAccepted, 9)
	for name, own := range map[string][]plan.Intent{
		"nothing known":       nil,
		"another operation":   {j.with(func(j *judged) { j.in.OperationID = "3066177101_2" }).in},
		"no operation known":  {j.with(func(j *judged) { j.in.OperationID = "" }).in},
		"the reference alone": {j.with(func(j *judged) { j.in.Ref = "b"; j.in.OperationID = "" }).in},
	} {
		require.Equal(t, apply.EventVerdict{Message: "of no call in this journal"}, apply.JudgeEvent(j.e, own), name)
	}
}

// TestEventsOnlyConclude: whatever an event says, it changes nothing but an
// accepted call whose amount it confirms, and by its own status alone.
func TestEventsOnlyConclude(t *testing.T) {
	t.Parallel()
	states := []plan.State{plan.StateIntended, plan.StateAccepted, plan.StateSettled, plan.StateRefused, plan.StateUnknown, plan.StateWithdrawn}
	ops := []spec.Op{spec.Capture, spec.Cancel, spec.Refund}
	rapid.Check(t, func(t *rapid.T) {
		j := eventOf(rapid.SampledFrom(ops).Draw(t, "op"), rapid.SampledFrom(states).Draw(t, "state"), rapid.IntRange(-1, 120).Draw(t, "code"))
		j.e.HasCode = rapid.Bool().Draw(t, "has code")
		j.e.Amount.Minor = rapid.Int64Range(999, 1001).Draw(t, "amount")
		j.e.OperationID = rapid.SampledFrom([]string{"3066177101_1", "3066177101_2", ""}).Draw(t, "operation")
		j.e.Ref = rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "ref")
		j.e.Created = j.in.StateAt.Add(time.Duration(rapid.IntRange(-20, 20).Draw(t, "minutes")) * time.Minute)
		v := apply.JudgeEvent(j.e, []plan.Intent{j.in})
		if v.State == "" {
			return
		}
		standing := plan.StandingOf(j.in.Op, j.e.Code)
		switch {
		case j.in.State != plan.StateAccepted, !j.e.HasCode, v.Alarm, v.Intent != 7, j.e.OperationID != j.in.OperationID, j.e.Ref == "b",
			v.State == plan.StateSettled && standing != plan.Settled, v.State == plan.StateRefused && standing != plan.Refused,
			v.State != plan.StateSettled && v.State != plan.StateRefused,
			j.in.Op != spec.Cancel && j.e.Amount.Minor != 1000, j.e.Amount.Minor < 1000:
			t.Fatalf("%+v of %+v: %+v", j.e, j.in, v)
		}
	})
}

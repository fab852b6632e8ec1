package statement

import (
	"fmt"
	"slices"
	"strings"

	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A Read is one payment as the platform showed it.
type Read struct {
	Payment string // canonical base id
	Have    plan.Observed
}

// Movements returns what an entry of the run's plan meant to move and what
// became of it, given all that the journal holds of the payment. A nil read is
// a platform that was not asked.
func Movements(run *journal.Run, e *plan.Entry, records []journal.Record, read *Read) []Movement {
	b := builder{run: run, entry: e, records: records, read: read}
	var all []Movement
	for i := range e.Content.Actions {
		if a := &e.Content.Actions[i]; a.Kind != plan.Pending { // that is a movement of the run that made it
			all = append(all, b.movement(a))
		}
	}
	for i := range records {
		r := &records[i]
		ours := func(a plan.Action) bool { return a.Kind != plan.Pending && b.isOf(r, &a) }
		if r.PlanID == run.PlanID && !slices.ContainsFunc(e.Content.Actions, ours) {
			all = append(all, b.foreign(r))
		}
	}
	return all
}

// RecordsOf counts the records among these that are of calls of the run.
func RecordsOf(run *journal.Run, records []journal.Record) (n int64) {
	for i := range records {
		if records[i].PlanID == run.PlanID {
			n++
		}
	}
	return n
}

// A builder makes the movements of one entry.
type builder struct {
	run     *journal.Run
	entry   *plan.Entry
	records []journal.Record
	read    *Read
}

func (b *builder) movement(a *plan.Action) Movement {
	m := b.bare()
	m.Kind, m.Ref, m.Attempt, m.Planned, m.Call = a.Op, a.Ref, a.Attempt, planned(a), a.Kind.Calls()
	if r := b.recordOf(a); r != nil {
		b.stand(&m, r)
		return m
	}
	m.Amount, m.Column, m.Agreement = m.Planned, NotSent, Agrees
	m.Why, m.Note = b.unsent(a)
	m.Platform = b.sight(nil)
	if b.read == nil {
		m.Agreement = NotCompared
	} else if o, is := b.stranger(a); is && m.Platform.Sight == SightNothing {
		p := &m.Platform
		p.Sight, p.OperationID, p.Code, p.Standing, p.Amount = SightShown, o.ID, o.Code, o.Standing, o.Amount
		m.differ(NotSent, fmt.Sprintf("nothing of it is on record here, and the platform shows operation %s under its reference (%s, status %d): another journal or program made it",
			o.ID, o.Standing, o.Code))
	}
	return m
}

// stranger returns an operation that stands under the reference of an action of
// which nothing is on record, and did not when it was planned.
func (b *builder) stranger(a *plan.Action) (plan.Operation, bool) {
	if a.Ref == "" || (!a.Kind.Calls() && a.Kind != plan.Deferred) {
		return plan.Operation{}, false
	}
	for i := range b.records {
		if r := &b.records[i]; r.Op == a.Op && r.Ref == a.Ref {
			return plan.Operation{}, false // it is, in another plan
		}
	}
	for _, o := range b.read.Have.Operations {
		there := slices.ContainsFunc(b.entry.Content.Have.Operations, func(x plan.Operation) bool { return plan.SameOperation(x.ID, o.ID) })
		if o.Op == a.Op && o.Ref == a.Ref && o.Live() && !plan.IsFirst(o.ID) && !there {
			return o, true
		}
	}
	return plan.Operation{}, false
}

func (b *builder) bare() Movement {
	c := &b.entry.Content
	m := Movement{Payment: c.Payment, MerchantReference: c.Have.MerchantReference, Source: b.entry.Source, Currency: c.Currency}
	if m.MerchantReference == "" {
		m.MerchantReference = c.Want.MerchantReference
	}
	return m
}

// foreign is a call of the run that its plan does not have. Nothing of it is
// planned, so that the sums do not agree, and say so.
func (b *builder) foreign(r *journal.Record) Movement {
	m := b.bare()
	m.Kind, m.Ref, m.Attempt, m.Currency = r.Op, r.Ref, r.Attempt, r.Currency
	b.stand(&m, r)
	m.Why, m.Note = WhyForeign, "the journal has this call under the plan, and the plan does not have it"
	return m
}

// recordOf returns the record of an action in this run: the newest under its
// key, since one that was withdrawn may stand before it.
func (b *builder) recordOf(a *plan.Action) (found *journal.Record) {
	for i := range b.records {
		if r := &b.records[i]; b.isOf(r, a) {
			found = r
		}
	}
	return found
}

// isOf reports that a record is of an action of this run. Its amount may be
// another one: then the sums do not hold.
func (b *builder) isOf(r *journal.Record, a *plan.Action) bool {
	return a.Key != "" && r.Key == a.Key && r.PlanID == b.run.PlanID && r.Op == a.Op && r.Currency == b.entry.Content.Currency
}

// planned is the money of an action that the plan means to move. What is
// blocked for what somebody did, or for what is in doubt, names money of others
// or of earlier runs.
func planned(a *plan.Action) int64 {
	switch {
	case a.Op == "":
		return 0
	case a.Kind.Calls(), a.Kind == plan.Deferred, a.Kind == plan.Blocked && slices.Contains(wanted, a.Reason):
		return a.Amount
	}
	return 0
}

// wanted are the reasons with which what is declared is blocked, and not
// something that is there already.
var wanted = []plan.Reason{
	plan.ReasonMoreThanOpen, plan.ReasonMoreThanCaptured, plan.ReasonNotAuthorized, plan.ReasonNotCancellable,
	plan.ReasonNotRefundable, plan.ReasonNeedsCaptureID, plan.ReasonCaptureUnit, plan.ReasonFinalReleasesRest,
	plan.ReasonRefusalUnknown, plan.ReasonWrongReference,
}

// unsent says why there is no record of an action.
func (b *builder) unsent(a *plan.Action) (why, note string) {
	switch {
	case a.Kind == plan.Deferred:
		return string(plan.Deferred), a.Message
	case !a.Kind.Calls() && planned(a) == 0 && a.Op != "" && a.Amount != 0:
		return WhyNoMoney, fmt.Sprintf("%s; the %s it names are not planned here", a.Message, spec.Money{Minor: a.Amount, Currency: b.entry.Content.Currency})
	case !a.Kind.Calls():
		return string(plan.Blocked), a.Message
	}
	for i := range b.records {
		if r := &b.records[i]; r.Key == a.Key && r.State != plan.StateWithdrawn {
			return WhyElsewhere, fmt.Sprintf("plan %s made the same call (record %d); it is counted there", r.PlanID, r.Seq)
		}
	}
	switch {
	case b.run.FinishedAt.IsZero():
		return WhyUnfinished, "the run is not finished; payreconcile resume may still send it"
	case strings.HasPrefix(b.run.Result, apply.SupersededBy("")):
		return WhySuperseded, "it was never sent; the plan was " + b.run.Result
	}
	return WhyUnsent, "the run ended without sending it: the payment had changed, a call before it failed, or the run was stopped"
}

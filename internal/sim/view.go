package sim

import (
	"fmt"
	"slices"
	"time"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A view is what the records of a journal say together.
type view struct {
	seq     int64
	newest  time.Time
	intents []*plan.Intent
	bySeq   map[int64]*plan.Intent
	byBase  map[string][]*plan.Intent
	echoed  map[spec.Op]bool
	plans   []*storedPlan
}

// A storedPlan is a plan that was accepted.
type storedPlan struct {
	apply.PlanRecord
	bytes []byte
}

func newView() *view {
	return &view{bySeq: map[int64]*plan.Intent{}, byBase: map[string][]*plan.Intent{}, echoed: map[spec.Op]bool{}}
}

func (v *view) plan(id string) *storedPlan {
	for _, p := range v.plans {
		if p.PlanID == id {
			return p
		}
	}
	return nil
}

// unfinished counts the plans that were begun and not finished.
func (v *view) unfinished() (n int64) {
	for _, p := range v.plans {
		if p.FinishedAt.IsZero() {
			n++
		}
	}
	return n
}

// follows are the states that may come after each; an outcome that repeats a
// state adds evidence.
var follows = map[plan.State][]plan.State{
	plan.StateIntended:  {plan.StateAccepted, plan.StateSettled, plan.StateRefused, plan.StateUnknown, plan.StateWithdrawn},
	plan.StateUnknown:   {plan.StateUnknown, plan.StateAccepted, plan.StateSettled, plan.StateRefused},
	plan.StateAccepted:  {plan.StateAccepted, plan.StateSettled, plan.StateRefused},
	plan.StateSettled:   {plan.StateSettled},
	plan.StateRefused:   {plan.StateRefused},
	plan.StateWithdrawn: {plan.StateWithdrawn},
}

// allows returns why a record cannot be added.
func (v *view) allows(j *Journal, r *record) error {
	switch r.kind {
	case intentRecord:
		for _, i := range v.byBase[r.intent.Payment] {
			if i.Key == r.intent.Key && i.State != plan.StateWithdrawn {
				return fmt.Errorf("%w: for the %s %s of payment %s", apply.ErrKeyUsed, i.Op, i.Ref, i.Payment)
			}
		}
	case outcomeRecord:
		i := v.bySeq[r.of]
		switch {
		case i == nil:
			return fmt.Errorf("there is no intent %d", r.of)
		case !slices.Contains(follows[i.State], r.outcome.State),
			r.outcome.State == plan.StateWithdrawn && r.of <= j.born:
			return fmt.Errorf("intent %d is %s and cannot become %s", r.of, i.State, r.outcome.State)
		}
	case planRecord:
		if v.plan(r.plan.PlanID) != nil {
			return apply.ErrPlanUsed
		}
	case finishRecord:
		if v.plan(r.plan.PlanID) == nil {
			return apply.ErrNoPlan
		}
	case echoRecord:
	}
	return nil
}

// add takes in a record that is allowed.
func (v *view) add(r *record) {
	v.seq = r.seq
	if r.at.After(v.newest) {
		v.newest = r.at
	}
	switch r.kind {
	case intentRecord:
		i := r.intent
		i.Seq = r.seq
		v.intents = append(v.intents, &i)
		v.bySeq[i.Seq] = &i
		v.byBase[i.Payment] = append(v.byBase[i.Payment], &i)
	case outcomeRecord:
		conclude(v.bySeq[r.of], &r.outcome)
	case echoRecord:
		v.echoed[r.op] = true
	case planRecord:
		for _, p := range v.plans {
			if p.FinishedAt.IsZero() {
				p.FinishedAt, p.Result = r.plan.AcceptedAt, apply.SupersededBy(r.plan.PlanID)
			}
		}
		v.plans = append(v.plans, &storedPlan{r.plan, r.bytes})
	case finishRecord:
		p := v.plan(r.plan.PlanID)
		p.FinishedAt, p.Result = r.at, r.plan.Result
	}
}

// conclude brings an intent up to date with an outcome.
func conclude(i *plan.Intent, o *apply.Outcome) {
	i.State, i.StateAt, i.Code, i.Message = o.State, o.At, o.Code, o.Message
	if o.OperationID != "" {
		i.OperationID = o.OperationID
	}
	for _, s := range o.Sends {
		if s.At.After(i.LastSendAt) {
			i.LastSendAt = s.At
		}
	}
	if o.Absent {
		i.Absent = append(i.Absent[:len(i.Absent):len(i.Absent)], o.At)
	}
}

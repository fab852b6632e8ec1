package policy

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/interpreter"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// The work that judging a plan may take in all, as CEL counts it, so that a
// rule which is slow everywhere ends as well: about a second, and some more
// for each payment with a call.
const (
	maxWork        = 10_000_000
	maxWorkPayment = 5_000
)

// A Run judges one plan: Entry for each payment, then Add for each finding in
// the order of the plan, then Plan.
type Run struct {
	policy   *Policy
	world    *world
	subjects sync.Pool

	work     atomic.Int64 // spent so far
	payments atomic.Int64 // with a call

	denials   []plan.Denial // the first ones, in order
	denied    int64
	approvals int
	later     []later
}

// A Finding is what the rules say of one payment.
type Finding struct {
	denials   []plan.Denial // no more than a judgement lists
	denied    int64
	approvals int
	later     []later
}

func newRun(p *Policy, h plan.Header, phase Phase, now time.Time) *Run {
	w := &world{
		environment: bounded("environment", h.Environment), merchant: bounded("merchant", h.Merchant), maker: bounded("maker", h.Maker),
		phase: types.String(phase), now: types.Timestamp{Time: now.UTC()}, selection: bounded("selection", h.Selection),
	}
	return &Run{policy: p, world: w, subjects: sync.Pool{New: func() any { return &subject{world: w} }}}
}

// Entry asks the rules about one payment. It changes nothing that Add and Plan
// look at, and is safe for concurrent use; a payment without a call costs
// nothing.
func (r *Run) Entry(e *plan.Entry) (f Finding) {
	s := r.subjects.Get().(*subject)
	defer r.subjects.Put(s)
	if !s.over(e) {
		return f
	}
	r.payments.Add(1)
	for _, rule := range r.policy.rules[OverPayment] {
		f.take(rule, r.ask(rule, s), e, nil)
	}
	for i := range e.Content.Actions {
		a := &e.Content.Actions[i]
		if !callable(a) {
			continue
		}
		s.call = a
		for _, rule := range r.policy.rules[OverCall] {
			f.take(rule, r.ask(rule, s), e, a)
		}
		if a.Kind == plan.Deferred {
			f.later = appendLater(f.later, later{kind: a.Op, currency: e.Content.Currency, count: 1, sum: total{}.plus(a.Amount)})
		}
	}
	return f
}

// Add takes the finding of the next payment of the plan. It is not safe for
// concurrent use.
func (r *Run) Add(f Finding) {
	r.denials = append(r.denials, f.denials[:min(len(f.denials), plan.MaxDenials-len(r.denials))]...)
	r.denied += f.denied
	r.approvals = max(r.approvals, f.approvals)
	for _, l := range f.later {
		r.later = appendLater(r.later, l)
	}
}

// Plan asks the rules about the plan as a whole, and returns what they say of
// it and of its payments. Denials of the whole plan come first.
func (r *Run) Plan(f plan.Footer) *plan.Judgement {
	s := planSubject{&subject{world: r.world, footer: &f, later: r.later}}
	var whole Finding
	if s.calls() > 0 {
		for _, rule := range r.policy.rules[OverPlan] {
			whole.take(rule, r.ask(rule, s), nil, nil)
		}
	}
	all := append(whole.denials, r.denials...)
	return &plan.Judgement{
		Approvals: max(whole.approvals, r.approvals), Denied: whole.denied + r.denied,
		Denials: all[:min(len(all), plan.MaxDenials)],
	}
}

// ask evaluates a rule: whether it applies, or why nobody knows.
func (r *Run) ask(rule *rule, s cel.Activation) verdict {
	if r.work.Load() > maxWork+maxWorkPayment*r.payments.Load() {
		return verdict{err: "the policy has taken more work than judging a plan may"}
	}
	value, details, err := rule.when.program.Eval(s)
	if cost := details.ActualCost(); cost != nil {
		r.work.Add(int64(min(*cost, maxCost)))
	}
	if err != nil {
		return verdict{err: r.because(rule, err)}
	}
	applies, ok := value.(types.Bool)
	if !ok {
		return verdict{err: "it gives neither true nor false"}
	}
	return verdict{applies: bool(applies)}
}

type verdict struct {
	applies bool
	err     string
}

// because says why a rule could not be evaluated, and where in the policy.
func (r *Run) because(rule *rule, err error) string {
	if c, ok := errors.AsType[interpreter.EvalCancelledError](err); ok && c.Cause == interpreter.CostLimitExceeded {
		return fmt.Sprintf("it takes more work than the %d steps that a rule may (%s:%d)", maxCost, r.policy.file, rule.when.places.start.line)
	}
	at := rule.when.places.at(1, 0)
	if e, ok := errors.AsType[*types.Err](err); ok && e.NodeID() != 0 {
		at = rule.when.placeOf(e.NodeID())
	}
	msg, _, _ := strings.Cut(err.Error(), "\n")
	return fmt.Sprintf("%s (%s:%d:%d)", tidy(msg), r.policy.file, at.line, at.col)
}

// take adds what a rule says of a payment or a call to the finding.
func (f *Finding) take(rule *rule, v verdict, e *plan.Entry, a *plan.Action) {
	switch {
	case v.err != "":
		f.deny(rule, e, a, "the rule cannot be judged: "+v.err, "have the rule mended; what cannot be judged is denied")
	case !v.applies:
	case rule.approvals > 0:
		f.approvals = max(f.approvals, rule.approvals)
	default:
		override := rule.override
		if override == "" {
			override = "the rule names no exception: change what is declared, or have the rule changed"
		}
		f.deny(rule, e, a, rule.deny, override)
	}
}

func (f *Finding) deny(rule *rule, e *plan.Entry, a *plan.Action, msg, override string) {
	f.denied++
	if len(f.denials) >= plan.MaxDenials {
		return
	}
	d := plan.Denial{Message: msg, Override: override, Rule: rule.name}
	if e != nil {
		d.Payment, d.Source = string(e.Content.Payment), e.Source
	}
	if a != nil {
		d.Ref = a.Ref
		d.Message = fmt.Sprintf("%s of %v: %s", a.Op, spec.Money{Minor: a.Amount, Currency: e.Content.Currency}, msg)
	}
	f.denials = append(f.denials, d)
}

// appendLater adds to the deferred calls of one kind and currency.
func appendLater(all []later, l later) []later {
	for i := range all {
		if at := &all[i]; at.kind == l.kind && at.currency == l.currency {
			over := at.sum.over || l.sum.over
			at.count, at.sum = at.count+l.count, at.sum.plus(l.sum.minor)
			at.sum.over = at.sum.over || over
			return all
		}
	}
	return append(all, l)
}

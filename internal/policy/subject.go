package policy

import (
	"slices"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/functions"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A world is what all rules of a run see alike.
type world struct{ environment, merchant, maker, phase, now, selection ref.Val }

// A subject is what a rule is asked about: a call, a payment, or a plan. It is
// the variables of the expression.
type subject struct {
	world   *world
	source  string
	content *plan.Content // nil over a plan
	call    *plan.Action  // nil over a payment
	made    int64         // calls of the payment, deferred ones too
	moves   [3]total      // what they come to, in the order of spec.Ops
	labelled
	footer *plan.Footer // nil over calls and payments
	later  []later      // deferred calls of the plan, by kind and currency
}

// labelled keeps the labels of a payment once a rule has asked for them.
type labelled struct{ value ref.Val }

// callable reports that an apply may make the call: now or, when it waits,
// later in the same run.
func callable(a *plan.Action) bool {
	return a.Kind.Calls() || (a.Kind == plan.Deferred && a.Key != "")
}

// over makes the subject that of a payment; false when it has no call.
func (s *subject) over(e *plan.Entry) bool {
	*s = subject{world: s.world, source: e.Source, content: &e.Content}
	for i := range e.Content.Actions {
		a := &e.Content.Actions[i]
		if !callable(a) {
			continue
		}
		s.made++
		if at := slices.Index(spec.Ops[:], a.Op); at >= 0 {
			s.moves[at] = s.moves[at].plus(a.Amount)
		}
	}
	return s.made > 0
}

// ResolveName is for CEL.
func (s *subject) ResolveName(name string) (any, bool) {
	get, ok := getters[name]
	if !ok {
		return nil, false
	}
	return get(s), true
}

// Parent is for CEL.
func (s *subject) Parent() cel.Activation { return nil }

func (s *subject) reference() string {
	if s.content.Want.MerchantReference != "" {
		return s.content.Want.MerchantReference
	}
	return s.content.Have.MerchantReference
}

func (s *subject) labels() ref.Val {
	if s.value == nil {
		s.value = types.NewStringStringMap(types.DefaultTypeAdapter, s.content.Labels)
	}
	return s.value
}

func (s *subject) has(k plan.Kind, r plan.Reason) bool {
	for i := range s.content.Actions {
		if a := &s.content.Actions[i]; a.Kind == k && (r == "" || a.Reason == r) {
			return true
		}
	}
	return false
}

func (s *subject) calls() int64 {
	if s.footer == nil {
		return s.made
	}
	n := s.footer.Counts.Calls
	for _, l := range s.later {
		n += l.count
	}
	return n
}

func (s *subject) currencies() ref.Val {
	var all []string
	for _, m := range s.footer.Money {
		all = append(all, string(m.Currency))
	}
	for _, l := range s.later {
		all = append(all, string(l.currency))
	}
	slices.Sort(all)
	return types.NewStringList(types.DefaultTypeAdapter, slices.Compact(all))
}

// later are deferred calls of one kind in one currency.
type later struct {
	kind     spec.Op
	currency spec.Currency
	count    int64
	sum      total
}

// A planSubject is the subject of rules over plans, which have functions too.
type planSubject struct{ *subject }

// ResolveFunction is for CEL.
func (p planSubject) ResolveFunction(name string) (functions.LateBoundOp, bool) {
	return func(_ string, args ...ref.Val) ref.Val {
		kind, isKind := args[0].(types.String)
		currency, isCurrency := args[1].(types.String)
		if !isKind || !isCurrency || !slices.Contains(kinds, string(kind)) {
			return types.NewErr("%s has no kind %v: it is capture, cancel or refund", name, args[0])
		}
		count, sum := p.moved(spec.Op(kind), spec.Currency(currency))
		if name == fnCallsOf {
			return types.Int(count)
		}
		return sum.val("what is moved")
	}, name == fnMoved || name == fnCallsOf
}

// moved is how many calls of one kind there are in one currency, and what they
// come to, those that an apply makes later included.
func (p planSubject) moved(kind spec.Op, c spec.Currency) (count int64, sum total) {
	for _, m := range p.footer.Money {
		if string(m.Action) == string(kind) && m.Currency == c {
			count, sum = count+m.Count, sum.plus(m.Amount)
		}
	}
	for _, l := range p.later {
		if l.kind == kind && l.currency == c {
			count, sum = count+l.count, sum.plus(l.sum.minor)
			sum.over = sum.over || l.sum.over
		}
	}
	return count, sum
}

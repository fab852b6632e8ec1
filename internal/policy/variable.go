package policy

import (
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A Variable is what a rule can look at.
type Variable struct {
	Name string
	Type string // as CEL calls it
	Over []Over // the rules that know it
	Doc  string

	cel *cel.Type
	get func(*subject) ref.Val
}

// Variables are all variables, by what they are about. The list is a copy.
func Variables() []Variable { return slices.Clone(variables) }

var (
	anywhere  = []Over{OverCall, OverPayment, OverPlan}
	ofPayment = []Over{OverCall, OverPayment}
	ofCall    = []Over{OverCall}
	ofPlan    = []Over{OverPlan}
)

var variables = []Variable{
	text("kind", ofCall, "`capture`, `cancel` or `refund`", func(s *subject) string { return string(s.call.Op) }),
	number("amount", ofCall, "what the call moves, in minor units", func(s *subject) int64 { return s.call.Amount }),
	text("ref", ofCall, "reference of the item, or the one derived from totals", func(s *subject) string { return s.call.Ref }),
	text("note", ofCall, "reason of a refund; empty without", func(s *subject) string { return s.call.Note }),
	flag("final", ofCall, "a capture that releases what is not captured", func(s *subject) bool { return s.call.Final }),
	number("attempt", ofCall, "1, unless the platform refused an earlier one", func(s *subject) int64 { return int64(s.call.Attempt) }),
	number("before", ofCall, "total of this kind before the call", func(s *subject) int64 { return s.call.Before }),
	number("after", ofCall, "total of this kind after the call", func(s *subject) int64 { return s.call.After }),
	flag("irreversible", ofCall, "nothing gives it back: refunds, cancels, final captures", func(s *subject) bool { return s.call.Op != spec.Capture || s.call.Final }),
	flag("deferred", ofCall, "it has to wait; only an apply that waits makes it", func(s *subject) bool { return s.call.Kind == plan.Deferred }),

	text("payment", ofPayment, "id, as declared", func(s *subject) string { return string(s.content.Payment) }),
	text("merchant_reference", ofPayment, "of the payment, as declared, or else as observed", (*subject).reference),
	of("labels", cel.MapType(cel.StringType, cel.StringType), ofPayment, "of the manifest", (*subject).labels),
	text("currency", ofPayment, "of the payment, as `EUR`", func(s *subject) string { return string(s.content.Currency) }),
	number("status", ofPayment, "status code of the platform", func(s *subject) int64 { return int64(s.content.Have.Code) }),
	number("authorized", ofPayment, "amount of the payment", func(s *subject) int64 { return s.content.Have.Authorized }),
	number("captured", ofPayment, "captured so far, settled or requested", func(s *subject) int64 { return s.content.Have.Totals.Of(spec.Capture) }),
	number("cancelled", ofPayment, "cancelled so far", func(s *subject) int64 { return s.content.Have.Totals.Of(spec.Cancel) }),
	number("refunded", ofPayment, "refunded so far", func(s *subject) int64 { return s.content.Have.Totals.Of(spec.Refund) }),
	sum("capturing", ofPayment, "what the plan captures of this payment, all calls together", func(s *subject) total { return s.moves[0] }),
	sum("cancelling", ofPayment, "what it cancels", func(s *subject) total { return s.moves[1] }),
	sum("refunding", ofPayment, "what it refunds", func(s *subject) total { return s.moves[2] }),
	sum("captured_after", ofPayment, "`captured + capturing`", func(s *subject) total { return s.moves[0].plus(s.content.Have.Totals.Of(spec.Capture)) }),
	sum("cancelled_after", ofPayment, "`cancelled + cancelling`", func(s *subject) total { return s.moves[1].plus(s.content.Have.Totals.Of(spec.Cancel)) }),
	sum("refunded_after", ofPayment, "`refunded + refunding`", func(s *subject) total { return s.moves[2].plus(s.content.Have.Totals.Of(spec.Refund)) }),
	flag("blocked", ofPayment, "something of this payment cannot be reached", func(s *subject) bool { return s.has(plan.Blocked, "") }),
	flag("in_doubt", ofPayment, "an earlier call of this payment has no known outcome", func(s *subject) bool { return s.has(plan.Blocked, plan.ReasonInDoubt) }),
	text("source", ofPayment, "where it is declared, as `returns.yaml:12`", func(s *subject) string { return s.source }),

	number("calls", anywhere, "calls of this payment; over plan, of the plan", (*subject).calls),
	number("payments", ofPlan, "payments in the plan, with those that are as declared", func(s *subject) int64 { return s.footer.Counts.Payments }),
	number("changes", ofPlan, "payments with a call that is not deferred", func(s *subject) int64 { return s.footer.Counts.Changes }),
	number("blocked_payments", ofPlan, "payments that are blocked", func(s *subject) int64 { return s.footer.Counts.Blocked }),
	number("in_doubt_payments", ofPlan, "payments in doubt", func(s *subject) int64 { return s.footer.Counts.InDoubt }),
	number("waiting_payments", ofPlan, "payments with something pending or deferred", func(s *subject) int64 { return s.footer.Counts.Waiting }),
	of("currencies", cel.ListType(cel.StringType), ofPlan, "of the money that moves, in order", (*subject).currencies),

	of("environment", cel.StringType, anywhere, "name of the environment, as `live`", func(s *subject) ref.Val { return s.world.environment }),
	of("merchant", cel.StringType, anywhere, "merchant id", func(s *subject) ref.Val { return s.world.merchant }),
	of("maker", cel.StringType, anywhere, "who made the plan", func(s *subject) ref.Val { return s.world.maker }),
	of("phase", cel.StringType, anywhere, "`plan` while the plan is made, `apply` before it is applied", func(s *subject) ref.Val { return s.world.phase }),
	of("now", cel.TimestampType, anywhere, "when the plan is judged", func(s *subject) ref.Val { return s.world.now }),
	of("selection", cel.StringType, anywhere, "what was selected, as flags; empty when every payment was", func(s *subject) ref.Val { return s.world.selection }),
}

// getters are the variables by name.
var getters = func() map[string]func(*subject) ref.Val {
	out := make(map[string]func(*subject) ref.Val, len(variables))
	for _, v := range variables {
		out[v.Name] = v.get
	}
	return out
}()

// known are the names of the variables that rules over so much know.
func known(over Over) (names []string) {
	for _, v := range variables {
		if slices.Contains(v.Over, over) {
			names = append(names, v.Name)
		}
	}
	return names
}

func of(name string, t *cel.Type, over []Over, doc string, get func(*subject) ref.Val) Variable {
	return Variable{Name: name, Type: strings.TrimPrefix(strings.ToLower(t.String()), "google.protobuf."), Over: over, Doc: doc, cel: t, get: get}
}

func text(name string, over []Over, doc string, get func(*subject) string) Variable {
	return of(name, cel.StringType, over, doc, func(s *subject) ref.Val { return bounded(name, get(s)) })
}

func number(name string, over []Over, doc string, get func(*subject) int64) Variable {
	return of(name, cel.IntType, over, doc, func(s *subject) ref.Val { return types.Int(get(s)) })
}

func flag(name string, over []Over, doc string, get func(*subject) bool) Variable {
	return of(name, cel.BoolType, over, doc, func(s *subject) ref.Val { return types.Bool(get(s)) })
}

func sum(name string, over []Over, doc string, get func(*subject) total) Variable {
	return of(name, cel.IntType, over, doc, func(s *subject) ref.Val { return get(s).val(name) })
}

// maxString bounds what a rule sees of a text from outside: what takes an
// expression long to look at is an error, and denies.
const maxString = 4 << 10

func bounded(name, s string) ref.Val {
	if len(s) > maxString {
		return types.NewErr("%s is longer than %d bytes", name, maxString)
	}
	return types.String(s)
}

// A total is a sum of amounts that remembers when it became too large.
type total struct {
	minor int64
	over  bool
}

func (t total) plus(minor int64) total {
	sum := t.minor + minor
	return total{minor: sum, over: t.over || (minor > 0 && sum < t.minor) || (minor < 0 && sum > t.minor)}
}

func (t total) val(name string) ref.Val {
	if t.over {
		return types.NewErr("%s is more than can be counted", name)
	}
	return types.Int(t.minor)
}

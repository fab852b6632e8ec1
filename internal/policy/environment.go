package policy

import (
	"slices"
	"sync"
	"time"
	_ "time/tzdata" // rules name time zones, and machines may have none

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// Functions that rules have beyond CEL's own.
const (
	fnMinor   = "minor"
	fnMoved   = "moved"
	fnCallsOf = "calls_of"
)

// kinds are the words for calls.
var kinds = []string{string(spec.Capture), string(spec.Cancel), string(spec.Refund)}

// clocks are CEL's functions over a time. They are replaced by our own, which
// know each time zone once it was looked up: CEL opens its file every time.
var clocks = map[string]func(time.Time) int{
	"getFullYear":   time.Time.Year,
	"getMonth":      func(t time.Time) int { return int(t.Month()) - 1 },
	"getDate":       time.Time.Day,
	"getDayOfMonth": func(t time.Time) int { return t.Day() - 1 },
	"getDayOfYear":  func(t time.Time) int { return t.YearDay() - 1 },
	"getDayOfWeek":  func(t time.Time) int { return int(t.Weekday()) },
	"getHours":      time.Time.Hour,
	"getMinutes":    time.Time.Minute,
	"getSeconds":    time.Time.Second,
}

// absent are functions of CEL that rules do not have: numbers with a point do
// not belong beside money, and dyn would bring them in unseen.
var absent = []string{"double", "dyn", "uint", "bytes", "type", "getMilliseconds"}

// environments are what expressions are compiled in, made when first asked
// for: it takes milliseconds.
var environments = map[Over]func() (*cel.Env, error){
	OverCall:    sync.OnceValues(func() (*cel.Env, error) { return newEnvironment(OverCall) }),
	OverPayment: sync.OnceValues(func() (*cel.Env, error) { return newEnvironment(OverPayment) }),
	OverPlan: sync.OnceValues(func() (*cel.Env, error) {
		return newEnvironment(OverPlan, planFunction(fnMoved), planFunction(fnCallsOf))
	}),
}

func newEnvironment(over Over, options ...cel.EnvOption) (*cel.Env, error) {
	subset := &env.LibrarySubset{}
	for _, name := range absent {
		subset.ExcludeFunctions = append(subset.ExcludeFunctions, env.NewFunction(name))
	}
	for name, read := range clocks {
		subset.ExcludeFunctions = append(subset.ExcludeFunctions, env.NewFunction(name))
		options = append(options, clock(name, read))
	}
	options = append(options,
		cel.StdLib(cel.StdLibSubset(subset)),
		cel.ASTValidators(cel.ValidateDurationLiterals(), cel.ValidateTimestampLiterals(), cel.ValidateRegexLiterals(), cel.ValidateHomogeneousAggregateLiterals()),
		cel.RegexProgramSizeLimit(maxRegexp), cel.ParserRecursionLimit(maxDepth),
		cel.Function(fnMinor, cel.Overload(fnMinor+"_string", []*cel.Type{cel.StringType}, cel.IntType, cel.UnaryBinding(minor))),
	)
	for _, v := range variables {
		if slices.Contains(v.Over, over) {
			options = append(options, cel.Variable(v.Name, v.cel))
		}
	}
	return cel.NewCustomEnv(options...)
}

const (
	maxRegexp = 1000 // instructions of a regular expression's program
	maxDepth  = 32   // of brackets in each other: checking the types of deep lists takes long
)

// minor reads an amount that is put together in the rule; a literal is read
// when the rule is compiled.
func minor(v ref.Val) ref.Val {
	text, ok := v.(types.String)
	if !ok {
		return types.MaybeNoSuchOverloadErr(v)
	}
	m, err := spec.ParseMoney(string(text), "")
	if err != nil {
		return types.NewErr("%v", err)
	}
	return types.Int(m.Minor)
}

// planFunction is bound when a plan is judged.
func planFunction(name string) cel.EnvOption {
	return cel.Function(name, cel.Overload(name+"_string_string", []*cel.Type{cel.StringType, cel.StringType}, cel.IntType, cel.LateFunctionBinding()))
}

func clock(name string, read func(time.Time) int) cel.EnvOption {
	return cel.Function(name,
		cel.MemberOverload(name+"_timestamp", []*cel.Type{cel.TimestampType}, cel.IntType, cel.UnaryBinding(func(v ref.Val) ref.Val {
			t, ok := v.(types.Timestamp)
			if !ok {
				return types.MaybeNoSuchOverloadErr(v)
			}
			return types.Int(read(t.UTC()))
		})),
		cel.MemberOverload(name+"_timestamp_string", []*cel.Type{cel.TimestampType, cel.StringType}, cel.IntType, cel.BinaryBinding(func(v, zone ref.Val) ref.Val {
			t, isTime := v.(types.Timestamp)
			name, isText := zone.(types.String)
			if !isTime || !isText {
				return types.MaybeNoSuchOverloadErr(v)
			}
			location, err := locate(string(name))
			if err != nil {
				return types.WrapErr(err)
			}
			return types.Int(read(t.In(location)))
		})),
	)
}

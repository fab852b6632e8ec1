package policy

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"

	"github.com/payreconcile/payreconcile/internal/yamlfile"
)

// maxCost bounds the work of one evaluation, as CEL counts it: a comparison is
// about one. It is what Kubernetes gives an expression. Counting takes several
// times as long as evaluating, so that it is left out where an expression can
// do no more than to go through its own text once.
const maxCost = 1_000_000

// An expression is the compiled condition of a rule.
type expression struct {
	program cel.Program
	info    *ast.SourceInfo
	places  places
}

// placeOf is where a part of the expression stands in the file.
func (e *expression) placeOf(id int64) place {
	l := e.info.GetStartLocation(id)
	return e.places.at(l.Line(), l.Column())
}

// A fault is something wrong with an expression.
type fault struct {
	at        place
	msg, hint string
}

// A compiler compiles one expression.
type compiler struct {
	over   Over
	text   string
	places places
	faults []fault
}

// compile returns the expression, or nil and faults.
func (c *compiler) compile() *expression {
	env, err := environments[c.over]()
	if err != nil {
		c.fault(c.places.start, "cannot be compiled: "+err.Error(), "this is a fault of payreconcile; please report it")
		return nil
	}
	parsed, issues := env.Parse(c.text)
	if issues.Err() != nil {
		first := issues.Errors()[0] // the others follow from it
		c.issue(first)
		return nil
	}
	c.lint(parsed.NativeRep())
	if len(c.faults) > 0 {
		return nil
	}
	checked, issues := env.Check(parsed)
	if issues.Err() != nil {
		for _, e := range issues.Errors() {
			c.issue(e)
		}
		return nil
	}
	if checked.OutputType() != cel.BoolType {
		c.fault(c.places.at(1, 0), "gives "+article(checked.OutputType().String())+", and has to give true or false",
			"compare it with something, as amount > 0")
		return nil
	}
	fold(checked.NativeRep().Expr())
	options := []cel.ProgramOption{cel.EvalOptions(cel.OptOptimize)}
	if !isStraight(checked.NativeRep()) {
		options = append(options, cel.CostLimit(maxCost))
	}
	program, err := env.Program(checked, options...)
	if err != nil {
		c.fault(c.places.at(1, 0), "cannot be compiled: "+tidy(err.Error()), "")
		return nil
	}
	return &expression{program: program, info: checked.NativeRep().SourceInfo(), places: c.places}
}

func (c *compiler) fault(at place, msg, hint string) {
	c.faults = append(c.faults, fault{at, msg, hint})
}

// patterns of what CEL says about an expression, in our words.
var (
	undeclared = regexp.MustCompile(`^undeclared reference to '([^']*)'`)
	mismatched = regexp.MustCompile(`^found no matching overload for '([^']*)' applied to '(.*)'$`)
	expecting  = regexp.MustCompile(` expecting .*$`)
	argument   = regexp.MustCompile(`^invalid (\w+) argument`)
	mangled    = regexp.MustCompile(`^(@?)_?([^_]+?)_?$`)
)

// arguments say what a literal has to be.
var arguments = map[string]string{
	"matches":   "write a regular expression as RE2 knows them, and a short one",
	"timestamp": "write it as 2026-12-31T00:00:00Z",
	"duration":  "write it as 24h or 30m",
}

// issue says what CEL found.
func (c *compiler) issue(e *common.Error) {
	at := c.places.at(e.Location.Line(), e.Location.Column())
	if m := undeclared.FindStringSubmatch(e.Message); m != nil {
		c.unknown(at, m[1])
		return
	}
	if m := mismatched.FindStringSubmatch(e.Message); m != nil {
		c.mismatch(at, m[1], m[2])
		return
	}
	if m := argument.FindStringSubmatch(e.Message); m != nil {
		c.fault(at, m[1]+" cannot use this text", arguments[m[1]])
		return
	}
	msg := tidy(e.Message)
	if strings.Contains(msg, "recursion") {
		c.fault(at, fmt.Sprintf("is nested deeper than the %d levels possible", maxDepth), "make several rules of it")
		return
	}
	if strings.Contains(msg, "'<EOF>'") {
		c.fault(at, "the expression ends where more is needed", "look for an operator or a bracket that is left open")
		return
	}
	c.fault(at, msg, "see docs/policy.md for what an expression can say")
}

// tidy makes a message of CEL one of ours: short, and as a part of a sentence.
func tidy(msg string) string {
	msg, _, _ = strings.Cut(msg, "\n")
	msg = expecting.ReplaceAllString(msg, "")
	if runes := []rune(msg); len(runes) > 200 {
		msg = string(runes[:200]) + "…"
	}
	if len(msg) > 1 && strings.HasPrefix(msg, "Syntax") {
		msg = "s" + msg[1:]
	}
	return msg
}

// unknown says that there is no such variable or function, for rules like
// this or at all.
func (c *compiler) unknown(at place, name string) {
	if slices.Contains(absent, name) {
		c.fault(at, name+" is not possible in a rule", `amounts are whole minor units: write minor("500.00 EUR")`)
		return
	}
	for _, v := range variables {
		if v.Name == name {
			c.fault(at, fmt.Sprintf("%s is known over %s, and this rule is over %s", name, list(v.Over), c.over),
				"write over: "+string(v.Over[len(v.Over)-1])+", or look at something else")
			return
		}
	}
	if name == fnMoved || name == fnCallsOf {
		c.fault(at, fmt.Sprintf("%s is known over plan, and this rule is over %s", name, c.over), "write over: plan, or look at something else")
		return
	}
	names := append(known(c.over), fnMinor)
	if c.over == OverPlan {
		names = append(names, fnMoved, fnCallsOf)
	}
	hint := yamlfile.Suggest(name, slices.AppendSeq(names, maps.Keys(clocks)))
	if !strings.HasPrefix(hint, "did you mean") {
		hint = "docs/policy.md lists what a rule over " + string(c.over) + " knows"
	}
	c.fault(at, yamlfile.Quote(name)+" is not known here", hint)
}

// mismatch says that an operator or a function does not take what it is given.
func (c *compiler) mismatch(at place, name, args string) {
	hint := "compare like with like: text with text in quotes, numbers with whole numbers"
	if m := mangled.FindStringSubmatch(name); m != nil && (strings.HasPrefix(name, "_") || strings.HasPrefix(name, "@") || strings.HasSuffix(name, "_")) {
		name = m[2]
	}
	if strings.Contains(args, "int") && strings.Contains(args, "string") {
		hint = `numbers are compared with whole numbers, and amounts with minor("500.00 EUR")`
	}
	c.fault(at, name+" cannot be used on "+args, hint)
}

func list(over []Over) string {
	out := make([]string, len(over))
	for i, o := range over {
		out[i] = string(o)
	}
	return strings.Join(out, " and ")
}

func article(noun string) string {
	if strings.ContainsRune("aeiou", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}

// fold reads amounts that stand in the expression once, and not each time that
// it is asked.
func fold(e ast.Expr) {
	factory := ast.NewExprFactory()
	ast.PostOrderVisit(e, ast.NewExprVisitor(func(e ast.Expr) {
		text, ok := amountOf(e)
		if !ok {
			return
		}
		if v, ok := minor(types.String(text)).(types.Int); ok {
			e.SetKindCase(factory.NewLiteral(e.ID(), v))
		}
	}))
}

package policy

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"github.com/payreconcile/payreconcile/internal/yamlfile"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// vocabulary are the variables and arguments that take a few words only. A
// rule that compares them with another word never applies, and would let
// through what it was written to stop.
var vocabulary = map[string][]string{
	"kind":  kinds,
	"phase": {string(Planning), string(Applying)},
}

// lint looks for what CEL takes and nobody can mean.
func (c *compiler) lint(a *ast.AST) {
	l := &linter{compiler: c, info: a.SourceInfo(), words: map[string]int{}}
	ast.PreOrderVisit(a.Expr(), ast.NewExprVisitor(l.look))
	if l.loops > maxLoops {
		l.faultAt(a.Expr(), "has "+strconv.Itoa(l.loops)+" loops, more than the "+strconv.Itoa(maxLoops)+" possible", "make several rules of it")
	}
	for _, m := range l.amounts {
		if l.words[m.currency] == 0 {
			l.faultAt(m.at, "an amount in "+m.currency+" is compared without asking for the currency: minor units of another one are something else",
				`add currency == "`+m.currency+`" to the rule`)
		}
	}
}

// maxLoops bounds all, exists, filter, map and their like in one expression:
// checking the types of many in each other takes long.
const maxLoops = 10

type linter struct {
	*compiler
	loops   int
	info    *ast.SourceInfo
	words   map[string]int // string literals
	amounts []amount       // literal amounts
}

type amount struct {
	at       ast.Expr
	currency string
}

func (l *linter) faultAt(e ast.Expr, msg, hint string) {
	at := l.info.GetStartLocation(e.ID())
	l.fault(l.places.at(at.Line(), at.Column()), msg, hint)
}

func (l *linter) look(e ast.Expr) {
	switch e.Kind() {
	case ast.LiteralKind:
		switch v := e.AsLiteral().(type) {
		case types.Double:
			l.faultAt(e, "a number with a point or an exponent is not possible in a rule", `amounts are whole minor units: write minor("500.00 EUR"), and percentages as refunded_after * 100 > captured * 30`)
		case types.String:
			l.words[string(v)]++
		}
	case ast.CallKind:
		l.call(e.AsCall(), e)
	case ast.ComprehensionKind:
		l.loops++
	default: // nothing to look at but its parts
	}
}

func (l *linter) call(c ast.CallExpr, e ast.Expr) {
	switch name := c.FunctionName(); name {
	case fnMinor:
		l.minor(e)
	case fnMoved, fnCallsOf:
		if len(c.Args()) == 2 {
			l.word("kind", c.Args()[0])
			l.currency(c.Args()[1])
		}
	case operators.Equals, operators.NotEquals:
		for i, x := range c.Args() {
			l.compared(x, c.Args()[1-i])
		}
	case operators.In:
		if list := c.Args()[1]; list.Kind() == ast.ListKind {
			for _, x := range list.AsList().Elements() {
				l.compared(c.Args()[0], x)
			}
		}
	default:
		if _, ok := clocks[name]; ok && len(c.Args()) == 1 {
			l.zone(c.Args()[0])
		}
	}
}

// compared checks what a variable is compared with.
func (l *linter) compared(x, with ast.Expr) {
	if x.Kind() != ast.IdentKind {
		return
	}
	if name := x.AsIdent(); name == "currency" {
		l.currency(with)
	} else if vocabulary[name] != nil {
		l.word(name, with)
	}
}

func (l *linter) word(name string, e ast.Expr) {
	if text, ok := literal(e); ok && !slices.Contains(vocabulary[name], text) {
		l.faultAt(e, name+" is never "+yamlfile.Quote(text), "it is one of: "+strings.Join(vocabulary[name], ", "))
	}
}

func (l *linter) currency(e ast.Expr) {
	text, ok := literal(e)
	if !ok {
		return
	}
	if _, err := spec.ParseCurrency(text); err != nil {
		l.faultAt(e, err.Error(), hintOf(err))
	}
}

// minor checks an amount that stands in the expression.
func (l *linter) minor(e ast.Expr) {
	text, ok := amountOf(e)
	if !ok {
		return
	}
	arg := e.AsCall().Args()[0]
	m, err := spec.ParseMoney(text, "")
	if err != nil {
		l.faultAt(arg, err.Error(), hintOf(err))
		return
	}
	l.amounts = append(l.amounts, amount{at: arg, currency: string(m.Currency)})
}

func (l *linter) zone(e ast.Expr) {
	text, ok := literal(e)
	if !ok {
		l.faultAt(e, "a time zone has to be written out", `as now.getHours("Europe/Berlin")`)
		return
	}
	if _, err := locate(text); err != nil {
		l.faultAt(e, err.Error(), "write it as Europe/Berlin, UTC or +01:00")
	}
}

// amountOf is the text of an amount that stands in the expression.
func amountOf(e ast.Expr) (string, bool) {
	if e.Kind() != ast.CallKind || e.AsCall().FunctionName() != fnMinor || e.AsCall().IsMemberFunction() || len(e.AsCall().Args()) != 1 {
		return "", false
	}
	return literal(e.AsCall().Args()[0])
}

func literal(e ast.Expr) (string, bool) {
	if e.Kind() != ast.LiteralKind {
		return "", false
	}
	text, ok := e.AsLiteral().(types.String)
	return string(text), ok
}

func hintOf(err error) string {
	if e, ok := errors.AsType[*spec.Error](err); ok {
		return e.Hint
	}
	return ""
}

package policy

import (
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// steps are the operators and functions that take a time which their arguments
// bound: texts have at most 4 KiB, and lists and maps what a person wrote.
// What is not among them (regular expressions, conversions of text) is counted.
var steps = func() map[string]bool {
	out := map[string]bool{fnMinor: true, fnMoved: true, fnCallsOf: true}
	for _, name := range []string{
		operators.Conditional, operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot,
		operators.Equals, operators.NotEquals, operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals,
		operators.Add, operators.Subtract, operators.Multiply, operators.Divide, operators.Modulo, operators.Negate,
		operators.In, operators.Index, "size", "startsWith", "endsWith", "timestamp", "duration",
	} {
		out[name] = true
	}
	for name := range clocks {
		out[name] = true
	}
	return out
}()

// isStraight reports that a checked expression does each of its parts at most
// once and in a time that is bounded: it has no loop, makes no text or list
// longer, and calls nothing but steps.
func isStraight(a *ast.AST) bool {
	straight := true
	ast.PreOrderVisit(a.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.ComprehensionKind:
			straight = false
		case ast.CallKind:
			name := e.AsCall().FunctionName()
			grows := name == operators.Add && a.GetType(e.ID()).Kind() != types.IntKind
			straight = straight && steps[name] && !grows
		default: // what its parts are
		}
	}))
	return straight
}

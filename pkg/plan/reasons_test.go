package plan_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/plan"
)

// reasonWorlds holds a world for every sentence that Diff can say. Their
// outcome is in testdata/reasons_golden.txt.
var reasonWorlds = []struct{ what, want, have, journal string }{
	{"an earlier call has no known outcome", "captured 60.00", authed, "capture pr:c:0-6000 60.00 unknown"},
	{"a capture needs what may have been cancelled", "captured 90.00", authed, "cancel void-1 20.00 intended"},
	{"accepted and not visible, and more is wanted", "captured 90.00", authed, "capture pr:c:0-6000 60.00 accepted _1"},
	{"the journal and the platform disagree on a kind", "captured 60.00", "9 FFT 100.00; _0 9 100.00; _1 8 60.00", "capture a 60.00 accepted _1"},
	{"what is not visible does not fit", "captured 60.00", "6 FFF 100.00; _0 5 100.00; _1 6 100.00", "capture a 60.00 accepted _2"},
	{"two operations under one reference", "captured 60.00", "5 TTF 100.00; _0 5 100.00; _1 9 20.00 a; _2 9 20.00 a", ""},
	{"two under one reference, as the journal knows", "captured 60.00", "5 TTF 100.00; _0 5 100.00; _1 9 20.00; _2 9 20.00 a", "capture a 20.00 settled _1"},
	{"the platform does not know it", "captured 60.00", "unknown", ""},
	{"an answer about another payment", "captured 60.00", "id 999_0; 5 TTF 100.00; 999_0 5 100.00", ""},
	{"declared for another merchant", "merchant other; captured 60.00", authed, ""},
	{"another currency", "currency USD; captured 60.00", authed, ""},
	{"another reference", "reference order-7; captured 60.00", authed, ""},
	{"the payment's own reference as a ref", "captures order-1001=60.00", authed, ""},
	{"another authorised amount", "authorized 99.00; captured 60.00", authed, ""},
	{"not readable", "captured 60.00", "surcharge; 5 TTF 100.00; _0 5 100.00", ""},
	{"an operation with an undescribed status", "captured 60.00", "5 TTF 100.00; _0 5 100.00; _1 77 60.00", ""},
	{"an uncertain capture", "captured 60.00", "92 -FF 100.00; _0 5 100.00; _1 92 60.00 a", ""},
	{"an uncertain capture before a cancel", "cancelled 40.00", "92 -FF 100.00; _0 5 100.00; _1 92 60.00 a", ""},
	{"an uncertain payment", "cancelled 40.00", "92 -TF 100.00; _0 5 100.00; _1 9 60.00 a", ""},
	{"an uncertain authorisation", "captured 60.00", "52 FFF 100.00; _0 52 100.00", ""},
	{"an operation that no item names", "captures a=60.00", "5 TTF 100.00; _0 5 100.00; _1 9 20.00 b", ""},
	{"a nameless operation that no item names", "captures", "5 TTF 100.00; _0 5 100.00; _1 9 20.00", ""},
	{"a total's operation that no item names", "captures", "5 TTF 100.00; _0 5 100.00; _1 9 20.00 pr:c:0-2000", ""},
	{"our own, not visible and not named any more", "captures", authed, "capture a 20.00 settled"},
	{"a void that no item can name", "cancels", "6 FFF 100.00; _0 6 100.00", ""},
	{"a ref with another amount", "captures a=60.00", "5 TTF 100.00; _0 5 100.00; _1 9 20.00 a", ""},
	{"more captured than declared", "captured 10.00", "5 TTF 100.00; _0 5 100.00; _1 9 20.00", ""},
	{"more cancelled than declared", "cancelled 10.00", "5 TTF 100.00; _0 5 100.00; _1 6 20.00", ""},
	{"more refunded than declared", "refunded 10.00", "9 FFT 100.00; _0 9 100.00; _1 8 20.00", ""},
	{"more to capture than is open", "captured 120.00", authed, ""},
	{"more to cancel than is open", "cancelled 120.00", authed, ""},
	{"more to refund than was captured", "refunded 120.00", "9 FFT 100.00; _0 9 100.00", ""},
	{"a payment that was refused", "captured 60.00", "2 FFF 100.00; _0 2 100.00", ""},
	{"an authorisation that is closed", "captured 60.00", "5 F-- 100.00; _0 5 100.00", ""},
	{"a capture behind our own final one", "captured 80.00", "5 TTF 100.00; _0 5 100.00; _1 91 60.00", "capture a 60.00 accepted _1 final"},
	{"a capture behind a final one", "captures a=60.00! b=10.00", authed, ""},
	{"no cancel allowed", "cancelled 60.00", "5 T-- 100.00; _0 5 100.00", ""},
	{"no refund allowed", "refunded 60.00", "9 FF- 100.00; _0 9 100.00", ""},
	{"a refund that would have to name a capture", "refunded 60.00", "product 840; 9 FFT 100.00; _0 5 100.00; _1 9 50.00; _2 9 50.00", ""},
	{"a capture whose unit nobody knows", "currency JPY; captured 60", "currency JPY; 5 TTF 100; _0 5 100", ""},
	{"a cancel behind a final capture", "captures a=60.00!; cancelled 40.00", authed, ""},
	{"a refusal that the journal does not hold", "captures a=60.00", "5 TTF 100.00; _0 5 100.00; _1 93 60.00 a", ""},
	{"an adopted operation that is not there", "captures a=60.00@_1", authed, ""},
	{"an adopted operation of another kind", "captures a=60.00@_1", "5 TTF 100.00; _0 5 100.00; _1 6 60.00", ""},
	{"an adopted operation with another amount", "captures a=60.00@_1", "5 TTF 100.00; _0 5 100.00; _1 9 50.00", ""},
	{"an adopted operation with another name", "captures a=60.00@_1", "5 TTF 100.00; _0 5 100.00; _1 9 60.00 b", ""},
	{"an adopted operation that was refused", "captures a=60.00@_1", "5 TTF 100.00; _0 5 100.00; _1 93 60.00", ""},
	{"an operation adopted twice", "captures a=60.00@_1 b=60.00@3066177123_01", "5 TTF 100.00; _0 5 100.00; _1 9 60.00", ""},
	{"an operation adopted that another item made", "captures a=60.00@_1 b=60.00", "5 TTF 100.00; _0 5 100.00; _1 9 60.00", "capture b 60.00 settled _1"},
	{"amounts that no manifest can hold", "captures a=0.00", authed, ""},
	{"in progress", "captures a=60.00", "91 -FF 100.00; _0 5 100.00; _1 91 60.00 a", ""},
	{"accepted and not visible", "captures a=60.00", authed, "capture a 60.00 accepted _1"},
	{"settled by a person's word and not visible", "captures a=60.00", authed, "capture a 60.00 settled"},
	{"not authorised yet", "captured 60.00", "46 FFF 100.00; _0 46 100.00", ""},
	{"a refund behind a capture", "captured all; refunded 10.00", authed, ""},
	{"a cancel behind a capture", "captured 60.00; cancelled all", authed, ""},
	{"a refund while more can be captured", "refunded 10.00", "5 TTT 100.00; _0 5 100.00; _1 9 60.00", ""},
	{"a capture behind one in progress", "captured 80.00", "91 -FF 100.00; _0 5 100.00; _1 91 60.00", ""},
	{"a cancel behind one in progress", "cancelled 80.00", "61 TFF 100.00; _0 5 100.00; _1 61 60.00", ""},
	{"a refund behind one in progress", "refunded 80.00", "81 FF- 100.00; _0 9 100.00; _1 81 60.00", ""},
	{"a call behind a blocked one", "captures a=60.00 b=60.00", authed, ""},
}

const authed = "5 TTF 100.00; _0 5 100.00 order-1001"

// TestReasons compares every sentence that a plan can say to a person with a
// table that people have read, and finds reasons that nobody gives.
func TestReasons(t *testing.T) {
	t.Parallel()
	given := map[plan.Reason]bool{}
	var b strings.Builder
	for _, w := range reasonWorlds {
		e := diff(t, w.want, w.have, w.journal)
		fmt.Fprintf(&b, "# %s\n  want %s\n  have %s\n", w.what, w.want, w.have)
		if w.journal != "" {
			fmt.Fprintf(&b, "  journal %s\n", w.journal)
		}
		for _, a := range e.Content.Actions {
			fmt.Fprintf(&b, "%s\n", shortAction(a, e.Content.Currency))
			if a.Kind.Calls() {
				continue
			}
			given[a.Reason] = true
			require.NotEmpty(t, a.Message, w.what)
			require.NotEmpty(t, a.Hint, w.what)
			fmt.Fprintf(&b, "    %s\n    hint: %s\n", a.Message, a.Hint)
		}
		b.WriteByte('\n')
	}
	golden(t, "reasons_golden.txt", b.String())
	for _, r := range reasonsDeclared(t) {
		require.True(t, given[r], "no world gives the reason %s", r)
	}
}

// reasonsDeclared reads the constants of type Reason from the source.
func reasonsDeclared(t *testing.T) (out []plan.Reason) {
	file, err := parser.ParseFile(token.NewFileSet(), "reason.go", nil, 0)
	require.NoError(t, err)
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			for _, v := range spec.Values {
				s, err := strconv.Unquote(v.(*ast.BasicLit).Value)
				require.NoError(t, err)
				out = append(out, plan.Reason(s))
			}
		}
		return true
	})
	require.Greater(t, len(out), 30)
	return out
}

// TestCaptureUnit covers the two settings that the shorthand leaves out.
func TestCaptureUnit(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		unit       plan.CaptureUnit
		want, have string
		actions    string
	}{
		"minor":                        {plan.CaptureUnitMinor, "currency KWD; captured 1.234", "currency KWD; 5 TTF 9.000; _0 5 9.000", "capture pr:c:0-1234 1.234"},
		"hundredths":                   {plan.CaptureUnitHundredths, "currency KWD; captured 1.230", "currency KWD; 5 TTF 9.000; _0 5 9.000", "capture pr:c:0-1230 1.230"},
		"not a whole hundredth":        {plan.CaptureUnitHundredths, "currency KWD; captured 1.234", "currency KWD; 5 TTF 9.000; _0 5 9.000", "blocked capture_unit_not_set capture pr:c:0-1234 1.234"},
		"too much in hundredths":       {plan.CaptureUnitHundredths, "currency JPY; captured 10000000000", "currency JPY; 5 TTF 10000000000; _0 5 10000000000", "blocked capture_unit_not_set capture pr:c:0-10000000000 10000000000"},
		"refunds do not need the unit": {plan.CaptureUnitUnset, "currency JPY; refunded 5", "currency JPY; 9 FFT 9; _0 9 9", "refund pr:r:0-5 5"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := testEnv
			env.CaptureUnit = tt.unit
			e := plan.Diff(want(t, tt.want), have(t, tt.have), plan.Known{Env: env})
			require.Equal(t, tt.actions, short(&e))
		})
	}
}

package render_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

func TestClean(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"order-1001":             "order-1001",
		"Bestellung für Zoë":     "Bestellung für Zoë",
		"a\nb\tc\rd":             `a\nb\tc\rd`,
		"\x1b[31mred\x1b[0m":     `\x1b[31mred\x1b[0m`,
		"\u009b31m":              `\u009b31m`,
		"\x00\x7f":               `\x00\x7f`,
		"safe\u202Egpj.exe":      `safe\u202egpj.exe`,
		"a\u2066b\u2069":         `a\u2066b\u2069`,
		"zero\u200bwidth":        `zero\u200bwidth`,
		"no-break\u00a0space":    `no-break\u00a0space`,
		"line\u2028separator":    `line\u2028separator`,
		"bad\xffbyte":            `bad\xffbyte`,
		"replaced\ufffdalready":  "replaced\ufffdalready",
		"\u05e9\u05dc\u05d5 125": `\u05e9\u05dc\u05d5 125`,
		"tag \U000e0041":         `tag \U000e0041`,
	} {
		require.Equal(t, want, render.Clean(text), "%q", text)
	}
}

// Whatever text comes in, what comes out is one line that shows as it is
// written.
func FuzzClean(f *testing.F) {
	for _, seed := range []string{"order", "\x1b]0;x\a", "\u202e\u2066", "\xff\xfe", "שלום", strings.Repeat("\u0301", 9)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := render.Clean(text)
		require.True(t, utf8.ValidString(got))
		for _, r := range got {
			require.True(t, unicode.IsPrint(r), "%U", r)
		}
		require.Equal(t, got, render.Clean(got))
	})
}

// hostile is what somebody may have put into every text that we show.
const hostile = "\x1b[2J\u202e\r\n  9999.00 EUR  settled\u2028x"

// No text from outside reaches the reader's terminal as it is, through any of
// the functions that write text or JSON.
func TestNothingFromOutsideControlsTheTerminal(t *testing.T) {
	t.Parallel()
	e := payment(hostile, hostile, 5000, plan.Totals{Captured: 1000},
		plan.Action{Kind: plan.Capture, Op: spec.Capture, Ref: hostile, Before: 1000, Amount: 500, After: 1500, Attempt: 1, Key: hostile, Undo: hostile, Hint: hostile},
		plan.Action{Kind: plan.Refund, Op: spec.Refund, Ref: hostile, Amount: 500, After: 500, Attempt: 1, Key: hostile, Note: hostile},
		reasoned(plan.Blocked, hostile, hostile, 5, hostile, hostile, hostile),
		reasoned(plan.Blocked, hostile, hostile, 5, plan.ReasonInDoubt, hostile, hostile),
		reasoned(plan.Pending, hostile, hostile, 5, hostile, hostile, hostile))
	e.Source, e.Content.Currency, e.Content.Have.Currency = hostile, "EUR", "EUR"
	e.Content.Drift = []plan.Drift{{Kind: hostile, Op: hostile, Operation: hostile, Ref: hostile}}
	h := plan.Header{
		Environment: hostile, Merchant: hostile, Tool: hostile, Selection: hostile, CaptureUnit: hostile,
		Journal: plan.JournalRef{ID: hostile}, Manifests: []plan.ManifestFile{{Name: hostile, SHA256: hostile}},
	}
	f := footerOf([]*plan.Entry{e})
	f.PlanID = hostile
	r := apply.Result{
		Payment: hostile, MerchantReference: hostile, Currency: "EUR", Action: e.Content.Actions[0], Status: hostile,
		OperationID: hostile, Message: hostile, Hint: hostile, ErrorID: hostile,
	}
	s := apply.Summary{PlanID: hostile, Stopped: hostile, Counts: map[apply.Status]int64{apply.StatusUnknown: 1}, Money: []apply.Moved{{Currency: "EUR", Op: hostile, Status: hostile}}}
	i := plan.Intent{Payment: hostile, Op: hostile, Ref: hostile, Currency: "EUR", Key: hostile, PlanID: hostile, State: hostile, OperationID: hostile}
	events := func(plan.Intent) ([]render.Event, error) {
		return []render.Event{{Actor: hostile, ToolVersion: hostile, Outcome: apply.Outcome{
			State: hostile, OperationID: hostile, ErrorID: hostile, Message: hostile, Sends: []apply.Send{{Failure: hostile, ErrorID: hostile}},
		}}}, nil
	}
	faults := spec.Errors{{Pos: spec.Pos{File: hostile, Line: 1, Col: 1}, Path: hostile, Msg: hostile, Hint: hostile}}
	for _, style := range []render.Style{{}, {ASCII: true, Width: 40}} {
		var b strings.Builder
		require.NoError(t, render.Plan(&b, h, f, all([]*plan.Entry{e}), render.PlanOptions{Style: style, Verbose: true}))
		require.NoError(t, render.Plan(&b, h, f, all([]*plan.Entry{e}), render.PlanOptions{Style: style}))
		require.NoError(t, render.Result(&b, r, style))
		require.NoError(t, render.Summary(&b, s, style))
		require.NoError(t, render.Faults(&b, faults, style))
		require.NoError(t, render.Intents(&b, intents(i), render.IntentOptions{Style: style, Verbose: true, Events: events}))
		require.NoError(t, render.PlanJSON(&b, h, f, all([]*plan.Entry{e})()))
		j, err := render.NewApplyJSON(&b)
		require.NoError(t, err)
		require.NoError(t, j.Result(r))
		require.NoError(t, j.Close(s))
		require.NoError(t, render.IntentsJSON(&b, plan.JournalRef{ID: hostile}, intents(i), events))
		require.NoError(t, render.ValidateJSON(&b, 0, faults))
		require.NoError(t, render.ErrorJSON(&b, 3, faults, hostile))
		for _, c := range b.String() {
			if c != '\n' {
				require.True(t, unicode.IsPrint(c), "%U", c)
			}
			require.True(t, !style.ASCII || c < utf8.RuneSelf, "%U", c)
		}
		// What is made up does not start a line of its own, nor a column.
		require.NotContains(t, b.String(), "\n  9999.00")
	}
}

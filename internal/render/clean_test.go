package render_test

import (
	"iter"
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
	for _, style := range []render.Style{{}, {ASCII: true, Width: 40}} {
		text := everything(t, hostile, style)
		for _, c := range text {
			if c != '\n' {
				require.True(t, unicode.IsPrint(c), "%U", c)
			}
			require.True(t, !style.ASCII || c < utf8.RuneSelf, "%U", c)
		}
		// What is made up does not start a line of its own, nor a column.
		require.NotContains(t, text, "\n  9999.00")
	}
}

// Nor does it reach a CI system as a command: what begins a line with ::, and
// ##[…] anywhere in it.
func TestNothingFromOutsideCommandsTheRunner(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"::add-mask::a", " \t::error file=a::b", "x\r::stop-commands::y", "a\n::set-output name=b::c", "##[add-mask]a", "x ##[error]y",
		"\u2028::debug::x", "word ::debug::x ::debug::y ::debug::z and more words than one line of forty columns has",
	} {
		for _, style := range []render.Style{{}, {ASCII: true, Width: 40}, {Color: true}} {
			for line := range strings.FieldsFuncSeq(everything(t, text, style), func(r rune) bool { return r == '\n' || r == '\r' }) {
				require.False(t, strings.HasPrefix(strings.TrimSpace(line), "::"), "%q", line)
				require.NotContains(t, line, "##[")
			}
		}
	}
	require.Equal(t, `##\x5berror]`, render.Clean("##[error]"))
}

// everything writes a text in all places where text of others may stand, by
// all functions that write.
func everything(t *testing.T, text string, style render.Style) string {
	t.Helper()
	e := payment(text, text, 5000, plan.Totals{Captured: 1000},
		plan.Action{Kind: plan.Capture, Op: spec.Capture, Ref: text, Before: 1000, Amount: 500, After: 1500, Attempt: 1, Key: plan.Key(text), Undo: plan.Undo(text), Hint: text},
		plan.Action{Kind: plan.Refund, Op: spec.Refund, Ref: text, Amount: 500, After: 500, Attempt: 1, Key: plan.Key(text), Note: text},
		reasoned(plan.Blocked, spec.Op(text), text, 5, plan.Reason(text), text, text),
		reasoned(plan.Blocked, spec.Op(text), text, 5, plan.ReasonInDoubt, text, text),
		reasoned(plan.Pending, spec.Op(text), text, 5, plan.Reason(text), text, text))
	e.Source, e.Content.Currency, e.Content.Have.Currency = text, "EUR", "EUR"
	e.Content.Drift = []plan.Drift{{Kind: text, Op: spec.Op(text), Operation: text, Ref: text}}
	h := plan.Header{
		Environment: text, Merchant: text, Tool: text, Selection: text, CaptureUnit: plan.CaptureUnit(text),
		Journal: plan.JournalRef{ID: text}, Manifests: []plan.ManifestFile{{Name: text, SHA256: text}},
	}
	f := footerOf([]*plan.Entry{e})
	f.PlanID = text
	r := apply.Result{
		Payment: spec.PaymentID(text), MerchantReference: text, Currency: "EUR", Action: e.Content.Actions[0], Status: apply.Status(text),
		OperationID: text, Message: text, Hint: text, ErrorID: text,
	}
	s := apply.Summary{PlanID: text, Stopped: text, Counts: map[apply.Status]int64{apply.StatusUnknown: 1}, Money: []apply.Moved{{Currency: "EUR", Op: spec.Op(text), Status: apply.Status(text)}}}
	i := plan.Intent{Payment: text, Op: spec.Op(text), Ref: text, Currency: "EUR", Key: plan.Key(text), PlanID: text, State: plan.State(text), OperationID: text}
	events := func(plan.Intent) ([]render.Event, error) {
		return []render.Event{{Actor: text, ToolVersion: text, Outcome: apply.Outcome{
			State: plan.State(text), OperationID: text, ErrorID: text, Message: text, Sends: []apply.Send{{Failure: text, ErrorID: text}},
		}}}, nil
	}
	faults := spec.Errors{{Pos: spec.Pos{File: text, Line: 1, Col: 1}, Path: text, Msg: text, Hint: text}}
	var b strings.Builder
	require.NoError(t, render.Plan(&b, h, f, all([]*plan.Entry{e}), render.PlanOptions{Style: style, Verbose: true}))
	require.NoError(t, render.Plan(&b, h, f, all([]*plan.Entry{e}), render.PlanOptions{Style: style}))
	require.NoError(t, render.Result(&b, r, style))
	require.NoError(t, render.Summary(&b, s, style))
	require.NoError(t, render.Faults(&b, faults, style))
	plans := func(map[string]bool) iter.Seq2[apply.PlanRecord, error] {
		return func(yield func(apply.PlanRecord, error) bool) {
			yield(apply.PlanRecord{
				PlanID: text, ContentID: text, FinishedAt: noon, Result: text,
				Approvals: []apply.Approval{{By: text, How: text, Statement: text + "\n" + text}},
			}, nil)
		}
	}
	require.NoError(t, render.Intents(&b, intents(i), render.IntentOptions{Style: style, Verbose: true, Events: events, Plans: plans}))
	require.NoError(t, render.PlanJSON(&b, h, f, all([]*plan.Entry{e})()))
	j, err := render.NewApplyJSON(&b)
	require.NoError(t, err)
	require.NoError(t, j.Result(r))
	require.NoError(t, j.Close(s, nil))
	stream := render.NewStream(&b, atNoon)
	require.NoError(t, stream.Header(render.PlanHeader(text, text, text, 1, 1, h)))
	require.NoError(t, stream.Payment(e))
	require.NoError(t, stream.Result(r))
	require.NoError(t, stream.Diagnostic(render.StreamDiagnostic{Severity: text, Code: text, Message: text, Hint: text, File: text, Path: text}))
	require.NoError(t, stream.Close(1, text))
	require.NoError(t, render.IntentsJSON(&b, plan.JournalRef{ID: text}, intents(i), render.IntentOptions{Verbose: true, Events: events, Plans: plans}))
	require.NoError(t, render.ValidateJSON(&b, 0, render.ValidatedRules{}, faults))
	require.NoError(t, render.ErrorJSON(&b, 3, faults, text))
	return b.String()
}

package render_test

import (
	"bytes"
	"regexp"
	"strings"
	"sync"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// hostileTexts are texts that want to be more than text.
var hostileTexts = []string{
	`</script><script>window.owned=1</script>`,
	`<!--<script>`, `--><img src=x onerror="window.owned=1">`, `</style><style>*{display:none}`, `]]>`,
	`" onmouseover="window.owned=1`, `' autofocus onfocus='window.owned=1`, "`${window.owned=1}`", `{{.Title}}`, `javascript:window.owned=1`,
	`\u003c/script\u003e`, `\`, `"`, `'];window.owned=1;//`, `&lt;b&gt;`, `*/ } body{display:none} /*`, `"; } body { display: none } @page { x: "`,
	"line\u2028and\u2029paragraph", "right\u202eot tfel\u202c", "\u2066isolate\u2069", "\x1b[31mred\x1b]0;title\x07", "zero\u200bwidth\ufeff",
	"nul\x00 tab\t cr\r lf\n", "\xff\xfe not UTF-8", "ישראל 100", "𝒜\U000e0041", strings.Repeat("<b>", 3000),
}

// hostileEntries are a plan with the text wherever text can be.
func hostileEntries(text string) []*plan.Entry {
	again := call(plan.Refund, text, 0, 2000)
	again.Attempt, again.Note, again.Message = 2, text, text
	of := func(id string, actions ...plan.Action) *plan.Entry {
		e := payment(id, text, 5000, plan.Totals{Captured: 5000}, actions...)
		e.Source, e.Content.Labels = text+":7", plan.Labels{text: text}
		return e
	}
	block := func(r plan.Reason) plan.Action {
		return reasoned(plan.Blocked, spec.Op(text), text, 1250, r, text, text)
	}
	drifted := of("3_0")
	drifted.Content.Drift = []plan.Drift{{Kind: text, Op: spec.Op(text), Operation: text, Ref: text}}
	odd := of(text, call(plan.Capture, text, 0, 100))
	odd.Content.Currency = spec.Currency("Z" + text) // behind EUR, whatever it is
	return []*plan.Entry{
		of("1_0", again, finally(call(plan.Capture, text, 5000, 5))), of("2_0", block(plan.ReasonInDoubt)), drifted,
		of("4_0", block(plan.ReasonDuplicate)), of("5_0", block(plan.Reason(text))), odd,
		of("6_0", reasoned(plan.Deferred, spec.Refund, text, 5, plan.ReasonBehindCapture, text, text)),
	}
}

func hostilePage(t testing.TB, text string) string {
	t.Helper()
	h := header()
	h.Environment, h.Merchant, h.Maker, h.Tool, h.Selection, h.Policy, h.Approvers = text, text, text, text, text, text, text
	h.Journal.ID, h.CaptureUnit = text, plan.CaptureUnit(text)
	h.Manifests = []plan.ManifestFile{{Name: text, SHA256: text}}
	entries := hostileEntries(text)
	f := footerOf(entries)
	f.PlanID, f.ContentID = "9f8e7d6c5b4a"+text, text
	f.Judgement = &plan.Judgement{Denied: 1, Denials: []plan.Denial{{Message: text, Override: text, Payment: text, Ref: text, Rule: text, Source: text}}}
	var b bytes.Buffer
	require.NoError(t, render.PlanHTML(&b, h, f, all(entries), render.HTMLOptions{}))
	return b.String()
}

var (
	tag       = regexp.MustCompile(`<(?:/?[a-zA-Z][a-zA-Z0-9]*|!)`)
	attribute = regexp.MustCompile(` [a-z-]+="`)
)

// shape is every tag and every attribute of a page, in order.
func pageShape(html string) string {
	var b strings.Builder
	for _, element := range []string{"style", "script", "script"} {
		before, rest, _ := strings.Cut(html, "<"+element)
		within, after, _ := strings.Cut(rest, "</"+element+">")
		html = before + after
		b.WriteString(element + within[:strings.IndexByte(within, '>')] + "\n")
	}
	for _, at := range tag.FindAllStringIndex(html, -1) {
		rest := html[at[0]:]
		end := strings.IndexByte(rest, '>')
		if end < 0 {
			end = len(rest) - 1
		}
		b.WriteString(html[at[0]:at[1]] + strings.Join(attribute.FindAllString(rest[:end], -1), "") + "\n")
	}
	return b.String()
}

var wordShape = sync.OnceValue(func() string { return pageShape(hostilePage(&testing.T{}, "word")) })

// harmless holds that a page with a text has the shape that it has with a
// plain word, and not a character that acts.
func harmless(t testing.TB, text string) {
	t.Helper()
	got, want := hostilePage(t, text), wordShape()
	if text == "" {
		want = pageShape(hostilePage(t, text))
	}
	if shape := pageShape(got); shape != want {
		t.Fatalf("%q changes the page (-want +got):\n%s", text, cmp.Diff(want, shape))
	}
	require.Equal(t, 2, strings.Count(got, "<script"), text)
	require.Equal(t, 2, strings.Count(got, "</script"), text)
	require.Equal(t, 1, strings.Count(strings.ToLower(got), "</style"), text)
	require.NotContains(t, got, "<!--")
	require.True(t, utf8.ValidString(got), text)
	for _, r := range got {
		if r != '\n' && !unicode.IsPrint(r) {
			t.Fatalf("%q puts %U into the page", text, r)
		}
	}
	seen := 0
	d := dataOf(t, got)
	for _, r := range d.Rows {
		if r[0] == 4.0 && r[3] == 2.0 {
			seen++
			if utf8.RuneCountInString(text) <= 120 {
				require.Equal(t, render.Clean(text), r[5], "the script reads what was written")
			}
		}
	}
	require.Equal(t, 1, seen)
}

func TestHostileTextIsTextInAPage(t *testing.T) {
	t.Parallel()
	for _, text := range hostileTexts {
		harmless(t, text)
	}
}

func FuzzPlanHTML(f *testing.F) {
	for _, text := range hostileTexts[:len(hostileTexts)-1] {
		f.Add(text)
	}
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 2000 {
			t.Skip("longer texts are cut the same way")
		}
		harmless(t, text)
	})
}

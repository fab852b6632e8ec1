package render_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
	"pgregory.net/rapid"

	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// judged is a plan under a policy, whose footer is that of entries.
func judged(f plan.Footer) plan.Footer {
	f.Judgement = &plan.Judgement{Approvals: 2, Denied: 3, Denials: []plan.Denial{
		{Rule: "refunds-small", Payment: "3066177123_0", Ref: "rma-77", Message: "a refund of more than 10.00 EUR", Override: "add the label large: yes", Source: "orders.yaml:7"},
		{Rule: "run-cap", Message: "the plan moves more than 100.00 EUR"},
	}}
	return f
}

func markdown(t *testing.T, h plan.Header, f plan.Footer, entries []*plan.Entry, o render.MarkdownOptions) string {
	t.Helper()
	return lines(t, func(w io.Writer) error { return render.PlanMarkdown(w, h, f, all(entries), o) })
}

func TestPlanMarkdown(t *testing.T) {
	t.Parallel()
	f := written(t, header(), world())
	golden(t, "plan.md", markdown(t, header(), f, world(), render.MarkdownOptions{Now: noon}))
	h := header()
	h.Maker, h.Policy, h.Approvers = "Ada", strings.Repeat("ab", 32), strings.Repeat("cd", 32)
	golden(t, "plan_judged.md", markdown(t, h, judged(f), world(), render.MarkdownOptions{Now: noon.Add(48 * time.Hour)}))
	require.Contains(t, markdown(t, header(), written(t, header(), nil), nil, render.MarkdownOptions{}), "**No changes. No payment was declared or selected.**")
}

// many is a plan of n captures, n final ones, n refunds in another currency
// and n that are blocked.
func many(n int) []*plan.Entry {
	var entries []*plan.Entry
	for i := range n {
		id := func(k int) string { return fmt.Sprintf("30661%05d%d_0", i, k) }
		refund := payment(id(3), "order", 5000, plan.Totals{Captured: 5000}, call(plan.Refund, "rma", 0, 300))
		refund.Content.Currency, refund.Content.Have.Currency = "USD", "USD"
		entries = append(entries,
			payment(id(1), "order", 5000, plan.Totals{}, call(plan.Capture, "ship", 0, 100)),
			payment(id(2), "order", 5000, plan.Totals{}, finally(call(plan.Capture, "ship", 0, 200))), refund,
			payment(id(4), "order", 5000, plan.Totals{}, reasoned(plan.Blocked, spec.Capture, "x", 9900, plan.ReasonMoreThanOpen, "too much", "declare less")))
	}
	return entries
}

var (
	rowOf  = regexp.MustCompile(`(?m)^\| .(30661\d+)_0. \|.*\| (\d+\.\d\d [A-Z]{3}) \|.*$`)
	moreOf = regexp.MustCompile(`([\d,]+) more (capture|refund)s? \(([\d,.]+) ([A-Z]{3})\)`)
)

// What fits and what is said not to fit come to the plan, for every budget, and
// no budget is passed.
func TestMarkdownBudget(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		entries := many(rapid.IntRange(0, 120).Draw(t, "payments"))
		f := footerOf(entries)
		budget := rapid.SampledFrom([]int{render.MarkdownSmallest, 8 << 10, 20 << 10, render.MarkdownComment, render.MarkdownSummary}).Draw(t, "budget") + rapid.IntRange(0, 500).Draw(t, "more")
		var b bytes.Buffer
		require.NoError(t, render.PlanMarkdown(&b, header(), f, all(entries), render.MarkdownOptions{Budget: budget}))
		require.LessOrEqual(t, b.Len(), budget)
		got := map[string]int64{}
		calls := int64(0)
		for _, row := range rowOf.FindAllStringSubmatch(b.String(), -1) {
			minor, currency := minorOf(t, row[2])
			got[currency] += minor
			calls++
		}
		for _, more := range moreOf.FindAllStringSubmatch(b.String(), -1) {
			minor, currency := minorOf(t, more[3]+" "+more[4])
			got[currency] += minor
			n, err := strconv.ParseInt(strings.ReplaceAll(more[1], ",", ""), 10, 64)
			require.NoError(t, err)
			calls += n
		}
		want := map[string]int64{}
		for _, s := range f.Money {
			want[string(s.Currency)] += s.Amount
		}
		require.Equal(t, want, got)
		require.Equal(t, f.Counts.Calls, calls)
		require.Contains(t, b.String(), "`"+f.PlanID+"`")
		if n := len(entries) / 4; n > 0 { // every table has rows of its own, whatever came before it
			require.GreaterOrEqual(t, strings.Count(b.String(), "too much"), 1)
			require.GreaterOrEqual(t, strings.Count(b.String(), "| capture `ship` |"), 1)
		}
	})
}

func minorOf(t *rapid.T, amount string) (int64, string) {
	m, err := spec.ParseMoney(strings.ReplaceAll(amount, ",", ""), "")
	require.NoError(t, err)
	return m.Minor, string(m.Currency)
}

func TestMarkdownBudgetTooSmall(t *testing.T) {
	t.Parallel()
	f := written(t, header(), world())
	var b strings.Builder
	err := render.PlanMarkdown(&b, header(), f, all(world()), render.MarkdownOptions{Budget: 4095})
	require.EqualError(t, err, "show the plan as Markdown: 4095 bytes are too few; give at least 4096")
	h := header()
	for range 4 {
		h.Manifests = append(h.Manifests, plan.ManifestFile{Name: strings.Repeat("好", 64)})
	}
	h.Selection = strings.Repeat("好", 200)
	err = render.PlanMarkdown(&b, h, judged(f), all(world()), render.MarkdownOptions{Budget: 4096})
	require.ErrorContains(t, err, "4096 bytes are too few; the heading, the sums, the counts and the ids of this plan take ")
	require.Empty(t, b.String())
	needed, err := strconv.Atoi(err.Error()[strings.LastIndexByte(err.Error(), ' ')+1:])
	require.NoError(t, err)
	require.NoError(t, render.PlanMarkdown(&b, h, judged(f), all(world()), render.MarkdownOptions{Budget: needed}))
}

func TestMarkdownRefusesLiesAndErrors(t *testing.T) {
	t.Parallel()
	f := written(t, header(), world())
	f.Money[0].Amount++
	var b strings.Builder
	require.ErrorIs(t, render.PlanMarkdown(&b, header(), f, all(world()), render.MarkdownOptions{}), plan.ErrAltered)
	require.Empty(t, b.String())
	f.Money[0].Amount--
	broken := errors.New("broken")
	for pass := 1; pass <= 3; pass++ {
		n := 0
		entries := func() iter.Seq2[*plan.Entry, error] {
			if n++; n == pass {
				return func(yield func(*plan.Entry, error) bool) { yield(nil, broken) }
			}
			return all(world())()
		}
		require.ErrorIs(t, render.PlanMarkdown(io.Discard, header(), f, entries, render.MarkdownOptions{}), broken)
	}
	require.ErrorContains(t, render.PlanMarkdown(full{}, header(), f, all(world()), render.MarkdownOptions{}), "write output: no space left")
}

// hostilePlan has text in every place that text from outside can be.
func hostilePlan(x string) (plan.Header, plan.Footer, []*plan.Entry) {
	e := payment("3066177123_0", x, 5000, plan.Totals{Captured: 1000},
		plan.Action{Kind: plan.Capture, Op: spec.Capture, Ref: x, Before: 1000, Amount: 500, After: 1500, Attempt: 2, Key: key, Message: x, Hint: x},
		plan.Action{Kind: plan.Refund, Op: spec.Refund, Ref: x, Amount: 500, After: 500, Attempt: 1, Key: key, Note: x, Undo: plan.Undo(x)},
		plan.Action{Kind: plan.Blocked, Op: spec.Op(x), Ref: x, Amount: 5, Reason: plan.Reason("r" + x), Message: x, Hint: x, Operation: x},
		plan.Action{Kind: plan.Blocked, Op: spec.Op(x), Ref: x, Amount: 5, Reason: plan.ReasonInDoubt, Hint: x},
		reasoned(plan.Pending, spec.Op(x), x, 5, plan.Reason("r"+x), x, x))
	e.Source = x
	e.Content.Payment = spec.PaymentID(x)
	e.Content.Drift = []plan.Drift{{Kind: x, Op: spec.Op(x), Operation: x, Ref: x}}
	h := plan.Header{
		Environment: x, Merchant: x, Tool: x, Selection: x, Maker: x, Policy: x, Approvers: x,
		Journal: plan.JournalRef{ID: x}, Manifests: []plan.ManifestFile{{Name: x, SHA256: x}},
	}
	f := footerOf([]*plan.Entry{e})
	f.PlanID, f.ContentID = x, x
	f.Judgement = &plan.Judgement{Denied: 1, Denials: []plan.Denial{{Rule: x, Payment: x, Ref: x, Message: x, Override: x, Source: x}}}
	return h, f, []*plan.Entry{e}
}

// FuzzMarkdown proves with a parser of Markdown that nothing in a document is
// a link, a picture, a tag or a cell because of text from outside, and that
// what a site would link by itself stands in code, where it does not.
func FuzzMarkdown(f *testing.F) {
	for _, seed := range []string{
		"order-1001", " ", "`", "``x``", "a|b", `\|`, `\`, "[x](http://x.y)", "![x](y)", "<b>x</b>", "<!--", "</details>", "@octocat", "a @octocat b",
		"#123 GH-1 owner/repo#1", "https://example.com www.example.com a@b.c", "deadbeef", "3066177123456789", "*x* _x_ ~~x~~", "&lt;&#64;", ":smile:",
		"\n\n# x\n", "\n| a | b |\n", "\u202e\u2066", "\x1b[31m", "1. x", "- [ ] x", "(`a`)", "a`b c`d", "nobody knows (`x|y`) yet", strings.Repeat("好`|", 200), "/approve", "$x$ %1 !2 &3 ~4",
	} {
		f.Add(seed)
	}
	md := goldmark.New(goldmark.WithExtensions(extension.GFM))
	f.Fuzz(func(t *testing.T, x string) {
		if x == "" {
			return // leaves rows out, and can do no harm
		}
		h, foot, entries := hostilePlan(x)
		var b, plain bytes.Buffer
		require.NoError(t, render.PlanMarkdown(&b, h, foot, all(entries), render.MarkdownOptions{}))
		h, foot, entries = hostilePlan("x1")
		require.NoError(t, render.PlanMarkdown(&plain, h, foot, all(entries), render.MarkdownOptions{}))
		require.False(t, strings.ContainsFunc(b.String(), func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }), "%q", b.String())
		want, _ := shape(t, md, plain.Bytes())
		got, prose := shape(t, md, b.Bytes())
		require.Equal(t, want, got, "%s", b.String())
		require.NotRegexp(t, `[@#/\\<>\[\]*~&!$%^]|www\.\S|\d{7}`, prose, "%s", b.String())
	})
}

// shape is the outline of a document (blocks, and cells of every row), and its
// text outside of code.
func shape(t *testing.T, md goldmark.Markdown, source []byte) (outline []string, prose string) {
	t.Helper()
	var b strings.Builder
	doc := md.Parser().Parse(text.NewReader(source))
	require.NoError(t, ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.CodeSpan:
			return ast.WalkSkipChildren, nil
		case *ast.Text:
			b.Write(n.Segment.Value(source))
			b.WriteByte(' ')
		case *ast.HTMLBlock:
			for i := range n.Lines().Len() {
				at := n.Lines().At(i)
				outline = append(outline, "html "+string(at.Value(source)))
			}
		case *east.TableRow:
			outline = append(outline, fmt.Sprintf("row of %d", n.ChildCount()))
		case *ast.Emphasis:
			outline = append(outline, "emphasis")
		default:
			require.NotContains(t, []ast.NodeKind{ast.KindLink, ast.KindAutoLink, ast.KindImage, ast.KindRawHTML, east.KindStrikethrough, east.KindTaskCheckBox}, n.Kind())
			if n.Type() == ast.TypeBlock {
				outline = append(outline, n.Kind().String())
			}
		}
		return ast.WalkContinue, nil
	}))
	return outline, b.String()
}

package render_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"

	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// troubled are the results of which somebody has to hear.
func troubled() (list []apply.Result) {
	for _, r := range results() {
		if r.Status != apply.StatusSettled && r.Status != apply.StatusAccepted {
			list = append(list, r)
		}
	}
	return list
}

func TestRunMarkdown(t *testing.T) {
	t.Parallel()
	golden(t, "run.md", lines(t, func(w io.Writer) error {
		return render.RunMarkdown(w, header(), summary(), troubled(), render.MarkdownOptions{})
	}))
	good := apply.Summary{PlanID: "abc", Complete: true, Counts: map[apply.Status]int64{apply.StatusSettled: 3}}
	text := lines(t, func(w io.Writer) error { return render.RunMarkdown(w, header(), good, nil, render.MarkdownOptions{}) })
	require.Contains(t, text, "**3 settled.**")
	require.Contains(t, text, "- Plan `abc` is through\n")
	require.NotContains(t, text, "Did not go well")
}

// What there is no room for is counted, for every budget.
func TestRunMarkdownBudget(t *testing.T) {
	t.Parallel()
	var list []apply.Result
	for range 200 {
		list = append(list, troubled()[0])
	}
	s := summary()
	s.Counts = map[apply.Status]int64{apply.StatusRefused: 5000}
	for _, budget := range []int{2000, 4096, 20_000, render.MarkdownSummary} {
		text := lines(t, func(w io.Writer) error {
			return render.RunMarkdown(w, header(), s, list, render.MarkdownOptions{Budget: budget})
		})
		require.LessOrEqual(t, len(text), budget)
		shown := strings.Count(text, "| refused |")
		require.Contains(t, text, fmt.Sprintf("… and %d,%03d more, not shown here", (5000-shown)/1000, (5000-shown)%1000))
		require.Contains(t, text, "is unfinished")
	}
	require.ErrorContains(t, render.RunMarkdown(io.Discard, header(), s, list, render.MarkdownOptions{Budget: 100}), "100 bytes are too few")
}

func TestFailureMarkdown(t *testing.T) {
	t.Parallel()
	faults := spec.Errors{
		{Pos: spec.Pos{File: "orders.yaml", Line: 12, Col: 5}, Path: "spec.payments[3]", Msg: "wrong", Hint: "mend it"}, {Msg: "3 more"},
	}
	golden(t, "failure.md", lines(t, func(w io.Writer) error {
		if err := render.FailureMarkdown(w, "plan", "manifest invalid", faults, "", faults, render.MarkdownOptions{}); err != nil {
			return err
		}
		return render.FailureMarkdown(w, "apply", "locked by another process", errors.New("another process is working with this journal"), "wait", nil, render.MarkdownOptions{})
	}))
}

// Nothing in these documents is a link, a picture, a tag or a cell because of
// text from outside.
func FuzzRunMarkdown(f *testing.F) {
	for _, seed := range []string{"order-1001", "`", "a|b", `\|`, "[x](http://x.y)", "<b>x</b>", "@octocat", "#123", "\n\n# x\n", "\x1b[31m", "*x*", "deadbeef", "##[error]"} {
		f.Add(seed)
	}
	md := goldmark.New(goldmark.WithExtensions(extension.GFM))
	document := func(t *testing.T, x string) []byte {
		var b bytes.Buffer
		h := plan.Header{Merchant: x, Environment: x}
		r := apply.Result{
			Payment: spec.PaymentID(x), MerchantReference: x, Currency: "EUR", Source: x, Status: apply.Status("s" + x), Message: x, Hint: x, ErrorID: x,
			Action: plan.Action{Op: spec.Op(x), Ref: x, Amount: 5},
		}
		s := apply.Summary{
			PlanID: x, Stopped: x, Counts: map[apply.Status]int64{apply.StatusUnknown: 1},
			Money: []apply.Moved{{Currency: "EUR", Op: spec.Op(x), Status: apply.Status("s" + x), Count: 1, Amount: 1}},
		}
		require.NoError(t, render.RunMarkdown(&b, h, s, []apply.Result{r}, render.MarkdownOptions{}))
		faults := spec.Errors{{Pos: spec.Pos{File: x, Line: 1, Col: 1}, Path: x, Msg: x, Hint: x}}
		require.NoError(t, render.FailureMarkdown(&b, x, x, faults, x, faults, render.MarkdownOptions{}))
		require.NoError(t, render.FailureMarkdown(&b, x, x, errors.New(x), x, nil, render.MarkdownOptions{}))
		return b.Bytes()
	}
	f.Fuzz(func(t *testing.T, x string) {
		if x == "" {
			return // leaves cells out, and can do no harm
		}
		got := document(t, x)
		require.False(t, bytes.ContainsFunc(got, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }), "%q", got)
		want, _ := shape(t, md, document(t, "x1"))
		outline, prose := shape(t, md, got)
		require.Equal(t, want, outline, "%s", got)
		require.NotRegexp(t, `[@#/\\<>\[\]*~&!$%^]|www\.\S|\d{7}`, prose, "%s", got)
	})
}

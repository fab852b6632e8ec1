package render_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// pageJudged is a footer under a policy that denies.
func pageJudged(f plan.Footer) plan.Footer {
	f.Judgement = &plan.Judgement{Approvals: 2, Denied: 101, Denials: []plan.Denial{{
		Rule: "refund-cap", Payment: "3066177123_0", Ref: "rma-77", Message: "20.00 EUR is over the cap of 15.00 EUR",
		Override: "ask for the cap to be raised", Source: "orders.yaml:7",
	}, {Rule: "hours", Message: "no refunds at night"}}}
	return f
}

func page(t testing.TB, h plan.Header, f plan.Footer, entries []*plan.Entry, o render.HTMLOptions) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, render.PlanHTML(&b, h, f, all(entries), o))
	return b.String()
}

var (
	styleElement  = regexp.MustCompile(`(?s)<style>(.*?)</style>`)
	scriptElement = regexp.MustCompile(`(?s)<script>(.*?)</script>`)
	dataElement   = regexp.MustCompile(`(?s)<script type="application/json" id="data">(.*?)</script>`)
)

// pageData is what a page gives its script.
type pageData struct {
	Rows       [][]any  `json:"rows"`
	Currencies []string `json:"currencies"`
	Decimals   []int    `json:"decimals"`
	Texts      []string `json:"texts"`
}

func dataOf(t testing.TB, html string) (d pageData) {
	t.Helper()
	m := dataElement.FindStringSubmatch(html)
	require.NotNil(t, m)
	require.NoError(t, json.Unmarshal([]byte(m[1]), &d))
	return d
}

// text is what stands in a row: itself, or the number of a text.
func (d pageData) text(v any) string {
	if n, ok := v.(float64); ok {
		return d.Texts[int(n)]
	}
	return v.(string)
}

// TestPlanHTML keeps the page but for its style and script, which have files
// of their own.
func TestPlanHTML(t *testing.T) {
	t.Parallel()
	h := header()
	h.Maker, h.Policy, h.Approvers = "ada@shop.example", strings.Repeat("5d", 32), strings.Repeat("c3", 32)
	got := page(t, h, pageJudged(written(t, h, world())), world(), render.HTMLOptions{Now: noon, Rows: 2})
	got = styleElement.ReplaceAllString(got, "<style></style>")
	got = regexp.MustCompile(`'sha256-[^']+'|&#39;sha256-.*?&#39;`).ReplaceAllString(got, "HASH")
	golden(t, "plan.html", scriptElement.ReplaceAllString(got, "<script></script>"))
}

// The policy of a page names its one style and its one script, and it has
// nothing that would need another.
func TestAPageRunsNothingElse(t *testing.T) {
	t.Parallel()
	got := page(t, header(), written(t, header(), world()), world(), render.HTMLOptions{})
	hash := func(e *regexp.Regexp) string {
		all := e.FindAllStringSubmatch(got, -1)
		require.Len(t, all, 1)
		sum := sha256.Sum256([]byte(all[0][1]))
		return base64.StdEncoding.EncodeToString(sum[:])
	}
	want := `<meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;; style-src &#39;sha256-` + hash(styleElement) +
		`&#39;; script-src &#39;sha256-` + hash(scriptElement) + `&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;">`
	require.Contains(t, strings.ReplaceAll(got, "&#43;", "+"), want)
	rest := scriptElement.ReplaceAllString(got, "")
	for _, never := range []string{" style=", " onclick=", " src=", "http://", "https://", "javascript:", "@import"} {
		require.NotContains(t, rest, never)
	}
	require.Equal(t, 1, strings.Count(got, "<meta charset"))
}

// What can be read without JavaScript is counted with what cannot.
func TestNothingIsCutSilently(t *testing.T) {
	t.Parallel()
	var entries []*plan.Entry
	for i := range 1234 {
		entries = append(entries, payment(fmt.Sprintf("30%08d_0", i), "", 9000, plan.Totals{}, call(plan.Capture, "c", 0, 250)))
	}
	f := footerOf(entries)
	got := page(t, header(), f, entries, render.HTMLOptions{Rows: 34})
	require.Equal(t, 34, strings.Count(got, "<th scope=\"row\" class=\"id\">")-5, "and the five largest")
	require.Contains(t, got, "<strong>1,200 more</strong> in this table: switch JavaScript on, or run <code>payreconcile show --format csv</code>.")
	require.Contains(t, got, "Captures: 1,234</h2>")
	require.Len(t, dataOf(t, got).Rows, 1234)
	require.NotContains(t, page(t, header(), f, entries, render.HTMLOptions{Rows: 1234}), " more</strong> in this table")

	h := header()
	for i := range 31 {
		h.Manifests = append(h.Manifests, plan.ManifestFile{Name: fmt.Sprintf("m%d.yaml", i)})
	}
	got = page(t, h, f, entries, render.HTMLOptions{})
	require.Contains(t, got, "orders.yaml, m0.yaml, m1.yaml, and 29 more<")
	require.Contains(t, got, "and 22 more manifests")
	require.Contains(t, got, "<dd>m30.yaml <code>")

	long := payment("1_0", strings.Repeat("é", 500), 100, plan.Totals{Captured: 100})
	got = page(t, header(), footerOf([]*plan.Entry{long}), []*plan.Entry{long}, render.HTMLOptions{})
	require.Contains(t, got, strings.Repeat("é", 120)+"… (380 more characters)<")
}

func TestWhatAPageWarnsOf(t *testing.T) {
	t.Parallel()
	asDeclared := []*plan.Entry{payment("3066177126_0", "order-1004", 6000, plan.Totals{Captured: 6000})}
	live := header()
	live.Environment = "live"
	ruled := header()
	ruled.Policy, ruled.Approvers = "aa", "bb"
	f := written(t, header(), world())
	const expired = `id="expired" role="alert">`
	for name, tt := range map[string]struct {
		h       plan.Header
		f       plan.Footer
		entries []*plan.Entry
		o       render.HTMLOptions
		want    []string
		not     []string
	}{
		"live":       {live, f, world(), render.HTMLOptions{Now: noon}, []string{`<p class="mark live">LIVE: real money moves`}, []string{expired}},
		"test":       {header(), f, world(), render.HTMLOptions{}, []string{`<p class="mark">Environment test`}, []string{`class="mark live"`, expired}},
		"expired":    {header(), f, world(), render.HTMLOptions{Now: noon.Add(24 * time.Hour)}, []string{expired}, nil},
		"denied":     {ruled, pageJudged(f), world(), render.HTMLOptions{}, []string{"The policy denies this plan", "<b>Denied</b>", "101 denials", "20.00 EUR is over the cap", "; 99 more", "<b>2</b> <strong>approvals needed", "none of whom made the plan"}, nil},
		"no policy":  {header(), f, world(), render.HTMLOptions{}, []string{"<b>No policy</b>", "neither a policy nor approvers are configured"}, []string{"Denied by the policy"}},
		"allowed":    {ruled, f, world(), render.HTMLOptions{}, []string{"<b>Allowed</b>"}, []string{"The policy denies"}},
		"in doubt":   {header(), f, world(), render.HTMLOptions{}, []string{"1 earlier call is in doubt.", "1 payment shows the same operation twice."}, nil},
		"all is set": {header(), footerOf(asDeclared), asDeclared, render.HTMLOptions{}, []string{`<p class="big none">nothing</p>`, "<b>1</b> as declared", "<details><summary>", "the outcome of every earlier call is known"}, []string{"Each currency by itself"}},
		"empty":      {header(), footerOf(nil), nil, render.HTMLOptions{}, []string{"What happens to the 0 payments"}, []string{"<table"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := page(t, tt.h, tt.f, tt.entries, tt.o)
			for _, want := range tt.want {
				require.True(t, strings.Contains(got, want), want) // a page is too long to be shown
			}
			for _, not := range tt.not {
				require.False(t, strings.Contains(got, not), not)
			}
		})
	}
}

// Every number that a page shows is what the payments come to.
func TestAPageOfAFooterThatLies(t *testing.T) {
	t.Parallel()
	for name, lie := range map[string]func(*plan.Footer){
		"payments": func(f *plan.Footer) { f.Counts.Payments-- },
		"calls":    func(f *plan.Footer) { f.Counts.Calls-- },
		"changes":  func(f *plan.Footer) { f.Counts.Changes++ },
		"blocked":  func(f *plan.Footer) { f.Counts.Blocked = 0 },
		"in doubt": func(f *plan.Footer) { f.Counts.InDoubt = 0 },
		"drifted":  func(f *plan.Footer) { f.Counts.Drifted = 0 },
		"waiting":  func(f *plan.Footer) { f.Counts.Waiting = 0 },
		"no-op":    func(f *plan.Footer) { f.Counts.NoOp = 0 },
		"amount":   func(f *plan.Footer) { f.Money[0].Amount-- },
		"left out": func(f *plan.Footer) { f.Money = f.Money[1:] },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := written(t, header(), world())
			lie(&f)
			var b bytes.Buffer
			require.ErrorIs(t, render.PlanHTML(&b, header(), f, all(world()), render.HTMLOptions{}), plan.ErrAltered)
			require.Zero(t, b.Len())
		})
	}
}

func TestErrorsEndThePage(t *testing.T) {
	t.Parallel()
	f := written(t, header(), world())
	broken := errors.New("broken")
	for pass := 1; pass <= 2; pass++ {
		n := 0
		err := render.PlanHTML(io.Discard, header(), f, func() iter.Seq2[*plan.Entry, error] {
			n++
			return func(yield func(*plan.Entry, error) bool) {
				for _, e := range world() {
					if !yield(e, nil) {
						return
					}
				}
				if n == pass {
					yield(nil, broken)
				}
			}
		}, render.HTMLOptions{})
		require.ErrorIs(t, err, broken, "pass %d", pass)
	}
	n := 0
	err := render.PlanHTML(io.Discard, header(), f, func() iter.Seq2[*plan.Entry, error] {
		n++
		return all(world()[n-1:])()
	}, render.HTMLOptions{})
	require.EqualError(t, err, "show the plan: it changed while it was read; show it again")
	require.ErrorContains(t, render.PlanHTML(full{}, header(), f, all(world()), render.HTMLOptions{}), "write output: no space left")
	odd := []*plan.Entry{payment("1_0", "", 100, plan.Totals{}, plan.Action{Kind: "chargeback"})}
	require.ErrorContains(t, render.PlanHTML(io.Discard, header(), plan.Footer{}, all(odd), render.HTMLOptions{}), `kind "chargeback"`)
}

// The rows of the script are all calls with their amounts, once, and those in
// plain HTML are the first of them.
func TestEveryCallIsInThePageOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var entries []*plan.Entry
		var want, got []string
		currencies := []spec.Currency{"EUR", "JPY", "KWD"}
		for i := range rapid.IntRange(0, 60).Draw(t, "payments") {
			id := fmt.Sprintf("30%08d_0", i)
			var actions []plan.Action
			c := rapid.SampledFrom(currencies).Draw(t, "currency")
			for _, kind := range []plan.Kind{plan.Capture, plan.Refund, plan.Blocked} {
				amount := rapid.Int64Range(0, spec.MaxMinor).Draw(t, "amount")
				switch {
				case amount%3 == 0:
				case kind == plan.Blocked:
					actions = append(actions, reasoned(kind, spec.Cancel, "v", amount, plan.ReasonNotCancellable, "no", ""))
				default:
					actions = append(actions, call(kind, "r", 0, amount))
					want = append(want, fmt.Sprint(id, kind, spec.Money{Minor: amount, Currency: c}))
				}
			}
			e := payment(id, "", 9000, plan.Totals{}, actions...)
			e.Content.Currency, e.Content.Have.Currency = c, c
			entries = append(entries, e)
		}
		var b bytes.Buffer
		require.NoError(t, render.PlanHTML(&b, header(), footerOf(entries), all(entries), render.HTMLOptions{Rows: 3}))
		d := dataOf(&testing.T{}, b.String())
		for _, r := range d.Rows {
			if in := r[0].(float64); in == 4 || in == 5 {
				currency := d.Currencies[int(r[6].(float64))]
				got = append(got, fmt.Sprint(r[1], d.text(r[4]), r[7].(string)+" "+currency))
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("calls (-want +got):\n%s", diff)
		}
	})
}

// What is held while a page is written does not grow with the plan: not even
// when every payment has texts of its own.
func TestAPageIsStreamed(t *testing.T) {
	held := func(n int) uint64 {
		var passes, most uint64
		entries := func() iter.Seq2[*plan.Entry, error] {
			passes++
			return func(yield func(*plan.Entry, error) bool) {
				for i := range n {
					a := reasoned(plan.Blocked, spec.Refund, fmt.Sprintf("rma-%d", i), 5, plan.ReasonOverRefunded, fmt.Sprintf("why %d", i), fmt.Sprintf("do %d", i))
					if !yield(payment(fmt.Sprintf("30%08d_0", i), fmt.Sprintf("order-%d", i), 9000, plan.Totals{}, a), nil) {
						return
					}
				}
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapAlloc)
			}
		}
		f := plan.Footer{Counts: plan.Counts{Payments: int64(n), Blocked: int64(n)}}
		require.NoError(t, render.PlanHTML(io.Discard, header(), f, entries, render.HTMLOptions{}))
		require.EqualValues(t, 2, passes)
		return most
	}
	few := held(6_000)
	require.Less(t, held(20_000), few+1<<20)
}

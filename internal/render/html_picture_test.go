package render_test

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

var (
	drawing = regexp.MustCompile(`(?s)<svg (?:class="band" )?role="img" aria-label="([^"]*)".*?</svg>`)
	piece   = regexp.MustCompile(`<rect class="f-([a-z]+)" x="(\d+)\.(\d)%" y="0" width="(\d+)\.(\d)%"`)
)

// A bar is one drawn bar, its pieces in thousandths of the width.
type bar struct {
	alt    string
	pieces map[string]int
	length int
}

// bars reads the bars of a page and holds that their pieces lie side by side
// within the width, and that each shows.
func bars(t require.TestingT, html string) (all []bar) {
	for _, d := range drawing.FindAllStringSubmatch(html, -1) {
		b := bar{alt: d[1], pieces: map[string]int{}}
		for _, p := range piece.FindAllStringSubmatch(d[0], -1) {
			from, err := strconv.Atoi(p[2] + p[3])
			require.NoError(t, err)
			wide, err := strconv.Atoi(p[4] + p[5])
			require.NoError(t, err)
			require.Equal(t, b.length, from, d[0])
			require.Positive(t, wide, d[0])
			b.pieces[p[1]] = wide
			b.length += wide
		}
		require.LessOrEqual(t, b.length, 1000, d[0])
		all = append(all, b)
	}
	return all
}

// The band is as wide as the page whatever it shows, and no bar is lost, left
// over or longer than the longest.
func TestBarsFit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var entries []*plan.Entry
		blocked := reasoned(plan.Blocked, spec.Refund, "r", 1, plan.ReasonOverRefunded, "no", "")
		doubt := reasoned(plan.Blocked, spec.Refund, "r", 1, plan.ReasonInDoubt, "?", "")
		waiting := reasoned(plan.Pending, spec.Refund, "r", 1, plan.ReasonInProgress, "later", "")
		amount := rapid.Int64Range(1, math.MaxInt64/2000)
		add := func(name string, most int, actions ...plan.Action) {
			for range rapid.IntRange(0, most).Draw(t, name) {
				entries = append(entries, payment(fmt.Sprintf("3%08d_0", len(entries)), "", 100, plan.Totals{}, actions...))
			}
		}
		add("declared", 60)
		add("blocked", 3, blocked)
		add("in part", 3, call(plan.Capture, "c", 0, amount.Draw(t, "amount")), blocked)
		add("doubt", 2, doubt)
		add("waiting", 20, waiting)
		add("change", 60, call(plan.Refund, "c", 0, amount.Draw(t, "amount")))
		var b bytes.Buffer
		f := footerOf(entries)
		require.NoError(t, render.PlanHTML(&b, header(), f, all(entries), render.HTMLOptions{Rows: 1}))
		drawn := bars(t, b.String())
		if len(entries) > 0 {
			require.Equal(t, 1000, drawn[0].length, drawn[0].alt)
		}
		longest := 0
		for _, bar := range drawn[1:] {
			longest = max(longest, bar.length)
		}
		if len(f.Money) > 0 {
			require.Equal(t, 1000, longest)
		}
	})
}

func TestBarsAreInProportion(t *testing.T) {
	t.Parallel()
	yen := payment("4_0", "", 9000, plan.Totals{}, call(plan.Refund, "r", 0, 7))
	yen.Content.Currency, yen.Content.Have.Currency = "JPY", "JPY"
	entries := []*plan.Entry{
		payment("1_0", "", 90000, plan.Totals{}, call(plan.Capture, "c", 0, 80000)),
		payment("2_0", "", 90000, plan.Totals{}, call(plan.Refund, "r", 0, 20000)),
		payment("3_0", "", 90000, plan.Totals{}, call(plan.Cancel, "v", 0, 1)), yen,
	}
	got := map[string]map[string]int{}
	for _, b := range bars(t, page(t, header(), footerOf(entries), entries, render.HTMLOptions{})) {
		got[b.alt] = b.pieces
	}
	require.Equal(t, map[string]map[string]int{
		"4 payments: 4 to change, 0 waiting, 0 as declared, 0 blocked, as a whole or in part, 0 in doubt": {"change": 1000},
		"Bar of 800.00 EUR, 100.0% of the longest":                                                        {"capture": 1000},
		"Bar of 200.00 EUR, 25.0% of the longest":                                                         {"refund": 250},
		"Bar of 0.01 EUR, 0.0% of the longest":                                                            {"cancel": 4},
		"Bar of 7 JPY, 100.0% of the longest":                                                             {"refund": 1000},
		"100 to under 1,000: 1 capture, 1 refund, 0 cancels":                                              {"capture": 500, "refund": 500},
		"10 to under 100: 0 captures, 0 refunds, 0 cancels":                                               {},
		"under 10: 0 captures, 0 refunds, 1 cancel":                                                       {"cancel": 500},
		"under 10: 0 captures, 1 refund, 0 cancels":                                                       {"refund": 1000},
	}, got)
}

// What a final capture releases is said with its amount, and added up.
func TestWhatFinalCapturesRelease(t *testing.T) {
	t.Parallel()
	entries := []*plan.Entry{
		payment("1_0", "", 9000, plan.Totals{CaptureRequested: 1000, Cancelled: 500}, finally(call(plan.Capture, "c", 1000, 4000))),
		payment("2_0", "", 9000, plan.Totals{}, finally(call(plan.Capture, "c", 0, 9000))),
		payment("3_0", "", 9000, plan.Totals{}, call(plan.Capture, "c", 0, 100)),
		payment("4_0", "", 9000, plan.Totals{}, call(plan.Cancel, "v", 0, 1000), finally(call(plan.Capture, "c", 0, 7500))),
	}
	got := page(t, header(), footerOf(entries), entries, render.HTMLOptions{})
	require.Contains(t, got, `2 final captures release besides: <strong><span class="g">40</span>.00 EUR</strong>`)
	require.Equal(t, 1, strings.Count(got, "<td>the rest, 35.00, is released</td>"))
	require.Equal(t, 1, strings.Count(got, "<td>the rest, 5.00, is released</td>"))
	require.Equal(t, 2, strings.Count(got, "is released</td>"))
	require.NotContains(t, page(t, header(), footerOf(entries[1:3]), entries[1:3], render.HTMLOptions{}), "besides")
}

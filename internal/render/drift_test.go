package render_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/drift"
	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// driftOf is a report of what was found of payments.
func driftOf(t *testing.T, all ...drift.Checked) render.DriftReport {
	t.Helper()
	r, err := drift.NewReport()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	for _, c := range all {
		require.NoError(t, r.Add(c))
	}
	return render.DriftReport{
		Environment: "test", Merchant: "shop-eu", At: noon, Since: noon.AddDate(0, 0, -30), Late: 72 * time.Hour, Plans: 2,
		Newest: noon.Add(-time.Hour), Summary: &r.Summary, Findings: r.Findings,
	}
}

// drifted has a finding of every code, and text that means harm.
func drifted(t *testing.T) render.DriftReport {
	t.Helper()
	var all []drift.Checked
	for i, c := range drift.Codes {
		f := drift.Finding{
			Code: c, Payment: "3066177123_0", MerchantReference: "order-1001", Op: spec.Capture, Operation: "3066177123_1", Ref: "ship-1",
			Status: 9, Amount: int64(100 + i), Currency: "EUR", Message: "something is " + string(c), Hint: "do something", PlanID: "abc", Source: "orders.yaml:7",
		}
		all = append(all, drift.Checked{Payment: f.Payment, Findings: []drift.Finding{f}})
	}
	evil := drift.Finding{
		Code: drift.Others, Payment: "3066177124_0", MerchantReference: "::error::\x1b[31m|`x`", Op: spec.Refund, Amount: 5, Currency: "JPY",
		Operation: "3066177124_2", Ref: "##[add-mask]x", Message: "\u202efdp\n::warning::x", Hint: "do something",
	}
	nobody := drift.Finding{Code: drift.UnknownPayment, Payment: "3066177125_0", Message: "the platform does not know it", Hint: "ask"}
	return driftOf(t, append(all, drift.Checked{Payment: evil.Payment, Findings: []drift.Finding{evil}},
		drift.Checked{Payment: nobody.Payment, Findings: []drift.Finding{nobody}}, drift.Checked{Payment: "3066177126_0"})...)
}

// quiet has found nothing, in no plan.
func quiet(t *testing.T) render.DriftReport {
	t.Helper()
	d := driftOf(t)
	d.Plans = 0
	return d
}

func TestDriftGolden(t *testing.T) {
	t.Parallel()
	text := func(d render.DriftReport) string {
		return lines(t, func(w io.Writer) error { return render.DriftText(w, d, render.Style{}) })
	}
	golden(t, "drift.txt", text(drifted(t)))
	golden(t, "drift_none.txt", text(quiet(t)))
	golden(t, "drift.json", lines(t, func(w io.Writer) error { return render.DriftJSON(w, drifted(t)) }))
	golden(t, "drift.md", lines(t, func(w io.Writer) error { return render.DriftMarkdown(w, drifted(t), render.MarkdownOptions{}) }))
}

// What a page has no room for is counted.
func TestDriftMarkdownKeepsToItsBudget(t *testing.T) {
	t.Parallel()
	var many []drift.Finding
	for range 5000 {
		many = append(many, drift.Finding{Code: drift.Late, Payment: "3066177123_0", Message: "it is late", Hint: "wait"})
	}
	d := driftOf(t, drift.Checked{Payment: "3066177123_0", Findings: many})
	for _, budget := range []int{0, 4000, 20_000} {
		page := lines(t, func(w io.Writer) error { return render.DriftMarkdown(w, d, render.MarkdownOptions{Budget: budget}) })
		if budget > 0 {
			require.LessOrEqual(t, len(page), budget)
		}
		require.Contains(t, page, "5,000 findings")
		require.Regexp(t, `… and [0-9,]+ more`, page)
		require.Less(t, strings.Count(page, "it is late"), 5000)
	}
}

package render_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// compared is two plans in which everything that can differ does.
func compared(t testing.TB) render.Compared {
	t.Helper()
	h, g := header(), header()
	g.Maker, g.Policy, g.Selection, g.RefundOpen = "Ada", strings.Repeat("ab", 32), "", true
	g.Manifests = []plan.ManifestFile{{Name: "orders.yaml", SHA256: strings.Repeat("cd", 32)}, {Name: "late.yaml", SHA256: strings.Repeat("ef", 32)}}
	old := world()
	now := world()[1:]
	now[1].Content.Actions = nil                                                     // was to be cancelled
	now[1].Content.Have.Totals.Cancelled, now[1].Content.Have.Code = 5900, 6         // and is
	now[0].Content.Actions[0].Amount, now[0].Content.Actions[0].After = 3000, 3000   // another amount
	now[2].Content.Actions = []plan.Action{call(plan.Refund, "rma-5", 0, 1_000_00)}  // was as declared
	now[8].Content.Actions = []plan.Action{now[8].Content.Actions[0]}                // only its key differs
	now[8].Content.Actions[0].Key = "ZYXWVUTSRQPONMLKJIHGFEDCBA765432ZYXWVUT"        //
	now[9].Content.Have.Operations = []plan.Operation{{ID: "3066177133_1", Op: "x"}} //
	now[6].Content.Labels, now[5].Content.Drift = plan.Labels{"desk": "eu"}, old[4].Content.Drift
	forty := int64(4000)
	now[6].Content.Want.Captured = &forty
	added := payment("3066177140_0", "order-1020", 5000, plan.Totals{}, call(plan.Capture, "ship-1", 0, 5000))
	f, k := written(t, h, old), written(t, g, append(now, added))
	k.PlanID, k.ContentID = strings.Repeat("12", 32), strings.Repeat("34", 32)
	k.Judgement = &plan.Judgement{Approvals: 2, Denied: 1234}
	return render.Compared{
		OldHeader: h, OldFooter: f, NewHeader: g, NewFooter: k,
		Payments: func(found func(plan.Change) error) (plan.Comparison, error) {
			for i, e := range now {
				if err := found(plan.Change{Before: old[i+1], After: e}); err != nil {
					return plan.Comparison{}, err
				}
			}
			if err := found(plan.Change{After: added}); err != nil {
				return plan.Comparison{}, err
			}
			return plan.Comparison{Added: 1, Removed: 1, Changed: int64(len(now)), Same: 3, Reordered: true}, found(plan.Change{Before: old[0]})
		},
	}
}

func TestPlanDiff(t *testing.T) {
	t.Parallel()
	golden(t, "plan_diff.txt", lines(t, func(w io.Writer) error { return render.PlanDiff(w, compared(t), render.Style{}) }))
	golden(t, "plan_diff.json", lines(t, func(w io.Writer) error { return render.PlanDiffJSON(w, compared(t)) }))
	same := compared(t)
	same.NewFooter.ContentID, same.NewHeader = same.OldFooter.ContentID, same.OldHeader
	same.NewFooter.Judgement = nil
	same.Payments = nil // is not asked
	golden(t, "plan_diff_same.txt", lines(t, func(w io.Writer) error { return render.PlanDiff(w, same, render.Style{}) }))
	require.Contains(t, lines(t, func(w io.Writer) error { return render.PlanDiffJSON(w, same) }), `"same":true`)
}

func TestPlanDiffErrors(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	c := compared(t)
	c.Payments = func(func(plan.Change) error) (plan.Comparison, error) { return plan.Comparison{}, broken }
	require.ErrorIs(t, render.PlanDiff(io.Discard, c, render.Style{}), broken)
	require.ErrorIs(t, render.PlanDiffJSON(io.Discard, c), broken)
	require.ErrorContains(t, render.PlanDiff(full{}, compared(t), render.Style{}), "write output: no space left")
	require.ErrorContains(t, render.PlanDiffJSON(full{}, compared(t)), "no space left")
}

func TestPlanProof(t *testing.T) {
	t.Parallel()
	h := header()
	h.FormatVersion, h.Maker, h.Policy, h.Approvers = "1.1", "Ada", strings.Repeat("ab", 32), strings.Repeat("cd", 32)
	f := judged(written(t, h, world()))
	golden(t, "plan_proof.txt", lines(t, func(w io.Writer) error { return render.PlanProof(w, h, f, noon, render.Style{}) }))
	h.FormatVersion = "1.9"
	newer := lines(t, func(w io.Writer) error { return render.PlanProof(w, h, f, noon.Add(48*time.Hour), render.Style{}) })
	require.Contains(t, newer, "\n  not the content id: format 1.9 is newer than 1.1, and may cover more than this version knows\n")
	require.Contains(t, newer, "expired: plan again")
	require.Contains(t, lines(t, func(w io.Writer) error { return render.PlanProofJSON(w, h, f, noon) }), `"content_id_proved":false`)
}

// Nothing from outside controls the terminal of whoever compares or verifies.
func TestHostileNamesInDiffAndProof(t *testing.T) {
	t.Parallel()
	for _, x := range []string{hostile, "\x1b[31m", "\u202e", "\x00"} {
		h, f, entries := hostilePlan(x)
		g, k, others := hostilePlan(x + x)
		others[0].Content.Labels = plan.Labels{x: x}
		others[0].Content.Currency, others[0].Content.Have.Currency = spec.Currency(x), spec.Currency(x)
		k2 := footerOf(others)
		k.Money = []plan.Sum{{Action: plan.Kind(x), Currency: spec.Currency(x), Amount: 1, Count: 1}}
		c := render.Compared{
			OldHeader: h, OldFooter: f, NewHeader: g, NewFooter: k,
			Payments: func(found func(plan.Change) error) (plan.Comparison, error) {
				return plan.Comparison{}, errors.Join(found(plan.Change{Before: entries[0], After: others[0]}), found(plan.Change{After: others[0]}), found(plan.Change{Before: entries[0]}))
			},
		}
		text := lines(t, func(w io.Writer) error { return render.PlanDiff(w, c, render.Style{}) }) +
			lines(t, func(w io.Writer) error { return render.PlanDiffJSON(w, c) }) +
			lines(t, func(w io.Writer) error { return render.Plan(w, g, k2, all(others), render.PlanOptions{Verbose: true}) }) +
			lines(t, func(w io.Writer) error { return render.PlanProof(w, g, k, noon, render.Style{}) }) +
			lines(t, func(w io.Writer) error { return render.PlanProofJSON(w, g, k, noon) })
		for line := range strings.Lines(text) {
			line = strings.TrimSuffix(line, "\n")
			require.False(t, strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }), "%q", line)
			require.False(t, strings.HasPrefix(line, "  9999.00"), line)
		}
	}
}

package render_test

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

func TestJudgedPlan(t *testing.T) {
	t.Parallel()
	h := header()
	h.Maker, h.Policy = "ada", strings.Repeat("ab", 32)
	f := judged(written(t, h, world()))
	for name, o := range map[string]render.PlanOptions{
		"plan_judged.txt":         {Now: noon},
		"plan_judged_concise.txt": {Concise: true},
		"plan_judged_narrow.txt":  {Style: render.Style{ASCII: true, Width: 60}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			golden(t, name, lines(t, func(w io.Writer) error { return render.Plan(w, h, f, all(world()), o) }))
		})
	}
}

// A denial of others' words stays in its place, and more than are listed are
// counted.
func TestDenialsAreCleaned(t *testing.T) {
	t.Parallel()
	f := written(t, header(), nil)
	f.Judgement = &plan.Judgement{Denied: 1_002, Approvals: 1, Denials: []plan.Denial{
		{Rule: "a\x1b[2J", Payment: "1_0\n::error::x", Ref: "\u202er", Message: "no\r\nDenied by policy: 0", Override: "\x1b]8;;x", Source: "a b\t.yaml:1"},
	}}
	got := lines(t, func(w io.Writer) error { return render.Plan(w, header(), f, all(nil), render.PlanOptions{}) })
	require.NotContains(t, got, "\x1b")
	require.NotContains(t, got, "\u202e")
	require.NotContains(t, got, "\nDenied by policy: 0")
	require.Contains(t, got, "  and 1,001 more\n")
	require.Contains(t, got, "Needs the approval of 1 person\n")
}

package render_test

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

func TestPlan(t *testing.T) {
	t.Parallel()
	f := written(t, header(), world())
	for name, o := range map[string]render.PlanOptions{
		"plan.txt":         {Now: noon},
		"plan_verbose.txt": {Verbose: true, Now: noon.Add(48 * time.Hour)},
		"plan_concise.txt": {Concise: true},
		"plan_narrow.txt":  {Style: render.Style{ASCII: true, Width: 60}},
		"plan_colour.txt":  {Style: render.Style{Color: true}, Concise: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			golden(t, name, lines(t, func(w io.Writer) error { return render.Plan(w, header(), f, all(world()), o) }))
		})
	}
}

// Who made a plan, and by which rules, stands in its heading.
func TestPlanNamesMakerAndRules(t *testing.T) {
	t.Parallel()
	h := header()
	h.Maker, h.Policy, h.Approvers = "Ada\x1b", strings.Repeat("ab", 32), strings.Repeat("cd", 32)
	got := lines(t, func(w io.Writer) error { return render.Plan(w, h, written(t, h, nil), all(nil), render.PlanOptions{}) })
	require.Contains(t, got, "\n  made       2026-11-22 12:00:00 UTC by Ada\\x1b with payreconcile 1.0.0\n")
	require.Contains(t, got, "\n  policy     sha256 "+h.Policy+"\n  approvers  sha256 "+h.Approvers+"\n")
}

func TestNothingToDo(t *testing.T) {
	t.Parallel()
	asDeclared := payment("3066177126_0", "order-1004", 6000, plan.Totals{Captured: 6000})
	waits := payment("3066177133_0", "order-1011", 5000, plan.Totals{CaptureRequested: 5000},
		reasoned(plan.Pending, spec.Capture, "ship-1", 5000, plan.ReasonInProgress, "the platform is still working on it", ""))
	blocked := payment("3066177130_0", "order-1008", 5000, plan.Totals{},
		reasoned(plan.Blocked, spec.Capture, "ship-9", 7000, plan.ReasonMoreThanOpen, "too much", "declare less"))
	for name, tt := range map[string]struct {
		entries []*plan.Entry
		want    string
	}{
		"as declared": {[]*plan.Entry{asDeclared}, "No changes. Every payment is as declared."},
		"none":        {nil, "No changes. No payment was declared or selected."},
		"waiting":     {[]*plan.Entry{asDeclared, waits}, "No changes now. 1 payment waits for the platform or for an earlier action: plan again later."},
		"blocked":     {[]*plan.Entry{asDeclared, blocked}, "No changes. 1 payment is blocked: see above."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := header()
			h.Journal = plan.JournalRef{ID: "JRN7Q2", New: true}
			f := written(t, h, tt.entries)
			got := lines(t, func(w io.Writer) error { return render.Plan(w, h, f, all(tt.entries), render.PlanOptions{}) })
			require.Contains(t, got, "\n  journal    JRN7Q2 at record 0  new: no history for this merchant\n")
			require.Contains(t, got, "\n"+tt.want+"\n")
		})
	}
}

// What a plan shows as sums is what its calls come to. A file whose footer says
// otherwise is not shown at all, as text or as JSON.
func TestFooterThatLies(t *testing.T) {
	t.Parallel()
	for name, lie := range map[string]func(*plan.Footer){
		"payments": func(f *plan.Footer) { f.Counts.Payments-- },
		"calls":    func(f *plan.Footer) { f.Counts.Calls-- },
		"amount":   func(f *plan.Footer) { f.Money[0].Amount -= 100 },
		"count":    func(f *plan.Footer) { f.Money[0].Count-- },
		"currency": func(f *plan.Footer) { f.Money[0].Currency = "USD" },
		"action":   func(f *plan.Footer) { f.Money[0].Action = plan.Refund },
		"left out": func(f *plan.Footer) { f.Money = f.Money[1:] },
		"twice":    func(f *plan.Footer) { f.Money[1] = f.Money[0] },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := written(t, header(), world())
			lie(&f)
			var b strings.Builder
			require.ErrorIs(t, render.Plan(&b, header(), f, all(world()), render.PlanOptions{}), plan.ErrAltered)
			require.Empty(t, b.String())
			require.ErrorIs(t, render.PlanJSON(&b, header(), f, all(world())()), plan.ErrAltered)
			require.NotContains(t, b.String(), "plan_id")
		})
	}
}

func TestUnknownKindOfActionIsNotHidden(t *testing.T) {
	t.Parallel()
	entries := []*plan.Entry{payment("1_0", "", 100, plan.Totals{}, plan.Action{Kind: "chargeback\x1b", Op: "chargeback", Amount: 5})}
	err := render.Plan(io.Discard, header(), plan.Footer{Counts: plan.Counts{Payments: 1}}, all(entries), render.PlanOptions{})
	require.EqualError(t, err, `show the plan: it has an action of kind "chargeback\\x1b", which this version does not know; use a newer one`)
}

// Errors of the entries, at whatever pass they come, and of the writer end the
// showing.
func TestErrorsEndTheShowing(t *testing.T) {
	t.Parallel()
	f := written(t, header(), world())
	broken := errors.New("broken")
	for pass := 1; pass <= 4; pass++ {
		n := 0
		entries := func() iter.Seq2[*plan.Entry, error] {
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
		}
		require.ErrorIs(t, render.Plan(io.Discard, header(), f, entries, render.PlanOptions{}), broken, "pass %d", pass)
	}
	require.ErrorContains(t, render.Plan(full{}, header(), f, all(world()), render.PlanOptions{}), "write output: no space left")
	require.ErrorContains(t, render.PlanJSON(full{}, header(), f, all(world())()), "write output: no space left")
}

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

// Every call is on exactly one line, with its amount, whatever else is in the
// plan; and nothing else looks like a call.
func TestEveryCallIsShownOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var entries []*plan.Entry
		want := map[string]int{}
		for i := range rapid.IntRange(0, 150).Draw(t, "payments") {
			id := fmt.Sprintf("30%08d_0", i)
			var actions []plan.Action
			captured := rapid.Int64Range(1, 5000).Draw(t, "captured")
			totals := plan.Totals{Captured: captured}
			if amount := rapid.Int64Range(0, 4000).Draw(t, "capture"); amount > 0 {
				a := call(plan.Capture, "c", captured, amount)
				if rapid.Bool().Draw(t, "final") {
					a = finally(a)
				}
				actions = append(actions, a)
			}
			if rapid.Bool().Draw(t, "blocked") {
				actions = append(actions, reasoned(plan.Blocked, spec.Cancel, "v", 3, plan.ReasonNotCancellable, "no", ""))
			}
			if amount := rapid.Int64Range(0, captured).Draw(t, "refund"); amount > 0 {
				actions = append(actions, call(plan.Refund, "r", 0, amount))
			}
			for _, a := range actions {
				if a.Kind.Calls() {
					want[fmt.Sprintf("%s %s %s", id, a.Kind, spec.Money{Minor: a.Amount, Currency: "EUR"})]++
				}
			}
			entries = append(entries, payment(id, "", 9000, totals, actions...))
		}
		f := footerOf(entries)
		var b strings.Builder
		require.NoError(t, render.Plan(&b, header(), f, all(entries), render.PlanOptions{}))
		got := map[string]int{}
		for line := range strings.Lines(b.String()) {
			if fields := strings.Fields(line); strings.Contains(line, " → ") {
				got[strings.Join([]string{fields[0], fields[2], fields[4], fields[5]}, " ")]++
			}
		}
		require.Equal(t, want, got)
	})
}

// footerOf adds up entries the way the writer of plans does.
func footerOf(entries []*plan.Entry) plan.Footer {
	w, err := plan.NewWriter(io.Discard, plan.Header{})
	for _, e := range entries {
		var l plan.Line
		if l, err = plan.Encode(e); err == nil {
			err = w.Write(l)
		}
	}
	f, closeErr := w.Close()
	if err != nil || closeErr != nil {
		panic(errors.Join(err, closeErr))
	}
	return f
}

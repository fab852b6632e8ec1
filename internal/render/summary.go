package render

import (
	"cmp"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/payreconcile/payreconcile/pkg/apply"
)

// Summary shows what became of a run: what is in doubt first, then the money
// by currency, kind and status, and what to do next.
func Summary(w io.Writer, s apply.Summary, st Style) error {
	p := newPrinter(w, st)
	p.line()
	if n := s.Counts[apply.StatusUnknown]; n > 0 {
		p.line(p.paint(alarm, "IN DOUBT: "+count(n, "call")), either(n, "; nobody knows whether it moved money", "; nobody knows whether they moved money"))
	}
	p.line(summaryLine(s))
	p.sums(s.Money)
	if s.Stopped != "" {
		p.sentence(0, "ended early:", p.clean(s.Stopped), alarm)
	}
	for _, step := range nextSteps(s) {
		p.sentence(0, "next:", step, strong)
	}
	switch {
	case s.PlanID == "":
	case s.Complete:
		p.line("Plan ", p.clean(short(s.PlanID)), " is through")
	default:
		p.line("Plan ", p.clean(short(s.PlanID)), " is unfinished")
	}
	return p.close()
}

// summaryLine counts the actions by what became of them.
func summaryLine(s apply.Summary) string {
	var parts []string
	for _, t := range statusText {
		if n := s.Counts[t.status]; n > 0 {
			parts = append(parts, number(n)+" "+t.text)
		}
	}
	if s.Unsent > 0 {
		parts = append(parts, count(s.Unsent, "call")+" not sent")
	}
	if len(parts) == 0 {
		parts = []string{"nothing to do"}
	}
	line := strings.Join(parts, ", ")
	if d := s.Finished.Sub(s.Started); !s.Started.IsZero() && d >= 0 {
		line += " in " + duration(d)
	}
	return line
}

// sorted returns sums by currency, kind and status; what is in doubt goes
// first.
func sorted(moved []apply.Moved) []apply.Moved {
	return slices.SortedFunc(slices.Values(moved), func(a, b apply.Moved) int {
		return cmp.Or(
			cmp.Compare(doubtFirst(a), doubtFirst(b)),
			cmp.Compare(a.Currency, b.Currency),
			cmp.Compare(a.Op, b.Op),
			cmp.Compare(rank(a.Status), rank(b.Status)),
			cmp.Compare(a.Status, b.Status),
		)
	})
}

// sums shows money by currency, kind and status.
func (p *printer) sums(moved []apply.Moved) {
	t := &table{p: p, indent: "  "}
	for _, m := range sorted(moved) {
		text, role := textOf(m.Status)
		t.add(row{cells: []cell{
			{text: p.clean(string(m.Currency))},
			{text: p.clean(string(m.Op))},
			{text: count(m.Count, "call"), right: true},
			{text: p.money(m.Amount, m.Currency), right: true},
			{text: text, role: role},
		}})
	}
	t.flush()
}

func doubtFirst(m apply.Moved) int {
	if m.Status == apply.StatusUnknown {
		return 0
	}
	return 1
}

// nextSteps says what a person does after a run, the most pressing first.
func nextSteps(s apply.Summary) []string {
	var steps []string
	doubt := s.Counts[apply.StatusUnknown] > 0
	if s.Credential {
		steps = append(steps, "check key id, secret, merchant and environment: the platform refused them")
	}
	switch {
	case doubt:
		steps = append(steps, "run payreconcile resume; it settles what is in doubt before anything else moves")
	case s.Unsent > 0 || s.Interrupt || s.Credential:
		steps = append(steps, "run payreconcile resume; it makes the calls that were not made")
	}
	if n := s.Counts[apply.StatusRefused] + s.Counts[apply.StatusStale] + s.Counts[apply.StatusBlocked] + s.Counts[apply.StatusSkipped]; n > 0 && !doubt && s.Unsent == 0 {
		steps = append(steps, "plan again to see what is left of the payments that were not made as declared")
	}
	if n := s.Counts[apply.StatusAccepted] + s.Counts[apply.StatusPending] + s.Counts[apply.StatusDeferred]; n > 0 && len(steps) == 0 {
		steps = append(steps, "plan again later: the platform is still working on "+either(n, "1 call", number(n)+" calls"))
	}
	return steps
}

// duration writes how long something took or will take, for people: "0.4s",
// "12s", "3m20s".
func duration(d time.Duration) string {
	if d < 10*time.Second {
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

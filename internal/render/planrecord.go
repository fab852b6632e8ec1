package render

import (
	"strings"

	"github.com/payreconcile/payreconcile/pkg/apply"
)

// planRecord shows a plan that a journal holds, with those on whose word it ran.
func (p *printer) planRecord(r apply.PlanRecord, verbose bool) {
	id, end := short(r.PlanID), "unfinished"
	if !r.FinishedAt.IsZero() {
		end = "ended " + clock(r.FinishedAt)
	}
	if verbose {
		id = r.PlanID
		if r.Result != "" {
			end += ", " + p.clean(r.Result)
		}
	}
	p.line("Plan ", p.word(id), " of ", clock(r.AcceptedAt), ": ", end)
	if len(r.Approvals) == 0 {
		p.line("  no approval is on record")
	}
	for _, a := range r.Approvals {
		p.line("  approved by ", p.word(a.By), " (", p.clean(a.How), ") at ", clock(a.At))
		if verbose && a.Statement != "" {
			for line := range strings.Lines(a.Statement) {
				p.line("    ", p.paint(faint, "| "+p.clean(strings.TrimSuffix(line, "\n"))))
			}
		}
	}
}

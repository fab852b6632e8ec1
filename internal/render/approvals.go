package render

import (
	"io"

	"github.com/payreconcile/payreconcile/internal/approval"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

// Approvals shows who approved a plan, what does not count and why, and how
// many people are missing.
func Approvals(w io.Writer, h plan.Header, f plan.Footer, r approval.Result, s Style) error {
	p := newPrinter(w, s)
	p.line(p.paint(strong, "Plan "+p.clean(short(f.PlanID))), " for ", p.word(h.Environment), ", merchant ", p.word(h.Merchant), ", made by ", p.word(h.Maker))
	p.line("Approvals: ", number(int64(len(r.Counted))), " of the ", number(int64(r.Needed)), " that ", either(int64(r.Needed), "is", "are"), " needed")
	t := &table{p: p, indent: "  "}
	for _, a := range r.Counted {
		x := row{cells: []cell{{text: p.word(a.By), role: good}, {text: "signed " + clock(a.At)}, {text: "counts until " + clock(a.Expires)}, {text: p.clean(a.File), role: faint}}}
		if a.Comment != "" {
			x.below = []string{"comment: " + p.clean(a.Comment)}
		}
		t.add(x)
	}
	t.flush()
	if len(r.Refused) > 0 {
		p.line(p.paint(alarm, "Does not count: "+number(int64(len(r.Refused)))))
	}
	for _, x := range r.Refused {
		by := ""
		if x.By != "" {
			by = " (" + p.clean(x.By) + ")"
		}
		p.sentence(2, p.clean(x.File)+by+":", p.clean(x.Text), plain)
		p.hint(4, x.Hint)
	}
	if n := int64(r.Missing()); n > 0 {
		p.line(p.paint(wait, count(n, "approval")+" "+either(n, "is", "are")+" missing."))
	} else {
		p.line(p.paint(good, "Approved."))
	}
	return p.close()
}

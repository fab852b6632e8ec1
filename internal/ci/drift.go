package ci

import (
	"io"
	"strings"

	"github.com/payreconcile/payreconcile/internal/drift"
	"github.com/payreconcile/payreconcile/internal/render"
)

// Drift reports what has moved away from what was applied.
func (r *Report) Drift(d render.DriftReport) {
	if r == nil {
		return
	}
	r.outputs.drift(d.Summary)
	for f, err := range d.Findings() {
		if err != nil {
			r.cannot("the findings of drift", err)
			break
		}
		r.findings.add(driftFinding(f))
	}
	r.summarise(func(w io.Writer, budget int) error {
		return render.DriftMarkdown(w, d, render.MarkdownOptions{Budget: budget})
	})
}

// drift sets what was found.
func (o *outputs) drift(s *drift.Summary) {
	o.is("drift", s.Found() > 0)
	o.number("payments", s.Payments)
	o.number("findings", s.Found())
	for _, c := range drift.Codes {
		o.number(string(c), s.Counts[c])
	}
}

// driftFinding is a finding at the line where the payment was declared.
func driftFinding(f drift.Finding) finding {
	x := finding{
		check: checkDrift, title: strings.ReplaceAll(string(f.Code), "_", " "), hint: f.Hint,
		message:  named(string(f.Payment), f.MerchantReference) + ": " + f.Message,
		identity: strings.Join([]string{string(f.Code), string(f.Payment), string(f.Op), f.Ref, f.Operation}, "\x00"),
	}
	x.file, x.line = place(f.Source)
	switch f.Code {
	case drift.InDoubt:
		x.check = checkInDoubt
	case drift.Duplicate:
		x.check = checkDuplicate
	default:
		if f.Code.Severity() == drift.Warning {
			x.check = checkUnsettled
		}
	}
	return x
}

package render

import (
	"io"
	"iter"
	"strings"
	"time"

	"github.com/payreconcile/payreconcile/internal/drift"
)

// A DriftReport is what was found to have moved away from what was applied. Findings
// goes over what was found of some codes, or of all.
type DriftReport struct {
	Environment, Merchant string
	At                    time.Time     // when it was looked
	Since                 time.Time     // how far back plans were looked at; zero when manifests were
	Late                  time.Duration // what was accepted longer ago is late
	Plans                 int64         // plans that were looked at
	Newest                time.Time     // when the newest plan of the journal was begun; zero without plans
	Summary               *drift.Summary
	Findings              func(codes ...drift.Code) iter.Seq2[drift.Finding, error]
}

// driftTitles head the findings of each code.
var driftTitles = map[drift.Code]string{
	drift.InDoubt:        "In doubt",
	drift.Duplicate:      "Made twice on the platform",
	drift.UnknownPayment: "Unknown to the platform",
	drift.Missing:        "Ours, and not shown any more",
	drift.Differs:        "Ours, and shown as something else",
	drift.Others:         "Made by others",
	drift.Refused:        "Refused after it was accepted",
	drift.Uncertain:      "The platform is not certain",
	drift.Unreadable:     "Cannot be added up",
	drift.Mismatch:       "Not the payment that is declared",
	drift.Late:           "Late",
	drift.Exceeded:       "More than is wanted",
	drift.NotReached:     "Less than is wanted",
}

// DriftText shows what was found, by what it is about, the most pressing first,
// and the money that others moved.
func DriftText(w io.Writer, d DriftReport, s Style) error {
	v := &driftView{printer: newPrinter(w, s), DriftReport: d}
	v.line(v.paint(strong, "Drift for "+v.word(d.Environment)+", merchant "+v.word(d.Merchant)))
	for _, line := range d.scope() {
		v.line("  ", line)
	}
	v.line()
	for _, c := range drift.Codes {
		if n := d.Summary.Counts[c]; n > 0 {
			if err := v.group(c, n); err != nil {
				return err
			}
		}
	}
	v.money()
	role := alarm
	if d.Summary.Found() == 0 {
		role = good
	}
	v.line(v.paint(role, d.verdict()))
	return v.close()
}

type driftView struct {
	*printer
	DriftReport
}

// scope says what was looked at.
func (d *DriftReport) scope() []string {
	n := count(d.Summary.Payments, "payment")
	late := "late is what was accepted or pending for more than " + hours(d.Late)
	if d.Since.IsZero() {
		return []string{n + " of the manifests, against the journal and the platform", late}
	}
	lines := []string{n + " of " + count(d.Plans, "plan") + " applied since " + clock(d.Since) + d.days() + ", and of calls that are not settled"}
	if d.Plans == 0 && !d.Newest.IsZero() {
		lines = append(lines, "the newest plan in the journal was applied on "+clock(d.Newest))
	}
	return append(lines, late)
}

// days says how long the time is that is looked at, in whole days.
func (d *DriftReport) days() string {
	const day = 24 * time.Hour
	if back := d.At.Sub(d.Since); back >= day && back%day == 0 {
		return " (" + count(int64(back/day), "day") + "; --since looks further back)"
	}
	return ""
}

// verdict is the one line that says it all.
func (d *DriftReport) verdict() string {
	s := d.Summary
	switch {
	case s.Payments == 0:
		return "There is nothing to look at."
	case s.Found() == 0:
		return "No drift."
	}
	text := "Drift: " + number(s.Drifted) + " of " + count(s.Payments, "payment") + ", " + count(s.Found(), "finding")
	if n := s.Counts[drift.InDoubt]; n > 0 {
		text += ", " + number(n) + " in doubt"
	}
	return text + "."
}

func (v *driftView) group(c drift.Code, n int64) error {
	role := alarm
	if c.Severity() == drift.Warning {
		role = wait
	}
	v.line(v.paint(role, driftTitles[c]+": "+number(n)))
	hint := ""
	for f, err := range v.Findings(c) {
		if err != nil {
			return err
		}
		v.line("  ", v.what(f))
		v.sentence(4, "", v.clean(f.Message), plain)
		if f.Hint != hint { // what is the same for many is said once
			hint = f.Hint
			v.hint(4, hint)
		}
		if v.err != nil {
			return v.close()
		}
	}
	v.line()
	return nil
}

// what is a finding on one line: payment, reference, kind, amount, operation.
func (v *driftView) what(f drift.Finding) string {
	parts := []string{v.word(string(f.Payment)), v.word(f.MerchantReference)}
	if f.Op != "" {
		op := v.clean(string(f.Op))
		if f.Ref != "" {
			op += " " + v.word(f.Ref)
		}
		parts = append(parts, op)
	}
	if f.Amount != 0 {
		parts = append(parts, v.Style.money(f.Amount, f.Currency))
	}
	if f.Operation != "" {
		parts = append(parts, "operation "+v.word(f.Operation))
	}
	return strings.Join(parts, "  ")
}

// money shows what others moved.
func (v *driftView) money() {
	if len(v.Summary.Others) == 0 {
		return
	}
	v.line(v.paint(strong, "Money that others moved"))
	t := &table{p: v.printer, indent: "  "}
	for _, s := range v.Summary.Others {
		t.add(row{cells: []cell{
			{text: v.clean(string(s.Currency))},
			{text: v.clean(string(s.Op))},
			{text: count(s.Count, "operation"), right: true},
			{text: v.Style.money(s.Amount, s.Currency), right: true, role: strong},
		}})
	}
	t.flush()
	v.line()
}

// hours is a time without the zeros that it ends in: 72h, 90m.
func hours(d time.Duration) string {
	text := d.String()
	for _, zero := range []string{"0s", "0m"} {
		if rest, ok := strings.CutSuffix(text, zero); ok && rest != "" && (strings.HasSuffix(rest, "m") || strings.HasSuffix(rest, "h")) {
			text = rest
		}
	}
	return text
}

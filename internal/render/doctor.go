package render

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/payreconcile/payreconcile/internal/doctor"
)

// Doctor writes what was looked at, with what was found and what to do.
func Doctor(w io.Writer, r *doctor.Report, s Style) error {
	v := &doctorView{newPrinter(w, s)}
	if r.Live() {
		v.line(v.paint(alarm, "LIVE ENVIRONMENT: what is applied here moves real money."))
	}
	v.line(v.paint(strong, "Checked "+v.place(r)))
	area := doctor.Area("")
	for _, c := range r.Checks {
		if c.Area != area {
			area = c.Area
			v.line()
			v.line(v.paint(strong, string(area)))
		}
		v.check(c)
	}
	v.line()
	v.verdict(r)
	return v.close()
}

// A doctorView writes a report.
type doctorView struct{ *printer }

// place is what was looked at.
func (v *doctorView) place(r *doctor.Report) string {
	if r.Environment == "" && r.Merchant == "" {
		return "this machine; environment and merchant are not known"
	}
	return fmt.Sprintf("%s, merchant %s", v.word(r.Environment), v.word(r.Merchant))
}

// statusRoles are the colours of statuses.
var statusRoles = map[doctor.Status]role{doctor.OK: good, doctor.Warning: wait, doctor.Problem: alarm, doctor.Skipped: faint}

// doctorIndent is where the text of a check begins.
const doctorIndent = 2 + 9 + 18

func (v *doctorView) check(c doctor.Check) {
	status := string(c.Status)
	label := "  " + v.paint(statusRoles[c.Status], status) + strings.Repeat(" ", 9-len(status)) + fmt.Sprintf("%-17s", c.Name)
	for i, line := range wrap(v.clean(c.Found), v.room()) {
		if i > 0 {
			label = strings.Repeat(" ", doctorIndent-1)
		}
		v.line(label, " ", line)
	}
	width := 0
	for _, f := range c.Facts {
		width = max(width, utf8.RuneCountInString(f.Name))
	}
	for _, f := range c.Facts {
		line := v.clean(f.Name)
		if f.Value != "" {
			line += strings.Repeat(" ", width-utf8.RuneCountInString(f.Name)+2) + v.clean(f.Value)
		}
		if f.Origin != "" {
			line += v.paint(faint, "  from "+v.clean(f.Origin))
		}
		v.line(strings.Repeat(" ", doctorIndent), line)
	}
	if c.Todo != "" {
		v.hint(doctorIndent, c.Todo)
	}
}

func (v *doctorView) room() int {
	if v.Width == 0 {
		return 0
	}
	return max(v.Width-doctorIndent, 20)
}

// verdict is the last line, which says whether a run would work.
func (v *doctorView) verdict(r *doctor.Report) {
	problems, warnings := r.Count(doctor.Problem), r.Count(doctor.Warning)
	rest := count(int64(r.Count(doctor.OK)), "check") + " well, " + count(int64(r.Count(doctor.Skipped)), "check") + " left out"
	switch {
	case problems > 0:
		v.line(v.paint(alarm, count(int64(problems), "problem")), ", ", count(int64(warnings), "warning"), "; ", rest)
	case warnings > 0:
		v.line(v.paint(wait, "Nothing keeps a run from working; "+count(int64(warnings), "warning")), "; ", rest)
	default:
		v.line(v.paint(good, "All is well"), ": ", rest)
	}
}

// A DoctorDocument is what "doctor --json" prints: what was looked at, and what
// was found.
type DoctorDocument struct {
	// Version of this document's format.
	FormatVersion string `json:"format_version"`
	// What this document is.
	Kind string `json:"kind" jsonschema:"enum=doctor"`
	// Name of the environment; absent while it is not known.
	Environment string `json:"environment,omitempty"`
	// Merchant id (PSPID); absent while it is not known.
	Merchant string `json:"merchant,omitempty"`
	// Scheme and host of the platform; absent while it is not known.
	Endpoint string `json:"endpoint,omitempty"`
	// What is applied here moves real money.
	Live bool `json:"live"`
	// There is no problem; there may be warnings.
	Healthy bool `json:"healthy"`
	// The exit code of the command.
	ExitCode int `json:"exit_code"`
	// Numbers of checks by what they came to.
	Counts DoctorCounts `json:"counts"`
	// The checks, in the order in which they were made.
	Checks []DoctorCheck `json:"checks"`
}

// DoctorCounts are numbers of checks.
type DoctorCounts struct {
	// Nothing to do.
	OK int `json:"ok"`
	// A run would work, and somebody should look.
	Warning int `json:"warning"`
	// A run would fail, or should not be begun.
	Problem int `json:"problem"`
	// Nobody looked, or nobody can tell.
	Skipped int `json:"skipped"`
}

// A DoctorCheck is one check.
type DoctorCheck struct {
	// What it is about.
	Area string `json:"area" jsonschema:"enum=configuration,enum=connection,enum=platform,enum=journal,enum=rules,enum=versions"`
	// What was looked at; several checks may have one name.
	Name string `json:"name"`
	// What it came to.
	Status string `json:"status" jsonschema:"enum=ok,enum=warning,enum=problem,enum=skipped"`
	// What was found, for a person.
	Found string `json:"found"`
	// What a person can do; absent when there is nothing to.
	Hint string `json:"hint,omitempty"`
	// Details, such as every setting with where it came from.
	Facts []DoctorFact `json:"facts,omitempty"`
}

// A DoctorFact is a detail of a check.
type DoctorFact struct {
	// What it is.
	Name string `json:"name"`
	// Its value; a secret is shown as ***. Absent when the name says all.
	Value string `json:"value,omitempty"`
	// Flag, variable or place in a file that the value came from.
	Origin string `json:"origin,omitempty"`
}

// DoctorJSON writes a report as a DoctorDocument.
func DoctorJSON(w io.Writer, r *doctor.Report, exitCode int) error {
	doc := DoctorDocument{
		FormatVersion: FormatVersion, Kind: "doctor", Environment: r.Environment, Merchant: r.Merchant, Endpoint: r.Endpoint,
		Live: r.Live(), Healthy: r.Count(doctor.Problem) == 0, ExitCode: exitCode,
		Counts: DoctorCounts{r.Count(doctor.OK), r.Count(doctor.Warning), r.Count(doctor.Problem), r.Count(doctor.Skipped)},
		Checks: []DoctorCheck{},
	}
	for _, c := range r.Checks {
		out := DoctorCheck{Area: string(c.Area), Name: c.Name, Status: string(c.Status), Found: c.Found, Hint: c.Todo}
		for _, f := range c.Facts {
			out.Facts = append(out.Facts, DoctorFact{f.Name, f.Value, f.Origin})
		}
		doc.Checks = append(doc.Checks, out)
	}
	return WriteJSON(w, doc)
}

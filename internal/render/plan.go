package render

import (
	"io"
	"iter"
	"time"

	"github.com/payreconcile/payreconcile/pkg/plan"
)

// PlanOptions say how much of a plan is shown.
type PlanOptions struct {
	Style   Style
	Verbose bool      // also hints, keys, observed totals and the place in the manifest
	Concise bool      // counts and money only
	Now     time.Time // to tell a plan that has expired; zero tells nothing
}

// Plan shows a plan: where and for whom it is, what a policy denies, what is in
// doubt, what is there twice, what is blocked, the calls that cannot be taken back, the other
// calls, what waits, and the sums. Every call is on a line of its own.
//
// It goes over the entries several times, each time from the first, and
// holds none of them. Numbers that the footer has and the entries do not come
// to are an error that wraps plan.ErrAltered; nothing is shown then. A concise
// plan is what its footer says, and its entries are not read.
func Plan(w io.Writer, h plan.Header, f plan.Footer, entries func() iter.Seq2[*plan.Entry, error], o PlanOptions) error {
	s := &survey{}
	if !o.Concise {
		var err error
		if s, err = surveyOf(entries()); err != nil {
			return err
		}
		if err := s.agrees(f); err != nil {
			return err
		}
	}
	v := &planView{printer: newPrinter(w, o.Style), options: o, header: h, footer: f, survey: s, entries: entries}
	v.heading()
	if !o.Concise {
		v.denials()
		for in := range sections {
			if err := v.section(in); err != nil {
				return err
			}
			if in == duplicate {
				if err := v.drift(); err != nil {
					return err
				}
			}
		}
	}
	v.closing()
	return v.close()
}

// A planView is one showing of a plan.
type planView struct {
	*printer
	options PlanOptions
	header  plan.Header
	footer  plan.Footer
	survey  *survey
	entries func() iter.Seq2[*plan.Entry, error]
}

// A heading of a section: its title with the number of actions, and a sentence
// that says what to make of them.
var headings = [sections]struct {
	title, one string
	role       role
}{
	inDoubt:   {"In doubt", "nobody knows yet whether an earlier call moved money", alarm},
	duplicate: {"Made twice on the platform", "money may have moved twice", alarm},
	blocked:   {"Blocked", "cannot be reached, or not safe", wait},
	final:     {"Calls that cannot be taken back", "refunds, cancels, final captures", alarm},
	capture:   {"Captures", "money goes back only by a refund", strong},
	waiting:   {"Waiting", "no call now; plan again later", wait},
}

// section shows the actions of one section, in the order of the plan.
func (v *planView) section(in section) error {
	n := v.survey.actions[in]
	if n == 0 {
		return nil
	}
	title := headings[in]
	v.line()
	v.line(v.paint(title.role, title.title+": "+number(n)), " ("+title.one+")")
	t := &table{p: v.printer, indent: "  "}
	for e, err := range v.entries() {
		if err != nil {
			return err
		}
		for _, a := range e.Content.Actions {
			of, err := sectionOf(a)
			if err != nil {
				return err
			}
			switch {
			case of != in:
			case a.Kind.Calls():
				t.add(v.call(e, a))
			default:
				v.reason(in, e, a)
			}
		}
		if v.err != nil {
			break
		}
	}
	t.flush()
	return nil
}

// drift shows what happened to earlier calls since the journal last knew.
func (v *planView) drift() error {
	if v.survey.drift == 0 {
		return nil
	}
	v.line()
	v.line(v.paint(alarm, "Changed after they were accepted: "+number(v.survey.drift)), " (earlier calls of ours)")
	for e, err := range v.entries() {
		if err != nil {
			return err
		}
		for _, d := range e.Content.Drift {
			what := "refused after it was accepted"
			if d.Kind != "refused_after_acceptance" {
				what = v.clean(d.Kind)
			}
			v.line("  ", v.payment(e), "  ", v.clean(string(d.Op)), " ", v.word(d.Ref), ": ", what, " (operation ", v.word(d.Operation), ")")
		}
		if v.err != nil {
			break
		}
	}
	return nil
}

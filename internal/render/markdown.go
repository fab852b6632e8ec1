package render

import (
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/payreconcile/payreconcile/pkg/plan"
)

// What a comment and a summary may hold, in bytes.
const (
	MarkdownComment  = 65_536      // a comment on GitHub
	MarkdownSummary  = 1024 * 1024 // a step summary of GitHub Actions
	MarkdownSmallest = 4096        // a smaller budget is refused
)

// MarkdownOptions say how a plan becomes Markdown.
type MarkdownOptions struct {
	Budget int       // the most bytes that are written; 0 is no limit
	Now    time.Time // to tell a plan that has expired; zero tells nothing
}

// PlanMarkdown writes a plan as Markdown for a pull request: a verdict, the
// money, what needs a person, the calls, and the ids. It keeps to a budget:
// the verdict, the money, the number of everything and the ids are always
// there, rows are left out by the end of a table only, and what is left out is
// counted and added up. A budget that does not hold what is always there is an
// error, and nothing is written.
//
// Like Plan it goes over the entries several times and holds none of them, and
// refuses a footer that says other than the entries.
func PlanMarkdown(w io.Writer, h plan.Header, f plan.Footer, entries func() iter.Seq2[*plan.Entry, error], o MarkdownOptions) error {
	if o.Budget != 0 && o.Budget < MarkdownSmallest {
		return fmt.Errorf("show the plan as Markdown: %d bytes are too few; give at least %d", o.Budget, MarkdownSmallest)
	}
	v := &mdView{header: h, footer: f, entries: entries, options: o}
	if err := v.survey(); err != nil {
		return err
	}
	head, tail := v.heading(), v.closing()
	if err := v.allot(len(head) + len(tail)); err != nil {
		return err
	}
	v.printer = newPrinter(w, Style{})
	v.text(head)
	for part := range mdParts {
		if err := v.table(part); err != nil {
			return err
		}
	}
	v.text(tail)
	return v.close()
}

// An mdView is one showing of a plan.
type mdView struct {
	*printer
	header  plan.Header
	footer  plan.Footer
	entries func() iter.Seq2[*plan.Entry, error]
	options MarkdownOptions
	parts   [mdParts]mdMeasure
}

// text writes text as it is.
func (v *mdView) text(s string) {
	if v.err == nil {
		_, v.err = v.out.WriteString(s)
	}
}

// survey measures every table, and holds the footer against the entries.
func (v *mdView) survey() error {
	s := &survey{money: map[plan.Sum]*plan.Sum{}}
	measure := func(part mdPart, r mdRow) { v.parts[part].add(r) }
	for e, err := range v.entries() {
		if err == nil {
			err = s.add(e)
		}
		if err == nil {
			err = mdRows(e, mdParts, measure)
		}
		if err != nil {
			return err
		}
	}
	if j := v.footer.Judgement; j != nil {
		for _, d := range j.Denials {
			measure(mdDenied, mdRow{text: denialRow(d)})
		}
		v.parts[mdDenied].rows = max(j.Denied, int64(len(j.Denials)))
	}
	return s.agrees(v.footer)
}

// rows streams the rows of one table.
func (v *mdView) rows(part mdPart) iter.Seq2[mdRow, error] {
	return func(yield func(mdRow, error) bool) {
		if part == mdDenied {
			for _, d := range v.footer.Judgement.Denials {
				if !yield(mdRow{text: denialRow(d)}, nil) {
					return
				}
			}
			return
		}
		for e, err := range v.entries() {
			var rows []mdRow
			if err == nil {
				err = mdRows(e, part, func(_ mdPart, r mdRow) { rows = append(rows, r) })
			}
			if err != nil {
				yield(mdRow{}, err)
				return
			}
			for _, r := range rows {
				if !yield(r, nil) {
					return
				}
			}
		}
	}
}

// table writes one table, as far as it may.
func (v *mdView) table(part mdPart) error {
	m := &v.parts[part]
	if m.rows == 0 {
		return nil
	}
	open, end := v.frame(part)
	v.text(open)
	left, room := *m, m.room
	left.sums = slices.Clone(m.sums)
	for r, err := range v.rows(part) {
		if err != nil {
			return err
		}
		if v.options.Budget != 0 && len(r.text) > room || v.err != nil {
			break
		}
		room -= len(r.text)
		left.take(r)
		v.text(r.text)
	}
	v.text(left.rest(part))
	v.text(end)
	return nil
}

// frame is what stands before and behind the rows of a table.
func (v *mdView) frame(part mdPart) (open, end string) {
	f, m := mdFrames[part], &v.parts[part]
	title := f.title + ": " + number(m.rows) + " – " + f.one
	if !f.folded {
		return "### " + title + "\n\n" + f.columns, "\n"
	}
	if money := m.money(""); money != "" {
		title = f.title + ": " + number(m.rows) + " – " + money
	}
	unfolded := ""
	if part == mdFinal && m.rows <= fewRows {
		unfolded = " open"
	}
	return "<details" + unfolded + ">\n<summary>" + title + "</summary>\n\n" + f.columns, "\n</details>\n\n"
}

// fewRows are shown without a click when they cannot be taken back.
const fewRows = 20

// mdTrouble is what needs a person before anything else.
var mdTrouble = [...]string{
	mdDenied: "denied by policy", mdDoubt: "in doubt", mdTwice: "made twice on the platform",
	mdDrift: "changed after acceptance", mdBlocked: "blocked",
}

// verdict says in one line what the plan comes to.
func (v *mdView) verdict() string {
	c := v.footer.Counts
	var parts []string
	for part, what := range mdTrouble {
		if n := v.parts[part].rows; n > 0 {
			parts = append(parts, number(n)+" "+what)
		}
	}
	trouble := strings.Join(parts, ", ")
	text := count(c.Calls, "call") + " on " + count(c.Changes, "payment")
	if n := v.parts[mdFinal].rows; n > 0 {
		text += ", of which " + number(n) + " cannot be taken back"
	}
	switch {
	case trouble != "" && c.Calls > 0:
		return "**Needs a person: " + trouble + ".** Otherwise " + text + "."
	case trouble != "":
		return "**Needs a person: " + trouble + ".** No calls."
	case c.Calls > 0:
		return "**" + text + ".**"
	}
	p := &planView{footer: v.footer}
	said, _ := p.noChanges()
	return "**" + said + "**"
}

package ci

import (
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A JUnit writes a test report in which every action is a case. The cases go
// to a file of their own as they come, since the report begins with their
// number; Close puts it together and gives it its name. A nil JUnit writes
// nothing. It is not safe for concurrent use; its first error stays.
type JUnit struct {
	path, suite string
	began       time.Time
	class       string
	spool       *os.File
	out         *bufio.Writer
	counts      suiteCounts
	properties  []junitProperty
	err         error
}

type suiteCounts struct{ tests, failures, errors, skipped int64 }

type junitProperty struct {
	XMLName xml.Name `xml:"property"`
	Name    string   `xml:"name,attr"`
	Value   string   `xml:"value,attr"`
}

type junitCase struct {
	XMLName xml.Name      `xml:"testcase"`
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	File    string        `xml:"file,attr,omitempty"`
	Line    int           `xml:"line,attr,omitempty"`
	Failure *junitOutcome `xml:"failure"`
	Error   *junitOutcome `xml:"error"`
	Skipped *junitOutcome `xml:"skipped"`
	Output  string        `xml:"system-out,omitempty"`
}

type junitOutcome struct {
	Type    string `xml:"type,attr,omitempty"`
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// NewJUnit begins a report that takes the name path in the end.
func NewJUnit(path, suite, merchant string, began time.Time) *JUnit {
	j := &JUnit{path: path, suite: suite, began: began, class: merchant}
	if _, j.err = sizeOf(path); j.err != nil {
		return j
	}
	j.spool, j.err = os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".cases.*")
	if j.err = cause(j.err); j.err != nil {
		return j
	}
	_ = os.Remove(j.spool.Name()) // where that works, nothing is left of it when this process is killed
	j.out = bufio.NewWriter(j.spool)
	return j
}

// Property adds something that is said of the whole.
func (j *JUnit) Property(name, value string) {
	if j != nil {
		j.properties = append(j.properties, junitProperty{Name: name, Value: render.Clean(value)})
	}
}

// Plan adds every payment of a plan: a call is a case that passes, since it
// can be made; what is blocked fails, and what is in doubt is an error.
func (j *JUnit) Plan(f plan.Footer, entries iter.Seq2[*plan.Entry, error]) {
	if j == nil {
		return
	}
	j.Property("plan_id", f.PlanID)
	j.Property("content_id", f.ContentID)
	for _, s := range f.Money {
		j.Property(string(s.Action)+"."+string(s.Currency), fmt.Sprintf("%v in %d calls", spec.Money{Minor: s.Amount, Currency: s.Currency}, s.Count))
	}
	for e, err := range entries {
		if err != nil {
			j.err = errors.Join(j.err, err)
			return
		}
		j.entry(e)
	}
	if f.Judgement == nil {
		return
	}
	for _, d := range f.Judgement.Denials {
		x := denialFinding(d)
		j.add(junitCase{
			Class: "policy", Name: strings.Join(strings.Fields(d.Rule+" "+d.Payment+" "+d.Ref), " "), File: x.file, Line: x.line,
			Failure: outcome("denied", d.Message, d.Override),
		})
	}
	if rest := f.Judgement.Denied - int64(len(f.Judgement.Denials)); rest > 0 {
		j.add(junitCase{Class: "policy", Name: "more denials", Failure: outcome("denied", fmt.Sprintf("%d more denials are not listed", rest), "")})
	}
}

func (j *JUnit) entry(e *plan.Entry) {
	file, line := place(e.Source)
	c := junitCase{Class: j.of(e.Content.Currency), Name: string(e.Content.Payment) + " as declared", File: file, Line: line}
	if len(e.Content.Actions)+len(e.Content.Drift) == 0 {
		j.add(c)
	}
	for _, a := range e.Content.Actions {
		c := c
		c.Name = string(e.Content.Payment) + about(a, e.Content.Currency)
		switch {
		case a.Kind.Calls():
			c.Output = "planned"
		case a.Kind == plan.Blocked && (a.Reason == plan.ReasonInDoubt || a.Reason == plan.ReasonDuplicate):
			c.Error = outcome(string(a.Reason), a.Message, a.Hint)
		case a.Kind == plan.Blocked:
			c.Failure = outcome(string(a.Reason), a.Message, a.Hint)
		default:
			c.Skipped = outcome("", string(a.Kind)+": "+a.Message, "")
		}
		j.add(c)
	}
	for _, d := range e.Content.Drift {
		c := c
		c.Name = fmt.Sprintf("%s %s %s refused after it was accepted", e.Content.Payment, d.Op, d.Ref)
		c.Failure = outcome(d.Kind, "refused after it was accepted (operation "+d.Operation+")", "")
		j.add(c)
	}
}

// Result adds what became of one action.
func (j *JUnit) Result(r apply.Result) {
	if j == nil {
		return
	}
	file, line := place(r.Source)
	c := junitCase{Class: j.of(r.Currency), Name: string(r.Payment) + about(r.Action, r.Currency), File: file, Line: line}
	message := either(r.Message, string(r.Status))
	switch r.Status {
	case apply.StatusSettled, apply.StatusAccepted:
		c.Output = string(r.Status)
		if r.Earlier {
			c.Output += " by an earlier run"
		}
		if r.OperationID != "" {
			c.Output += ", operation " + r.OperationID
		}
	case apply.StatusUnknown:
		c.Error = outcome("in_doubt", message, r.Hint)
	case apply.StatusSkipped, apply.StatusPending, apply.StatusDeferred:
		c.Skipped = outcome("", string(r.Status)+": "+message, "")
	default:
		c.Failure = outcome(string(r.Status), message, r.Hint)
	}
	j.add(c)
}

// Run adds what became of a run as a whole.
func (j *JUnit) Run(s apply.Summary) {
	if j == nil {
		return
	}
	j.Property("plan_id", s.PlanID)
	for _, m := range s.Money {
		j.Property(fmt.Sprintf("%s.%s.%s", m.Op, m.Currency, m.Status), fmt.Sprintf("%v in %d calls", spec.Money{Minor: m.Amount, Currency: m.Currency}, m.Count))
	}
	if s.Unsent > 0 {
		j.Property("unsent", strconv.FormatInt(s.Unsent, 10))
	}
	if s.Stopped != "" {
		j.Property("stopped", s.Stopped)
	}
}

func (j *JUnit) of(c spec.Currency) string { return j.class + "/" + string(c) }

func outcome(kind, message, hint string) *junitOutcome {
	o := &junitOutcome{Type: render.Clean(kind), Message: render.Clean(message)}
	if hint != "" {
		o.Text = "hint: " + render.Clean(hint)
	}
	return o
}

func (j *JUnit) add(c junitCase) {
	if j.err != nil {
		return
	}
	c.Class, c.Name, c.File, c.Output = render.Clean(c.Class), render.Clean(c.Name), render.Clean(c.File), render.Clean(c.Output)
	j.counts.tests++
	switch {
	case c.Error != nil:
		j.counts.errors++
	case c.Failure != nil:
		j.counts.failures++
	case c.Skipped != nil:
		j.counts.skipped++
	}
	j.err = element(j.out, "  ", c)
}

// element writes one element on a line of its own.
func element(w io.Writer, indent string, v any) error {
	b, err := xml.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode a case: %w", err)
	}
	_, err = fmt.Fprintf(w, "%s%s\n", indent, b)
	return cause(err)
}

// Close puts the report together and gives it its name. The error says what
// kept it, or a part of it, from being written; then there is no report.
func (j *JUnit) Close(ended time.Time) error {
	if j == nil {
		return nil
	}
	if j.spool != nil {
		defer func() {
			_ = j.spool.Close()
			_ = os.Remove(j.spool.Name())
		}()
	}
	if j.err != nil {
		return j.err
	}
	if err := j.out.Flush(); err != nil {
		return cause(err)
	}
	return replace(j.path, func(f *os.File) error { return j.compose(f, ended) })
}

func (j *JUnit) compose(f io.Writer, ended time.Time) error {
	w := bufio.NewWriter(f)
	took := max(0, ended.Sub(j.began)).Milliseconds()
	figures := fmt.Sprintf(`name="%s" tests="%d" failures="%d" errors="%d" skipped="%d" time="%d.%03d"`,
		attribute(j.suite), j.counts.tests, j.counts.failures, j.counts.errors, j.counts.skipped, took/1000, took%1000)
	_, err := fmt.Fprintf(w, "%s<testsuites %s>\n<testsuite %s timestamp=\"%s\">\n", xml.Header, figures, figures, j.began.UTC().Format(time.RFC3339))
	if err == nil && len(j.properties) > 0 {
		err = element(w, "  ", struct {
			XMLName    xml.Name `xml:"properties"`
			Properties []junitProperty
		}{Properties: j.properties})
	}
	if err == nil {
		_, err = j.spool.Seek(0, io.SeekStart)
	}
	if err == nil {
		_, err = io.Copy(w, j.spool)
	}
	if err == nil {
		_, err = w.WriteString("</testsuite>\n</testsuites>\n")
	}
	return errors.Join(cause(err), cause(w.Flush()))
}

func attribute(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(render.Clean(text))) // a Builder takes everything
	return b.String()
}

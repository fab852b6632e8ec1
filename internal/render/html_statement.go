package render

import (
	"bufio"
	"context"
	"html/template"
	"io"
	"strconv"

	"github.com/payreconcile/payreconcile/internal/statement"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// statementLines is how many movements a page lists one by one. Of a statement
// with more it lists those that need a person, up to what the statement keeps,
// and says where the others are.
const statementLines = 2000

// restInCSV says where the movements are that a page does not list.
const restInCSV = "payreconcile statement --format csv lists every one"

// StatementHTML writes a statement as a page to read, print and file: one file
// that loads and runs nothing. What it does not list it counts, and every sum is
// of all movements.
func StatementHTML(ctx context.Context, w io.Writer, st *statement.Statement) error {
	templates, err := pageTemplates()
	if err != nil {
		return err
	}
	p := statementPageOf(st)
	for i, r := range st.Runs {
		v := p.runView(i, r)
		if st.Movements <= statementLines {
			for m, err := range st.All(ctx, r) {
				if err != nil {
					return err
				}
				v.Rows = append(v.Rows, statementRowOf(i, m))
			}
		} else {
			v.More = count(r.Movements, "movement") + ": " + restInCSV
		}
		p.RunViews = append(p.RunViews, v)
	}
	out := bufio.NewWriterSize(w, 64<<10)
	if err := templates.ExecuteTemplate(out, "statement", p); err != nil {
		return outputError(err)
	}
	return outputError(out.Flush())
}

// A statementPage is what the template shows. All of its text is harmless.
type statementPage struct {
	Title, Policy         string
	Style                 template.CSS
	Environment, Merchant string
	Live, Loud            bool
	Faults                []string
	Lead                  []htmlFact
	Differences, Lists    []statementList
	Agreed, Others        string
	Totals                statementSumsView
	RunViews              []statementRunView
}

// A statementList is a table of movements with its first rows.
type statementList struct {
	ID, Title, Text, Count, Caption, More string
	Loud, Runs                            bool
	Rows                                  []statementLine
}

type statementSumsView struct {
	Columns []string
	Sums    []statementSumView
}

type statementSumView struct {
	Title, Count, Equation string
	Planned                htmlMoney
	Cells                  []statementCell
	Holds                  bool
}

type statementCell struct {
	Class string
	Money htmlMoney
}

type statementRunView struct {
	statementSumsView
	Number, Short, Caption, More string
	Runs                         bool
	Faults                       []string
	Facts                        []htmlFact
	Manifests                    []ManifestFile
	Rows                         []statementLine
}

// A statementLine is a row of a table.
type statementLine struct {
	Run, Payment, Reference, Kind, Ref string
	Amount                             htmlMoney
	Stands, StandsClass                string
	Journal, Records, Platform         string
	Agree, AgreeClass                  string
	Notes                              []string
}

func statementPageOf(st *statement.Statement) *statementPage {
	p := &statementPage{
		Environment: pageName(st.Environment), Merchant: pageName(st.Merchant), Live: st.Environment == "live",
		Others: othersMoney, Totals: sumsView(st.Totals), Agreed: "Journal and platform agree on every movement.",
	}
	p.Title = "Statement for " + p.Environment + ", merchant " + p.Merchant + ", journal at record " + strconv.FormatInt(st.Ref.Seq, 10)
	p.Style = pageStyle(p.Title) + template.CSS(pageFile("page/statement.css"))
	p.Policy = contentPolicy(p.Style, "")
	p.Lead = []htmlFact{
		{Name: "Plans accepted", Text: pageName(st.Period.String())},
		{Name: "Runs", Text: number(int64(len(st.Runs))) + ", accepted " + span(st.Runs[0].AcceptedAt, st.Runs[len(st.Runs)-1].AcceptedAt)},
		{Name: "Movements", Text: number(st.Movements)},
		{Name: "Journal", Text: pageName(st.Ref.ID) + " as of record " + strconv.FormatInt(st.Ref.Seq, 10)},
	}
	if st.Reads == nil {
		p.Agreed = "The platform was not asked: nothing was compared."
		p.Lead = append(p.Lead, htmlFact{Name: "Platform", Text: "not read"})
	} else {
		f := st.Reads.Footer
		p.Lead = append(p.Lead,
			htmlFact{Name: "Platform read", Text: span(f.Oldest, f.Newest) + ", " + count(f.Payments, "payment")},
			htmlFact{Name: "Reads (SHA-256)", Text: pageName(f.SHA256), Code: true})
	}
	for i, r := range st.Runs {
		for _, f := range r.Faults {
			p.Faults = append(p.Faults, "Run "+number(int64(i+1))+": "+pageProse(f))
		}
	}
	p.lists(st)
	return p
}

// lists are the tables above the runs.
func (p *statementPage) lists(st *statement.Statement) {
	for a := range st.Differing {
		if l := &st.Differing[a]; l.Count > 0 {
			t := differingTitles[a]
			v := listView(l)
			v.Title, v.Text, v.Caption = t.title, t.text, t.title
			p.Differences = append(p.Differences, v)
			p.Loud = p.Loud || statement.Agreement(a) == statement.Differs
		}
	}
	for _, c := range []statement.Column{statement.InDoubt, statement.Refused, statement.NotSent} {
		l := &st.Standing[c]
		if l.Count == 0 || c != statement.InDoubt && st.Movements <= statementLines {
			continue
		}
		v := listView(l)
		v.ID, v.Title, v.Caption, v.Loud = columnClasses[c], columnTitles[c], columnTitles[c], c == statement.InDoubt
		p.Lists = append(p.Lists, v)
	}
}

func listView(l *statement.List) statementList {
	v := statementList{Count: number(l.Count), Runs: true}
	for i := range l.First {
		v.Rows = append(v.Rows, statementRowOf(l.First[i].Run, &l.First[i].Movement))
	}
	if more := l.Count - int64(len(v.Rows)); more > 0 {
		v.More = number(more) + " more: " + restInCSV + "."
	}
	return v
}

var columnClasses = [statement.Columns]string{"c-settled", "c-accepted", "c-refused", "c-doubt", "c-unsent"}

var agreementClasses = [statement.Agreements]string{"a-differ", "a-word", "a-further", "a-agree", "a-none"}

func sumsView(sums statement.Sums) statementSumsView {
	v := statementSumsView{Columns: columnTitles[:]}
	for i := range sums {
		s := &sums[i]
		of := func(minor int64) htmlMoney {
			return pageMoney(spec.Money{Minor: minor, Currency: s.Currency}.Decimal(), s.Currency)
		}
		x := statementSumView{Title: pageName(sumTitle(s)), Count: number(s.Movements()), Equation: pageProse(equation(s)), Planned: of(s.Planned), Holds: s.Holds()}
		for c, n := range s.Amounts {
			class := columnClasses[c]
			if n == 0 {
				class = "nil"
			}
			x.Cells = append(x.Cells, statementCell{class, of(n)})
		}
		v.Sums = append(v.Sums, x)
	}
	return v
}

func (p *statementPage) runView(i int, r *statement.Run) statementRunView {
	v := statementRunView{statementSumsView: sumsView(r.Sums), Number: number(int64(i + 1)), Short: pageName(short(r.PlanID)), Caption: "Movements of this run"}
	for _, f := range r.Faults {
		v.Faults = append(v.Faults, pageProse(f))
	}
	h := &r.Header
	v.Facts = []htmlFact{
		{Name: "Plan id", Text: pageName(r.PlanID), Code: true},
		{Name: "Made", Text: clock(h.Created) + " by " + pageName(orNone(h.Maker, "nobody named"))},
		{Name: "Accepted", Text: clock(r.AcceptedAt) + " by " + pageName(r.Actor) + ", record " + strconv.FormatInt(r.Seq, 10)},
	}
	for _, a := range r.Approvals {
		v.Facts = append(v.Facts, htmlFact{Name: "Approved by", Text: pageName(a.By) + " (" + pageName(a.How) + ") at " + clock(a.At)})
	}
	if len(r.Approvals) == 0 {
		v.Facts = append(v.Facts, htmlFact{Name: "Approved by", Text: "no approval is on record"})
	}
	end := htmlFact{Name: "Finished", Text: "not yet: payreconcile resume goes on"}
	if !r.FinishedAt.IsZero() {
		end.Text = clock(r.FinishedAt) + ", " + pageProse(orNone(r.Result, "without a result")) + ", record " + strconv.FormatInt(r.Finish, 10)
	}
	c := r.Footer.Counts
	v.Facts = append(v.Facts, end,
		htmlFact{Name: "Policy (SHA-256)", Text: pageName(orNone(h.Policy, "none configured")), Code: h.Policy != ""},
		htmlFact{Name: "Approvers (SHA-256)", Text: pageName(orNone(h.Approvers, "none configured")), Code: h.Approvers != ""},
		htmlFact{Name: "Payments", Text: number(c.Payments) + ", " + number(c.NoOp) + " of them as declared; " + count(r.Pending, "movement") + " still in progress from earlier runs, counted there"},
	)
	for _, m := range h.Manifests {
		v.Manifests = append(v.Manifests, ManifestFile{Name: pageName(m.Name), SHA256: pageName(m.SHA256)})
	}
	return v
}

func statementRowOf(run int, m *statement.Movement) statementLine {
	l := statementLine{
		Run: number(int64(run + 1)), Payment: pageName(string(m.Payment)), Reference: pageName(m.MerchantReference),
		Kind: pageName(kindOf(m)), Ref: pageName(m.Ref), Stands: pageName(standsAs(m)), StandsClass: columnClasses[m.Column],
		Journal: "nothing on record", Records: recordWords(m), Platform: pageName(platformWords(m)),
		Agree: agreementWords[m.Agreement], AgreeClass: agreementClasses[m.Agreement],
	}
	if m.Journal.Intent != 0 {
		l.Journal, _ = stateText(m.Journal.State)
	}
	if m.Attempt > 1 {
		l.Ref += ", attempt " + strconv.Itoa(m.Attempt)
	}
	if m.Amount != 0 || m.Planned != 0 {
		l.Amount = pageMoney(spec.Money{Minor: m.Amount, Currency: m.Currency}.Decimal(), m.Currency)
	}
	for _, n := range movementNotes(m) {
		l.Notes = append(l.Notes, pageProse(n))
	}
	return l
}

package render

import (
	"context"
	"io"
	"strconv"

	"github.com/payreconcile/payreconcile/internal/statement"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// Statement writes a statement for people: what does not agree first, then
// every run with its sums and movements, then the sums of all.
func Statement(ctx context.Context, w io.Writer, st *statement.Statement, s Style) error {
	v := &statementView{printer: newPrinter(w, s), st: st}
	v.head()
	v.lists()
	for i, r := range st.Runs {
		v.run(i, r)
		if err := v.movements(ctx, r); err != nil {
			_ = v.out.Flush() // the error matters more
			return err
		}
	}
	v.totals()
	return v.close()
}

type statementView struct {
	*printer
	st *statement.Statement
}

func (v *statementView) head() {
	st := v.st
	v.line(v.paint(strong, "Statement for "+v.word(st.Environment)+", merchant "+v.word(st.Merchant)))
	v.line("  runs       ", number(int64(len(st.Runs))), ", accepted ", span(st.Runs[0].AcceptedAt, st.Runs[len(st.Runs)-1].AcceptedAt))
	v.line("  asked for  plans accepted ", v.clean(st.Period.String()))
	v.line("  journal    ", v.word(st.Ref.ID), " as of record ", strconv.FormatInt(st.Ref.Seq, 10))
	if st.Reads == nil {
		v.line("  platform   ", v.paint(wait, "not read: this is what the journal has, and nothing was compared"))
	} else {
		f := st.Reads.Footer
		v.line("  platform   ", count(f.Payments, "payment"), " read ", span(f.Oldest, f.Newest))
		v.line("  reads      sha256 ", v.clean(f.SHA256))
	}
	for i, r := range st.Runs {
		for _, fault := range r.Faults {
			v.line()
			v.sentence(0, "THE FIGURES OF RUN "+number(int64(i+1))+" DO NOT AGREE:", v.clean(fault), alarm)
		}
	}
}

// lists are what does not simply agree, the gravest first.
func (v *statementView) lists() {
	if v.st.Reads == nil {
		return
	}
	none := true
	for a := range v.st.Differing {
		l := &v.st.Differing[a]
		if l.Count == 0 {
			continue
		}
		none = false
		t := differingTitles[a]
		r := alarm
		if statement.Agreement(a) == statement.Further {
			r = wait
		}
		v.line()
		v.line(v.paint(r, t.title+": "+number(l.Count)), "  ", t.text)
		v.list(l)
	}
	if none {
		v.line()
		v.line(v.paint(good, "Journal and platform agree on every movement."))
	}
}

func (v *statementView) list(l *statement.List) {
	t := &table{p: v.printer, indent: "  "}
	for i := range l.First {
		x := &l.First[i]
		r := v.movement(&x.Movement)
		r.cells = append([]cell{{text: "run " + number(int64(x.Run+1))}}, r.cells...)
		t.add(r)
	}
	t.flush()
	if more := l.Count - int64(len(l.First)); more > 0 {
		v.line("  and ", number(more), " more, which stand among the movements of their runs below")
	}
}

func (v *statementView) run(i int, r *statement.Run) {
	v.line()
	v.line(v.paint(strong, "Run "+number(int64(i+1))+" of "+number(int64(len(v.st.Runs)))+": plan "+v.word(r.PlanID)))
	h := &r.Header
	v.line("  made       ", clock(h.Created), " by ", v.word(orNone(h.Maker, "nobody named")))
	v.line("  accepted   ", clock(r.AcceptedAt), " by ", v.word(r.Actor), "  record ", strconv.FormatInt(r.Seq, 10))
	label := "  approved   "
	for _, a := range r.Approvals {
		v.line(label, v.word(a.By), " (", v.clean(a.How), ") at ", clock(a.At))
		label = "             "
	}
	if len(r.Approvals) == 0 {
		v.line(label, "no approval is on record")
	}
	if r.FinishedAt.IsZero() {
		v.line("  finished   ", v.paint(wait, "not yet: payreconcile resume goes on"))
	} else {
		v.line("  finished   ", clock(r.FinishedAt), ", ", v.clean(orNone(r.Result, "without a result")), "  record ", strconv.FormatInt(r.Finish, 10))
	}
	v.line("  policy     ", v.clean(orNone(h.Policy, "none")), "  approvers ", v.clean(orNone(h.Approvers, "none")))
	label = "  manifests  "
	for _, m := range h.Manifests {
		v.line(label, v.word(m.Name), " (sha256 ", v.clean(m.SHA256), ")")
		label = "             "
	}
	f := r.Footer.Counts
	v.line("  payments   ", number(f.Payments), ", ", number(f.NoOp), " as declared; ", count(r.Pending, "movement"), " still in progress from earlier runs, counted there")
	v.sums(r.Sums)
	for _, fault := range r.Faults {
		v.sentence(2, "DOES NOT AGREE:", v.clean(fault), alarm)
	}
}

// sums writes money by currency and kind, and that it adds up.
func (v *statementView) sums(sums statement.Sums) {
	if len(sums) == 0 {
		v.line("  No money was to be moved.")
		return
	}
	t := &table{p: v.printer, indent: "  "}
	head := row{cells: []cell{{text: ""}, {text: "Planned", right: true}}}
	for _, title := range columnTitles {
		head.cells = append(head.cells, cell{text: title, right: true})
	}
	t.add(head)
	for i := range sums {
		s := &sums[i]
		decimal := func(n int64) string { return v.clean(spec.Money{Minor: n, Currency: s.Currency}.Decimal()) }
		r := row{cells: []cell{{text: v.clean(sumTitle(s))}, {text: decimal(s.Planned), right: true}}}
		for c, n := range s.Amounts {
			x := cell{text: decimal(n), right: true}
			if n > 0 {
				x.role = columnRoles[c]
			}
			r.cells = append(r.cells, x)
		}
		t.add(r)
	}
	t.flush()
	for i := range sums {
		s := &sums[i]
		text := "  " + v.clean(sumTitle(s)) + ": " + v.clean(equation(s))
		if !s.Holds() {
			text = v.paint(alarm, text+"  DOES NOT HOLD")
		}
		v.line(text)
	}
}

func (v *statementView) movements(ctx context.Context, r *statement.Run) error {
	t := &table{p: v.printer, indent: "  "}
	for m, err := range v.st.All(ctx, r) {
		if err != nil {
			t.flush()
			return err
		}
		t.add(v.movement(m))
		if v.err != nil {
			break
		}
	}
	t.flush()
	return nil
}

func (v *statementView) movement(m *statement.Movement) row {
	what := v.clean(kindOf(m))
	if m.Ref != "" {
		what += " " + v.word(m.Ref)
	}
	if m.Attempt > 1 {
		what += " attempt " + strconv.Itoa(m.Attempt)
	}
	amount := "–"
	if m.Amount != 0 || m.Planned != 0 {
		amount = v.money(m.Amount, m.Currency)
	}
	word := cell{text: agreementWords[m.Agreement]}
	switch m.Agreement {
	case statement.Differs:
		word.role = alarm
	case statement.Unconfirmed, statement.Further:
		word.role = wait
	case statement.Agrees, statement.NotCompared, statement.Agreements:
	}
	r := row{cells: []cell{
		{text: v.word(string(m.Payment))},
		{text: v.word(m.MerchantReference)},
		{text: what},
		{text: amount, right: true},
		{text: v.clean(standsAs(m)), role: columnRoles[m.Column]},
		{text: "journal: " + journalWords(m)},
		{text: "platform: " + v.clean(platformWords(m))},
		word,
	}}
	for _, n := range movementNotes(m) {
		r.below = append(r.below, "  "+v.clean(n))
	}
	return r
}

func (v *statementView) totals() {
	v.line()
	v.line(v.paint(strong, "All runs: "+count(v.st.Movements, "movement")))
	v.sums(v.st.Totals)
	v.line()
	v.sentence(0, "", othersMoney, plain)
	v.sentence(0, "", "What a run did not send, a later run may have planned again: it is planned in both. Amounts of different currencies are never added. Times are UTC.", plain)
	v.sentence(0, "", "A figure is traced by the numbers of its records: payreconcile journal show --record NUMBER.", plain)
}

package sandbox

import (
	"fmt"
	"net/http"
)

// A summing is the head of the page of one payment.
type summing struct {
	ID, Amount string
	Status     cell
	Facts      []fact
	Bar        []share
}

// A share is one part of the authorised money, in thousandths of its whole.
type share struct {
	Name, Class, Amount string
	From, Width         int64
}

// paymentPage shows the life of one payment.
func (s *Sandbox) paymentPage(r *http.Request) page {
	base, _, ok := parseID(r.PathValue("id"))
	p := s.payments.get(base)
	if !ok || p == nil {
		o := s.overview(r, "No such payment", "/")
		o.Searchable, o.Search = true, r.PathValue("id")
		o.Tables = []table{{Title: "No such payment", Empty: "No payment has this id."}}
		return o.page(http.StatusNotFound)
	}
	o := s.overview(r, "Payment "+formatID(base, 0), "/")
	c := s.outside()
	defer c.leave()
	p.mu.Lock()
	st := p.current(c)
	o.Payment = st.head()
	o.Tables = []table{st.operationTable()}
	p.mu.Unlock()
	o.Tables = append(o.Tables, ledgerTable(p.export(c.now)))
	if webhooks := s.webhookTable(formatID(base, 0)); len(webhooks.Rows) > 0 {
		o.Tables = append(o.Tables, webhooks)
	}
	return o.page(http.StatusOK)
}

func (s *state) head() *summing {
	h := &summing{ID: formatID(s.base, 0), Amount: money(s.amount, s.currency), Status: codeCell(s.code), Bar: s.bar()}
	h.Facts = []fact{
		{"Category", infoOf(s.code).category},
		{"Created", timeCell(s.created).Text},
		{"Method", fmt.Sprintf("%s, product %d", methodNames[s.method], s.product)},
	}
	if s.method == byCard {
		card := s.card
		if card == nil {
			card = exampleCard
		}
		h.Facts = append(h.Facts, fact{"Card", "•••• " + card.last4})
	}
	if s.refs != nil {
		h.add("Reference", s.refs.merchant)
		h.add("Group", s.refs.group)
		h.add("Creditor reference", s.refs.creditor)
		h.add("Parameters", s.refs.parameters)
	}
	if s.decline != nil {
		h.add("Refused with", s.decline.code+" "+s.decline.id)
	}
	return h
}

func (h *summing) add(name, value string) {
	if value != "" {
		h.Facts = append(h.Facts, fact{name, value})
	}
}

// bar splits what was authorised into what became of it.
func (s *state) bar() []share {
	if s.ops[0].class() == classNone || s.amount <= 0 {
		return nil
	}
	var bar []share
	at := int64(0)
	kept := s.captured - s.refunded - s.refundRequested
	if kept < 0 { // refunds of captures that are on their way
		kept = 0
	}
	for _, part := range []struct {
		name, class string
		amount      int64
	}{
		{"Captured", "captured", kept},
		{"Refund on its way", "refunding", s.refundRequested},
		{"Refunded", "refunded", s.refunded},
		{"Capture on its way", "capturing", s.captureRequested},
		{"Cancelled", "cancelled", s.cancelled + s.cancelRequested},
		{"Open", "open", s.open},
	} {
		if part.amount == 0 {
			continue
		}
		width := part.amount * 1000 / s.amount
		bar = append(bar, share{part.name, part.class, money(part.amount, s.currency), at, max(width, 4)})
		at += width
	}
	return bar
}

func (s *state) operationTable() table {
	t := table{
		Title:   "Operations",
		Columns: columns("Operation", "Kind", "Status", "#Amount", "Reference", "Idempotence key", "Requested", "Changed"),
	}
	for i := range s.ops {
		op := &s.ops[i]
		reference := ""
		if op.refs != nil {
			reference = op.refs.merchant
		}
		kind := op.kind.String()
		if i == 0 && op.kind == Capture {
			kind = "sale"
		}
		if op.final && i > 0 {
			kind += ", final"
		}
		if op.source != fromAPI {
			kind += ", " + sourceNames[op.source]
		}
		changed := timeCell(op.changedAt)
		switch {
		case op.kind == Authorization && op.dueAt != never && s.open > 0:
			changed.Text = "ends " + timeCell(op.dueAt).Text
		case op.kind != Authorization && op.dueAt != never:
			changed.Text = "due " + timeCell(op.dueAt).Text
		}
		t.Rows = append(t.Rows, []cell{
			monoCell(formatID(s.base, i)), plainCell(kind), codeCell(op.code), moneyCell(op.amount, s.currency),
			plainCell(reference), monoCell(op.key), timeCell(op.requestedAt), changed,
		})
	}
	return t
}

func ledgerTable(b Book) table {
	t := table{
		Title: "Ledger", Empty: "No money has moved.",
		Columns: columns("Time", "Operation", "Event", "From", "To", "#Amount", "Reference", "Idempotence key"),
	}
	for _, m := range b.Movements {
		t.Rows = append(t.Rows, []cell{
			timeCell(m.Time.UnixNano()), monoCell(m.Operation), plainCell(m.Kind.String() + " " + m.Event.String()),
			plainCell(m.From.String()), plainCell(m.To.String()), moneyCell(m.Amount, m.Currency),
			plainCell(m.Reference), monoCell(m.Key),
		})
	}
	return t
}

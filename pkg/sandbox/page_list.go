package sandbox

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// checkoutsPage lists the newest hosted checkouts, with their pages.
func (s *Sandbox) checkoutsPage(r *http.Request) page {
	o := s.overview(r, "Hosted checkouts", "/checkouts")
	t := table{
		Title: "Newest hosted checkouts", Empty: "No hosted checkout was created.",
		Columns: columns("Checkout", "Created", "Ends", "Reference", "Status", "#Amount", "#Attempts left", "Payment"),
	}
	now := s.present()
	for _, co := range s.checkouts.newest(listed, func(a, b *checkout) int { return cmp.Compare(b.base, a.base) }) {
		co.mu.Lock()
		status, p := co.at(now)
		left := co.attempts
		co.mu.Unlock()
		paid := ""
		if p != nil {
			paid = formatID(p.base, 0)
		}
		id := strconv.FormatUint(co.base, 10)
		t.Rows = append(t.Rows, []cell{
			{Text: id, Mono: true, Href: checkoutPath + s.pageID(checkoutKind, id)},
			timeCell(co.created), timeCell(co.ends),
			plainCell(co.order.reference()), checkoutCell(status), co.order.cell(), numberCell(strconv.Itoa(left)), paymentCell(paid),
		})
	}
	o.Tables = []table{t}
	return o.page(http.StatusOK)
}

func checkoutCell(status string) cell {
	switch status {
	case PaidCheckout:
		return cell{Text: status, Tone: "good"}
	case InProgressCheckout:
		return cell{Text: status, Tone: "wait"}
	case expiredCheckout:
		status = "EXPIRED"
	}
	return cell{Text: status, Tone: "plain"}
}

func (o *wireOrder) reference() string {
	if o.References == nil {
		return ""
	}
	return o.References.MerchantReference
}

func (o *wireOrder) cell() cell {
	return moneyCell(*o.AmountOfMoney.Amount, o.AmountOfMoney.CurrencyCode)
}

// linksPage lists the payment links that live longest, with their pages.
func (s *Sandbox) linksPage(r *http.Request) page {
	o := s.overview(r, "Payment links", "/links")
	t := table{
		Title: "Payment links", Empty: "No payment link was created.",
		Columns: columns("Link", "Ends", "Reference", "Status", "#Amount", "Payment"),
	}
	now := s.present()
	for _, l := range s.links.newest(listed, func(a, b *paymentLink) int { return b.ends.Compare(a.ends) }) {
		l.mu.Lock()
		status, paid := l.statusAt(now), l.paid
		l.mu.Unlock()
		is := cell{Text: status, Tone: "plain"}
		switch status {
		case PaidLink:
			is.Tone = "good"
		case ActiveLink:
			is.Tone = "wait"
		}
		t.Rows = append(t.Rows, []cell{
			{Text: l.id, Mono: true, Href: linkPath + s.pageID(linkKind, l.id)},
			timeCell(l.ends.UnixNano()),
			plainCell(l.order.reference()), is, l.order.cell(), paymentCell(paid),
		})
	}
	o.Tables = []table{t}
	return o.page(http.StatusOK)
}

// payoutsPage lists the newest payouts.
func (s *Sandbox) payoutsPage(r *http.Request) page {
	o := s.overview(r, "Payouts", "/payouts")
	t := table{
		Title: "Newest payouts", Empty: "No payout was made.",
		Columns: columns("Payout", "Time", "Reference", "Status", "#Amount", "Idempotence key"),
	}
	all := s.Payouts()
	slices.Reverse(all)
	for _, p := range all[:min(listed, len(all))] {
		is := cell{Text: p.Status, Tone: "wait"}
		switch p.Status {
		case PayoutCredited:
			is.Tone = "good"
		case PayoutRefused:
			is.Tone = "bad"
		}
		t.Rows = append(t.Rows, []cell{
			monoCell(p.ID), timeCell(p.Time.UnixNano()), plainCell(p.Reference), is, moneyCell(p.Amount, p.Currency), monoCell(p.Key),
		})
	}
	o.Tables = []table{t}
	return o.page(http.StatusOK)
}

// faultsPage lists the faults that are in force.
func (s *Sandbox) faultsPage(r *http.Request) page {
	o := s.overview(r, "Faults", "/faults")
	t := table{
		Title: "Faults", Empty: "No fault is in force.",
		Columns: columns("Fault", "Kind", "Operation", "Payment", "Idempotence key", "#From", "#Times", "#Struck", "Details"),
	}
	for _, f := range s.Faults() {
		times := "always"
		if f.Times > 0 {
			times = strconv.Itoa(f.Times)
		}
		t.Rows = append(t.Rows, []cell{
			monoCell(f.ID), plainCell(f.Kind), monoCell(or(f.Operation, "any")), monoCell(or(f.Payment, "any")),
			monoCell(or(f.Key, "any")), numberCell(strconv.Itoa(f.Nth)), numberCell(times), numberCell(strconv.Itoa(f.Struck)),
			plainCell(f.details()),
		})
	}
	o.Tables = []table{t}
	return o.page(http.StatusOK)
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// details says what a fault does beyond its kind.
func (f *Fault) details() string {
	text := ""
	say := func(format string, v any) {
		if text != "" {
			text += ", "
		}
		text += fmt.Sprintf(format, v)
	}
	if f.Status != 0 {
		say("status %d", f.Status)
	}
	if f.Probability > 0 {
		say("probability %v", f.Probability)
	}
	for _, d := range []struct {
		name  string
		value time.Duration
	}{{"delay", f.Delay}, {"retry after", f.RetryAfter}, {"age", f.Age}} {
		if d.value != 0 {
			say(d.name+" %v", d.value)
		}
	}
	if f.Size != 0 {
		say("%d bytes", f.Size)
	}
	if f.Hide != 0 {
		say("hides %d", f.Hide)
	}
	if f.Commit {
		say("%s", "after processing")
	}
	if f.Stored {
		say("%s", "answer is kept")
	}
	return text
}

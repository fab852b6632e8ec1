package sandbox

import (
	"net/http"
	"strconv"
)

// webhookTable lists the webhooks about one payment, oldest first, with a row for
// each attempt and one for what is still to come.
func (s *Sandbox) webhookTable(paymentID string) table {
	t := table{Title: "Webhooks", Columns: columns("Time", "Event", "Address", "State", "#Answer", "Note")}
	base, _, _ := parseID(paymentID)
	for _, d := range s.WebhookDeliveries() {
		if about, _, ok := parseID(d.Object); ok && about == base {
			t.Rows = append(t.Rows, d.rows()...)
		}
	}
	return t
}

// rows are the attempts of a delivery.
func (d *WebhookDelivery) rows() (rows [][]cell) {
	row := func(at int64, state, answer, note string) {
		rows = append(rows, []cell{
			timeCell(at), monoCell(d.Type), plainCell(d.URL), {Text: state, Tone: webhookTones[state]}, numberCell(answer), plainCell(note),
		})
	}
	for i, a := range d.Attempts {
		state := WebhookFailed
		if i == len(d.Attempts)-1 && d.State == WebhookDelivered {
			state = WebhookDelivered
		}
		answer := "none"
		if a.Status != 0 {
			answer = strconv.Itoa(a.Status)
		}
		row(a.Time.UnixNano(), state, answer, a.Error)
	}
	switch {
	case d.Next != nil:
		row(d.Next.UnixNano(), d.State, "", "")
	case len(d.Attempts) == 0:
		row(never, d.State, "", d.Reason)
	}
	return rows
}

var webhookTones = map[string]string{
	WebhookDelivered: "good", WebhookWaiting: "wait", WebhookHeld: "wait", WebhookFailed: "bad", WebhookNotSent: "bad",
}

// webhooksPage lists the newest webhooks about anything, newest first.
func (s *Sandbox) webhooksPage(r *http.Request) page {
	o := s.overview(r, "Webhooks", "/webhooks")
	t := table{
		Title: "Newest webhooks", Empty: "No webhook was due.",
		Columns: columns("Event", "Object", "Address", "State", "#Attempts", "Next", "Note"),
	}
	all := s.WebhookDeliveries()
	for i := len(all) - 1; i >= 0 && len(t.Rows) < listed; i-- {
		d := all[i]
		object, next := monoCell(d.Object), cell{}
		if base, _, ok := parseID(d.Object); ok && s.payments.get(base) != nil {
			object.Href = "/payments/" + formatID(base, 0)
		}
		if d.Next != nil {
			next = timeCell(d.Next.UnixNano())
		}
		note := d.Reason
		if n := len(d.Attempts); note == "" && n > 0 {
			note = d.Attempts[n-1].Error
		}
		t.Rows = append(t.Rows, []cell{
			monoCell(d.Type), object, plainCell(d.URL),
			{Text: d.State, Tone: webhookTones[d.State]},
			numberCell(strconv.Itoa(len(d.Attempts))), next, plainCell(note),
		})
	}
	o.Tables = []table{t}
	return o.page(http.StatusOK)
}

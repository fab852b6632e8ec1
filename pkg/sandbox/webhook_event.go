package sandbox

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// envelope writes an event. Its time is in UTC.
func (h *hub) envelope(id string, e *outgoing) []byte {
	dst := make([]byte, 0, 256+len(e.body))
	dst = append(dst, `{"apiVersion":"v1","id":"`...)
	dst = append(dst, id...)
	dst = append(dst, `","created":"`...)
	dst = time.Unix(0, e.at).UTC().AppendFormat(dst, "2006-01-02T15:04:05.0000000-07:00")
	dst = append(dst, '"')
	dst = appendField(dst, "merchantId", h.s.merchantID)
	dst = appendField(dst, "type", e.kind)
	if h.s.behaviour.Load().WebhookOperationFlag && (e.member == "payment" || e.member == "refund") {
		dst = strconv.AppendBool(append(dst, `,"containsAnOperation":`...), e.object != e.subject)
	}
	dst = append(dst, `,"`...)
	dst = append(dst, e.member...)
	dst = append(dst, `":`...)
	dst = append(dst, e.body...)
	return append(dst, '}')
}

// eventOf is the type of the event that says that an operation has a code, or
// nothing. A requested cancel has none, as its event would be of the type of the
// settled one and so, by the platform's rule, a duplicate of it.
func eventOf(code int16, b *Behaviour) string {
	switch code {
	case codeCreated:
		return "payment.created"
	case codeRedirected:
		return "payment.redirected"
	case 50, 51, 52, 55:
		return "payment.authorization_requested"
	case codeAuthorized, codeAuthorizedToo:
		return "payment.pending_capture"
	case 4, codeCaptureRequested, codeCaptureUncertain, 99:
		return "payment.capture_requested"
	case codeCaptured:
		return "payment.captured"
	case codeRejected, 57, 59, 73, codeRefundRefused:
		return "payment.rejected"
	case codeCaptureRefused:
		return "payment.rejected_capture"
	case 1, codeCancelled, 64, 75:
		return "payment.cancelled"
	case codeRefundRequested, codeRefundUncertain:
		return "refund.refund_requested"
	case 7, codeRefunded, 85:
		return "payment.refunded"
	case codeCancelRefused:
		if b.WebhookCancelRefused != EventNone {
			return "payment." + b.WebhookCancelRefused
		}
	}
	return ""
}

// announceNew sends the events of a payment that was just made: that it was
// created, and what became of it at once. The caller holds p.mu.
func (p *payment) announceNew() {
	if p.hook == nil {
		return
	}
	first := p.ops[0]
	first.code, first.changedAt = codeCreated, p.created
	b := p.hook.hub.s.behaviour.Load()
	st := p.state([]op{first}, b)
	p.hook.operation(&st, 0, b)
	p.announce(0)
}

// announce sends the event of operation n as it is now, and lets the operation
// settle by itself when it is due. The caller holds p.mu.
func (p *payment) announce(n int) {
	if p.hook == nil {
		return
	}
	if due := p.ops[n].dueAt; due != never {
		p.hook.hub.settleAt(due, p)
	}
	b := p.hook.hub.s.behaviour.Load()
	st := p.state(p.ops, b)
	p.hook.operation(&st, n, b)
}

// announceEnd sends the event of an authorisation that has ended, when that ends the
// payment. The caller holds p.mu.
func (p *payment) announceEnd() {
	if p.hook == nil {
		return
	}
	b := p.hook.hub.s.behaviour.Load()
	if st := p.state(p.ops, b); st.code != codeCancelled {
		return
	}
	last := p.ops[0]
	last.code, last.changedAt = codeCancelled, p.latest()
	st := p.state([]op{last}, b)
	p.hook.operation(&st, 0, b)
}

// awaitSettlement lets the operations of a seeded payment settle by themselves.
func (p *payment) awaitSettlement() {
	if p.hook == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.ops {
		if due := p.ops[i].dueAt; due != never {
			p.hook.hub.settleAt(due, p)
		}
	}
}

func (k *hook) operation(st *state, n int, b *Behaviour) {
	o := &st.ops[n]
	e := outgoing{kind: eventOf(o.code, b), object: formatID(st.base, n), subject: formatID(st.base, 0), at: o.changedAt}
	switch e.member, _, _ = strings.Cut(e.kind, "."); e.member {
	case "":
		return
	case "refund":
		e.body = st.appendRefund(nil, n, b)
	default:
		e.body = st.appendEvent(nil, n, b)
	}
	k.send(e)
}

// appendEvent appends a PaymentResponse that shows operation n: its id, its
// status and, by the behaviour, its amount.
func (s *state) appendEvent(dst []byte, n int, b *Behaviour) []byte {
	o := &s.ops[n]
	shown := *s
	if shown.code = o.code; o.code == codeCancelRefused && b.WebhookCancelRefused == EventPending {
		shown.code = codeAuthorized // the authorisation stands again
	}
	info := infoOf(shown.code)
	shown.authorized, shown.cancellable, shown.refundable = info.authorized, info.cancellable, info.refundable
	if shown.refundable != no {
		shown.refundable = triOf(s.mayRefund > 0)
	}
	if shown.cancellable == yes {
		shown.cancellable = triOf(s.mayCapture)
	}
	amount, acquired := s.amount, s.acquired()
	if b.WebhookCaptureAmount == EventOfOperation && (o.kind == Capture || o.kind == Refund) {
		amount = o.amount
	}
	if o.kind == Capture && o.class() != classNone {
		acquired = min(amount, s.captured+s.captureRequested)
	}
	dst = append(dst, `{"id":"`...)
	dst = appendID(dst, s.base, n)
	dst = append(dst, '"')
	dst = shown.appendStatus(dst, info.category, o.changedAt)
	dst = append(dst, `,"paymentOutput":`...)
	dst = shown.appendOutputOf(dst, amount, acquired, false)
	return append(dst, '}')
}

// sendTest sends what the test button of the portal sends.
func (h *hub) sendTest(url string, now int64) {
	body := `{"id":"9999_9","status":"CAPTURED","statusOutput":{"statusCode":9,"statusCategory":"COMPLETED",` +
		`"isAuthorized":false,"isCancellable":false,"isRefundable":true},"paymentOutput":{"amountOfMoney":` +
		`{"amount":100,"currencyCode":"EUR"},"references":{"merchantReference":"test"},"paymentMethod":"card"}}`
	k := hook{hub: h, urls: []string{url}}
	k.send(outgoing{
		kind: "payment.test", object: "9999_9", subject: "9999_9", at: now, member: "payment", body: []byte(body), once: true,
	})
}

// announce sends the event of a payment link that has taken a status. The caller
// holds l.mu.
func (l *paymentLink) announce(status string, now int64) {
	if l.hook == nil {
		return
	}
	c := call{}
	c.answer(http.StatusOK, l.shownAt(now))
	l.hook.send(outgoing{
		kind: "paymentlink." + strings.ToLower(status), object: l.id, subject: l.id, at: now, member: "paymentLink", body: c.out,
	})
}

// open sends the event of a new link and lets it expire by itself.
func (l *paymentLink) open(now int64) {
	if l.hook == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.announce(linkCreated, now)
	l.awaitEnd()
}

// awaitEnd sends the event of a link that ends without having been paid.
func (l *paymentLink) awaitEnd() {
	if l.hook == nil {
		return
	}
	l.hook.hub.at(l.ends.UnixNano(), func(due int64) {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.statusAt(due) == ExpiredLink {
			l.announce(ExpiredLink, due)
		}
	})
}

// announce sends the event of a payout that has taken a status.
func (p *payout) announce(status string, at int64) {
	if p.hook == nil || !p.hook.hub.s.behaviour.Load().WebhookPayouts {
		return
	}
	p.hook.send(outgoing{
		kind: "payout." + strings.ToLower(status), object: p.ID, subject: p.ID, at: at,
		member: "payout", body: p.append(nil, status),
	})
}

// awaitCredit sends the event of a payout when it is credited.
func (p *payout) awaitCredit() {
	if p.hook != nil && !p.refused {
		p.hook.hub.at(p.due, func(due int64) { p.announce(PayoutCredited, due) })
	}
}

// batch sends the event of a batch that has run.
func (k *hook) batch(b *batch) {
	if k == nil || !k.hub.s.behaviour.Load().WebhookBatches {
		return
	}
	c := call{}
	c.answer(http.StatusOK, shownBatch{b.count, b.reference, b.operationType, BatchProcessed})
	k.send(outgoing{
		kind: "directbatch.processed", object: b.reference, subject: b.reference, at: b.due, member: "directBatch", body: c.out,
	})
}

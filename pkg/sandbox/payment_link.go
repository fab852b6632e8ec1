package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// The statuses of a payment link.
const (
	ActiveLink    = "ACTIVE"
	PaidLink      = "PAID"
	CancelledLink = "CANCELLED"
	ExpiredLink   = "EXPIRED"
)

const (
	linkCreated  = "CREATED"
	linkDeclined = "PAYMENT_DECLINED"
)

// A paymentLink is a page that a consumer pays on until it expires. What
// happens to it (events, status, paid) is guarded by mu.
type paymentLink struct {
	id, url, recipient string
	returnURL          string // where the consumer goes who has paid
	order              *wireOrder
	method             createMethod
	ends               time.Time
	reusable, drawn    bool // drawn: with a QR code
	hook               *hook

	mu     sync.Mutex
	status string // but for the expiry, which follows from the time
	paid   string // id of the newest payment that was accepted
	events []linkEvent
}

type linkEvent struct {
	DateTime string `json:"dateTime"`
	Type     string `json:"type"`
}

func eventAt(at time.Time, what string) linkEvent {
	return linkEvent{at.UTC().Format(time.RFC3339Nano), what}
}

func (l *paymentLink) statusAt(now int64) string {
	if l.status == ActiveLink && now >= l.ends.UnixNano() {
		return ExpiredLink
	}
	return l.status
}

// A PaymentLinkResult is what a consumer's payment on a link led to.
type PaymentLinkResult struct {
	// Status is the status of the link. A reusable one stays ACTIVE.
	Status string `json:"status"`
	// PaymentID is the payment, refused or not.
	PaymentID string `json:"paymentId"`
	// Declined says that the card was refused and the link can still be paid.
	Declined bool `json:"declined"`
}

// PayPaymentLink does what a consumer does who follows a payment link, enters a
// card and passes the challenge if the card has one. Each attempt is a payment
// of its own; a refused one leaves the link ACTIVE. It fails when the link is
// unknown or not active, or the card is not well-formed.
func (s *Sandbox) PayPaymentLink(paymentLinkID string, card Card) (PaymentLinkResult, error) {
	if err := card.check(); err != nil {
		return PaymentLinkResult{}, fmt.Errorf("pay payment link %s: %w", paymentLinkID, err)
	}
	l, ok := s.links.get(paymentLinkID)
	if !ok {
		return PaymentLinkResult{}, fmt.Errorf("pay payment link %s: there is no such link", paymentLinkID)
	}
	c := s.outside()
	defer c.leave()
	l.mu.Lock()
	defer l.mu.Unlock()
	c.now = s.clock.now().UnixNano() // not before what was done while it was locked
	if status := l.statusAt(c.now); status != ActiveLink {
		return PaymentLinkResult{}, fmt.Errorf("pay payment link %s: it is not active (%s)", paymentLinkID, status)
	}
	page := checkout{base: s.freeID(), order: l.order, method: l.method, hook: l.hook}
	p := page.pay(c, card)
	p.mu.Lock()
	defer p.mu.Unlock()
	for !s.payments.add(p) {
		p.base = s.freeID()
	}
	p.announceNew()
	r := PaymentLinkResult{PaymentID: formatID(p.base, 0), Declined: p.decline != nil}
	what := PaidLink
	if r.Declined {
		what = linkDeclined
	} else {
		l.paid = r.PaymentID
		if !l.reusable {
			l.status = PaidLink
		}
	}
	l.events = append(l.events, eventAt(time.Unix(0, c.now), what))
	if !r.Declined {
		l.announce(PaidLink, c.now)
	}
	r.Status = l.statusAt(c.now)
	return r, nil
}

// cancel ends a link that is active.
func (l *paymentLink) cancel(now int64) bool {
	if l.statusAt(now) != ActiveLink {
		return false
	}
	l.status = CancelledLink
	l.events = append(l.events, eventAt(time.Unix(0, now), CancelledLink))
	l.announce(CancelledLink, now)
	return true
}

func (s *Sandbox) controlPaymentLink(r *http.Request) (any, error) {
	var req struct {
		PaymentLink string `json:"paymentLink"`
		Card        *Card  `json:"card"`
	}
	if err := readControl(r, &req); err != nil {
		return nil, err
	}
	if req.Card == nil {
		return nil, errors.New("paymentlink: card is required")
	}
	return s.PayPaymentLink(req.PaymentLink, *req.Card)
}

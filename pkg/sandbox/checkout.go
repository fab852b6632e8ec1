package sandbox

import (
	"fmt"
	"strconv"
	"sync"
	"time"
)

// The statuses of a hosted checkout.
const (
	InProgressCheckout = "IN_PROGRESS"
	PaidCheckout       = "PAYMENT_CREATED"
	CancelledCheckout  = "CANCELLED_BY_CONSUMER"
	expiredCheckout    = "" // what it means is up to the behaviour
)

// A checkout is a session on the hosted page. What the consumer changes
// (attempts, payment, finished, cancelled) is guarded by mu.
type checkout struct {
	base           uint64
	created, ends  int64
	mac, returnURL string
	order          *wireOrder
	method         createMethod
	hook           *hook

	mu        sync.Mutex
	attempts  int      // that are left
	payment   *payment `state:"-"` // of the newest attempt
	finished  int64    // when the payment was accepted or refused for good
	cancelled int64
}

func newCheckout(req *checkoutRequest, base uint64, now int64) *checkout {
	minutes, attempts := defaultTimeout, defaultAttempts
	if req.Hosted.Timeout != nil {
		minutes = *req.Hosted.Timeout
	}
	if req.Hosted.Attempts != nil {
		attempts = *req.Hosted.Attempts
	}
	co := &checkout{
		base: base, created: now, ends: now + int64(minutes)*int64(time.Minute), attempts: attempts,
		order: req.Order, returnURL: req.Hosted.ReturnURL,
	}
	if req.Card != nil {
		co.method = *req.Card
	}
	if req.Hosted.NewSeries {
		co.method.Sequence = "first"
	}
	return co
}

// at returns the status at a moment, and the newest attempt if there was one.
// A session that ends after a refusal ends with the refused payment.
func (co *checkout) at(now int64) (status string, p *payment) {
	if co.payment != nil && co.payment.created <= now {
		p = co.payment
	}
	switch {
	case co.cancelled != 0 && co.cancelled <= now:
		return CancelledCheckout, p
	case p != nil && (now >= co.ends || (co.finished != 0 && co.finished <= now)):
		return PaidCheckout, p
	case now >= co.ends:
		return expiredCheckout, nil
	}
	return InProgressCheckout, p
}

// A CheckoutResult is where a step of the consumer on the hosted page led to.
type CheckoutResult struct {
	// Status is the status of the checkout.
	Status string `json:"status"`
	// ReturnURL is where the consumer is sent, with RETURNMAC and
	// hostedCheckoutId. It is empty while the consumer may try again, and when
	// the checkout was created without a return URL.
	ReturnURL string `json:"returnUrl"`
	// PaymentID is the payment of the newest attempt, refused or not.
	PaymentID string `json:"paymentId,omitempty"`
	// AttemptsLeft is how often the consumer may try again.
	AttemptsLeft int `json:"attemptsLeft"`
}

// PayCheckout does what a consumer does who enters a card on the hosted page
// and passes the challenge if the card has one. A refused card uses up an
// attempt; the last of them ends the session with the refused payment. It fails
// when the session is unknown, over or expired, or the card is not well-formed,
// which uses up no attempt.
func (s *Sandbox) PayCheckout(hostedCheckoutID string, card Card) (CheckoutResult, error) {
	if err := card.check(); err != nil {
		return CheckoutResult{}, fmt.Errorf("pay checkout %s: %w", hostedCheckoutID, err)
	}
	c := s.outside()
	defer c.leave()
	co, done, err := c.step("pay", hostedCheckoutID)
	if err != nil {
		return CheckoutResult{}, err
	}
	defer done()
	p := co.pay(c, card)
	p.mu.Lock()
	defer p.mu.Unlock()
	if !s.payments.replace(co.payment, p) {
		return CheckoutResult{}, fmt.Errorf("pay checkout %s: a seed has taken the number", hostedCheckoutID)
	}
	if co.payment == nil {
		p.announceNew()
	} else {
		p.announce(0)
	}
	co.payment = p
	co.attempts--
	if p.decline == nil || co.attempts == 0 {
		co.finished, co.attempts = c.now, 0
	}
	return co.result(c.now), nil
}

// CancelCheckout does what a consumer does who leaves the hosted page by its
// cancel button. It fails when the session is unknown, over or expired.
func (s *Sandbox) CancelCheckout(hostedCheckoutID string) (CheckoutResult, error) {
	c := s.outside()
	defer c.leave()
	co, done, err := c.step("cancel", hostedCheckoutID)
	if err != nil {
		return CheckoutResult{}, err
	}
	defer done()
	co.cancelled, co.attempts = c.now, 0
	return co.result(c.now), nil
}

// step locks a checkout that is in progress; done unlocks it.
func (c *call) step(what, id string) (co *checkout, done func(), err error) {
	co, ok := c.s.checkouts.get(id)
	if !ok {
		return nil, nil, fmt.Errorf("%s checkout %s: there is no such checkout", what, id)
	}
	co.mu.Lock()
	c.now = c.s.clock.now().UnixNano() // not before what was done while it was locked
	status, _ := co.at(c.now)
	if status == InProgressCheckout {
		return co, co.mu.Unlock, nil
	}
	co.mu.Unlock()
	if status == expiredCheckout {
		status = "expired"
	}
	return nil, nil, fmt.Errorf("%s checkout %s: the session is over (%s)", what, id, status)
}

// pay makes the payment of one attempt.
func (co *checkout) pay(c *call, card Card) *payment {
	number := card.wire()
	req := createRequest{Order: co.order, Card: &createCard{
		AuthorizationMode: co.method.AuthorizationMode, PaymentProductID: co.method.PaymentProductID,
		Card: number, SkipAuthentication: true, Tokenize: co.method.Tokenize, Sequence: co.method.Sequence,
		Requestor: co.method.Requestor, InitialScheme: co.method.InitialScheme,
	}}
	if req.Card.PaymentProductID == 0 {
		req.Card.PaymentProductID = productOfCard(number.CardNumber)
	}
	p, sale := req.payment(c.now)
	p.base, p.hook = co.base, co.hook
	p.card.challenged = cardsWithChallenge[number.CardNumber]
	c.decide(p, &req, sale)
	p.begin(c.b)
	c.tokenize(p)
	return p
}

func (co *checkout) result(now int64) CheckoutResult {
	status, p := co.at(now)
	r := CheckoutResult{Status: status, AttemptsLeft: co.attempts}
	if p != nil {
		r.PaymentID = formatID(p.base, 0)
	}
	if status != InProgressCheckout {
		r.ReturnURL = returnTo(co.returnURL, "RETURNMAC="+co.mac+"&hostedCheckoutId="+strconv.FormatUint(co.base, 10))
	}
	return r
}

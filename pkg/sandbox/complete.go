package sandbox

import "net/http"

func completeEndpoints() []endpoint {
	return []endpoint{
		{"completePayment", http.MethodPost, "/payments/{paymentId}/complete", true, (*call).completePayment},
	}
}

type completeRequest struct {
	Order *wireOrder `json:"order"`
	Card  struct {
		Card *wireCard `json:"card"`
	} `json:"cardPaymentMethodSpecificInput"`
}

func (r *completeRequest) check(p *payment) *refusal {
	if r.Order == nil {
		return missingValue("order")
	}
	fail := r.Order.AmountOfMoney.check("order.amountOfMoney", p.currency)
	switch {
	case fail != nil:
		return fail
	case r.Order.AmountOfMoney != nil && *r.Order.AmountOfMoney.Amount != p.amount:
		return invalidValue("order.amountOfMoney.amount")
	case r.Card.Card == nil:
		return nil
	}
	return r.Card.Card.check("cardPaymentMethodSpecificInput.card.")
}

// completePayment authorises a payment that waits for completion. The sandbox
// makes no such payment by itself: a seed does, with a code that the platform
// does not have, which is shown as PENDING_COMPLETION. The amount cannot be changed,
// and a card that comes along takes the place of the one on file; the facts are
// silent about both. A redirect payment that the customer has not paid yet
// fails with 500, as PayPal's does, and any other payment with 400.
func (c *call) completePayment() int {
	var req completeRequest
	if fail := c.decode(&req); fail != nil {
		return c.fail(fail)
	}
	p := c.find()
	if p == nil {
		return c.fail(unknownPayment())
	}
	if fail := req.check(p); fail != nil {
		return c.fail(fail)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	st := p.current(c)
	switch {
	case p.method == byRedirect && st.code == codeRedirected:
		return c.fail(platformError(http.StatusInternalServerError))
	case !st.waitsForCompletion():
		return c.fail(notAllowed(c.b.StateErrorStatus))
	}
	c.finish(p, &req)
	st = p.state(p.ops, c.b)
	if p.decline != nil {
		c.declined(&st)
		return http.StatusBadRequest
	}
	c.out = append(c.out, '{')
	c.out = st.appendCreation(c.out)
	c.out = append(c.out, `,"payment":`...)
	c.out = st.appendCreated(c.out)
	c.out = append(c.out, '}')
	return http.StatusOK
}

// waitsForCompletion says that nothing has been reserved and that only the
// merchant is waited for.
func (s *state) waitsForCompletion() bool {
	return s.series == nil && s.ops[0].class() == classNone && infoOf(s.code).status == "PENDING_COMPLETION"
}

// finish decides on the payment as createPayment does on a new one.
func (c *call) finish(p *payment, req *completeRequest) {
	zero := &p.ops[0]
	earlier, by := zero.first, p.method
	zero.code, zero.changedAt, zero.key = codeAuthorized, c.now, c.key
	if req.Card.Card != nil {
		p.card = req.Card.Card.output()
	}
	p.method = byCard // a redirect is behind us
	c.decide(p, &createRequest{Card: &createCard{Card: req.Card.Card, SkipAuthentication: true}}, false)
	p.method, zero.first = by, earlier
	p.begin(c.b)
	p.announce(0)
}

package sandbox

import (
	"net/http"
)

func subsequentEndpoints() []endpoint {
	return []endpoint{
		{"subsequentPayment", http.MethodPost, "/payments/{paymentId}/subsequent", true, (*call).subsequent},
	}
}

type subsequentRequest struct {
	Order *wireOrder      `json:"order"`
	Card  *subsequentCard `json:"subsequentcardPaymentMethodSpecificInput"`
}

type subsequentCard struct {
	AuthorizationMode   string `json:"authorizationMode"`
	SchemeReferenceData string `json:"schemeReferenceData"`
	Token               string `json:"token"`
}

// subsequent makes a payment that the merchant starts, by the card of an earlier
// payment or, where the request names one, of a token. The customer is not
// asked, so that no card is challenged.
//
// Whether the earlier payment was made recurring is not looked at, because
// nothing says which of the many ways of asking for it the platform accepts: it
// is enough that it was authorised or is an imported series. An order with an
// amount is required, although the contract does not say so: money is never
// guessed.
func (c *call) subsequent() int {
	var req subsequentRequest
	if fail := c.decode(&req); fail != nil {
		return c.fail(fail)
	}
	earlier := c.find()
	if earlier == nil {
		return c.fail(unknownPayment())
	}
	if fail := req.Order.check(); fail != nil {
		return c.fail(fail)
	}
	if !earlier.mayBeFollowed(c) {
		return c.fail(notAllowed(c.b.StateErrorStatus))
	}
	create, fail := c.follow(earlier, &req)
	if fail != nil {
		return c.fail(fail)
	}
	p, sale := create.payment(c.now)
	p.ops[0].key, p.hook = c.key, c.s.hub.hookFor(nil)
	c.decide(p, create, sale)
	p.method = earlier.method
	p.begin(c.b)
	p.mu.Lock()
	defer p.mu.Unlock()
	c.s.enter(p)
	p.announceNew()
	st := p.state(p.ops, c.b)
	if p.decline != nil {
		return c.declined(&st)
	}
	c.out = append(c.out, `{"payment":`...)
	c.out = st.appendCreated(c.out)
	c.out = append(c.out, '}')
	return http.StatusCreated
}

// mayBeFollowed says whether subsequent payments may name the payment.
func (p *payment) mayBeFollowed(c *call) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	st := p.current(c)
	return p.series != nil || st.ops[0].class() != classNone
}

// follow returns the request that createPayment would need for the same.
func (c *call) follow(earlier *payment, req *subsequentRequest) (*createRequest, *refusal) {
	in := req.Card
	if in == nil {
		in = &subsequentCard{}
	}
	create := &createRequest{Order: req.Order, Card: &createCard{
		AuthorizationMode: in.AuthorizationMode, PaymentProductID: earlier.product, SkipAuthentication: true,
	}}
	if in.AuthorizationMode == "" && earlier.method != byCard {
		create.Card.AuthorizationMode = modeSale
	}
	if create.Card.InitialScheme = in.SchemeReferenceData; in.SchemeReferenceData == "" {
		create.Card.InitialScheme = earlier.initial()
	}
	if in.Token == "" {
		create.stored = earlier.onFile()
		return create, nil
	}
	t, ok := c.s.tokens.take(in.Token, c.now)
	if !ok {
		return nil, invalidValue("subsequentcardPaymentMethodSpecificInput.token")
	}
	create.stored, create.Card.PaymentProductID = &t, t.product
	return create, nil
}

// onFile is the card that the payment was paid with, or nil.
func (p *payment) onFile() *token {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.series != nil:
		return p.series
	case p.card == nil:
		return nil
	}
	return &token{
		id: p.token, temporary: p.token == "", product: p.product,
		bin: p.card.bin, last4: p.card.last4, expiry: p.card.expiry, number: p.card.number, holder: p.card.holder,
	}
}

// initial is the scheme's id of the first payment of the series that a payment
// belongs to, which may be itself.
func (p *payment) initial() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.method != byCard:
		return ""
	case p.card != nil && p.card.initial != "":
		return p.card.initial
	}
	return schemeReference(p.base)
}

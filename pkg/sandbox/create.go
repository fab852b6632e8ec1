package sandbox

import (
	"net/http"
	"strconv"
	"time"
)

func paymentEndpoints() []endpoint {
	const path = "/payments/{paymentId}"
	return []endpoint{
		{"createPayment", http.MethodPost, "/payments", true, (*call).createPayment},
		{"getPayment", http.MethodGet, path, false, (*call).getPayment},
		{"getPaymentDetails", http.MethodGet, path + "/details", false, (*call).getPaymentDetails},
		{"cancelPayment", http.MethodPost, path + "/cancel", true, (*call).cancel},
	}
}

// Authorisation modes.
const (
	modeFinal = "FINAL_AUTHORIZATION"
	modePre   = "PRE_AUTHORIZATION"
	modeSale  = "SALE"
)

// createPayment authorises, or captures at once when the mode is SALE.
func (c *call) createPayment() int {
	var req createRequest
	fail := c.decode(&req)
	if fail == nil {
		fail = req.check()
	}
	if fail == nil {
		fail = c.spend(&req)
	}
	if fail == nil {
		fail = c.debit(&req)
	}
	if fail != nil {
		return c.fail(fail)
	}
	p, sale := req.payment(c.now)
	p.ops[0].key, p.hook = c.key, c.s.hub.hookFor(req.Feedbacks)
	c.decide(p, &req, sale)
	p.begin(c.b)
	c.tokenize(p)
	p.mu.Lock()
	defer p.mu.Unlock()
	c.s.enter(p)
	if d := req.debited; d != nil && p.ops[0].code == codeRedirected && !c.s.mandates.await(d.reference, p) {
		c.collect(d.reference, p)
	}
	p.announceNew()
	st := p.state(p.ops, c.b)
	if p.decline != nil && c.b.RefusedPaymentStatus == http.StatusPaymentRequired {
		return c.declined(&st)
	}
	c.out = append(c.out, '{')
	c.out = st.appendCreation(c.out)
	if st.code == codeRedirected {
		c.out = c.appendRedirect(c.out, p, req.returnURL())
	}
	c.out = append(c.out, `,"payment":`...)
	c.out = st.appendCreated(c.out)
	c.out = append(c.out, '}')
	return http.StatusCreated
}

// enter stores a new payment under the next number that is free.
func (s *Sandbox) enter(p *payment) {
	for p.base = s.nextID(); !s.payments.add(p); p.base = s.nextID() {
		continue // taken by a seed
	}
}

func (s *Sandbox) nextID() uint64 { return s.nextPayment.Add(1) - 1 }

// payment makes the payment that a request asks for, and says whether it is to
// be captured at once.
func (r *createRequest) payment(now int64) (p *payment, sale bool) {
	p = &payment{
		amount: *r.Order.AmountOfMoney.Amount, currency: r.Order.AmountOfMoney.CurrencyCode, created: now,
		refs: operationRefs(r.Order.References, nil),
	}
	mode := modeFinal
	other := func(m *createMethod, by method) {
		p.method, p.product, mode = by, m.PaymentProductID, m.AuthorizationMode
		if mode == "" && !m.RequiresApproval {
			mode = modeSale
		}
	}
	switch {
	case r.Card != nil:
		p.product, mode = r.Card.PaymentProductID, r.Card.AuthorizationMode
		if n := r.Card.Card; n != nil {
			p.card = n.output()
		}
	case r.Mobile != nil:
		other(r.Mobile, byMobile)
	case r.Redirect != nil:
		other(r.Redirect, byRedirect)
	case r.Sepa != nil:
		other(r.Sepa, bySepa)
		if r.debited != nil {
			p.token = r.debited.reference
		}
	}
	if r.stored != nil {
		r.stored.lend(p)
	}
	if r.Card != nil && p.card != nil {
		series := r.Card.series()
		series.join(p.card)
	}
	if p.product == 0 {
		p.product = defaultProducts[p.method]
	}
	p.ops = []op{{
		kind: Authorization, code: codeAuthorized, first: codeAuthorized, of: -1, dueAt: never,
		amount: p.amount, requestedAt: now, changedAt: now, refs: p.refs, final: mode != modePre,
	}}
	return p, mode == modeSale
}

// decide gives entry _0 its outcome: authorised, captured, redirected or
// refused.
func (c *call) decide(p *payment, req *createRequest, sale bool) {
	zero := &p.ops[0]
	number, expiry, skip := req.card()
	switch {
	case number == cardDeclined:
		p.decline = declined("30041001", "REFUSED_BY_ISSUER")
	case sale && c.b.MagicAmounts && p.amount == amountSaleRefused:
		p.decline = declined("30511001", "INSUFFICIENT_FUNDS")
	case expiry != "" && expired(expiry, c.now):
		p.decline = declined("30331001", "EXPIRED_CARD")
	}
	if sale {
		zero.kind = Capture
		zero.final = true
	}
	switch {
	case p.decline != nil:
		zero.code = codeRejected
	case p.method == byRedirect || (req.debited != nil && req.debited.unsigned) || (cardsWithChallenge[number] && !skip):
		zero.code = codeRedirected
		if p.card != nil {
			p.card.challenged = true
		}
	case sale:
		zero.schedule(c.b, c.now)
		if c.b.SettleAfter == 0 && zero.target == codeCaptured && zero.dueAt != never {
			zero.code, zero.dueAt = codeCaptured, never // a sale is captured in its answer
		}
	}
	zero.first = zero.code
}

func (r *createRequest) card() (number, expiry string, skip bool) {
	if r.Card != nil {
		series := r.Card.series()
		skip = series.merchantInitiated() || r.Card.SkipAuthentication || (r.Card.ThreeDSecure != nil && r.Card.ThreeDSecure.SkipAuthentication)
	}
	switch {
	case r.stored != nil:
		return r.stored.number, r.stored.expiry, skip
	case r.Card != nil && r.Card.Card != nil:
		return r.Card.Card.CardNumber, r.Card.Card.ExpiryDate, skip
	}
	return "", "", false
}

// expired says whether a card was valid through a month (MMYY) before now.
func expired(expiry string, now int64) bool {
	month, _ := strconv.Atoi(expiry[:2])
	year, _ := strconv.Atoi(expiry[2:])
	return !time.Unix(0, now).Before(time.Date(2000+year, time.Month(month)+1, 1, 0, 0, 0, 0, time.UTC))
}

func declined(code, id string) *refusal {
	return &refusal{status: http.StatusPaymentRequired, id: id, code: code, old: "9999", category: ioError}
}

// begin posts what entry _0 moves. A payment without money posts nothing.
func (p *payment) begin(b *Behaviour) {
	zero := &p.ops[0]
	code := zero.code
	if zero.class() == classNone && code != codeCaptureRefused {
		return
	}
	p.authorize(zero.changedAt)
	if zero.kind != Capture {
		p.expireAfter(b)
		return
	}
	p.reserve(0)
	if zero.class() != classRequested {
		p.move(0, code, zero.changedAt)
	}
}

// appendCreated appends a new payment. One that waits for the customer has no
// output yet.
func (s *state) appendCreated(dst []byte) []byte {
	dst = append(dst, `{"id":"`...)
	dst = appendID(dst, s.base, 0)
	dst = append(dst, '"')
	dst = s.appendStatus(dst, infoOf(s.code).answerCategory(), 0)
	if s.code != codeRedirected {
		dst = append(dst, `,"paymentOutput":`...)
		dst = s.appendOutput(dst, false)
	}
	return append(dst, '}')
}

func (c *call) appendRedirect(dst []byte, p *payment, returnURL string) []byte {
	id := formatID(p.base, 0)
	mac := c.s.errorID("RETURNMAC " + id)[:36]
	page := c.s.openPage(pageRef{redirectKind, id, mac, returnURL})
	to, _ := c.pageURL(redirectPath + "?id=" + page)
	dst = append(dst, `,"merchantAction":{"actionType":"REDIRECT","redirectData":{"RETURNMAC":"`...)
	dst = append(dst, mac...)
	dst = append(dst, `","redirectURL":`...)
	dst = appendString(dst, to)
	return append(dst, `}}`...)
}

// declined answers with the payment that was refused.
func (c *call) declined(st *state) int {
	c.out = append(c.out, '{')
	c.out = st.decline.appendErrors(c.out, c.s.errorID(c.r.URL.Path))
	c.out = append(c.out, `,"paymentResult":{`...)
	c.out = st.appendCreation(c.out)
	c.out = append(c.out, `,"payment":`...)
	c.out = st.appendCreated(c.out)
	c.out = append(c.out, '}', '}')
	return http.StatusPaymentRequired
}

package sandbox

import (
	"net/http"
	"regexp"
	"strconv"
)

const (
	defaultTimeout  = 180 // minutes
	defaultAttempts = 10
)

func checkoutEndpoints() []endpoint {
	return []endpoint{
		{"createHostedCheckout", http.MethodPost, "/hostedcheckouts", false, (*call).createCheckout},
		{"getHostedCheckout", http.MethodGet, "/hostedcheckouts/{hostedCheckoutId}", false, (*call).getCheckout},
	}
}

type checkoutRequest struct {
	Order    *wireOrder     `json:"order"`
	Card     *createMethod  `json:"cardPaymentMethodSpecificInput"`
	Mobile   *createMethod  `json:"mobilePaymentMethodSpecificInput"`
	Redirect *createMethod  `json:"redirectPaymentMethodSpecificInput"`
	Sepa     *createMethod  `json:"sepaDirectDebitPaymentMethodSpecificInput"`
	Hosted   hostedCheckout `json:"hostedCheckoutSpecificInput"`

	Feedbacks *wireFeedbacks `json:"feedbacks"`
}

type hostedCheckout struct {
	Locale    string `json:"locale"`
	ReturnURL string `json:"returnUrl"`
	Timeout   *int   `json:"sessionTimeout"`
	Attempts  *int   `json:"allowedNumberOfPaymentAttempts"`
	Tokens    string `json:"tokens"`
	NewSeries bool   `json:"isNewUnscheduledCardOnFileSeries"`
}

var (
	localeText    = regexp.MustCompile(`^[a-z]{2}(_[A-Z]{2})?$`)
	returnURLText = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*://[^\s[:cntrl:]]+$`)
)

func (r *checkoutRequest) check() *refusal {
	const prefix = "hostedCheckoutSpecificInput."
	h := &r.Hosted
	fail := first(r.Order.check(), checkLocale(prefix+"locale", h.Locale))
	switch {
	case fail != nil:
		return fail
	case h.ReturnURL != "" && !returnURLText.MatchString(h.ReturnURL):
		return invalidValue(prefix + "returnUrl")
	}
	return nil
}

func checkLocale(property, locale string) *refusal {
	if locale != "" && !localeText.MatchString(locale) {
		return invalidValue(property)
	}
	return nil
}

type createdCheckout struct {
	ReturnMAC          string   `json:"RETURNMAC"`
	HostedCheckoutID   string   `json:"hostedCheckoutId"`
	InvalidTokens      []string `json:"invalidTokens"`
	MerchantReference  string   `json:"merchantReference,omitempty"`
	PartialRedirectURL string   `json:"partialRedirectUrl"`
	RedirectURL        string   `json:"redirectUrl"`
}

// createCheckout opens a session on the hosted page. Its number is that of the
// payment to come.
func (c *call) createCheckout() int {
	var req checkoutRequest
	fail := c.decode(&req)
	if fail == nil {
		fail = req.check()
	}
	if fail != nil {
		return c.fail(fail)
	}
	base := c.s.freeID()
	id := strconv.FormatUint(base, 10)
	co := newCheckout(&req, base, c.now)
	co.mac, co.hook = c.s.uuid("RETURNMAC "+id), c.s.hub.hookFor(req.Feedbacks)
	_, invalid, expired := c.s.tokens.sort(req.Hosted.Tokens, c.now)
	c.s.checkouts.put(id, co)
	full, part := c.pageURL(checkoutPath + c.s.openPage(pageRef{kind: checkoutKind, id: id}))
	answer := createdCheckout{
		ReturnMAC: co.mac, HostedCheckoutID: id, InvalidTokens: append(invalid, expired...),
		PartialRedirectURL: part, RedirectURL: full,
	}
	if refs := req.Order.References; refs != nil {
		answer.MerchantReference = refs.MerchantReference
	}
	return c.answer(http.StatusOK, answer)
}

// freeID returns a number that no payment has yet.
func (s *Sandbox) freeID() uint64 {
	id := s.nextID()
	for s.payments.get(id) != nil {
		id = s.nextID()
	}
	return id
}

// getCheckout says how far the consumer has come.
func (c *call) getCheckout() int {
	co, ok := c.s.checkouts.get(c.r.PathValue("hostedCheckoutId"))
	if !ok {
		return c.fail(unknownCheckout())
	}
	co.mu.Lock()
	status, p := co.at(c.now - int64(c.age))
	co.mu.Unlock()
	if status == expiredCheckout {
		switch c.b.ExpiredCheckout {
		case ExpiredUnknown:
			return c.fail(unknownCheckout())
		case ExpiredOpen:
			status = InProgressCheckout
		default:
			status = CancelledCheckout
		}
	}
	c.out = append(c.out, `{"status":"`...)
	c.out = append(c.out, status...)
	c.out = append(c.out, `","createdPaymentOutput":{`...)
	if p == nil {
		c.out = append(c.out, `"paymentStatusCategory":"STATUS_UNKNOWN"}}`...)
		return http.StatusOK
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	st := p.seen(c)
	c.out = append(c.out, `"paymentStatusCategory":"`...)
	c.out = append(c.out, st.checkoutCategory()...)
	c.out = append(c.out, `","payment":`...)
	c.out = st.appendPayment(c.out, true)
	c.out = append(c.out, '}', '}', '}')
	return http.StatusOK
}

func unknownCheckout() *refusal {
	return unknownThing("UNKNOWN_HOSTED_CHECKOUT_ID", "hostedCheckoutId")
}

// checkoutCategory says how the payment of a checkout went. What happens to it
// afterwards, such as a refund, does not change that.
func (s *state) checkoutCategory() string {
	zero := &s.ops[0]
	switch {
	case zero.class() == classNone && infoOf(zero.code).category == unsuccessful:
		return "REJECTED"
	case zero.class() == classNone || uncertain(zero.code):
		return "STATUS_UNKNOWN"
	}
	return "SUCCESSFUL"
}

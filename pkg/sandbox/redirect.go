package sandbox

import (
	"fmt"
	"net/http"
)

// A wireRedirection says where a consumer goes after the bank's page.
type wireRedirection struct {
	ReturnURL string `json:"returnUrl"`
}

// returnURL is where the consumer of a redirected payment is sent in the end.
func (r *createRequest) returnURL() string {
	for _, to := range []*wireRedirection{r.Card.redirection(), r.Redirect.redirection()} {
		if to != nil {
			return to.ReturnURL
		}
	}
	if r.Card != nil {
		return r.Card.ReturnURL
	}
	return ""
}

func (c *createCard) redirection() *wireRedirection {
	if c == nil || c.ThreeDSecure == nil {
		return nil
	}
	return c.ThreeDSecure.Redirection
}

func (m *createMethod) redirection() *wireRedirection {
	if m == nil {
		return nil
	}
	return m.Redirection
}

// PassRedirect does what a consumer does on the page that a payment with the
// status 46 redirects to: pass the challenge, or fail it, which rejects the
// payment. It returns where the consumer is sent next, with RETURNMAC and
// paymentId, or nothing when createPayment was given no return URL. It fails
// when the payment is unknown or waits for no consumer. A redirect does not
// expire; the facts are silent about it.
func (s *Sandbox) PassRedirect(paymentID string, ok bool) (returnURL string, err error) {
	base, n, valid := parseID(paymentID)
	p := s.payments.get(base)
	if !valid || n != 0 || p == nil {
		return "", fmt.Errorf("pass redirect: no payment %q", paymentID)
	}
	c := s.outside()
	defer c.leave()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.current(c)
	done := false
	if ok {
		done = c.complete(p)
	} else {
		done = c.fails(p)
	}
	if !done {
		return "", fmt.Errorf("pass redirect %s: %w", formatID(base, 0), errNotPossible)
	}
	return s.redirectReturn(base), nil
}

// fails rejects a redirected payment whose customer did not pass. Nothing was
// reserved, so nothing is released.
func (c *call) fails(p *payment) bool {
	zero := &p.ops[0]
	if zero.code != codeRedirected {
		return false
	}
	zero.code, zero.changedAt = codeRejected, c.now
	p.decline = declined("30041001", "REFUSED_BY_ISSUER")
	if p.method == byCard {
		p.decline = declined("40001134", "AUTHENTICATION_FAILED")
	}
	p.announce(0)
	return true
}

// redirectReturn is where the consumer of a redirected payment is sent.
func (s *Sandbox) redirectReturn(base uint64) string {
	id := formatID(base, 0)
	ref, _ := s.pages.refs.get(s.pageID(redirectKind, id))
	return returnTo(ref.returnURL, "RETURNMAC="+ref.mac+"&paymentId="+id)
}

// redirectPage stands for the page of a bank or a wallet.
func (s *Sandbox) redirectPage(r *http.Request) page {
	ref, ok := s.pageRef(r.URL.Query().Get("id"), redirectKind)
	if !ok {
		return noSuchPage()
	}
	if r.Method != http.MethodPost {
		return s.showRedirect(ref)
	}
	form, refused := s.submitted(r)
	if refused != nil {
		return *refused
	}
	base, _, _ := parseID(ref.id)
	var err error
	title, lead := "Confirmed", "The payment was confirmed."
	switch form.Get("do") {
	case "confirm":
		_, err = s.PassRedirect(ref.id, true)
	case "fail":
		title, lead = "Failed", "The payment was rejected. Nothing was charged."
		_, err = s.PassRedirect(ref.id, false)
	case "abandon":
		title, lead = "Abandoned", "The payment still waits for a confirmation."
	default:
		return unreadable()
	}
	if err != nil { // it was over before
		return s.showRedirect(ref)
	}
	return leave(s.redirectReturn(base), over(http.StatusOK, title, lead, ""))
}

func (s *Sandbox) showRedirect(ref pageRef) page {
	base, _, _ := parseID(ref.id)
	p := s.payments.get(base)
	p.mu.Lock()
	defer p.mu.Unlock()
	back := s.redirectReturn(base)
	switch p.ops[0].code {
	case codeRedirected:
	case codeRejected:
		return over(http.StatusGone, "Failed", "The payment was rejected. Nothing was charged.", back)
	default:
		return over(http.StatusGone, "Confirmed", "The payment was confirmed before.", back)
	}
	h := hosted{
		Title: "Confirm your payment", Lead: "This page stands for that of your bank.", Amount: money(p.amount, p.currency),
		Facts:   []fact{{"Merchant", s.merchantID}, {"Payment", ref.id}},
		Buttons: []button{{"confirm", "Confirm", true}, {"fail", "Fail", false}, {"abandon", "Abandon", false}},
	}
	if p.refs != nil && p.refs.merchant != "" {
		h.Facts = append(h.Facts, fact{"Reference", p.refs.merchant})
	}
	shown := hostedPage(http.StatusOK, h)
	shown.returnURL = ref.returnURL
	return shown
}

func (s *Sandbox) controlRedirect(r *http.Request) (any, error) {
	var req struct {
		Payment string `json:"payment"`
		OK      bool   `json:"ok"`
	}
	if err := readControl(r, &req); err != nil {
		return nil, err
	}
	to, err := s.PassRedirect(req.Payment, req.OK)
	return map[string]string{"returnUrl": to}, err
}

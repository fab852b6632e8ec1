package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// A Card is what a consumer enters on a hosted page.
type Card struct {
	Number string `json:"cardNumber"`
	CVV    string `json:"cvv,omitempty"`
	Expiry string `json:"expiryDate"` // MMYY
	Holder string `json:"cardholderName,omitempty"`
}

func (c *Card) wire() *wireCard { return &wireCard{c.Number, c.CVV, c.Expiry, c.Holder} }

func (c *Card) check() error {
	if fail := c.wire().check(""); fail != nil {
		return fmt.Errorf("the %s of the card is not valid", fail.property)
	}
	return nil
}

// outside is a call that does not come through the API. It has entered the gate
// and has to leave it.
func (s *Sandbox) outside() *call {
	c := &call{s: s, b: s.behaviour.Load(), now: s.present()}
	c.enter()
	return c
}

// present is the time of the sandbox, with all batches run that are due.
func (s *Sandbox) present() int64 {
	now := s.clock.now().UnixNano()
	s.catchUp(now)
	return now
}

// uuid makes an identifier that a replayed run repeats.
func (s *Sandbox) uuid(what string) string { return s.errorID(what)[:36] }

// returnTo adds parameters to a return URL, in front of its fragment.
func returnTo(to, parameters string) string {
	if to == "" {
		return ""
	}
	to, fragment, cut := strings.Cut(to, "#")
	mark := "?"
	if strings.Contains(to, "?") {
		mark = "&"
	}
	to += mark + parameters
	if cut {
		to += "#" + fragment
	}
	return to
}

func (s *Sandbox) controlCheckout(r *http.Request) (any, error) {
	var req struct {
		Checkout string `json:"checkout"`
		Card     *Card  `json:"card"`
		Cancel   bool   `json:"cancel"`
	}
	if err := readControl(r, &req); err != nil {
		return nil, err
	}
	switch {
	case req.Cancel && req.Card == nil:
		return s.CancelCheckout(req.Checkout)
	case !req.Cancel && req.Card != nil:
		return s.PayCheckout(req.Checkout, *req.Card)
	}
	return nil, errors.New("checkout: either card or cancel is required")
}

func (s *Sandbox) controlTokenization(r *http.Request) (any, error) {
	var req struct {
		Tokenization string `json:"tokenization"`
		Card         *Card  `json:"card"`
		Permanent    bool   `json:"permanent"`
		Token        string `json:"token"`
	}
	if err := readControl(r, &req); err != nil {
		return nil, err
	}
	var err error
	switch {
	case req.Card != nil && req.Token == "":
		req.Token, err = s.EnterCard(req.Tokenization, *req.Card, req.Permanent)
	case req.Card == nil && req.Token != "" && !req.Permanent:
		err = s.PickToken(req.Tokenization, req.Token)
	default:
		err = errors.New("tokenization: either card or token is required, and permanent belongs to card")
	}
	return map[string]string{"token": req.Token}, err
}

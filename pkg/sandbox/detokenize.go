package sandbox

import (
	"net/http"
	"net/url"
	"time"
)

func detokenizeEndpoints() []endpoint {
	return []endpoint{
		{"createCertificate", http.MethodPost, "/detokenize/csr", false, (*call).createCertificate},
		{"getCardDataByTokens", http.MethodGet, "/detokenize/tokens", false, (*call).cardsByTokens},
		{"getCardDataByPayments", http.MethodGet, "/detokenize/payments", false, (*call).cardsByPayments},
	}
}

// createCertificate signs the key of a request. The newest certificate is the
// one that card data is encrypted for.
func (c *call) createCertificate() int {
	var req struct {
		CSR string `json:"csr"`
	}
	fail := c.decode(&req)
	if fail == nil && req.CSR == "" {
		fail = missingValue("csr")
	}
	if fail != nil {
		return c.fail(fail)
	}
	csr, err := parseRequest(req.CSR)
	if err != nil {
		return c.fail(invalidValue("csr"))
	}
	id := c.s.uuid("certificate")
	signed, err := c.s.authority.issue(c.s.seed, id, csr, time.Unix(0, c.now))
	if err != nil {
		return c.fail(invalidValue("csr"))
	}
	return c.answer(http.StatusCreated, struct {
		ID     string `json:"certificateId"`
		Signed string `json:"signedCertificate"`
	}{id, string(signed)})
}

// maxDetokenized is how many cards one call gives.
const maxDetokenized = 10

type detokenized struct {
	Brand     string `json:"cardBrand,omitempty"`
	Expiry    string `json:"cardExpiryDate"`
	Holder    string `json:"cardHolderName,omitempty"`
	Encrypted string `json:"encryptedCardNumber"`
	Payment   string `json:"paymentId,omitempty"`
	Scheme    string `json:"schemeReferenceData,omitempty"`
	Token     string `json:"token,omitempty"`

	number string
}

// cardsByTokens gives the cards behind tokens. One of them that is unknown
// fails the call. A temporary token is not used up.
func (c *call) cardsByTokens() int {
	return c.detokenize("tokens", func(id string) (detokenized, *refusal) {
		t, ok := c.s.tokens.get(id, c.now)
		if !ok {
			return detokenized{}, unknownThing("UNKNOWN_TOKEN_ID", "tokens")
		}
		return detokenized{Brand: labelOf(t.product), Expiry: t.expiry, Holder: t.holder, Token: t.id, number: t.number}, nil
	})
}

// cardsByPayments gives the cards that payments were made with. A payment
// without a card is an invalid value.
func (c *call) cardsByPayments() int {
	return c.detokenize("payments", func(id string) (detokenized, *refusal) {
		base, n, ok := parseID(id)
		p := c.s.payments.get(base)
		if !ok || n != 0 || p == nil {
			fail := unknownPayment()
			fail.property = "payments"
			return detokenized{}, fail
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.method != byCard {
			return detokenized{}, invalidValue("payments")
		}
		card := p.card
		if card == nil {
			card = exampleCard
		}
		d := detokenized{
			Brand: labelOf(p.product), Expiry: card.expiry, Holder: card.holder, Payment: formatID(p.base, 0),
			Token: p.token, number: card.number,
		}
		if p.ops[0].class() != classNone {
			d.Scheme = schemeReference(p.base)
		}
		return d, nil
	})
}

// detokenize answers with the card data behind the ids in a parameter that is
// repeated. Each number is encrypted for the newest certificate; in which form
// the platform does that is not known, nor what it says without a certificate:
// here that is a lack of rights (403).
func (c *call) detokenize(parameter string, card func(id string) (detokenized, *refusal)) int {
	values, err := url.ParseQuery(c.r.URL.RawQuery)
	ids := values[parameter]
	switch {
	case err != nil:
		return c.fail(malformed())
	case len(ids) == 0:
		return c.fail(missingValue(parameter))
	case len(ids) > maxDetokenized:
		return c.fail(invalidValue(parameter))
	}
	holder, ok := c.s.authority.current(c.now)
	if !ok {
		return c.fail(&refusal{status: http.StatusForbidden, id: "NO_VALID_CERTIFICATE", code: "50001403"})
	}
	answer := struct {
		Tokens []detokenized `json:"tokens"`
	}{make([]detokenized, 0, len(ids))}
	for _, id := range ids {
		d, fail := card(id)
		if fail != nil {
			return c.fail(fail)
		}
		if d.Encrypted, err = holder.seal(d.number); err != nil {
			return c.fail(platformError(http.StatusBadGateway))
		}
		answer.Tokens = append(answer.Tokens, d)
	}
	return c.answer(http.StatusCreated, answer)
}

// labelOf returns the name of a product, or "" when the sandbox offers no such
// one.
func labelOf(product int32) string {
	for _, p := range allProducts {
		if p.id == product {
			return p.label
		}
	}
	return ""
}

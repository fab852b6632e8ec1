package sandbox

import (
	"net/http"
	"strings"
)

func tokenEndpoints() []endpoint {
	const path = "/tokens/{tokenId}"
	return []endpoint{
		{"createToken", http.MethodPost, "/tokens", false, (*call).createToken},
		{"getToken", http.MethodGet, path, false, (*call).getToken},
		{"deleteToken", http.MethodDelete, path, false, (*call).deleteToken},
	}
}

type tokenRequest struct {
	PaymentProductID int32  `json:"paymentProductId"`
	EncryptedInput   string `json:"encryptedCustomerInput"`
	Card             *struct {
		Data *struct {
			Card *Card `json:"card"`
		} `json:"data"`
	} `json:"card"`
}

func (r *tokenRequest) check() *refusal {
	switch {
	case r.EncryptedInput != "":
		return nil
	case r.Card == nil:
		return missingValue("card")
	case r.Card.Data == nil || r.Card.Data.Card == nil:
		return missingValue("card.data.card")
	}
	return r.Card.Data.Card.wire().check("card.data.card.")
}

type (
	shownCard struct {
		CardNumber     string `json:"cardNumber"`
		ExpiryDate     string `json:"expiryDate"`
		CardholderName string `json:"cardholderName,omitempty"`
	}
	createdToken struct {
		Token       string    `json:"token"`
		IsNewToken  bool      `json:"isNewToken"`
		TokenStatus string    `json:"tokenStatus"`
		Card        shownCard `json:"card"`
	}
	shownToken struct {
		ID               string         `json:"id"`
		IsTemporary      bool           `json:"isTemporary"`
		PaymentProductID int32          `json:"paymentProductId"`
		Card             shownTokenCard `json:"card"`
	}
	shownTokenCard struct {
		Alias string `json:"alias"`
		Data  struct {
			Card shownCard `json:"cardWithoutCvv"`
		} `json:"data"`
	}
)

const maskedDigits = 12

func (t *token) masked() string { return strings.Repeat("*", maskedDigits) + t.last4 }

func (t *token) shownCard() shownCard { return shownCard{t.masked(), t.expiry, t.holder} }

func (t *token) shown() shownToken {
	s := shownToken{ID: t.id, IsTemporary: t.temporary, PaymentProductID: t.product}
	s.Card.Alias = t.masked()
	s.Card.Data.Card = t.shownCard()
	return s
}

// createToken keeps a card for good. One that is kept already answers 200.
func (c *call) createToken() int {
	var req tokenRequest
	fail := c.decode(&req)
	if fail == nil {
		fail = req.check()
	}
	if fail != nil {
		return c.fail(fail)
	}
	card := encryptedCard()
	if req.EncryptedInput == "" {
		card = *req.Card.Data.Card
	} else if fail = c.readable("encryptedCustomerInput"); fail != nil {
		return c.fail(fail)
	}
	t, became := c.s.tokens.keep(c.s.newToken(card, req.PaymentProductID))
	status := http.StatusOK
	if became == tokenCreated {
		status = http.StatusCreated
	}
	return c.answer(status, createdToken{t.id, became == tokenCreated, became, t.shownCard()})
}

func unknownToken() *refusal { return unknownThing("UNKNOWN_TOKEN_ID", "tokenId") }

func (c *call) getToken() int {
	t, ok := c.s.tokens.get(c.r.PathValue("tokenId"), c.now)
	if !ok {
		return c.fail(unknownToken())
	}
	return c.answer(http.StatusOK, t.shown())
}

func (c *call) deleteToken() int {
	if !c.s.tokens.remove(c.r.PathValue("tokenId"), c.now) {
		return c.fail(unknownToken())
	}
	return http.StatusNoContent
}

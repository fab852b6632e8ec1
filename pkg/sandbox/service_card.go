package sandbox

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// A cardSource names a card in one of four ways.
type cardSource struct {
	Card *struct {
		CardNumber       string `json:"cardNumber"`
		PaymentProductID int32  `json:"paymentProductId"`
	} `json:"card"`
	EncryptedInput       string `json:"encryptedCustomerInput"`
	HostedTokenizationID string `json:"hostedTokenizationId"`
	Token                string `json:"token"`
}

// sourceProduct returns the product of the card that a source names, which
// stays usable.
func (c *call) sourceProduct(s *cardSource) (product int32, fail *refusal) {
	const prefix = "cardSource."
	switch {
	case s == nil:
		return 0, missingValue("cardSource")
	case s.Card != nil:
		if !cardNumberText.MatchString(s.Card.CardNumber) {
			return 0, invalidValue(prefix + "card.cardNumber")
		}
		if product = s.Card.PaymentProductID; product == 0 {
			product = productOfCard(s.Card.CardNumber)
		}
		return product, nil
	case s.Token != "":
		t, ok := c.s.tokens.get(s.Token, c.now)
		if !ok {
			fail = invalidValue(prefix + "token")
		}
		return t.product, fail
	case s.HostedTokenizationID != "":
		if ts, ok := c.s.sessions.get(s.HostedTokenizationID); ok {
			ts.mu.Lock()
			id := ts.token
			ts.mu.Unlock()
			if t, ok := c.s.tokens.get(id, c.now); ok {
				return t.product, nil
			}
		}
		return 0, invalidValue(prefix + "hostedTokenizationId")
	case s.EncryptedInput != "":
		return productOfCard(cardFrictionless), c.readable(prefix + "encryptedCustomerInput")
	}
	return 0, missingValue(prefix + "card")
}

type moneyValue struct {
	Amount       int64  `json:"amount"`
	CurrencyCode string `json:"currencyCode"`
}

// surcharge finds that no product has a surcharge.
func (c *call) surcharge() int {
	var req struct {
		AmountOfMoney *wireMoney  `json:"amountOfMoney"`
		CardSource    *cardSource `json:"cardSource"`
	}
	fail := c.decode(&req)
	if fail == nil {
		fail = req.AmountOfMoney.checkAny("amountOfMoney")
	}
	var product int32
	if fail == nil {
		product, fail = c.sourceProduct(req.CardSource)
	}
	if fail != nil {
		return c.fail(fail)
	}
	type surcharge struct {
		Product   int32      `json:"paymentProductId"`
		Result    string     `json:"result"`
		Net       moneyValue `json:"netAmount"`
		Surcharge moneyValue `json:"surchargeAmount"`
		Total     moneyValue `json:"totalAmount"`
	}
	amount, currency := *req.AmountOfMoney.Amount, req.AmountOfMoney.CurrencyCode
	return c.answer(http.StatusOK, map[string][]surcharge{"surcharges": {{
		product, "NO_SURCHARGE", moneyValue{amount, currency}, moneyValue{0, currency}, moneyValue{amount, currency},
	}}})
}

// The only pair of currencies with a rate: a euro is 1.25 dollars, mark-up
// included.
const (
	euro   = "EUR"
	dollar = "USD"
)

type (
	dccAnswer struct {
		Session  string `json:"dccSessionId,omitempty"`
		Result   result `json:"result"`
		Proposal *dcc   `json:"proposal,omitempty"`
	}
	result struct {
		Result string `json:"result"`
	}
	dcc struct {
		Base    moneyValue `json:"baseAmount"`
		Target  moneyValue `json:"targetAmount"`
		Rate    dccQuote   `json:"rate"`
		Display string     `json:"disclaimerDisplay"`
		Receipt string     `json:"disclaimerReceipt"`
	}
	dccQuote struct {
		Rate     json.Number `json:"exchangeRate"`
		Inverted json.Number `json:"invertedExchangeRate"`
		MarkUp   json.Number `json:"markUpRate"`
		Time     string      `json:"quotationDateTime"`
		Source   string      `json:"source"`
	}
)

// dccRate offers to pay euros in dollars and the other way round.
func (c *call) dccRate() int {
	var req struct {
		CardSource  *cardSource `json:"cardSource"`
		Transaction *struct {
			Amount *wireMoney `json:"amount"`
		} `json:"transaction"`
	}
	fail := c.decode(&req)
	if fail == nil && req.Transaction == nil {
		fail = missingValue("transaction")
	}
	if fail == nil {
		fail = req.Transaction.Amount.checkAny("transaction.amount")
	}
	if fail == nil {
		_, fail = c.sourceProduct(req.CardSource)
	}
	if fail != nil {
		return c.fail(fail)
	}
	offer := propose(*req.Transaction.Amount.Amount, req.Transaction.Amount.CurrencyCode)
	if offer == nil {
		return c.answer(http.StatusOK, dccAnswer{Result: result{"NoRate"}})
	}
	offer.Rate.Time = time.Unix(0, c.now).UTC().Format("2006-01-02T15:04:05Z")
	return c.answer(http.StatusOK, dccAnswer{c.s.uuid("dcc"), result{"Allowed"}, offer})
}

// propose converts an amount, rounded to the nearest cent, or returns nil where
// there is no rate or the result is too large or nothing.
func propose(amount int64, currency string) *dcc {
	p := dcc{Base: moneyValue{amount, currency}}
	switch currency {
	case euro:
		p.Target = moneyValue{(amount*5 + 2) / 4, dollar}
		p.Rate.Rate, p.Rate.Inverted = "1.25", "0.8"
	case dollar:
		p.Target = moneyValue{(amount*4 + 2) / 5, euro}
		p.Rate.Rate, p.Rate.Inverted = "0.8", "1.25"
	}
	if !validAmount(p.Target.Amount) {
		return nil
	}
	p.Rate.MarkUp, p.Rate.Source = "3", "sandbox"
	p.Display = "Pay " + strconv.FormatInt(p.Target.Amount, 10) + " cents in " + p.Target.CurrencyCode + " at the rate " +
		string(p.Rate.Rate) + ", which includes a mark-up of 3%."
	p.Receipt = p.Display
	return &p
}

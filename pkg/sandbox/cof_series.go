package sandbox

import (
	"net/http"
)

func seriesEndpoints() []endpoint {
	return []endpoint{
		{"importCofSeries", http.MethodPost, "/tokens/importCofSeries", false, (*call).importSeries},
	}
}

type seriesRequest struct {
	Card                *Card  `json:"card"`
	CurrencyCode        string `json:"currencyCode"`
	PaymentProductID    int32  `json:"paymentProductId"`
	SchemeReferenceData string `json:"schemeReferenceData"`
	TokenID             string `json:"tokenId"`
}

func (r *seriesRequest) check() *refusal {
	switch {
	case r.CurrencyCode != "" && !currencyText.MatchString(r.CurrencyCode):
		return invalidValue("currencyCode")
	case r.Card == nil && r.TokenID == "":
		return missingValue("card")
	case r.Card == nil:
		return nil
	}
	return r.Card.wire().check("card.")
}

// importSeries takes over a card whose holder has agreed elsewhere that the
// merchant charges it. The series is a payment that subsequent payments can
// name. How the platform shows it is not known; here it is a payment of 0, in
// EUR unless the request says otherwise, which stays CREATED, moves no money
// and cannot be captured, cancelled or refunded. A card goes before a token.
func (c *call) importSeries() int {
	var req seriesRequest
	fail := c.decode(&req)
	if fail == nil {
		fail = req.check()
	}
	if fail != nil {
		return c.fail(fail)
	}
	var t token
	if req.Card != nil {
		t = c.s.newToken(*req.Card, req.PaymentProductID)
		t.id, t.temporary = "", true // nothing is stored under it
	} else {
		var ok bool
		if t, ok = c.s.tokens.take(req.TokenID, c.now); !ok {
			return c.fail(invalidValue("tokenId"))
		}
	}
	p := &payment{created: c.now, currency: "EUR", product: req.PaymentProductID, series: &t}
	if req.CurrencyCode != "" {
		p.currency = req.CurrencyCode
	}
	t.lend(p)
	p.card.initial = req.SchemeReferenceData
	p.ops = []op{{code: codeCreated, first: codeCreated, of: -1, dueAt: never, requestedAt: c.now, changedAt: c.now}}
	c.s.enter(p)
	return c.answer(http.StatusCreated, importedSeries{formatID(p.base, 0)})
}

type importedSeries struct {
	PaymentID string `json:"paymentId"`
}

package sandbox

import "net/http"

func serviceEndpoints() []endpoint {
	return []endpoint{
		{"testConnection", http.MethodGet, "/services/testconnection", false, (*call).testConnection},
		{"getIinDetails", http.MethodPost, "/services/getIINdetails", false, (*call).iinDetails},
		{"getDccRateInquiry", http.MethodPost, "/services/dccrate", false, (*call).dccRate},
		{"surchargeCalculation", http.MethodPost, "/services/surchargecalculation", false, (*call).surcharge},
	}
}

func (c *call) testConnection() int {
	c.out = append(c.out, `{"result":"OK"}`...)
	return http.StatusOK
}

// iinDetails tells the product of a card by its first digits.
func (c *call) iinDetails() int {
	var req struct {
		Bin     string `json:"bin"`
		Context *struct {
			AmountOfMoney *wireMoney `json:"amountOfMoney"`
			CountryCode   string     `json:"countryCode"`
		} `json:"paymentContext"`
	}
	fail := c.decode(&req)
	switch {
	case fail != nil:
	case req.Context != nil && req.Context.AmountOfMoney != nil:
		fail = req.Context.AmountOfMoney.checkAny("paymentContext.amountOfMoney")
	}
	if fail == nil && req.Context != nil && req.Context.CountryCode != "" && !countryText.MatchString(req.Context.CountryCode) {
		fail = invalidValue("paymentContext.countryCode")
	}
	product := productOfCard(req.Bin)
	if fail == nil && product == 0 {
		fail = unknownThing("UNKNOWN_BIN", "bin")
	}
	if fail != nil {
		return c.fail(fail)
	}
	type detail struct {
		Product   int32    `json:"paymentProductId"`
		Allowed   bool     `json:"isAllowedInContext"`
		Country   string   `json:"countryCode,omitempty"`
		CoBrands  []detail `json:"coBrands,omitempty"`
		CardType  string   `json:"cardType"`
		PanLength int      `json:"panLengthMax"`
	}
	a := detail{Product: product, Allowed: true, CardType: "Credit", PanLength: 19}
	a.CoBrands = []detail{a}
	a.Country = "BE"
	return c.answer(http.StatusOK, a)
}

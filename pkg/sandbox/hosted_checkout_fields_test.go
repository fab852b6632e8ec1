package sandbox_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHostedCheckoutChecksItsFields(t *testing.T) {
	t.Parallel()
	const hosted = "hostedCheckoutSpecificInput."
	order := `"order":{"amountOfMoney":{"amount":1,"currencyCode":"EUR"}}`
	with := func(field string) string { return `{` + order + `,"hostedCheckoutSpecificInput":{` + field + `}}` }
	for body, property := range map[string]string{
		"":             "order",
		`{"order":{}}`: "order.amountOfMoney",
		`{"order":{"amountOfMoney":{"currencyCode":"EUR"}}}`:                                                              "order.amountOfMoney.amount",
		`{"order":{"amountOfMoney":{"amount":1}}}`:                                                                        "order.amountOfMoney.currencyCode",
		`{"order":{"amountOfMoney":{"amount":0,"currencyCode":"EUR"}}}`:                                                   "order.amountOfMoney.amount",
		`{"order":{"amountOfMoney":{"amount":-5,"currencyCode":"EUR"}}}`:                                                  "order.amountOfMoney.amount",
		`{"order":{"amountOfMoney":{"amount":1e12,"currencyCode":"EUR"}}}`:                                                "order.amountOfMoney.amount",
		strings.Replace(with(""), `"EUR"}`, `"EUR"},"references":{"merchantReference":"`+strings.Repeat("x", 41)+`"}`, 1): "order.references.merchantReference",
		with(`"locale":"xx_XX_XX"`):                                                                                       hosted + "locale",
		with(`"locale":"german"`):                                                                                         hosted + "locale",
		with(`"locale":5`):                                                                                                hosted + "locale",
		with(`"returnUrl":"shop.example/back"`):                                                                           hosted + "returnUrl",
		with(`"returnUrl":"https://` + strings.Repeat("x", 193) + `"`):                                                    hosted + "returnUrl",
		with(`"sessionTimeout":0`):                                                                                        hosted + "sessionTimeout",
		with(`"sessionTimeout":1441`):                                                                                     hosted + "sessionTimeout",
		with(`"sessionTimeout":"1"`):                                                                                      hosted + "sessionTimeout",
		with(`"allowedNumberOfPaymentAttempts":0`):                                                                        hosted + "allowedNumberOfPaymentAttempts",
		with(`"allowedNumberOfPaymentAttempts":11`):                                                                       hosted + "allowedNumberOfPaymentAttempts",
		`{` + order + `,"cardPaymentMethodSpecificInput":{"authorizationMode":"NOW"}}`:                                    "cardPaymentMethodSpecificInput.authorizationMode",
	} {
		a := start(t).post(t, "/hostedcheckouts", body)
		require.Equal(t, 400, a.status, body)
		require.Equal(t, property, a.text("errors.0.propertyName"), body)
	}
	require.Equal(t, 200, start(t).post(t, "/hostedcheckouts", with(`"returnUrl":"https://`+strings.Repeat("x", 192)+`","sessionTimeout":1440`)).status)
}

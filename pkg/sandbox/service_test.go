package sandbox_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
	"github.com/payreconcile/payreconcile/pkg/sandbox/sandboxtest"
)

func TestIINDetails(t *testing.T) {
	t.Parallel()
	c := start(t)
	for bin, product := range map[string]any{
		"433026": 1, goodNumber: 1, "513700": 3, "222100": 3, "272099": 3, "371449": 2, "601100": 128, "352800": 125,
		"360000": 132, "500000": 117, "630400": 117, "272100": nil, "100000": nil, "999999": nil,
	} {
		a := c.post(t, "/services/getIINdetails", `{"bin":"`+bin+`"}`)
		require.Equal(t, product, a.at("paymentProductId"), bin)
		require.Equal(t, product == nil, a.status == 404, bin)
	}
	for body, property := range map[string]string{
		"": "bin", `{"bin":"12345"}`: "bin", `{"bin":"` + strings.Repeat("4", 20) + `"}`: "bin", `{"bin":"43302x"}`: "bin", `{"bin":433026}`: "bin",
		`{"bin":"433026","paymentContext":{"countryCode":"Germany"}}`:                         "paymentContext.countryCode",
		`{"bin":"433026","paymentContext":{"amountOfMoney":{"amount":1,"currencyCode":"E"}}}`: "paymentContext.amountOfMoney.currencyCode",
	} {
		a := c.post(t, "/services/getIINdetails", body)
		require.Equal(t, 400, a.status, body)
		require.Equal(t, property, a.text("errors.0.propertyName"), body)
	}
}

func dccBody(amount, currency string) string {
	return `{"cardSource":{"card":{"cardNumber":"` + goodNumber + `"}},"transaction":{"amount":{"amount":` + amount + `,"currencyCode":"` + currency + `"}}}`
}

func TestDccRate(t *testing.T) {
	t.Parallel()
	c := start(t)
	for name, tt := range map[string]struct {
		amount, currency string
		target           any
		to, result       string
	}{
		"euro":      {"1000", "EUR", 1250, "USD", "Allowed"},
		"rounded":   {"3", "EUR", 4, "USD", "Allowed"},
		"dollar":    {"1000", "USD", 800, "EUR", "Allowed"},
		"yen":       {"1000", "JPY", nil, "", "NoRate"},
		"too large": {"999999999999", "EUR", nil, "", "NoRate"},
	} {
		a := c.post(t, "/services/dccrate", dccBody(tt.amount, tt.currency))
		require.Equal(t, 200, a.status, name)
		require.Equal(t, tt.result, a.text("result.result"), name)
		require.Equal(t, tt.target, a.at("proposal.targetAmount.amount"), name)
		require.Equal(t, tt.to, a.text("proposal.targetAmount.currencyCode"), name)
	}
}

func TestSourcesOfCards(t *testing.T) {
	t.Parallel()
	c := start(t)
	session := c.tokenization(t, "")
	amount := `"amountOfMoney":{"amount":1000,"currencyCode":"EUR"}`
	calculate := func(source string) answer {
		return c.post(t, "/services/surchargecalculation", `{`+amount+`,"cardSource":{`+source+`}}`)
	}
	require.Equal(t, "cardSource.hostedTokenizationId", calculate(`"hostedTokenizationId":"`+session+`"`).text("errors.0.propertyName"))
	token, err := c.sb.EnterCard(session, cardOf(challengeNumber), false)
	require.NoError(t, err)
	for source, product := range map[string]int{
		`"card":{"cardNumber":"` + goodNumber + `"}`:                       1,
		`"card":{"cardNumber":"` + goodNumber + `","paymentProductId":56}`: 56,
		`"token":"` + token + `"`:                                          3,
		`"hostedTokenizationId":"` + session + `"`:                         3,
	} {
		a := calculate(source)
		require.Equal(t, 200, a.status, "%s", a.raw)
		require.Equal(t, product, a.at("surcharges.0.paymentProductId"), source)
		require.Equal(t, "NO_SURCHARGE", a.text("surcharges.0.result"))
		require.Equal(t, 1000, a.at("surcharges.0.totalAmount.amount"))
	}
	require.Equal(t, 201, c.post(t, "/payments", bySession(session)).status, "the token is still unused")
	for source, property := range map[string]string{
		"": "cardSource.card", `"token":"x"`: "cardSource.token", `"encryptedCustomerInput":"x"`: "cardSource.encryptedCustomerInput",
		`"card":{"cardNumber":"1"}`: "cardSource.card.cardNumber",
	} {
		for path, body := range map[string]string{
			"surchargecalculation": `{` + amount + `,"cardSource":{` + source + `}}`,
			"dccrate":              `{"transaction":{"amount":{"amount":1,"currencyCode":"EUR"}},"cardSource":{` + source + `}}`,
		} {
			a := c.post(t, "/services/"+path, body)
			require.Equal(t, 400, a.status, body)
			require.Equal(t, property, a.text("errors.0.propertyName"), body)
		}
	}
	require.Equal(t, "amountOfMoney", c.post(t, "/services/surchargecalculation", "").text("errors.0.propertyName"))
	require.Equal(t, "cardSource", c.post(t, "/services/surchargecalculation", `{`+amount+`}`).text("errors.0.propertyName"))
	require.Equal(t, "transaction", c.post(t, "/services/dccrate", "").text("errors.1.propertyName"))
	require.Equal(t, "transaction.amount", c.post(t, "/services/dccrate", `{"transaction":{}}`).text("errors.0.propertyName"))
}

func TestWebhookCredentials(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		cfg         sandbox.Config
		key, secret string
		want        string
	}{
		"of the api":      {sandbox.Config{}, keyID, signature(secret, ""), "Valid"},
		"of their own":    {sandbox.Config{WebhookKeyID: "w", WebhookSecret: "hello+world"}, "w", "FHbwt14Rjkjdn51x5EiyjgVQ7gN6ftgh5Y2l0KpQmLw=", "Valid"},
		"wrong key":       {sandbox.Config{WebhookKeyID: "w", WebhookSecret: "s"}, keyID, signature("s", ""), "Invalid"},
		"wrong secret":    {sandbox.Config{}, keyID, signature("other", ""), "Invalid"},
		"the secret bare": {sandbox.Config{}, keyID, secret, "Invalid"},
		"nothing":         {sandbox.Config{}, "", "", "Invalid"},
	} {
		a := direct(sandboxtest.New(t, tt.cfg)).post(t, "/webhooks/validateCredentials", `{"key":"`+tt.key+`","secret":"`+tt.secret+`"}`)
		require.Equal(t, 200, a.status, name)
		require.JSONEq(t, `{"result":"`+tt.want+`"}`, string(a.raw), name)
	}
	require.Equal(t, 400, start(t).post(t, "/webhooks/validateCredentials", `{"key":1}`).status)
}

func TestSendTestWebhook(t *testing.T) {
	t.Parallel()
	c := start(t)
	for body, want := range map[string]int{
		`{"url":"https://shop.example/hooks"}`: 204, `{"url":"http://127.0.0.1:8080"}`: 204,
		"": 400, `{"url":""}`: 400, `{"url":"shop"}`: 400, `{"url":"ftp://shop.example"}`: 400, `{"url":"https://"}`: 400, `{"url":"https://:80"}`: 400,
		`{"url":"https://` + strings.Repeat("x", 318) + `"}`: 400, `{"url":"https://%zz"}`: 400, `{"url":1}`: 400,
	} {
		a := c.post(t, "/webhooks/sendtest", body)
		require.Equal(t, want, a.status, body)
		if want == 400 {
			require.Equal(t, "url", a.text("errors.0.propertyName"), body)
		}
	}
}

// With the switch a refused refund is an error that holds the refund.
func TestRefundsThatAreRefusedAtOnce(t *testing.T) {
	t.Parallel()
	body := `{"amountOfMoney":{"amount":1303,"currencyCode":"EUR"},"operationReferences":{"merchantReference":"rma"}}`
	for _, settled := range []bool{false, true} {
		c := start(t, func(b *sandbox.Behaviour) { b.RefuseRefundsAtOnce, b.AnswerSettled = true, settled })
		c.seed(t, `{"id":"3066177123_0","amount":5000,"currency":"EUR","mode":"SALE"}`)
		const path = "/payments/3066177123_0"
		a := c.post(t, path+"/refund", body, withKey("k"))
		require.Equal(t, 400, a.status, "%s", a.raw)
		require.Equal(t, "30041001", a.text("errors.0.errorCode"))
		require.Equal(t, "3066177123_1 REJECTED", a.text("refundResult.id")+" "+a.text("refundResult.status"))
		require.Equal(t, 83, a.at("refundResult.statusOutput.statusCode"))
		require.Equal(t, string(a.raw), string(c.post(t, path+"/refund", body, withKey("k")).raw))
		require.Equal(t, 83, c.get(t, path+"/refunds").at("refunds.0.statusOutput.statusCode"))
		require.Zero(t, c.book(t, path).Sum(sandbox.Refund))
		checkBook(t, c.book(t, path))
		require.Equal(t, 201, c.post(t, path+"/refund", "").status)
		require.Equal(t, int64(5000), c.book(t, path).Sum(sandbox.Refund))
	}
	c := start(t, func(b *sandbox.Behaviour) { b.RefuseRefundsAtOnce, b.Uncertain = true, sandbox.UncertainRefused })
	c.seed(t, `{"id":"3066177123_0","amount":5000,"currency":"EUR","mode":"SALE"}`)
	uncertain := c.post(t, "/payments/3066177123_0/refund", strings.Replace(body, "1303", "1203", 1))
	require.Equal(t, 82, uncertain.at("statusOutput.statusCode"))
}

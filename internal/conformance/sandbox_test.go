package conformance_test

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

// A visit is the vendor's client at an emulator.
type visit struct {
	t    *testing.T
	node *node
	sb   *sandbox.Sandbox
}

// TestVendorMeetsTheSandbox lets the vendor's client, unchanged, live through what
// the emulator has: it must not notice that it is none of the platform's.
func TestVendorMeetsTheSandbox(t *testing.T) {
	if os.Getenv("PAYRECONCILE_CONFORMANCE") == "" {
		t.Skip("run make conformance, which installs the vendor's client")
	}
	sb, err := sandbox.New(sandbox.Config{MerchantID: "M", APIKeyID: keyID, APISecret: secret})
	require.NoError(t, err)
	srv := httptest.NewServer(sb)
	t.Cleanup(srv.Close)
	v := &visit{node: startNode(t), sb: sb}
	endpoint, err := url.Parse(srv.URL)
	require.NoError(t, err)
	v.t = t
	v.configure(endpoint, secret)
	for _, part := range []struct {
		name string
		run  func(*visit)
	}{
		{"payment", (*visit).payment},
		{"refusals", (*visit).refusals},
		{"idempotence", (*visit).idempotence},
		{"hosted pages", (*visit).hostedPages},
		{"tokens and payouts", (*visit).tokensAndPayouts},
		{"products and services", (*visit).products},
		{"webhooks", (*visit).webhooks},
	} {
		t.Run(part.name, func(t *testing.T) {
			v.t = t
			part.run(v)
		})
	}
	v.t = t
	v.configure(endpoint, "another secret")
	v.call(403, "testConnection", "M")
}

func (v *visit) configure(endpoint *url.URL, secret string) {
	var made struct{ Version string }
	v.node.do(v.t, map[string]any{"do": "configure", "config": map[string]any{
		"host": endpoint.Hostname(), "port": json.Number(endpoint.Port()), "scheme": "http",
		"apiKeyId": keyID, "secretApiKey": secret, "integrator": "Conformance",
	}}, &made)
	require.Equal(v.t, vendorVersion, made.Version)
}

// A said is an answer as the vendor's client hands it on.
type said struct {
	t    *testing.T
	body any
	at   string // when the first request with its key came in
}

// call makes a call and wants a status. Arguments that begin with a brace are JSON; a
// last one of {"context": …} is the call's context.
func (v *visit) call(status int, method string, args ...string) said {
	v.t.Helper()
	order := map[string]any{"do": "call", "method": method}
	list := []any{}
	for _, a := range args {
		if context, ok := strings.CutPrefix(a, "context "); ok {
			order["context"] = json.RawMessage(context)
			continue
		}
		if strings.HasPrefix(a, "{") {
			list = append(list, json.RawMessage(a))
			continue
		}
		list = append(list, a)
	}
	order["args"] = list
	var out outcome
	v.node.do(v.t, order, &out)
	require.Nil(v.t, out.Thrown, "%s: %v", method, out.Thrown)
	require.Equal(v.t, status, out.Response.Status, "%s: %s", method, out.Response.Body)
	require.Equal(v.t, status < 300, out.Response.IsSuccess, method)
	require.Empty(v.t, out.Unknown, method)
	r := said{t: v.t, at: out.Idempotence.RequestTimestamp}
	if len(out.Response.Body) > 0 {
		require.NoError(v.t, json.Unmarshal(out.Response.Body, &r.body))
	}
	return r
}

// text returns the text at a path such as "payment.id" or "errors.0.id".
func (r said) text(path string) string {
	r.t.Helper()
	value := r.body
	for step := range strings.SplitSeq(path, ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[step]
		case []any:
			require.Equal(r.t, "0", step)
			require.NotEmpty(r.t, v, path)
			value = v[0]
		}
	}
	s, ok := value.(string)
	require.True(r.t, ok, "%s in %v", path, r.body)
	return s
}

const (
	visa  = `{"cardNumber":"4012000033330026","cvv":"123","expiryDate":"1299","cardholderName":"Test Holder"}`
	order = `"order":{"amountOfMoney":{"amount":800,"currencyCode":"EUR"}}`
)

func payment(card string) string {
	return `{` + order + `,"cardPaymentMethodSpecificInput":{"paymentProductId":1,"card":` + card + `}}`
}

func (v *visit) payment() {
	id := v.call(201, "createPayment", "M", payment(visa)).text("payment.id")
	v.call(201, "capturePayment", "M", id, `{"amount":300,"isFinal":false}`)
	v.call(201, "capturePayment", "M", id, `{"amount":200}`)
	v.call(200, "cancelPayment", "M", id, `{"amountOfMoney":{"amount":300,"currencyCode":"EUR"}}`)
	v.call(201, "refundPayment", "M", id, `{"amountOfMoney":{"amount":100,"currencyCode":"EUR"}}`)
	require.Equal(v.t, "CAPTURED", v.call(200, "getCaptures", "M", id).text("captures.0.status"))
	require.Equal(v.t, "REFUNDED", v.call(200, "getRefunds", "M", id).text("refunds.0.status"))
	require.Equal(v.t, id, v.call(200, "getPayment", "M", id).text("id"))
	require.Equal(v.t, id, v.call(200, "getPaymentDetails", "M", id).text("Operations.0.id"))
	book, err := v.sb.LedgerOf(id)
	require.NoError(v.t, err)
	require.Equal(v.t, []int64{400, 300, 100}, []int64{book.Balances[sandbox.Captured], book.Balances[sandbox.Cancelled], book.Balances[sandbox.Refunded]})
}

func (v *visit) refusals() {
	require.Equal(v.t, "REJECTED", v.call(402, "createPayment", "M", payment(strings.Replace(visa, "4012000033330026", "4321456998744563", 1))).text("paymentResult.payment.status"))
	require.NotEmpty(v.t, v.call(400, "createPayment", "M", payment(strings.Replace(visa, "4012000033330026", "123", 1))).text("errors.0.id"))
	require.NotEmpty(v.t, v.call(403, "createPayment", "000000", payment(visa)).text("errorId"))
	for _, call := range [][]string{{"getPayment"}, {"getPaymentDetails"}, {"getCaptures"}, {"getRefunds"}, {"capturePayment", `{}`}, {"refundPayment", `{}`}, {"cancelPayment", `{}`}} {
		require.Equal(v.t, "UNKNOWN_PAYMENT_ID", v.call(404, call[0], append([]string{"M", "9999999999_0"}, call[1:]...)...).text("errors.0.id"), call[0])
	}
	id := v.call(201, "createPayment", "M", payment(visa)).text("payment.id")
	v.call(400, "refundPayment", "M", id, `{}`)
	v.call(201, "capturePayment", "M", id, `{"amount":400,"isFinal":true}`)
	require.Equal(v.t, "ACTION_NOT_ALLOWED_ON_TRANSACTION", v.call(400, "refundPayment", "M", id, `{"amountOfMoney":{"amount":600,"currencyCode":"EUR"}}`).text("errors.0.message"))
}

func (v *visit) idempotence() {
	id := v.call(201, "createPayment", "M", payment(visa)).text("payment.id")
	capture := func() said {
		return v.call(201, "capturePayment", "M", id, `{"amount":100}`, `context {"idempotence":{"key":"visit-1"}}`)
	}
	first, again := capture(), capture()
	require.Equal(v.t, first.text("id"), again.text("id"))
	require.Empty(v.t, first.at)
	require.NotEmpty(v.t, again.at, "a stored answer says when it was made")
	book, err := v.sb.LedgerOf(id)
	require.NoError(v.t, err)
	require.Equal(v.t, int64(100), book.Sum(sandbox.Capture))
	_, err = v.sb.AddFault(sandbox.Fault{Kind: sandbox.Status, Status: 409})
	require.NoError(v.t, err)
	require.Equal(v.t, "DUPLICATE_REQUEST_IN_PROGRESS", v.call(409, "capturePayment", "M", id, `{}`, `context {"idempotence":{"key":"visit-2"}}`).text("errors.0.id"))
}

func (v *visit) hostedPages() {
	checkout := v.call(200, "createHostedCheckout", "M", `{`+order+`,"hostedCheckoutSpecificInput":{"returnUrl":"https://shop.example/back"}}`)
	id := checkout.text("hostedCheckoutId")
	require.NotEmpty(v.t, checkout.text("RETURNMAC"))
	require.Equal(v.t, "IN_PROGRESS", v.call(200, "getHostedCheckout", "M", id).text("status"))
	card := sandbox.Card{Number: "4012000033330026", CVV: "123", Expiry: "1299"}
	_, err := v.sb.PayCheckout(id, card)
	require.NoError(v.t, err)
	require.Equal(v.t, "SUCCESSFUL", v.call(200, "getHostedCheckout", "M", id).text("createdPaymentOutput.paymentStatusCategory"))
	v.call(404, "getHostedCheckout", "M", "1")

	session := v.call(200, "createHostedTokenization", "M", `{"locale":"de_DE"}`).text("hostedTokenizationId")
	token, err := v.sb.EnterCard(session, card, false)
	require.NoError(v.t, err)
	require.Equal(v.t, token, v.call(200, "getHostedTokenization", "M", session).text("token.id"))
	v.call(201, "createPayment", "M", `{`+order+`,"hostedTokenizationId":"`+session+`"}`)
}

func (v *visit) tokensAndPayouts() {
	token := `{"paymentProductId":1,"card":{"data":{"card":` + visa + `}}}`
	id := v.call(201, "createToken", "M", token).text("token")
	require.Equal(v.t, id, v.call(200, "createToken", "M", token).text("token"))
	require.Equal(v.t, id, v.call(200, "getToken", "M", id).text("id"))
	v.call(201, "createPayment", "M", `{`+order+`,"cardPaymentMethodSpecificInput":{"token":"`+id+`"}}`)
	v.call(204, "deleteToken", "M", id)
	v.call(404, "getToken", "M", id)

	payout := func(number, currency string) string {
		return `{"amountOfMoney":{"amount":500,"currencyCode":"` + currency + `"},"cardPayoutMethodSpecificInput":{"paymentProductId":1,"card":` + strings.Replace(visa, "4012000033330026", number, 1) + `}}`
	}
	made := v.call(201, "createPayout", "M", payout("4012000033330026", "EUR"))
	require.Equal(v.t, made.text("id"), v.call(200, "getPayout", "M", made.text("id")).text("id"))
	require.Equal(v.t, "REJECTED_CREDIT", v.call(400, "createPayout", "M", payout("4321456998744563", "EUR")).text("payoutResult.status"))
	require.Equal(v.t, "INVALID_VALUE", v.call(400, "createPayout", "M", payout("123", "EUR")).text("errors.0.id"))
}

func (v *visit) products() {
	const here = `context {"countryCode":"FR","currencyCode":"EUR","hide":["fields","accountsOnFile"]}`
	require.Equal(v.t, "card", v.call(200, "getPaymentProducts", "M", here).text("paymentProducts.0.paymentMethod"))
	require.Equal(v.t, "card", v.call(200, "getPaymentProduct", "M", "1", here).text("paymentMethod"))
	require.NotEmpty(v.t, v.call(200, "getProductGroups", "M", here).text("paymentProductGroups.0.id"))
	v.call(400, "getPaymentProducts", "M", `context {"countryCode":"FR"}`)
	require.Equal(v.t, "OK", v.call(200, "testConnection", "M").text("result"))
	require.Contains(v.t, v.call(200, "getPrivacyPolicy", "M", `context {"locale":"de_DE"}`).text("htmlContent"), "de-DE")
	require.NotEmpty(v.t, v.call(201, "createSession", "M", `{}`).text("clientSessionId"))
	v.call(200, "getIINDetails", "M", `{"bin":"401200"}`)
}

func (v *visit) webhooks() {
	require.Equal(v.t, "Invalid", v.call(200, "validateWebhookCredentials", "M", `{"key":"x","secret":"y"}`).text("result"))
	v.call(400, "sendTestWebhook", "M", `{"url":"nonsense"}`)
}

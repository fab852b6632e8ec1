package conformance_test

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

// A visit is the vendor's client at an emulator.
type visit struct {
	t         *testing.T
	node      *node
	sb        *sandbox.Sandbox
	hooks     *hookReceiver
	endpoint  *url.URL
	succeeded map[string]bool // methods of the client
}

// configure makes a new client with a secret.
func (v *visit) configure(secret string) {
	var made struct{ Version string }
	v.node.do(v.t, map[string]any{"do": "configure", "config": map[string]any{
		"host": v.endpoint.Hostname(), "port": json.Number(v.endpoint.Port()), "scheme": "http",
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

// ask makes a call and returns what the client made of it. Arguments that begin with
// a brace are JSON; one of "context {…}" is the call's context.
func (v *visit) ask(method string, args ...string) outcome {
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
	require.Empty(v.t, out.Unknown, method)
	return out
}

// call makes a call and wants a status.
func (v *visit) call(status int, method string, args ...string) said {
	v.t.Helper()
	out := v.ask(method, args...)
	r := v.read(status, method, &out)
	v.succeeded[method] = v.succeeded[method] || status < 300
	return r
}

// fails makes a call to which there is no answer that the client could read.
func (v *visit) fails(method string, args ...string) string {
	v.t.Helper()
	out := v.ask(method, args...)
	require.Nil(v.t, out.Response, method)
	require.NotNil(v.t, out.Thrown, method)
	return out.Thrown.Name + " " + out.Thrown.Code
}

// send makes a request for an operation that the client has no method for, in the
// client's headers and with its signature. The path is below the merchant.
func (v *visit) send(status int, method, path, body string, gzip bool) said {
	v.t.Helper()
	order := map[string]any{"do": "send", "method": method, "path": "/v2/M" + path, "gzip": gzip}
	if body != "" {
		order["body"] = json.RawMessage(body)
	}
	var out outcome
	v.node.do(v.t, order, &out)
	return v.read(status, method+" "+path, &out)
}

func (v *visit) read(status int, what string, out *outcome) said {
	v.t.Helper()
	require.Nil(v.t, out.Thrown, "%s: %v", what, out.Thrown)
	require.Equal(v.t, status, out.Response.Status, "%s: %s", what, out.Response.Body)
	require.Equal(v.t, status < 300, out.Response.IsSuccess, what)
	r := said{t: v.t, at: out.Idempotence.RequestTimestamp}
	if len(out.Response.Body) > 0 {
		require.NoError(v.t, json.Unmarshal(out.Response.Body, &r.body))
	}
	return r
}

// value returns the value at a path such as "payment.id" or "errors.0.id", or nil.
func (r said) value(path string) any {
	r.t.Helper()
	value := r.body
	for step := range strings.SplitSeq(path, ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[step]
		case []any:
			i, err := strconv.Atoi(step)
			require.NoError(r.t, err, path)
			require.Less(r.t, i, len(v), path)
			value = v[i]
		default:
			return nil
		}
	}
	return value
}

// text returns the text at a path, which must be one.
func (r said) text(path string) string {
	r.t.Helper()
	s, ok := r.value(path).(string)
	require.True(r.t, ok, "%s in %v", path, r.body)
	return s
}

// number returns the number at a path, which must be one.
func (r said) number(path string) int64 {
	r.t.Helper()
	n, ok := r.value(path).(float64)
	require.True(r.t, ok, "%s in %v", path, r.body)
	return int64(n)
}

// list returns how many items the list at a path has.
func (r said) list(path string) int {
	r.t.Helper()
	items, ok := r.value(path).([]any)
	require.True(r.t, ok, "%s in %v", path, r.body)
	return len(items)
}

// book is what the emulator holds about a payment.
func (v *visit) book(id string) sandbox.Book {
	v.t.Helper()
	b, err := v.sb.LedgerOf(id)
	require.NoError(v.t, err)
	return b
}

// balances wants what is open, captured, cancelled and refunded of a payment.
func (v *visit) balances(id string, open, captured, cancelled, refunded int64) {
	v.t.Helper()
	b := v.book(id).Balances
	require.Equal(v.t, [4]int64{open, captured, cancelled, refunded},
		[4]int64{b[sandbox.Open], b[sandbox.Captured], b[sandbox.Cancelled], b[sandbox.Refunded]})
}

const (
	visaNumber      = "4012000033330026"
	declinedNumber  = "4321456998744563"
	challengeNumber = "4874970686672022"
	order           = `"order":{"amountOfMoney":{"amount":800,"currencyCode":"EUR"},"references":{"merchantReference":"order-1"}}`
)

func cardOf(number string) string {
	return `{"cardNumber":"` + number + `","cvv":"123","expiryDate":"1299","cardholderName":"Test Holder"}`
}

// entered is a card that a consumer enters on a page.
func entered(number string) sandbox.Card {
	return sandbox.Card{Number: number, CVV: "123", Expiry: "1299", Holder: "Test Holder"}
}

// payment asks for 8.00 EUR.
func payment(number, mode string) string {
	return `{` + order + `,"cardPaymentMethodSpecificInput":{"paymentProductId":1,"authorizationMode":"` + mode + `","card":` + cardOf(number) + `}}`
}

func money(amount string) string {
	return `{"amountOfMoney":{"amount":` + amount + `,"currencyCode":"EUR"}}`
}

// authorised makes a payment of 8.00 EUR that can be captured.
func (v *visit) authorised() string {
	v.t.Helper()
	return v.call(201, "createPayment", "M", payment(visaNumber, "PRE_AUTHORIZATION")).text("payment.id")
}

// key is the context of a call with an idempotence key.
func key(text string) string { return `context {"idempotence":{"key":"` + text + `"}}` }

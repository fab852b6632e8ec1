package sandbox_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
	"github.com/payreconcile/payreconcile/pkg/sandbox/sandboxtest"
)

// control calls the control API.
func (c client) control(method, path, body string) answer {
	r := httptest.NewRequestWithContext(context.Background(), method, "/_sandbox/v1/"+path, strings.NewReader(body))
	r.Header.Set("X-Sandbox-Control", "1")
	a, _ := c.send(r)
	return a
}

func TestControl(t *testing.T) {
	t.Parallel()
	c := start(t)
	line := `{"id":"3066177123_0","amount":800,"currency":"EUR"}` + "\n"
	require.Equal(t, `{"payments":1}`+"\n", string(c.control("POST", "payments", line).raw))
	a := c.control("POST", "payments", line)
	require.Equal(t, 400, a.status)
	require.Equal(t, `load seed: line 1: id "3066177123_0": there is a payment with this id already`, a.text("error"))

	require.Equal(t, `{"operation":"3066177123_1"}`+"\n",
		string(c.control("POST", "portal", `{"payment":"3066177123","kind":"capture","amount":300}`).raw))
	for body, want := range map[string]string{
		`{"payment":"3066177123","kind":"refund","amount":1}`:  "portal refund 3066177123_0: the state of the payment does not allow it",
		`{"payment":"3066177999","kind":"capture","amount":1}`: `portal capture: no payment "3066177999"`,
		`{"payment":"3066177123","kind":"void"}`:               `kind "void" is none of ["authorization" "capture" "cancel" "refund"]`,
		`{"payment":"3066177123"}`:                             "portal: kind is required",
		`{"pay":1}`:                                            `json: unknown field "pay"`,
	} {
		require.Equal(t, want, c.control("POST", "portal", body).text("error"))
	}
	book := c.control("GET", "ledger?payment=3066177123_0", "")
	require.Equal(t, "portal", book.text("movements.1.source"))
	require.Equal(t, 300, book.at("balances.captured"))
	require.Equal(t, -800, book.at("balances.issuer"))
	require.Nil(t, book.at("movements.1.key"))
	var decoded sandbox.Book
	require.NoError(t, json.Unmarshal(book.raw, &decoded))
	if diff := cmp.Diff(c.book(t, "3066177123_0"), decoded); diff != "" {
		t.Errorf("book through JSON (-want +got):\n%s", diff)
	}
	c.sb.SeedPayments(1)
	all := c.control("GET", "ledger", "")
	require.Equal(t, "3000000001_0 3066177123_0", all.text("books.0.payment")+" "+all.text("books.1.payment"))
	require.Equal(t, 400, c.control("GET", "ledger?payment=1", "").status)

	before := c.sb.Now()
	require.Equal(t, 200, c.control("POST", "clock", `{"advance":"24h"}`).status)
	require.GreaterOrEqual(t, c.sb.Now().Sub(before), 24*time.Hour)
	now, err := time.Parse(time.RFC3339Nano, c.control("GET", "clock", "").text("now"))
	require.NoError(t, err)
	require.WithinDuration(t, c.sb.Now(), now, time.Minute)
	require.Equal(t, "advance clock: the duration is negative", c.control("POST", "clock", `{"advance":"-1s"}`).text("error"))
	require.Equal(t, 400, c.control("POST", "clock", `{"advance":"soon"}`).status)

	c.get(t, "/services/testconnection")
	require.Equal(t, 1, c.control("GET", "requests", "").at("testConnection"))
	require.Equal(t, 404, c.control("GET", "nonsense", "").status)
}

func TestControlOfFaultsAndBehaviour(t *testing.T) {
	t.Parallel()
	c := start(t)
	require.Equal(t, `{"id":"f1"}`+"\n", string(c.control("POST", "faults", `{"kind":"delay","delay":"1ms","operation":"testConnection"}`).raw))
	c.get(t, "/services/testconnection")
	require.JSONEq(t, `[{"id":"f1","kind":"delay","operation":"testConnection","nth":1,"times":1,"delay":"1ms","struck":1}]`,
		string(c.control("GET", "faults", "").raw))
	require.Equal(t, 400, c.control("POST", "faults", `{"kind":"delay"}`).status)
	require.Equal(t, `json: unknown field "dealy"`, c.control("POST", "faults", `{"kind":"delay","dealy":"1s"}`).text("error"))
	require.Equal(t, 200, c.control("DELETE", "faults", "").status)
	require.JSONEq(t, `[]`, string(c.control("GET", "faults", "").raw))

	a := c.control("PUT", "behaviour", `{"settleAfter":"90s","echoReferences":false}`)
	require.Equal(t, "1m30s", a.text("settleAfter"))
	want := sandbox.DefaultBehaviour()
	want.SettleAfter, want.EchoReferences = 90*time.Second, false
	require.Equal(t, want, c.sb.Behaviour())
	require.Equal(t, string(a.raw), string(c.control("GET", "behaviour", "").raw))
	for body, text := range map[string]string{
		`{"keyScope":"world"}`:       `behaviour keyScope: "world" is none of ["merchant" "operation"]`,
		`{"expiredCheckout":"gone"}`: `behaviour expiredCheckout: "gone" is none of ["cancelled" "in-progress" "unknown"]`,
		`{"signatureStatus":200}`:    `behaviour signatureStatus: "200" is none of ["401" "403"]`,
		`{"settleAfter":"-1s"}`:      "behaviour settleAfter: -1s is not between 0 and ten years",
		`{"settle":"1s"}`:            `json: unknown field "settle"`,
		`{"settleAfter":"forever"}`:  `read duration: time: invalid duration "forever"`,
	} {
		require.Equal(t, text, c.control("PUT", "behaviour", body).text("error"))
	}
	require.Equal(t, want, c.sb.Behaviour())
}

// Nothing of the control API is reached without its header, signed or not.
func TestControlIsHidden(t *testing.T) {
	t.Parallel()
	c := start(t)
	for _, header := range []string{"", "0", "true"} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/_sandbox/v1/clock", strings.NewReader(`{"advance":"1h"}`))
		r.Header.Set("X-Sandbox-Control", header)
		a, err := c.send(r)
		require.NoError(t, err)
		require.Equal(t, 404, a.status)
		require.WithinDuration(t, time.Now(), c.sb.Now(), time.Minute)
	}
}

// A page whose name was made to mean this address is of the same origin and may
// send any header.
func TestControlIsNotForForeignPages(t *testing.T) {
	t.Parallel()
	c := direct(sandboxtest.New(t, sandbox.Config{PublicURL: "https://pay.example"}))
	for name, tt := range map[string]struct {
		host, sign, value string
		status            int
	}{
		"a program":          {"sandbox.internal.example", "User-Agent", "Go-http-client/1.1", 200},
		"a rebound name":     {"evil.example:8080", "Accept-Language", "de", 404},
		"a form of it":       {"evil.example:8080", "Origin", "http://evil.example:8080", 404},
		"a link of it":       {"evil.example:8080", "Referer", "http://evil.example:8080/", 404},
		"another site":       {"127.0.0.1:8080", "Sec-Fetch-Site", "cross-site", 404},
		"the operator's own": {"127.0.0.1:8080", "Sec-Fetch-Site", "same-origin", 200},
		"the public name":    {"pay.example", "Accept-Language", "de", 200},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/_sandbox/v1/ledger", nil)
		r.Host = tt.host
		r.Header.Set("X-Sandbox-Control", "1")
		r.Header.Set(tt.sign, tt.value)
		a, err := c.send(r)
		require.NoError(t, err)
		require.Equal(t, tt.status, a.status, name)
	}
}

func TestNewRefusesAHalfConfig(t *testing.T) {
	t.Parallel()
	wrong := sandbox.DefaultBehaviour()
	wrong.Uncertain = ""
	for want, cfg := range map[string]sandbox.Config{
		"create sandbox: merchant id, api key id and api secret are required":           {MerchantID: "m", APIKeyID: "k"},
		"create sandbox: the api key id holds a colon or a space":                       {MerchantID: "m", APIKeyID: "k:", APISecret: "s"},
		`create sandbox: behaviour uncertain: "" is none of ["stay" "settle" "refuse"]`: {MerchantID: "m", APIKeyID: "k", APISecret: "s", Behaviour: &wrong},
	} {
		_, err := sandbox.New(cfg)
		require.EqualError(t, err, want)
	}
}

// The consumer's side and the payouts, over the control API.
func TestControlOfHostedPages(t *testing.T) {
	t.Parallel()
	c := start(t)
	id := c.checkout(t, `"returnUrl":"https://shop.example/back"`, "").text("hostedCheckoutId")
	refused := c.control("POST", "checkout", `{"checkout":"`+id+`","card":{"cardNumber":"4321456998744563","expiryDate":"1299"}}`)
	require.JSONEq(t, `{"status":"IN_PROGRESS","returnUrl":"","paymentId":"`+id+`_0","attemptsLeft":9}`, string(refused.raw))
	paid := c.control("POST", "checkout", `{"checkout":"`+id+`","card":{"cardNumber":"4330264936344675","cvv":"123","expiryDate":"1299","cardholderName":"A"}}`)
	require.Equal(t, "PAYMENT_CREATED", paid.text("status"))
	require.Regexp(t, `^https://shop\.example/back\?RETURNMAC=[0-9a-f-]{36}&hostedCheckoutId=`+id+`$`, paid.text("returnUrl"))
	cancelled := c.checkout(t, "", "").text("hostedCheckoutId")
	require.Equal(t, "CANCELLED_BY_CONSUMER", c.control("POST", "checkout", `{"checkout":"`+cancelled+`","cancel":true}`).text("status"))

	session := c.tokenization(t, "")
	token := c.control("POST", "tokenization", `{"tokenization":"`+session+`","permanent":true,"card":{"cardNumber":"4330264936344675","expiryDate":"1299"}}`).text("token")
	require.Equal(t, token, c.get(t, "/hostedtokenizations/"+session).text("token.id"))
	session = c.tokenization(t, `{"tokens":"`+token+`"}`)
	require.Equal(t, token, c.control("POST", "tokenization", `{"tokenization":"`+session+`","token":"`+token+`"}`).text("token"))
	require.Equal(t, 201, c.post(t, "/payments", bySession(session)).status)

	require.JSONEq(t, `[]`, string(c.control("GET", "payouts", "").raw))
	c.post(t, "/payouts", payoutTo("4330264936344675"))
	require.Equal(t, "ACCOUNT_CREDITED", c.control("GET", "payouts", "").text("0.status"))

	for _, tt := range [][3]string{
		{"checkout", `{"checkout":"1"}`, "checkout: either card or cancel is required"},
		{"checkout", `{"checkout":"1","cancel":true,"card":{}}`, "checkout: either card or cancel is required"},
		{"checkout", `{"checkout":"1","cancel":true}`, "cancel checkout 1: there is no such checkout"},
		{"checkout", `{"checkout":"1","card":{}}`, "pay checkout 1: the cardNumber of the card is not valid"},
		{"checkout", `{"checkout":"1","card":{"number":"1"}}`, `json: unknown field "number"`},
		{"tokenization", `{"tokenization":"1"}`, "tokenization: either card or token is required, and permanent belongs to card"},
		{"tokenization", `{"tokenization":"1","token":"x"}`, "pick token 1: there is no such hosted tokenization"},
		{"tokenization", `{"tokenization":"1","card":{"cardNumber":"4330264936344675","expiryDate":"1299"}}`, "enter card 1: there is no such hosted tokenization"},
	} {
		a := c.control("POST", tt[0], tt[1])
		require.Equal(t, 400, a.status, tt[1])
		require.Equal(t, tt[2], a.text("error"))
	}
}

//go:build unix

package browser_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"html"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
	"github.com/payreconcile/payreconcile/pkg/sandbox/sandboxtest"
)

var update = flag.Bool("update", false, "take the screenshot of the documentation anew")

const (
	goodCard      = "4330264936344675"
	challengeCard = "5130257474533310"
)

// A shop is a merchant: it calls the sandbox and has a page that consumers come
// back to.
type shop struct {
	t    *testing.T
	sb   *sandbox.Sandbox
	api  string
	url  string // of its own pages
	back string // its return URL
	came chan url.Values
	sent int // calls so far
}

// taken is the shop's receiver of webhooks.
type taken struct{}

func (taken) RoundTrip(r *http.Request) (*http.Response, error) {
	_, err := io.Copy(io.Discard, r.Body)
	return &http.Response{StatusCode: http.StatusNoContent, Body: http.NoBody, Request: r}, err
}

// told waits until the shop has been told everything that is due.
func (s *shop) told() {
	s.t.Helper()
	require.Eventually(s.t, func() bool {
		for _, d := range s.sb.WebhookDeliveries() {
			if d.State != sandbox.WebhookDelivered {
				return false
			}
		}
		return true
	}, patience, time.Millisecond)
}

func newShop(t *testing.T) *shop {
	t.Helper()
	// The sandbox has a day of its own, so that the screenshot is always the same.
	began, day := time.Now(), time.Date(2026, 3, 14, 9, 26, 0, 0, time.UTC)
	b := sandbox.DefaultBehaviour()
	b.ClockSkew = -1
	b.SettleAfter = 90 * time.Minute
	sb, api := sandboxtest.Start(t, sandbox.Config{
		MerchantID: "shop-eu", Behaviour: &b, Now: func() time.Time { return day.Add(time.Since(began)) },
		Webhooks: []string{"http://localhost:8081/hooks"}, WebhookTransport: taken{},
	})
	s := &shop{t: t, sb: sb, api: api, came: make(chan url.Values, 1)}
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		to, body := html.EscapeString(r.URL.Query().Get("to")), `<p id="back">Welcome back</p>`
		switch r.URL.Path {
		case "/frame":
			body = `<iframe title="Card" width="600" height="700" src="` + to + `"></iframe>`
		case "/form":
			body = `<form method="post" action="` + to + `"><button name="do" value="cancel">Win</button></form>`
		case "/link":
			body = `<a href="` + to + `">Look</a>`
		case "/back":
			s.came <- r.URL.Query()
		}
		_, _ = io.WriteString(w, `<!doctype html><html lang="en"><title>The shop</title><link rel="icon" href="data:,">`+body)
	}))
	t.Cleanup(page.Close)
	s.url, s.back = page.URL, page.URL+"/back"
	return s
}

// call sends a signed request and returns what came back.
func (s *shop) call(path, body string) (answer map[string]any) {
	s.t.Helper()
	resource := "/v2/shop-eu" + path
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, s.api+resource, strings.NewReader(body))
	require.NoError(s.t, err)
	s.sent++
	date, key := time.Now().UTC().Format(http.TimeFormat), fmt.Sprintf("%s-%d", path[strings.LastIndexByte(path, '/')+1:], s.sent)
	mac := hmac.New(sha256.New, []byte("secret"))
	mac.Write([]byte("POST\napplication/json\n" + date + "\nx-gcs-idempotence-key:" + key + "\n" + resource + "\n"))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Date", date)
	r.Header.Set("X-GCS-Idempotence-Key", key)
	r.Header.Set("Authorization", "GCS v1HMAC:key:"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	resp, err := http.DefaultClient.Do(r)
	require.NoError(s.t, err)
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(s.t, err)
	require.Less(s.t, resp.StatusCode, 300, "%s", raw)
	require.NoError(s.t, json.Unmarshal(raw, &answer))
	return answer
}

func (s *shop) checkout(reference, mode string) (id, page, mac string) {
	s.t.Helper()
	a := s.call("/hostedcheckouts", `{"order":{"amountOfMoney":{"amount":12500,"currencyCode":"EUR"},`+
		`"references":{"merchantReference":"`+reference+`"}},"cardPaymentMethodSpecificInput":{"authorizationMode":"`+mode+`"},`+
		`"hostedCheckoutSpecificInput":{"returnUrl":"`+s.back+`","locale":"en_GB"}}`)
	return a["hostedCheckoutId"].(string), a["redirectUrl"].(string), a["RETURNMAC"].(string)
}

// arrival waits until the consumer is back and returns the query.
func (s *shop) arrival() url.Values {
	s.t.Helper()
	select {
	case q := <-s.came:
		return q
	case <-time.After(patience):
		s.t.Fatal("the consumer does not come back")
	}
	return nil
}

func (b *tab) pay(number string) {
	b.t.Helper()
	b.enter("#number", number)
	b.enter("#expiry", "12/99")
	b.enter("#cvv", "123")
	b.enter("#name", "Ada Example")
	b.click("button.main")
}

func TestAConsumerPaysAndTheOperatorWatches(t *testing.T) {
	b, s := open(t), newShop(t)
	id, page, mac := s.checkout("order-1001", "PRE_AUTHORIZATION")
	b.visit(page)
	require.Equal(t, "125.00 EUR", b.read(".amount"))
	require.Equal(t, "600", b.text(http.MethodGet, b.element(".amount")+"/css/font-weight", nil), "the style is loaded")
	require.Contains(t, b.read("dl"), "order-1001")
	b.pay("4321456998744563")
	require.Equal(t, "The card was refused. Attempts left: 9.", b.read(".message"))
	b.pay(goodCard)
	require.Equal(t, url.Values{"RETURNMAC": {mac}, "hostedCheckoutId": {id}}, s.arrival())
	require.Equal(t, "Welcome back", b.read("#back"))

	payment := "/payments/" + id + "_0"
	s.sb.Advance(26 * time.Hour)
	s.call(payment+"/capture", `{"amount":8000,"operationReferences":{"merchantReference":"ship-1"}}`)
	s.sb.Advance(49 * time.Hour)
	s.call(payment+"/cancel", `{"amountOfMoney":{"amount":1500,"currencyCode":"EUR"},"isFinal":false}`)
	s.sb.Advance(3 * time.Hour)
	s.call(payment+"/capture", `{"amount":3000,"isFinal":true,"operationReferences":{"merchantReference":"ship-2"}}`)
	s.sb.Advance(70 * time.Hour)
	s.call(payment+"/refund", `{"amountOfMoney":{"amount":2500,"currencyCode":"EUR"},"operationReferences":{"merchantReference":"return-1"}}`)

	s.told()
	b.visit(s.api + "/")
	require.Equal(t, "Payments · Sandbox", b.title())
	b.enter("#q", "order-1001")
	b.click(".title button")
	b.click("tbody th a")
	require.Equal(t, s.api+payment, b.url())
	require.Equal(t, "CAPTURED 9", b.read(".title .status"))
	legend := b.read(".legend")
	for _, part := range []string{"Captured 85.00 EUR", "Refund on its way 25.00 EUR", "Cancelled 15.00 EUR"} {
		require.Contains(t, legend, part)
	}
	require.Equal(t, 1+5, strings.Count(b.read("section:nth-of-type(1) table"), "\n")+1)
	require.Contains(t, b.read("section:nth-of-type(2) table"), "ship-2")
	require.Contains(t, b.read("section:nth-of-type(3) table"), "refund.refund_requested")
	require.NotContains(t, b.read("body"), goodCard)
	shot := b.screenshot()
	picture, err := png.Decode(bytes.NewReader(shot))
	require.NoError(t, err)
	require.Greater(t, picture.Bounds().Dx(), 1000)
	if *update {
		require.LessOrEqual(t, len(shot), 256<<10)
		require.NoError(t, os.WriteFile(filepath.Join("..", "..", "docs", "sandbox-page.png"), shot, 0o644))
	}
}

func TestAConsumerLeaves(t *testing.T) {
	b, s := open(t), newShop(t)
	id, page, mac := s.checkout("order-1", "SALE")
	b.visit(page)
	b.click(`button[value="decline"]`)
	require.Equal(t, "The card was refused. Attempts left: 9.", b.read(".message"))
	b.click(`button[value="cancel"]`)
	require.Equal(t, url.Values{"RETURNMAC": {mac}, "hostedCheckoutId": {id}}, s.arrival())
	b.visit(page)
	require.Equal(t, "Cancelled", b.read("h1"))
	b.click("main a")
	require.Equal(t, mac, s.arrival().Get("RETURNMAC"))
}

func TestAConsumerConfirmsAtTheBank(t *testing.T) {
	b, s := open(t), newShop(t)
	a := s.call("/payments", `{"order":{"amountOfMoney":{"amount":4200,"currencyCode":"JPY"}},`+
		`"cardPaymentMethodSpecificInput":{"authorizationMode":"SALE","card":{"cardNumber":"`+challengeCard+`","cvv":"123","expiryDate":"1299"},`+
		`"threeDSecure":{"redirectionData":{"returnUrl":"`+s.back+`"}}}}`)
	action := a["merchantAction"].(map[string]any)["redirectData"].(map[string]any)
	id := a["payment"].(map[string]any)["id"].(string)
	b.visit(action["redirectURL"].(string))
	require.Equal(t, "4,200 JPY", b.read(".amount"))
	b.click(`button[value="confirm"]`)
	require.Equal(t, url.Values{"RETURNMAC": {action["RETURNMAC"].(string)}, "paymentId": {id}}, s.arrival())
	b.visit(s.api + "/payments/" + id)
	require.Equal(t, "CAPTURED 9", b.read(".title .status"))
}

// Another site can embed the form of a tokenization and nothing else, and it can
// send no form and see no page of the operator.
func TestOtherSites(t *testing.T) {
	b, s := open(t), newShop(t)
	_, page, _ := s.checkout("order-1", "SALE")
	at := func(path, to string) string { return s.url + path + "?" + url.Values{"to": {to}}.Encode() }

	form := s.call("/hostedtokenizations", `{"locale":"en_GB"}`)["hostedTokenizationUrl"].(string)
	b.visit(at("/frame", form))
	b.enterFrame("iframe")
	b.pay(goodCard)
	require.Equal(t, "Card entered", b.read("h1"))
	require.Regexp(t, `^Token\s+[0-9a-f-]{36}$`, b.read("dl"))

	for _, to := range []string{page, s.api + "/"} {
		b.visit(at("/frame", to))
		b.enterFrame("iframe")
		require.Zero(t, b.count("main"), to)
	}
	b.visit(at("/form", page))
	b.click("button")
	require.Equal(t, "Not from here", b.read("h1"))
	b.visit(page)
	require.Equal(t, "Pay", b.read("h1"), "nothing was cancelled")
	b.visit(at("/link", s.api+"/"))
	b.click("a")
	require.Equal(t, "Not from here", b.read("h1"))
}

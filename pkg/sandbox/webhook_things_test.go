package sandbox_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
	"github.com/payreconcile/payreconcile/pkg/sandbox/sandboxtest"
)

// Addresses of a request get the events of its payment, once each, in addition
// to the configured ones, and nothing about other payments.
func TestFeedbacks(t *testing.T) {
	t.Parallel()
	const own, old = "http://127.0.0.2/own", "http://127.0.0.2/old"
	c, rc := hooked(t, sandbox.Config{})
	c.create(t, 5000, "SALE", "")
	path := c.create(t, 6000, "PRE_AUTHORIZATION",
		`,"feedbacks":{"webhooksUrls":["`+own+`","`+own+`","`+hookURL+`"],"webhookUrl":"`+old+`"}`)
	c.post(t, path+"/capture", "")
	eventually(t, func() bool { return len(rc.got()) == 14 })
	count := make(map[string]int)
	for _, r := range rc.got() {
		count[r.url]++
		if r.url != hookURL {
			require.Contains(t, string(r.body), "4100000002_")
		}
	}
	require.Equal(t, map[string]int{hookURL: 6, own: 4, old: 4}, count)
	ids := make(map[string]int)
	for _, d := range c.only("payment.captured") {
		ids[d.ID]++
	}
	require.Len(t, ids, 2, "an event is the same for everybody")

	long := "http://127.0.0.1/" + strings.Repeat("x", 309)
	for body, property := range map[string]string{
		`{"webhooksUrls":["a","b","c","d","e","f"]}`: "feedbacks.webhooksUrls",
		`{"webhooksUrls":["` + long + `"]}`:          "feedbacks.webhooksUrls[0]",
		`{"webhookUrl":"` + long + `"}`:              "feedbacks.webhookUrl",
	} {
		for _, to := range []string{"/payments", "/hostedcheckouts", "/paymentlinks", "/payouts"} {
			order := paymentOrder(5000, "SALE", "4330264936344675", `,"feedbacks":`+body)
			if to == "/payouts" {
				order = `{"amountOfMoney":{"amount":1,"currencyCode":"EUR"},"feedbacks":` + body + `}`
			}
			a := c.post(t, to, order)
			require.Equal(t, 400, a.status, "%s %s", to, a.raw)
			require.Equal(t, property, a.text("errors.0.propertyName"), to)
		}
	}
}

func TestWebhookConfiguration(t *testing.T) {
	t.Parallel()
	long := "http://127.0.0.1/" + strings.Repeat("x", 309)
	for name, urls := range map[string][]string{
		"six":           {"http://a", "http://b", "http://c", "http://d", "http://e", "http://f"},
		"too long":      {long},
		"of no server":  {"shop"},
		"not of a web":  {"ftp://shop.example"},
		"without hosts": {"http://:80/"},
		"empty":         {""},
	} {
		_, err := sandbox.New(sandbox.Config{MerchantID: "m", APIKeyID: "k", APISecret: "s", Webhooks: urls})
		require.Error(t, err, name)
	}
	_, err := sandbox.New(sandbox.Config{MerchantID: "m", APIKeyID: "k", APISecret: "s", Webhooks: []string{long[:325]}})
	require.NoError(t, err)
	for _, text := range []string{
		`{"webhookDuplicates":1.1}`, `{"webhookDisorder":-0.1}`, `{"webhookCaptureAmount":"x"}`, `{"webhookCancelRefused":"x"}`,
	} {
		require.Equal(t, 400, start(t).control("PUT", "behaviour", text).status, text)
	}
}

// A seed sends nothing, but what becomes of it does, without any request.
func TestWebhooksOfSeeds(t *testing.T) {
	t.Parallel()
	c, rc := hooked(t, sandbox.Config{}, after(time.Hour))
	c.seed(t, `{"id":"3066177123_0","amount":5000,"currency":"EUR","operations":[{"kind":"capture","amount":300,"code":91}]}`,
		`{"id":"3066177124_0","amount":5000,"currency":"EUR","mode":"SALE","code":91}`)
	c.sb.SeedPayments(1)
	c.sb.Advance(59 * time.Minute)
	require.Empty(t, c.sb.WebhookDeliveries())
	_, err := c.sb.Portal("3000000001_0", sandbox.Cancel, 0)
	require.NoError(t, err)
	c.sb.Advance(time.Minute)
	c.sb.Advance(59 * time.Minute)
	c.told(t, rc, "payment.captured 3066177123_1 9 300", "payment.captured 3066177124_0 9 5000", "payment.cancelled 3000000001_1 6 1000")
}

func TestWebhooksOfHostedCheckouts(t *testing.T) {
	t.Parallel()
	c, rc := hooked(t, sandbox.Config{Webhooks: []string{}})
	a := c.post(t, "/hostedcheckouts", `{"order":{"amountOfMoney":{"amount":5000,"currencyCode":"EUR"}},"feedbacks":{"webhooksUrls":["`+hookURL+`"]}}`)
	require.Equal(t, 200, a.status, "%s", a.raw)
	for _, number := range []string{"4321456998744563", "4330264936344675"} {
		_, err := c.sb.PayCheckout(a.text("hostedCheckoutId"), sandbox.Card{Number: number, Expiry: "1239"})
		require.NoError(t, err)
	}
	c.post(t, "/payments/4100000001_0/capture", "")
	c.told(
		t, rc, "payment.created 4100000001_0 0 5000", "payment.rejected 4100000001_0 2 5000", "payment.pending_capture 4100000001_0 5 5000",
		"payment.capture_requested 4100000001_1 91 5000", "payment.captured 4100000001_1 9 5000",
	)
}

func TestWebhooksOfPaymentLinks(t *testing.T) {
	t.Parallel()
	c, rc := hooked(t, sandbox.Config{})
	var links []string
	for range 3 {
		a := c.post(t, "/paymentlinks", `{"order":{"amountOfMoney":{"amount":5000,"currencyCode":"EUR"},`+
			`"references":{"merchantReference":"order-1"}}}`)
		require.Equal(t, 201, a.status, "%s", a.raw)
		links = append(links, a.text("paymentLinkId"))
	}
	_, err := c.sb.PayPaymentLink(links[0], sandbox.Card{Number: "4330264936344675", Expiry: "1239"})
	require.NoError(t, err)
	require.Equal(t, 204, c.post(t, "/paymentlinks/"+links[1]+"/cancel", "").status)
	c.sb.Advance(25 * time.Hour)
	eventually(t, func() bool { return len(rc.got()) == 8 })
	s := readSchema(t)
	var got []string
	for _, r := range rc.got() {
		s.checkEvent(t, r.body)
		line := r.value("type").(string)
		if id := r.value("paymentLink.paymentLinkId"); id != nil {
			line += fmt.Sprint(" ", slices.Index(links, id.(string)), " ", r.value("paymentLink.status"))
		}
		got = append(got, line)
	}
	require.Equal(t, []string{
		"paymentlink.created 0 ACTIVE", "paymentlink.created 1 ACTIVE", "paymentlink.created 2 ACTIVE", "payment.created",
		"payment.pending_capture", "paymentlink.paid 0 PAID", "paymentlink.cancelled 1 CANCELLED", "paymentlink.expired 2 EXPIRED",
	}, got)
}

func TestWebhooksOfPayoutsAndBatches(t *testing.T) {
	t.Parallel()
	c, rc := hooked(t, sandbox.Config{}, after(time.Hour), func(b *sandbox.Behaviour) { b.WebhookBatches = true })
	for _, number := range []string{"4330264936344675", "4321456998744563"} {
		c.post(t, "/payouts", `{"amountOfMoney":{"amount":70,"currencyCode":"EUR"},`+
			`"cardPayoutMethodSpecificInput":{"paymentProductId":1,"card":{"cardNumber":"`+number+`","expiryDate":"1239"}}}`)
	}
	path := c.payment(t, 5000)
	c.sb.Advance(30 * time.Minute)
	c.runBatch(t, "b-1", "CapturePayment", "capturePayments", item(path, "capture", `{"amount":40}`))
	c.sb.Advance(3 * time.Hour)
	id := strings.TrimSuffix(strings.TrimPrefix(path, "/payments/"), "_0")
	c.told(
		t, rc, "payout.payout_requested 4100000001_0 81 70", "payout.rejected_credit 4100000002_0 83 70",
		"payout.account_credited 4100000001_0 8 70", "payment.capture_requested "+id+"_1 91 40", "directbatch.processed <nil> <nil> <nil>",
		"payment.captured "+id+"_1 9 40",
	)
	require.Equal(t, "Processed b-1", fmt.Sprint(rc.got()[4].value("directBatch.status"), " ", rc.got()[4].value("directBatch.merchantBatchReference")))

	c, rc = hooked(t, sandbox.Config{}, func(b *sandbox.Behaviour) { b.WebhookPayouts = false })
	c.post(t, "/payouts", `{"amountOfMoney":{"amount":70,"currencyCode":"EUR"},`+
		`"cardPayoutMethodSpecificInput":{"paymentProductId":1,"card":{"cardNumber":"4330264936344675","expiryDate":"1239"}}}`)
	c.runBatch(t, "b-1", "CapturePayment", "capturePayments", item("/payments/1_0", "capture", `{}`))
	c.sb.Advance(time.Hour)
	require.Empty(t, c.sb.WebhookDeliveries())
	require.Empty(t, rc.got())
}

func TestTheTestWebhook(t *testing.T) {
	t.Parallel()
	c, rc := hooked(t, sandbox.Config{Webhooks: []string{}})
	require.Equal(t, 204, c.post(t, "/webhooks/sendtest", `{"url":"`+hookURL+`"}`).status)
	c.told(t, rc, "payment.test 9999_9 9 100")
	require.Equal(t, 204, c.post(t, "/webhooks/sendtest", `{"url":"https://shop.example/"}`).status)
	require.Equal(t, sandbox.WebhookNotSent, c.sb.WebhookDeliveries()[1].State)
	require.Len(t, rc.got(), 1)
	rc.status = func(*http.Request) (int, error) { return 500, nil }
	c.post(t, "/webhooks/sendtest", `{"url":"`+hookURL+`"}`)
	c.quiet(t)
	require.Equal(t, sandbox.WebhookFailed, c.sb.WebhookDeliveries()[2].State, "it is not repeated")
}

// Eight clients at once: each accepted capture is requested once and settled
// once, and both are told.
func TestWebhooksOfConcurrentClients(t *testing.T) {
	t.Parallel()
	c, rc := hooked(t, sandbox.Config{Webhooks: []string{hookURL, "http://localhost/second"}})
	const payments, clients = 10, 8
	c.sb.SeedPayments(payments)
	var mu sync.Mutex
	want := make(map[string]int)
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for i := range payments {
				a := c.post(t, fmt.Sprintf("/payments/%d_0/capture", 3_000_000_001+i), `{"amount":150}`)
				mu.Lock()
				if a.status == 201 {
					want["payment.capture_requested "+a.text("id")] = 2
					want["payment.captured "+a.text("id")] = 2
				}
				mu.Unlock()
				c.get(t, fmt.Sprintf("/payments/%d_0/details", 3_000_000_001+i))
			}
		})
	}
	wg.Wait()
	c.sb.Advance(time.Second)
	c.quiet(t)
	got := make(map[string]int)
	seen := make(map[string]bool)
	for _, r := range rc.got() {
		name := fmt.Sprint(r.value("type"), " ", r.value("payment.id"))
		got[name]++
		operation := r.url + r.value("payment.id").(string)
		require.Equal(t, seen[operation], strings.HasPrefix(name, "payment.captured"), "first requested, then settled")
		seen[operation] = true
	}
	require.NotEmpty(t, want)
	require.Equal(t, want, got)
}

// A sandbox without endpoints keeps nothing and starts nothing.
func TestWithoutWebhooksNothingIsKept(t *testing.T) {
	t.Parallel()
	c := direct(sandboxtest.New(t, sandbox.Config{}))
	path := c.create(t, 5000, "SALE", "")
	c.post(t, path+"/refund", "")
	require.Empty(t, c.sb.WebhookDeliveries())
	require.Error(t, c.sb.ResendWebhook("x"))
}

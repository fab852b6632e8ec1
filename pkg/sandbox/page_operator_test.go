package sandbox_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
	"github.com/payreconcile/payreconcile/pkg/sandbox/sandboxtest"
)

var tags = regexp.MustCompile(`<[^>]*>`)

// words is the text of a page with single spaces.
func (v view) words() string {
	return strings.Join(strings.Fields(tags.ReplaceAllString(v.body, " ")), " ")
}

func TestPaymentPage(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.seed(t, `{"id":"3066177123","amount":1250000,"currency":"EUR","merchantReference":"order-1","mode":"PRE_AUTHORIZATION"}`)
	const path = "/payments/3066177123_0"
	require.Equal(t, 201, c.post(t, path+"/capture", `{"amount":800000,"isFinal":true,"operationReferences":{"merchantReference":"ship-1"}}`, withKey("key-1")).status)
	require.Equal(t, 201, c.post(t, path+"/refund", `{"amountOfMoney":{"amount":100000,"currencyCode":"EUR"}}`, withKey("key-2")).status)
	for _, spelling := range []string{"3066177123_0", "3066177123", "9000003066177123000"} {
		got := c.browse("/payments/"+spelling, nil)
		require.Equal(t, 200, got.status)
		words := got.words()
		for _, want := range []string{
			"Payment 3066177123_0 CAPTURED 9 12,500.00 EUR", "Captured 7,000.00 EUR", "Refunded 1,000.00 EUR", "Open 4,500.00 EUR",
			"3066177123_1 capture, final CAPTURED 9 8,000.00 EUR ship-1 key-1", "3066177123_2 refund REFUNDED 8 1,000.00 EUR",
			"refund settled refundRequested refunded 1,000.00 EUR key-2", "authorization settled issuer open 12,500.00 EUR order-1",
		} {
			require.Contains(t, words, want)
		}
		require.Equal(t, 1+2+2, strings.Count(got.body[strings.Index(got.body, ">Ledger<"):], "<th scope=\"row\">"))
	}
	require.Equal(t, 404, c.browse("/payments/3066177124_0", nil).status)
	require.Equal(t, 404, c.browse("/payments/%22%3E%3Cscript%3E", nil).status)
}

func TestFrontPage(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.sb.SeedPayments(120)
	c.seed(t,
		`{"id":"3066177123","amount":5000,"currency":"JPY","merchantReference":"needle","mode":"SALE"}`,
		`{"id":"3066177124","amount":70,"currency":"EUR","merchantReference":"hay","operations":[{"kind":"capture","amount":50,"ref":"needle-2"}]}`,
	)
	first := c.browse("/", nil)
	require.Equal(t, 200, first.status)
	require.Contains(t, first.words(), "122 in all")
	require.Contains(t, first.words(), "JPY 5,000 JPY 5,000 JPY")
	seen := map[string]bool{}
	link, older := regexp.MustCompile(`href="/payments/(\d+_0)"`), regexp.MustCompile(`href="([^"]*)" rel="next"`)
	pages, page := 0, first
	for {
		pages++
		for _, m := range link.FindAllStringSubmatch(page.body, -1) {
			require.False(t, seen[m[1]], m[1])
			seen[m[1]] = true
		}
		next := older.FindStringSubmatch(page.body)
		if next == nil {
			break
		}
		page = c.browse(strings.ReplaceAll(next[1], "&amp;", "&"), nil)
		require.Equal(t, 200, page.status)
	}
	require.Equal(t, 3, pages)
	require.Len(t, seen, 122)

	require.Equal(t, "/payments/3066177123_0", c.browse("/?q=9000003066177123000", nil).location())
	found := c.browse("/?q=needle", nil)
	require.Len(t, link.FindAllString(found.body, -1), 2)
	require.Contains(t, found.body, `value="needle"`)
	require.Contains(t, c.browse("/?q=nothing", nil).words(), "No payment has this id or reference.")

	require.NotContains(t, first.body, `http-equiv="refresh"`)
	require.Contains(t, first.body, `href="?live=1"`)
	require.Contains(t, c.browse("/?live=1", nil).body, `http-equiv="refresh"`)
	require.Equal(t, 404, c.get(t, "/payments/3066177125_0").status)
	require.Contains(t, c.browse("/", nil).words(), "getPayment 1")
}

// The totals of many payments are added up when they are asked for.
func TestTotalsOnDemand(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.sb.SeedPayments(10_001)
	require.NotContains(t, c.browse("/", nil).words(), "Authorised")
	require.Contains(t, c.browse("/?totals=1", nil).words(), "Currency Authorised Captured Cancelled Refunded EUR ")
	huge := start(t)
	lines := make([]string, 0, 20)
	for i := range cap(lines) {
		lines = append(lines, fmt.Sprintf(`{"id":"30661771%02d","amount":999999999999,"currency":"CLF"}`, i))
	}
	huge.seed(t, lines...)
	require.Contains(t, huge.browse("/", nil).words(), "CLF 1,999,999,999.9980 CLF")
}

// Whatever a client sends, pages show it as text.
func TestPagesEscape(t *testing.T) {
	t.Parallel()
	c := start(t)
	const evil = `"><script>alert(1)</script>'`
	const inJSON = `\"><script>alert(1)</script>'`
	order := `{"order":{"amountOfMoney":{"amount":800,"currencyCode":"EUR"},"references":{"merchantReference":"` + inJSON + `","merchantParameters":"` + inJSON + `"}}`
	made := c.post(t, "/hostedcheckouts", order+`,"hostedCheckoutSpecificInput":{"returnUrl":"https://s.example/\"><script>"}}`)
	require.Equal(t, 200, made.status, "%s", made.raw)
	link := c.post(t, "/paymentlinks", order+`,"paymentLinkSpecificInput":{"recipientName":"`+inJSON+`"}}`)
	require.Equal(t, 201, link.status, "%s", link.raw)
	redirected := c.post(t, "/payments", order+","+card(challengeNumber, "")+`}`)
	paid := c.post(t, "/payments", order+","+card(goodNumber, "")+`}`)
	id := paid.text("payment.id")
	require.Equal(t, 201, c.post(t, "/payments/"+id+"/capture", `{"operationReferences":{"merchantReference":"`+inJSON+`"}}`, withKey("k'<b>")).status)
	c.fault(t, sandbox.Fault{Kind: sandbox.AnswerLost, Key: evil})
	for _, to := range []string{
		made.text("redirectUrl"), link.text("redirectionUrl"), redirected.text("merchantAction.redirectData.redirectURL"),
		"/", "/?q=%22%3E%3Cscript%3Ealert(1)", "/?live=%22%3E%3Cscript%3E&x=%22%3E%3Cscript%3E", "/payments/" + id, "/checkouts", "/links", "/faults",
	} {
		got := c.browse(to, nil)
		require.Equal(t, 200, got.status, to)
		require.NotContains(t, got.body, "<script", to)
		require.NotContains(t, got.body, "<b>alert", to)
		require.Equal(t, strings.Count(got.body, "<"), strings.Count(got.body, ">"), to)
		if !strings.Contains(to, "?") || strings.Contains(to, "://") {
			require.Contains(t, got.body, "&lt;script&gt;", to)
		}
	}
	c.browse(made.text("redirectUrl"), do("cancel"))
	require.NotContains(t, c.browse(made.text("redirectUrl"), nil).body, "<script")
}

func TestOperatorPagesAreForTheOperator(t *testing.T) {
	t.Parallel()
	c := direct(sandboxtest.New(t, sandbox.Config{PublicURL: "https://pay.example"}))
	host := func(name string) option { return func(r *http.Request) { r.Host = name } }
	for name, tt := range map[string]struct {
		option option
		status int
		html   bool
	}{
		"typed in":            {withHeader("Sec-Fetch-Site", "none"), 200, true},
		"a link of its own":   {withHeader("Sec-Fetch-Site", "same-origin"), 200, true},
		"another site":        {withHeader("Sec-Fetch-Site", "cross-site"), 403, true},
		"a neighbour":         {withHeader("Sec-Fetch-Site", "same-site"), 403, true},
		"a client of the API": {withHeader("Accept", "application/json"), 404, false},
		"a simple client":     {withHeader("Accept", "*/*"), 404, false},
		"a silent client":     {func(r *http.Request) { r.Header.Del("Accept") }, 404, false},
		"a form":              {func(r *http.Request) { r.Method = http.MethodPost }, 404, false},
		"a rebound name":      {host("evil.example:8080"), 403, true},
		"an address":          {host("127.0.0.1:8080"), 200, true},
		"an IPv6 address":     {host("[::1]:8080"), 200, true},
		"a local name":        {host("localhost:8080"), 200, true},
		"the public name":     {host("pay.example"), 200, true},
	} {
		for _, path := range []string{"/", "/faults", "/checkouts", "/links", "/payouts"} {
			got := c.browse(path, nil, tt.option)
			require.Equal(t, tt.status, got.status, "%s %s", name, path)
			require.Equal(t, tt.html, strings.HasPrefix(got.header.Get("Content-Type"), "text/html"), name)
			if tt.html {
				require.Contains(t, got.header.Get("Content-Security-Policy"), "frame-ancestors 'none'")
			}
		}
	}
	require.Equal(t, 404, c.browse("/unknown", nil).status)
	require.Equal(t, 404, c.browse("//", nil).status)
	style := c.browse("/_sandbox/style.css", nil)
	require.Equal(t, 200, style.status)
	require.Equal(t, "text/css; charset=utf-8", style.header.Get("Content-Type"))
}

func TestListPages(t *testing.T) {
	t.Parallel()
	c := start(t)
	made := c.checkout(t, "", "")
	id := made.text("hostedCheckoutId")
	require.Contains(t, c.browse("/checkouts", nil).words(), "ORDER-1 IN_PROGRESS 1.23 EUR 10")
	require.Contains(t, c.browse("/checkouts", nil).body, strings.TrimPrefix(made.text("redirectUrl"), "http://sandbox"))
	_, err := c.sb.PayCheckout(id, cardOf(goodNumber))
	require.NoError(t, err)
	require.Contains(t, c.browse("/checkouts", nil).words(), "ORDER-1 PAYMENT_CREATED 1.23 EUR 0 "+id+"_0")

	c.post(t, "/paymentlinks", kuwaitiLink)
	require.Contains(t, c.browse("/links", nil).words(), "L-1 ACTIVE 123,456.789 KWD")

	c.fault(t, sandbox.Fault{Kind: sandbox.Status, Status: 503, Operation: "getPayment", Times: -1})
	c.get(t, "/payments/"+id+"_0")
	require.Contains(t, c.browse("/faults", nil).words(), "f1 status getPayment any any 1 always 1 status 503")
}

// BenchmarkPagesOfAMillion is how long the operator waits for a page.
func BenchmarkPagesOfAMillion(b *testing.B) {
	c := direct(sandboxtest.New(b, sandbox.Config{}))
	c.sb.SeedPayments(1_000_000)
	for _, to := range []string{"/", "/?before=3000500000_0", "/?q=order-999999", "/?q=nothing", "/?totals=1", "/payments/3000500000_0"} {
		b.Run(to, func(b *testing.B) {
			for b.Loop() {
				require.Equal(b, 200, c.browse(to, nil).status)
			}
		})
	}
}

package sandbox_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
	"github.com/payreconcile/payreconcile/pkg/sandbox/sandboxtest"
)

// A view is what a browser got.
type view struct {
	status int
	body   string
	header http.Header
}

func (v view) location() string { return v.header.Get("Location") }

func withHeader(name, value string) option {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

// browse asks for a page as a browser does; a form is posted.
func (c client) browse(to string, form url.Values, opts ...option) view {
	method, body := http.MethodGet, ""
	if form != nil {
		method, body = http.MethodPost, form.Encode()
	}
	if !strings.Contains(to, "://") {
		to = "http://sandbox" + to
	}
	r := httptest.NewRequest(method, to, strings.NewReader(body))
	r.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", "http://"+r.Host)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for _, o := range opts {
		o(r)
	}
	w := httptest.NewRecorder()
	c.sb.ServeHTTP(w, r)
	return view{w.Code, w.Body.String(), w.Header()}
}

func do(what string) url.Values { return url.Values{"do": {what}} }

func cardForm(number string) url.Values {
	return url.Values{"do": {"pay"}, "number": {number}, "expiry": {"12 / 99"}, "cvv": {"123"}, "name": {"Ada"}}
}

const spacedNumber = "4330 2649-3634 4675"

func TestCheckoutPage(t *testing.T) {
	t.Parallel()
	c := start(t)
	made := c.checkout(t, `"returnUrl":"https://shop.example/back?a=1"`, "")
	page, id := made.text("redirectUrl"), made.text("hostedCheckoutId")
	back := "https://shop.example/back?a=1&RETURNMAC=" + made.text("RETURNMAC") + "&hostedCheckoutId=" + id

	shown := c.browse(page, nil)
	require.Equal(t, 200, shown.status)
	for _, text := range []string{"1.23 EUR", "ORDER-1", `<label for="number">`, `<html lang="en">`} {
		require.Contains(t, shown.body, text)
	}
	require.Equal(t, "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self' https://shop.example; frame-ancestors 'none'",
		shown.header.Get("Content-Security-Policy"))
	for name, want := range map[string]string{
		"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
		"X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
	} {
		require.Equal(t, want, shown.header.Get(name), name)
	}

	wrong := c.browse(page, cardForm("12345678x"))
	require.Equal(t, 422, wrong.status)
	require.Contains(t, wrong.body, "card number is not valid")
	require.NotContains(t, wrong.body, "12345678x")
	refused := c.browse(page, do("decline"))
	require.Equal(t, 402, refused.status)
	require.Contains(t, refused.body, "Attempts left: 9.")
	require.Equal(t, 400, c.browse(page, do("steal")).status)
	require.Equal(t, "IN_PROGRESS", c.getCheckout(t, id).text("status"))

	paid := c.browse(page, cardForm(spacedNumber))
	require.Equal(t, 303, paid.status)
	require.Equal(t, back, paid.location())
	require.Equal(t, "PAYMENT_CREATED", c.getCheckout(t, id).text("status"))
	again := c.browse(page, cardForm(spacedNumber))
	require.Equal(t, 410, again.status)
	require.Contains(t, again.body, `href="`+strings.ReplaceAll(back, "&", "&amp;")+`"`)
	require.Equal(t, 410, c.browse(page, nil).status)
	require.Equal(t, int64(123), c.book(t, id).Sum(sandbox.Authorization))
}

func TestHowACheckoutPageEnds(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		hosted string
		wait   time.Duration
		form   url.Values
		status int
		text   string // of the page, or of the address that follows
		later  int    // status of the page afterwards
	}{
		"paid, no way back":       {``, 0, cardForm(goodNumber), 200, "accepted: 1.23 EUR", 410},
		"cancelled":               {`"returnUrl":"app://back"`, 0, do("cancel"), 303, "app://back?RETURNMAC=", 410},
		"cancelled, no way back":  {``, 0, do("cancel"), 200, "Nothing was charged", 410},
		"refused for good":        {`"allowedNumberOfPaymentAttempts":1,"returnUrl":"https://s.example"`, 0, do("decline"), 303, "https://s.example?RETURNMAC=", 410},
		"refused, no way back":    {`"allowedNumberOfPaymentAttempts":1`, 0, do("decline"), 200, "The card was refused", 410},
		"expired":                 {`"sessionTimeout":10`, 10 * time.Minute, cardForm(goodNumber), 410, "The time to pay is over", 410},
		"not quite expired":       {`"sessionTimeout":10`, 10*time.Minute - time.Second, cardForm(goodNumber), 200, "accepted", 410},
		"a return URL of scripts": {`"returnUrl":"JavaScript://x/%0aalert(1)"`, 0, do("cancel"), 200, "Nothing was charged", 410},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// The clock stands still, so that the session ends on the second.
			at := time.Now()
			c := direct(sandboxtest.New(t, sandbox.Config{Now: func() time.Time { return at }}))
			page := c.checkout(t, tt.hosted, "").text("redirectUrl")
			c.sb.Advance(tt.wait)
			got := c.browse(page, tt.form)
			require.Equal(t, tt.status, got.status, got.body)
			require.Contains(t, got.body+got.location(), tt.text)
			require.NotContains(t, strings.ToLower(got.body), "javascript:")
			later := c.browse(page, nil)
			require.Equal(t, tt.later, later.status)
			require.NotContains(t, strings.ToLower(later.body), "javascript")
		})
	}
}

// Every form is refused unless its own page sent it, and then changes nothing.
func TestFormsOfOtherSites(t *testing.T) {
	t.Parallel()
	c := start(t)
	made := c.checkout(t, `"returnUrl":"https://s.example"`, "")
	page, id := made.text("redirectUrl"), made.text("hostedCheckoutId")
	without := func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Del("Origin") }
	for name, o := range map[string]option{
		"cross site":          withHeader("Sec-Fetch-Site", "cross-site"),
		"same site":           withHeader("Sec-Fetch-Site", "same-site"),
		"typed in":            withHeader("Sec-Fetch-Site", "none"),
		"another origin":      func(r *http.Request) { without(r); r.Header.Set("Origin", "https://evil.example") },
		"another port":        func(r *http.Request) { without(r); r.Header.Set("Origin", "http://sandbox:81") },
		"an origin of nobody": func(r *http.Request) { without(r); r.Header.Set("Origin", "null") },
	} {
		require.Equal(t, 403, c.browse(page, cardForm(goodNumber), o).status, name)
		require.Equal(t, "IN_PROGRESS", c.getCheckout(t, id).text("status"), name)
	}
	long := cardForm(goodNumber)
	long.Set("name", strings.Repeat("x", 1<<20))
	require.Equal(t, 400, c.browse(page, long).status)
	require.Equal(t, 400, c.browse(page, cardForm(goodNumber), withHeader("Content-Type", "text/plain")).status)
	require.Equal(t, "IN_PROGRESS", c.getCheckout(t, id).text("status"))
	require.Equal(t, 303, c.browse(page, cardForm(goodNumber), without).status, "an old browser says nothing about itself")
}

func TestUnknownPages(t *testing.T) {
	t.Parallel()
	c := start(t)
	made := c.checkout(t, "", "")
	token := made.text("redirectUrl")[strings.LastIndexByte(made.text("redirectUrl"), '/')+1:]
	for _, path := range []string{
		"/hostedcheckout/PaymentMethods/Selection/" + made.text("hostedCheckoutId"), "/redirector/acs", "/redirector/acs?id=1",
		"/redirector/acs?id=" + token, "/paymentlink/" + token, "/mandates/sign/" + token, "/hostedtokenization/tokenization/form/" + token,
	} {
		for _, form := range []url.Values{nil, do("pay"), do("confirm")} {
			got := c.browse(path, form)
			require.Equal(t, 404, got.status, path)
			require.Contains(t, got.body, "No such page", path)
		}
	}
	require.Equal(t, "IN_PROGRESS", c.getCheckout(t, made.text("hostedCheckoutId")).text("status"))
}

func TestWhereTheHostedPagesAre(t *testing.T) {
	t.Parallel()
	const path = "/hostedcheckout/PaymentMethods/Selection/"
	for name, tt := range map[string]struct {
		cfg        sandbox.Config
		host       string
		full, part string
	}{
		"by the request":      {sandbox.Config{}, "127.0.0.1:8080", "http://127.0.0.1:8080", "preprod.payone.com"},
		"IPv6":                {sandbox.Config{}, "[::1]:8080", "http://[::1]:8080", "preprod.payone.com"},
		"payment host":        {sandbox.Config{}, "payment.localhost:8080", "http://payment.localhost:8080", "localhost:8080"},
		"public":              {sandbox.Config{PublicURL: "https://pay.example"}, "127.0.0.1:8080", "https://pay.example", "preprod.payone.com"},
		"public payment host": {sandbox.Config{PublicURL: "https://payment.shop.example/"}, "x", "https://payment.shop.example", "shop.example"},
		"no pages":            {sandbox.Config{NoPages: true}, "127.0.0.1", "https://payment.preprod.payone.com", "preprod.payone.com"},
		"a host of rubbish":   {sandbox.Config{}, `"><script>`, "https://payment.preprod.payone.com", "preprod.payone.com"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := direct(sandboxtest.New(t, tt.cfg))
			toHost := func(r *http.Request) { r.Host = tt.host }
			made := c.post(t, "/hostedcheckouts", `{"order":{"amountOfMoney":{"amount":1,"currencyCode":"EUR"}}}`, toHost)
			require.True(t, strings.HasPrefix(made.text("redirectUrl"), tt.full+path), made.text("redirectUrl"))
			require.True(t, strings.HasPrefix(made.text("partialRedirectUrl"), tt.part+path), made.text("partialRedirectUrl"))
			redirected := c.post(t, "/payments", createBody(800, card(challengeNumber, "")), toHost)
			require.True(t, strings.HasPrefix(redirected.text("merchantAction.redirectData.redirectURL"), tt.full+"/redirector/acs?id="))
			link := c.post(t, "/paymentlinks", kuwaitiLink, toHost)
			require.True(t, strings.HasPrefix(link.text("redirectionUrl"), tt.full+"/paymentlink/"))
		})
	}
	for _, public := range []string{"pay.example", "ftp://pay.example", "https://pay.example/path", "https://u@pay.example", "https://", "https://a b", "https://x?y"} {
		_, err := sandbox.New(sandbox.Config{MerchantID: "M", APIKeyID: "K", APISecret: "S", PublicURL: public})
		require.ErrorContains(t, err, "create sandbox: the public URL has to be a scheme and a host", public)
	}
}

func TestNoPages(t *testing.T) {
	t.Parallel()
	c := direct(sandboxtest.New(t, sandbox.Config{NoPages: true}))
	made := c.checkout(t, "", "")
	page, err := url.Parse(made.text("redirectUrl"))
	require.NoError(t, err)
	for _, path := range []string{"/", page.Path, "/faults", "/_sandbox/style.css"} {
		got := c.browse(path, nil)
		require.Equal(t, 404, got.status, path)
		require.Equal(t, "application/json", got.header.Get("Content-Type"), path)
	}
}

package sandbox_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

func TestRedirectPage(t *testing.T) {
	t.Parallel()
	const shop = "https://shop.example/back"
	deprecated := card(challengeNumber, "SALE")
	deprecated = deprecated[:len(deprecated)-1] + `,"returnUrl":"` + shop + `"}`
	current := card(challengeNumber, "PRE_AUTHORIZATION")
	current = current[:len(current)-1] + `,"returnUrl":"https://other.example","threeDSecure":{"redirectionData":{"returnUrl":"` + shop + `"}}}`
	for name, tt := range map[string]struct {
		input, do, code string
		lead            string
		sum             int64 // authorised
	}{
		"sale":       {deprecated, "confirm", "9", "CAPTURED", 800},
		"challenge":  {current, "confirm", "5", "PENDING_CAPTURE", 800},
		"PayPal":     {`"redirectPaymentMethodSpecificInput":{"paymentProductId":840,"requiresApproval":true,"redirectionData":{"returnUrl":"` + shop + `"}}`, "confirm", "5", "PENDING_CAPTURE", 800},
		"failed":     {current, "fail", "2", "REJECTED", 0},
		"not PayPal": {`"redirectPaymentMethodSpecificInput":{"paymentProductId":840,"redirectionData":{"returnUrl":"` + shop + `"}}`, "fail", "2", "REJECTED", 0},
		"abandoned":  {current, "abandon", "46", "REDIRECTED", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t)
			a := c.post(t, "/payments", createBody(800, tt.input))
			require.Equal(t, 201, a.status, "%s", a.raw)
			page, id := a.text("merchantAction.redirectData.redirectURL"), a.text("payment.id")
			require.Regexp(t, `^http://sandbox/redirector/acs\?id=[0-9a-f-]{36}$`, page)
			shown := c.browse(page, nil)
			require.Equal(t, 200, shown.status)
			require.Contains(t, shown.body, "8.00 EUR")
			require.Contains(t, shown.header.Get("Content-Security-Policy"), "form-action 'self' https://shop.example;")
			require.Equal(t, 403, c.browse(page, do(tt.do), withHeader("Sec-Fetch-Site", "cross-site")).status)
			require.Equal(t, 400, c.browse(page, do("")).status)
			require.Equal(t, 46, c.get(t, "/payments/"+id).at("statusOutput.statusCode"))

			back := shop + "?RETURNMAC=" + a.text("merchantAction.redirectData.RETURNMAC") + "&paymentId=" + id
			gone := c.browse(page, do(tt.do))
			require.Equal(t, 303, gone.status)
			require.Equal(t, back, gone.location())
			now := c.get(t, "/payments/"+id)
			require.Equal(t, tt.lead+" "+tt.code, now.text("status")+" "+itoa(now.at("statusOutput.statusCode").(int)))
			require.Equal(t, tt.sum, c.book(t, id).Sum(sandbox.Authorization))
			checkBook(t, c.book(t, id))
			if tt.do == "fail" {
				require.Empty(t, c.book(t, id).Movements)
				require.NotEmpty(t, now.text("statusOutput.errors.0.errorCode"))
				require.Equal(t, 400, c.post(t, "/payments/"+id+"/capture", "").status)
			}
			if tt.do == "abandon" {
				require.Equal(t, 200, c.browse(page, nil).status)
				return
			}
			require.Equal(t, 410, c.browse(page, nil).status)
			require.Equal(t, 410, c.browse(page, do("confirm")).status)
			require.Equal(t, 410, c.browse(page, do("fail")).status)
			require.Equal(t, now.raw, c.get(t, "/payments/"+id).raw)
		})
	}
}

func TestPassRedirect(t *testing.T) {
	t.Parallel()
	c := start(t)
	a := c.post(t, "/payments", createBody(800, card(challengeNumber, "SALE")))
	id := a.text("payment.id")
	require.Equal(t, 200, c.browse(a.text("merchantAction.redirectData.redirectURL"), do("abandon")).status, "there is no way back")
	_, err := c.sb.PassRedirect("4999999999_0", true)
	require.EqualError(t, err, `pass redirect: no payment "4999999999_0"`)
	to, err := c.sb.PassRedirect(id, true)
	require.NoError(t, err)
	require.Empty(t, to)
	_, err = c.sb.PassRedirect(id, false)
	require.ErrorContains(t, err, "pass redirect "+id)
	require.Equal(t, 9, c.get(t, "/payments/"+id).at("statusOutput.statusCode"))

	c.seed(t, `{"id":"3066177123","amount":5,"currency":"EUR","code":46}`)
	got := c.control("POST", "redirect", `{"payment":"3066177123_0","ok":false}`)
	require.Equal(t, 200, got.status, "%s", got.raw)
	require.Equal(t, 2, c.get(t, "/payments/3066177123_0").at("statusOutput.statusCode"))
	require.Equal(t, 400, c.control("POST", "redirect", `{"payment":"3066177123_0","ok":true}`).status)
}

func TestLinkPage(t *testing.T) {
	t.Parallel()
	c := start(t)
	made := c.post(t, "/paymentlinks", kuwaitiLink)
	page, id := made.text("redirectionUrl"), made.text("paymentLinkId")
	shown := c.browse(page, nil)
	require.Equal(t, 200, shown.status)
	require.Contains(t, shown.body, "123,456.789 KWD")
	require.Equal(t, 422, c.browse(page, url.Values{"do": {"pay"}, "number": {goodNumber}, "expiry": {"13/30"}}).status)
	require.Equal(t, 402, c.browse(page, do("decline")).status)
	require.Equal(t, 400, c.browse(page, do("cancel")).status)
	require.Equal(t, "ACTIVE", c.get(t, "/paymentlinks/"+id).text("status"))
	require.Equal(t, 200, c.browse(page, cardForm(goodNumber)).status)
	require.Equal(t, "PAID", c.get(t, "/paymentlinks/"+id).text("status"))
	require.Equal(t, 410, c.browse(page, cardForm(goodNumber)).status)

	for what, end := range map[string]func(id string){
		"cancelled": func(id string) { require.Equal(t, 204, c.post(t, "/paymentlinks/"+id+"/cancel", "").status) },
		"over":      func(string) { c.sb.Advance(100 * 365 * 24 * time.Hour) },
	} {
		made := c.post(t, "/paymentlinks", `{"order":{"amountOfMoney":{"amount":1,"currencyCode":"EUR"}}}`)
		end(made.text("paymentLinkId"))
		got := c.browse(made.text("redirectionUrl"), nil)
		require.Equal(t, 410, got.status)
		require.Contains(t, got.body, what)
	}
}

func TestMandatePage(t *testing.T) {
	t.Parallel()
	c := start(t)
	made := c.post(t, "/mandates", `{"customerReference":"C","recurrenceType":"RECURRING","signatureType":"SMS","returnUrl":"https://s.example/m",`+
		`"uniqueMandateReference":"M-1","customer":{"bankAccountIban":{"iban":"DE89370400440532013000"}}}`)
	require.Equal(t, 201, made.status, "%s", made.raw)
	page := made.text("merchantAction.redirectData.redirectURL")
	back := "https://s.example/m?RETURNMAC=" + made.text("merchantAction.redirectData.RETURNMAC")
	shown := c.browse(page, nil)
	require.Equal(t, 200, shown.status)
	require.Contains(t, shown.body, "…3000")
	require.NotContains(t, shown.body, "DE8937")
	require.Equal(t, back, c.browse(page, do("cancel")).location())
	require.Equal(t, "CREATED", c.get(t, "/mandates/M-1").text("mandate.status"))
	signed := c.browse(page, do("sign"))
	require.Equal(t, 303, signed.status)
	require.Equal(t, back, signed.location())
	require.Equal(t, "ACTIVE", c.get(t, "/mandates/M-1").text("mandate.status"))
	require.Equal(t, 410, c.browse(page, do("sign")).status)
}

func TestTokenizationPage(t *testing.T) {
	t.Parallel()
	c := start(t)
	made := c.post(t, "/hostedtokenizations", `{}`)
	page, id := made.text("hostedTokenizationUrl"), made.text("hostedTokenizationId")
	shown := c.browse(page, nil)
	require.Equal(t, 200, shown.status)
	require.NotContains(t, shown.header.Get("Content-Security-Policy"), "frame-ancestors")
	require.Empty(t, shown.header.Get("X-Frame-Options"))
	require.Equal(t, 422, c.browse(page, cardForm("1")).status)
	require.Equal(t, 403, c.browse(page, cardForm(goodNumber), withHeader("Sec-Fetch-Site", "cross-site")).status)
	entered := c.browse(page, cardForm(goodNumber))
	require.Equal(t, 200, entered.status)
	require.Contains(t, entered.body, c.get(t, "/hostedtokenizations/"+id).text("token.id"))
	require.NotContains(t, entered.body, goodNumber)
	keep := cardForm(goodNumber)
	keep.Set("keep", "yes")
	require.Equal(t, 200, c.browse(page, keep).status)
	require.Equal(t, false, c.get(t, "/hostedtokenizations/"+id).at("token.isTemporary"))
	token := c.get(t, "/hostedtokenizations/"+id).text("token.id")
	second := c.post(t, "/hostedtokenizations", `{"tokens":"`+token+`"}`)
	offers := c.browse(second.text("hostedTokenizationUrl"), nil)
	require.Contains(t, offers.body, `value="pick `+token+`" formnovalidate>Use •••• 4675<`)
	require.Equal(t, 409, c.browse(second.text("hostedTokenizationUrl"), do("pick another")).status)
	require.Equal(t, 200, c.browse(second.text("hostedTokenizationUrl"), do("pick "+token)).status)
	require.Equal(t, token, c.get(t, "/hostedtokenizations/"+second.text("hostedTokenizationId")).text("token.id"))
	c.sb.Advance(3 * time.Hour)
	require.Equal(t, 410, c.browse(page, nil).status)
	require.Equal(t, 410, c.browse(page, cardForm(goodNumber)).status)
}

// Who has paid a link goes to its return URL, if it has one.
func TestThePageOfALinkLeadsBack(t *testing.T) {
	t.Parallel()
	c := start(t)
	page := c.post(t, "/paymentlinks", linkBody(`,"hostedCheckoutSpecificInput":{"returnUrl":"https://shop.example/thanks"}`)).text("redirectionUrl")
	require.Contains(t, c.browse(page, nil).header.Get("Content-Security-Policy"), "form-action 'self' https://shop.example")
	paid := c.browse(page, cardForm(goodNumber))
	require.Equal(t, "303 https://shop.example/thanks", itoa(paid.status)+" "+paid.location())
	again := c.browse(page, nil)
	require.Equal(t, 410, again.status)
	require.Contains(t, again.body, `href="https://shop.example/thanks"`)
}

package sandbox_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

// TestAnswersOfOtherServicesFitTheContract does for hosted pages, tokens,
// payouts, products, services and webhooks what TestAnswersFitTheContract does
// for payments.
func TestAnswersOfOtherServicesFitTheContract(t *testing.T) {
	t.Parallel()
	s := readSchema(t)
	c := start(t, func(b *sandbox.Behaviour) { b.RefuseRefundsAtOnce = true })
	post := func(operation, path, body string) answer {
		t.Helper()
		return s.check(t, operation, c.post(t, path, body))
	}
	get := func(operation, path string) { t.Helper(); s.check(t, operation, c.get(t, path)) }

	for _, number := range []string{goodNumber, declinedNumber, challengeNumber} {
		a := s.check(t, "createHostedCheckout", c.checkout(t, `"allowedNumberOfPaymentAttempts":2,"tokens":"x"`, ""))
		checkout := a.text("hostedCheckoutId")
		get("getHostedCheckout", "/hostedcheckouts/"+checkout)
		for attempt := range 2 {
			_, err := c.sb.PayCheckout(checkout, cardOf(number))
			require.Equal(t, attempt == 0 || number == declinedNumber, err == nil)
			get("getHostedCheckout", "/hostedcheckouts/"+checkout)
		}
		for _, permanent := range []bool{false, true} {
			session := post("createHostedTokenization", "/hostedtokenizations", `{"tokens":"x"}`).text("hostedTokenizationId")
			get("getHostedTokenization", "/hostedtokenizations/"+session)
			token, err := c.sb.EnterCard(session, cardOf(number), permanent)
			require.NoError(t, err)
			get("getHostedTokenization", "/hostedtokenizations/"+session)
			get("getToken", "/tokens/"+token)
			id := post("createPayment", "/payments", byToken(token)).text("payment.id")
			post("createPayment", "/payments", bySession(session))
			get("getPaymentDetails", "/payments/"+id+"/details")
		}
		token := post("createToken", "/tokens", tokenBody(number, "1131")).text("token")
		post("createToken", "/tokens", tokenBody("123", "1131"))
		get("getPayout", "/payouts/"+post("createPayout", "/payouts", payoutTo(number)).text("id"))
		for _, source := range []string{`"token":"` + token + `"`, `"token":"x"`} {
			post("surchargeCalculation", "/services/surchargecalculation", `{"amountOfMoney":{"amount":1000,"currencyCode":"EUR"},"cardSource":{`+source+`}}`)
		}
		require.Equal(t, http.StatusNoContent, s.check(t, "deleteToken", c.do(t, "DELETE", "/tokens/"+token, "")).status)
		s.check(t, "deleteToken", c.do(t, "DELETE", "/tokens/"+token, ""))
		post("getIinDetails", "/services/getIINdetails", `{"bin":"`+number+`"}`)
	}
	get("getHostedCheckout", "/hostedcheckouts/1")
	get("getHostedTokenization", "/hostedtokenizations/1")
	get("getPayout", "/payouts/1")
	for _, query := range []string{inGermany, "", inGermany + "&hide=fields&hide=translations"} {
		for path, operation := range map[string]string{
			"/products": "getPaymentProducts", "/products/1": "getPaymentProduct", "/products/302": "getPaymentProduct",
			"/products/320": "getPaymentProduct", "/products/9": "getPaymentProduct", "/products/320/networks": "getPaymentProductNetworks",
			"/products/809/directory": "getProductDirectory", "/products/1/directory": "getProductDirectory",
			"/productgroups": "getProductGroups", "/productgroups/cards": "getProductGroup", "/productgroups/x": "getProductGroup",
		} {
			get(operation, path+query)
		}
	}
	for _, currency := range []string{"EUR", "JPY", "E"} {
		post("getDccRateInquiry", "/services/dccrate", dccBody("1000", currency))
	}
	post("getIinDetails", "/services/getIINdetails", `{"bin":"100000"}`)
	post("validateWebhookCredentials", "/webhooks/validateCredentials", `{}`)
	post("sendTestWebhook", "/webhooks/sendtest", `{"url":"https://shop.example"}`)
	post("sendTestWebhook", "/webhooks/sendtest", `{}`)
	path := c.payment(t, 5000)
	post("capturePayment", path+"/capture", "")
	require.Equal(t, 400, post("refundPayment", path+"/refund", `{"amountOfMoney":{"amount":1303,"currencyCode":"EUR"}}`).status)
}

// Every operation of the sandbox is one of the contract, with its method, path
// and idempotence: a key that is repeated is answered from memory exactly where
// the contract says so.
func TestOperationsAreThoseOfTheContract(t *testing.T) {
	t.Parallel()
	s := readSchema(t)
	c := start(t)
	require.Len(t, c.sb.Requests(), len(s.Operations))
	for name := range c.sb.Requests() {
		found := false
		for _, o := range s.Operations {
			if o.OperationID != name {
				continue
			}
			found = true
			require.NotEqual(t, 0, len(o.Responses), name)
			before := c.sb.Requests()[name]
			for range 2 {
				a := c.do(t, o.Method, pathOf(o.Path), "", withKey("key-"+name))
				replayed := a.header.Get(replayOf) != ""
				require.Equal(t, o.Idempotent && c.sb.Requests()[name] == before+2, replayed, name)
			}
			require.Equal(t, before+2, c.sb.Requests()[name], name)
		}
		require.True(t, found, name)
	}
}

var pathParameter = regexp.MustCompile(`\{[^}]+\}`)

// pathOf fills in the path of an operation below the merchant.
func pathOf(path string) string {
	return pathParameter.ReplaceAllString(strings.TrimPrefix(path, "/v2/{merchantId}"), "1")
}

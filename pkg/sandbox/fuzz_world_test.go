package sandbox_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

// worldTime is when the clock of a world stands.
var worldTime = time.Date(2030, time.June, 1, 12, 0, 0, 0, time.UTC)

// A world is a sandbox in which there is one of everything. Names such as {token}
// stand for the ids, which differ from sandbox to sandbox.
type world struct {
	client
	names *strings.Replacer
}

func newWorld(t testing.TB) world {
	t.Helper()
	sb, err := sandbox.New(worldConfig())
	require.NoError(t, err)
	return fill(t, sb)
}

func worldConfig() sandbox.Config {
	return sandbox.Config{
		MerchantID: merchantID, APIKeyID: keyID, APISecret: secret, Now: func() time.Time { return worldTime },
	}
}

// fill puts one of everything into a sandbox.
func fill(t testing.TB, sb *sandbox.Sandbox) world {
	t.Helper()
	c := client{sb: sb, now: func() time.Time { return worldTime }}
	c.seed(
		t,
		`{"id":"3066177001_0","amount":1000,"currency":"EUR","mode":"PRE_AUTHORIZATION"}`,
		`{"id":"3066177002_0","amount":2000,"currency":"EUR","mode":"SALE","merchantReference":"order-2"}`,
		`{"id":"3066177003_0","amount":3000,"currency":"JPY","operations":[{"kind":"capture","amount":1000},{"kind":"refund","amount":500},{"kind":"cancel","amount":100,"final":false}]}`,
		`{"id":"3066177004_0","amount":4000,"currency":"EUR","code":46}`,
		`{"id":"3066177005_0","amount":500,"currency":"EUR","paymentProductId":840,"code":47}`,
		`{"id":"3066177006_0","amount":6000,"currency":"EUR","operations":[{"kind":"capture","amount":1209,"code":92}]}`,
	)
	made := func(at, path, text string) string {
		a := c.post(t, path, text)
		require.Less(t, a.status, 300, "%s %s", path, a.raw)
		return a.text(at)
	}
	session := made("hostedTokenizationId", "/hostedtokenizations", `{}`)
	_, err := sb.EnterCard(session, cardOf(goodNumber), false)
	require.NoError(t, err)
	fields := made("sessionData.hostedFieldsSessionId", "/hostedfields/sessions", `{"locale":"de_DE"}`)
	_, err = sb.EnterCard(fields, cardOf(goodNumber), false)
	require.NoError(t, err)
	paid := made("hostedCheckoutId", "/hostedcheckouts", `{"order":{"amountOfMoney":{"amount":700,"currencyCode":"EUR"}},"hostedCheckoutSpecificInput":{"returnUrl":"https://shop.example/"}}`)
	_, err = sb.PayCheckout(paid, cardOf(goodNumber))
	require.NoError(t, err)
	made("merchantBatchReference", "/merchant-batches", batchOf("batch", "RefundPayment", "refundPayments", item("3066177002_0", "refund", `{}`)))
	c.post(t, "/payments/3066177001_0/capture", `{"amount":100}`, withKey("used"))
	blocked := made("mandate.uniqueMandateReference", "/mandates", mandateBody("UNSIGNED", ""))
	made("mandate.status", "/mandates/"+blocked+"/block", "")
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	csr := requestFor(t, key)
	require.Equal(t, 201, c.certificate(t, csr).status)
	return world{c, strings.NewReplacer(
		"{csr}", strings.ReplaceAll(csr, "\n", `\n`),
		"{open}", "3066177001_0", "{sale}", "3066177002_0", "{yen}", "3066177003_0", "{redirected}", "3066177004_0",
		"{awaiting}", "3066177005_0", "{uncertain}", "3066177006_0",
		"{tokenization}", session, "{fields}", fields, "{paid}", paid, "{blocked}", blocked, "{batch}", "batch",
		"{token}", made("token", "/tokens", tokenBody(goodNumber, "1299")),
		"{mandate}", made("mandate.uniqueMandateReference", "/mandates", mandateBody("UNSIGNED", "")),
		"{link}", made("paymentLinkId", "/paymentlinks", linkBody("")),
		"{checkout}", made("hostedCheckoutId", "/hostedcheckouts", `{"order":{"amountOfMoney":{"amount":700,"currencyCode":"EUR"}},"hostedCheckoutSpecificInput":{"returnUrl":"https://shop.example/"}}`),
		"{payout}", made("id", "/payouts", payoutTo(goodNumber)),
		"{series}", made("paymentId", "/tokens/importCofSeries", seriesBody(goodNumber)),
	)}
}

// examples are requests for every operation: method, path below the merchant and body.
func examples() [][3]string {
	return [][3]string{
		{"POST", "/payments", createBody(1302, card(goodNumber, "SALE"))},
		{"POST", "/payments", createBody(800, card(challengeNumber, "PRE_AUTHORIZATION"))},
		{"POST", "/payments", byToken("{token}")},
		{"POST", "/payments", bySession("{tokenization}")},
		{"POST", "/payments", byFields("{fields}")},
		{"POST", "/payments", `{"order":{"references":{}},"redirectPaymentMethodSpecificInput":{"paymentProductId":840}}`},
		{"GET", "/payments/{open}", ""},
		{"GET", "/payments/3066177003/details", ""},
		{"POST", "/payments/9000003066177001000/capture", `{"amount":100,"isFinal":true,"operationReferences":{"merchantReference":"x"},"lineItemDetails":[{"quantity":1}]}`},
		{"POST", "/payments/{open}/cancel", `{"amountOfMoney":{"amount":300,"currencyCode":"EUR"},"isFinal":false}`},
		{"POST", "/payments/{sale}/refund", `{"amountOfMoney":{"amount":1303,"currencyCode":"EUR"},"captureId":"3066177002_1","reason":"x"}`},
		{"POST", "/payments/{sale}/refund", `{"amountOfMoney":{"amount":200,"currencyCode":"EUR"}}`},
		{"POST", "/payments/{uncertain}/refund", `{}`},
		{"GET", "/payments/{yen}/captures", ""},
		{"GET", "/payments/{yen}/refunds", ""},
		{"POST", "/payments/{series}/subsequent", subsequentBody(700)},
		{"POST", "/payments/{sale}/subsequent", subsequentBody(700, subsequentCard(`"token":"{token}","authorizationMode":"SALE"`))},
		{"POST", "/payments/{awaiting}/complete", completeCard(goodNumber, "1299")},
		{"POST", "/payments/{redirected}/complete", `{"order":{}}`},
		{"POST", "/hostedcheckouts", `{"order":{"amountOfMoney":{"amount":1,"currencyCode":"EUR"}},"hostedCheckoutSpecificInput":{"returnUrl":"a://b","sessionTimeout":1,"tokens":"{token},x"}}`},
		{"GET", "/hostedcheckouts/{checkout}", ""},
		{"GET", "/hostedcheckouts/{paid}", ""},
		{"POST", "/hostedtokenizations", `{"tokens":"{token},b","locale":"de_DE"}`},
		{"GET", "/hostedtokenizations/{tokenization}", ""},
		{"POST", "/hostedfields/sessions", `{"locale":"de_DE","tokens":["{token}"]}`},
		{"GET", "/hostedfields/sessions/{fields}", ""},
		{"POST", "/tokens", tokenBody(goodNumber, "1131")},
		{"GET", "/tokens/{token}", ""},
		{"DELETE", "/tokens/{token}", ""},
		{"POST", "/tokens/importCofSeries", seriesBody(declinedNumber)},
		{"POST", "/payouts", payoutTo(declinedNumber)},
		{"POST", "/payouts", payoutTo(goodNumber)},
		{"GET", "/payouts/{payout}", ""},
		{"POST", "/merchant-batches", batchOf("new", "CapturePayment", "capturePayments", item("{open}", "capture", `{"amount":5}`), item("x", "capture", `{}`))},
		{"POST", "/merchant-batches", batchOf("other", "CreatePayout", "createPayouts", payoutTo(goodNumber))},
		{"POST", "/merchant-batches/{batch}/process", ""},
		{"GET", "/merchant-batches/{batch}", ""},
		{"POST", "/mandates", mandateBody("SMS", `,"returnUrl":"https://shop.example/","customer":{"bankAccountIban":{"iban":"DE89370400440532013000"},"mandateAddress":{"countryCode":"DE"}}`)},
		{"GET", "/mandates/{mandate}", ""},
		{"POST", "/mandates/{mandate}/block", ""},
		{"POST", "/mandates/{blocked}/unblock", ""},
		{"POST", "/mandates/{blocked}/revoke", `{"revocationReason":"userAction"}`},
		{"POST", "/paymentlinks", linkBody(`,"isReusableLink":true,"paymentLinkSpecificInput":{"expirationDate":"2030-07-01T00:00:00+02:00","recipientName":"Ada"}`)},
		{"GET", "/paymentlinks/{link}", ""},
		{"POST", "/paymentlinks/{link}/cancel", ""},
		{"GET", "/products?countryCode=DE&currencyCode=EUR&hide=fields&hide=translations&amount=100&isRecurring=true&locale=de_DE", ""},
		{"GET", "/products/1?countryCode=DE&currencyCode=EUR", ""},
		{"GET", "/products/320/networks?countryCode=DE&currencyCode=EUR", ""},
		{"GET", "/products/809/directory?countryCode=NL&currencyCode=EUR", ""},
		{"POST", "/products/302/sessions", `{"paymentProductSession302SpecificInput":{"displayName":"Shop","domainName":"shop.example"}}`},
		{"GET", "/productgroups?countryCode=DE&currencyCode=EUR", ""},
		{"GET", "/productgroups/cards?countryCode=DE&currencyCode=EUR", ""},
		{"GET", "/services/testconnection", ""},
		{"POST", "/services/getIINdetails", `{"bin":"4330264936344675000","paymentContext":{"countryCode":"DE"}}`},
		{"POST", "/services/dccrate", dccBody("999999999999", "USD")},
		{"POST", "/services/surchargecalculation", `{"amountOfMoney":{"amount":1,"currencyCode":"EUR"},"cardSource":{"hostedTokenizationId":"{tokenization}"}}`},
		{"GET", "/services/privacypolicy?locale=de_DE&paymentProductId=1", ""},
		{"POST", "/detokenize/csr", `{"csr":"{csr}"}`},
		{"GET", "/detokenize/tokens?tokens={token}", ""},
		{"GET", "/detokenize/payments?payments={open}", ""},
		{"POST", "/sessions", `{"tokens":["{token}","x"]}`},
		{"POST", "/webhooks/validateCredentials", `{"key":"key","secret":"x"}`},
		{"POST", "/webhooks/sendtest", `{"url":"https://[::1]:0/"}`},
	}
}

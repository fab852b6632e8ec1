package conformance_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

func (v *visit) products() {
	const here = `context {"countryCode":"FR","currencyCode":"EUR","hide":["fields","accountsOnFile"]}`
	all := v.call(200, "getPaymentProducts", "M", here)
	require.Greater(v.t, all.list("paymentProducts"), 20)
	require.Equal(v.t, "card", all.text("paymentProducts.0.paymentMethod"))
	require.Nil(v.t, all.value("paymentProducts.0.accountsOnFile"))
	one := v.call(200, "getPaymentProduct", "M", "1", `context {"countryCode":"FR","currencyCode":"EUR"}`)
	require.EqualValues(v.t, 1, one.number("id"))
	require.NotZero(v.t, one.list("fields"))
	require.NotZero(v.t, v.call(200, "getPaymentProductNetworks", "M", "320", here).list("networks"))
	require.NotEmpty(v.t, v.call(200, "getProductDirectory", "M", "809", `context {"countryCode":"NL","currencyCode":"EUR"}`).text("entries.0.issuerId"))
	group := v.call(200, "getProductGroups", "M", here).text("paymentProductGroups.0.id")
	require.Equal(v.t, group, v.call(200, "getProductGroup", "M", group, here).text("id"))
	require.Equal(v.t, "currencyCode", v.call(400, "getPaymentProducts", "M", `context {"countryCode":"FR"}`).text("errors.0.propertyName"))
}

func (v *visit) services() {
	require.Equal(v.t, "OK", v.call(200, "testConnection", "M").text("result"))
	require.EqualValues(v.t, 1, v.call(200, "getIINDetails", "M", `{"bin":"401200"}`).number("paymentProductId"))
	v.call(404, "getIINDetails", "M", `{"bin":"100000"}`)
	rate := v.call(200, "getDccRateInquiry", "M", `{"cardSource":{"card":{"cardNumber":"`+visaNumber+`"}},"transaction":{"amount":{"amount":1000,"currencyCode":"EUR"}}}`)
	require.Equal(v.t, "Allowed", rate.text("result.result"))
	require.Equal(v.t, "USD", rate.text("proposal.targetAmount.currencyCode"))
	extra := v.call(200, "surchargeCalculation", "M", `{"amountOfMoney":{"amount":1000,"currencyCode":"EUR"},"cardSource":{"card":{"cardNumber":"`+visaNumber+`"}}}`)
	require.EqualValues(v.t, 1000, extra.number("surcharges.0.totalAmount.amount"))
	require.Contains(v.t, v.call(200, "getPrivacyPolicy", "M", `context {"locale":"de_DE","paymentProductId":1}`).text("htmlContent"), "de-DE")
	session := v.call(201, "createSession", "M", `{"tokens":["x"]}`)
	require.NotEmpty(v.t, session.text("clientSessionId"))
	require.Equal(v.t, "x", session.text("invalidTokens.0"))
}

// cardData uses the client's signature and transport: it has no method for it.
func (v *visit) cardData() {
	id := v.authorised()
	v.send(403, "GET", "/detokenize/payments?payments="+id, "", false)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(v.t, err)
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "visit"}}, key)
	require.NoError(v.t, err)
	csr, err := json.Marshal(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})))
	require.NoError(v.t, err)
	made := v.send(201, "POST", "/detokenize/csr", `{"csr":`+string(csr)+`}`, false)
	require.NotEmpty(v.t, made.text("certificateId"))
	payment := v.send(201, "GET", "/detokenize/payments?payments="+id, "", false)
	require.Len(v.t, strings.Split(payment.text("tokens.0.encryptedCardNumber"), "."), 5)
	token := v.call(201, "createToken", "M", `{"paymentProductId":1,"card":{"data":{"card":`+cardOf("5137009801943438")+`}}}`).text("token")
	kept := v.send(201, "GET", "/detokenize/tokens?tokens="+token, "", false)
	require.Len(v.t, strings.Split(kept.text("tokens.0.encryptedCardNumber"), "."), 5)
}

// batches uses the client's signature and transport: it has no method for them.
func (v *visit) batches() {
	one, two := v.authorised(), v.authorised()
	body := `{"header":{"merchantBatchReference":"visit-1","operationType":"CapturePayment","itemCount":2},"capturePayments":[` +
		`{"paymentId":"` + one + `","capture":{"amount":600,"isFinal":false}},{"paymentId":"` + two + `","capture":{}}]}`
	v.send(400, "POST", "/merchant-batches", strings.Replace(body, `"itemCount":2`, `"itemCount":3`, 1), true)
	v.send(400, "POST", "/merchant-batches", strings.Replace(body, "CapturePayment", "RefundPayment", 1), true)
	made := v.send(201, "POST", "/merchant-batches", body, true)
	require.Equal(v.t, "visit-1", made.text("merchantBatchReference"))
	require.EqualValues(v.t, 2, made.number("totalCount"))
	v.send(400, "POST", "/merchant-batches", body, false) // the reference is taken
	require.Equal(v.t, "Submitted", v.send(200, "GET", "/merchant-batches/visit-1", "", false).text("status"))
	v.balances(one, 800, 0, 0, 0)
	require.Nil(v.t, v.send(202, "POST", "/merchant-batches/visit-1/process", "", false).body)
	done := v.send(200, "GET", "/merchant-batches/visit-1", "", false)
	require.Equal(v.t, []any{"Processed", "CapturePayment", float64(2)}, []any{done.value("status"), done.value("operationType"), done.value("itemCount")})
	v.send(400, "POST", "/merchant-batches/visit-1/process", "", false)
	require.EqualValues(v.t, 600, v.call(200, "getCaptures", "M", one).number("captures.0.captureOutput.amountOfMoney.amount"))
	v.balances(one, 200, 600, 0, 0)
	v.balances(two, 0, 800, 0, 0)
	v.send(404, "POST", "/merchant-batches/unknown/process", "", false)
	v.send(404, "GET", "/merchant-batches/unknown", "", false)
}

func (v *visit) series() {
	made := v.send(201, "POST", "/tokens/importCofSeries", `{"schemeReferenceData":"ref","currencyCode":"EUR","card":`+cardOf(visaNumber)+`}`, false)
	first := made.text("paymentId")
	require.Equal(v.t, "CREATED", v.call(200, "getPayment", "M", first).text("status"))
	v.call(400, "capturePayment", "M", first)
	next := v.call(201, "subsequentPayment", "M", first, `{`+order+`,"subsequentcardPaymentMethodSpecificInput":{"subsequentType":"Unscheduled"}}`).text("payment.id")
	v.call(201, "capturePayment", "M", next)
	v.balances(next, 0, 800, 0, 0)
	require.Empty(v.t, v.book(first).Movements)
}

func (v *visit) sessions() {
	made := v.send(200, "POST", "/hostedfields/sessions", `{"locale":"de_DE"}`, false)
	id := made.text("sessionData.hostedFieldsSessionId")
	token, err := v.sb.EnterCard(id, entered(visaNumber), false)
	require.NoError(v.t, err)
	require.Equal(v.t, token, v.send(200, "GET", "/hostedfields/sessions/"+id, "", false).text("token.tokenId"))
	paid := v.send(201, "POST", "/payments", `{`+order+`,"hostedFieldsSessionId":"`+id+`"}`, false).text("payment.id")
	require.Equal(v.t, "PENDING_CAPTURE", v.call(200, "getPayment", "M", paid).text("status"))
	v.balances(paid, 800, 0, 0, 0)
	unknown := v.send(404, "GET", "/hostedfields/sessions/"+strings.Repeat("0", 32), "", false)
	require.EqualValues(v.t, 404, unknown.number("status"), "a problem, not an error")
	apple := v.send(200, "POST", "/products/302/sessions", `{"paymentProductSession302SpecificInput":{"displayName":"Shop","domainName":"shop.example"}}`, false)
	require.Contains(v.t, apple.text("paymentProductSession302SpecificOutput.session"), "shop.example")
}

func (v *visit) credentials() {
	before := v.sb.Requests()
	v.configure("another secret")
	refused := v.call(403, "testConnection", "M")
	require.Equal(v.t, "9002", refused.text("errors.0.errorCode"))
	v.call(403, "createPayment", "M", payment(visaNumber, "SALE"))
	v.call(403, "deleteToken", "M", "x")
	require.Equal(v.t, before, v.sb.Requests(), "what is not signed is not served")
	v.configure(secret)
	books := 0
	for range v.sb.Ledger() {
		books++
	}
	foreign := v.call(403, "createPayment", "000000", payment(visaNumber, "SALE"))
	require.NotEmpty(v.t, foreign.text("errorId"))
	require.Equal(v.t, "9007", foreign.text("errors.0.errorCode"))
	v.call(403, "testConnection", "000000")
	for range v.sb.Ledger() {
		books--
	}
	require.Zero(v.t, books)
	v.call(200, "testConnection", "M")
}

// made says how many operations of a kind stand.
func (v *visit) made(id string, k sandbox.Kind) int {
	v.t.Helper()
	return v.book(id).Count(k)
}

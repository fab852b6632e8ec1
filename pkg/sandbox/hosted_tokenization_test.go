package sandbox_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
	"github.com/payreconcile/payreconcile/pkg/sandbox/sandboxtest"
)

func byToken(token string) string {
	return createBody(800, `"cardPaymentMethodSpecificInput":{"authorizationMode":"SALE","token":"`+token+`"}`)
}

func bySession(id string) string { return createBody(800, `"hostedTokenizationId":"`+id+`"`) }

func (c client) tokenization(t require.TestingT, body string) string {
	a := c.post(t, "/hostedtokenizations", body)
	require.Equal(t, 200, a.status, "%s", a.raw)
	return a.text("hostedTokenizationId")
}

func TestHostedTokenization(t *testing.T) {
	t.Parallel()
	c := start(t)
	made := c.post(t, "/hostedtokenizations", `{"locale":"de_DE","variant":"x"}`)
	id := made.text("hostedTokenizationId")
	require.Regexp(t, `^http://sandbox/hostedtokenization/tokenization/form/[0-9a-f-]{36}$`, made.text("hostedTokenizationUrl"))
	require.Equal(t, strings.Replace(made.text("hostedTokenizationUrl"), "http://sandbox", "preprod.payone.com", 1), made.text("partialRedirectUrl"))
	require.Contains(t, made.text("partialRedirectUrl"), id)
	require.JSONEq(t, `{}`, string(c.get(t, "/hostedtokenizations/"+id).raw))
	require.Equal(t, "hostedTokenizationId", c.post(t, "/payments", bySession(id)).text("errors.0.propertyName"), "nothing was entered")

	_, err := c.sb.EnterCard(id, cardOf("123"), false)
	require.EqualError(t, err, "enter card "+id+": the cardNumber of the card is not valid")
	token, err := c.sb.EnterCard(id, cardOf(goodNumber), false)
	require.NoError(t, err)
	want := `{"id":"` + token + `","isTemporary":true,"paymentProductId":1,"card":{"alias":"************4675",
		"data":{"cardWithoutCvv":{"cardNumber":"************4675","expiryDate":"1299","cardholderName":"Test Holder"}}}}`
	require.JSONEq(t, `{"tokenStatus":"CREATED","token":`+want+`}`, string(c.get(t, "/hostedtokenizations/"+id).raw))
	require.JSONEq(t, want, string(c.get(t, "/tokens/"+token).raw))

	paid := c.post(t, "/payments", bySession(id), withKey("k"))
	require.Equal(t, 201, paid.status, "%s", paid.raw)
	output := "payment.paymentOutput.cardPaymentMethodSpecificOutput."
	require.Equal(t, "433026 1299", paid.text(output+"card.bin")+" "+paid.text(output+"card.expiryDate"))
	require.Nil(t, paid.at(output+"token"), "a temporary token cannot be used again")
	require.Equal(t, string(paid.raw), string(c.post(t, "/payments", bySession(id), withKey("k")).raw))
	for _, body := range []string{bySession(id), byToken(token)} {
		a := c.post(t, "/payments", body)
		require.Equal(t, "400 INVALID_VALUE", itoa(a.status)+" "+a.text("errors.0.id"))
	}
	_, err = c.sb.EnterCard(id, cardOf(goodNumber), false)
	require.EqualError(t, err, "enter card "+id+": the session is over")
	require.Equal(t, 404, c.get(t, "/hostedtokenizations/nonsense").status)
	require.Equal(t, "locale", c.post(t, "/hostedtokenizations", `{"locale":"german"}`).text("errors.0.propertyName"))
}

// Lives end on the instant, and a temporary token is not offered by a page.
func TestEndsOnAStandingClock(t *testing.T) {
	t.Parallel()
	at := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	sb := sandboxtest.New(t, sandbox.Config{Now: func() time.Time { return at }})
	c := client{sb: sb, now: func() time.Time { return at }}
	token, err := sb.EnterCard(c.tokenization(t, ""), cardOf(goodNumber), false)
	require.NoError(t, err)
	require.Equal(t, token, c.post(t, "/hostedtokenizations", `{"tokens":"`+token+`"}`).text("invalidTokens.0"))
	id := c.post(t, "/payouts", payoutTo(goodNumber)).text("id")
	require.Equal(t, "ACCOUNT_CREDITED", c.get(t, "/payouts/"+id).text("status"))
	sb.Advance(2*time.Hour - 1)
	require.Equal(t, 200, c.get(t, "/tokens/"+token).status)
	sb.Advance(1)
	require.Equal(t, 404, c.get(t, "/tokens/"+token).status)
}

func TestTemporaryTokensLiveTwoHours(t *testing.T) {
	t.Parallel()
	c := start(t)
	late := c.tokenization(t, "")
	c.sb.Advance(time.Hour)
	entered := c.tokenization(t, "")
	token, err := c.sb.EnterCard(entered, cardOf(goodNumber), false)
	require.NoError(t, err)
	c.sb.Advance(time.Hour)
	_, err = c.sb.EnterCard(late, cardOf(goodNumber), false)
	require.EqualError(t, err, "enter card "+late+": the session is over")
	require.Equal(t, 404, c.get(t, "/hostedtokenizations/"+late).status)
	require.Equal(t, 200, c.get(t, "/tokens/"+token).status)
	c.sb.Advance(time.Hour)
	require.Equal(t, 404, c.get(t, "/tokens/"+token).status)
	require.Equal(t, 404, c.do(t, "DELETE", "/tokens/"+token, "").status)
	require.Equal(t, 404, c.get(t, "/hostedtokenizations/"+entered).status)
	for _, body := range []string{bySession(entered), byToken(token)} {
		require.Equal(t, 400, c.post(t, "/payments", body).status)
	}
}

// A card that the consumer wants kept pays as often as one likes.
func TestPermanentTokens(t *testing.T) {
	t.Parallel()
	c := start(t)
	id := c.tokenization(t, "")
	token, err := c.sb.EnterCard(id, cardOf(goodNumber), true)
	require.NoError(t, err)
	require.Equal(t, false, c.get(t, "/hostedtokenizations/"+id).at("token.isTemporary"))
	require.Equal(t, 201, c.post(t, "/payments", bySession(id)).status)
	require.Equal(t, 400, c.post(t, "/payments", bySession(id)).status, "the session pays once")
	c.sb.Advance(1000 * time.Hour)
	for range 3 {
		a := c.post(t, "/payments", byToken(token))
		require.Equal(t, 201, a.status, "%s", a.raw)
		require.Equal(t, 9, a.at("payment.statusOutput.statusCode"))
		require.Equal(t, token, a.text("payment.paymentOutput.cardPaymentMethodSpecificOutput.token"))
		require.Equal(t, token, c.get(t, "/payments/"+a.text("payment.id")).text("paymentOutput.cardPaymentMethodSpecificOutput.token"))
	}

	offered := c.post(t, "/hostedtokenizations", `{"tokens":"`+token+`, unknown,,"}`)
	require.Equal(t, "unknown", offered.text("invalidTokens.0"))
	require.Nil(t, offered.at("invalidTokens.1"))
	id = offered.text("hostedTokenizationId")
	require.EqualError(t, c.sb.PickToken(id, "unknown"), "pick token "+id+": the page does not offer this token")
	require.EqualError(t, c.sb.PickToken("x", token), "pick token x: there is no such hosted tokenization")
	require.NoError(t, c.sb.PickToken(id, token))
	require.Equal(t, "UNCHANGED", c.get(t, "/hostedtokenizations/"+id).text("tokenStatus"))
	require.Equal(t, 201, c.post(t, "/payments", bySession(id)).status)
	require.Equal(t, "unknown", c.checkout(t, `"tokens":"unknown"`, "").text("invalidTokens.0"))

	require.Equal(t, 204, c.do(t, "DELETE", "/tokens/"+token, "").status)
	require.Equal(t, "cardPaymentMethodSpecificInput.token", c.post(t, "/payments", byToken(token)).text("errors.0.propertyName"))
	other := c.tokenization(t, `{"tokens":"`+token+`"}`)
	require.Error(t, c.sb.PickToken(other, token))
}

// The test cards keep their outcomes behind a token.
func TestTokensOfTestCards(t *testing.T) {
	t.Parallel()
	for number, want := range map[string][2]int{goodNumber: {201, 9}, declinedNumber: {402, 2}, challengeNumber: {201, 46}} {
		c := start(t)
		token, err := c.sb.EnterCard(c.tokenization(t, ""), cardOf(number), true)
		require.NoError(t, err)
		a := c.post(t, "/payments", byToken(token))
		at := map[int]string{201: "payment", 402: "paymentResult.payment"}[a.status]
		require.Equal(t, want, [2]int{a.status, a.at(at + ".statusOutput.statusCode").(int)})
	}
	c := start(t)
	old := cardOf(goodNumber)
	old.Expiry = "0120"
	token, err := c.sb.EnterCard(c.tokenization(t, ""), old, true)
	require.NoError(t, err)
	require.Equal(t, "30331001", c.post(t, "/payments", byToken(token)).text("errors.0.errorCode"))
	require.Equal(t, token, c.post(t, "/hostedtokenizations", `{"tokens":"`+token+`"}`).text("expiredCardTokens.0"))
}

func tokenBody(number, expiry string) string {
	return `{"paymentProductId":1,"card":{"data":{"card":{"cardNumber":"` + number + `","cvv":"123","expiryDate":"` + expiry + `","cardholderName":"Test Holder"}}}}`
}

func TestTokens(t *testing.T) {
	t.Parallel()
	c := start(t)
	made := c.post(t, "/tokens", tokenBody(goodNumber, "1299"))
	token := made.text("token")
	require.Equal(t, 201, made.status, "%s", made.raw)
	require.JSONEq(t, `{"token":"`+token+`","isNewToken":true,"tokenStatus":"CREATED",
		"card":{"cardNumber":"************4675","expiryDate":"1299","cardholderName":"Test Holder"}}`, string(made.raw))
	for expiry, became := range map[string]string{"1299": "UNCHANGED", "1130": "UPDATED"} {
		again := c.post(t, "/tokens", tokenBody(goodNumber, expiry))
		require.Equal(t, 200, again.status)
		require.Equal(t, token, again.text("token"))
		require.Equal(t, false, again.at("isNewToken"))
		require.Equal(t, became, again.text("tokenStatus"))
		c.post(t, "/tokens", tokenBody(goodNumber, "1299"))
	}
	entered, err := c.sb.EnterCard(c.tokenization(t, ""), cardOf(goodNumber), true)
	require.NoError(t, err)
	require.Equal(t, token, entered)
	require.NotEqual(t, token, c.post(t, "/tokens", tokenBody(challengeNumber, "1299")).text("token"))

	gone := c.do(t, "DELETE", "/tokens/"+token, "")
	require.Equal(t, 204, gone.status)
	require.Empty(t, gone.raw)
	require.Equal(t, 404, c.do(t, "DELETE", "/tokens/"+token, "").status)
	require.Equal(t, "UNKNOWN_TOKEN_ID", c.get(t, "/tokens/"+token).text("errors.0.id"))
	anew := c.post(t, "/tokens", tokenBody(goodNumber, "1299"))
	require.Equal(t, 201, anew.status)
	require.NotEqual(t, token, anew.text("token"))

	const in = "card.data.card."
	for body, property := range map[string]string{
		"": "card", `{"card":{}}`: "card.data.card", `{"card":{"data":{}}}`: "card.data.card",
		tokenBody("123", "1299"):                                            in + "cardNumber",
		tokenBody(goodNumber, "1399"):                                       in + "expiryDate",
		strings.Replace(tokenBody(goodNumber, "1299"), `"123"`, `"1"`, 1):   in + "cvv",
		`{"card":{"data":{"card":{"cardholderName":1}}}}`:                   in + "cardholderName",
		`{"card":{"data":{"card":{"cardNumber":1}}}}`:                       in + "cardNumber",
		`{"encryptedCustomerInput":"x"}`:                                    "encryptedCustomerInput",
		`{"paymentProductId":100000,"card":{"data":{"card":{}}}}`:           "paymentProductId",
		strings.Replace(tokenBody(goodNumber, "1299"), goodNumber, "", 1):   in + "cardNumber",
		strings.Replace(tokenBody(goodNumber, "1299"), `"1299"`, `null`, 1): in + "expiryDate",
	} {
		a := c.post(t, "/tokens", body)
		require.Equal(t, 400, a.status, body)
		require.Equal(t, property, a.text("errors.0.propertyName"), body)
	}
}

// Of many payments with one temporary token or one session, one succeeds, and
// one card has one permanent token, however many ask for it.
func TestTokensUnderConcurrency(t *testing.T) {
	t.Parallel()
	c := start(t)
	token, err := c.sb.EnterCard(c.tokenization(t, ""), cardOf(goodNumber), false)
	require.NoError(t, err)
	session := c.tokenization(t, "")
	_, err = c.sb.EnterCard(session, cardOf(challengeNumber), false)
	require.NoError(t, err)
	var byTokens, bySessions, newTokens atomic.Int64
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if c.post(t, "/payments", byToken(token)).status == 201 {
				byTokens.Add(1)
			}
			if c.post(t, "/payments", bySession(session)).status == 201 {
				bySessions.Add(1)
			}
			if c.post(t, "/tokens", tokenBody(declinedNumber, "1299")).status == 201 {
				newTokens.Add(1)
			}
			c.get(t, "/hostedtokenizations/"+session)
			c.get(t, "/tokens/"+token)
			c.do(t, "DELETE", "/tokens/nonsense", "")
			_, _ = c.sb.EnterCard(session, sandbox.Card{}, true)
		})
	}
	wg.Wait()
	require.Equal(t, [3]int64{1, 1, 1}, [3]int64{byTokens.Load(), bySessions.Load(), newTokens.Load()})
	n := 0
	for range c.sb.Ledger() {
		n++
	}
	require.Equal(t, 2, n)
}

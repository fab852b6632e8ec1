package sandbox_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func subsequentBody(amount int, members ...string) string {
	return createBody(amount, strings.Join(append(members, `"omnichannelSubsequentSpecificInput":{}`), ","))
}

func subsequentCard(members string) string {
	return `"subsequentcardPaymentMethodSpecificInput":{` + members + `}`
}

func TestSubsequentPayments(t *testing.T) {
	t.Parallel()
	c := start(t)
	declinedToken := c.post(t, "/tokens", tokenBody(declinedNumber, "1299")).text("token")
	goodToken := c.post(t, "/tokens", tokenBody("5399999999999999", "1299")).text("token")
	challengeToken := c.post(t, "/tokens", tokenBody(challengeNumber, "1299")).text("token")
	oldToken := c.post(t, "/tokens", tokenBody("4012000033330026", "0120")).text("token")
	first := "/payments/" + c.post(t, "/payments", createBody(800, card(goodNumber, "SALE"))).text("payment.id") + "/subsequent"
	for name, tt := range map[string]struct {
		body         string
		status, code int
		bin          string
	}{
		"authorised":       {subsequentBody(700), 201, 5, "433026"},
		"sale":             {subsequentBody(700, subsequentCard(`"authorizationMode":"SALE","subsequentType":"Recurring","paymentNumber":2`)), 201, 9, "433026"},
		"amount":           {subsequentBody(1302, subsequentCard(`"authorizationMode":"SALE"`)), 402, 2, "433026"},
		"other card":       {subsequentBody(700, subsequentCard(`"token":"`+goodToken+`"`)), 201, 5, "539999"},
		"card without ask": {subsequentBody(700, subsequentCard(`"token":"`+challengeToken+`"`)), 201, 5, "513025"},
		"declined card":    {subsequentBody(700, subsequentCard(`"token":"`+declinedToken+`"`)), 402, 2, "432145"},
		"card out of date": {subsequentBody(700, subsequentCard(`"token":"`+oldToken+`"`)), 402, 2, "401200"},
	} {
		a := c.post(t, first, tt.body)
		require.Equal(t, tt.status, a.status, "%s %s", name, a.raw)
		id := a.text("payment.id")
		if tt.status == 402 {
			id = a.text("paymentResult.payment.id")
		}
		read := c.get(t, "/payments/"+id)
		require.Equal(t, tt.code, read.at("statusOutput.statusCode"), name)
		require.Equal(t, tt.bin, read.text("paymentOutput.cardPaymentMethodSpecificOutput.card.bin"), name)
		if tt.code == 5 {
			require.Equal(t, 201, c.post(t, "/payments/"+id+"/capture", "").status)
			require.EqualValues(t, 700, c.book(t, "/payments/"+id).Balances[3], name)
		}
	}
	second := c.post(t, first, subsequentBody(700)).text("payment.id")
	require.Equal(t, 201, c.post(t, "/payments/"+second+"/subsequent", subsequentBody(5)).status)
}

func TestSubsequentPaymentIsMadeOnceForAKey(t *testing.T) {
	t.Parallel()
	c := start(t)
	path := c.payment(t, 5000) + "/subsequent"
	a := c.post(t, path, subsequentBody(700), withKey("k"))
	require.Equal(t, 201, a.status)
	again := c.post(t, path, subsequentBody(900), withKey("k"))
	require.Equal(t, string(a.raw), string(again.raw))
	require.NotEmpty(t, again.header.Get(replayOf))
	require.Equal(t, 2, ledgerLen(c))
	require.Equal(t, "k", c.book(t, "/payments/"+a.text("payment.id")).Movements[0].Key)
}

func TestPaymentsThatNothingFollows(t *testing.T) {
	t.Parallel()
	c := start(t)
	declined := c.post(t, "/payments", createBody(800, card(declinedNumber, "SALE"))).text("paymentResult.payment.id")
	waiting := c.post(t, "/payments", createBody(800, card(challengeNumber, "SALE"))).text("payment.id")
	for _, id := range []string{declined, waiting} {
		a := c.post(t, "/payments/"+id+"/subsequent", subsequentBody(5))
		require.Equal(t, 400, a.status)
		require.Equal(t, "ACTION_NOT_ALLOWED_ON_TRANSACTION", a.text("errors.0.id"))
	}
	require.Equal(t, "UNKNOWN_PAYMENT_ID", c.post(t, "/payments/9999999999_0/subsequent", subsequentBody(5)).text("errors.0.id"))
	require.Equal(t, 2, ledgerLen(c))
}

// What follows a redirect or a direct debit asks no customer either.
func TestSubsequentPaymentsOfOtherMethods(t *testing.T) {
	t.Parallel()
	c := start(t)
	for i, method := range []string{"redirect", "sepaDirectDebit", "mobile"} {
		id := "70000000" + itoa(10+i) + "_0"
		c.seed(t, `{"id":"`+id+`","amount":500,"currency":"EUR","method":"`+method+`","paymentProductId":840}`)
		a := c.post(t, "/payments/"+id+"/subsequent", subsequentBody(700, `"subsequentPaymentProduct5001SpecificInput":{"subsequentType":"recurring"}`))
		require.Equal(t, 201, a.status, "%s", a.raw)
		require.Equal(t, method, a.text("payment.paymentOutput.paymentMethod"))
		require.Equal(t, "CAPTURED", a.text("payment.status"))
	}
}

func TestSubsequentPaymentChecksItsFields(t *testing.T) {
	t.Parallel()
	const missing, invalid = "PARAMETER_NOT_FOUND_IN_REQUEST", "INVALID_VALUE"
	const in, in5001 = "subsequentcardPaymentMethodSpecificInput.", "subsequentPaymentProduct5001SpecificInput."
	c := start(t)
	path := c.payment(t, 5000) + "/subsequent"
	for body, want := range map[string][2]string{
		"":                 {"order", missing},
		`{"order":{}}`:     {"order.amountOfMoney", missing},
		subsequentBody(0):  {"order.amountOfMoney.amount", invalid},
		subsequentBody(-5): {"order.amountOfMoney.amount", invalid},
		subsequentBody(5, subsequentCard(`"authorizationMode":"x"`)):                                        {in + "authorizationMode", invalid},
		subsequentBody(5, subsequentCard(`"subsequentType":"x"`)):                                           {in + "subsequentType", invalid},
		subsequentBody(5, subsequentCard(`"transactionChannel":"x"`)):                                       {in + "transactionChannel", invalid},
		subsequentBody(5, subsequentCard(`"paymentNumber":0`)):                                              {in + "paymentNumber", invalid},
		subsequentBody(5, subsequentCard(`"token":"x"`)):                                                    {in + "token", invalid},
		subsequentBody(5, subsequentCard(`"token":"`+strings.Repeat("x", 51)+`"`)):                          {in + "token", invalid},
		subsequentBody(5, subsequentCard(`"schemeReferenceData":"`+strings.Repeat("x", 251)+`"`)):           {in + "schemeReferenceData", invalid},
		subsequentBody(5, `"subsequentPaymentProduct5001SpecificInput":{}`):                                 {in5001 + "subsequentType", missing},
		subsequentBody(5, `"subsequentPaymentProduct5001SpecificInput":{"subsequentType":"Recurring"}`):     {in5001 + "subsequentType", invalid},
		createBody(5, `"omnichannelSubsequentSpecificInput":{"operatorId":"`+strings.Repeat("x", 101)+`"}`): {"omnichannelSubsequentSpecificInput.operatorId", invalid},
	} {
		a := c.post(t, path, body)
		require.Equal(t, 400, a.status, body)
		require.Equal(t, want, [2]string{a.text("errors.0.propertyName"), a.text("errors.0.id")}, body)
	}
	require.Equal(t, 1, ledgerLen(c))
}

package sandbox_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

func createBody(amount int, input string) string {
	return `{"order":{"amountOfMoney":{"amount":` + itoa(amount) + `,"currencyCode":"EUR"},"references":{"merchantReference":"ORDER-1"}},` + input + `}`
}

func card(number, mode string) string {
	if mode != "" {
		mode = `"authorizationMode":"` + mode + `",`
	}
	return `"cardPaymentMethodSpecificInput":{` + mode + `"card":{"cardNumber":"` + number + `","cvv":"123","expiryDate":"1299"}}`
}

func TestCreatePayment(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		amount int
		input  string
		status int
		code   int
		next   int // code that the next read shows
		error  string
	}{
		"authorised":            {800, card("4330264936344675", "PRE_AUTHORIZATION"), 201, 5, 5, ""},
		"final authorisation":   {800, card("4012000033330026", ""), 201, 5, 5, ""},
		"sale":                  {800, card("5137009801943438", "SALE"), 201, 9, 9, ""},
		"challenge":             {800, card("4874970686672022", "SALE"), 201, 46, 46, ""},
		"challenge, amex":       {800, card("379764422997381", "PRE_AUTHORIZATION"), 201, 46, 46, ""},
		"declined card":         {800, card("4321456998744563", "PRE_AUTHORIZATION"), 402, 2, 2, "30041001"},
		"declined amount":       {1302, card("4012000033330026", "SALE"), 402, 2, 2, "30511001"},
		"amount, not a sale":    {1302, card("4012000033330026", "PRE_AUTHORIZATION"), 201, 5, 5, ""},
		"capture refused":       {1309, card("4012000033330026", "SALE"), 201, 91, 93, ""},
		"capture uncertain":     {1209, card("4012000033330026", "SALE"), 201, 92, 92, ""},
		"expired":               {800, strings.Replace(card("4012000033330026", "SALE"), "1299", "0124", 1), 402, 2, 2, "30331001"},
		"redirect":              {800, `"redirectPaymentMethodSpecificInput":{"paymentProductId":809}`, 201, 46, 46, ""},
		"mobile sale":           {800, `"mobilePaymentMethodSpecificInput":{"paymentProductId":320}`, 201, 9, 9, ""},
		"mobile authorisation":  {800, `"mobilePaymentMethodSpecificInput":{"paymentProductId":302,"requiresApproval":true}`, 201, 5, 5, ""},
		"challenge is skipped":  {800, strings.Replace(card("4874970686672022", "SALE"), `"card":`, `"threeDSecure":{"skipAuthentication":true},"card":`, 1), 201, 9, 9, ""},
		"number of a test card": {800, strings.Replace(card("371449635311004", "SALE"), `"cvv":"123"`, `"cvv":"1234"`, 1), 201, 9, 9, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t)
			a := c.post(t, "/payments", createBody(tt.amount, tt.input), withKey("k"))
			require.Equal(t, tt.status, a.status, "%s", a.raw)
			at := "payment"
			if tt.status == 402 {
				at = "paymentResult.payment"
				require.Equal(t, tt.error, a.text("errors.0.errorCode"))
				require.Equal(t, tt.error, a.text("paymentResult.payment.statusOutput.errors.0.errorCode"))
				require.Equal(t, "REJECTED", a.text("paymentResult.payment.status"))
				require.Equal(t, 0, a.at("paymentResult.payment.paymentOutput.acquiredAmount.amount"))
			}
			require.Equal(t, tt.code, a.at(at+".statusOutput.statusCode"))
			require.Equal(t, tt.code == 46, a.text("merchantAction.actionType") == "REDIRECT")
			id := a.text(at + ".id")
			require.Regexp(t, `^\d{10}_0$`, id)
			read := c.get(t, "/payments/"+id)
			require.Equal(t, tt.next, read.at("statusOutput.statusCode"))
			require.Equal(t, "ORDER-1", read.text("paymentOutput.references.merchantReference"))
			require.NotContains(t, string(read.raw)+string(a.raw), "12345")
			checkBook(t, c.book(t, id))
		})
	}
}

func TestCreatePaymentChecksItsFields(t *testing.T) {
	t.Parallel()
	const prefix = "cardPaymentMethodSpecificInput."
	good := createBody(800, card("4012000033330026", "SALE"))
	for body, property := range map[string]string{
		"":                                      "order",
		`{"order":{}}`:                          "order.amountOfMoney",
		strings.Replace(good, "800", "0", 1):    "order.amountOfMoney.amount",
		strings.Replace(good, "EUR", "EURO", 1): "order.amountOfMoney.currencyCode",
		createBody(800, card("123", "SALE")):    prefix + "card.cardNumber",
		createBody(800, card("4012000033330026", "NOW")):                                    prefix + "authorizationMode",
		strings.Replace(good, `"123"`, `"12"`, 1):                                           prefix + "card.cvv",
		strings.Replace(good, "1299", "1399", 1):                                            prefix + "card.expiryDate",
		createBody(800, `"fraudFields":{}`):                                                 "cardPaymentMethodSpecificInput",
		strings.Replace(good, "ORDER-1", strings.Repeat("O", 41), 1):                        "order.references.merchantReference",
		createBody(800, `"redirectPaymentMethodSpecificInput":{"paymentProductId":100000}`): "redirectPaymentMethodSpecificInput.paymentProductId",
	} {
		c := start(t)
		a := c.post(t, "/payments", body)
		require.Equal(t, 400, a.status, body)
		require.Equal(t, property, a.text("errors.0.propertyName"))
		require.Nil(t, a.at("errors.1"))
		require.NotEmpty(t, a.text("errors.0.id"))
		for range c.sb.Ledger() {
			t.Fatal("a refused request made a payment")
		}
	}
}

// The customer of a redirected payment pays, then it can be captured.
func TestPortalCompletesARedirect(t *testing.T) {
	t.Parallel()
	for mode, codes := range map[string][2]int{"SALE": {9, 400}, "PRE_AUTHORIZATION": {5, 201}} {
		c := start(t)
		id := c.post(t, "/payments", createBody(800, card("4874970686672022", mode))).text("payment.id")
		require.Equal(t, 400, c.post(t, "/payments/"+id+"/capture", "").status)
		_, err := c.sb.Portal(id, sandbox.Authorization, 0)
		require.NoError(t, err)
		require.Equal(t, codes[0], c.get(t, "/payments/"+id).at("statusOutput.statusCode"))
		require.Equal(t, codes[1], c.post(t, "/payments/"+id+"/capture", "").status)
		_, err = c.sb.Portal(id, sandbox.Authorization, 0)
		require.Error(t, err)
		_, err = c.sb.Portal(id, sandbox.Refund, 0)
		require.NoError(t, err)
		require.Equal(t, int64(800), c.book(t, id).Sum(sandbox.Refund))
		require.Equal(t, int64(800), c.book(t, id).Sum(sandbox.Authorization))
	}
}

func TestIDsOfCreatedPaymentsPassOverSeeds(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.seed(t, `{"id":"4100000001_0","amount":800,"currency":"EUR"}`)
	require.Equal(t, "4100000002_0", c.post(t, "/payments", createBody(801, card("4012000033330026", ""))).text("payment.id"))
	require.Equal(t, 800, c.get(t, "/payments/4100000001_0").at("paymentOutput.amountOfMoney.amount"))
}

func TestReferencesThatAreNotEchoed(t *testing.T) {
	t.Parallel()
	for _, echoed := range []bool{true, false} {
		c := start(t, func(b *sandbox.Behaviour) { b.EchoReferences = echoed })
		path := c.payment(t, 800)
		c.post(t, path+"/capture", `{"operationReferences":{"merchantReference":"ship-1"}}`)
		c.post(t, path+"/refund", `{"references":{"merchantReference":"rma-\"1\"\u0007é"}}`)
		details := c.get(t, path+"/details")
		if !echoed {
			require.NotContains(t, string(details.raw), "ship-1")
			require.Equal(t, "order-1", details.text("Operations.1.references.merchantReference"))
			require.Equal(t, "order-1", c.get(t, path+"/captures").text("captures.0.captureOutput.references.merchantReference"))
			continue
		}
		require.Equal(t, "order-1", details.text("Operations.0.operationReferences.merchantReference"))
		require.Equal(t, "ship-1", details.text("Operations.1.operationReferences.merchantReference"))
		require.Equal(t, "rma-\"1\"\aé", details.text("Operations.2.references.merchantReference"))
		require.Equal(t, "rma-\"1\"\aé", c.book(t, path).Movements[3].Reference)
	}
}

func TestUnitOfACaptureAmount(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		unit, currency string
		amount, want   int
	}{
		"yen":                       {"minor", "JPY", 500, 500},
		"yen in hundredths":         {"hundredths", "JPY", 50000, 500},
		"half a yen":                {"hundredths", "JPY", 50, 0},
		"dinar":                     {"minor", "KWD", 500, 500},
		"dinar in hundredths":       {"hundredths", "KWD", 50, 500},
		"euro in hundredths":        {"hundredths", "EUR", 500, 500},
		"four decimals":             {"hundredths", "CLF", 5, 500},
		"more than can be captured": {"hundredths", "KWD", 999_999_999_999, 0},
	} {
		c := start(t, func(b *sandbox.Behaviour) { b.CaptureAmountUnit = tt.unit })
		c.seed(t, `{"id":"3066177123_0","amount":1000,"currency":"`+tt.currency+`"}`)
		a := c.post(t, "/payments/3066177123_0/capture", `{"amount":`+itoa(tt.amount)+`}`)
		require.Equal(t, tt.want == 0, a.status == 400, name)
		require.Equal(t, int64(tt.want), c.book(t, "3066177123_0").Sum(sandbox.Capture), name)
		if tt.want > 0 {
			require.Equal(t, tt.want, a.at("captureOutput.amountOfMoney.amount"), name)
		}
	}
}

func TestRefundOfANamedCapture(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.seed(t, `{"id":"3066177123_0","amount":1000,"currency":"EUR","paymentProductId":840,"operations":[`+
		`{"kind":"capture","amount":600},{"kind":"capture","amount":400}]}`)
	refund := func(text string) answer { return c.post(t, "/payments/3066177123_0/refund", text) }
	require.Equal(t, "captureId", refund(`{}`).text("errors.0.propertyName"), "it must be named")
	require.Equal(t, 400, refund(`{"captureId":"3066177123_2","amountOfMoney":{"amount":401,"currencyCode":"EUR"}}`).status)
	require.Equal(t, 201, refund(`{"captureId":"3066177123_2","amountOfMoney":{"amount":150,"currencyCode":"EUR"}}`).status)
	require.Equal(t, 250, refund(`{"captureId":"3066177123_2"}`).at("refundOutput.amountOfMoney.amount"))
	require.Equal(t, 400, refund(`{"captureId":"3066177123_2"}`).status)
	require.Equal(t, 600, refund(`{"captureId":"3066177123_1"}`).at("refundOutput.amountOfMoney.amount"))
}

func TestSwitchesOfAnswers(t *testing.T) {
	t.Parallel()
	c := start(t, func(b *sandbox.Behaviour) { b.CancelAnswersInitialID, b.StateErrorStatus = true, 409 })
	path := c.payment(t, 800)
	require.Equal(t, path, "/payments/"+c.post(t, path+"/cancel", "").text("payment.id"))
	require.Equal(t, 409, c.post(t, path+"/cancel", "").status)
	require.Equal(t, 409, c.post(t, path+"/capture", "").at("errors.0.httpStatusCode"))
	require.Equal(t, 400, c.post(t, path+"/refund", "").status)
}

func TestTheDateOfAnAnswerFollowsTheInjectedClock(t *testing.T) {
	t.Parallel()
	at := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	sb, err := sandbox.New(sandbox.Config{MerchantID: merchantID, APIKeyID: keyID, APISecret: secret, Now: func() time.Time { return at }})
	require.NoError(t, err)
	c := client{sb: sb, now: func() time.Time { return at }}
	sb.Advance(time.Hour)
	require.Equal(t, "Wed, 02 Jan 2030 03:04:05 GMT", c.get(t, "/services/testconnection").header.Get("Date"))
	at = at.Add(time.Second)
	require.Equal(t, "Wed, 02 Jan 2030 03:04:06 GMT", c.get(t, "/services/testconnection").header.Get("Date"))
	sb.SeedPayments(1)
	a := c.get(t, "/payments/3000000001_0")
	require.Equal(t, "20300102040406", a.text("statusOutput.statusCodeChangeDateTime"))
	require.Equal(t, "2030-01-02T04:04:06Z", a.text("paymentOutput.transactionDate"))
}

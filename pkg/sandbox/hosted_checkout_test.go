package sandbox_test

import (
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

const (
	goodNumber      = "4330264936344675"
	declinedNumber  = "4321456998744563"
	challengeNumber = "5130257474533310"
)

func cardOf(number string) sandbox.Card {
	return sandbox.Card{Number: number, CVV: "123", Expiry: "1299", Holder: "Test Holder"}
}

// checkout opens a hosted checkout of 1.23 EUR; hosted and more are members of
// its input and of the request.
func (c client) checkout(t require.TestingT, hosted, more string) answer {
	return c.post(t, "/hostedcheckouts", `{"order":{"amountOfMoney":{"amount":123,"currencyCode":"EUR"},`+
		`"references":{"merchantReference":"ORDER-1"}},"hostedCheckoutSpecificInput":{`+hosted+`}`+more+`}`)
}

func (c client) getCheckout(t require.TestingT, id string) answer {
	return c.get(t, "/hostedcheckouts/"+id)
}

func TestHostedCheckoutIsPaid(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		number, input string
		code          int
		product       int
	}{
		"authorised": {goodNumber, ``, 5, 1},
		"sale":       {goodNumber, `,"cardPaymentMethodSpecificInput":{"authorizationMode":"SALE"}`, 9, 1},
		"challenge":  {challengeNumber, `,"cardPaymentMethodSpecificInput":{"authorizationMode":"PRE_AUTHORIZATION"}`, 5, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t)
			made := c.checkout(t, `"returnUrl":"https://shop.example/back?a=1#end","locale":"de_DE"`,
				tt.input)
			require.Equal(t, 200, made.status, "%s", made.raw)
			id, mac := made.text("hostedCheckoutId"), made.text("RETURNMAC")
			require.Regexp(t, `^\d{10}$`, id)
			require.Equal(t, "ORDER-1", made.text("merchantReference"))
			require.Regexp(t, `^http://sandbox/hostedcheckout/PaymentMethods/Selection/[0-9a-f-]{36}$`, made.text("redirectUrl"))
			require.Equal(t, strings.Replace(made.text("redirectUrl"), "http://sandbox", "preprod.payone.com", 1), made.text("partialRedirectUrl"))

			open := c.getCheckout(t, id)
			require.JSONEq(t, `{"status":"IN_PROGRESS","createdPaymentOutput":{"paymentStatusCategory":"STATUS_UNKNOWN"}}`, string(open.raw))
			require.Equal(t, 404, c.get(t, "/payments/"+id).status)

			got, err := c.sb.PayCheckout(id, cardOf(tt.number))
			require.NoError(t, err)
			want := sandbox.CheckoutResult{
				Status: "PAYMENT_CREATED", PaymentID: id + "_0",
				ReturnURL: "https://shop.example/back?a=1&RETURNMAC=" + mac + "&hostedCheckoutId=" + id + "#end",
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
			paid := c.getCheckout(t, id)
			require.Equal(t, "PAYMENT_CREATED SUCCESSFUL", paid.text("status")+" "+paid.text("createdPaymentOutput.paymentStatusCategory"))
			const payment = "createdPaymentOutput.payment."
			require.Equal(t, id+"_0", paid.text(payment+"id"))
			require.Equal(t, tt.code, paid.at(payment+"statusOutput.statusCode"))
			require.Equal(t, tt.product, paid.at(payment+"paymentOutput.cardPaymentMethodSpecificOutput.paymentProductId"))
			require.Equal(t, id, paid.text(payment+"hostedCheckoutSpecificOutput.hostedCheckoutId"))
			require.Equal(t, tt.code, c.get(t, "/payments/"+id+"_0").at("statusOutput.statusCode"))
			require.NotContains(t, string(paid.raw), tt.number)
			require.Equal(t, int64(123), c.book(t, id).Sum(sandbox.Authorization))
			checkBook(t, c.book(t, id))

			_, err = c.sb.PayCheckout(id, cardOf(goodNumber))
			require.EqualError(t, err, "pay checkout "+id+": the session is over (PAYMENT_CREATED)")
			c.sb.Advance(24 * time.Hour)
			require.Equal(t, "PAYMENT_CREATED", c.getCheckout(t, id).text("status"))
			if tt.code == 5 {
				require.Equal(t, 201, c.post(t, "/payments/"+id+"_0/capture", "").status)
			}
			require.Equal(t, 201, c.post(t, "/payments/"+id+"_0/refund", "").status)
			require.Equal(t, "SUCCESSFUL", c.getCheckout(t, id).text("createdPaymentOutput.paymentStatusCategory"))
		})
	}
}

// A refused card uses up an attempt; the last one sends the consumer back.
func TestAttemptsOfAHostedCheckout(t *testing.T) {
	t.Parallel()
	c := start(t)
	id := c.checkout(t, `"allowedNumberOfPaymentAttempts":3,"returnUrl":"app://back"`, "").text("hostedCheckoutId")
	_, err := c.sb.PayCheckout(id, cardOf("123"))
	require.EqualError(t, err, "pay checkout "+id+": the cardNumber of the card is not valid")
	for left := 2; left > 0; left-- {
		got, err := c.sb.PayCheckout(id, cardOf(declinedNumber))
		require.NoError(t, err)
		require.Equal(t, sandbox.CheckoutResult{Status: "IN_PROGRESS", PaymentID: id + "_0", AttemptsLeft: left}, got)
		a := c.getCheckout(t, id)
		require.Equal(t, "IN_PROGRESS REJECTED", a.text("status")+" "+a.text("createdPaymentOutput.paymentStatusCategory"))
		require.Equal(t, "REJECTED", c.get(t, "/payments/"+id).text("status"))
	}
	_, err = c.sb.Portal(id, sandbox.Capture, 0)
	require.Error(t, err)
	got, err := c.sb.PayCheckout(id, cardOf(goodNumber))
	require.NoError(t, err)
	require.Equal(t, "PAYMENT_CREATED", got.Status)
	require.Equal(t, "SUCCESSFUL", c.getCheckout(t, id).text("createdPaymentOutput.paymentStatusCategory"))
	require.Len(t, c.book(t, id).Movements, 1)

	id = c.checkout(t, `"allowedNumberOfPaymentAttempts":1,"returnUrl":"app://back"`, "").text("hostedCheckoutId")
	got, err = c.sb.PayCheckout(id, cardOf(declinedNumber))
	require.NoError(t, err)
	require.Equal(t, "PAYMENT_CREATED 0", got.Status+" "+itoa(got.AttemptsLeft))
	require.Contains(t, got.ReturnURL, "app://back?RETURNMAC=")
	a := c.getCheckout(t, id)
	require.Equal(t, "PAYMENT_CREATED REJECTED", a.text("status")+" "+a.text("createdPaymentOutput.paymentStatusCategory"))
	_, err = c.sb.PayCheckout(id, cardOf(goodNumber))
	require.Error(t, err)
	require.Empty(t, c.book(t, id).Movements)
}

func TestConsumerCancelsAHostedCheckout(t *testing.T) {
	t.Parallel()
	c := start(t)
	made := c.checkout(t, `"returnUrl":"https://shop.example"`, "")
	id := made.text("hostedCheckoutId")
	got, err := c.sb.CancelCheckout(id)
	require.NoError(t, err)
	back, err := url.Parse(got.ReturnURL)
	require.NoError(t, err)
	require.Equal(t, made.text("RETURNMAC"), back.Query().Get("RETURNMAC"))
	require.Equal(t, id, back.Query().Get("hostedCheckoutId"))
	require.Equal(t, "CANCELLED_BY_CONSUMER", c.getCheckout(t, id).text("status"))
	_, err = c.sb.CancelCheckout(id)
	require.EqualError(t, err, "cancel checkout "+id+": the session is over (CANCELLED_BY_CONSUMER)")
	_, err = c.sb.PayCheckout(id, cardOf(goodNumber))
	require.Error(t, err)
	require.Equal(t, 404, c.get(t, "/payments/"+id).status)
	_, err = c.sb.CancelCheckout("1")
	require.EqualError(t, err, "cancel checkout 1: there is no such checkout")
	require.Equal(t, "UNKNOWN_HOSTED_CHECKOUT_ID", c.getCheckout(t, "1").text("errors.0.id"))
}

func TestHostedCheckoutExpires(t *testing.T) {
	t.Parallel()
	for behaviour, want := range map[string]string{
		sandbox.ExpiredCancelled: "200 CANCELLED_BY_CONSUMER", sandbox.ExpiredOpen: "200 IN_PROGRESS", sandbox.ExpiredUnknown: "404 ",
	} {
		c := start(t, func(b *sandbox.Behaviour) { b.ExpiredCheckout = behaviour })
		long, short := c.checkout(t, "", "").text("hostedCheckoutId"), c.checkout(t, `"sessionTimeout":1`, "").text("hostedCheckoutId")
		tried := c.checkout(t, `"sessionTimeout":1`, "").text("hostedCheckoutId")
		_, err := c.sb.PayCheckout(tried, cardOf(declinedNumber))
		require.NoError(t, err)
		c.sb.Advance(time.Minute)
		a := c.getCheckout(t, short)
		require.Equal(t, want, itoa(a.status)+" "+a.text("status"))
		require.Equal(t, "PAYMENT_CREATED", c.getCheckout(t, tried).text("status"))
		_, err = c.sb.PayCheckout(short, cardOf(goodNumber))
		require.EqualError(t, err, "pay checkout "+short+": the session is over (expired)")
		c.sb.Advance(178 * time.Minute)
		require.Equal(t, "IN_PROGRESS", c.getCheckout(t, long).text("status"))
		c.sb.Advance(time.Minute)
		a = c.getCheckout(t, long)
		require.Equal(t, want, itoa(a.status)+" "+a.text("status"))
	}
}

// A stale read shows the checkout as it was.
func TestStaleReadOfAHostedCheckout(t *testing.T) {
	t.Parallel()
	c := start(t)
	id := c.checkout(t, "", "").text("hostedCheckoutId")
	c.sb.Advance(time.Minute)
	_, err := c.sb.PayCheckout(id, cardOf(goodNumber))
	require.NoError(t, err)
	_, err = c.sb.AddFault(sandbox.Fault{Kind: sandbox.StaleRead, Operation: "getHostedCheckout", Age: 30 * time.Second})
	require.NoError(t, err)
	require.Equal(t, "IN_PROGRESS", c.getCheckout(t, id).text("status"))
	require.Equal(t, "PAYMENT_CREATED", c.getCheckout(t, id).text("status"))
}

// Many consumers of one checkout: one of them pays.
func TestHostedCheckoutIsPaidOnce(t *testing.T) {
	t.Parallel()
	c := start(t)
	id := c.checkout(t, "", "").text("hostedCheckoutId")
	paid := make(chan error, 16)
	var wg sync.WaitGroup
	for i := range cap(paid) {
		wg.Go(func() {
			if i%4 == 3 {
				c.getCheckout(t, id)
				c.get(t, "/payments/"+id)
			}
			_, err := c.sb.PayCheckout(id, cardOf(goodNumber))
			paid <- err
		})
	}
	wg.Wait()
	close(paid)
	n := 0
	for err := range paid {
		if err == nil {
			n++
		}
	}
	require.Equal(t, 1, n)
	require.Equal(t, int64(123), c.book(t, id).Sum(sandbox.Authorization))
}

// A seed that takes the number of an open checkout keeps it.
func TestSeedTakesTheNumberOfACheckout(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.seed(t, `{"id":"4100000001_0","amount":800,"currency":"EUR"}`)
	id := c.checkout(t, "", "").text("hostedCheckoutId")
	require.Equal(t, "4100000002", id)
	c.seed(t, `{"id":"4100000002_0","amount":800,"currency":"EUR"}`)
	_, err := c.sb.PayCheckout(id, cardOf(goodNumber))
	require.EqualError(t, err, "pay checkout "+id+": a seed has taken the number")
	require.Equal(t, int64(800), c.book(t, id).Sum(sandbox.Authorization))
}

// The outcome of an uncertain sale is not known; one that is refused later
// turns into a refusal.
func TestOutcomeOfACheckoutFollowsItsPayment(t *testing.T) {
	t.Parallel()
	for amount, want := range map[int]string{1209: "STATUS_UNKNOWN", 1309: "REJECTED", 1302: "REJECTED", 1300: "SUCCESSFUL"} {
		c := start(t)
		id := c.post(t, "/hostedcheckouts", `{"order":{"amountOfMoney":{"amount":`+itoa(amount)+`,"currencyCode":"EUR"}},`+
			`"cardPaymentMethodSpecificInput":{"authorizationMode":"SALE"},"hostedCheckoutSpecificInput":{"allowedNumberOfPaymentAttempts":1}}`).text("hostedCheckoutId")
		_, err := c.sb.PayCheckout(id, cardOf(goodNumber))
		require.NoError(t, err)
		a := c.getCheckout(t, id)
		require.Equal(t, "PAYMENT_CREATED "+want, a.text("status")+" "+a.text("createdPaymentOutput.paymentStatusCategory"), amount)
	}
}

package sandbox_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

// awaiting seeds a payment of 500 that waits for completion.
func (c client) awaiting(t *testing.T, id string) string {
	t.Helper()
	c.seed(t, `{"id":"`+id+`_0","amount":500,"currency":"EUR","paymentProductId":840,"code":47}`)
	path := "/payments/" + id + "_0"
	require.Equal(t, "PENDING_COMPLETION", c.get(t, path).text("status"))
	return path
}

// orderOf is the body of a completion.
func orderOf(amount int) string {
	return `{"order":{"amountOfMoney":{"amount":` + itoa(amount) + `,"currencyCode":"EUR"}}}`
}

func completeCard(number, expiry string) string {
	return strings.TrimSuffix(orderOf(500), "}") + `,"cardPaymentMethodSpecificInput":{"card":{"cardNumber":"` + number + `","expiryDate":"` + expiry + `"}}}`
}

func TestCompletePayment(t *testing.T) {
	t.Parallel()
	c := start(t)
	path := c.awaiting(t, "7000000001")
	a := c.post(t, path+"/complete", `{"order":{"amountOfMoney":{"amount":500,"currencyCode":"EUR"}}}`, withKey("k"))
	require.Equal(t, 200, a.status, "%s", a.raw)
	require.Equal(t, "PENDING_CAPTURE", a.text("payment.status"))
	again := c.post(t, path+"/complete", `{}`, withKey("k"))
	require.Equal(t, string(a.raw), string(again.raw))
	require.Equal(t, 400, c.post(t, path+"/complete", orderOf(500)).status)
	b := c.book(t, path)
	require.EqualValues(t, 500, b.Authorized)
	require.Equal(t, "k", b.Movements[0].Key)
	require.Equal(t, 201, c.post(t, path+"/capture", "").status)
	require.EqualValues(t, 500, c.book(t, path).Balances[sandbox.Captured])
}

func TestCompletePaymentWithACard(t *testing.T) {
	t.Parallel()
	c := start(t)
	for i, tt := range []struct {
		number, expiry, code string
		status               int
	}{
		{goodNumber, "1299", "", 200},
		{challengeNumber, "1299", "", 200},
		{declinedNumber, "1299", "30041001", 400},
		{goodNumber, "0120", "30331001", 400},
	} {
		path := c.awaiting(t, "700000001"+itoa(i))
		a := c.post(t, path+"/complete", completeCard(tt.number, tt.expiry))
		require.Equal(t, tt.status, a.status, "%s", a.raw)
		require.Equal(t, tt.code, a.text("errors.0.errorCode"))
		want := map[int]string{200: "PENDING_CAPTURE", 400: "REJECTED"}[tt.status]
		require.Equal(t, want, c.get(t, path).text("status"))
		require.Equal(t, map[int]int64{200: 500, 400: 0}[tt.status], c.book(t, path).Authorized)
		require.Equal(t, 400, c.post(t, path+"/complete", orderOf(500)).status)
	}
}

func TestPaymentsThatCannotBeCompleted(t *testing.T) {
	t.Parallel()
	c := start(t)
	id := c.post(t, "/payments", createBody(500, `"redirectPaymentMethodSpecificInput":{"paymentProductId":840}`)).text("payment.id")
	unpaid := c.post(t, "/payments/"+id+"/complete", orderOf(500))
	require.Equal(t, 500, unpaid.status)
	require.Equal(t, "DIRECT_PLATFORM_ERROR", unpaid.text("errors.0.category"))
	_, err := c.sb.Portal(id, sandbox.Authorization, 0)
	require.NoError(t, err)
	waiting := c.post(t, "/payments", createBody(500, card(challengeNumber, "SALE"))).text("payment.id")
	for _, path := range []string{"/payments/" + id, "/payments/" + waiting, c.payment(t, 500)} {
		before := c.book(t, path)
		a := c.post(t, path+"/complete", orderOf(500))
		require.Equal(t, 400, a.status)
		require.Equal(t, "ACTION_NOT_ALLOWED_ON_TRANSACTION", a.text("errors.0.id"))
		require.Equal(t, before, c.book(t, path))
	}
	require.Equal(t, 404, c.post(t, "/payments/9999999999_0/complete", orderOf(500)).status)
}

func TestCompletePaymentChecksItsFields(t *testing.T) {
	t.Parallel()
	const missing, invalid = "PARAMETER_NOT_FOUND_IN_REQUEST", "INVALID_VALUE"
	c := start(t)
	path := c.awaiting(t, "7000000001")
	for body, want := range map[string][2]string{
		"": {"order", missing},
		`{"order":{"amountOfMoney":{"currencyCode":"EUR"}}}`:              {"order.amountOfMoney.amount", missing},
		`{"order":{"amountOfMoney":{"amount":501,"currencyCode":"EUR"}}}`: {"order.amountOfMoney.amount", invalid},
		`{"order":{"amountOfMoney":{"amount":499,"currencyCode":"EUR"}}}`: {"order.amountOfMoney.amount", invalid},
		`{"order":{"amountOfMoney":{"amount":500,"currencyCode":"USD"}}}`: {"order.amountOfMoney.currencyCode", invalid},
		completeCard("123", "1299"):                                       {"cardPaymentMethodSpecificInput.card.cardNumber", invalid},
		completeCard(goodNumber, "9"):                                     {"cardPaymentMethodSpecificInput.card.expiryDate", invalid},
	} {
		a := c.post(t, path+"/complete", body)
		require.Equal(t, 400, a.status, body)
		require.Equal(t, want, [2]string{a.text("errors.0.propertyName"), a.text("errors.0.id")}, body)
	}
	require.Zero(t, c.book(t, path).Authorized)
}

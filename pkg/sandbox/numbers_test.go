package sandbox_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

// TestNumbersStayInside looks for a card number in everything that can be read
// after it was entered in all ways.
func TestNumbersStayInside(t *testing.T) {
	t.Parallel()
	c := start(t, func(b *sandbox.Behaviour) { b.RefuseRefundsAtOnce = true })
	token := c.post(t, "/tokens", tokenBody(goodNumber, "1299"))
	session := c.tokenization(t, "")
	brief, err := c.sb.EnterCard(session, cardOf(goodNumber), false)
	require.NoError(t, err)
	checkout := c.checkout(t, "", `,"cardPaymentMethodSpecificInput":{"tokenize":true}`).text("hostedCheckoutId")
	_, err = c.sb.PayCheckout(checkout, cardOf(goodNumber))
	require.NoError(t, err)
	paid := c.post(t, "/payments", createBody(1303, kept(card(goodNumber, "SALE"))))
	path := "/payments/" + paid.text("payment.id")
	expired := c.post(t, "/payments", createBody(700, strings.Replace(card(goodNumber, "SALE"), "1299", "0120", 1)))
	require.Equal(t, 402, expired.status)
	book, err := json.Marshal(c.book(t, path))
	require.NoError(t, err)
	everything := []answer{
		token, paid, expired,
		{raw: book},
		c.get(t, "/tokens/"+brief), c.get(t, "/hostedtokenizations/"+session),
		c.getCheckout(t, checkout), c.get(t, path), c.get(t, path+"/details"), c.get(t, path+"/captures"),
		c.post(t, path+"/subsequent", subsequentBody(100)), c.post(t, path+"/refund", ""), c.post(t, path+"/refund", ""),
		c.post(t, "/tokens/importCofSeries", seriesBody(goodNumber)), c.post(t, "/payouts", payoutTo(goodNumber)),
	}
	for _, name := range []string{"ledger", "payouts", "requests", "faults", "behaviour"} {
		everything = append(everything, c.control("GET", name, ""))
	}
	for i, a := range everything {
		require.NotEmpty(t, a.raw, "%d", i)
		require.NotContains(t, string(a.raw), goodNumber, "%d", i)
	}
}

package sandbox_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

// kept asks for the card of an input to be kept.
func kept(input string) string {
	return strings.Replace(input, "{", `{"tokenize":true,`, 1)
}

const cardOut = "paymentOutput.cardPaymentMethodSpecificOutput."

func TestPaymentsKeepTheirCards(t *testing.T) {
	t.Parallel()
	type creation struct {
		token, output string
		isNew, kept   any
	}
	c, s := start(t), readSchema(t)
	pay := func(input string) creation {
		a := s.check(t, "createPayment", c.post(t, "/payments", createBody(700, input)))
		at := ""
		if a.status == 402 {
			at = "paymentResult."
		}
		return creation{
			a.text(at + "creationOutput.token"), a.text(at + "payment." + cardOut + "token"),
			a.at(at + "creationOutput.isNewToken"), a.at(at + "creationOutput.tokenizationSucceeded"),
		}
	}
	plain := card(goodNumber, "SALE")
	none := creation{"", "", false, false}
	require.Equal(t, none, pay(plain))
	first := pay(kept(plain))
	token := first.token
	require.NotEmpty(t, token)
	brief, err := c.sb.EnterCard(c.tokenization(t, ""), cardOf(goodNumber), false)
	require.NoError(t, err)
	for name, tt := range map[string]struct {
		got, want creation
	}{
		"new":                      {first, creation{token, token, true, true}},
		"the same card":            {pay(kept(card(goodNumber, "PRE_AUTHORIZATION"))), creation{token, token, false, true}},
		"by the token":             {pay(byTokenInput(token)), creation{"", token, false, false}},
		"by the token, to be kept": {pay(kept(byTokenInput(token))), creation{token, token, false, true}},
		"by a temporary token":     {pay(kept(byTokenInput(brief))), creation{token, token, false, true}},
		"refused":                  {pay(kept(card(declinedNumber, "SALE"))), none},
		"challenged":               {pay(kept(card(challengeNumber, "SALE"))), none},
	} {
		if diff := cmp.Diff(tt.want, tt.got, cmp.AllowUnexported(creation{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	shown := s.check(t, "getToken", c.get(t, "/tokens/"+token))
	require.Equal(t, "************4675", shown.text("card.alias"))
	require.Equal(t, false, shown.at("isTemporary"))
}

func byTokenInput(token string) string {
	return `"cardPaymentMethodSpecificInput":{"authorizationMode":"SALE","token":"` + token + `"}`
}

// A card that is challenged is kept once the challenge is passed.
func TestAChallengedCardIsKeptLater(t *testing.T) {
	t.Parallel()
	c := start(t)
	id := c.post(t, "/payments", createBody(700, kept(card(challengeNumber, "SALE")))).text("payment.id")
	require.Empty(t, c.get(t, "/payments/"+id).text(cardOut+"token"))
	_, err := c.sb.Portal(id, sandbox.Authorization, 0)
	require.NoError(t, err)
	token := c.get(t, "/payments/"+id).text(cardOut + "token")
	require.Equal(t, 200, c.get(t, "/tokens/"+token).status)
	require.Equal(t, 201, c.post(t, "/payments/"+id+"/subsequent", subsequentBody(100)).status)
}

func TestHostedPagesKeepCards(t *testing.T) {
	t.Parallel()
	c := start(t)
	const input = `,"cardPaymentMethodSpecificInput":{"tokenize":true}`
	tokens := map[string]bool{}
	for range 2 {
		id := c.checkout(t, "", input).text("hostedCheckoutId")
		_, err := c.sb.PayCheckout(id, cardOf(declinedNumber))
		require.NoError(t, err)
		require.Empty(t, c.getCheckout(t, id).text("createdPaymentOutput.payment."+cardOut+"token"))
		_, err = c.sb.PayCheckout(id, cardOf(goodNumber))
		require.NoError(t, err)
		tokens[c.getCheckout(t, id).text("createdPaymentOutput.payment."+cardOut+"token")] = true
	}
	link := c.post(t, "/paymentlinks", `{"order":{"amountOfMoney":{"amount":123,"currencyCode":"EUR"}}`+input+`}`)
	require.Equal(t, 201, link.status, "%s", link.raw)
	paid, err := c.sb.PayPaymentLink(link.text("paymentLinkId"), cardOf(goodNumber))
	require.NoError(t, err)
	tokens[c.get(t, "/payments/"+paid.PaymentID).text(cardOut+"token")] = true
	require.Len(t, tokens, 1)
	for token := range tokens {
		require.Equal(t, 201, c.post(t, "/payments", byToken(token)).status)
	}
}

// TestSeriesAreNamed follows the card scheme's id of the first payment.
func TestSeriesAreNamed(t *testing.T) {
	t.Parallel()
	c := start(t)
	names := func(id string) [2]string {
		a := c.get(t, "/payments/"+id)
		return [2]string{a.text(cardOut + "schemeReferenceData"), a.text(cardOut + "initialSchemeTransactionId")}
	}
	create := func(members string) string {
		a := c.post(t, "/payments", createBody(700, strings.Replace(card(goodNumber, "SALE"), "{", "{"+members, 1)))
		require.Equal(t, 201, a.status, "%s", a.raw)
		return a.text("payment.id")
	}
	first := create(`"unscheduledCardOnFileSequenceIndicator":"first","unscheduledCardOnFileRequestor":"cardholderInitiated",`)
	reference := names(first)[0]
	require.Regexp(t, `^\d{15}$`, reference)
	require.Equal(t, [2]string{reference, ""}, names(first))
	later := create(`"unscheduledCardOnFileSequenceIndicator":"subsequent","initialSchemeTransactionId":"` + reference + `",`)
	require.Equal(t, [2]string{"", reference}, names(later))
	for from, want := range map[string]string{first: reference, later: reference} {
		a := c.post(t, "/payments/"+from+"/subsequent", subsequentBody(100))
		require.Equal(t, [2]string{"", want}, names(a.text("payment.id")))
	}
	imported := c.post(t, "/tokens/importCofSeries", seriesBody(goodNumber)).text("paymentId")
	a := c.post(t, "/payments/"+imported+"/subsequent", subsequentBody(100))
	require.Equal(t, [2]string{"", "ref"}, names(a.text("payment.id")))
	require.Equal(t, [2]string{}, names(create("")))
}

// The merchant alone cannot be sent through a challenge.
func TestAMerchantsPaymentIsNotChallenged(t *testing.T) {
	t.Parallel()
	for requestor, code := range map[string]int{"merchantInitiated": 9, "cardholderInitiated": 46} {
		a := start(t).post(t, "/payments", createBody(700, strings.Replace(card(challengeNumber, "SALE"), "{",
			`{"unscheduledCardOnFileSequenceIndicator":"subsequent","unscheduledCardOnFileRequestor":"`+requestor+`",`, 1)))
		require.Equal(t, code, a.at("payment.statusOutput.statusCode"), requestor)
	}
}

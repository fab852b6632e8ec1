package sandbox_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

func payoutBody(amount int, card string) string {
	return `{"amountOfMoney":{"amount":` + itoa(amount) + `,"currencyCode":"EUR"},"references":{"merchantReference":"PAY-1"},` +
		`"cardPayoutMethodSpecificInput":{"payoutReason":"Refund",` + card + `}}`
}

func payoutTo(number string) string {
	return payoutBody(2500, `"card":{"cardNumber":"`+number+`","expiryDate":"1299","cvv":"123"}`)
}

func TestPayouts(t *testing.T) {
	t.Parallel()
	c := start(t, func(b *sandbox.Behaviour) { b.SettleAfter = time.Hour })
	made := c.post(t, "/payouts", payoutTo(goodNumber), withKey("k"))
	require.Equal(t, 201, made.status, "%s", made.raw)
	id := made.text("id")
	require.Regexp(t, `^\d{10}_0$`, id)
	for at, want := range map[string]any{
		"status": "PAYOUT_REQUESTED", "statusOutput.statusCode": 81, "statusOutput.statusCategory": "PENDING_CONNECT_OR_3RD_PARTY",
		"payoutOutput.amountOfMoney.amount": 2500, "payoutOutput.references.merchantReference": "PAY-1",
		"payoutOutput.payoutReason": "Refund", "payoutOutput.payoutCardPaymentMethodSpecificOutput.card.cardNumber": "************4675",
		"payoutOutput.payoutCardPaymentMethodSpecificOutput.paymentProductId": 1,
	} {
		require.Equal(t, want, made.at(at), at)
	}
	replayed := c.post(t, "/payouts", payoutTo(declinedNumber), withKey("k"))
	require.Equal(t, string(made.raw), string(replayed.raw))
	require.NotEmpty(t, replayed.header.Get(replayOf))
	require.Equal(t, string(made.raw), string(c.get(t, "/payouts/"+id).raw))
	c.sb.Advance(time.Hour)
	credited := c.get(t, "/payouts/"+id)
	require.Equal(t, "ACCOUNT_CREDITED COMPLETED", credited.text("status")+" "+credited.text("statusOutput.statusCategory"))

	refused := c.post(t, "/payouts", payoutTo(declinedNumber), withKey("l"))
	require.Equal(t, 400, refused.status)
	require.Equal(t, "30041001", refused.text("errors.0.errorCode"))
	require.Equal(t, "REJECTED_CREDIT", refused.text("payoutResult.status"))
	require.Equal(t, 83, refused.at("payoutResult.statusOutput.statusCode"))
	other := refused.text("payoutResult.id")
	require.Equal(t, "REJECTED_CREDIT", c.get(t, "/payouts/"+other).text("status"))
	require.Equal(t, string(refused.raw), string(c.post(t, "/payouts", payoutTo(goodNumber), withKey("l")).raw))

	got := c.sb.Payouts()
	want := []sandbox.Payout{
		{ID: id, Status: "ACCOUNT_CREDITED", Amount: 2500, Currency: "EUR", Key: "k", Reference: "PAY-1"},
		{ID: other, Status: "REJECTED_CREDIT", Amount: 2500, Currency: "EUR", Key: "l", Reference: "PAY-1"},
	}
	for i := range got {
		require.WithinDuration(t, c.sb.Now(), got[i].Time, 61*time.Minute)
		got[i].Time = time.Time{}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("payouts (-want +got):\n%s", diff)
	}
	for range c.sb.Ledger() {
		t.Fatal("a payout is no payment")
	}
	require.Equal(t, 404, c.get(t, "/payouts/9999999999_0").status)
	require.Equal(t, "UNKNOWN_PAYOUT_ID", c.get(t, "/payouts/x").text("errors.0.id"))
	require.Equal(t, 404, c.get(t, "/payments/"+id).status)
}

func TestPayoutsThatSettleAtOnce(t *testing.T) {
	t.Parallel()
	for settled, want := range map[bool]string{true: "ACCOUNT_CREDITED", false: "PAYOUT_REQUESTED"} {
		c := start(t, func(b *sandbox.Behaviour) { b.AnswerSettled = settled })
		a := c.post(t, "/payouts", payoutTo(goodNumber))
		require.Equal(t, want, a.text("status"))
		require.Equal(t, "ACCOUNT_CREDITED", c.get(t, "/payouts/"+a.text("id")).text("status"))
	}
}

func TestPayoutToAToken(t *testing.T) {
	t.Parallel()
	c := start(t)
	token := c.post(t, "/tokens", tokenBody(goodNumber, "1299")).text("token")
	for range 2 {
		a := c.post(t, "/payouts", payoutBody(1, `"token":"`+token+`"`))
		require.Equal(t, 201, a.status, "%s", a.raw)
		require.Equal(t, "433026", a.text("payoutOutput.payoutCardPaymentMethodSpecificOutput.card.bin"))
	}
	a := c.post(t, "/payouts", payoutBody(1, `"token":"x"`))
	require.Equal(t, "cardPayoutMethodSpecificInput.token", a.text("errors.0.propertyName"))
}

func TestPayoutChecksItsFields(t *testing.T) {
	t.Parallel()
	const in = "cardPayoutMethodSpecificInput."
	good := payoutTo(goodNumber)
	for body, want := range map[string][2]string{
		"": {"amountOfMoney", "PARAMETER_NOT_FOUND_IN_REQUEST"},
		strings.Replace(good, `"EUR"`, `"EURO"`, 1):              {"amountOfMoney.currencyCode", "INVALID_VALUE"},
		strings.Replace(good, `"EUR"`, `""`, 1):                  {"amountOfMoney.currencyCode", "INVALID_VALUE"},
		strings.Replace(good, `2500`, `0`, 1):                    {"amountOfMoney.amount", "INVALID_VALUE"},
		strings.Replace(good, `2500`, `-1`, 1):                   {"amountOfMoney.amount", "INVALID_VALUE"},
		strings.Replace(good, `2500`, `1000000000000`, 1):        {"amountOfMoney.amount", "INVALID_VALUE"},
		strings.Replace(good, `2500`, `99999999999999999999`, 1): {"amountOfMoney.amount", "INVALID_VALUE"},
		payoutTo("123"): {in + "card.cardNumber", "INVALID_VALUE"},
		strings.Replace(good, "Refund", "Because", 1):                                  {in + "payoutReason", "INVALID_VALUE"},
		strings.Replace(good, "PAY-1", strings.Repeat("x", 41), 1):                     {"references.merchantReference", "INVALID_VALUE"},
		`{"amountOfMoney":{"amount":1,"currencyCode":"EUR"}}`:                          {"cardPayoutMethodSpecificInput", "PARAMETER_NOT_FOUND_IN_REQUEST"},
		payoutBody(1, `"paymentProductId":1`):                                          {in + "card", "PARAMETER_NOT_FOUND_IN_REQUEST"},
		payoutBody(1, `"token":"x","paymentProductId":-1`):                             {in + "paymentProductId", "INVALID_VALUE"},
		strings.Replace(good, `{`, `{"descriptor":"`+strings.Repeat("x", 257)+`",`, 1): {"descriptor", "INVALID_VALUE"},
		strings.Replace(good, `{`, `{"omnichannelPayoutSpecificInput":{"operatorId":"`+strings.Repeat("x", 101)+`"},`, 1): {
			"omnichannelPayoutSpecificInput.operatorId", "INVALID_VALUE",
		},
	} {
		c := start(t)
		a := c.post(t, "/payouts", body)
		require.Equal(t, 400, a.status, body)
		require.Equal(t, want, [2]string{a.text("errors.0.propertyName"), a.text("errors.0.id")}, body)
		require.Nil(t, a.at("payoutResult"))
		require.Empty(t, c.sb.Payouts())
	}
}

// Many repetitions of one payout pay once.
func TestPayoutsUnderConcurrency(t *testing.T) {
	t.Parallel()
	c := start(t)
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			key := "k" + itoa(i%4)
			for c.post(t, "/payouts", payoutTo(goodNumber), withKey(key)).status != 201 {
				continue // in progress
			}
			c.sb.Payouts()
		})
	}
	wg.Wait()
	ids := map[string]bool{}
	for _, p := range c.sb.Payouts() {
		ids[p.ID] = true
	}
	require.Len(t, c.sb.Payouts(), 4)
	require.Len(t, ids, 4)
}

package gateway_test

import (
	"crypto/sha256"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/gateway"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/sdk/webhooks"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// received is an event as a receiver has it, nil when it would not take it.
func received(t testing.TB, body string) *webhooks.Event {
	t.Helper()
	keys := &webhooks.MemoryKeyStore{}
	require.NoError(t, keys.Store("k", "s"))
	header := http.Header{"X-Gcs-Keyid": {"k"}, "X-Gcs-Signature": {webhooks.Sign("s", []byte(body))}}
	e, err := webhooks.NewHelper(keys).Unmarshal(t.Context(), []byte(body), header)
	if err != nil {
		return nil
	}
	return e
}

const capturedEvent = `{"apiVersion":"v1","id":"34b8a607","created":"2026-09-18T12:15:02.9529667+0200","merchantId":"M","type":"payment.captured",
"containsAnOperation":true,"payment":{"id":"4105550101_1","status":"CAPTURED","statusOutput":{"statusCode":9,"statusCategory":"COMPLETED"},
"paymentOutput":{"amountOfMoney":{"amount":6000,"currencyCode":"EUR"},"references":{"merchantReference":"ORDER-1001"},"paymentMethod":"card",
"cardPaymentMethodSpecificOutput":{"card":{"cardNumber":"4111111111111111"}}}}}`

func TestEventOf(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 9, 18, 10, 16, 0, 0, time.UTC)
	want := apply.Event{
		Identity: `["payment" "4105550101_1" "M" "payment.captured"]`, ID: "34b8a607", Type: "payment.captured",
		Created: time.Date(2026, 9, 18, 10, 15, 2, 952966700, time.UTC), Payment: "4105550101", OperationID: "4105550101_1",
		Code: 9, HasCode: true, Amount: spec.Money{Minor: 6000, Currency: "EUR"}, Received: at, BodySHA: sha256.Sum256([]byte(capturedEvent)),
	}
	got, err := gateway.EventOf(received(t, capturedEvent), "M", at)
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(want, got))

	refund := `{"apiVersion":"v1","id":"e","created":"2026-09-18T12:15:02+02:00","merchantId":"M","type":"refund.refund_requested",
	"refund":{"id":"4105550101_2","statusOutput":{"statusCode":81},"refundOutput":{"amountOfMoney":{"amount":5,"currencyCode":"JPY"},
	"operationReferences":{"merchantReference":"rma-1"}}}}`
	got, err = gateway.EventOf(received(t, refund), "M", at)
	require.NoError(t, err)
	require.Equal(t, "rma-1", got.Ref)
	require.Equal(t, 81, got.Code)
	require.Equal(t, spec.Money{Minor: 5, Currency: "JPY"}, got.Amount)
	require.Equal(t, time.Date(2026, 9, 18, 10, 15, 2, 0, time.UTC), got.Created)

	_, err = gateway.EventOf(received(t, capturedEvent), "N", at)
	require.ErrorIs(t, err, gateway.ErrOtherMerchant)
	for name, body := range map[string]string{
		"a name twice":    strings.Replace(capturedEvent, `"statusCode":9`, `"statusCode":91,"statusCode":9`, 1),
		"two objects":     strings.Replace(capturedEvent, `"payment":{`, `"refund":{"id":"1_2"},"payment":{`, 1),
		"no whole amount": strings.Replace(capturedEvent, `6000`, `6000.5`, 1),
		"a long id":       strings.Replace(capturedEvent, `34b8a607`, strings.Repeat("x", 201), 1),
		"a long currency": strings.Replace(capturedEvent, `"EUR"`, `"`+strings.Repeat("E", 201)+`"`, 1),
	} {
		if e := received(t, body); e != nil {
			_, err := gateway.EventOf(e, "M", at)
			require.ErrorContains(t, err, "read event: ", name)
			require.NotContains(t, err.Error(), "6000", name)
		}
	}
}

// TestEventOfOthers: what is about no payment says only what it is.
func TestEventOfOthers(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"apiVersion":"v1","id":"e","merchantId":"M","type":"paymentlink.paid","paymentLink":{"paymentId":"4105550101_1","status":"PAID"}}`,
		`{"apiVersion":"v1","id":"e","merchantId":"M","type":"payout.credited","payout":{"id":"4105550101_1","statusOutput":{"statusCode":9}}}`,
		`{"apiVersion":"v1","id":"e","merchantId":"M","type":"x"}`,
	} {
		got, err := gateway.EventOf(received(t, body), "M", time.Time{})
		require.NoError(t, err, body)
		require.Empty(t, got.Payment+got.OperationID, body)
		require.False(t, got.HasCode, body)
		require.NotEmpty(t, got.Identity, body)
	}
}

// FuzzEventOf: nothing that is signed brings it down, and nothing that looks like
// a card number gets through.
func FuzzEventOf(f *testing.F) {
	f.Add(capturedEvent)
	f.Add(strings.Replace(capturedEvent, "34b8a607", "4111111111111111", 1))
	f.Add(strings.Replace(capturedEvent, "4105550101_1", "4111 1111 1111 1111", 1))
	f.Add(`{"apiVersion":"v1","merchantId":"M","created":"0000-00-00","payment":{"statusOutput":null,"paymentOutput":{}}}`)
	f.Add(`[{"apiVersion":"v1","merchantId":"M","refund":{"refundOutput":{"amountOfMoney":{"currencyCode":"EUR"}}}}]`)
	f.Fuzz(func(t *testing.T, body string) {
		raw := received(t, body)
		if raw == nil {
			return
		}
		e, err := gateway.EventOf(raw, "M", time.Unix(0, 0))
		if err != nil {
			require.Equal(t, apply.Event{}, e)
			return
		}
		require.NotEmpty(t, e.Identity)
		for _, text := range []string{e.ID, e.Type, e.OperationID, e.Payment, e.Ref, string(e.Amount.Currency)} {
			require.LessOrEqual(t, len(text), 200)
		}
		require.False(t, spec.HasCard(e.ID) || spec.HasCard(e.Type) || spec.HasCard(e.Ref))
		require.True(t, e.Payment == spec.BaseOf(e.OperationID) || (e.Payment == "" && strings.HasPrefix(e.OperationID, "(withheld")))
		require.True(t, e.Created.IsZero() || e.Created.Year() > 1998)
	})
}

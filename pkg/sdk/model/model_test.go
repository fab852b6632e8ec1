package model_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	fast "github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sdk/model"
)

// TestRecordedBodies decodes what the platform sends and encodes it again: a wrong
// wire name or a missing field loses something on the way.
func TestRecordedBodies(t *testing.T) {
	t.Parallel()
	for file, body := range map[string]any{
		"payment_details":         &model.PaymentDetailsResponse{},
		"payment":                 &model.PaymentResponse{},
		"capture_request":         &model.CapturePaymentRequest{},
		"capture":                 &model.CaptureResponse{},
		"captures":                &model.CapturesResponse{},
		"refund_request":          &model.RefundRequest{},
		"refund":                  &model.RefundResponse{},
		"refunds":                 &model.RefundsResponse{},
		"cancel_request":          &model.CancelPaymentRequest{},
		"cancel":                  &model.CancelPaymentResponse{},
		"create_payment_request":  &model.CreatePaymentRequest{},
		"create_payment_redirect": &model.CreatePaymentResponse{},
		"error_unknown_payment":   &model.ErrorResponse{},
		"error_declined_payment":  &model.PaymentErrorResponse{},
		"error_declined_refund":   &model.RefundErrorResponse{},
		"error_declined_payout":   &model.PayoutErrorResponse{},
		"problem_details":         &model.ProblemDetailsResponse{},
		"test_connection":         &model.TestConnection{},
	} {
		data, err := os.ReadFile(filepath.Join("..", "..", "..", "testdata", "api", file+".json"))
		require.NoError(t, err)
		for name, m := range map[string]struct {
			marshal   func(any) ([]byte, error)
			unmarshal func([]byte, any) error
		}{
			"encoding/json": {json.Marshal, json.Unmarshal},
			"go-json-experiment": {
				func(v any) ([]byte, error) { return fast.Marshal(v) },
				func(data []byte, v any) error { return fast.Unmarshal(data, v) },
			},
		} {
			value := reflect.New(reflect.TypeOf(body).Elem()).Interface()
			require.NoError(t, m.unmarshal(data, value), "%s of %s", name, file)
			again, err := m.marshal(value)
			require.NoError(t, err)
			require.Empty(t, cmp.Diff(generic(t, data), generic(t, again)), "%s of %s", name, file)
		}
	}
}

func generic(t *testing.T, data []byte) (v any) {
	t.Helper()
	require.NoError(t, json.Unmarshal(data, &v))
	return v
}

func TestUnusualValuesSurvive(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"an unknown status":        `{"status":"CANCELLATION_REJECTED"}`,
		"an amount of zero":        `{"paymentOutput":{"amountOfMoney":{"amount":0,"currencyCode":"JPY"}}}`,
		"the largest amount":       `{"paymentOutput":{"amountOfMoney":{"amount":999999999999,"currencyCode":"EUR"}}}`,
		"no amount":                `{"paymentOutput":{"amountOfMoney":{"currencyCode":"EUR"}}}`,
		"a flag that says no":      `{"statusOutput":{"isRefundable":false}}`,
		"seven digits of a second": `{"paymentOutput":{"transactionDate":"2023-01-23T09:51:27.9529667+01:00"}}`,
		"a date that is none":      `{"paymentOutput":{"transactionDate":"yesterday"}}`,
	} {
		var p model.PaymentResponse
		require.NoError(t, json.Unmarshal([]byte(body), &p), name)
		again, err := json.Marshal(p)
		require.NoError(t, err)
		require.JSONEq(t, body, string(again), name)
	}
	var p model.PaymentResponse
	require.NoError(t, json.Unmarshal([]byte(`{"later":{"a":[1]},"id":"1_0","status":null}`), &p))
	require.Empty(t, cmp.Diff(model.PaymentResponse{ID: new("1_0")}, p))
	require.Error(t, json.Unmarshal([]byte(`{"paymentOutput":{"amountOfMoney":{"amount":1.5}}}`), &p), "half a cent")
	require.Error(t, json.Unmarshal([]byte(`{"paymentOutput":{"amountOfMoney":{"amount":99999999999999999999}}}`), &p))
}

func TestDateTime(t *testing.T) {
	t.Parallel()
	utc := time.Date(2023, 1, 23, 8, 51, 27, 0, time.UTC)
	for text, want := range map[model.DateTime]time.Time{
		"2023-01-23T08:51:27Z":                               utc,
		"2023-01-23T09:51:27+01:00":                          utc,
		"2023-01-23T09:51:27+0100":                           utc,
		"2023-01-23T08:51:27":                                utc,
		"2023-01-23T09:51:27.9529667+01:00":                  utc.Add(952966700),
		"2023-01-23T08:51:27.5":                              utc.Add(500 * time.Millisecond),
		"2023-01-23T08:51:27.1234567891234Z":                 utc.Add(123456789),
		model.NewDateTime(utc.Add(123 * 1000)):               utc.Add(123 * 1000),
		model.NewDateTime(utc.In(time.FixedZone("", -3600))): utc,
	} {
		got, err := text.Time()
		require.NoError(t, err, string(text))
		require.True(t, want.Equal(got), "%s is %s", text, got)
	}
	for _, bad := range []model.DateTime{"", "2023-01-23", "23.01.2023 08:51", "2023-02-30T00:00:00Z", "20170202112414"} {
		_, err := bad.Time()
		require.Error(t, err, string(bad))
	}
}

func TestDate(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 11, 22, 23, 30, 0, 0, time.FixedZone("", 3600))
	require.Equal(t, model.Date("2026-11-22"), model.NewDate(day))
	got, err := model.NewDate(day).Time()
	require.NoError(t, err)
	require.Equal(t, time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), got)
	_, err = model.Date("2026-13-01").Time()
	require.Error(t, err)
}

func TestDecimal(t *testing.T) {
	t.Parallel()
	for _, digits := range []string{"1.0837", "0.1000", "-3", "1e-7", "12345678901234567890.123"} {
		var r model.RateDetails
		for _, unmarshal := range []func([]byte, any) error{json.Unmarshal, func(b []byte, v any) error { return fast.Unmarshal(b, v) }} {
			require.NoError(t, unmarshal([]byte(`{"exchangeRate":`+digits+`}`), &r))
			require.Equal(t, model.Decimal(digits), *r.ExchangeRate)
		}
		data, err := json.Marshal(r)
		require.NoError(t, err)
		require.Contains(t, string(data), `"exchangeRate":`+digits)
	}
	var r model.RateDetails
	require.NoError(t, json.Unmarshal([]byte(`{"exchangeRate":null}`), &r))
	require.Nil(t, r.ExchangeRate)
	for _, bad := range []string{`"1.5"`, `true`, `{}`} {
		require.Error(t, json.Unmarshal([]byte(`{"exchangeRate":`+bad+`}`), &r), bad)
	}
	for _, bad := range []model.Decimal{"", "x", "1.5 ", "01", "1,5", "NaN", `1}`} {
		_, err := json.Marshal(bad)
		require.Error(t, err, string(bad))
	}
}

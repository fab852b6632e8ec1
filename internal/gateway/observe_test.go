package gateway_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/gateway"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

const details = `{"id":"3066177123_0","status":"PENDING_CAPTURE",
 "statusOutput":{"statusCode":5,"statusCategory":"PENDING_MERCHANT","isAuthorized":true,"isCancellable":true,"isRefundable":false},
 "paymentOutput":{"amountOfMoney":{"amount":12500,"currencyCode":"EUR"},"acquiredAmount":{"amount":1,"currencyCode":"EUR"},
  "references":{"merchantReference":"order-1"},"paymentMethod":"card",
  "cardPaymentMethodSpecificOutput":{"paymentProductId":1,"card":{"cardNumber":"************4675"}}},
 "Operations":[
  {"id":"3066177123_0","amountOfMoney":{"amount":12500,"currencyCode":"EUR"},"paymentMethod":"card","statusOutput":{"statusCode":5,"statusCategory":"PENDING_MERCHANT"},"operationReferences":{"merchantReference":"order-1"}},
  {"id":"3066177123_1","amountOfMoney":{"amount":6000,"currencyCode":"EUR"},"paymentMethod":"card","statusOutput":{"statusCode":91,"statusCategory":"PENDING_CONNECT_OR_3RD_PARTY"},"operationReferences":{"merchantReference":"ship-1"}},
  {"id":"3066177123_2","amountOfMoney":{"amount":500,"currencyCode":"EUR"},"paymentMethod":"card","statusOutput":{"statusCode":9,"statusCategory":"COMPLETED"},"references":{"merchantReference":"order-1"}}]}`

func observe(t *testing.T, p http.Handler) plan.Observed {
	t.Helper()
	o, err := client(t, p).Observe(t.Context(), id)
	require.NoError(t, err)
	return o
}

func TestObserve(t *testing.T) {
	t.Parallel()
	p := says(200, json, details)
	want := plan.Observed{
		Exists: true, ID: string(id), Authorized: 12500, Currency: "EUR", Code: 5, CanCapture: true, CanCancel: true,
		MerchantReference: "order-1", Product: 1, Totals: plan.Totals{Captured: 500, CaptureRequested: 6000},
		Operations: []plan.Operation{
			{ID: "3066177123_0", Op: "authorization", Standing: plan.Settled, Amount: 12500, Currency: "EUR", Code: 5, Category: "PENDING_MERCHANT", Ref: "order-1"},
			{ID: "3066177123_1", Op: spec.Capture, Standing: plan.Requested, Amount: 6000, Currency: "EUR", Code: 91, Category: "PENDING_CONNECT_OR_3RD_PARTY", Ref: "ship-1"},
			{ID: "3066177123_2", Op: spec.Capture, Standing: plan.Settled, Amount: 500, Currency: "EUR", Code: 9, Category: "COMPLETED"},
		},
	}
	got := observe(t, p)
	require.WithinDuration(t, time.Now(), got.At, 5*time.Second)
	got.At = time.Time{}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(plan.Operation{})); diff != "" {
		t.Errorf("observed (-want +got):\n%s", diff)
	}
	require.Equal(t, []string{"GET /v2/merchant/payments/3066177123_0/details"}, p.paths)
}

// What is missing is not allowed, and what is ambiguous has a fault.
func TestObserveWhatIsMissing(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		old, by string
		check   func(*testing.T, plan.Observed)
	}{
		"no flags": {`,"isAuthorized":true,"isCancellable":true,"isRefundable":false`, ``, func(t *testing.T, o plan.Observed) {
			require.Equal(t, []bool{false, false, false}, []bool{o.CanCapture, o.CanCancel, o.CanRefund})
			require.Empty(t, o.Fault)
		}},
		"flags that are null": {`"isAuthorized":true,"isCancellable":true`, `"isAuthorized":null,"isCancellable":null`, func(t *testing.T, o plan.Observed) {
			require.Equal(t, []bool{false, false}, []bool{o.CanCapture, o.CanCancel})
		}},
		"flags in another case":       {`"isAuthorized":true`, `"IsAuthorized":true`, func(t *testing.T, o plan.Observed) { require.False(t, o.CanCapture) }},
		"no status":                   {`"statusOutput":{"statusCode":5,"statusCategory":"PENDING_MERCHANT","isAuthorized":true,"isCancellable":true,"isRefundable":false}`, `"x":0`, unreadable(plan.ReasonUnknownStatus)},
		"no amount":                   {`"amountOfMoney":{"amount":12500,"currencyCode":"EUR"},"acquired`, `"acquired`, unreadable(plan.ReasonUnreadable)},
		"operations in another case":  {`"Operations"`, `"operations"`, unreadable(plan.ReasonUnreadable)},
		"an operation without amount": {`"amount":6000,`, ``, unreadable(plan.ReasonUnreadable)},
		"an operation without status": {`"statusCode":91,`, ``, unreadable(plan.ReasonUnreadable)},
		"an operation without id":     {`"id":"3066177123_1",`, ``, unreadable(plan.ReasonUnreadable)},
		"a surcharge":                 {`"references":{"merchantReference":"order-1"},"paymentMethod"`, `"surchargeSpecificOutput":{"surchargeAmount":{"amount":5,"currencyCode":"EUR"}},"paymentMethod"`, unreadable(plan.ReasonUnreadable)},
		"a surcharge of nothing": {`"references":{"merchantReference":"order-1"},"paymentMethod"`, `"surchargeSpecificOutput":{"surchargeAmount":{"amount":0,"currencyCode":"EUR"}},"paymentMethod"`, func(t *testing.T, o plan.Observed) {
			require.Empty(t, o.Fault, o.FaultText)
		}},
		"two payment methods":               {`"cardPaymentMethodSpecificOutput"`, `"mobilePaymentMethodSpecificOutput":{"paymentProductId":302},"cardPaymentMethodSpecificOutput"`, unreadable(plan.ReasonUnreadable)},
		"operations of two payment methods": {`"paymentMethod":"card","statusOutput":{"statusCode":91`, `"paymentMethod":"redirect","statusOutput":{"statusCode":91`, unreadable(plan.ReasonUnreadable)},
		"two with one reference":            {`"references":{"merchantReference":"order-1"}}]`, `"operationReferences":{"merchantReference":"ship-1"}}]`, unreadable(plan.ReasonDuplicate)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, details, tt.old)
			tt.check(t, observe(t, says(200, json, strings.Replace(details, tt.old, tt.by, 1))))
		})
	}
}

func unreadable(r plan.Reason) func(*testing.T, plan.Observed) {
	return func(t *testing.T, o plan.Observed) {
		t.Helper()
		require.Equal(t, r, o.Fault, o.FaultText)
	}
}

// An answer that could be read in two ways is not read, and only the platform
// itself can say that it does not know a payment.
func TestObserveFails(t *testing.T) {
	t.Parallel()
	const unknown = `{"errorId":"e","errors":[{"errorCode":"50001130","id":"UNKNOWN_PAYMENT_ID","httpStatusCode":404}]}`
	for name, tt := range map[string]struct {
		platform   *platform
		gone       bool
		credential bool
	}{
		"unknown payment":            {says(404, json, unknown), true, false},
		"404 of a proxy":             {says(404, "text/html", "<p>not here"), false, false},
		"404 of a proxy, in JSON":    {says(404, json, `{"message":"no route"}`), false, false},
		"404 with problem details":   {says(404, "application/problem+json", `{"type":"about:blank","title":"Not Found"}`), false, false},
		"410":                        {says(410, json, unknown), false, false},
		"401":                        {says(401, json, unknown), false, true},
		"403":                        {says(403, json, unknown), false, true},
		"403 of a proxy":             {says(403, "text/html", "<p>"), false, true},
		"500":                        {says(500, json, unknown), false, false},
		"HTML":                       {says(200, "text/html", "<p>"), false, false},
		"cut off":                    {says(200, json, details[:len(details)/2]), false, false},
		"an amount twice":            {says(200, json, strings.Replace(details, `"amount":6000`, `"amount":6000,"amount":1`, 1)), false, false},
		"operations twice":           {says(200, json, strings.Replace(details, `"Operations":[`, `"Operations":[],"Operations":[`, 1)), false, false},
		"text that is not UTF-8":     {says(200, json, strings.Replace(details, "ship-1", "ship-\xff", 1)), false, false},
		"an amount that is no whole": {says(200, json, strings.Replace(details, `"amount":6000`, `"amount":6e3`, 1)), false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, err := client(t, tt.platform).Observe(t.Context(), id)
			if tt.gone {
				require.NoError(t, err)
				require.False(t, o.Exists)
				return
			}
			require.Error(t, err)
			var credential *apply.CredentialError
			require.Equal(t, tt.credential, asError(err, &credential))
			require.Empty(t, cmp.Diff(plan.Observed{}, o))
		})
	}
}

// The marshaller takes names as they are written.
func TestJSON(t *testing.T) {
	t.Parallel()
	var v struct {
		Amount int64 `json:"amount"`
	}
	require.NoError(t, gateway.JSON{}.Unmarshal([]byte(`{"amount":1,"Amount":999,"AMOUNT":998}`), &v))
	require.EqualValues(t, 1, v.Amount, "a name in another case does not overwrite")
	require.Error(t, gateway.JSON{}.Unmarshal([]byte(`{"amount":1,"amount":999}`), &v))
	require.Error(t, gateway.JSON{}.Unmarshal([]byte(`{"amount":1}{"amount":2}`), &v))
}

// The skew is the most that was seen, less what a date in seconds leaves open.
func TestSkew(t *testing.T) {
	t.Parallel()
	var ahead time.Duration
	p := says(200, json, details)
	answer := p.handler
	p.handler = func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", time.Now().Add(ahead).UTC().Format(http.TimeFormat))
		answer(w, r)
	}
	g := client(t, p)
	for _, tt := range []struct{ ahead, least, most time.Duration }{
		{0, 0, 0},
		{-90 * time.Second, 88 * time.Second, 91 * time.Second},
		{0, 88 * time.Second, 91 * time.Second},
		{5 * time.Minute, 5*time.Minute - 2*time.Second, 5 * time.Minute},
	} {
		ahead = tt.ahead
		_, err := g.Observe(t.Context(), id)
		require.NoError(t, err)
		require.GreaterOrEqual(t, g.Skew(), tt.least)
		require.LessOrEqual(t, g.Skew(), tt.most)
	}
}

func asError[T error](err error, target *T) bool { return errors.As(err, target) }

package sdk_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sdk"
	"github.com/payreconcile/payreconcile/pkg/sdk/model"
)

func TestOperations(t *testing.T) {
	t.Parallel()
	type result struct {
		Method, Resource, Body string
	}
	capture := &model.CapturePaymentRequest{Amount: new(int64(100))}
	for name, tt := range map[string]struct {
		call func(context.Context, *sdk.MerchantClient) error
		want result
	}{
		"create": {func(ctx context.Context, m *sdk.MerchantClient) error {
			_, err := m.Payments().CreatePayment(ctx, &model.CreatePaymentRequest{Order: &model.Order{}})
			return err
		}, result{"POST", "/v2/PSPID1/payments", `{"order":{}}`}},
		"get": {func(ctx context.Context, m *sdk.MerchantClient) error {
			_, err := m.Payments().GetPayment(ctx, payment)
			return err
		}, result{"GET", "/v2/PSPID1/payments/7301440001_0", ""}},
		"details": {func(ctx context.Context, m *sdk.MerchantClient) error {
			_, err := m.Payments().GetPaymentDetails(ctx, payment)
			return err
		}, result{"GET", "/v2/PSPID1/payments/7301440001_0/details", ""}},
		"capture": {func(ctx context.Context, m *sdk.MerchantClient) error {
			_, err := m.Payments().CapturePayment(ctx, payment, capture)
			return err
		}, result{"POST", "/v2/PSPID1/payments/7301440001_0/capture", `{"amount":100}`}},
		"capture of the rest": {func(ctx context.Context, m *sdk.MerchantClient) error {
			_, err := m.Payments().CapturePayment(ctx, payment, nil)
			return err
		}, result{"POST", "/v2/PSPID1/payments/7301440001_0/capture", `{}`}},
		"refund": {func(ctx context.Context, m *sdk.MerchantClient) error {
			_, err := m.Payments().RefundPayment(ctx, payment, &model.RefundRequest{AmountOfMoney: &model.AmountOfMoney{Amount: new(int64(5)), CurrencyCode: "EUR"}})
			return err
		}, result{"POST", "/v2/PSPID1/payments/7301440001_0/refund", `{"amountOfMoney":{"amount":5,"currencyCode":"EUR"}}`}},
		"cancel": {func(ctx context.Context, m *sdk.MerchantClient) error {
			_, err := m.Payments().CancelPayment(ctx, payment, &model.CancelPaymentRequest{IsFinal: new(true)})
			return err
		}, result{"POST", "/v2/PSPID1/payments/7301440001_0/cancel", `{"isFinal":true}`}},
		"cancel of the rest": {func(ctx context.Context, m *sdk.MerchantClient) error {
			_, err := m.Payments().CancelPayment(ctx, payment, nil)
			return err
		}, result{"POST", "/v2/PSPID1/payments/7301440001_0/cancel", ""}},
		"captures": {func(ctx context.Context, m *sdk.MerchantClient) error {
			_, err := m.Captures().GetCaptures(ctx, payment)
			return err
		}, result{"GET", "/v2/PSPID1/payments/7301440001_0/captures", ""}},
		"refunds": {func(ctx context.Context, m *sdk.MerchantClient) error {
			_, err := m.Refunds().GetRefunds(ctx, payment)
			return err
		}, result{"GET", "/v2/PSPID1/payments/7301440001_0/refunds", ""}},
		"test connection": {func(ctx context.Context, m *sdk.MerchantClient) error {
			_, err := m.Services().TestConnection(ctx)
			return err
		}, result{"GET", "/v2/PSPID1/services/testconnection", ""}},
	} {
		conn := &script{steps: []step{says(200, `{}`)}}
		require.NoError(t, tt.call(t.Context(), dial(t, config(sdk.PayoneTest), sdk.WithConnection(conn))), name)
		require.Len(t, conn.sent, 1)
		s := conn.sent[0]
		require.NoError(t, verify(s.method, s.resource, s.header), name)
		require.Equal(t, s.body != "", s.header.Get("Content-Type") == "application/json", name)
		require.Empty(t, cmp.Diff(tt.want, result{s.method, s.resource, s.body}), name)
	}
}

func TestDo(t *testing.T) {
	t.Parallel()
	m := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if err := verify(r.Method, r.RequestURI, r.Header); err != nil {
			answer(w, 401, []byte(err.Error()))
			return
		}
		w.Header().Set("X-Resource", r.RequestURI)
		answer(w, 200, fixture(t, "payment_details"))
	})
	var narrow struct {
		Operations []struct {
			ID            string `json:"id"`
			AmountOfMoney struct {
				Amount int64 `json:"amount"`
			} `json:"amountOfMoney"`
		} `json:"Operations"`
	}
	var info sdk.CallInfo
	require.NoError(t, sdk.Do(t.Context(), m, sdk.Request{
		Method: http.MethodGet, Path: []string{"payments", "a b;ü", "details"},
		Query: url.Values{"z": {"1 2", "ä&="}, "a": {"+"}},
	}, &narrow, sdk.WithQuery(url.Values{"m": {"~"}}), sdk.WithCallInfo(&info)))
	require.Len(t, narrow.Operations, 4)
	require.Equal(t, int64(20000), narrow.Operations[1].AmountOfMoney.Amount)
	require.NoError(t, sdk.Do(t.Context(), m, sdk.Request{Method: http.MethodDelete, Path: []string{"tokens", "1"}}, nil))
}

func TestEscapedResourceIsSigned(t *testing.T) {
	t.Parallel()
	conn := &script{steps: []step{says(200, `{}`)}}
	m := dial(t, config(sdk.PayoneTest), sdk.WithConnection(conn))
	require.NoError(t, sdk.Do(t.Context(), m, sdk.Request{
		Method: http.MethodGet, Path: []string{"payments", "a b?#;ü:@"}, Query: url.Values{"q": {"1 2+3"}},
	}, nil))
	require.Equal(t, "/v2/PSPID1/payments/a%20b%3F%23%3B%C3%BC:@?q=1%202%2B3", conn.sent[0].resource)
	require.NoError(t, verify("GET", conn.sent[0].resource, conn.sent[0].header))
}

func TestPathsCannotClimb(t *testing.T) {
	t.Parallel()
	conn := &script{steps: []step{says(200, `{}`)}}
	c, err := sdk.NewClient(config(sdk.PayoneTest), sdk.WithConnection(conn))
	require.NoError(t, err)
	for _, id := range []string{"", ".", "..", "a/b", "/", "..%2f", "%2F", "%2e%2e", "%252f", `a\b`, "a\nb", "a\x00", "\x7f", "../../other/payments/1"} {
		_, err := c.Merchant(merchant).Payments().GetPayment(t.Context(), id)
		require.ErrorContains(t, err, "build path", "%q as an id", id)
		err = sdk.Do(t.Context(), c.Merchant(merchant), sdk.Request{Method: "GET", Path: []string{"payments", id}}, nil)
		require.ErrorContains(t, err, "build path", "%q as a segment", id)
		_, err = c.Merchant(id).Services().TestConnection(t.Context())
		require.ErrorContains(t, err, "build path", "%q as a merchant", id)
	}
	require.Empty(t, conn.sent)
}

func FuzzPath(f *testing.F) {
	for _, id := range []string{payment, "..", "a/b", "%2f", "a b", "ü", ".", "~", "a;b=c", "\xff"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		conn := &script{steps: []step{says(200, `{}`)}}
		err := sdk.Do(t.Context(), dial(t, config(sdk.PayoneTest), sdk.WithConnection(conn)),
			sdk.Request{Method: http.MethodGet, Path: []string{"payments", id, "details"}}, nil)
		if err != nil {
			require.Empty(t, conn.sent)
			return
		}
		resource := conn.sent[0].resource
		require.NoError(t, verify(http.MethodGet, resource, conn.sent[0].header))
		u, err := url.ParseRequestURI(resource)
		require.NoError(t, err)
		require.Equal(t, "/v2/PSPID1/payments/"+id+"/details", u.Path)
		joined, err := url.JoinPath("/", strings.Split(u.Path, "/")...)
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(joined, "/v2/PSPID1/payments/") && strings.HasSuffix(joined, "/details"), joined)
	})
}

func TestCallsRefusedBeforeSending(t *testing.T) {
	t.Parallel()
	conn := &script{steps: []step{says(200, `{}`)}}
	m := dial(t, config(sdk.PayoneTest), sdk.WithConnection(conn))
	for name, opt := range map[string]sdk.CallOption{
		"an empty key":       sdk.WithIdempotenceKey(""),
		"a long key":         sdk.WithIdempotenceKey(strings.Repeat("k", 41)),
		"a key with a line":  sdk.WithIdempotenceKey("a\nb"),
		"a key with a space": sdk.WithIdempotenceKey("a b"),
		"a key with umlauts": sdk.WithIdempotenceKey("ä"),
		"Date":               sdk.WithHeader("date", "now"),
		"Authorization":      sdk.WithHeader("Authorization", "none"),
		"Content-Type":       sdk.WithHeader("content-type", "text/plain"),
		"the key's header":   sdk.WithHeader("X-GCS-Idempotence-Key", "k"),
		"the metadata":       sdk.WithHeader("x-gcs-servermetainfo", "m"),
		"net/http's own key": sdk.WithHeader("Idempotency-Key", "k"),
		"a header's line":    sdk.WithHeader("X-Note", "a\r\nDate: b"),
		"a header's name":    sdk.WithHeader("X Note", "a"),
	} {
		var info sdk.CallInfo
		require.Error(t, get(t.Context(), m, opt, sdk.WithCallInfo(&info)), name)
		require.Empty(t, info.Sends, name)
	}
	var typedNil *model.RefundRequest
	for name, r := range map[string]sdk.Request{
		"an unknown method":  {Method: "TRACE", Path: []string{"payments"}},
		"no method":          {Path: []string{"payments"}},
		"no path":            {Method: "GET"},
		"a nil body":         {Method: "POST", Path: []string{"payments"}, Body: typedNil},
		"a body not of JSON": {Method: "POST", Path: []string{"payments"}, Body: make(chan int)},
	} {
		require.Error(t, sdk.Do(t.Context(), m, r, nil), name)
	}
	var notPointer struct{}
	require.Error(t, sdk.Do(t.Context(), m, sdk.Request{Method: "GET", Path: []string{"payments"}}, notPointer))
	require.Error(t, sdk.Do(t.Context(), m, sdk.Request{Method: "GET", Path: []string{"payments"}}, typedNil))
	require.Empty(t, conn.sent)
	require.NoError(t, get(t.Context(), m, sdk.WithIdempotenceKey(strings.Repeat("k", 40)), sdk.WithHeader("X-GCS-Note", "b")))
	require.NoError(t, verify("GET", conn.sent[0].resource, conn.sent[0].header))
	require.Equal(t, "b", conn.sent[0].header.Get("X-GCS-Note"))
}

// TestOnlyKnownOperationsAreRepeated: a key protects nothing where the platform does
// not look at it.
func TestOnlyKnownOperationsAreRepeated(t *testing.T) {
	t.Parallel()
	for path, sends := range map[string]int{
		"payments":                          4,
		"payments/1_0/capture":              4,
		"payments/1_0/refund":               4,
		"payments/1_0/cancel":               4,
		"payments/1_0/complete":             4,
		"payments/1_0/subsequent":           4,
		"payouts":                           4,
		"hostedcheckouts":                   1,
		"tokens":                            1,
		"paymentlinks/1/cancel":             1,
		"payments/1_0/increment":            1,
		"payments/1_0/capture/again":        1,
		"merchant-batches/1/process":        1,
		"services/testconnection":           1,
		"payments/1_0/captures/1_1/capture": 1,
	} {
		conn := &script{steps: []step{says(503, ``)}}
		cfg := config(sdk.PayoneTest)
		quick(&cfg)
		m := dial(t, cfg, sdk.WithConnection(conn))
		require.Error(t, sdk.Do(t.Context(), m, sdk.Request{Method: "POST", Path: strings.Split(path, "/")}, nil, sdk.WithIdempotenceKey("k")))
		require.Len(t, conn.sent, sends, path)
		conn.sent = nil
		require.Error(t, sdk.Do(t.Context(), m, sdk.Request{Method: "POST", Path: strings.Split(path, "/")}, nil))
		require.Len(t, conn.sent, 1, "%s without a key", path)
		conn.sent = nil
		require.Error(t, sdk.Do(t.Context(), m, sdk.Request{Method: "DELETE", Path: strings.Split(path, "/")}, nil, sdk.WithIdempotenceKey("k")))
		require.Len(t, conn.sent, 1, "DELETE %s", path)
	}
}

func TestGuard(t *testing.T) {
	t.Parallel()
	closed := errors.New("the lease is over")
	for name, tt := range map[string]struct {
		stopAt int // the send that is refused; 0 none
		asked  []int
		sent   int
	}{
		"refuses the first": {1, []int{1}, 0},
		"refuses the third": {3, []int{1, 2, 3}, 2},
		"agrees":            {0, []int{1, 2, 3, 4}, 4},
	} {
		conn := &script{steps: []step{says(503, ``)}}
		cfg := config(sdk.PayoneTest)
		quick(&cfg)
		var asked []int
		var info sdk.CallInfo
		err := keyed(t.Context(), dial(t, cfg, sdk.WithConnection(conn)), sdk.WithCallInfo(&info),
			sdk.WithGuard(func(_ context.Context, send int) error {
				require.Len(t, conn.sent, send-1, "asked before the send")
				asked = append(asked, send)
				if send == tt.stopAt {
					return closed
				}
				return nil
			}))
		require.Equal(t, tt.asked, asked, name)
		require.Len(t, conn.sent, tt.sent, name)
		require.Len(t, info.Sends, tt.sent, name)
		var guard *sdk.GuardError
		require.Equal(t, tt.stopAt != 0, errors.As(err, &guard), name)
		if guard != nil {
			require.Equal(t, tt.sent, guard.Sends)
			require.ErrorIs(t, err, closed)
		}
	}
}

func TestContextThatEndsInTheGuard(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	conn := &script{steps: []step{says(200, `{}`)}}
	err := keyed(ctx, dial(t, config(sdk.PayoneTest), sdk.WithConnection(conn)), sdk.WithGuard(func(context.Context, int) error {
		cancel()
		return nil
	}))
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, conn.sent)
}

func TestCallInfo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		date := start.UTC().Format(http.TimeFormat)
		conn := &script{steps: []step{
			breaks(refused),
			cutsOff(201, `{"id"`),
			says(409, inProgress, "Date", date),
			says(201, `{"id":"7301440001_1"}`, "Date", date, replay, "946684801500"),
		}}
		cfg := config(sdk.PayoneTest)
		cfg.Random = func() uint64 { return 0 }
		cfg.Retry = sdk.RetryPolicy{MaxSends: 5, MinWait: 2 * time.Second, MaxWait: 2 * time.Second}
		info := sdk.CallInfo{Sends: make([]sdk.Send, 3)}
		require.NoError(t, keyed(t.Context(), dial(t, cfg, sdk.WithConnection(conn)), sdk.WithCallInfo(&info)))
		require.Empty(t, cmp.Diff([]sdk.Send{
			{At: start, Failure: sdk.FailureDial, Unsent: true, Verdict: "dial, sent again"},
			{At: start.Add(time.Second), Status: 201, Failure: sdk.FailureUnreadable, Verdict: "unreadable, sent again"},
			{At: start.Add(2 * time.Second), Status: 409, ErrorID: "e-1", ServerDate: start.UTC(), Verdict: "the first send is still in progress, sent again"},
			{At: start.Add(3 * time.Second), Status: 201, ReplayedAt: time.UnixMilli(946684801500), ServerDate: start.UTC(), Verdict: "done"},
		}, info.Sends))
		require.False(t, info.Unsent())
	})
}

// TestConcurrentCalls makes sure that calls which share a client do not share
// anything else.
func TestConcurrentCalls(t *testing.T) {
	t.Parallel()
	m := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if err := verify(r.Method, r.RequestURI, r.Header); err != nil {
			answer(w, 401, []byte(`{"errorId":"signature"}`))
			return
		}
		id := strings.Split(r.URL.Path, "/")[4]
		if strings.HasSuffix(id, "3") {
			answer(w, 404, []byte(`{"errorId":"`+id+`","errors":[]}`))
			return
		}
		answer(w, 200, []byte(`{"id":"`+id+`"}`))
	})
	var wg sync.WaitGroup
	for worker := range 16 {
		wg.Go(func() {
			for i := range 50 {
				id := strings.Repeat("9", worker+1) + string(rune('0'+i%10))
				got, err := m.Payments().GetPayment(t.Context(), id)
				var notFound *sdk.ReferenceError
				if errors.As(err, &notFound) {
					if notFound.ErrorID != id || !strings.Contains(string(notFound.Body), id) {
						t.Errorf("error of %s is %v", id, err)
					}
				} else if err != nil || *got.ID != id {
					t.Errorf("answer for %s is %v, %v", id, got, err)
				}
			}
		})
	}
	wg.Wait()
}

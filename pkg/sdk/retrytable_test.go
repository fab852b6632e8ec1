package sdk_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sdk"
)

// An apiOperation is what the description of the API says of one operation.
type apiOperation struct {
	OperationID, Method, Path string
	SuccessResponse           *string
}

func apiOperations(t testing.TB) []apiOperation {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "internal", "gen", "schema.json"))
	require.NoError(t, err)
	var schema struct{ Operations []apiOperation }
	require.NoError(t, json.Unmarshal(data, &schema))
	require.Len(t, schema.Operations, 51)
	return schema.Operations
}

// repeatable says what may be sent again, from the documents and not from the code:
// what only reads, and what the platform recognises by its key.
func (o apiOperation) repeatable() (safe, byKey bool) {
	switch o.OperationID {
	case "createPayment", "cancelPayment", "capturePayment", "refundPayment", "completePayment", "createPayout", "subsequentPayment":
		return false, true
	case "getIinDetails", "surchargeCalculation", "getDccRateInquiry", "validateWebhookCredentials":
		return true, false
	}
	return o.Method == http.MethodGet, false
}

// methodOf finds the method that makes an operation, among those of all services.
func (o apiOperation) methodOf(t testing.TB, m *sdk.MerchantClient) reflect.Value {
	t.Helper()
	var found []reflect.Value
	for _, service := range reflect.ValueOf(m).Methods() {
		if service.Type().NumIn() != 0 || service.Type().Out(0).Kind() != reflect.Pointer {
			continue
		}
		client := service.Call(nil)[0]
		for i := range client.NumMethod() {
			if strings.EqualFold(client.Type().Method(i).Name, o.OperationID) {
				found = append(found, client.Method(i))
			}
		}
	}
	require.Len(t, found, 1, "methods for %s", o.OperationID)
	return found[0]
}

// call makes an operation with ids and an empty request.
func (o apiOperation) call(ctx context.Context, t testing.TB, m *sdk.MerchantClient, opts ...sdk.CallOption) error {
	t.Helper()
	method := o.methodOf(t, m)
	args := []reflect.Value{reflect.ValueOf(ctx)}
	for i := 1; i < method.Type().NumIn()-1; i++ {
		switch in := method.Type().In(i); in.Kind() {
		case reflect.String:
			args = append(args, reflect.ValueOf("1_0"))
		case reflect.Int32:
			args = append(args, reflect.ValueOf(int32(7)))
		default:
			args = append(args, reflect.New(in.Elem()))
		}
	}
	out := method.CallSlice(append(args, reflect.ValueOf(opts)))
	err, _ := out[len(out)-1].Interface().(error)
	return err
}

// TestEveryOperationAfterEverything makes every operation of the API, with a key and
// without, meet everything that can happen to a send, again and again.
func TestEveryOperationAfterEverything(t *testing.T) {
	t.Parallel()
	for _, op := range apiOperations(t) {
		t.Run(op.OperationID, func(t *testing.T) {
			t.Parallel()
			for name, h := range happenings() {
				if h.needsBody && op.SuccessResponse == nil {
					continue
				}
				for _, key := range []string{"", "key-1"} {
					synctest.Test(t, func(t *testing.T) { op.meets(t, name, h, key) })
				}
			}
		})
	}
}

func tablePolicy() sdk.RetryPolicy {
	return sdk.RetryPolicy{MaxSends: 3, MinWait: 4 * time.Second, MaxWait: 6 * time.Second, MaxRetryAfter: 30 * time.Second}
}

func (o apiOperation) meets(t *testing.T, name string, h happening, key string) {
	t.Helper()
	conn := &script{steps: []step{h.step}}
	cfg := config(sdk.PayoneTest)
	cfg.Timeout, cfg.MaxResponseBytes, cfg.Retry = timeout, 1000, tablePolicy()
	var info sdk.CallInfo
	opts := []sdk.CallOption{sdk.WithCallInfo(&info)}
	if key != "" {
		opts = append(opts, sdk.WithIdempotenceKey(key))
	}
	err := o.call(t.Context(), t, dial(t, cfg, sdk.WithConnection(conn)), opts...)

	safe, byKey := o.repeatable()
	recognised := byKey && key != ""
	again := h.safe && safe || h.keyed && recognised
	want, why := h.err, h.why
	if want == "*sdk.IdempotenceError" {
		if key == "" {
			want = "*sdk.ReferenceError"
		}
		if !recognised {
			why = "status 409"
		}
	}
	what := fmt.Sprintf("%s, key %q: %v", name, key, err)
	if want == "" {
		require.NoError(t, err, what)
	} else {
		require.Equal(t, want, fmt.Sprintf("%T", err), what)
	}
	verdicts := []string{why}
	switch {
	case again:
		verdicts = []string{why + ", sent again", why + ", sent again", why + ", sends used up"}
	case h.stored:
		verdicts = []string{why + ", a stored outcome"}
	}
	require.Len(t, conn.sent, len(verdicts), what)
	require.Len(t, info.Sends, len(verdicts), what)
	for i, s := range info.Sends {
		require.Equal(t, verdicts[i], s.Verdict, what)
		require.Equal(t, h.failure, s.Failure, what)
		require.Equal(t, h.failure == sdk.FailureDial, s.Unsent, what)
		o.checkSent(t, conn, i, key)
		if i+1 < len(info.Sends) {
			checkWait(t, tablePolicy(), i+1, info.Sends[i+1].At.Sub(s.At.Add(s.Duration)), h.retryAfter, s.At.Add(s.Duration), what)
		}
	}
}

// checkSent checks the i-th send: the request of the operation, signed anew, with
// the key and the bytes of the first.
func (o apiOperation) checkSent(t *testing.T, conn *script, i int, key string) {
	t.Helper()
	s := conn.sent[i]
	require.NoError(t, verify(s.method, s.resource, s.header))
	require.Equal(t, key, s.header.Get("X-GCS-Idempotence-Key"))
	require.Equal(t, conn.sent[0].body, s.body)
	require.Equal(t, s.at.UTC().Format(http.TimeFormat), s.header.Get("Date"))
	if i > 0 {
		require.NotEqual(t, conn.sent[i-1].header.Get("Date"), s.header.Get("Date"))
		require.NotEqual(t, conn.sent[i-1].header.Get("Authorization"), s.header.Get("Authorization"))
	}
	require.Equal(t, o.Method, s.method)
	path, _, _ := strings.Cut(s.resource, "?")
	template := strings.Replace(o.Path, "{merchantId}", merchant, 1)
	require.Regexp(t, "^"+regexp.MustCompile(`{\w+}`).ReplaceAllString(template, "(1_0|7)")+"$", path)
}

// checkWait checks the wait after the n-th send against the policy as it is described.
func checkWait(t *testing.T, p sdk.RetryPolicy, n int, wait time.Duration, asked func(time.Time) time.Duration, now time.Time, what string) {
	t.Helper()
	most := min(p.MinWait<<(n-1), p.MaxWait)
	least := most / 2
	if asked != nil {
		a := min(max(asked(now), 0), p.MaxRetryAfter)
		least, most = max(least, a), max(most, a+p.MinWait/2)
	}
	require.GreaterOrEqual(t, wait, least, what)
	require.LessOrEqual(t, wait, most, what)
}

// TestEveryOperationUnderADeadline: no operation begins a wait that its context would
// not outlast, and the answer that it has is its outcome.
func TestEveryOperationUnderADeadline(t *testing.T) {
	t.Parallel()
	for _, op := range apiOperations(t) {
		safe, byKey := op.repeatable()
		synctest.Test(t, func(t *testing.T) {
			conn := &script{steps: []step{says(503, apiProblem, "Retry-After", "9")}}
			cfg := config(sdk.PayoneTest)
			cfg.Retry = tablePolicy()
			ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
			defer cancel()
			begun := time.Now()
			var info sdk.CallInfo
			err := op.call(ctx, t, dial(t, cfg, sdk.WithConnection(conn)), sdk.WithIdempotenceKey("key-1"), sdk.WithCallInfo(&info))
			var platform *sdk.PlatformError
			require.ErrorAs(t, err, &platform, op.OperationID)
			if !safe && !byKey {
				require.Len(t, conn.sent, 1, op.OperationID)
				require.Zero(t, time.Since(begun))
				return
			}
			require.Len(t, conn.sent, 2, op.OperationID)
			require.Less(t, time.Since(begun), 15*time.Second)
			require.Equal(t, "status 503, no time left", info.Last().Verdict)
		})
	}
}

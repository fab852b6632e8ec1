package webhooks_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sdk/webhooks"
)

// post hands a signed event to a handler and returns the status.
func post(h http.Handler, body string) int {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/", strings.NewReader(body))
	r.Header = signed([]byte(body))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}

func event(payment, kind string) string {
	return fmt.Sprintf(`{"apiVersion":"v1","id":"e-%d","type":%q,"payment":{"id":%q}}`, events.Add(1), kind, payment)
}

var events atomic.Int64 // every delivery has an event id of its own

// counted returns a handler and how often each payment was handled.
func counted(t testing.TB) (*webhooks.Handler, func(string) int) {
	var mu sync.Mutex
	seen := map[string]int{}
	h := &webhooks.Handler{Helper: webhooks.NewHelper(keys(t)), Handle: func(_ context.Context, e *webhooks.Event) error {
		mu.Lock()
		defer mu.Unlock()
		seen[*e.Payment.ID+" "+*e.Type]++
		return nil
	}}
	return h, func(what string) int {
		mu.Lock()
		defer mu.Unlock()
		return seen[what]
	}
}

func TestDuplicates(t *testing.T) {
	t.Parallel()
	h, count := counted(t)
	for range 3 {
		require.Equal(t, 204, post(h, event("1_1", "payment.captured")))
		require.Equal(t, 204, post(h, event("1_1", "payment.refunded")))
		require.Equal(t, 204, post(h, event("1_2", "payment.captured")))
	}
	for _, what := range []string{"1_1 payment.captured", "1_1 payment.refunded", "1_2 payment.captured"} {
		require.Equal(t, 1, count(what), what)
	}
}

func TestDuplicatesOfOtherKinds(t *testing.T) {
	t.Parallel()
	var n atomic.Int32
	h := &webhooks.Handler{Helper: webhooks.NewHelper(keys(t)), Handle: func(context.Context, *webhooks.Event) error {
		n.Add(1)
		return nil
	}}
	for i, body := range []string{
		`{"apiVersion":"v1","type":"refund.refund_requested","refund":{"id":"1_1"}}`,
		`{"apiVersion":"v1","type":"refund.refund_requested","refund":{"id":"1_2"}}`,
		`{"apiVersion":"v1","type":"payout.x","payout":{"id":"1_1"}}`,
		`{"apiVersion":"v1","type":"paymentlink.paid","paymentLink":{"paymentLinkId":"1"}}`,
		`{"apiVersion":"v1","type":"x","id":"1"}`,
		`{"apiVersion":"v1","type":"x","id":"2"}`,
		`{"apiVersion":"v1","type":"x"}`,
		`{"apiVersion":"v1","type":"y"}`,
	} {
		require.Equal(t, 204, post(h, body))
		require.Equal(t, 204, post(h, body))
		require.Equal(t, int32(i+1), n.Load(), body)
	}
}

// TestCopiesAtTheSameTime: one of a hundred is handled, and the others are only
// answered when it is.
func TestCopiesAtTheSameTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var n, answered atomic.Int32
		release := make(chan error)
		h := &webhooks.Handler{Helper: webhooks.NewHelper(keys(t)), Handle: func(context.Context, *webhooks.Event) error {
			n.Add(1)
			return <-release
		}}
		for _, want := range []struct {
			err    error
			status int
		}{{errors.New("no"), 500}, {nil, 204}} {
			var wg sync.WaitGroup
			answered.Store(0)
			for range 100 {
				wg.Go(func() {
					require.Equal(t, want.status, post(h, event("1_1", "payment.captured")))
					answered.Add(1)
				})
			}
			synctest.Wait()
			require.Zero(t, answered.Load())
			release <- want.err
			wg.Wait()
		}
		require.Equal(t, int32(2), n.Load(), "once each time; what failed was not remembered")
	})
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	type reported struct {
		status int
		text   string
	}
	for name, tt := range map[string]struct {
		change func(*webhooks.Handler, *http.Request)
		status int
		text   string
	}{
		"another method":  {func(_ *webhooks.Handler, r *http.Request) { r.Method = http.MethodGet }, 405, "expected POST"},
		"a large body":    {func(h *webhooks.Handler, _ *http.Request) { h.MaxBytes = 10 }, 413, "over 10 bytes"},
		"a broken body":   {func(_ *webhooks.Handler, r *http.Request) { r.Body = io.NopCloser(broken{}) }, 408, "unexpected EOF"},
		"no signature":    {func(_ *webhooks.Handler, r *http.Request) { r.Header = nil }, 401, "missing"},
		"an unknown key":  {func(_ *webhooks.Handler, r *http.Request) { r.Header.Set("X-GCS-KeyId", "x") }, 401, "no secret"},
		"a broken store":  {func(h *webhooks.Handler, _ *http.Request) { h.Helper = webhooks.NewHelper(brokenStore{}) }, 503, "database"},
		"a broken memory": {func(h *webhooks.Handler, _ *http.Request) { h.Memory = brokenMemory{handled: true} }, 503, "database"},
		"a failing handler": {func(h *webhooks.Handler, _ *http.Request) {
			h.Handle = func(context.Context, *webhooks.Event) error { return errDatabase }
		}, 500, "handle webhook"},
		"a panic": {func(h *webhooks.Handler, _ *http.Request) {
			h.Handle = func(context.Context, *webhooks.Event) error { panic("4111") }
		}, 500, "panic: string"},
		"no event": {func(_ *webhooks.Handler, r *http.Request) {
			r.Header, r.Body = signed([]byte("[]")), io.NopCloser(strings.NewReader("[]"))
		}, 400, "0 events"},
		"no helper":             {func(h *webhooks.Handler, _ *http.Request) { h.Helper = nil }, 503, "no key store"},
		"no Handle":             {func(h *webhooks.Handler, _ *http.Request) { h.Handle = nil }, 500, "no Handle"},
		"a memory that forgets": {func(h *webhooks.Handler, _ *http.Request) { h.Memory = brokenMemory{} }, 204, "database"},
	} {
		var got reported
		h, _ := counted(t)
		h.Report = func(_ context.Context, status int, err error) { got = reported{status, err.Error()} }
		body := event("1_1", "payment.captured")
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body))
		r.Header = signed([]byte(body))
		tt.change(h, r)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		require.Equal(t, tt.status, w.Code, name)
		require.Equal(t, tt.status, got.status, name)
		require.Contains(t, got.text, tt.text, name)
		require.Empty(t, w.Body.String(), name)
		require.Equal(t, tt.status == 405, w.Header().Get("Allow") == "POST", name)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

type brokenMemory struct{ handled bool }

func (m brokenMemory) Handled(context.Context, string) (bool, error) {
	if m.handled {
		return false, errDatabase
	}
	return false, nil
}
func (brokenMemory) Remember(context.Context, string) error { return errDatabase }

// TestSlowBody: a sender that never finishes does not hold a request for ever.
func TestSlowBody(t *testing.T) {
	t.Parallel()
	h, _ := counted(t)
	h.ReadTimeout = 50 * time.Millisecond
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	_, err = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
	require.NoError(t, err)
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(10*time.Second)))
	answer, err := io.ReadAll(conn)
	require.NoError(t, err)
	require.Contains(t, string(answer), "408 Request Timeout")
}

func TestMemoryForgets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, count := counted(t)
		send := func(want int) {
			require.Equal(t, 204, post(h, event("1_1", "payment.captured")))
			require.Equal(t, want, count("1_1 payment.captured"))
		}
		send(1)
		time.Sleep(35*time.Hour + 10*time.Minute) // the last repetition
		send(1)
		time.Sleep(13 * time.Hour)
		send(2)
	})
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	m := webhooks.NewMemory(time.Hour, 3)
	for i := range 10 {
		require.NoError(t, m.Remember(t.Context(), fmt.Sprint(i)))
		require.NoError(t, m.Remember(t.Context(), fmt.Sprint(i)))
	}
	for i := range 10 {
		done, err := m.Handled(t.Context(), fmt.Sprint(i))
		require.NoError(t, err)
		require.Equal(t, i >= 7, done, i)
	}
}

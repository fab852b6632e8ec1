package webhooks_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sdk/webhooks"
)

type emptySecret struct{}

func (emptySecret) SecretKey(context.Context, string) (string, error) { return "", nil }

// TestEmptySecretProvesNothing: anybody can sign with an empty secret.
func TestEmptySecretProvesNothing(t *testing.T) {
	t.Parallel()
	body := []byte(captured)
	h := http.Header{"X-Gcs-Signature": {webhooks.Sign("", body)}, "X-Gcs-Keyid": {"any"}}
	err := webhooks.NewHelper(emptySecret{}).Validate(t.Context(), body, h)
	require.Error(t, err)
	require.NotErrorIs(t, err, webhooks.ErrUnknownKey)
}

// TestSlowHandleIsNotCancelled: ReadTimeout is for the body alone.
func TestSlowHandleIsNotCancelled(t *testing.T) {
	t.Parallel()
	const readTimeout = 50 * time.Millisecond
	cancelled := make(chan bool, 1)
	srv := httptest.NewServer(&webhooks.Handler{
		Helper: webhooks.NewHelper(keys(t)), ReadTimeout: readTimeout,
		Handle: func(ctx context.Context, _ *webhooks.Event) error {
			select {
			case <-ctx.Done():
				cancelled <- true
			case <-time.After(10 * readTimeout):
				cancelled <- false
			}
			return ctx.Err()
		},
	})
	t.Cleanup(srv.Close)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL, strings.NewReader(captured))
	require.NoError(t, err)
	r.Header = signed([]byte(captured))
	resp, err := srv.Client().Do(r)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.False(t, <-cancelled)
	require.Equal(t, 204, resp.StatusCode)
}

// store is a Memory that, as a database does, fails when its context has ended.
type store struct {
	mu   sync.Mutex
	seen map[string]bool
}

func (s *store) Handled(ctx context.Context, id string) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen[id], ctx.Err()
}

func (s *store) Remember(ctx context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() == nil {
		s.seen[id] = true
	}
	return ctx.Err()
}

// TestSenderGivesUp: what was handled is remembered although the sender has gone.
func TestSenderGivesUp(t *testing.T) {
	t.Parallel()
	n := 0
	ctx, giveUp := context.WithCancel(t.Context())
	h := &webhooks.Handler{
		Helper: webhooks.NewHelper(keys(t)), Memory: &store{seen: map[string]bool{}},
		Handle: func(context.Context, *webhooks.Event) error { n++; giveUp(); return nil },
	}
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", strings.NewReader(captured))
	r.Header = signed([]byte(captured))
	h.ServeHTTP(httptest.NewRecorder(), r)
	require.Equal(t, 204, post(h, captured))
	require.Equal(t, 1, n)
}

// TestSenderGivesUpWhileHandling: a copy that waits does not share its fate.
func TestSenderGivesUpWhileHandling(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int32
		h := &webhooks.Handler{Helper: webhooks.NewHelper(keys(t)), Handle: func(ctx context.Context, _ *webhooks.Event) error {
			n.Add(1)
			select {
			case <-time.After(time.Second):
			case <-ctx.Done():
			}
			return ctx.Err()
		}}
		ctx, giveUp := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", strings.NewReader(captured))
			r.Header = signed([]byte(captured))
			h.ServeHTTP(httptest.NewRecorder(), r)
		})
		synctest.Wait()
		status := 0
		wg.Go(func() { status = post(h, captured) })
		synctest.Wait()
		giveUp()
		wg.Wait()
		require.Equal(t, 204, status)
		require.Equal(t, int32(1), n.Load())
	})
}

type panicking struct{ times int }

func (m *panicking) Handled(context.Context, string) (bool, error) {
	if m.times--; m.times >= 0 {
		panic("a bug")
	}
	return false, nil
}
func (*panicking) Remember(context.Context, string) error { return nil }

// TestNothingIsStuck: after a panic of Memory, and a Handle that ends its goroutine,
// the repetition is handled.
func TestNothingIsStuck(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*webhooks.Handler){
		"panic of Memory": func(h *webhooks.Handler) { h.Memory = &panicking{times: 1} },
		"Goexit": func(h *webhooks.Handler) {
			first, handle := true, h.Handle
			h.Handle = func(ctx context.Context, e *webhooks.Event) error {
				if first {
					first = false
					runtime.Goexit()
				}
				return handle(ctx, e)
			}
		},
	} {
		h, count := counted(t)
		spoil(h)
		done := make(chan struct{})
		go func() {
			defer close(done)
			defer func() { _ = recover() }()
			post(h, captured)
		}()
		<-done
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", strings.NewReader(captured))
		r.Header = signed([]byte(captured))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		require.Equal(t, 204, w.Code, name)
		require.Equal(t, 1, count("4105550101_1 payment.captured"), name)
	}
}

// TestDistinctEventsAreNotDropped: what may happen more than once is told apart.
func TestDistinctEventsAreNotDropped(t *testing.T) {
	t.Parallel()
	for name, bodies := range map[string][2]string{
		"a link that is paid twice": {
			`{"apiVersion":"v1","id":"1","type":"paymentlink.paid","paymentLink":{"paymentLinkId":"L","isReusableLink":true,"paymentId":"1_0"}}`,
			`{"apiVersion":"v1","id":"2","type":"paymentlink.paid","paymentLink":{"paymentLinkId":"L","isReusableLink":true,"paymentId":"2_0"}}`,
		},
		"two refunds of a payment": {
			`{"apiVersion":"v1","id":"1","type":"refund.refund_requested","payment":{"id":"1_0"},"refund":{"id":"1_1"}}`,
			`{"apiVersion":"v1","id":"2","type":"refund.refund_requested","payment":{"id":"1_0"},"refund":{"id":"1_2"}}`,
		},
		"the test button twice": {
			`{"apiVersion":"v1","id":"1","type":"payment.test","payment":{"id":"9999_9"}}`,
			`{"apiVersion":"v1","id":"2","type":"payment.test","payment":{"id":"9999_9"}}`,
		},
	} {
		n := 0
		h := &webhooks.Handler{Helper: webhooks.NewHelper(keys(t)), Handle: func(context.Context, *webhooks.Event) error { n++; return nil }}
		for range 2 {
			require.Equal(t, 204, post(h, bodies[0]))
			require.Equal(t, 204, post(h, bodies[1]))
		}
		require.Equal(t, 2, n, name)
	}
}

package webhooks_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/payreconcile/payreconcile/pkg/sdk/webhooks"
)

// TestOtherVersionFirst: an event of another version is that, whatever is in it.
func TestOtherVersionFirst(t *testing.T) {
	t.Parallel()
	body := []byte(`{"apiVersion":"v2","payment":{"id":5}}`)
	_, err := webhooks.NewHelper(keys(t)).Unmarshal(t.Context(), body, signed(body))
	var version *webhooks.VersionError
	require.ErrorAs(t, err, &version)
}

// TestSecretsAreNotPrinted by any verb.
func TestSecretsAreNotPrinted(t *testing.T) {
	t.Parallel()
	store := keys(t)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		for _, v := range []any{store, struct{ k *webhooks.MemoryKeyStore }{store}, webhooks.NewHelper(store)} {
			require.NotContains(t, fmt.Sprintf(verb, v), secret, verb)
		}
	}
}

// TestRawIsACopy: the caller may use its buffer again.
func TestRawIsACopy(t *testing.T) {
	t.Parallel()
	body := []byte(captured)
	e, err := webhooks.NewHelper(keys(t)).Unmarshal(t.Context(), body, signed(body))
	require.NoError(t, err)
	clear(body)
	require.Equal(t, captured, string(e.Raw))
}

// TestLargeBodyIsNotRead when its length is known to be over the limit.
func TestLargeBodyIsNotRead(t *testing.T) {
	t.Parallel()
	h, _ := counted(t)
	read := 0
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
	r.ContentLength = 1 << 30
	r.Body = io.NopCloser(readerFunc(func(p []byte) (int, error) { read += len(p); return len(p), nil }))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	require.Equal(t, 413, w.Code)
	require.Zero(t, read)
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// TestServersReadTimeoutStays when it is the shorter one.
func TestServersReadTimeoutStays(t *testing.T) {
	t.Parallel()
	h, _ := counted(t)
	h.ReadTimeout = time.Hour
	srv := httptest.NewUnstartedServer(h)
	srv.Config.ReadTimeout = 100 * time.Millisecond
	srv.Start()
	t.Cleanup(srv.Close)
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", srv.Listener.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	_, err = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
	require.NoError(t, err)
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(10*time.Second)))
	answer, err := io.ReadAll(conn)
	require.NoError(t, err)
	require.Contains(t, string(answer), "408 Request Timeout")
}

// TestAnyChunking: however a body arrives, the event is the same.
func TestAnyChunking(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		var raw []byte
		h := &webhooks.Handler{Helper: webhooks.NewHelper(keys(t)), Handle: func(_ context.Context, e *webhooks.Event) error { raw = e.Raw; return nil }}
		rest := example(t)
		r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/", nil)
		r.Header, r.ContentLength = signed(rest), -1
		r.Body = io.NopCloser(readerFunc(func(p []byte) (int, error) {
			if len(rest) == 0 {
				return 0, io.EOF
			}
			n := copy(p[:min(len(p), rapid.IntRange(0, 300).Draw(rt, "chunk"))], rest)
			rest = rest[n:]
			return n, nil
		}))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != 204 || string(raw) != string(example(t)) {
			rt.Fatal(w.Code)
		}
	})
}

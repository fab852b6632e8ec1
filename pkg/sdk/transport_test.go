package sdk_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sdk"
	"github.com/payreconcile/payreconcile/pkg/sdk/model"
)

// raw serves bytes as they are given, without any help from net/http.
func raw(t *testing.T, response string) *sdk.MerchantClient {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				req, err := http.ReadRequest(bufio.NewReader(conn))
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, req.Body) // closing with bytes unread would reset
				_, _ = io.WriteString(conn, response)
			}()
		}
	}()
	cfg := config("http://" + listener.Addr().String())
	quick(&cfg)
	cfg.Retry.MaxSends = 2
	pool := sdk.NewConnection(8, time.Second)
	pool.DisableKeepAlives = true // the server hangs up, sooner or later
	return dial(t, cfg, sdk.WithConnection(pool))
}

func TestBadAnswers(t *testing.T) {
	t.Parallel()
	const ok, typ = "HTTP/1.1 200 OK\r\n", "Content-Type: application/json\r\n"
	for name, tt := range map[string]struct {
		response string
		status   int
		failure  sdk.Failure
	}{
		"HTML":                         {ok + "Content-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>", 200, sdk.FailureUnreadable},
		"half JSON":                    {ok + typ + "Content-Length: 6\r\n\r\n{\"id\":", 200, sdk.FailureUnreadable},
		"JSON and more":                {ok + typ + "Content-Length: 4\r\n\r\n{}{}", 200, sdk.FailureUnreadable},
		"UTF-16":                       {ok + "Content-Type: application/json; charset=utf-16\r\nContent-Length: 6\r\n\r\n\xff\xfe{\x00}\x00", 200, sdk.FailureUnreadable},
		"Latin-1":                      {ok + "Content-Type: application/json; charset=iso-8859-1\r\nContent-Length: 11\r\n\r\n{\"id\":\"\xe4\xf6\"}", 200, sdk.FailureUnreadable},
		"empty 200":                    {ok + typ + "Content-Length: 0\r\n\r\n", 200, sdk.FailureUnreadable},
		"a body after 204":             {"HTTP/1.1 204 No Content\r\n" + typ + "Content-Length: 9\r\n\r\n{\"id\":\"\"}", 204, sdk.FailureUnreadable},
		"Content-Length too long":      {ok + typ + "Content-Length: 100\r\n\r\n{\"id\":\"1\"}", 200, sdk.FailureUnreadable},
		"Content-Length too short":     {ok + typ + "Content-Length: 5\r\n\r\n{\"id\":\"1\"}", 200, sdk.FailureUnreadable},
		"Content-Length beyond belief": {ok + typ + "Content-Length: 9223372036854775806\r\n\r\n{\"id\":\"1\"}", 200, sdk.FailureTooLarge},
		"an unfinished chunk":          {ok + typ + "Transfer-Encoding: chunked\r\n\r\n40\r\n{\"id\":\"1\"}", 200, sdk.FailureUnreadable},
		"gzip that is none":            {ok + typ + "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", 200, sdk.FailureUnreadable},
		"nothing":                      {"", 0, sdk.FailureNetwork},
		"not HTTP":                     {"SSH-2.0-OpenSSH_9.9\r\n", 0, sdk.FailureNetwork},
		"an old web server":            {"<html>hello</html>", 0, sdk.FailureNetwork},
		"half a header":                {ok + "Content-", 0, sdk.FailureNetwork},
		"a redirect":                   {"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", 307, sdk.FailureRedirect},
		"a redirect to nowhere":        {"HTTP/1.1 302 Found\r\nLocation: ://%zz\r\nContent-Length: 0\r\n\r\n", 302, sdk.FailureRedirect},
		"switching protocols":          {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", 101, sdk.FailureUnreadable},
		"a proxy's 407":                {"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", 407, sdk.FailureForeign},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := raw(t, tt.response)
			for _, call := range []func(context.Context, *sdk.MerchantClient, ...sdk.CallOption) error{get, keyed, bare} {
				err := call(t.Context(), m)
				var comm *sdk.CommunicationError
				require.ErrorAs(t, err, &comm)
				require.Equal(t, tt.status, comm.StatusCode, err.Error())
				require.Equal(t, tt.failure, comm.Failure, err.Error())
				require.False(t, comm.Unsent)
				require.NotContains(t, err.Error(), "{")
			}
		})
	}
}

func TestSlowDripEndsWithTheContext(t *testing.T) {
	t.Parallel()
	m := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for r.Context().Err() == nil {
			<-tick.C
			_, _ = io.WriteString(w, " ")
			_ = http.NewResponseController(w).Flush()
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	err := keyed(ctx, m)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	var comm *sdk.CommunicationError
	require.ErrorAs(t, err, &comm)
	require.Equal(t, sdk.FailureCanceled, comm.Failure)
	require.LessOrEqual(t, comm.Sends, 1)
}

func TestSlowDripEndsWithTheTimeout(t *testing.T) {
	t.Parallel()
	m := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}, func(c *sdk.Config) { c.Timeout = 20 * time.Millisecond }, quick)
	err := keyed(t.Context(), m)
	var comm *sdk.CommunicationError
	require.ErrorAs(t, err, &comm)
	require.Equal(t, sdk.FailureTimeout, comm.Failure)
	require.Equal(t, 4, comm.Sends)
}

func TestNoRedirectIsFollowed(t *testing.T) {
	t.Parallel()
	var visited atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		visited.Add(1)
		answer(w, 200, []byte(`{}`))
	}))
	t.Cleanup(elsewhere.Close)
	for _, status := range []int{301, 302, 303, 307, 308} {
		m := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere.URL, status) })
		require.Error(t, get(t.Context(), m))
		require.Error(t, keyed(t.Context(), m))
	}
	require.Zero(t, visited.Load())
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(nil)
	srv.Close()
	cfg := config(srv.URL)
	quick(&cfg)
	err := keyed(t.Context(), dial(t, cfg))
	var comm *sdk.CommunicationError
	require.ErrorAs(t, err, &comm)
	require.Equal(t, sdk.FailureDial, comm.Failure)
	require.True(t, comm.Unsent)
	require.Equal(t, 4, comm.Sends)
}

func TestCertificateThatIsNotTrusted(t *testing.T) {
	t.Parallel()
	srv := httptest.NewUnstartedServer(nil)
	srv.Config.ErrorLog = nil
	srv.StartTLS()
	t.Cleanup(srv.Close)
	err := get(t.Context(), dial(t, config(srv.URL)))
	var comm *sdk.CommunicationError
	require.ErrorAs(t, err, &comm)
	require.Equal(t, sdk.FailureTLS, comm.Failure)
	require.Equal(t, 1, comm.Sends)
}

// staleConn lets one request through and then fails before a byte of the next one,
// as a connection does that the server has closed meanwhile.
type staleConn struct {
	net.Conn
	written atomic.Bool
}

func (c *staleConn) Write(b []byte) (int, error) {
	if c.written.Swap(true) {
		return 0, errors.New("broken pipe")
	}
	return c.Conn.Write(b)
}

// TestGuardSeesEverySend: net/http sends a request again by itself when a kept
// connection turns out to be closed. With a guard, a body goes only through it.
func TestGuardSeesEverySend(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, []byte(`{}`)) }))
	t.Cleanup(srv.Close)
	cfg := config(srv.URL)
	quick(&cfg)
	for _, guarded := range []bool{true, false} {
		dials := 0
		pool := sdk.NewConnection(1, time.Second)
		pool.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			dials++
			conn, err := new(net.Dialer).DialContext(ctx, network, addr)
			return &staleConn{Conn: conn}, err
		}
		m := dial(t, cfg, sdk.WithConnection(pool))
		require.NoError(t, get(t.Context(), m))
		asked := 0
		opts := []sdk.CallOption{sdk.WithGuard(func(context.Context, int) error { asked++; return nil })}
		if !guarded {
			opts = nil
		}
		var info sdk.CallInfo
		require.NoError(t, keyed(t.Context(), m, append(opts, sdk.WithCallInfo(&info))...))
		require.Equal(t, 2, dials, "the first connection was stale")
		if guarded {
			require.Equal(t, 2, asked)
			require.Len(t, info.Sends, 2)
		} else {
			require.Len(t, info.Sends, 1, "net/http did it alone, which is what a guard must prevent")
		}
	}
}

func TestConnectionsAreKept(t *testing.T) {
	t.Parallel()
	var opened atomic.Int32
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.Contains(r.URL.Path, "missing"):
			answer(w, 404, fixture(t, "error_unknown_payment"))
		case strings.Contains(r.URL.Path, "down"):
			answer(w, 503, []byte(`{"errorId":"1"}`))
		default:
			answer(w, 200, []byte(`{}`))
		}
	}))
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}
	srv.Start()
	t.Cleanup(srv.Close)
	cfg := config(srv.URL)
	quick(&cfg)
	shared := sdk.NewConnection(8, time.Second)
	t.Cleanup(shared.CloseIdleConnections)
	one, two := dial(t, cfg, sdk.WithConnection(shared)), dial(t, cfg, sdk.WithConnection(shared))
	for range 5 {
		for _, m := range []*sdk.MerchantClient{one, two} {
			for _, id := range []string{payment, "missing", "down"} {
				_, err := m.Payments().GetPayment(t.Context(), id)
				require.Equal(t, id == payment, err == nil)
			}
		}
	}
	require.Equal(t, int32(1), opened.Load(), "giving up must not close the connections of others")
}

func TestPoolSize(t *testing.T) {
	t.Parallel()
	const calls, size = 20, 2
	var opened atomic.Int32
	release := make(chan struct{})
	arrived := make(chan struct{}, calls)
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		arrived <- struct{}{}
		<-release
		answer(w, 200, []byte(`{}`))
	}))
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}
	srv.Start()
	t.Cleanup(srv.Close)
	cfg := config(srv.URL)
	cfg.MaxConnections = size
	m := dial(t, cfg)
	begun, errs := make(chan struct{}, calls), make(chan error)
	for range calls {
		go func() {
			begun <- struct{}{}
			errs <- get(t.Context(), m)
		}()
	}
	for range calls {
		<-begun
	}
	for range size {
		<-arrived
	}
	close(release)
	for range calls {
		require.NoError(t, <-errs)
	}
	require.LessOrEqual(t, opened.Load(), int32(size))
}

type upperJSON struct{ calls *atomic.Int32 }

func (u upperJSON) Marshal(any) ([]byte, error) { u.calls.Add(1); return []byte(`{"amount":7}`), nil }

func (u upperJSON) Unmarshal(data []byte, v any) error {
	u.calls.Add(1)
	if out, ok := v.(*model.CaptureResponse); ok {
		out.ID = new(strings.ToUpper(string(data)))
	}
	return nil
}

type fixedAuth string

func (a fixedAuth) Authorization(string, string, http.Header) (string, error) {
	if a == "" {
		return "", errors.New("no token")
	}
	return string(a), nil
}

func TestPartsAreReplaceable(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	conn := &script{steps: []step{says(201, `{"a":1}`)}}
	cfg := sdk.Config{Endpoint: sdk.WorldlineTest, Integrator: "x"} // no key: it is the authenticator's
	m := dial(t, cfg, sdk.WithConnection(conn), sdk.WithMarshaller(upperJSON{&calls}), sdk.WithAuthenticator(fixedAuth("Bearer x")),
		sdk.WithMetadataProvider(metadata{"X-GCS-ServerMetaInfo": "mine"}))
	got, err := m.Payments().CapturePayment(t.Context(), payment, nil)
	require.NoError(t, err)
	require.Equal(t, `{"A":1}`, *got.ID)
	require.Equal(t, int32(2), calls.Load())
	require.Equal(t, `{"amount":7}`, conn.sent[0].body)
	require.Equal(t, "Bearer x", conn.sent[0].header.Get("Authorization"))
	require.Equal(t, "mine", conn.sent[0].header.Get("X-GCS-ServerMetaInfo"))

	var info sdk.CallInfo
	m = dial(t, cfg, sdk.WithConnection(conn), sdk.WithAuthenticator(fixedAuth("")))
	require.ErrorContains(t, keyed(t.Context(), m, sdk.WithCallInfo(&info)), "sign request: no token")
	require.Empty(t, info.Sends)
	require.Len(t, conn.sent, 1)
}

// TestPartlyDecodedAnswerLeavesNothing: what half an answer filled in must not shine
// through the whole one that follows.
func TestPartlyDecodedAnswerLeavesNothing(t *testing.T) {
	t.Parallel()
	cfg := config(sdk.PayoneTest)
	quick(&cfg)
	conn := &script{steps: []step{says(200, `{"id":"1_0","status":"CAPTURED","statusOutput":7}`), says(200, `{"id":"1_0"}`)}}
	got, err := dial(t, cfg, sdk.WithConnection(conn)).Payments().GetPayment(t.Context(), "1_0")
	require.NoError(t, err)
	require.Nil(t, got.Status)
}

package sdk_test

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sdk"
)

// mute returns a way to connections whose other end says its piece at once, and from
// then on only listens.
func mute(t *testing.T, says string) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		near, far := net.Pipe()
		t.Cleanup(func() { _ = far.Close() })
		go func() { _, _ = io.Copy(io.Discard, far) }()
		go func() { _, _ = io.WriteString(far, says) }()
		return near, nil
	}
}

// drips answers one byte a second, the last one for ever.
func drips(response string) func(int, net.Conn) bool {
	return func(_ int, conn net.Conn) bool {
		for i := 0; ; i++ {
			if _, err := io.WriteString(conn, response[min(i, len(response)-1):][:1]); err != nil {
				return false
			}
			time.Sleep(time.Second) // in virtual time
		}
	}
}

// hints answers with an interim answer a second, for ever.
func hints(_ int, conn net.Conn) bool {
	for {
		if _, err := io.WriteString(conn, "HTTP/1.1 103 Early Hints\r\n\r\n"); err != nil {
			return false
		}
		time.Sleep(time.Second)
	}
}

// TestSlowServer: whatever a server does to keep a call waiting, one send is over
// after Config.Timeout.
func TestSlowServer(t *testing.T) {
	t.Parallel()
	const limit = 30 * time.Second
	head := statusOK + typeJSON + "Content-Length: 1000\r\n\r\n"
	for name, play := range map[string]func(int, net.Conn) bool{
		"a status that drips": drips(statusOK),
		"headers that drip":   drips(statusOK + "X-Note: " + strings.Repeat("x", 100)),
		"a body that drips":   func(n int, conn net.Conn) bool { return plays(head)(n, conn) && drips(" ")(n, conn) },
		"a body that stops":   func(n int, conn net.Conn) bool { return plays(head+`{"id":`)(n, conn) && listens(conn) },
		"headers that stop":   func(n int, conn net.Conn) bool { return plays(statusOK+"X-No")(n, conn) && listens(conn) },
		"an error that drips": func(n int, conn net.Conn) bool {
			return plays("HTTP/1.1 400 No\r\n\r\n")(n, conn) && drips(" ")(n, conn)
		},
		"hints without end": hints,
		"nothing ever":      func(_ int, conn net.Conn) bool { return listens(conn) },
		"chunks that drip": func(n int, conn net.Conn) bool {
			return plays(statusOK+typeJSON+"Transfer-Encoding: chunked\r\n\r\nfff\r\n")(n, conn) && drips(" ")(n, conn)
		},
		"zipped, then nothing": func(n int, conn net.Conn) bool {
			return plays(statusOK+typeJSON+"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08")(n, conn) && listens(conn)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := &wire{play: play}
				m := over(t, w, func(c *sdk.Config) {
					c.Timeout = limit
					c.Retry = sdk.RetryPolicy{MaxSends: 3, MinWait: time.Second, MaxWait: time.Second}
					c.Random = func() uint64 { return 0 }
				})
				for i, want := range [...]time.Duration{3*limit + 2*time.Second/2, 3*limit + 2*time.Second/2, limit} {
					begun := time.Now()
					var info sdk.CallInfo
					requireUnanswered(t, callsOf()[i](t.Context(), m, sdk.WithCallInfo(&info)), sdk.FailureTimeout)
					require.Equal(t, want, time.Since(begun))
					for _, s := range info.Sends {
						require.Equal(t, limit, s.Duration)
					}
				}
			})
		})
	}
}

// listens waits until the other side hangs up.
func listens(conn net.Conn) bool {
	_, _ = io.Copy(io.Discard, conn)
	return false
}

// TestServerThatDoesNotRead: a request that cannot be written is bounded like an
// answer that does not come, and may have arrived.
func TestServerThatDoesNotRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pool := sdk.NewConnection(1, time.Second)
		pool.Proxy = nil
		pool.DialContext = func(context.Context, string, string) (net.Conn, error) {
			near, far := net.Pipe()
			t.Cleanup(func() { _ = far.Close() })
			return near, nil
		}
		cfg := config("http://payment.example")
		once(&cfg)
		cfg.Timeout = 7 * time.Second
		m := dial(t, cfg, sdk.WithConnection(pool))
		for range 3 { // the pool of one is free again each time
			begun := time.Now()
			requireUnanswered(t, keyed(t.Context(), m), sdk.FailureTimeout)
			require.Equal(t, 7*time.Second, time.Since(begun))
		}
	})
}

// TestWaitForAConnectionIsBounded: calls that queue for the pool are timed too.
func TestWaitForAConnectionIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pool := sdk.NewConnection(1, time.Second)
		w := &wire{play: func(_ int, conn net.Conn) bool { return listens(conn) }}
		pool.Proxy, pool.DialContext = nil, w.dial
		t.Cleanup(w.open.Wait)
		cfg := config("http://payment.example")
		once(&cfg)
		cfg.Timeout = 5 * time.Second
		m := dial(t, cfg, sdk.WithConnection(pool))
		errs := make(chan error)
		begun := time.Now()
		for range 4 {
			go func() { errs <- keyed(t.Context(), m) }()
		}
		for range 4 {
			requireUnanswered(t, <-errs, sdk.FailureTimeout)
		}
		require.Equal(t, 5*time.Second, time.Since(begun))
	})
}

// TestCallerWhoLeaves: the end of the caller's context ends each stage at once, and
// is not taken for the server's fault.
func TestCallerWhoLeaves(t *testing.T) {
	t.Parallel()
	for name, play := range map[string]func(int, net.Conn) bool{
		"before an answer": func(_ int, conn net.Conn) bool { return listens(conn) },
		"in its headers":   drips(statusOK + "X-Note: " + strings.Repeat("x", 100)),
		"in its body": func(n int, conn net.Conn) bool {
			return plays(statusOK+"Content-Length: 99\r\n\r\n")(n, conn) && drips(" ")(n, conn)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for cause, end := range map[error]func(context.Context) (context.Context, context.CancelFunc){
				context.Canceled: func(ctx context.Context) (context.Context, context.CancelFunc) {
					ctx, cancel := context.WithCancel(ctx)
					time.AfterFunc(4500*time.Millisecond, cancel)
					return ctx, cancel
				},
				context.DeadlineExceeded: func(ctx context.Context) (context.Context, context.CancelFunc) {
					return context.WithTimeout(ctx, 4500*time.Millisecond)
				},
			} {
				synctest.Test(t, func(t *testing.T) {
					w := &wire{play: play}
					m := over(t, w)
					ctx, cancel := end(t.Context())
					defer cancel()
					begun := time.Now()
					err := keyed(ctx, m)
					require.ErrorIs(t, err, cause)
					requireUnanswered(t, err, sdk.FailureCanceled)
					require.Equal(t, 4500*time.Millisecond, time.Since(begun))
					_, requests := w.count()
					require.Equal(t, 1, requests)
				})
			}
		})
	}
}

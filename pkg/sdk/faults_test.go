package sdk_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sdk"
)

// TestLeftOverAnswer: a server that sends more than one answer to a request must not
// have the second taken for the answer to the next call. Here it is a refusal, after
// which somebody would make that call again under another key.
func TestLeftOverAnswer(t *testing.T) {
	t.Parallel()
	for _, secure := range []bool{false, true} {
		t.Run(map[bool]string{false: "tcp", true: "tls"}[secure], func(t *testing.T) { leftOver(t, secure) })
	}
}

func leftOver(t *testing.T, secure bool) {
	stray := framed(400, "", "", apiProblem)
	srv := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(srv.Close)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = ln.Close() })
	w := &wire{play: plays(wellDone + stray)}
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			if secure {
				c = tls.Server(c, srv.TLS)
			}
			go w.serve(c)
		}
	}()
	scheme := "http://"
	if secure {
		scheme = "https://"
	}
	cfg := config(scheme + ln.Addr().String())
	once(&cfg)
	cfg.MaxConnections = 8
	pool := sdk.NewConnection(8, time.Second)
	pool.TLSClientConfig = srv.Client().Transport.(*http.Transport).TLSClientConfig
	m := dial(t, cfg, sdk.WithConnection(pool))
	var seen, other, good atomic.Int32
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 500 {
				var v *sdk.ValidationError
				err := keyed(context.Background(), m, sdk.WithGuard(func(context.Context, int) error { return nil }))
				switch {
				case err == nil:
					good.Add(1)
				case errors.As(err, &v):
					seen.Add(1)
				default:
					other.Add(1)
				}
			}
		})
	}
	wg.Wait()
	require.Positive(t, good.Load())
	require.Zero(t, seen.Load(), "of 8000 calls, all made, so many are reported as refused")
}

// TestErrorTextDoesNotRepeatTheAnswer: net/http quotes what it could not read.
func TestErrorTextDoesNotRepeatTheAnswer(t *testing.T) {
	t.Parallel()
	for name, response := range map[string]string{
		"a page":           `<p>` + bodyMark + "</p>\r\n\r\n",
		"a header":         statusOK + `{"cardNumber"="` + bodyMark + "\"}\r\n\r\n",
		"a length":         statusOK + "Content-Length: " + bodyMark + "x\r\n\r\n",
		"a trailer":        statusOK + typeJSON + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n" + bodyMark + "\r\n\r\n",
		"a line of 100 KB": strings.Repeat("x", 100_000) + "\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			requireText(t, bare(t.Context(), over(t, &wire{play: playsAndCloses(response)})))
		})
	}
}

func TestNullIsNoAnswer(t *testing.T) {
	t.Parallel()
	conn := &script{steps: []step{says(201, `null`)}}
	require.Error(t, bare(t.Context(), dial(t, config(sdk.PayoneTest), sdk.WithConnection(conn))))
}

// TestCaptivePortalDeletesNoToken: where no body is expected, a page is no success.
func TestCaptivePortalDeletesNoToken(t *testing.T) {
	t.Parallel()
	conn := &script{steps: []step{says(200, `<html>log in</html>`, "Content-Type", "text/html")}}
	require.Error(t, dial(t, config(sdk.PayoneTest), sdk.WithConnection(conn)).Tokens().DeleteToken(t.Context(), "1"))
}

func TestEmptyBodyThatSaysItIsGzip(t *testing.T) {
	t.Parallel()
	w := &wire{play: plays("HTTP/1.1 204 No Content\r\nContent-Encoding: gzip\r\n\r\n")}
	require.NoError(t, over(t, w, once).Tokens().DeleteToken(t.Context(), "1"))
}

// TestOddIDsInErrorTexts: line separators, direction marks, broken UTF-8, any length.
func TestOddIDsInErrorTexts(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"a\u2028b", "a\u0085b", "a\u202eb", "\xff", strings.Repeat("9", 10_000), strings.Repeat("/", 10_000)} {
		conn := &script{steps: []step{says(404, apiProblem)}}
		_, err := dial(t, config(sdk.PayoneTest), sdk.WithConnection(conn)).Payments().GetPayment(t.Context(), id)
		t.Run("", func(t *testing.T) { requireText(t, err) })
	}
}

func TestPortThatCannotBe(t *testing.T) {
	t.Parallel()
	for _, e := range []string{"https://payment.example:65536", "https://payment.example:0", "https://payment.example:"} {
		_, err := sdk.NewClient(config(e))
		require.Error(t, err, e)
	}
}

// TestSecretWithALineBreak: it would sign everything wrong.
func TestSecretWithALineBreak(t *testing.T) {
	t.Parallel()
	cfg := config(sdk.PayoneTest)
	cfg.APISecret += "\n"
	_, err := sdk.NewClient(cfg)
	require.Error(t, err)
}

func TestNilDoesNotPanic(t *testing.T) {
	t.Parallel()
	m := dial(t, config(sdk.PayoneTest), sdk.WithConnection(&script{steps: []step{says(200, `{}`)}}))
	for name, call := range map[string]func() error{
		"context":       func() error { return get(nil, m) }, //nolint:staticcheck // that is the test
		"option":        func() error { return get(t.Context(), m, nil) },
		"info":          func() error { return get(t.Context(), m, sdk.WithCallInfo(nil)) },
		"response":      func() error { return get(t.Context(), m, sdk.WithResponse(nil)) },
		"client option": func() error { _, err := sdk.NewClient(config(sdk.PayoneTest), nil); return err },
	} {
		t.Run(name, func(t *testing.T) { require.NotPanics(t, func() { _ = call() }) })
	}
}

func TestAnswerOfAnotherShape(t *testing.T) {
	t.Parallel()
	conn := &script{steps: []step{says(200, `[]`)}}
	err := bare(t.Context(), dial(t, config(sdk.PayoneTest), sdk.WithConnection(conn)))
	require.ErrorContains(t, err, "JSON of another kind")
}

var (
	_ = io.EOF
	_ net.Conn
	_ http.Handler
)

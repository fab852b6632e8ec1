package sdk_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sdk"
)

// A wire is a network with one host at the other end. Its connections are pipes in
// memory, so that a call through the whole of net/http runs in virtual time too.
type wire struct {
	// play answers the n-th request on this wire, counted from 1. The connection is
	// kept open when it returns true.
	play func(n int, conn net.Conn) bool

	mu       sync.Mutex
	open     sync.WaitGroup
	dialed   []string // the addresses
	requests []*http.Request
}

// over returns the merchant's services behind w, and ends its connections with the
// test.
func over(t testing.TB, w *wire, change ...func(*sdk.Config)) *sdk.MerchantClient {
	t.Helper()
	cfg := config("http://payment.example")
	for _, f := range change {
		f(&cfg)
	}
	pool := sdk.NewConnection(8, time.Second)
	pool.DialContext = w.dial
	pool.Proxy = nil
	m := dial(t, cfg, sdk.WithConnection(pool))
	t.Cleanup(func() {
		pool.CloseIdleConnections()
		w.open.Wait()
	})
	return m
}

func (w *wire) dial(_ context.Context, _, addr string) (net.Conn, error) {
	near, far := net.Pipe()
	w.mu.Lock()
	w.dialed = append(w.dialed, addr)
	w.mu.Unlock()
	w.open.Go(func() { w.serve(far) })
	return near, nil
}

// serve answers the requests on one connection until one side has had enough.
func (w *wire) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	from := bufio.NewReader(conn)
	for {
		req, err := http.ReadRequest(from)
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, req.Body); err != nil {
			return
		}
		w.mu.Lock()
		w.requests = append(w.requests, req)
		n := len(w.requests)
		w.mu.Unlock()
		if !w.play(n, conn) {
			return
		}
	}
}

func (w *wire) count() (dials, requests int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.dialed), len(w.requests)
}

// plays answers with bytes as they are, and keeps the connection.
func plays(response string) func(int, net.Conn) bool {
	return func(_ int, conn net.Conn) bool {
		_, err := io.WriteString(conn, response)
		return err == nil
	}
}

// playsAndCloses answers with bytes as they are, and hangs up.
func playsAndCloses(response string) func(int, net.Conn) bool {
	return func(_ int, conn net.Conn) bool {
		_, _ = io.WriteString(conn, response)
		return false
	}
}

// first plays one answer to the first request and another one to those that follow.
func first(one, others func(int, net.Conn) bool) func(int, net.Conn) bool {
	return func(n int, conn net.Conn) bool {
		if n == 1 {
			return one(n, conn)
		}
		return others(n, conn)
	}
}

const (
	statusOK = "HTTP/1.1 200 OK\r\n"
	typeJSON = "Content-Type: application/json\r\n"
	wellDone = statusOK + typeJSON + "Content-Length: 21\r\n\r\n{\"id\":\"7301440001_0\"}"
)

// requireUnanswered checks an error of a call that got no answer of the platform.
func requireUnanswered(t testing.TB, err error, want sdk.Failure) {
	t.Helper()
	var comm *sdk.CommunicationError
	require.ErrorAs(t, err, &comm)
	require.Equal(t, want, comm.Failure, err.Error())
	require.False(t, comm.Unsent, "a request that was answered has left")
	requireText(t, err)
}

// requireText checks that a text fits on one line of a terminal, and tells neither
// the secret nor what the answer held.
func requireText(t testing.TB, err error) {
	t.Helper()
	require.Error(t, err)
	text := err.Error()
	require.LessOrEqual(t, len(text), 600)
	for _, r := range text {
		require.True(t, ' ' <= r && r <= '~', "%q has %q", text, r)
	}
	require.NotContains(t, text, secret)
	require.NotContains(t, text, bodyMark)
}

// bodyMark stands in the answers that must not be repeated.
const bodyMark = "4330264936344675"

// documented reports whether an error is one of the types that calls end with.
func documented(err error) bool {
	var api *sdk.APIError
	var comm *sdk.CommunicationError
	var guard *sdk.GuardError
	return errors.As(err, &api) || errors.As(err, &comm) || errors.As(err, &guard)
}

package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

// A pipes accepts the far ends of connections in memory.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "memory", Net: "unix"} }

func (p *pipes) dial() net.Conn {
	near, far := net.Pipe()
	p.conns <- far
	return near
}

// TestSlowClientsAreCutOff sends the head of a request byte by byte, never the end of
// it, and nothing at all, to the server of the command. Others are answered meanwhile.
func TestSlowClientsAreCutOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sb, err := sandbox.New(sandbox.Config{MerchantID: "M", APIKeyID: "K", APISecret: "S"})
		require.NoError(t, err)
		l := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
		server := sandboxServer(sb)
		done := make(chan error, 1)
		go func() { done <- server.Serve(l) }()

		dripping, start := l.dial(), time.Now()
		go func() {
			for _, err := io.WriteString(dripping, "G"); err == nil; _, err = io.WriteString(dripping, "G") {
				time.Sleep(time.Second)
			}
		}()
		time.Sleep(5 * time.Second)
		require.Equal(t, http.StatusNotFound, askRoot(t, l.dial()), "another client waits")
		_, err = io.Copy(io.Discard, dripping)
		require.NoError(t, err)
		require.InDelta(t, 10, time.Since(start).Seconds(), 1)

		silent, idle := l.dial(), l.dial()
		require.Equal(t, http.StatusNotFound, askRootOpen(t, idle))
		for conn, most := range map[net.Conn]time.Duration{silent: 15 * time.Second, idle: 3 * time.Minute} {
			start := time.Now()
			_, err := conn.Read(make([]byte, 1))
			require.Error(t, err)
			require.LessOrEqual(t, time.Since(start), most)
		}
		require.NoError(t, server.Close())
		require.ErrorIs(t, <-done, http.ErrServerClosed)
	})
}

// askRoot asks for a path that there is not and closes the connection.
func askRoot(t *testing.T, conn net.Conn) int {
	t.Helper()
	defer func() { _ = conn.Close() }()
	return askRootOpen(t, conn)
}

func askRootOpen(t *testing.T, conn net.Conn) int {
	t.Helper()
	_, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: sandbox\r\n\r\n")
	require.NoError(t, err)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode
}

package journal_test

import (
	"bytes"
	"net"
	"net/url"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/journal/pgtest"
)

// A proxy is the network between a process and its server: one that can stand
// still, and one that can break at the worst moment.
type proxy struct {
	url string // of the server, through the proxy

	mu      sync.Mutex
	moves   *sync.Cond
	still   bool   // nothing gets through, and nothing is lost
	last    string // whoever sends this is answered nothing any more
	reached bool   // it was sent
	closed  bool
	conns   []net.Conn
}

// newProxy stands before the server of dsn for as long as the test runs.
func newProxy(t *testing.T, dsn string) *proxy {
	t.Helper()
	u, err := url.Parse(dsn)
	require.NoError(t, err)
	server := u.Host
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	u.Host = l.Addr().String()
	p := &proxy{url: pgtest.With(t, u.String(), "sslmode", "disable")}
	p.moves = sync.NewCond(&p.mu)
	var g sync.WaitGroup
	g.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s, err := net.Dial("tcp", server)
			if err != nil {
				_ = c.Close()
				return
			}
			p.set(func() { p.conns = append(p.conns, c, s) })
			g.Go(func() { p.copy(s, c, true) })
			g.Go(func() { p.copy(c, s, false) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		p.set(func() {
			p.still, p.closed = false, true
			for _, c := range p.conns {
				_ = c.Close()
			}
		})
		g.Wait()
	})
	return p
}

// set changes what the proxy does.
func (p *proxy) set(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
	p.moves.Broadcast()
}

// stand stands still, or goes on.
func (p *proxy) stand(still bool) { p.set(func() { p.still = still }) }

// copy moves bytes to one side from the other, which asks or answers.
func (p *proxy) copy(to, from net.Conn, asks bool) {
	defer func() { _ = to.Close() }()
	b := make([]byte, 64<<10)
	for {
		n, err := from.Read(b)
		if !p.pass(b[:n], asks) || err != nil {
			return
		}
		if _, err := to.Write(b[:n]); err != nil {
			return
		}
	}
}

// pass waits while the network stands still, and reports whether it still is
// there for what was sent.
func (p *proxy) pass(sent []byte, asks bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.still && !p.closed {
		p.moves.Wait()
	}
	if !asks && p.reached {
		return false
	}
	p.reached = p.reached || asks && p.last != "" && bytes.Contains(sent, []byte(p.last))
	return true
}

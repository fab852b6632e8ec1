package sdk

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync"
	"time"
)

// NewConnection returns a pool of at most size connections to each host, which
// several clients may share through [WithConnection].
//
// It speaks HTTP/1.1 only: with one call a connection, a connection that breaks
// leaves one outcome unknown and not that of every call in flight. Proxies are
// taken from the environment.
func NewConnection(size int, connectTimeout time.Duration) *http.Transport {
	dialer := &net.Dialer{Timeout: connectTimeout, KeepAlive: 30 * time.Second}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:                 proxyFromEnvironment,
		DialContext:           settled(dialer.DialContext),
		TLSHandshakeTimeout:   connectTimeout,
		MaxIdleConns:          size,
		MaxIdleConnsPerHost:   size,
		MaxConnsPerHost:       size,
		IdleConnTimeout:       50 * time.Second,
		ExpectContinueTimeout: time.Second,
		Protocols:             protocols,

		MaxResponseHeaderBytes: 1 << 20,
	}
}

// proxyFromEnvironment leaves out the address of a malformed proxy, which often
// holds a password, from the error.
func proxyFromEnvironment(req *http.Request) (*url.URL, error) {
	proxy, err := http.ProxyFromEnvironment(req)
	if err != nil {
		return nil, errors.New("read proxy from the environment: not a valid address")
	}
	return proxy, nil
}

// A settledConn knows whether its reader waits for bytes. net/http puts a connection
// back into the pool before it has looked whether more than the answer had come: a
// request that begins right then would take what was left over for its own answer.
type settledConn struct {
	net.Conn
	mu      sync.Mutex
	reading int
	closed  bool
	changed chan struct{} // closed when a read begins or the connection ends; nil when nobody waits
}

type dialFunc func(ctx context.Context, network, addr string) (net.Conn, error)

func settled(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &settledConn{Conn: conn}, nil
	}
}

func (c *settledConn) Read(b []byte) (int, error) {
	c.note(func() { c.reading++ })
	n, err := c.Conn.Read(b)
	c.mu.Lock()
	c.reading--
	c.mu.Unlock()
	return n, err
}

func (c *settledConn) Close() error {
	c.note(func() { c.closed = true })
	return c.Conn.Close()
}

func (c *settledConn) note(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
	if c.changed != nil {
		close(c.changed)
		c.changed = nil
	}
}

// settle waits until the connection's reader waits for bytes, so that nothing of an
// earlier answer is left over, or has ended.
func (c *settledConn) settle(ctx context.Context) {
	for {
		c.mu.Lock()
		if c.reading > 0 || c.closed {
			c.mu.Unlock()
			return
		}
		if c.changed == nil {
			c.changed = make(chan struct{})
		}
		changed := c.changed
		c.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// settling returns a context for a send that begins on a settled connection only.
func settling(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		conn := info.Conn
		if secure, ok := conn.(interface{ NetConn() net.Conn }); ok {
			conn = secure.NetConn()
		}
		if s, ok := conn.(*settledConn); ok && info.Reused {
			s.settle(ctx)
		}
	}})
}

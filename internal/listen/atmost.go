package listen

import (
	"net"
	"sync"
)

// AtMost returns a listener that accepts up to n connections at a time: others
// wait until one of them is closed.
func AtMost(l net.Listener, n int) net.Listener {
	return &atMost{Listener: l, room: make(chan struct{}, n), closed: make(chan struct{})}
}

type atMost struct {
	net.Listener
	room   chan struct{}
	once   sync.Once
	closed chan struct{}
}

// Accept waits for room first, and for a connection then.
func (a *atMost) Accept() (net.Conn, error) {
	select {
	case a.room <- struct{}{}:
	case <-a.closed:
		return nil, net.ErrClosed
	}
	c, err := a.Listener.Accept()
	if err != nil {
		<-a.room
		return nil, err
	}
	return &oneOf{Conn: c, leave: sync.OnceFunc(func() { <-a.room })}, nil
}

// Close ends a wait, too.
func (a *atMost) Close() error {
	a.once.Do(func() { close(a.closed) })
	return a.Listener.Close()
}

// A oneOf is a connection that makes room when it is closed.
type oneOf struct {
	net.Conn
	leave func()
}

func (c *oneOf) Close() error {
	defer c.leave()
	return c.Conn.Close()
}

package sim

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"
)

// A network carries requests to the platform and answers back, each after a
// while of its own. What was sent arrives whether or not its sender lives on.
type network struct {
	w *world

	mu     sync.Mutex
	idle   []chan func() // goroutines with nothing to carry just now
	flying int           // requests and answers on their way
}

// settled waits until nothing is on its way any more.
func (n *network) settled() {
	for {
		n.mu.Lock()
		flying := n.flying
		n.mu.Unlock()
		if flying == 0 {
			return
		}
		time.Sleep(5*time.Second + 1)
	}
}

// carry does something on a goroutine of its own. Goroutines are used again:
// their stacks have grown already.
func (n *network) carry(f func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.flying++
	if last := len(n.idle) - 1; last >= 0 {
		n.idle[last] <- f
		n.idle = n.idle[:last]
		return
	}
	jobs := make(chan func(), 1)
	jobs <- f
	go func() {
		for f := range jobs {
			f()
			n.mu.Lock()
			n.idle = append(n.idle, jobs)
			n.flying--
			n.mu.Unlock()
		}
	}()
}

// close ends the network, when nothing is on its way.
func (n *network) close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, jobs := range n.idle {
		close(jobs)
	}
}

// A line is the network as one process uses it.
type line struct {
	p *process
}

// A delivery is what comes back of a request.
type delivery struct {
	resp *http.Response
	err  error
}

// RoundTrip sends a request and waits for its answer.
func (l *line) RoundTrip(r *http.Request) (*http.Response, error) {
	p, n := l.p, &l.p.w.net
	body, err := take(r)
	if err != nil {
		return nil, err
	}
	s := p.w.sending(p, r, body)
	time.Sleep(s.start)
	if err := p.yield("before a send"); err != nil {
		return nil, err
	}
	if s.stall > 0 {
		time.Sleep(s.stall)
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if err := p.yield("at a send"); err != nil {
		return nil, err
	}
	if s.dial {
		time.Sleep(s.out)
		p.w.count("dial failed")
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	p.w.left(s)
	back := n.send(s, r, body)
	var d delivery
	select {
	case d = <-back:
	case <-r.Context().Done():
		p.w.note(s.payment, "%s gave up waiting for %s", p, s)
		d.err = r.Context().Err()
	}
	if err := p.yield("after an answer"); err != nil {
		return nil, err
	}
	return d.resp, d.err
}

// take reads the body of a request to its end, as a transport has to.
func take(r *http.Request) ([]byte, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	b, err := io.ReadAll(r.Body)
	return b, errors.Join(err, r.Body.Close())
}

// send puts a request on its way and returns where its answer arrives.
func (n *network) send(s *sent, r *http.Request, body []byte) <-chan delivery {
	arriving := (&http.Request{
		Method: r.Method, URL: r.URL, Host: r.URL.Host, Header: r.Header, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: http.NoBody, ContentLength: int64(len(body)), RemoteAddr: "sim",
	}).WithContext(context.Background())
	if len(body) > 0 {
		arriving.Body = io.NopCloser(bytes.NewReader(body))
	}
	if s.forged {
		arriving.Header = r.Header.Clone()
		arriving.Header.Set("Authorization", "GCS v1HMAC:key:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
	}
	back := make(chan delivery, 1)
	n.carry(func() {
		time.Sleep(s.out)
		var d delivery
		switch {
		case s.page != 0:
			d = page(s.page, r)
		case s.denied && s.op != "":
			d = denial(r)
		default:
			a := &answer{header: make(http.Header)}
			a.serve(n.w.sb, arriving)
			d = a.result(r)
		}
		n.w.arrived(s, d)
		time.Sleep(s.in)
		back <- d
	})
	return back
}

package sandbox

import (
	"bytes"
	"net"
	"net/http"
	"strconv"
	"time"
)

const htmlPage = "<html><head><title>Bad Gateway</title></head><body><h1>The page is not available</h1></body></html>\n"

// A strike is a fault that hits one request.
type strike struct {
	Fault
	wake   <-chan struct{}
	waited bool
}

// serveFaulty answers a request that a fault hits. Faults of the connection end
// in a panic with http.ErrAbortHandler, as net/http asks for.
func (s *Sandbox) serveFaulty(w http.ResponseWriter, c *call, f *strike) {
	c.age, c.hide = max(c.age, f.Age), f.Hide
	if f.Kind == NoReferences {
		silent := *c.b
		silent.EchoReferences = false
		c.b = &silent
	}
	status := 0
	if !f.lost() {
		status = c.perform(f)
	}
	if f.Kind != RequestLost {
		f.wait()
	}
	switch f.Kind {
	case RequestLost, AnswerLost:
		panic(http.ErrAbortHandler)
	case Reset:
		reset(w)
	case Status:
		c.writeStatus(w, f, status)
	case Truncated:
		truncate(w, c, status)
	case NotJSON:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(htmlPage))
	case Slow:
		f.trickle(w, c, status)
	case Large:
		c.pad(f.Size)
		c.write(w, status)
	default:
		c.write(w, status)
	}
}

// lost says that the request is not processed at all and leaves no key behind.
func (f *strike) lost() bool {
	switch f.Kind {
	case RequestLost:
		return true
	case Reset, Status:
		return !f.Commit && !f.Stored
	}
	return false
}

// writeStatus answers with the error of the fault. An answer that was stored is
// what perform returned: the error itself, or what its key had before.
func (c *call) writeStatus(w http.ResponseWriter, f *strike, status int) {
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((f.RetryAfter+time.Second-1)/time.Second)))
	}
	if !f.Stored {
		c.out, c.replayOf = c.out[:0], 0
		status = c.fail(f.answer(c.b))
	}
	c.write(w, status)
}

// answer is the error answer of kind Status.
func (f *strike) answer(b *Behaviour) *refusal {
	if f.Status == http.StatusConflict {
		return inProgress(b.InProgressError)
	}
	return platformError(f.Status)
}

// wait waits once for the delay of the fault, or until the faults are cleared. It
// does not end when the client goes away: the request has arrived.
func (f *strike) wait() {
	if f.Delay <= 0 || f.waited || f.Kind == Slow {
		return
	}
	f.waited = true
	f.pause(f.Delay)
}

func (f *strike) pause(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-f.wake:
	}
}

// reset closes the connection so that the client sees a reset where the
// transport knows one.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// truncate promises the whole answer, sends half of it and breaks off.
func truncate(w http.ResponseWriter, c *call, status int) {
	c.mark(w)
	h := w.Header()
	h["Content-Type"] = jsonType
	h.Set("Content-Length", strconv.Itoa(len(c.out)))
	w.WriteHeader(status)
	_, _ = w.Write(c.out[:len(c.out)/2])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// trickles is the number of pieces that a slow answer comes in.
const trickles = 20

// trickle sends the answer in pieces, spread over the delay of the fault.
func (f *strike) trickle(w http.ResponseWriter, c *call, status int) {
	left := c.out
	if len(left) == 0 {
		f.pause(f.Delay)
		c.write(w, status)
		return
	}
	c.mark(w)
	h := w.Header()
	h["Content-Type"] = c.contentType()
	h.Set("Content-Length", strconv.Itoa(len(left)))
	w.WriteHeader(status)
	size := (len(left) + trickles - 1) / trickles
	for len(left) > 0 {
		f.pause(f.Delay / trickles)
		n := min(size, len(left))
		if _, err := w.Write(left[:n]); err != nil {
			return // the client has gone away
		}
		left = left[n:]
		_ = http.NewResponseController(w).Flush()
	}
}

// pad makes an answer of JSON longer with white space behind its first brace.
func (c *call) pad(size int) {
	n := size - len(c.out)
	if n <= 0 || len(c.out) == 0 {
		return
	}
	long := make([]byte, 0, size)
	long = append(long, c.out[0])
	long = append(long, bytes.Repeat([]byte{' '}, n)...)
	c.out = append(long, c.out[1:]...)
}

package sim

import (
	"fmt"
	"hash/fnv"
	"strings"
	"sync"
	"time"
)

// A trace is what happened in a story. What happened to each payment is hashed
// by itself, so that only what matters to a payment has to happen in the same
// order when a story is told again.
type trace struct {
	mu     sync.Mutex
	hashes []uint64 // by payment; the last is of what concerns none
	buf    []byte
	keep   bool
	lines  []string
	began  time.Time
}

func newTrace(payments int, keep bool) *trace {
	return &trace{hashes: make([]uint64, payments+1), keep: keep, began: time.Now()}
}

// note adds something that happened to a payment; -1 is none.
func (t *trace) note(payment int, format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if payment < 0 {
		payment = len(t.hashes) - 1
	}
	at := time.Since(t.began)
	t.buf = fmt.Appendf(t.buf[:0], format, args...)
	h := t.hashes[payment] ^ mix(uint64(at))
	for _, b := range t.buf {
		h = (h ^ uint64(b)) * 1099511628211
	}
	t.hashes[payment] = h
	if t.keep {
		who := "        "
		if payment < len(t.hashes)-1 {
			who = fmt.Sprintf("payment %d", payment)
		}
		t.lines = append(t.lines, fmt.Sprintf("%22s  %-10s %s", at, who, t.buf))
	}
}

// sum is one number for the whole trace.
func (t *trace) sum() uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	h := fnv.New64a()
	for _, x := range t.hashes {
		_, _ = fmt.Fprintln(h, x)
	}
	return h.Sum64()
}

func (t *trace) String() string { return strings.Join(t.lines, "\n") }

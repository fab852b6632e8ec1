// Package pace decides when a request may go to the platform: never more of
// them a second than was asked for, never more at the same time than the
// platform takes without complaint, and none while it asks for patience.
package pace

import (
	"context"
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	backOff    = 0.7                    // what is left of the limit when the platform complains
	backOffGap = 100 * time.Millisecond // complaints this close together are one
	mostPause  = time.Minute            // of what a Retry-After can ask for
)

// A Pacer is shared by everything that calls one merchant. It is safe for
// concurrent use. Its clock is the monotonic one: setting the machine's clock
// changes nothing.
type Pacer struct {
	tokens *rate.Limiter // nil without a rate

	mu      sync.Mutex
	most    float64
	limit   float64 // calls at the same time, now; 1 … most
	busy    int
	queue   []*waiter // who waits for a slot, in order
	lowered time.Time
	until   time.Time // nothing goes out before
}

// A waiter is told of its slot by closing ready.
type waiter struct {
	ready   chan struct{}
	granted bool
	gone    bool
}

// New returns a Pacer for so many calls at the same time and, unless perSecond
// is 0, so many requests a second. No more than twice perSecond calls run side
// by side then: what waits for longer than a few seconds between reading a
// payment and moving its money would have to read it again.
func New(parallelism, perSecond int) *Pacer {
	p := &Pacer{most: float64(max(1, parallelism))}
	if perSecond > 0 {
		p.most = min(p.most, 2*float64(perSecond))
		p.tokens = rate.NewLimiter(rate.Limit(perSecond), 1+perSecond/10)
	}
	p.limit = p.most
	return p
}

// Acquire waits for one of the calls that may run at the same time, and returns
// the function that ends it, which is to be called once.
func (p *Pacer) Acquire(ctx context.Context) (release func(), err error) {
	p.mu.Lock()
	if len(p.queue) == 0 && p.free() {
		p.busy++
		p.mu.Unlock()
		return p.release, nil
	}
	w := &waiter{ready: make(chan struct{})}
	p.queue = append(p.queue, w)
	p.mu.Unlock()
	select {
	case <-w.ready:
		return p.release, nil
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if w.granted { // at the same moment
		return p.release, nil
	}
	w.gone = true
	return nil, ctx.Err()
}

func (p *Pacer) free() bool { return p.busy < int(p.limit) }

func (p *Pacer) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.busy--
	p.grant()
}

// grant gives free slots to those who wait. The caller holds the lock.
func (p *Pacer) grant() {
	for len(p.queue) > 0 && p.free() {
		w := p.queue[0]
		p.queue[0] = nil
		p.queue = p.queue[1:]
		if w.gone {
			continue
		}
		w.granted = true
		p.busy++
		close(w.ready)
	}
}

// Wait waits until a request may go out. A context that has ended ends a wait,
// and does not keep what need not wait.
func (p *Pacer) Wait(ctx context.Context) error {
	if p.tokens != nil {
		if r := p.tokens.Reserve(); r.Delay() > 0 {
			if err := sleep(ctx, r.Delay()); err != nil {
				r.Cancel()
				return err
			}
		}
	}
	for {
		p.mu.Lock()
		left := time.Until(p.until)
		p.mu.Unlock()
		if left <= 0 {
			return nil
		}
		if err := sleep(ctx, left); err != nil {
			return err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// went tells of a request that was answered without complaint: one more may run
// at the same time for every limit of them.
func (p *Pacer) went() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.limit < p.most {
		p.limit = min(p.most, p.limit+1/p.limit)
		p.grant()
	}
}

// complained tells of a request that the platform was too busy for, and for how
// long it asks not to be called.
func (p *Pacer) complained(pause time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if until := now.Add(min(pause, mostPause)); pause > 0 && until.After(p.until) {
		p.until = until
	}
	if p.lowered.IsZero() || now.Sub(p.lowered) >= backOffGap {
		p.limit = math.Max(1, p.limit*backOff)
		p.lowered = now
	}
}

// Limit returns how many calls may run at the same time now.
func (p *Pacer) Limit() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return int(p.limit)
}

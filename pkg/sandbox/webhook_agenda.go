package sandbox

import (
	"container/heap"
	"math"
	"time"
)

// A duty is something that happens by itself when it is due.
type duty struct {
	due int64
	seq uint64 // keeps the order of what is due at the same time
	do  func(due int64)
}

// An agenda holds duties by their due time, as a heap.
type agenda struct {
	duties []duty
	next   uint64
}

func (a *agenda) Len() int { return len(a.duties) }
func (a *agenda) Less(i, j int) bool {
	x, y := &a.duties[i], &a.duties[j]
	return x.due < y.due || (x.due == y.due && x.seq < y.seq)
}
func (a *agenda) Swap(i, j int) { a.duties[i], a.duties[j] = a.duties[j], a.duties[i] }
func (a *agenda) Push(x any)    { a.duties = append(a.duties, x.(duty)) }
func (a *agenda) Pop() any {
	last := len(a.duties) - 1
	d := a.duties[last]
	a.duties[last] = duty{}
	a.duties = a.duties[:last]
	return d
}

// first is when the first duty is due, or never.
func (a *agenda) first() int64 {
	if len(a.duties) == 0 {
		return math.MaxInt64
	}
	return a.duties[0].due
}

// at lets something happen at a moment.
func (h *hub) at(due int64, do func(due int64)) {
	if due == never {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.enter(due, do)
}

// enter puts a duty into the agenda and sees to it that somebody minds it. The
// caller holds h.mu.
func (h *hub) enter(due int64, do func(due int64)) {
	if h.closed {
		return
	}
	first := h.agenda.first()
	h.agenda.next++
	heap.Push(&h.agenda, duty{due, h.agenda.next, do})
	switch {
	case !h.clerk:
		h.clerk, h.wake = true, make(chan struct{}, 1)
		h.all.Add(1)
		go h.mind(h.wake)
	case due < first:
		h.rouse()
	}
}

// rouse lets the clerk look at the agenda. The caller holds h.mu.
func (h *hub) rouse() {
	if !h.clerk {
		return
	}
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// mind does what is due until the agenda is empty.
func (h *hub) mind(wake <-chan struct{}) {
	defer h.all.Done()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		h.run(h.s.clock.now().UnixNano())
		now := h.s.clock.now().UnixNano()
		h.mu.Lock()
		first := h.agenda.first()
		if h.closed || first == math.MaxInt64 {
			h.clerk = false
			h.mu.Unlock()
			return
		}
		h.mu.Unlock()
		timer.Reset(h.pause(time.Duration(first - now)))
		select {
		case <-timer.C:
		case <-wake:
		case <-h.ctx.Done():
		}
	}
}

// pause is how long to sleep before something that is due after d. A clock that
// was injected may be moved without notice, so that it is looked at often.
func (h *hub) pause(d time.Duration) time.Duration {
	const poll = 100 * time.Millisecond
	if h.polls {
		d = min(d, poll)
	}
	return max(d, 0)
}

// run does what is due by now, in the order of due times. It must not be called
// with anything locked.
func (h *hub) run(now int64) {
	h.running.Lock()
	defer h.running.Unlock()
	for {
		h.mu.Lock()
		if h.agenda.first() > now || h.agenda.first() == math.MaxInt64 {
			h.mu.Unlock()
			return
		}
		d := heap.Pop(&h.agenda).(duty)
		h.mu.Unlock()
		d.do(d.due)
	}
}

// drop forgets what was to happen.
func (h *hub) drop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.agenda.duties = nil
	h.rouse()
}

// moved does what a jump of the clock has made due.
func (h *hub) moved(now int64) {
	h.run(now)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.rouse()
}

// settleAt lets what is due of a payment settle by itself.
func (h *hub) settleAt(due int64, p *payment) {
	h.at(due, func(due int64) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.settle(due)
	})
}

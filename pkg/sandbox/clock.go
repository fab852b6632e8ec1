package sandbox

import (
	"errors"
	"net/http"
	"sync/atomic"
	"time"
)

// A clock is the time of the platform: an injected clock plus what it was
// advanced by. Signatures are judged by the injected clock alone, because
// clients do not notice that the sandbox was moved ahead.
type clock struct {
	base   func() time.Time
	offset atomic.Int64
	header atomic.Pointer[dateHeader]
}

// A dateHeader is the value of the Date header for one second.
type dateHeader struct {
	second int64
	value  []string
}

func (c *clock) now() time.Time { return c.base().Add(time.Duration(c.offset.Load())) }

// lastYear is how far the clock can be moved: what is due years later still has
// to be a number of nanoseconds.
const lastYear = 2200

// latest is the largest offset that the clock may have.
func (c *clock) latest() int64 {
	end := time.Date(lastYear, time.January, 1, 0, 0, 0, 0, time.UTC)
	return max(0, int64(end.Sub(c.base())))
}

// advance moves the clock ahead, but not past lastYear and never back.
func (c *clock) advance(d time.Duration) {
	for latest := c.latest(); ; {
		old := c.offset.Load()
		next := old + min(int64(d), max(0, latest-old))
		if c.offset.CompareAndSwap(old, next) {
			return
		}
	}
}

// setDate writes the Date header by the injected clock, formatted once a second.
func (c *clock) setDate(h http.Header) {
	now := c.base()
	d := c.header.Load()
	if d == nil || d.second != now.Unix() {
		d = &dateHeader{now.Unix(), []string{now.UTC().Format(http.TimeFormat)}}
		c.header.Store(d)
	}
	h["Date"] = d.value
}

// Now returns the time of the sandbox: the injected clock plus everything it
// was advanced by.
func (s *Sandbox) Now() time.Time { return s.clock.now() }

var errBackwards = errors.New("advance clock: the duration is negative")

// Advance moves the clock ahead by d, so that what is due by then settles and
// old idempotence keys are forgotten, and returns the new time. With webhooks,
// everything that became due happens in the order of due times before it
// returns; it does not wait for the receivers. A negative d panics. The age of
// signatures is still judged by the injected clock. The clock stops at the start
// of the year 2200.
func (s *Sandbox) Advance(d time.Duration) time.Time {
	if d < 0 {
		panic("sandbox: " + errBackwards.Error())
	}
	s.clock.advance(d)
	s.gate.touch()
	now := s.clock.now()
	s.hub.moved(now.UnixNano())
	s.catchUp(now.UnixNano())
	s.keys.sweep(now.UnixNano(), s.behaviour.Load().KeyWindow)
	return now
}

package sandbox

import (
	"sync"
	"sync/atomic"
)

// A gate is open to whatever changes the sandbox and closed while its state is
// saved, so that an answer, the key that it is kept under and the money that it
// moved are saved together or not at all. What stands in the gate never waits
// for anything but locks that are held briefly, and does not enter it again.
type gate struct {
	mu      sync.RWMutex
	changed atomic.Bool // since the state was saved
}

// enter passes the gate; the call has to leave it.
func (c *call) enter() {
	c.s.gate.mu.RLock()
	c.s.gate.touch()
	c.entered = true
}

// touch notes that something has changed. What changes outside of the gate
// touches it after the change, so that a state saved in the meantime is not the
// last.
func (g *gate) touch() {
	if !g.changed.Load() {
		g.changed.Store(true)
	}
}

// leave leaves the gate if the call has entered it.
func (c *call) leave() {
	if c.entered {
		c.entered = false
		c.s.gate.mu.RUnlock()
	}
}

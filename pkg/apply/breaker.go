package apply

import (
	"fmt"
	"sync"

	"github.com/payreconcile/payreconcile/pkg/plan"
)

// A Breaker stops a run when the platform is not well. The zero Breaker never
// does.
type Breaker struct {
	InARow      int // calls and reads that failed one after the other; 0 is no limit
	RefusedRate int // percent of the calls that may be refused, once refusedFrom were judged; 0 is no limit
}

// refusedFrom is how many calls are judged before their share counts.
const refusedFrom = 20

// A breaker counts what became of calls.
type breaker struct {
	limits  Breaker
	mu      sync.Mutex
	inARow  int
	judged  int
	refused int
}

// read counts a read that failed, and says why the run has to stop. One that
// works is not counted: it says nothing of calls.
func (b *breaker) read() (why stopReason, detail string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.inARow++
	return b.tripped()
}

// call counts what became of a call, and says why the run has to stop. A state
// that nobody can tell yet is a failure; known is one that was counted as such
// before.
func (b *breaker) call(s plan.State, known bool) (why stopReason, detail string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch s {
	case plan.StateAccepted, plan.StateSettled:
		b.inARow = 0
	case plan.StateWithdrawn, plan.StateIntended:
		return "", ""
	case plan.StateRefused, plan.StateUnknown:
		if !known {
			b.inARow++
		}
		if s == plan.StateRefused {
			b.refused++
		}
	default:
		b.inARow++
		return b.tripped()
	}
	b.judged++
	return b.tripped()
}

func (b *breaker) tripped() (why stopReason, detail string) {
	switch {
	case b.limits.InARow > 0 && b.inARow >= b.limits.InARow:
		return stopInARow, fmt.Sprintf("%d in a row", b.inARow)
	case b.limits.RefusedRate > 0 && b.judged >= refusedFrom && b.refused*100 > b.limits.RefusedRate*b.judged:
		return stopRefused, fmt.Sprintf("%d of %d", b.refused, b.judged)
	}
	return "", ""
}

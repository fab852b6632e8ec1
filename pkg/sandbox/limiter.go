package sandbox

import (
	"sync"
	"time"
)

// A limiter counts the requests of the second that the clock is in; the zero
// limiter has seen none.
type limiter struct {
	mu     sync.Mutex
	second int64
	count  int
}

// allow counts a request and says whether it is within the limit. A request that
// is not does not count.
func (l *limiter) allow(now int64, limit int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if second := now / int64(time.Second); second != l.second {
		l.second, l.count = second, 0
	}
	if l.count >= limit {
		return false
	}
	l.count++
	return true
}

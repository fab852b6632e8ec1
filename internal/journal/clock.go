package journal

import "time"

// An instant is a moment to measure from, by clocks that nobody can set.
type instant struct {
	at   time.Time     // with a reading of the monotonic clock
	boot time.Duration // since the machine started, with the time that it slept; 0 where that is not known
}

// mark is now.
func mark() instant { return instant{time.Now(), sinceBoot()} }

// since is how long ago i was. The monotonic clock may stand still while the
// machine sleeps or its virtual machine is paused; the longer time counts.
func (i instant) since() time.Duration {
	return max(time.Since(i.at), sinceBoot()-i.boot)
}

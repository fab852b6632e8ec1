package journal

import (
	"time"

	"golang.org/x/sys/unix"
)

// sinceBoot is how long ago the machine started, with the time that it slept.
func sinceBoot() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

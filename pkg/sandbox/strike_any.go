package sandbox

import (
	"net/http"
	"time"
)

// anyFaults are what a fault of kind Any may turn into: the more harmful to a
// careless client, the more often.
var anyFaults = []Fault{
	{Kind: AnswerLost},
	{Kind: AnswerLost},
	{Kind: RequestLost},
	{Kind: Reset},
	{Kind: Reset, Commit: true},
	{Kind: Status, Status: http.StatusConflict},
	{Kind: Status, Status: http.StatusTooManyRequests, RetryAfter: time.Second},
	{Kind: Status, Status: http.StatusInternalServerError},
	{Kind: Status, Status: http.StatusInternalServerError, Commit: true},
	{Kind: Status, Status: http.StatusServiceUnavailable},
	{Kind: Status, Status: http.StatusBadGateway, Commit: true},
	{Kind: Status, Status: http.StatusGatewayTimeout, Commit: true},
	{Kind: Truncated},
	{Kind: NotJSON},
	{Kind: NoReferences},
	{Kind: Delay, Delay: 200 * time.Millisecond},
	{Kind: Slow, Delay: 200 * time.Millisecond},
	{Kind: Large, Size: 1 << 20},
}

// readFaults are added to anyFaults for calls that only read.
var readFaults = []Fault{
	{Kind: StaleRead, Hide: 1},
	{Kind: StaleRead, Age: time.Minute},
}

// become makes a fault of kind Any one of the others; draw is in [0, 1).
func (f *strike) become(draw float64, read bool) {
	n := len(anyFaults)
	if read {
		n += len(readFaults)
	}
	i := int(draw * float64(n))
	drawn := Fault{}
	if i < len(anyFaults) {
		drawn = anyFaults[i]
	} else {
		drawn = readFaults[i-len(anyFaults)]
	}
	if f.Delay > 0 && drawn.Kind != Delay && drawn.Kind != Slow {
		drawn.Delay = f.Delay
	}
	drawn.ID = f.ID
	f.Fault = drawn
}

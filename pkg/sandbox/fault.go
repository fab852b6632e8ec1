package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// The kinds of faults.
const (
	RequestLost = "request-lost" // the connection closes before the request is processed
	AnswerLost  = "answer-lost"  // the request is processed and the connection closes without an answer
	Delay       = "delay"        // the answer comes late; see Fault.Delay and Fault.Commit
	Reset       = "reset"        // the connection is reset, before or after processing: see Fault.Commit
	Status      = "status"       // an error answer with Fault.Status, before or after processing
	StaleRead   = "stale-read"   // a read shows an earlier state: see Fault.Age and Fault.Hide
	Truncated   = "truncated"    // the request is processed; the answer breaks off in the middle
	NotJSON     = "not-json"     // the request is processed; the answer is a page of HTML
	Slow        = "slow"         // the request is processed; the answer trickles in over Fault.Delay
	Large       = "large"        // the request is processed; the answer is padded to Fault.Size bytes

	NoReferences = "no-references" // the answer shows no references of operations; see Behaviour.EchoReferences
	Any          = "any"           // each strike is one of the others, drawn from the seed
)

var faultKinds = []string{
	RequestLost, AnswerLost, Delay, Reset, Status, StaleRead, Truncated, NotJSON, Slow, Large, NoReferences, Any,
}

// FaultKinds returns the kinds of faults.
func FaultKinds() []string { return slices.Clone(faultKinds) }

// A Fault is something that goes wrong with some of the requests that are
// signed and well-formed. A request is struck by at most one fault, the oldest
// that applies.
//
// Operation, Payment and Key select requests; those left empty match all.
// Of the requests that match, a fault lets the first Nth-1 pass, then strikes
// Times of them, each with the given probability.
type Fault struct {
	ID        string `json:"id,omitempty"` // set by AddFault
	Kind      string `json:"kind"`
	Operation string `json:"operation,omitempty"` // such as "capturePayment"
	Payment   string `json:"payment,omitempty"`   // in any spelling
	Key       string `json:"key,omitempty"`       // the idempotence key
	Nth       int    `json:"nth,omitempty"`       // 0 means 1
	Times     int    `json:"times,omitempty"`     // 0 means 1; negative: always
	// Probability is between 0 and 1; 0 means 1. The draw is a hash of the
	// seed, the path and the number of the request on that path.
	Probability float64 `json:"probability,omitempty"`

	// Delay is waited for before the fault strikes, with any kind but
	// RequestLost; an answer of kind Slow takes that long to arrive. It elapses in real time (or in that of a synctest bubble) and
	// ends early when the faults are cleared. Without Commit it is waited for
	// before processing, while the idempotence key is in progress.
	Delay time.Duration `json:"delay,omitempty"`
	// Commit lets Delay, Reset and Status strike after processing.
	Commit bool `json:"commit,omitempty"`
	// Status is the HTTP status of kind Status: 408, 409, 425, 429, 500, 502,
	// 503 or 504.
	Status int `json:"status,omitempty"`
	// RetryAfter is sent with kind Status when it is positive, in seconds.
	RetryAfter time.Duration `json:"retryAfter,omitempty"`
	// Stored keeps the answer of kind Status under the idempotence key, so that
	// it is replayed.
	Stored bool `json:"stored,omitempty"`
	// Age makes a stale read show the state of that long ago.
	Age time.Duration `json:"age,omitempty"`
	// Hide makes a stale read miss the newest operations, that many of them.
	Hide int `json:"hide,omitempty"`
	// Size is the length of a large answer in bytes, at most 64 MiB. The padding is
	// white space, so that the answer means the same.
	Size int `json:"size,omitempty"`

	Struck int `json:"struck,omitempty"` // how often it struck; read only
}

const largestAnswer = 64 << 20

var faultStatuses = []int{408, 409, 425, 429, 500, 502, 503, 504}

func (f *Fault) validate(operations map[string]*atomic.Int64) error {
	_, known := operations[f.Operation]
	_, n, isID := parseID(f.Payment)
	switch {
	case !slices.Contains(faultKinds, f.Kind):
		return fmt.Errorf("fault kind %q is none of %q", f.Kind, faultKinds)
	case f.Operation != "" && !known:
		return fmt.Errorf("fault operation %q is not an operation of the sandbox", f.Operation)
	case f.Payment != "" && (!isID || n != 0):
		return fmt.Errorf("fault payment %q is not a payment id", f.Payment)
	case f.Kind == Status && !slices.Contains(faultStatuses, f.Status):
		return fmt.Errorf("fault status %d is none of %d", f.Status, faultStatuses)
	case f.Kind != Status && (f.Status != 0 || f.Stored || f.RetryAfter != 0):
		return fmt.Errorf("fault %s: status, stored and retryAfter belong to kind status", f.Kind)
	case (f.Kind == Delay || f.Kind == Slow) && f.Delay <= 0:
		return fmt.Errorf("fault %s: a delay is required", f.Kind)
	case f.Kind == Large && (f.Size < 1 || f.Size > largestAnswer):
		return fmt.Errorf("fault large: size %d is not between 1 and %d", f.Size, largestAnswer)
	case f.Kind != Large && f.Size != 0:
		return fmt.Errorf("fault %s: size belongs to kind large", f.Kind)
	case f.Kind == StaleRead && f.Age <= 0 && f.Hide <= 0:
		return fmt.Errorf("fault stale-read: age or hide is required")
	case !(f.Probability >= 0 && f.Probability <= 1): // not a number neither
		return fmt.Errorf("fault probability %v is not between 0 and 1", f.Probability)
	case f.Nth < 0 || f.Hide < 0 || f.Delay < 0 || f.Age < 0 || f.RetryAfter < 0:
		return fmt.Errorf("fault %s: nth, hide, delay, age and retryAfter cannot be negative", f.Kind)
	}
	return nil
}

// A faultSet holds the faults and counts what they matched.
type faultSet struct {
	seed  uint64
	any   atomic.Bool // whether there is a fault, to keep requests off the lock
	mu    sync.Mutex
	next  int
	all   []*activeFault
	draws map[string]uint64 // requests by path, for faults with a probability
	wake  chan struct{}     // closed when the faults are cleared
}

type activeFault struct {
	Fault
	base    uint64
	matched int
}

func (s *faultSet) init(seed uint64) {
	s.seed, s.draws, s.wake = seed, make(map[string]uint64), make(chan struct{})
}

// AddFault adds a fault and returns its id. Faults stay, also when they can
// strike no more, until ClearFaults.
func (s *Sandbox) AddFault(f Fault) (id string, err error) {
	if err := f.validate(s.counts); err != nil {
		return "", fmt.Errorf("add fault: %w", err)
	}
	if f.Nth == 0 {
		f.Nth = 1
	}
	if f.Times == 0 {
		f.Times = 1
	}
	fs := &s.faults
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.next++
	f.ID, f.Struck = fmt.Sprintf("f%d", fs.next), 0
	a := &activeFault{Fault: f}
	a.base, _, _ = parseID(f.Payment)
	fs.all = append(fs.all, a)
	fs.any.Store(true)
	return f.ID, nil
}

// Faults returns the faults that were added, oldest first, with what they did.
func (s *Sandbox) Faults() []Fault {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	all := make([]Fault, 0, len(s.faults.all))
	for _, f := range s.faults.all {
		all = append(all, f.Fault)
	}
	return all
}

// ClearFaults removes all faults and ends delays that are under way.
func (s *Sandbox) ClearFaults() {
	fs := &s.faults
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.any.Store(false)
	fs.all = nil
	clear(fs.draws)
	close(fs.wake)
	fs.wake = make(chan struct{})
}

// strike returns the fault that hits a request, or nil.
func (s *faultSet) strike(c *call) *strike {
	if !s.any.Load() {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	path := c.r.Method + " " + c.r.URL.Path
	s.draws[path]++
	for _, f := range s.all {
		if !f.selects(c) {
			continue
		}
		f.matched++
		if f.matched < f.Nth || (f.Times > 0 && f.Struck >= f.Times) {
			continue
		}
		if f.Probability > 0 && s.draw(f.ID, path) >= f.Probability {
			continue
		}
		f.Struck++
		hit := &strike{Fault: f.Fault, wake: s.wake}
		if f.Kind == Any {
			hit.become(s.draw(f.ID+" kind", path), c.e.method == http.MethodGet)
		}
		return hit
	}
	return nil
}

// draw returns a number in [0, 1) that depends on the seed, the fault, the path
// and the number of the request on that path.
func (s *faultSet) draw(id, path string) float64 {
	h := mix(hashText(s.seed, id+" "+path) + s.draws[path])
	return float64(h>>11) / (1 << 53)
}

func (f *activeFault) selects(c *call) bool {
	if f.Operation != "" && f.Operation != c.e.name {
		return false
	}
	if f.Key != "" && f.Key != c.r.Header.Get(keyHeader) {
		return false
	}
	if f.Kind == StaleRead && c.e.method != http.MethodGet {
		return false
	}
	if f.Payment == "" {
		return true
	}
	base, n, ok := parseID(c.r.PathValue("paymentId"))
	return ok && n == 0 && base == f.base
}

// faultJSON is Fault with its durations as text.
type (
	plainFault Fault
	faultJSON  struct {
		*plainFault
		Delay      span `json:"delay,omitempty"`
		RetryAfter span `json:"retryAfter,omitempty"`
		Age        span `json:"age,omitempty"`
	}
)

// MarshalJSON writes durations as text such as "1.5s".
func (f Fault) MarshalJSON() ([]byte, error) {
	return json.Marshal(faultJSON{(*plainFault)(&f), span(f.Delay), span(f.RetryAfter), span(f.Age)})
}

// UnmarshalJSON reads what MarshalJSON writes; an unknown field is an error.
func (f *Fault) UnmarshalJSON(data []byte) error {
	var next Fault
	w := faultJSON{plainFault: (*plainFault)(&next)}
	if err := decodeStrict(data, &w); err != nil {
		return err
	}
	next.Delay, next.RetryAfter, next.Age = time.Duration(w.Delay), time.Duration(w.RetryAfter), time.Duration(w.Age)
	*f = next
	return nil
}

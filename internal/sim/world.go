package sim

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/sandbox"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// Secret is what the processes of a story sign with. It must not be found in
// anything that they write.
const Secret = "sim-secret-6Kj5HT0MQKC6D8eb7W3l"

// Names of the world of every story.
const (
	merchantID  = "merchant"
	apiKeyID    = "key"
	environment = "sim"
)

// A Client says how the gateway of a process talks to the platform.
type Client struct {
	Connection  http.RoundTripper
	Pace        apply.Pace // nil is none
	APIKeyID    string
	Merchant    string
	CallTimeout time.Duration
	Now         func() time.Time
	Random      func() uint64
}

// A Promise is one of those that are checked.
type Promise string

// The promises, in the order of how much they matter.
const (
	promiseOnce    Promise = "P1: one intent moves money at most once"
	promisePlanned Promise = "P2: nothing moves that a plan did not show"
	promiseOutcome Promise = "P3: an outcome is what the ledger says"
	promiseExact   Promise = "P4: amounts are exact"
	promiseDurable Promise = "P5: a dead process loses nothing"
	promiseSecret  Promise = "P6: secrets appear nowhere"
	promiseCap     Promise = "caps: a run never passes its caps"
	promiseOrder   Promise = "order: a payment's calls go in order"
	promiseLocked  Promise = "lock: one process works at a time"
	promiseEnds    Promise = "ends: what is declared is reached, or honestly unknown"
	promiseSound   Promise = "sound: no panic, and the same story twice"
)

// A Violation is a promise that was broken.
type Violation struct {
	Promise Promise
	Text    string
}

// A world is a platform with payments and the machines that work on them.
type world struct {
	seed     uint64
	gateway  func(Client) (apply.Gateway, error)
	sb       *sandbox.Sandbox
	env      plan.Env
	payments []*payment
	machines []*machine
	net      network
	traits   traits
	trace    *trace

	mu         sync.Mutex
	counts     map[string]int64
	violations []Violation
	requests   map[string]uint64 // on each path
	bodies     map[plan.Key]string
	reads      [][]time.Time // complete ones, by payment
	accepted   map[plan.Key]*call
	words      map[plan.Key]bool             // calls about which a person's word was taken
	places     map[string]map[plan.Key]place // where calls stand in each accepted plan
	most       []map[spec.Op]int64           // what accepted plans wanted at most, by payment
	forging    bool                          // requests are signed with a wrong secret
	retried    []bool                        // payments with a call that is not the first attempt
	nonces     int
}

// A call is an action of an accepted plan.
type call struct {
	payment int
	op      spec.Op
	ref     string
	amount  int64
	final   bool
	sentBy  *process // who sent it first
}

// A place is where a call stands in a plan.
type place struct {
	observed time.Time  // when its payment was read for the plan
	behind   []plan.Key // calls of the payment that go before it
}

func (w *world) note(payment int, format string, args ...any) { w.trace.note(payment, format, args...) }

func (w *world) count(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts[what]++
}

// violate notes a promise that was broken; a story may break several.
func (w *world) violate(payment int, p Promise, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	w.note(payment, "VIOLATION of %s: %s", p, text)
	if payment >= 0 {
		text = fmt.Sprintf("payment %d: %s", payment, text)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, v := range w.violations {
		if v.Promise == p && v.Text == text {
			return
		}
	}
	if len(w.violations) < 20 {
		w.violations = append(w.violations, Violation{p, text})
	}
}

// number is that of the payment with a canonical id.
func (w *world) number(base string) int {
	for _, p := range w.payments {
		if p.base == base {
			return p.n
		}
	}
	return -1
}

// died takes from a journal what a crash takes.
func (w *world) died(p *process) {
	lost := 0
	if m, ok := p.j.(mortal); ok {
		if j, ok := m.Journal.(*Journal); ok {
			d := drawFor(w.seed, "crash of "+p.name, 0)
			lost = j.Crash(d.intn)
		}
	}
	w.count("died " + p.place)
	if lost > 0 {
		w.count("died and lost records")
	}
	w.note(-1, "%s dies %s; %d records are lost", p, p.place, lost)
}

// concluded notes an outcome that a process records.
func (w *world) concluded(p *process, seq int64, o *apply.Outcome) {
	w.count("outcome " + string(o.State))
	if o.Absent {
		w.count("outcome absent")
	}
	w.neverMade(p, seq, o)
	w.note(-1, "%s concludes %d: %s %s %d %q, %d sends", p, seq, o.State, o.OperationID, o.Code, o.Message, len(o.Sends))
}

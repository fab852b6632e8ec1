package apply

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A Wait says what a run waits for. While it waits, it makes the calls that
// were deferred as soon as the platform can take them. The zero Wait waits for
// nothing: the next plan goes on.
type Wait string

// What a run can wait for.
const (
	WaitAccepted Wait = "accepted" // until every call that can be made is, the deferred ones too
	WaitSettled  Wait = "settled"  // until the platform works on nothing any more
)

// DefaultWaitTimeout is how long a run waits at most, unless Options say otherwise.
const DefaultWaitTimeout = 10 * time.Minute

// The time between two looks at what is waited for doubles from the first to
// the second.
const (
	firstPause = time.Second
	longPause  = 30 * time.Second
)

// waits are the payments that are waited for, a bit for each of the plan.
type waits struct {
	mu     sync.Mutex
	places []uint64
	n      int
	round  int  // of looks at them; 0 is the run itself
	last   bool // no more rounds: they are reported as they stand
}

func (s *waits) put(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n/64 >= len(s.places) {
		s.places = append(s.places, 0)
	}
	s.places[n/64] |= 1 << (n % 64)
	s.n++
}

// take reports whether a payment is waited for, and takes it out.
func (s *waits) take(n int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n/64 >= len(s.places) || s.places[n/64]&(1<<(n%64)) == 0 {
		return false
	}
	s.places[n/64] &^= 1 << (n % 64)
	s.n--
	return true
}

func (s *waits) left() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.n
}

// await keeps a payment for the next round when there is something on it to
// wait for and nothing went wrong. Its results are reported when it is through.
func (r *run) await(w *work, results []Result) bool {
	if r.Options.Wait == "" || r.waits.last || r.halted() {
		return false
	}
	waits := false
	for _, res := range results {
		switch res.Status {
		case StatusRefused, StatusUnknown, StatusStale, StatusSkipped:
			return false
		case StatusDeferred:
			waits = waits || (res.Action.Key != "" && r.Options.Hold == "")
		case StatusAccepted, StatusPending:
			waits = waits || r.Options.Wait == WaitSettled
		case StatusSettled, StatusBlocked:
		}
	}
	if waits {
		r.waits.put(w.n)
	}
	return waits
}

// wait looks again and again at the payments that are waited for, until none
// is left or the time is over.
func (r *run) wait(ctx context.Context) error {
	timeout := r.Options.WaitTimeout
	if timeout <= 0 {
		timeout = DefaultWaitTimeout
	}
	over := time.NewTimer(timeout)
	defer over.Stop()
	pause := time.NewTimer(firstPause)
	defer pause.Stop()
	for next := firstPause; r.waits.left() > 0 && !r.halted(); pause.Reset(next) {
		select {
		case <-over.C:
			r.late(fmt.Sprintf("not settled after %v", timeout))
			return r.lookAgain(ctx)
		case <-r.interrupt.Done():
			continue
		case <-pause.C:
		}
		r.waits.round++
		if err := r.lookAgain(ctx); err != nil {
			return err
		}
		next = min(2*next, longPause)
	}
	if r.waits.left() == 0 {
		return nil
	}
	r.late(string(r.why()))
	return r.lookAgain(ctx)
}

// late ends the waiting: what is waited for is reported as it stands.
func (r *run) late(why string) {
	r.waits.last = true
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sum.Late, r.lateness = int64(r.waits.left()), why
}

// lookAgain goes once through the payments that are waited for.
func (r *run) lookAgain(ctx context.Context) error {
	body, err := r.Journal.ReadPlan(ctx, r.planID)
	if err != nil {
		return fmt.Errorf("read the plan from the journal: %w", err)
	}
	defer func() { _ = body.Close() }()
	stop := r.barred
	if r.waits.last {
		stop = func() bool { return false }
	}
	return r.drive(ctx, numbered(plan.Entries(body)), stop, func(w *work) bool { return r.waits.take(w.n) })
}

// refresh reads a payment that is waited for, and records what became of our
// calls since.
func (r *run) refresh(ctx context.Context, w *work) {
	if r.waits.round == 0 || r.waits.last {
		return
	}
	if r.read(ctx, w) == nil {
		r.follow(w)
	}
}

// idle completes the result of an action that makes no call now.
func (r *run) idle(w *work, a plan.Action, res *Result) {
	res.Message, res.Hint = a.Message, a.Hint
	switch a.Kind {
	case plan.Blocked:
		res.Status = StatusBlocked
		return
	case plan.Deferred:
		res.Status = StatusDeferred
	default:
		res.Status = StatusPending
		o, shown := operation(w.seen, a.Operation)
		switch {
		case !shown || a.Operation == "":
		case o.Standing == plan.Settled:
			res.Status, res.OperationID, res.Message, res.Hint = StatusSettled, o.ID, "", ""
		case o.Standing == plan.Refused:
			res.Status, res.OperationID, res.Hint = StatusRefused, o.ID, "plan again"
			res.Message = fmt.Sprintf("the platform refused operation %s (status %d)", o.ID, o.Code)
		}
	}
}

// belated says of a result that is reported as it stands why nobody waits any
// more.
func (r *run) belated(res Result) Result {
	switch {
	case !r.waits.last:
	case res.Status != StatusAccepted && res.Status != StatusPending && res.Status != StatusDeferred:
	case res.Message == "":
		res.Message = r.lateness
	default:
		res.Message += "; " + r.lateness
	}
	return res
}

// due reports that a deferred call can be made now: a new look at the payment
// asks for exactly this call. One that the journal knows is always brought to
// its end.
func (r *run) due(ctx context.Context, w *work, a plan.Action, held bool) bool {
	switch {
	case a.Kind != plan.Deferred || a.Key == "":
		return false
	case w.intent(a) >= 0:
		return true
	case r.Options.Wait == "" || r.Options.Hold != "" || held || r.waits.last || r.halted():
		return false
	}
	if r.read(ctx, w) != nil || unsound(w) != "" {
		return false
	}
	r.follow(w)
	want := spec.Payment{ID: w.entry.Content.Payment, Currency: w.entry.Content.Currency}
	*want.Desired(a.Op) = spec.Desired{Mode: spec.Total, Total: a.After}
	e := plan.Diff(&want, w.seen, plan.Known{Env: r.Env, Intents: w.own})
	if len(e.Content.Actions) != 1 {
		return false
	}
	now := e.Content.Actions[0]
	return now.Kind.Calls() && now.Op == a.Op && now.Amount == a.Amount && now.Final == a.Final
}

// earlier reports that an intent is not this run's own.
func (r *run) earlier(in plan.Intent) bool { return in.Seq <= r.began }

package apply

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"sync"
	"time"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// Limits of a call, unless Options say otherwise.
const (
	DefaultKeyWindow   = 23 * time.Hour   // the platform keeps keys for about 24 hours
	DefaultCallTimeout = 60 * time.Second // of one send
	callBudget         = 5 * time.Minute  // of one call with all its sends, from its record in the journal
	freshFor           = 5 * time.Second  // how long a read may be old when money moves on it
	lookupGap          = 10 * time.Minute // between the last byte and a conclusive read, and between two of them
)

// Options say how a plan is run. The zero Options run one payment at a time,
// without caps, and stop at the first failure.
type Options struct {
	Parallelism int  // calls at the same time; at least 1
	Continue    bool // go on after a failure: refused, unknown, stale, or a payment that cannot be read
	MaxFailures int  // with Continue: stop after so many; 0 is no limit
	Caps        Caps
	Breaker     Breaker
	CallTimeout time.Duration // of one send; 0 is DefaultCallTimeout
	KeyWindow   time.Duration // 0 is DefaultKeyWindow
	Wait        Wait          // what to wait for before the run ends
	WaitTimeout time.Duration // for at most so long; 0 is DefaultWaitTimeout
	// Hold, unless it is "", says why this run begins no call: those that were
	// never made are skipped with this text, and a later run without it may
	// make them. What is in doubt is brought to its end as always.
	Hold string
}

// An Executor runs plans. Its fields are set before the first run and not
// changed after.
type Executor struct {
	Gateway Gateway
	Journal Journal
	Env     plan.Env
	Options Options
	Now     func() time.Time // the clock; it has to be set
	Pace    Pace             // nil lets Options.Parallelism calls run at the same time, at any rate
	// Report is told of every action, in the order in which they end, never by
	// two goroutines at once. It may be nil.
	Report func(Result)
	// Looked is told of every payment that is through, by several goroutines at
	// once. It may be nil.
	Looked func()
}

// A run is one pass over a plan.
type run struct {
	*Executor
	plan      plan.Header
	planID    string
	each      func(context.Context, *work) bool // what is done with a payment; false when it comes again
	pace      Pace
	meter     *meter
	breaker   breaker
	waits     waits
	began     int64                 // number of the newest record when the run began
	interrupt context.Context       // ends when nothing more may be sent
	through   map[string]struct{}   // payments in doubt that are looked at before all others, by base id
	looked    map[plan.Key]struct{} // their calls that are in doubt

	mu       sync.Mutex
	sum      Summary
	failures int
	visited  int64 // calls that were reported
	again    int64 // of these, the ones that a resume may still send
	stopped  stopReason
	lateness string // why the waiting ended before there was nothing left to wait for
	detail   string
	expired  bool
	held     bool // a call was not begun because of Options.Hold
	fatal    error
	crash    string // of a worker: what it panicked with, and where
}

// Run carries out the calls of a plan that the journal has accepted, and
// finishes it when nothing is left to be resumed. Run and resume are the same:
// a call that the journal knows is not made again, and what is in doubt is
// settled before anything else is sent. Cancelling ctx sends nothing more and
// lets calls in flight finish.
//
// The error is for what keeps the run from starting or the journal from being
// written; everything about payments is in the Summary. A panic of the gateway
// or the journal stops the run, and is passed on once calls in flight are
// through.
func (x *Executor) Run(ctx context.Context, h plan.Header, rec PlanRecord, entries iter.Seq2[*plan.Entry, error]) (Summary, error) {
	r := x.newRun(ctx, h, rec)
	if err := r.mayStart(); err != nil {
		return r.sum, err
	}
	err := r.all(context.WithoutCancel(ctx), entries)
	if r.crash != "" {
		panic(r.crash)
	}
	return r.finish(context.WithoutCancel(ctx), rec, err)
}

// newRun returns a run that has done nothing yet.
func (x *Executor) newRun(ctx context.Context, h plan.Header, rec PlanRecord) *run {
	r := &run{
		Executor: x, plan: h, planID: rec.PlanID, through: map[string]struct{}{}, looked: map[plan.Key]struct{}{},
		pace: x.Pace, meter: newMeter(x.Options.Caps), breaker: breaker{limits: x.Options.Breaker},
		interrupt: ctx, began: x.Journal.Ref().Seq,
		sum: Summary{PlanID: rec.PlanID, Started: x.now(), Counts: map[Status]int64{}},
	}
	r.each = r.payment
	if r.pace == nil {
		r.pace = make(steady, max(1, x.Options.Parallelism))
	}
	return r
}

// mayStart refuses a run in another world than the plan's, or at a wrong time.
func (r *run) mayStart() error {
	if err := sameWorld(r.plan, r.Env); err != nil {
		return err
	}
	return r.inTime()
}

// inTime refuses a run with a clock that cannot be right.
func (r *run) inTime() error {
	if newest, now := r.Journal.Newest(), r.now(); now.Before(newest) {
		return fmt.Errorf("%s: its newest record is of %s and it is %s now; set the clock", stopClock,
			newest.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	return nil
}

// all looks at the payments in doubt first, and then at all others.
func (r *run) all(ctx context.Context, entries iter.Seq2[*plan.Entry, error]) error {
	open, err := r.Journal.Open(ctx, mostOpen)
	if err != nil {
		return fmt.Errorf("read the journal: %w", err)
	}
	if len(open) > 0 {
		err = r.doubtsFirst(ctx, open)
	}
	if err == nil {
		err = r.drive(ctx, numbered(entries), r.halted, func(w *work) bool {
			_, done := r.through[w.base()]
			return !done
		})
	}
	if err == nil {
		err = r.wait(ctx)
	}
	r.notLookedAt(open)
	return err
}

// finish completes the summary, and the plan if nothing is left of it.
func (r *run) finish(ctx context.Context, rec PlanRecord, failed error) (Summary, error) {
	r.sum.Finished = r.now()
	r.sum.Stopped = string(r.stopped)
	switch {
	case r.stopped == "" && r.expired:
		r.sum.Stopped = string(stopExpired)
	case r.stopped == "" && r.held:
		r.sum.Stopped = r.Options.Hold
	case strings.HasPrefix(r.detail, string(r.stopped)):
		r.sum.Stopped = r.detail
	case r.detail != "":
		r.sum.Stopped += ": " + r.detail
	}
	r.sum.Credential = r.stopped == stopCredentials
	r.sum.Unsent = max(0, rec.Calls-r.visited) + r.again
	r.sum.Complete = failed == nil && r.fatal == nil && r.sum.Unsent == 0 && r.sum.Counts[StatusUnknown] == 0
	r.sum.Interrupt = r.stopped == stopInterrupt && (!r.sum.Complete || r.sum.Late > 0)
	if r.sum.Complete {
		if err := r.conclusion(ctx, rec); err != nil {
			r.sum.Complete, r.fatal = false, err
		}
	}
	return r.sum, joined(failed, r.fatal)
}

// conclusion marks the plan as finished.
func (r *run) conclusion(ctx context.Context, rec PlanRecord) error {
	if err := r.Journal.Finish(ctx, rec.PlanID, r.sum.Line(), r.sum.Finished); err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	return nil
}

// report counts a result and passes it on.
func (r *run) report(x Result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sum.Counts[x.Status]++
	if x.Action.Kind.Calls() {
		r.visited++
	}
	if x.Action.Key != "" && x.Status != StatusSkipped && x.Status != StatusDeferred {
		r.sum.move(x)
	}
	if x.Resumable {
		r.again++
	}
	if r.Report != nil {
		r.Report(x)
	}
	if x.failed() {
		r.failures++
		if r.stopped == "" && (!r.Options.Continue || (r.Options.MaxFailures > 0 && r.failures >= r.Options.MaxFailures)) {
			r.stopped = stopFailure
		}
	}
}

func (x *Executor) now() time.Time { return x.Now() }

func (x *Executor) callTimeout() time.Duration {
	if x.Options.CallTimeout > 0 {
		return x.Options.CallTimeout
	}
	return DefaultCallTimeout
}

func (x *Executor) keyWindow() time.Duration {
	if x.Options.KeyWindow > 0 {
		return x.Options.KeyWindow
	}
	return DefaultKeyWindow
}

// amountOf is the money of an action of an entry.
func amountOf(e *plan.Entry, a plan.Action) spec.Money {
	return spec.Money{Minor: a.Amount, Currency: e.Content.Currency}
}

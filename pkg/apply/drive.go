package apply

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime/debug"
	"slices"
	"sync"

	"github.com/payreconcile/payreconcile/pkg/plan"
)

const (
	batch    = 32     // payments that are looked up in the journal at once
	mostOpen = 10_000 // calls in doubt that are read ahead, to be named if nobody got to them
)

// workers is how many payments are under way at the same time: more than calls,
// since a payment that waits for the journal makes none. With one call at a
// time it is one, so that a failure stops before anything else is sent.
func (r *run) workers() int {
	calls := r.Options.Parallelism
	if calls <= 1 {
		return 1
	}
	return min(4*calls, max(256, calls))
}

// drive hands the payments that it picks to workers, with what the journal
// holds for each, until there are no more or stop says so.
func (r *run) drive(ctx context.Context, works iter.Seq2[*work, error], stop func() bool, pick func(*work) bool) error {
	ready := make(chan *work)
	var wg sync.WaitGroup
	for range r.workers() {
		wg.Go(func() {
			for w := range ready {
				r.guarded(ctx, w)
			}
		})
	}
	defer wg.Wait()
	defer close(ready)
	var ahead []*work
	for w, err := range works {
		if errors.Is(err, context.Canceled) && stop() {
			return nil // what interrupted the run ended the reading as well
		}
		if err != nil {
			return err
		}
		if ahead = append(ahead, w); len(ahead) < batch {
			continue
		}
		if more, err := r.hand(ctx, ready, ahead, stop, pick); err != nil || !more {
			return err
		}
		ahead = ahead[:0]
	}
	_, err := r.hand(ctx, ready, ahead, stop, pick)
	return err
}

// hand gives a batch to the workers. It reports false once the run is to stop.
func (r *run) hand(ctx context.Context, ready chan<- *work, ahead []*work, stop func() bool, pick func(*work) bool) (bool, error) {
	if stop() {
		return false, nil
	}
	bases := make([]string, len(ahead))
	for i, w := range ahead {
		bases[i] = w.base()
	}
	known, err := r.Journal.Known(ctx, bases)
	if err != nil {
		return false, fmt.Errorf("read the journal: %w", err)
	}
	for i, w := range ahead {
		w.own = known[bases[i]]
		if stop() {
			return false, nil
		}
		if pick(w) {
			ready <- w
		}
	}
	return true, nil
}

// guarded carries out one payment. A panic stops the run and is kept for Run to
// pass on: what the payment was about to do stays in the journal as it is.
func (r *run) guarded(ctx context.Context, w *work) {
	defer func() {
		if v := recover(); v != nil {
			r.halt(stopCrash, "")
			r.mu.Lock()
			defer r.mu.Unlock()
			if r.crash == "" {
				r.crash = fmt.Sprintf("%v\n\n%s", v, debug.Stack())
			}
		}
	}()
	if !r.each(ctx, w) {
		return
	}
	r.mu.Lock()
	r.sum.Payments++
	r.mu.Unlock()
	if r.Looked != nil {
		r.Looked()
	}
}

// doubtsFirst goes through the stored plan for the payments with a call whose
// outcome nobody knows, so that they are settled whatever happens to others.
func (r *run) doubtsFirst(ctx context.Context, open []plan.Intent) error {
	body, err := r.Journal.ReadPlan(ctx, r.planID)
	if err != nil {
		return fmt.Errorf("read the plan from the journal: %w", err)
	}
	defer func() { _ = body.Close() }()
	return r.drive(ctx, only(numbered(plan.Entries(body)), open), r.barred, func(w *work) bool {
		doubt := false
		for _, in := range w.own {
			if !in.Open() {
				continue
			}
			doubt = true
			if slices.ContainsFunc(w.entry.Content.Actions, func(a plan.Action) bool { return a.Key == in.Key }) {
				r.looked[in.Key] = struct{}{}
			}
		}
		if doubt {
			r.through[w.base()] = struct{}{}
		}
		return doubt
	})
}

// only yields the payments with one of these intents; all of
// them when there may be more intents than could be read ahead.
func only(works iter.Seq2[*work, error], open []plan.Intent) iter.Seq2[*work, error] {
	if len(open) >= mostOpen {
		return works
	}
	bases := map[string]struct{}{}
	for i := range open {
		bases[open[i].Payment] = struct{}{}
	}
	return func(yield func(*work, error) bool) {
		for w, err := range works {
			if err == nil {
				if _, doubt := bases[w.base()]; !doubt {
					continue
				}
			}
			if !yield(w, err) {
				return
			}
		}
	}
}

// numbered counts the payments of a plan.
func numbered(entries iter.Seq2[*plan.Entry, error]) iter.Seq2[*work, error] {
	return func(yield func(*work, error) bool) {
		n := 0
		for e, err := range entries {
			if !yield(&work{entry: e, n: n}, err) {
				return
			}
			n++
		}
	}
}

// notLookedAt reports the calls that were in doubt when the run began and that
// it did not get to: they are in doubt as before.
func (r *run) notLookedAt(open []plan.Intent) {
	why := "nobody looked at it: it is not in this plan"
	if r.barred() {
		why = "nobody looked at it: " + string(r.why())
	}
	for i := range open {
		in := &open[i]
		if _, looked := r.looked[in.Key]; !looked {
			r.report(openResult(in, why))
		}
	}
}

// joined is errors.Join, but one error stays as it is.
func joined(a, b error) error {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return errors.Join(a, b)
}

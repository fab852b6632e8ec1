// Package planner reads the payments that manifests declare, side by side, and
// writes their plan in the order of the manifests, held against a policy when
// there is one. Memory does not grow with the number of payments.
package planner

import (
	"context"
	"errors"
	"iter"
	"sync"

	"github.com/payreconcile/payreconcile/internal/policy"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A Reader reads one payment from the platform.
type Reader interface {
	Observe(ctx context.Context, id spec.PaymentID) (plan.Observed, error)
}

// A History tells what the journal holds for payments, by canonical base id.
type History interface {
	Known(ctx context.Context, bases []string) (map[string][]plan.Intent, error)
}

// A Planner plans. Its fields are not changed while it works.
type Planner struct {
	Reader      Reader
	History     History
	Env         plan.Env
	Parallelism int
	Judge       *policy.Run          // holds the plan against a policy; nil is none
	Pace        apply.Pace           // when payments may be read; nil is any time
	Looked      func(payments int64) // told as payments are read; may be nil
}

// most payments are handed to a worker at a time; fewer when few are left.
const most = 16

// lookAhead is how many payments are read from the manifests before the first
// is read from the platform.
const lookAhead = 4096

// A batch is some payments in a row on their way through a worker.
type batch struct {
	payments []*spec.Payment
	lines    []plan.Line
	findings []policy.Finding // of each line, when there is a policy
	err      error
	done     chan struct{}
}

// Write plans every payment and appends it to w, in order. It ends at the first
// read that fails, and returns the faults of the manifests (spec.Errors) when
// there are any; then what w holds is not a plan.
func (p *Planner) Write(ctx context.Context, payments iter.Seq2[*spec.Payment, error], w *plan.Writer) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	workers := max(1, p.Parallelism)
	jobs := make(chan *batch)
	ordered := make(chan *batch, 4*workers)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for b := range jobs {
				p.work(ctx, b)
				close(b.done)
			}
		})
	}
	var faults error
	wg.Go(func() {
		defer close(ordered)
		defer close(jobs)
		faults = feed(payments, workers, func(b *batch) bool {
			select {
			case ordered <- b:
			case <-ctx.Done():
				return false
			}
			jobs <- b
			return true
		})
		if faults != nil {
			cancel(faults) // what is read now is read for nothing
		}
	})
	err := p.collect(ordered, w, cancel)
	wg.Wait()
	switch {
	case faults != nil && !errors.Is(faults, context.Canceled):
		return faults
	case err != nil:
		return err
	}
	return context.Cause(ctx)
}

// feed cuts the stream of payments into batches. It keeps lookAhead payments
// in hand until the manifests have ended, so that a fault in all but large
// manifests is found before anything is read from the platform, and so that the
// last batches can be small: every worker ends at about the same time. It reads
// to the end even after a fault, so that every fault is found in one run.
func feed(payments iter.Seq2[*spec.Payment, error], workers int, put func(*batch) bool) error {
	var err error
	held := make([]*spec.Payment, 0, 2*lookAhead)
	for pay, fault := range payments {
		switch {
		case fault != nil:
			err = errors.Join(err, fault)
		case err == nil:
			held = append(held, pay)
		}
		if err != nil || len(held) < lookAhead+most {
			continue
		}
		if !put(newBatch(held[:most])) {
			return nil
		}
		if held = held[most:]; cap(held) < lookAhead+most {
			held = append(make([]*spec.Payment, 0, 2*lookAhead), held...)
		}
	}
	for err == nil && len(held) > 0 {
		size := min(most, 1+len(held)/(2*workers), len(held))
		if !put(newBatch(held[:size])) {
			return nil
		}
		held = held[size:]
	}
	return err
}

func newBatch(payments []*spec.Payment) *batch {
	return &batch{payments: append([]*spec.Payment(nil), payments...), done: make(chan struct{})}
}

func (p *Planner) work(ctx context.Context, b *batch) {
	bases := make([]string, len(b.payments))
	for i, pay := range b.payments {
		bases[i] = pay.ID.Base()
	}
	known, err := p.History.Known(ctx, bases)
	if err != nil {
		b.err = err
		return
	}
	b.lines = make([]plan.Line, 0, len(b.payments))
	for i, pay := range b.payments {
		have, err := p.read(ctx, pay.ID)
		if err != nil {
			b.err = err
			return
		}
		entry := plan.Diff(pay, have, plan.Known{Env: p.Env, Intents: known[bases[i]]})
		if p.Judge != nil {
			b.findings = append(b.findings, p.Judge.Entry(&entry))
		}
		line, err := plan.Encode(&entry)
		if err != nil {
			b.err = err
			return
		}
		b.lines = append(b.lines, line)
	}
}

// read reads one payment when it may.
func (p *Planner) read(ctx context.Context, id spec.PaymentID) (plan.Observed, error) {
	if p.Pace == nil {
		return p.Reader.Observe(ctx, id)
	}
	release, err := p.Pace.Acquire(ctx)
	if err != nil {
		return plan.Observed{}, err
	}
	defer release()
	if err := p.Pace.Wait(ctx); err != nil {
		return plan.Observed{}, err
	}
	return p.Reader.Observe(ctx, id)
}

// collect writes the batches in order. After a failure it goes on taking them,
// so that nobody waits, and writes nothing more.
func (p *Planner) collect(ordered <-chan *batch, w *plan.Writer, cancel context.CancelCauseFunc) (err error) {
	for b := range ordered {
		<-b.done
		if err != nil {
			continue
		}
		if err = b.err; err == nil {
			err = p.writeAll(w, b)
		}
		if err != nil {
			cancel(err)
			continue
		}
		if p.Looked != nil {
			p.Looked(int64(len(b.lines)))
		}
	}
	return err
}

func (p *Planner) writeAll(w *plan.Writer, b *batch) error {
	for _, l := range b.lines {
		if err := w.Write(l); err != nil {
			return err
		}
	}
	for _, f := range b.findings {
		p.Judge.Add(f)
	}
	return nil
}

// Package planner reads the payments that manifests declare, side by side, and
// writes their plan in the order of the manifests, held against a policy when
// there is one. Memory does not grow with the number of payments.
package planner

import (
	"context"
	"errors"
	"iter"

	"github.com/payreconcile/payreconcile/internal/inorder"
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

// lookAhead is how many payments are read from the manifests before the first
// is read from the platform.
const lookAhead = 4096

// A stretch is some payments in a row, planned.
type stretch struct {
	lines    []plan.Line
	findings []policy.Finding // of each line, when there is a policy
}

// Write plans every payment and appends it to w, in order. It ends at the first
// read that fails, and returns the faults of the manifests (spec.Errors) when
// there are any; then what w holds is not a plan.
func (p *Planner) Write(ctx context.Context, payments iter.Seq2[*spec.Payment, error], w *plan.Writer) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var faults error
	checked := CheckAhead(payments, func(found error) {
		faults = found
		cancel(found) // what is read now is read for nothing
	})
	var err error
	for s, failed := range inorder.Map(ctx, checked, p.Parallelism, p.plan) {
		if err = failed; err == nil {
			err = p.write(w, s)
		}
		if err != nil {
			break
		}
	}
	switch {
	case faults != nil && !errors.Is(faults, context.Canceled):
		return faults
	case err != nil:
		return err
	}
	return context.Cause(ctx)
}

// CheckAhead yields the payments lookAhead behind where they are read, so that
// a fault in all but large manifests is found before anything is read from the
// platform. After a fault it yields no more and reads to the end, so that every
// fault is found in one run; these are told, if tell is not nil, before they are
// yielded.
func CheckAhead(payments iter.Seq2[*spec.Payment, error], tell func(faults error)) iter.Seq2[*spec.Payment, error] {
	return func(yield func(*spec.Payment, error) bool) {
		var faults error
		held := make([]*spec.Payment, 0, lookAhead) // a ring once it is full
		next := 0
		for pay, fault := range payments {
			switch {
			case fault != nil:
				faults = errors.Join(faults, fault)
			case faults != nil: // it is not planned any more
			case len(held) < lookAhead:
				held = append(held, pay)
			default:
				if !yield(held[next], nil) {
					return
				}
				held[next], next = pay, (next+1)%lookAhead
			}
		}
		if faults != nil {
			if tell != nil {
				tell(faults)
			}
			yield(nil, faults)
			return
		}
		for i := range held {
			if !yield(held[(next+i)%len(held)], nil) {
				return
			}
		}
	}
}

// plan plans some payments in a row.
func (p *Planner) plan(ctx context.Context, payments []*spec.Payment) ([]stretch, error) {
	bases := make([]string, len(payments))
	for i, pay := range payments {
		bases[i] = pay.ID.Base()
	}
	known, err := p.History.Known(ctx, bases)
	if err != nil {
		return nil, err
	}
	reader := Paced(p.Reader, p.Pace)
	s := stretch{lines: make([]plan.Line, 0, len(payments))}
	for i, pay := range payments {
		have, err := reader.Observe(ctx, pay.ID)
		if err != nil {
			return nil, err
		}
		entry := plan.Diff(pay, have, plan.Known{Env: p.Env, Intents: known[bases[i]]})
		if p.Judge != nil {
			s.findings = append(s.findings, p.Judge.Entry(&entry))
		}
		line, err := plan.Encode(&entry)
		if err != nil {
			return nil, err
		}
		s.lines = append(s.lines, line)
	}
	return []stretch{s}, nil
}

// Paced returns a Reader that reads a payment when it may; a nil pace is any
// time.
func Paced(r Reader, p apply.Pace) Reader {
	if p == nil {
		return r
	}
	return paced{r, p}
}

type paced struct {
	reader Reader
	pace   apply.Pace
}

// Observe implements Reader.
func (p paced) Observe(ctx context.Context, id spec.PaymentID) (plan.Observed, error) {
	release, err := p.pace.Acquire(ctx)
	if err != nil {
		return plan.Observed{}, err
	}
	defer release()
	if err := p.pace.Wait(ctx); err != nil {
		return plan.Observed{}, err
	}
	return p.reader.Observe(ctx, id)
}

// write appends what was planned to w.
func (p *Planner) write(w *plan.Writer, s stretch) error {
	for _, l := range s.lines {
		if err := w.Write(l); err != nil {
			return err
		}
	}
	for _, f := range s.findings {
		p.Judge.Add(f)
	}
	if p.Looked != nil {
		p.Looked(int64(len(s.lines)))
	}
	return nil
}

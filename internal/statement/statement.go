package statement

import (
	"context"
	"fmt"
	"iter"

	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

// A Run is a plan that was applied, with what became of its money.
type Run struct {
	journal.Run
	Header    plan.Header
	Footer    plan.Footer
	Sums      Sums
	Movements int64
	Differing [Agreements]int64
	Pending   int64    // of the plan, and counted in the run that made it
	Records   int64    // intents of the run
	Faults    []string // why the figures cannot be trusted; none when they can
}

// A Listed movement knows its run, counted from 0.
type Listed struct {
	Run int
	Movement
}

// A List is the first movements of a kind, and the count of all.
type List struct {
	Count int64
	First []Listed
	Sums  Sums // of all of them
}

// A Statement is what became of the money of some runs. Its lists hold the
// first movements that need a person; Movements yields all.
type Statement struct {
	*Source
	Runs      []*Run
	Totals    Sums
	Movements int64
	Differing [Agreements]List // those that do not simply agree
	Standing  [Columns]List    // those that are refused, in doubt or not sent
}

// Make goes over everything once and adds it up. It keeps of each list no more
// movements than it is told. Figures that cannot be trusted are Faults of their
// run, and no error.
func Make(ctx context.Context, s *Source, runs []journal.Run, keep int) (*Statement, error) {
	st := &Statement{Source: s}
	calls, err := s.Journal.CallsAt(ctx, s.Ref.Seq)
	if err != nil {
		return nil, err
	}
	for _, r := range runs {
		run, err := s.load(ctx, r)
		if err != nil {
			return nil, err
		}
		if err := st.survey(ctx, run, keep); err != nil {
			return nil, err
		}
		run.Faults = run.Sums.Faults(run.Footer)
		if n := calls[run.PlanID]; n != run.Records {
			run.Faults = append(run.Faults, fmt.Sprintf("the journal has %d calls of the plan, and its payments have %d of them", n, run.Records))
		}
		if err := st.Totals.Join(run.Sums); err != nil {
			return nil, err
		}
	}
	return st, nil
}

// survey adds a run.
func (st *Statement) survey(ctx context.Context, run *Run, keep int) error {
	n := len(st.Runs)
	st.Runs = append(st.Runs, run)
	for t, err := range st.payments(ctx, &run.Run) {
		if err != nil {
			return err
		}
		run.Records += t.records
		run.Pending += t.pending
		for i := range t.movements {
			m := &t.movements[i]
			run.Movements++
			st.Movements++
			run.Differing[m.Agreement]++
			if err := run.Sums.Add(m); err != nil {
				return err
			}
			if m.Agreement <= Further {
				err = st.Differing[m.Agreement].add(n, m, keep)
			}
			if err == nil && m.Column >= Refused {
				err = st.Standing[m.Column].add(n, m, keep)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *List) add(run int, m *Movement, keep int) error {
	if l.Count++; len(l.First) < keep {
		l.First = append(l.First, Listed{run, *m})
	}
	return l.Sums.Add(m)
}

// All yields every movement of a run, in the order of its plan.
func (st *Statement) All(ctx context.Context, run *Run) iter.Seq2[*Movement, error] {
	return func(yield func(*Movement, error) bool) {
		var n int64
		for t, err := range st.payments(ctx, &run.Run) {
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range t.movements {
				n++
				if !yield(&t.movements[i], nil) {
					return
				}
			}
		}
		if n != run.Movements {
			yield(nil, fmt.Errorf("show plan %s: it changed while it was read; try again", run.PlanID))
		}
	}
}

// Faulty reports that figures cannot be trusted.
func (st *Statement) Faulty() bool {
	for _, r := range st.Runs {
		if len(r.Faults) > 0 {
			return true
		}
	}
	return false
}

package statement

import (
	"context"
	"fmt"
	"io"
	"iter"

	"github.com/payreconcile/payreconcile/internal/inorder"
	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A Journal is what a statement is made from: all of it is read as of a record.
type Journal interface {
	// RunsAt yields the plans that were accepted, oldest first.
	RunsAt(ctx context.Context, upTo int64) iter.Seq2[journal.Run, error]
	// ReadPlan streams the bytes of a stored plan.
	ReadPlan(ctx context.Context, planID string) (io.ReadCloser, error)
	// RecordsAt returns every intent of payments, by canonical base id.
	RecordsAt(ctx context.Context, upTo int64, bases []string) (map[string][]journal.Record, error)
	// CallsAt counts the intents of every plan.
	CallsAt(ctx context.Context, upTo int64) (map[string]int64, error)
}

// A Source is what a statement is made from. Its fields are not changed while
// one is made.
type Source struct {
	Environment, Merchant string
	Ref                   plan.JournalRef // the journal, as of this record
	Period                Period
	Journal               Journal
	Reads                 *Reads // nil when the platform was not asked
	Workers               int    // that look into the journal at the same time; one if fewer
}

// load reads head and end of a run's plan, and checks that the bytes are those
// of its id.
func (s *Source) load(ctx context.Context, r journal.Run) (*Run, error) {
	body, err := s.Journal.ReadPlan(ctx, r.PlanID)
	if err != nil {
		return nil, err
	}
	defer func() { _ = body.Close() }() // only read from
	run := &Run{Run: r}
	if run.Header, run.Footer, err = plan.VerifySeal(body); err != nil {
		return nil, fmt.Errorf("plan %s in the journal: %w", r.PlanID, err)
	}
	switch h := &run.Header; {
	case run.Footer.PlanID != r.PlanID:
		return nil, fmt.Errorf("plan %s in the journal: %w: its bytes are those of plan %s", r.PlanID, plan.ErrAltered, run.Footer.PlanID)
	case h.Environment != s.Environment || h.Merchant != s.Merchant:
		return nil, fmt.Errorf("plan %s in the journal: it is for merchant %s in %s", r.PlanID, h.Merchant, h.Environment)
	}
	return run, nil
}

// entries streams the payments of a plan.
func (s *Source) entries(ctx context.Context, planID string) iter.Seq2[*plan.Entry, error] {
	return func(yield func(*plan.Entry, error) bool) {
		body, err := s.Journal.ReadPlan(ctx, planID)
		if err != nil {
			yield(nil, err)
			return
		}
		defer func() { _ = body.Close() }() // only read from
		for e, err := range plan.Entries(body) {
			if err != nil {
				err = fmt.Errorf("plan %s in the journal: %w", planID, err)
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

// Payments yields the payments of these runs of which there is something to
// tell, each once, in the order in which they come first.
func (s *Source) Payments(ctx context.Context, runs []journal.Run) iter.Seq2[spec.PaymentID, error] {
	return func(yield func(spec.PaymentID, error) bool) {
		var seen spec.IDIndex
		for _, r := range runs {
			for e, err := range s.entries(ctx, r.PlanID) {
				if err != nil {
					yield("", err)
					return
				}
				if tells(e) && seen.Add(e.Content.Payment.Base()) && !yield(e.Content.Payment, nil) {
					return
				}
			}
		}
	}
}

// tells reports that an entry has movements: something that is not pending,
// which is a movement of the run that made it.
func tells(e *plan.Entry) bool {
	for i := range e.Content.Actions {
		if e.Content.Actions[i].Kind != plan.Pending {
			return true
		}
	}
	return false
}

// A told payment is what there is to tell of one payment in a run.
type told struct {
	movements []Movement
	records   int64 // of the run
	pending   int64
}

// payments tells of every payment of a run, in order.
func (s *Source) payments(ctx context.Context, r *journal.Run) iter.Seq2[told, error] {
	return inorder.Map(ctx, s.entries(ctx, r.PlanID), s.Workers, func(ctx context.Context, batch []*plan.Entry) ([]told, error) {
		bases := make([]string, len(batch))
		for i, e := range batch {
			bases[i] = e.Content.Payment.Base()
		}
		records, err := s.Journal.RecordsAt(ctx, s.Ref.Seq, bases)
		if err != nil {
			return nil, err
		}
		all := make([]told, len(batch))
		for i, e := range batch {
			if all[i], err = s.tell(r, e, records[bases[i]]); err != nil {
				return nil, err
			}
		}
		return all, nil
	})
}

func (s *Source) tell(r *journal.Run, e *plan.Entry, records []journal.Record) (told, error) {
	t := told{records: RecordsOf(r, records)}
	for i := range e.Content.Actions {
		if e.Content.Actions[i].Kind == plan.Pending {
			t.pending++
		}
	}
	var read *Read
	if s.Reads != nil && tells(e) {
		var err error
		base := e.Content.Payment.Base()
		if read, err = s.Reads.Of(base); err != nil {
			return t, err
		}
		if read == nil {
			return t, fmt.Errorf("%w: they do not have payment %s of plan %s", ErrOtherReads, base, r.PlanID)
		}
	}
	t.movements = Movements(r, e, records, read)
	return t, nil
}

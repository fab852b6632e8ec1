package drift

import (
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"time"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A Journal is what is read of a journal to find the payments to look at.
type Journal interface {
	Plans(ctx context.Context) iter.Seq2[apply.PlanRecord, error]
	ReadPlan(ctx context.Context, planID string) (io.ReadCloser, error)
	Open(ctx context.Context, limit int) ([]plan.Intent, error)
	Accepted(ctx context.Context, after int64, limit int) ([]plan.Intent, error)
}

// An Applied is a plan that was begun.
type Applied struct {
	ID       string
	At       time.Time
	Payments int64
}

// Plans are the plans of a journal, newest first.
type Plans struct {
	Since []Applied // begun at or after the time asked for
	Newer time.Time // when the newest of all was begun; zero when there is none
}

// ListPlans lists the plans that were begun at or after a time. No more than
// their ids is kept of them.
func ListPlans(ctx context.Context, j Journal, since time.Time) (p Plans, err error) {
	for r, err := range j.Plans(ctx) {
		if err != nil {
			return Plans{}, err
		}
		if r.AcceptedAt.After(p.Newer) {
			p.Newer = r.AcceptedAt
		}
		if !r.AcceptedAt.Before(since) {
			p.Since = append(p.Since, Applied{r.PlanID, r.AcceptedAt, r.Payments})
		}
	}
	slices.Reverse(p.Since)
	return p, nil
}

// Selected chooses payments by their id and the labels of their manifest.
type Selected func(id spec.PaymentID, labels map[string]string) bool

// FromPlans yields the payments of plans, which are newest first: each payment
// with the newest plan that contains it. After them it yields the payments with
// a call that is in doubt, or accepted and not settled, however old it is. It
// holds 9 to 17 bytes a payment.
func FromPlans(ctx context.Context, j Journal, plans []Applied, chosen Selected) iter.Seq2[Subject, error] {
	return func(yield func(Subject, error) bool) {
		var seen spec.IDIndex
		for _, p := range plans {
			for s, err := range ofPlan(ctx, j, p) {
				switch {
				case err != nil:
					yield(Subject{}, err)
					return
				case !seen.Add(s.Payment.Base()) || !chosen(s.Payment, s.Entry.Content.Labels):
				case !yield(s, nil):
					return
				}
			}
		}
		for i, err := range unsettled(ctx, j) {
			switch {
			case err != nil:
				yield(Subject{}, err)
				return
			case !seen.Add(i.Payment) || !chosen(spec.PaymentID(i.Payment), nil):
			case !yield(Subject{Payment: spec.PaymentID(i.Payment)}, nil):
				return
			}
		}
	}
}

// ofPlan yields the payments of one plan.
func ofPlan(ctx context.Context, j Journal, p Applied) iter.Seq2[Subject, error] {
	return func(yield func(Subject, error) bool) {
		r, err := j.ReadPlan(ctx, p.ID)
		if err != nil {
			yield(Subject{}, err)
			return
		}
		defer func() { _ = r.Close() }() // only read from
		for e, err := range plan.Entries(r) {
			if err != nil {
				yield(Subject{}, fmt.Errorf("read plan %s from the journal: %w", p.ID, err))
				return
			}
			if !yield(Subject{Payment: e.Content.Payment, Entry: e, PlanID: p.ID, AppliedAt: p.At}, nil) {
				return
			}
		}
	}
}

// page is how many accepted calls are read at a time.
const page = 512

// unsettled yields the calls in doubt and those that were accepted and are not
// settled as far as the journal knows.
func unsettled(ctx context.Context, j Journal) iter.Seq2[plan.Intent, error] {
	return func(yield func(plan.Intent, error) bool) {
		open, err := j.Open(ctx, 0)
		for last := int64(0); err == nil; {
			for _, i := range open {
				if !yield(i, nil) {
					return
				}
			}
			if open, err = j.Accepted(ctx, last, page); err == nil && len(open) == 0 {
				return
			}
			if len(open) > 0 {
				last = open[len(open)-1].Seq
			}
		}
		yield(plan.Intent{}, err)
	}
}

// FromManifests yields the payments that manifests declare, and the first fault
// of them.
func FromManifests(payments iter.Seq2[*spec.Payment, error]) iter.Seq2[Subject, error] {
	return func(yield func(Subject, error) bool) {
		for p, err := range payments {
			if err != nil {
				yield(Subject{}, err)
				return
			}
			if !yield(Subject{Payment: p.ID, Want: p}, nil) {
				return
			}
		}
	}
}

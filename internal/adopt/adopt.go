package adopt

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"

	"github.com/payreconcile/payreconcile/internal/inorder"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A Reader reads one payment from the platform.
type Reader interface {
	Observe(ctx context.Context, id spec.PaymentID) (plan.Observed, error)
}

// A LeftOut is what is not declared of a payment, and why.
type LeftOut struct {
	Payment   spec.PaymentID // as it was given
	Part      string         // captures, cancels, refunds or merchantReference; "" is all of it
	Operation string
	Reason    plan.Reason
	Message   string
}

// An Adopter declares payments. Its fields are not changed while it works.
type Adopter struct {
	Reader      Reader
	Pace        apply.Pace // when payments may be read; nil is any time
	Parallelism int
	As          spec.Mode                 // spec.Items or spec.Total
	Currency    spec.Currency             // leaves out payments in another; "" takes any
	Looked      func(payments int64)      // told as payments are read; may be nil
	LeftOut     func(LeftOut)             // told what is not declared
	Add         func(*spec.Payment) error // takes a payment, or refuses it with spec.Errors
}

// Run reads the payments and gives each that can be declared to Add, in order.
// It ends at the first read that fails.
func (a *Adopter) Run(ctx context.Context, ids iter.Seq2[spec.PaymentID, error]) error {
	for f, err := range inorder.Map(ctx, ids, a.Parallelism, a.look) {
		if err == nil {
			err = a.take(f)
		}
		if err != nil {
			return err
		}
		if a.Looked != nil {
			a.Looked(1)
		}
	}
	return nil
}

// found is a payment as it was read.
type found struct {
	id   spec.PaymentID
	want *spec.Payment
	gaps []plan.Omission
}

func (a *Adopter) look(ctx context.Context, ids []spec.PaymentID) ([]found, error) {
	out := make([]found, len(ids))
	for i, id := range ids {
		have, err := a.read(ctx, id)
		if err != nil {
			return nil, err
		}
		out[i].id = id
		out[i].want, out[i].gaps = plan.Declare(id, have, a.As)
	}
	return out, nil
}

// read reads one payment when it may.
func (a *Adopter) read(ctx context.Context, id spec.PaymentID) (plan.Observed, error) {
	if a.Pace == nil {
		return a.Reader.Observe(ctx, id)
	}
	release, err := a.Pace.Acquire(ctx)
	if err != nil {
		return plan.Observed{}, err
	}
	defer release()
	if err := a.Pace.Wait(ctx); err != nil {
		return plan.Observed{}, err
	}
	return a.Reader.Observe(ctx, id)
}

// take adds a payment, and tells what of it is left out.
func (a *Adopter) take(f found) error {
	p := f.want
	if p != nil && a.Currency != "" && p.Currency != a.Currency {
		a.LeftOut(LeftOut{Payment: f.id, Reason: plan.ReasonWrongCurrency, Message: "it is in " + string(p.Currency) + ", and only " + string(a.Currency) + " was asked for"})
		return nil
	}
	for _, g := range f.gaps {
		part := ""
		if g.Op != "" {
			part = string(g.Op) + "s"
		}
		a.LeftOut(LeftOut{Payment: f.id, Part: part, Operation: g.Operation, Reason: g.Reason, Message: g.Message})
	}
	if p == nil {
		return nil
	}
	if spec.HasCard(p.MerchantReference) {
		return a.unguarded(f.id, p, "its reference seems to contain a card number")
	}
	err := a.Add(p)
	var refused spec.Errors
	if errors.As(err, &refused) && slices.ContainsFunc(refused, ofReference) {
		return a.unguarded(f.id, p, "its reference cannot be written into a manifest")
	}
	return a.refused(f.id, err)
}

// ofReference reports a fault of the guard.
func ofReference(e *spec.Error) bool { return strings.HasPrefix(e.Path, "merchantReference") }

// unguarded adds a payment without its merchantReference.
func (a *Adopter) unguarded(id spec.PaymentID, p *spec.Payment, why string) error {
	p.MerchantReference = ""
	a.LeftOut(LeftOut{Payment: id, Part: "merchantReference", Reason: plan.ReasonUnreadable, Message: why})
	return a.refused(id, a.Add(p))
}

// refused tells of a payment that the rules of manifests do not allow.
func (a *Adopter) refused(id spec.PaymentID, err error) error {
	var faults spec.Errors
	if !errors.As(err, &faults) {
		return err
	}
	a.LeftOut(LeftOut{Payment: id, Reason: plan.ReasonUnreadable, Message: "a manifest cannot say it: " + faults[0].Error()})
	return nil
}

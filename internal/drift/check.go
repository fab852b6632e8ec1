package drift

import (
	"context"
	"iter"
	"slices"

	"github.com/payreconcile/payreconcile/internal/inorder"
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

// A Checker looks at payments side by side. Its fields are not changed while
// it works.
type Checker struct {
	Reader      Reader
	History     History
	Env         plan.Env
	Parallelism int
	Options     Options
}

// A Checked is a payment that was looked at, with what does not fit.
type Checked struct {
	Payment  spec.PaymentID
	Findings []Finding
}

// Check reads every payment and yields what was found, in the order of the
// subjects. An error ends it. Memory does not grow with their number.
func (c *Checker) Check(ctx context.Context, subjects iter.Seq2[Subject, error]) iter.Seq2[Checked, error] {
	return inorder.Map(ctx, subjects, c.Parallelism, c.batch)
}

func (c *Checker) batch(ctx context.Context, subjects []Subject) ([]Checked, error) {
	bases := make([]string, len(subjects))
	for i, s := range subjects {
		bases[i] = s.Payment.Base()
	}
	known, err := c.History.Known(ctx, bases)
	if err != nil {
		return nil, err
	}
	out := make([]Checked, 0, len(subjects))
	for i, s := range subjects {
		have, err := c.Reader.Observe(ctx, s.Payment)
		if err != nil {
			return nil, err
		}
		found, err := c.judge(ctx, s, have, known[bases[i]])
		if err != nil {
			return nil, err
		}
		out = append(out, Checked{s.Payment, found})
	}
	return out, nil
}

// judge judges a payment. An operation that is nobody's may be one that another
// process has made since the journal was read: then it is read again.
func (c *Checker) judge(ctx context.Context, s Subject, have plan.Observed, intents []plan.Intent) ([]Finding, error) {
	found := Judge(s, have, plan.Known{Env: c.Env, Intents: intents}, c.Options)
	if !slices.ContainsFunc(found, func(f Finding) bool { return f.Code == Others || f.Code == Refused }) {
		return found, nil
	}
	again, err := c.History.Known(ctx, []string{s.Payment.Base()})
	if err != nil {
		return nil, err
	}
	return Judge(s, have, plan.Known{Env: c.Env, Intents: again[s.Payment.Base()]}, c.Options), nil
}

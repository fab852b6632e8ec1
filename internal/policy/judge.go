package policy

import (
	"iter"
	"time"

	"github.com/payreconcile/payreconcile/pkg/plan"
)

// Judge judges a plan that was written already. It goes through the entries
// once; an error among them is returned, and then there is no judgement.
func Judge(p *Policy, h plan.Header, f plan.Footer, entries iter.Seq2[*plan.Entry, error], phase Phase, now time.Time) (*plan.Judgement, error) {
	r := p.Run(h, phase, now)
	for e, err := range entries {
		if err != nil {
			return nil, err
		}
		r.Add(r.Entry(e))
	}
	return r.Plan(f), nil
}

package apply_test

import (
	"context"
	"errors"
	"iter"
	"strconv"
	"sync"
	"time"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

var (
	fakeEnv    = plan.Env{Name: "test", Merchant: "merchant"}
	fakeHeader = plan.Header{Environment: "test", Merchant: "merchant", Expires: noon.Add(time.Hour)}
)

// The fates of a call to a fake.
const (
	fateMade    = iota
	fateRefused // with an error of the API, on the only send
	fateMadeMute
	fateLost
)

// A fake is a gateway without a network, for what only needs many calls: each
// payment is captured whole.
type fake struct {
	ids      []spec.PaymentID
	payments map[spec.PaymentID]*fakePayment
}

type fakePayment struct {
	mu     sync.Mutex
	amount int64
	fate   int
	calls  int
	made   bool
}

func newFake() *fake { return &fake{payments: map[spec.PaymentID]*fakePayment{}} }

func (g *fake) add(i int, amount int64, fate int) {
	id := spec.PaymentID(strconv.Itoa(3_000_000_000+i) + "_0")
	g.ids = append(g.ids, id)
	g.payments[id] = &fakePayment{amount: amount, fate: fate}
}

func ptr[T any](v T) *T { return &v }

func (g *fake) Observe(_ context.Context, id spec.PaymentID) (plan.Observed, error) {
	p := g.payments[id]
	p.mu.Lock()
	defer p.mu.Unlock()
	r := plan.Reading{
		ID: string(id), Amount: p.amount, Currency: "EUR", Code: 5, Authorized: ptr(!p.made), Cancellable: ptr(!p.made), Refundable: ptr(p.made), Methods: 1,
		Operations: []plan.ReadOperation{{ID: string(id), Code: ptr(5), Amount: &p.amount, Currency: "EUR"}},
	}
	if p.made {
		r.Code = 9
		r.Operations = append(r.Operations, plan.ReadOperation{ID: id.Base() + "_1", Code: ptr(9), Amount: &p.amount, Currency: "EUR"})
	}
	return plan.Observe(r, noon), nil
}

func (g *fake) Do(ctx context.Context, c apply.Call, guard apply.Guard) apply.Answer {
	if err := guard(ctx, 1); err != nil {
		return apply.Answer{NotSent: true, Withheld: err}
	}
	p := g.payments[c.Payment]
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls++
	p.made = p.fate == fateMade || p.fate == fateMadeMute
	sends := []apply.Send{{At: noon, Status: 201}}
	switch p.fate {
	case fateMade:
		return apply.Answer{Status: 201, Sends: sends, Made: &plan.Operation{ID: c.Payment.Base() + "_1", Code: 91, Amount: c.Amount.Minor, Currency: "EUR"}}
	case fateRefused:
		return apply.Answer{Status: 400, APIError: true, Sends: sends, Err: errors.New("no")}
	}
	return apply.Answer{Sends: sends, Err: errors.New("no answer")}
}

func (g *fake) Skew() time.Duration { return 0 }

// possible returns what may have moved: all that was sent and not refused.
func (g *fake) possible() (minor, calls int64) {
	for _, p := range g.payments {
		if p.calls > 0 && p.fate != fateRefused {
			minor += p.amount
			calls++
		}
	}
	return minor, calls
}

// entries plans to capture every payment whole.
func (g *fake) entries() iter.Seq2[*plan.Entry, error] {
	return func(yield func(*plan.Entry, error) bool) {
		for _, id := range g.ids {
			have, err := g.Observe(context.Background(), id)
			if err != nil {
				yield(nil, err)
				return
			}
			e := plan.Diff(&spec.Payment{ID: id, Currency: "EUR", Captures: spec.Desired{Mode: spec.All}}, have, plan.Known{Env: fakeEnv})
			if !yield(&e, nil) {
				return
			}
		}
	}
}

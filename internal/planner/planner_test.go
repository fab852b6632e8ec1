package planner_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/planner"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A platform knows every payment, authorised over 10.00 EUR, and counts reads.
type platform struct {
	reads atomic.Int64
	fail  spec.PaymentID
}

func (p *platform) Observe(ctx context.Context, id spec.PaymentID) (plan.Observed, error) {
	if err := ctx.Err(); err != nil {
		return plan.Observed{}, err
	}
	p.reads.Add(1)
	if id == p.fail {
		return plan.Observed{}, errors.New("it burns")
	}
	yes, code, amount := true, 5, int64(1000)
	return plan.Observe(plan.Reading{
		ID: string(id), Amount: amount, Currency: "EUR", Code: code, Authorized: &yes, Cancellable: &yes, Methods: 1,
		Operations: []plan.ReadOperation{{ID: string(id), Code: &code, Amount: &amount, Currency: "EUR"}},
	}, plan.Observed{}.At), nil
}

type noHistory struct{ asked atomic.Int64 }

func (h *noHistory) Known(_ context.Context, bases []string) (map[string][]plan.Intent, error) {
	h.asked.Add(int64(len(bases)))
	return nil, nil
}

// declared yields n payments, and after them a fault if there is one.
func declared(n int, fault error) iter.Seq2[*spec.Payment, error] {
	return func(yield func(*spec.Payment, error) bool) {
		for i := range n {
			p := &spec.Payment{ID: spec.PaymentID(fmt.Sprintf("%d_0", 3000000000+i)), Currency: "EUR"}
			p.Captures = spec.Desired{Mode: spec.All}
			if !yield(p, nil) {
				return
			}
		}
		if fault != nil {
			yield(nil, fault)
		}
	}
}

func write(t *testing.T, r *platform, workers, n int, fault error) ([]spec.PaymentID, error) {
	t.Helper()
	var out bytes.Buffer
	w, err := plan.NewWriter(&out, plan.Header{Environment: "test", Merchant: "M"})
	require.NoError(t, err)
	history := &noHistory{}
	p := planner.Planner{Reader: r, History: history, Parallelism: workers, Env: plan.Env{Name: "test", Merchant: "M"}}
	if err := p.Write(t.Context(), declared(n, fault), w); err != nil {
		return nil, err
	}
	footer, err := w.Close()
	require.NoError(t, err)
	require.EqualValues(t, n, footer.Counts.Calls)
	require.EqualValues(t, n, history.asked.Load())
	var ids []spec.PaymentID
	for e, err := range plan.Entries(&out) {
		require.NoError(t, err)
		ids = append(ids, e.Content.Payment)
	}
	return ids, nil
}

func TestPlanIsInTheOrderOfTheManifests(t *testing.T) {
	t.Parallel()
	for _, workers := range []int{1, 64} {
		for _, n := range []int{0, 1, 15, 5000} {
			ids, err := write(t, &platform{}, workers, n, nil)
			require.NoError(t, err)
			require.Len(t, ids, n)
			require.True(t, slices.IsSorted(ids), "%d workers, %d payments", workers, n)
		}
	}
}

// A fault in a manifest is found before the platform is asked for anything.
func TestFaultsComeBeforeReads(t *testing.T) {
	t.Parallel()
	r := &platform{}
	fault := spec.Errors{{Msg: "it is wrong"}}
	_, err := write(t, r, 16, 4000, fault)
	var faults spec.Errors
	require.ErrorAs(t, err, &faults)
	require.Zero(t, r.reads.Load())
}

func TestFaultOfALargeManifestIsReturned(t *testing.T) {
	t.Parallel()
	_, err := write(t, &platform{}, 16, 6000, spec.Errors{{Msg: "it is wrong"}})
	var faults spec.Errors
	require.ErrorAs(t, err, &faults)
}

func TestFailedReadEndsThePlan(t *testing.T) {
	t.Parallel()
	r := &platform{fail: "3000000500_0"}
	_, err := write(t, r, 8, 12000, nil)
	require.ErrorContains(t, err, "it burns")
	require.Less(t, r.reads.Load(), int64(12000), "the rest is not read")
}

func TestCancelledPlanEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w, err := plan.NewWriter(&bytes.Buffer{}, plan.Header{})
	require.NoError(t, err)
	p := planner.Planner{Reader: &platform{}, History: &noHistory{}, Parallelism: 4}
	require.ErrorIs(t, p.Write(ctx, declared(100, nil), w), context.Canceled)
}

package apply_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// BenchmarkRun measures what the engine itself costs for a call, with its two
// reads: the gateway has no network and the journal is in memory. "base" is the
// gateway and the journal alone, asked the same.
func BenchmarkRun(b *testing.B) {
	entriesOf := func(b *testing.B) (*fake, []*plan.Entry) {
		g := newFake()
		for i := range b.N {
			g.add(i, 1000, fateMade)
		}
		entries := make([]*plan.Entry, 0, b.N)
		for e, err := range g.entries() {
			require.NoError(b, err)
			entries = append(entries, e)
		}
		return g, entries
	}
	b.Run("engine", func(b *testing.B) {
		g, entries := entriesOf(b)
		j := newMemory()
		j.plans = []*memoryPlan{{PlanRecord: apply.PlanRecord{PlanID: "p"}}}
		x := apply.Executor{
			Gateway: g, Journal: j, Env: fakeEnv, Now: func() time.Time { return noon },
			Options: apply.Options{Parallelism: 64, Continue: true},
		}
		b.ReportAllocs()
		b.ResetTimer()
		sum, err := x.Run(context.Background(), fakeHeader, apply.PlanRecord{PlanID: "p", Calls: int64(b.N)}, func(yield func(*plan.Entry, error) bool) {
			for _, e := range entries {
				if !yield(e, nil) {
					return
				}
			}
		})
		require.NoError(b, err)
		require.EqualValues(b, b.N, sum.Counts[apply.StatusSettled])
	})
	b.Run("base", func(b *testing.B) {
		g, entries := entriesOf(b)
		j := newMemory()
		ctx := context.Background()
		allow := func(context.Context, int) error { return nil }
		b.ReportAllocs()
		b.ResetTimer()
		for _, e := range entries {
			a := e.Content.Actions[0]
			_, _ = j.Known(ctx, []string{e.Content.Payment.Base()})
			_, _ = g.Observe(ctx, e.Content.Payment)
			seq, _ := j.Intend(ctx, plan.Intent{Payment: e.Content.Payment.Base(), Op: a.Op, Key: a.Key, State: plan.StateIntended})
			_ = g.Do(ctx, apply.Call{Key: a.Key, Payment: e.Content.Payment, Op: a.Op, Amount: spec.Money{Minor: a.Amount, Currency: "EUR"}}, allow)
			_, _ = g.Observe(ctx, e.Content.Payment)
			_ = j.Conclude(seq, apply.Outcome{State: plan.StateAccepted, OperationID: e.Content.Payment.Base() + "_1"})()
			_ = j.Conclude(seq, apply.Outcome{State: plan.StateSettled})()
		}
	})
}

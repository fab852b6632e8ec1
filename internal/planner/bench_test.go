package planner_test

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/planner"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

// What planning costs when the platform answers at once: 20,000 payments.
func BenchmarkWrite(b *testing.B) {
	for b.Loop() {
		w, err := plan.NewWriter(io.Discard, plan.Header{Environment: "test", Merchant: "M"})
		require.NoError(b, err)
		p := planner.Planner{Reader: &platform{}, History: &noHistory{}, Parallelism: 32, Env: plan.Env{Name: "test", Merchant: "M"}}
		require.NoError(b, p.Write(b.Context(), declared(20_000, nil), w))
	}
}

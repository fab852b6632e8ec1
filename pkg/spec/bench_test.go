package spec_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// list returns a manifest of n payments, each from a pattern that takes its
// number.
func list(n int, pattern string) string {
	var b strings.Builder
	b.WriteString(head)
	for i := range n {
		fmt.Fprintf(&b, pattern, 3_000_000_000+i)
	}
	return b.String()
}

const (
	shortItem = "    - {id: \"%d_0\", captured: 60.00}\n"
	longItem  = "    - {id: \"%d_0\", merchantReference: order-1001, captures: [{ref: ship-1, amount: 80.00}, {ref: ship-2, amount: 45.00, final: true}], refunds: [{ref: rma-77, amount: 20.00, reason: damaged}]}\n"
	blockItem = "    - id: \"%d_0\"\n      captures:\n        - {ref: ship-1, amount: 80.00}\n        - {ref: ship-2, amount: 45.00, final: true}\n"
)

// BenchmarkDecode takes the time of one payment.
func BenchmarkDecode(b *testing.B) {
	const n = 10_000
	for _, bb := range []struct {
		name, pattern string
		options       spec.Options
	}{
		{"short", shortItem, spec.Options{}},
		{"long", longItem, spec.Options{}},
		{"block", blockItem, spec.Options{}},
		{"short, yaml.v3", shortItem, spec.Slow(spec.Options{})},
		{"long, yaml.v3", longItem, spec.Slow(spec.Options{})},
	} {
		b.Run(bb.name, func(b *testing.B) {
			srcs := spec.SourcesOf(spec.Inline("m.yaml", list(n, bb.pattern)))
			b.ReportAllocs()
			b.ResetTimer()
			for done := 0; done < b.N; {
				for _, err := range spec.Decode(b.Context(), srcs, bb.options) {
					if err != nil {
						b.Fatal(err)
					}
					if done++; done == b.N {
						break
					}
				}
			}
		})
	}
}

package plan_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/plan"
)

// benchmarkWorlds are a short payment, which most are, and a long one.
var benchmarkWorlds = map[string]struct{ want, have, journal string }{
	"short": {"captured 60.00", "5 TTF 125.00; _0 5 125.00 order-1001 category=PENDING_MERCHANT", ""},
	"long": {
		"captures ship-1=60.00 ship-2=20.00 ship-3=20.00!; refunds rma-1=5.00 rma-2=1.00; authorized 100.00; reference order-1001",
		"9 FFT 100.00; _0 5 100.00 order-1001 category=PENDING_MERCHANT; _1 9 60.00 ship-1 category=COMPLETED; " +
			"_2 9 20.00 ship-2 category=COMPLETED; _3 9 20.00 ship-3 category=COMPLETED; _4 8 5.00 rma-1 category=REFUNDED",
		"capture ship-1 60.00 settled _1; capture ship-2 20.00 settled _2; capture ship-3 20.00 settled _3 final; refund rma-1 5.00 accepted _4",
	},
}

// BenchmarkPlan takes one payment from its reading to its line.
func BenchmarkPlan(b *testing.B) {
	for name, world := range benchmarkWorlds {
		w, r := want(b, world.want), reading(b, world.have)
		known := plan.Known{Env: testEnv, Intents: journal(b, world.journal)}
		o := plan.Observe(r, readAt)
		e := plan.Diff(w, o, known)
		require.Equal(b, 1, e.Calls(), short(&e))
		b.Run(name+"/all", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				e := plan.Diff(w, plan.Observe(r, readAt), known)
				if _, err := plan.Encode(&e); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/observe", func(b *testing.B) {
			for b.Loop() {
				plan.Observe(r, readAt)
			}
		})
		b.Run(name+"/diff", func(b *testing.B) {
			for b.Loop() {
				plan.Diff(w, o, known)
			}
		})
		b.Run(name+"/encode", func(b *testing.B) {
			for b.Loop() {
				_, _ = plan.Encode(&e)
			}
		})
	}
}

// BenchmarkVerify and BenchmarkEntries read a file of a thousand payments; the
// time is that of one.
func BenchmarkVerify(b *testing.B) { readPayments(b, func(f []byte) error { return verify(f) }) }

func BenchmarkEntries(b *testing.B) {
	readPayments(b, func(f []byte) error { _, err := readAll(f); return err })
}

func readPayments(b *testing.B, read func([]byte) error) {
	for name, world := range benchmarkWorlds {
		var file bytes.Buffer
		w, err := plan.NewWriter(&file, header())
		require.NoError(b, err)
		all := make([]plan.Entry, 1000)
		for i := range all {
			all[i] = diff(b, world.want, world.have, world.journal)
		}
		for _, e := range numbered(all) {
			l, err := plan.Encode(&e)
			require.NoError(b, err)
			require.NoError(b, w.Write(l))
		}
		_, err = w.Close()
		require.NoError(b, err)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(file.Len()) / 1000)
			for n := 0; n < b.N; n += 1000 {
				require.NoError(b, read(file.Bytes()))
			}
		})
	}
}

// BenchmarkWrite appends one line.
func BenchmarkWrite(b *testing.B) {
	w, err := plan.NewWriter(io.Discard, header())
	require.NoError(b, err)
	e := diff(b, "captured 60.00", authed, "")
	l, err := plan.Encode(&e)
	require.NoError(b, err)
	for b.Loop() {
		_ = w.Write(l)
	}
}

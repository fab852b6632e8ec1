package journal_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/internal/journal/pgtest"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

// fill records n intents with outcomes.
func fill(tb testing.TB, j *journal.Journal, n int) {
	tb.Helper()
	record(tb, j, rand.New(rand.NewPCG(1, 2)).Perm(n))
}

// record records intents with outcomes of these payments, 64 at a time.
func record(tb testing.TB, j *journal.Journal, payments []int) {
	tb.Helper()
	recordBy(tb, j, payments, 64)
}

// recordBy does so with that many callers.
func recordBy(tb testing.TB, j *journal.Journal, payments []int, callers int) {
	tb.Helper()
	var next atomic.Int64
	var g sync.WaitGroup
	for range callers {
		g.Go(func() {
			for k := next.Add(1) - 1; k < int64(len(payments)); k = next.Add(1) - 1 {
				act(tb, j, payments[k])
			}
		})
	}
	g.Wait()
}

// act records the intent of payment n and an outcome with ordinary evidence.
func act(tb testing.TB, j *journal.Journal, n int) {
	i := intent(n)
	i.PlanID = "p-3f1c9a7be2d84c5a9b1e7d6f5a4c3b2a1908f7e6d5c4b3a29180f7e6d5c4b3a2"
	seq, err := j.Intend(context.Background(), i)
	if err != nil {
		tb.Error(err)
		return
	}
	at := time.Now()
	wait := j.Conclude(seq, apply.Outcome{
		At: at, State: plan.StateAccepted, OperationID: i.Payment + "_1", Code: 91, Status: 201,
		Sends: []apply.Send{{At: at, Status: 201, ServerDate: at}},
	})
	if err := wait(); err != nil {
		tb.Error(err)
	}
}

// BenchmarkAction is an intent and its outcome, both awaited, by 64 callers at
// a time. Payments come in the order of their ids, as most exports have them,
// or in random order into a journal that has many already.
func BenchmarkAction(b *testing.B) {
	for _, bb := range []struct {
		name   string
		before int
		order  func(n int) []int
	}{
		{"ordered", 0, ordered},
		{"random", 0, rand.New(rand.NewPCG(3, 4)).Perm},
		{"random after 200000", 200_000, rand.New(rand.NewPCG(3, 4)).Perm},
	} {
		b.Run(bb.name, func(b *testing.B) {
			j := mustOpen(b, filepath.Join(b.TempDir(), "j.db"), journal.Write)
			fill(b, j, bb.before)
			order := bb.order(b.N)
			for k := range order {
				order[k] += bb.before
			}
			b.ResetTimer()
			before := cpu(b)
			record(b, j, order)
			b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(b.N), "cpu-µs/action")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "actions/s")
		})
	}
}

// BenchmarkAppend is an intent and its outcome, both awaited, by so many
// callers at a time, on each store. Of the server's work only the time shows.
func BenchmarkAppend(b *testing.B) {
	for name, path := range map[string]func(testing.TB) string{
		"sqlite":   func(tb testing.TB) string { return filepath.Join(tb.TempDir(), "j.db") },
		"postgres": pgtest.DSN,
	} {
		for _, callers := range []int{1, 16, 64} {
			b.Run(fmt.Sprintf("%s/callers=%d", name, callers), func(b *testing.B) {
				j := mustOpen(b, path(b), journal.Write)
				b.ResetTimer()
				before := cpu(b)
				recordBy(b, j, ordered(b.N), callers)
				b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(b.N), "cpu-µs/action")
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "actions/s")
			})
		}
	}
}

// ordered are the first n numbers.
func ordered(n int) []int {
	order := make([]int, n)
	for k := range order {
		order[k] = k
	}
	return order
}

// BenchmarkKnown asks for batches of payments, in a journal without any record
// and in one that holds an intent and an outcome for each.
func BenchmarkKnown(b *testing.B) {
	for _, size := range []int{0, 100_000} {
		for _, batch := range []int{16, 64} {
			for _, mode := range []journal.Mode{journal.ReadOnly, journal.Write} {
				b.Run(fmt.Sprintf("size=%d/batch=%d/%s", size, batch, mode), func(b *testing.B) {
					path := filepath.Join(b.TempDir(), "j.db")
					w := mustOpen(b, path, journal.Write)
					fill(b, w, size)
					require.NoError(b, w.Close())
					j := mustOpen(b, path, mode)
					bases := make([]string, batch)
					b.ResetTimer()
					before := cpu(b)
					for n := range b.N {
						for k := range bases {
							bases[k] = intent((n*batch + k) % max(size, 1)).Payment
						}
						if _, err := j.Known(context.Background(), bases); err != nil {
							b.Fatal(err)
						}
					}
					b.ReportMetric(float64((cpu(b)-before).Nanoseconds())/float64(b.N*batch), "cpu-ns/payment")
				})
			}
		}
	}
}

// BenchmarkOpen opens and closes a journal that is up to date.
func BenchmarkOpen(b *testing.B) {
	for _, size := range []int{0, 100_000} {
		for _, mode := range []journal.Mode{journal.ReadOnly, journal.Write} {
			b.Run(fmt.Sprintf("size=%d/%s", size, mode), func(b *testing.B) {
				path := filepath.Join(b.TempDir(), "j.db")
				w := mustOpen(b, path, journal.Write)
				fill(b, w, size)
				require.NoError(b, w.Close())
				b.ResetTimer()
				for range b.N {
					j, err := journal.Open(context.Background(), config(path, mode))
					if err != nil {
						b.Fatal(err)
					}
					if err := j.Close(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkAccept stores a plan of 100,000 lines of 600 bytes.
func BenchmarkAccept(b *testing.B) {
	var text strings.Builder
	for n := range 100_000 {
		i := intent(n)
		fmt.Fprintf(&text, `{"actions":[{"after":12500,"amount":12500,"attempt":1,"before":0,"final":true,"key":"%s","kind":"capture","op":"capture","ref":"ship-%d","undo":"final"}],"content":{"currency":"EUR","have":{"authorized":12500,"operations":[{"amount":12500,"code":5,"id":"%s_0","kind":"authorisation"}]},"payment":"%s_0"},"observed_at":"2026-11-22T12:%02d:%02d.%09dZ"}`+"\n",
			i.Key, n, i.Payment, i.Payment, n/60%60, n%60, n*7919%1_000_000_000)
	}
	j := mustOpen(b, filepath.Join(b.TempDir(), "j.db"), journal.Write)
	b.SetBytes(int64(text.Len()))
	b.ResetTimer()
	before := cpu(b)
	for n := range b.N {
		err := j.Accept(context.Background(), strings.NewReader(text.String()),
			func() (apply.PlanRecord, error) { return apply.PlanRecord{PlanID: fmt.Sprint(n)}, nil })
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(b.N)/100_000, "cpu-µs/payment")
}

// BenchmarkInDoubt looks for the open intents of a journal that has none among
// 200,000.
func BenchmarkInDoubt(b *testing.B) {
	j := mustOpen(b, filepath.Join(b.TempDir(), "j.db"), journal.Write)
	record(b, j, ordered(200_000))
	b.ResetTimer()
	for range b.N {
		open, err := j.Open(context.Background(), 0)
		if err != nil || len(open) != 0 {
			b.Fatal(err, len(open))
		}
	}
}

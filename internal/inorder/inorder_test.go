package inorder_test

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/payreconcile/payreconcile/internal/inorder"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errIn = errors.New("the stream is broken")

// numbers yields 0 to n-1, and then err if there is one. It counts what it has
// yielded.
func numbers(n int, err error, read *atomic.Int64) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		for i := range n {
			read.Add(1)
			if !yield(i, nil) {
				return
			}
		}
		if err != nil {
			yield(0, err)
		}
	}
}

func words(_ context.Context, batch []int) ([]string, error) {
	out := make([]string, len(batch))
	for i, n := range batch {
		if n%7 == 0 {
			runtime.Gosched()
		}
		out[i] = strconv.Itoa(n)
	}
	return out, nil
}

// collect gives the results, and the error, which must be the last.
func collect[R any](seq iter.Seq2[R, error]) (all []R, last error) {
	for r, err := range seq {
		if last != nil {
			panic("something came after the error")
		}
		if last = err; err == nil {
			all = append(all, r)
		}
	}
	return all, last
}

// Whatever the length, the workers and the place of an error, the results are
// those of all that came before it, in order, and the error comes once.
func TestResultsAreInOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n, workers := rapid.IntRange(0, 3000).Draw(t, "n"), rapid.IntRange(0, 20).Draw(t, "workers")
		var end error
		if rapid.Bool().Draw(t, "broken") {
			end = errIn
		}
		got, err := collect(inorder.Map(context.Background(), numbers(n, end, new(atomic.Int64)), workers, words))
		require.Equal(t, end, err)
		require.Len(t, got, n)
		for i, w := range got {
			require.Equal(t, strconv.Itoa(i), w)
		}
	})
}

func TestFailureEndsIt(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	failure := errors.New("it burns")
	got, err := collect(inorder.Map(t.Context(), numbers(100_000, errIn, new(atomic.Int64)), 8, func(ctx context.Context, batch []int) ([]string, error) {
		calls.Add(1)
		if slices.Contains(batch, 5000) {
			return nil, failure
		}
		return words(ctx, batch)
	}))
	require.ErrorIs(t, err, failure)
	require.NotErrorIs(t, err, errIn)
	require.Len(t, got, 5000-5000%inorder.Most)
	require.Less(t, calls.Load(), int64(2000), "what comes after is not worked on")
}

// A consumer that has enough ends it: the context of the work ends, and little
// was read ahead.
func TestConsumerStops(t *testing.T) {
	t.Parallel()
	var read atomic.Int64
	var ended context.Context
	var once sync.Once
	for w, err := range inorder.Map(t.Context(), numbers(1_000_000, nil, &read), 4, func(ctx context.Context, batch []int) ([]string, error) {
		once.Do(func() { ended = ctx })
		return words(ctx, batch)
	}) {
		require.NoError(t, err)
		if w == "99" {
			break
		}
	}
	require.ErrorIs(t, ended.Err(), context.Canceled)
	require.Less(t, read.Load(), int64(2000))
}

// A consumer that is slow holds up the stream: memory is bounded.
func TestReadsLittleAhead(t *testing.T) {
	t.Parallel()
	const workers = 4
	var read atomic.Int64
	seen := int64(0)
	for _, err := range inorder.Map(t.Context(), numbers(20_000, nil, &read), workers, words) {
		require.NoError(t, err)
		seen++
		require.LessOrEqual(t, read.Load()-seen, int64(inorder.Most*(2*workers+4*workers+workers+4)))
	}
	require.EqualValues(t, 20_000, seen)
}

func TestContextEndsIt(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	why := errors.New("a signal")
	seen := 0
	for _, err := range inorder.Map(ctx, numbers(100_000, nil, new(atomic.Int64)), 4, words) {
		if err != nil {
			require.ErrorIs(t, err, why)
			require.Less(t, seen, 2000)
			return
		}
		if seen++; seen == 100 {
			cancel(why)
		}
	}
	t.Fatal("it did not end with an error")
}

// The last batches are small, so that no worker is left with much to do alone.
func TestLastBatchesAreSmall(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var sizes []int
	for _, err := range inorder.Map(t.Context(), numbers(1000, nil, new(atomic.Int64)), 1, func(ctx context.Context, batch []int) ([]string, error) {
		mu.Lock()
		defer mu.Unlock()
		sizes = append(sizes, len(batch))
		return words(ctx, batch)
	}) {
		require.NoError(t, err)
	}
	require.Equal(t, inorder.Most, sizes[0])
	require.LessOrEqual(t, sizes[len(sizes)-1], 2)
	require.True(t, slices.IsSortedFunc(sizes, func(a, b int) int { return b - a }))
}

// A panic on another goroutine would end the process before anybody could say
// what is in doubt.
func TestPanicsReachTheConsumer(t *testing.T) {
	t.Parallel()
	var read atomic.Int64
	drained := func(in iter.Seq2[int, error], f func(context.Context, []int) ([]string, error)) func() {
		return func() { _, _ = collect(inorder.Map(t.Context(), in, 3, f)) }
	}
	requirePanic(t, "f broke", drained(numbers(100, nil, &read), func(_ context.Context, batch []int) ([]string, error) {
		if slices.Contains(batch, 40) {
			panic("f broke")
		}
		return words(t.Context(), batch)
	}))
	requirePanic(t, "in broke", drained(func(yield func(int, error) bool) {
		yield(1, nil)
		panic("in broke")
	}, words))
}

func requirePanic(t *testing.T, text string, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		require.Contains(t, recover(), text+"\n")
	}()
	f()
}

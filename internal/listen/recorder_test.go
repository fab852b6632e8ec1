package listen_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/internal/listen"
	"github.com/payreconcile/payreconcile/pkg/apply"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// books counts how the journal is used. It takes a while to record.
type books struct {
	mu      sync.Mutex
	open    int
	batches [][]string
	opens   []time.Time
	failing error // of opening
	broken  error // of recording
	short   bool
	panics  bool
}

func (b *books) Open(context.Context) (listen.Book, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.opens = append(b.opens, time.Now())
	if b.failing != nil {
		return nil, b.failing
	}
	b.open++
	return (*book)(b), nil
}

type book books

func (b *book) Receive(_ context.Context, events []apply.Event) ([]journal.Receipt, error) {
	time.Sleep(30 * time.Millisecond) // of the bubble's clock
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.panics {
		panic("a bug")
	}
	if b.broken != nil {
		return nil, b.broken
	}
	var ids []string
	receipts := make([]journal.Receipt, len(events))
	for i, e := range events {
		ids = append(ids, e.ID)
		receipts[i].Seq = int64(len(b.batches)*1000 + i + 1)
	}
	b.batches = append(b.batches, ids)
	if b.short {
		receipts = receipts[1:]
	}
	return receipts, nil
}

func (b *book) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open--
	return errors.New("closing says nothing of the events")
}

// record records n events at once and returns their errors.
func record(r *listen.Recorder, n int) []error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { _, errs[i] = r.Record(context.Background(), apply.Event{ID: fmt.Sprint(i)}) })
	}
	wg.Wait()
	return errs
}

// TestBatches: what queues while one batch is recorded is the next, up to a limit,
// and the journal is left alone in between.
func TestBatches(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &books{}
		var held []int
		r := listen.NewRecorder(b.Open, func(n int, d time.Duration) {
			require.Equal(t, 30*time.Millisecond, d)
			held = append(held, n)
		})
		for _, err := range record(r, 300) {
			require.NoError(t, err)
		}
		r.Close()
		r.Close()
		sum := 0
		for _, n := range held {
			require.LessOrEqual(t, n, 128)
			sum += n
		}
		require.Equal(t, 300, sum)
		require.LessOrEqual(t, len(held), 5)
		require.Zero(t, b.open)
		for i := 1; i < len(b.opens); i++ {
			require.Equal(t, 90*time.Millisecond, b.opens[i].Sub(b.opens[i-1]), "kept for a third of the time")
		}
		_, err := r.Record(t.Context(), apply.Event{})
		require.ErrorIs(t, err, listen.ErrEnded)
	})
}

// TestFailures concern the events of one batch, and not those that come later.
func TestFailures(t *testing.T) {
	t.Parallel()
	errDisk := errors.New("the disk is full")
	for name, tt := range map[string]struct {
		b    *books
		want string
	}{
		"locked":       {&books{failing: fmt.Errorf("lock: %w", apply.ErrLocked)}, apply.ErrLocked.Error()},
		"disk":         {&books{broken: errDisk}, errDisk.Error()},
		"panic":        {&books{panics: true}, "panic: string"},
		"few receipts": {&books{short: true}, "receipts for"},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := listen.NewRecorder(tt.b.Open, nil)
			for _, err := range record(r, 3) {
				require.ErrorContains(t, err, tt.want, name)
			}
			tt.b.mu.Lock()
			tt.b.failing, tt.b.broken, tt.b.panics, tt.b.short = nil, nil, false, false
			tt.b.mu.Unlock()
			receipt, err := r.Record(t.Context(), apply.Event{ID: "later"})
			require.NoError(t, err, name)
			require.NotZero(t, receipt.Seq, name)
			r.Close()
			require.Zero(t, tt.b.open, name)
		})
	}
}

// TestClose lets a batch end that is being recorded, and begins no other.
func TestClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &books{}
		r := listen.NewRecorder(b.Open, nil)
		first, second := make(chan error, 1), make(chan error, 1)
		go func() { _, err := r.Record(context.Background(), apply.Event{ID: "1"}); first <- err }()
		synctest.Wait()
		go func() { _, err := r.Record(context.Background(), apply.Event{ID: "2"}); second <- err }()
		synctest.Wait()
		r.Close()
		require.NoError(t, <-first)
		require.ErrorIs(t, <-second, listen.ErrEnded)
		require.Equal(t, [][]string{{"1"}}, b.batches)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := r.Record(ctx, apply.Event{})
		require.Error(t, err)
	})
}

// TestAtMost so many connections are there at a time.
func TestAtMost(t *testing.T) {
	t.Parallel()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l := listen.AtMost(inner, 2)
	got := make(chan net.Conn)
	ended := make(chan error, 1)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				ended <- err
				return
			}
			got <- c
		}
	}()
	var dialled []net.Conn
	for range 3 {
		c, err := net.Dial("tcp", inner.Addr().String())
		require.NoError(t, err)
		dialled = append(dialled, c)
	}
	one, two := <-got, <-got
	select {
	case <-got:
		t.Fatal("a third one")
	case <-time.After(50 * time.Millisecond):
	}
	require.NoError(t, one.Close())
	require.Error(t, one.Close(), "it makes room once")
	three := <-got
	require.NoError(t, l.Close())
	require.Error(t, <-ended)
	for _, c := range append(dialled, two, three) {
		require.NoError(t, c.Close())
	}
}

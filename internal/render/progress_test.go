package render_test

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/render"
)

// A screen is a writer that can be read while it is written to.
type screen struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

// take returns what was written since the last time.
func (s *screen) take() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.b.Reset()
	return s.b.String()
}

func TestProgressWithoutTerminal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var s screen
		p := render.NewProgress(&s, false, 20_000)
		defer p.Finish()
		p.MoneyIn("EUR")
		wait := func(d time.Duration) string {
			time.Sleep(d)
			synctest.Wait()
			return s.take()
		}
		p.Add(12_000, 0)
		require.Empty(t, wait(9*time.Second))
		p.Add(400, 4567)
		require.Equal(t, "payreconcile: 12,400 of 20,000 payments, 45.67 EUR, 1,240/s, 6s left\n", wait(2*time.Second))
		p.Add(5, 0)
		require.Equal(t, "payreconcile: 12,405 of 20,000 payments, 45.67 EUR, 5 in the last 10s, 4h13m10s left\n", wait(10*time.Second))
		require.Equal(t, "payreconcile: 12,405 of 20,000 payments, 45.67 EUR, nothing new in the last 10s\n", wait(10*time.Second))
		p.Set(20_000, 20_000)
		require.Equal(t, "payreconcile: 20,000 of 20,000 payments, 45.67 EUR, 759/s\n", wait(10*time.Second))
		p.Finish()
		p.Finish()
		p.Add(1, 1)
		require.Empty(t, wait(time.Minute), "a display that ended must be silent")
	})
}

func TestProgressOfUnknownTotal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var s screen
		p := render.NewProgress(&s, false, 0)
		defer p.Finish()
		p.Add(40_000, 99) // no currency: no money
		time.Sleep(10 * time.Second)
		synctest.Wait()
		require.Equal(t, "payreconcile: 40,000 payments, 4,000/s\n", s.take())
	})
}

func TestProgressOnATerminal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var s screen
		p := render.NewProgress(&s, true, 0)
		p.MoneyIn("EUR")
		p.Add(2_500, 12_345)
		time.Sleep(time.Second)
		synctest.Wait()
		require.Contains(t, s.take(), "payreconcile: 2,500 payments, 123.45 EUR")
		p.Set(5_000, 10_000)
		time.Sleep(time.Second)
		synctest.Wait()
		got := s.take()
		require.Contains(t, got, "payreconcile: 5,000 of 10,000 payments, 123.45 EUR [==")
		require.Contains(t, got, "/s")
		require.Contains(t, got, " left")
		require.NotContains(t, got, "\n", "a bar stays on its line")
		require.NotContains(t, got, "\x1b", "and has no colour")
		p.Finish()
		last := s.take()
		require.Equal(t, "", strings.TrimSpace(last[strings.LastIndex(last, "\r"):]), "the bar is wiped when it ends")
		time.Sleep(time.Minute)
		require.Empty(t, s.take())
	})
}

func TestNoProgress(t *testing.T) {
	t.Parallel()
	var p *render.Progress
	p.MoneyIn("EUR")
	p.Add(1, 1)
	p.Set(1, 2)
	p.Finish()
}

func TestProgressFromManyGoroutines(t *testing.T) {
	t.Parallel()
	for _, tty := range []bool{false, true} {
		var s screen
		p := render.NewProgress(&s, tty, 1000)
		p.MoneyIn("EUR")
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 1000 {
					p.Add(1, 1)
				}
			})
		}
		wg.Go(p.Finish)
		wg.Wait()
	}
}

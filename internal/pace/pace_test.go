package pace_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/payreconcile/payreconcile/internal/pace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A server takes so many requests at the same time, each for a while, and
// complains about every other.
type server struct {
	slots    int64
	takes    time.Duration
	busy     atomic.Int64
	most     atomic.Int64
	served   atomic.Int64
	refused  atomic.Int64
	header   http.Header
	err      error
	statuses int
}

func (s *server) RoundTrip(r *http.Request) (*http.Response, error) {
	n := s.busy.Add(1)
	defer s.busy.Add(-1)
	for m := s.most.Load(); n > m && !s.most.CompareAndSwap(m, n); m = s.most.Load() {
	}
	if n > s.slots {
		s.refused.Add(1)
		if s.err != nil {
			return nil, s.err
		}
		return &http.Response{StatusCode: s.statuses, Header: s.header, Body: http.NoBody, Request: r}, nil
	}
	time.Sleep(s.takes)
	s.served.Add(1)
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
}

func get(t *testing.T, transport http.RoundTripper) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://platform/", nil)
	require.NoError(t, err)
	resp, err := transport.RoundTrip(r)
	if err != nil {
		return 0
	}
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode
}

// work makes calls from so many callers; one that is turned away tries again.
func work(t *testing.T, p *pace.Pacer, transport http.RoundTripper, callers, calls int) {
	t.Helper()
	var left atomic.Int64
	left.Store(int64(calls))
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				release, err := p.Acquire(t.Context())
				if err != nil {
					return
				}
				for p.Wait(t.Context()) == nil && get(t, transport) != http.StatusOK {
					time.Sleep(50 * time.Millisecond)
				}
				release()
			}
		})
	}
	wg.Wait()
}

// Against a platform that takes 20 requests at a time, 100 callers find that
// number: they lose little of what it could do and are seldom turned away.
func TestFindsTheLimit(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]*server{
		"429":     {statuses: http.StatusTooManyRequests},
		"503":     {statuses: http.StatusServiceUnavailable},
		"timeout": {err: context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s.slots, s.takes = 20, 20*time.Millisecond
				p := pace.New(100, 0)
				begun := time.Now()
				work(t, p, p.Watch(s), 100, 5000)
				took := time.Since(begun).Seconds()
				t.Logf("%.0f calls a second, %d turned away", 5000/took, s.refused.Load())
				require.EqualValues(t, 5000, s.served.Load())
				require.Greater(t, 5000/took, 750.0) // 1,000 is ideal
				require.Less(t, s.refused.Load(), int64(300))
				require.InDelta(t, 20, p.Limit(), 12)
			})
		})
	}
}

// When the platform recovers the callers do too.
func TestGrowsAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &server{slots: 2, takes: 20 * time.Millisecond, statuses: 429}
		p := pace.New(64, 0)
		work(t, p, p.Watch(s), 64, 500)
		require.Less(t, p.Limit(), 10)
		s.slots = 1000
		work(t, p, p.Watch(s), 64, 5000)
		require.Equal(t, 64, p.Limit())
	})
}

// One answer with Retry-After holds everybody back, and no longer than a minute.
func TestRetryAfterIsForEveryone(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]time.Duration{
		"7": 7 * time.Second, "": 0, "86400": time.Minute, "-5": 0, "soon": 0, "9223372036854775807": time.Minute,
		"Sat, 01 Jan 2000 00:00:11 GMT": 11 * time.Second, // a bubble begins at the start of that day
	} {
		t.Run(header, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := pace.New(8, 0)
				s := &server{statuses: 429, header: http.Header{"Retry-After": {header}}}
				get(t, p.Watch(s))
				begun := time.Now()
				var wg sync.WaitGroup
				for range 8 {
					wg.Go(func() {
						if p.Wait(t.Context()) == nil && time.Since(begun) != want {
							t.Errorf("went after %v, not %v", time.Since(begun), want)
						}
					})
				}
				wg.Wait()
			})
		})
	}
}

// No second sees more requests than were asked for, but for the few that may
// come at once.
func TestRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const perSecond, burst = 50, 6
		p := pace.New(64, perSecond)
		var mu sync.Mutex
		var times []time.Time
		begun := time.Now()
		var wg sync.WaitGroup
		for range 64 {
			wg.Go(func() {
				for range 20 {
					if p.Wait(t.Context()) != nil {
						return
					}
					mu.Lock()
					times = append(times, time.Now())
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		require.Len(t, times, 1280)
		for i := range times {
			in := 0
			for _, other := range times[i:] {
				if other.Sub(times[i]) < time.Second {
					in++
				}
			}
			require.LessOrEqual(t, in, perSecond+burst)
		}
		require.Less(t, time.Since(begun), 27*time.Second)
	})
	require.Equal(t, 6, pace.New(64, 3).Limit(), "as many side by side as can go within two seconds")
}

// What need not wait goes, also for a caller who is about to stop; what has to
// wait does not hold that caller up.
func TestEndOfPatience(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stopped, cancel := context.WithCancel(t.Context())
		cancel()
		p := pace.New(1, 0)
		require.NoError(t, p.Wait(stopped))
		get(t, p.Watch(&server{statuses: 503, header: http.Header{"Retry-After": {"30"}}}))
		require.ErrorIs(t, p.Wait(stopped), context.Canceled)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(3*time.Second, cancel)
		begun := time.Now()
		require.ErrorIs(t, p.Wait(ctx), context.Canceled)
		require.Equal(t, 3*time.Second, time.Since(begun))

		release, err := p.Acquire(t.Context())
		require.NoError(t, err)
		_, err = p.Acquire(stopped)
		require.ErrorIs(t, err, context.Canceled)
		release()
		release, err = p.Acquire(t.Context())
		require.NoError(t, err, "one who went away must not keep a place")
		release()
	})
}

// Callers come, wait, lose patience and go, and the platform complains now and
// then: there are never more at the same time than may be, and nobody waits for
// ever.
func TestNobodyIsForgotten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := pace.New(7, 0)
		s := &server{slots: 5, takes: 3 * time.Millisecond, statuses: 429}
		transport := p.Watch(s)
		var wg sync.WaitGroup
		var gone atomic.Int64
		for i := range 200 {
			wg.Go(func() {
				for n := range 20 {
					ctx, cancel := context.WithTimeout(t.Context(), time.Duration(1+(i*31+n*17)%40)*time.Millisecond)
					release, err := p.Acquire(ctx)
					cancel()
					if errors.Is(err, context.DeadlineExceeded) {
						gone.Add(1)
						continue
					}
					get(t, transport)
					release()
				}
			})
		}
		wg.Wait()
		require.LessOrEqual(t, s.most.Load(), int64(7))
		require.Positive(t, gone.Load())
		require.Positive(t, s.served.Load())
		for range 7 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			_, err := p.Acquire(ctx)
			cancel()
			require.True(t, err == nil || p.Limit() < 7)
		}
	})
}

// A caller who goes away, and a platform that cannot be reached, say nothing of
// how busy the platform is.
func TestWhatIsNoComplaint(t *testing.T) {
	t.Parallel()
	p := pace.New(10, 0)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://platform/", nil)
	require.NoError(t, err)
	_, err = p.Watch(&server{err: context.Canceled}).RoundTrip(r) //nolint:bodyclose // there is none
	require.Error(t, err)
	get(t, p.Watch(&server{err: errors.New("connection refused")}))
	get(t, p.Watch(&server{statuses: http.StatusInternalServerError}))
	get(t, p.Watch(&server{statuses: http.StatusConflict}))
	require.Equal(t, 10, p.Limit())
	get(t, p.Watch(&server{statuses: http.StatusRequestTimeout}))
	require.Equal(t, 7, p.Limit())
}

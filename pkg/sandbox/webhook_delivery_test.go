package sandbox_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
	"github.com/payreconcile/payreconcile/pkg/sandbox/sandboxtest"
)

// only keeps the deliveries of one type.
func (c client) only(kind string) (list []sandbox.WebhookDelivery) {
	for _, d := range c.sb.WebhookDeliveries() {
		if d.Type == kind {
			list = append(list, d)
		}
	}
	return list
}

// planned are the moments of all attempts, to the minute after the first.
var planned = []string{"0s 0", "10m0s 1", "1h10m0s 2", "3h10m0s 3", "11h10m0s 4", "35h10m0s 5"}

// Moved by hand, step by step or in one jump, repeats are where they belong.
func TestWebhookRepeatsUnderAMovedClock(t *testing.T) {
	t.Parallel()
	for name, steps := range map[string][]time.Duration{
		"steps": {
			9 * time.Minute, time.Minute, time.Hour, 119 * time.Minute, time.Minute, 8 * time.Hour, 24 * time.Hour, 100 * time.Hour,
		},
		"one jump": {200 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begin := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
			c, rc := hooked(t, sandbox.Config{Now: func() time.Time { return begin }})
			rc.status = func(*http.Request) (int, error) { return 302, nil }
			c.now = func() time.Time { return begin }
			c.post(t, "/payments", paymentOrder(5000, "SALE", "4321456998744563", ""))
			c.quiet(t)
			for _, d := range steps {
				c.sb.Advance(d)
				c.quiet(t)
			}
			all := c.only("payment.rejected")
			require.Len(t, all, 1)
			require.Equal(t, sandbox.WebhookFailed, all[0].State)
			require.Nil(t, all[0].Next)
			var got, headers []string
			for i, a := range all[0].Attempts {
				require.Equal(t, 302, a.Status)
				got = append(got, fmt.Sprint(a.Time.Sub(begin), " ", i))
			}
			for _, r := range rc.got() {
				if strings.Contains(string(r.body), "payment.rejected") {
					headers = append(headers, r.header.Get("retry-count"))
				}
			}
			require.Empty(t, cmp.Diff(planned, got))
			require.Equal(t, "0 1 2 3 4 5", strings.Join(headers, " "))
		})
	}
}

// Under a clock that runs by itself nobody has to move anything, and the bubble
// ends only because nothing is left running.
func TestWebhookRepeatsByThemselves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, rc := hooked(t, sandbox.Config{}, after(time.Hour))
		begin := time.Now()
		rc.status = func(r *http.Request) (int, error) {
			switch n := r.Header.Get("retry-count"); {
			case n == "0":
				return 0, errors.New("nobody is listening")
			case n != "5":
				return 500, nil
			}
			return 204, nil
		}
		c.create(t, 5000, "SALE", "")
		time.Sleep(48 * time.Hour)
		synctest.Wait()
		all := c.only("payment.captured")
		require.Len(t, all, 1)
		require.Equal(t, sandbox.WebhookDelivered, all[0].State)
		require.Equal(t, "nobody is listening", all[0].Attempts[0].Error)
		require.Equal(t, 204, all[0].Attempts[5].Status)
		var got []string
		for i, a := range all[0].Attempts {
			got = append(got, fmt.Sprint(a.Time.Sub(begin)-time.Hour, " ", i))
		}
		require.Empty(t, cmp.Diff(planned, got))
		var heard []string
		for _, r := range rc.got() {
			if strings.Contains(string(r.body), "payment.captured") {
				heard = append(heard, fmt.Sprint(r.at.Sub(begin)-time.Hour, " ", r.header.Get("retry-count")))
			}
		}
		require.Equal(t, planned[1:], heard, "the receiver never saw the first")
	})
}

// A receiver that does not answer holds up neither the others nor the API; it is
// given up after ten seconds and asked again later.
func TestSlowReceiversHoldUpNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, rc := hooked(t, sandbox.Config{Webhooks: []string{"http://localhost/slow", "http://localhost/quick"}})
		rc.status = func(r *http.Request) (int, error) {
			if r.URL.Path == "/slow" {
				<-r.Context().Done()
				return 0, r.Context().Err()
			}
			return 200, nil
		}
		begin := time.Now()
		for range 5 {
			c.create(t, 5000, "SALE", "")
		}
		require.Zero(t, time.Since(begin), "the API does not wait")
		synctest.Wait()
		require.Len(t, rc.got(), 10)
		time.Sleep(10*time.Second + 1)
		synctest.Wait()
		slow := c.sb.WebhookDeliveries()[0]
		require.Equal(t, "http://localhost/slow", slow.URL)
		require.Len(t, slow.Attempts, 1)
		require.Equal(t, "context deadline exceeded", slow.Attempts[0].Error)
		require.Equal(t, begin.Add(10*time.Minute).UTC(), *slow.Next)
		c.sb.Close()
		c.sb.Close()
		before := len(rc.got())
		c.create(t, 5000, "SALE", "")
		synctest.Wait()
		require.Len(t, rc.got(), before)
		log := c.sb.WebhookDeliveries()
		require.Equal(t, "not-sent the sandbox is closed", log[len(log)-1].State+" "+log[len(log)-1].Reason)
	})
}

// One delivery is in flight for each endpoint, and sixteen are in all.
func TestWebhookConcurrencyIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, rc := hooked(t, sandbox.Config{})
		var now, most atomic.Int64
		var mu sync.Mutex
		busy := make(map[string]bool)
		rc.status = func(r *http.Request) (int, error) {
			mu.Lock()
			if busy[r.URL.Path] {
				t.Errorf("two at once for %s", r.URL.Path)
			}
			busy[r.URL.Path] = true
			most.Store(max(most.Load(), now.Add(1)))
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			defer mu.Unlock()
			busy[r.URL.Path] = false
			now.Add(-1)
			return 200, nil
		}
		for i := range 20 {
			c.create(t, 5000, "SALE", fmt.Sprintf(`,"feedbacks":{"webhooksUrls":["http://127.0.0.1/%d"]}`, i))
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		require.Len(t, rc.got(), 80)
		require.Equal(t, int64(16), most.Load())
	})
}

// After Close nothing runs any more, whatever was waiting.
func TestCloseLeavesNothingRunning(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	arrived := make(chan struct{}, 100)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // so that the server notices that nobody waits
		arrived <- struct{}{}
		<-r.Context().Done()
	}))
	defer server.Close()
	b := sandbox.DefaultBehaviour()
	b.SettleAfter = time.Hour
	sb := sandboxtest.New(t, sandbox.Config{Webhooks: []string{server.URL}, Behaviour: &b})
	direct(sb).create(t, 5000, "SALE", "")
	<-arrived
	sb.Close()
	sb.Close()
	state := sb.WebhookDeliveries()[0]
	require.Equal(t, sandbox.WebhookWaiting, state.State)
	require.Equal(t, "context canceled", state.Attempts[0].Error)
}

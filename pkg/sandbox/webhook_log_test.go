package sandbox_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// The log is bounded, and what is too much to be kept is said so.
func TestWebhookLogIsBounded(t *testing.T) {
	t.Parallel()
	var heard atomic.Int64
	cfg := sandbox.Config{WebhookTransport: roundTrip(func(r *http.Request) (*http.Response, error) {
		heard.Add(1)
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
	})}
	var more []string
	for i := range 5 {
		cfg.Webhooks = append(cfg.Webhooks, fmt.Sprint("http://localhost/", i))
		more = append(more, fmt.Sprintf("\"http://localhost/more/%d\"", i))
	}
	c, _ := hooked(t, cfg)
	sandbox.LimitWebhooks(c.sb, 100, 500)
	for range 300 {
		c.post(t, "/webhooks/sendtest", `{"url":"https://shop.example/"}`)
	}
	require.LessOrEqual(t, sandbox.LoggedWebhooks(c.sb), 110)
	c.sb.Advance(time.Hour)
	c.sb.HoldWebhooks()
	for range 26 {
		c.create(t, 5000, "SALE", `,"feedbacks":{"webhooksUrls":[`+strings.Join(more, ",")+`]}`)
	}
	log := c.sb.WebhookDeliveries()
	states := make(map[string]int)
	for _, d := range log {
		if d.Type != "payment.test" {
			states[d.State+d.Reason]++
		}
	}
	require.Equal(t, map[string]int{"held": 500, "not-sent" + "too many deliveries are waiting": 20}, states)
	c.sb.ReleaseWebhooks(false)
	eventually(t, func() bool { return heard.Load() == 500 })
	c.create(t, 5000, "SALE", "")
	eventually(t, func() bool { return heard.Load() == 510 })
	c.quiet(t)
	log = c.sb.WebhookDeliveries()
	require.Len(t, log, 100)
	require.Equal(t, "4100000027_0", log[len(log)-1].Object)
}

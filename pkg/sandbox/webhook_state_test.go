package sandbox_test

import (
	"bytes"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

// What is not delivered when a state is saved is delivered after it was loaded, and
// what settles then has its event: to the endpoints of today and to those of the
// request.
func TestWebhooksOutliveTheSandbox(t *testing.T) {
	t.Parallel()
	c, rc := hooked(t, sandbox.Config{}, after(24*time.Hour))
	rc.status = func(*http.Request) (int, error) { return 0, errors.New("nobody there") }
	path := c.create(t, 5000, "PRE_AUTHORIZATION", `,"feedbacks":{"webhooksUrls":["http://127.0.0.1:9/own"]}`)
	require.Equal(t, 201, c.post(t, path+"/capture", `{"amount":1000}`).status)
	link := c.post(t, "/paymentlinks", linkBody("")).text("paymentLinkId")
	c.post(t, "/payouts", payoutTo(goodNumber))
	eventually(t, func() bool {
		for _, d := range c.sb.WebhookDeliveries() {
			if len(d.Attempts) == 0 {
				return false
			}
		}
		return len(c.sb.WebhookDeliveries()) == 8
	})
	c.sb.Close()
	state := saved(t, c.sb)

	again, now := hooked(t, sandbox.Config{Webhooks: []string{"http://127.0.0.1:9/today"}})
	require.NoError(t, again.sb.LoadState(bytes.NewReader(state)))
	if diff := cmp.Diff(string(state), string(saved(t, again.sb))); diff != "" {
		t.Errorf("the state after loading it (-saved +saved again):\n%s", diff)
	}
	again.sb.Advance(25 * time.Hour)
	count := func(url, kind string) (n int) {
		for _, r := range now.got() {
			if strings.HasSuffix(r.url, url) && r.value("type") == kind {
				n++
			}
		}
		return n
	}
	eventually(t, func() bool { return count("/today", "payout.account_credited") == 1 })
	again.quiet(t)
	for _, tt := range []struct {
		url, kind string
		want      int
	}{
		{"/hooks", "payment.created", 1},
		{"/own", "payment.created", 1},
		{"/today", "payment.created", 0},
		{"/hooks", "payment.capture_requested", 1},
		{"/own", "payment.capture_requested", 1},
		{"/hooks", "payment.captured", 0},
		{"/own", "payment.captured", 1},
		{"/today", "payment.captured", 1},
		{"/hooks", "paymentlink.created", 1},
		{"/hooks", "payout.payout_requested", 1},
	} {
		require.Equal(t, tt.want, count(tt.url, tt.kind), "%s %s", tt.url, tt.kind)
	}
	again.sb.Advance(400 * 24 * time.Hour)
	eventually(t, func() bool { return count("/today", "paymentlink.expired") == 1 }, link)
}

// The end of an authorisation is an event when it ends the payment.
func TestWebhookOfAnAuthorizationThatEnds(t *testing.T) {
	t.Parallel()
	c, rc := hooked(t, sandbox.Config{})
	one := strings.TrimPrefix(c.create(t, 5000, "PRE_AUTHORIZATION", ""), "/payments/")
	c.sb.Advance(31 * 24 * time.Hour)
	c.told(t, rc, "payment.created "+one+" 0 5000", "payment.pending_capture "+one+" 5 5000", "payment.cancelled "+one+" 6 5000")
	two, rc := hooked(t, sandbox.Config{})
	path := two.create(t, 5000, "PRE_AUTHORIZATION", "")
	two.post(t, path+"/capture", `{"amount":1000}`)
	two.quiet(t)
	before := len(two.sb.WebhookDeliveries())
	two.sb.Advance(31 * 24 * time.Hour)
	two.quiet(t)
	require.Len(t, two.sb.WebhookDeliveries(), before, "a part is captured")
	require.Zero(t, two.book(t, path).Balances[sandbox.Open])
	require.Len(t, rc.got(), before)
}

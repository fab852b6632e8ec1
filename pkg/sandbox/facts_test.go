package sandbox_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
	"github.com/payreconcile/payreconcile/pkg/sandbox/sandboxtest"
)

// A refused payment may be answered as one that was made.
func TestARefusedPaymentMayBeCreated(t *testing.T) {
	t.Parallel()
	s := readSchema(t)
	c := start(t, func(b *sandbox.Behaviour) { b.RefusedPaymentStatus = 201 })
	for _, body := range []string{createBody(1302, card(goodNumber, "SALE")), createBody(800, card(declinedNumber, "PRE_AUTHORIZATION"))} {
		a := s.check(t, "createPayment", c.post(t, "/payments", body))
		require.Equal(t, 201, a.status)
		for at, want := range map[string]any{
			"payment.status": "REJECTED", "payment.statusOutput.statusCode": 2, "payment.statusOutput.statusCategory": "UNSUCCESSFUL",
			"payment.statusOutput.errors.0.httpStatusCode": 402, "payment.paymentOutput.acquiredAmount.amount": 0,
			"errors": nil, "paymentResult": nil,
		} {
			if diff := cmp.Diff(want, a.at(at)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", at, diff)
			}
		}
		require.Empty(t, c.book(t, "/payments/"+a.text("payment.id")).Movements)
	}
}

// Clients read a second header of a replay, which only a replay may have.
func TestTheDatetimeOfAReplay(t *testing.T) {
	t.Parallel()
	const header = "IdempotencyResponseDatetime"
	for sent, want := range map[bool]string{false: "", true: "2030-01-02T03:04:05.678Z"} {
		at := time.Date(2030, 1, 2, 3, 4, 5, 678_900_000, time.UTC)
		clock := func() time.Time { return at }
		b := sandbox.DefaultBehaviour()
		b.ReplayDatetime = sent
		c := client{sb: sandboxtest.New(t, sandbox.Config{Now: clock, Behaviour: &b}), now: clock}
		path := c.payment(t, 800)
		require.Empty(t, c.post(t, path+"/capture", "", withKey("k")).header.Get(header))
		at = at.Add(time.Hour)
		again := c.post(t, path+"/capture", "", withKey("k")).header
		require.Equal(t, "1893553445678", again.Get(replayOf))
		require.Equal(t, want, again.Get(header))
	}
}

// An event says whether it is about an operation on the payment; those of other
// things say nothing.
func TestEventsSayWhatTheyContain(t *testing.T) {
	t.Parallel()
	for said, want := range map[bool]map[any]any{
		true: {
			"payment.created": false, "payment.pending_capture": false, "payment.capture_requested": true, "payment.captured": true,
			"refund.refund_requested": true, "payout.payout_requested": nil,
		},
		false: {
			"payment.created": nil, "payment.pending_capture": nil, "payment.capture_requested": nil, "payment.captured": nil,
			"refund.refund_requested": nil, "payout.payout_requested": nil,
		},
	} {
		c, rc := hooked(t, sandbox.Config{}, after(time.Hour), func(b *sandbox.Behaviour) { b.WebhookOperationFlag = said })
		path := c.create(t, 800, "PRE_AUTHORIZATION", "")
		c.post(t, path+"/capture", "")
		c.sb.Advance(time.Hour)
		c.post(t, path+"/refund", "")
		c.post(t, "/payouts", payoutTo(goodNumber))
		c.quiet(t)
		got := map[any]any{}
		for _, r := range rc.got() {
			got[r.value("type")] = r.value("containsAnOperation")
			require.Regexp(t, `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}\+00:00$`, r.value("created"))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("containsAnOperation (-want +got):\n%s", diff)
		}
	}
}

// Two codes are of one category in the answer of the call that made them and of
// another one when the payment is read.
func TestCategoriesOfAnswersAndReads(t *testing.T) {
	t.Parallel()
	c := start(t, after(time.Hour))
	c.seed(t, `{"id":"3066177001_0","amount":800,"currency":"EUR","mode":"SALE"}`, `{"id":"3066177002_0","amount":800,"currency":"EUR"}`)
	const category = "statusOutput.statusCategory"
	for _, tt := range []struct{ path, call, in, answer, read string }{
		{"/payments/3066177001_0", "/refund", "", "PENDING_CONNECT_OR_3RD_PARTY", "REVERSED"},
		{"/payments/3066177002_0", "/cancel", "payment.", "PENDING_MERCHANT", "UNSUCCESSFUL"},
	} {
		require.Equal(t, tt.answer, c.post(t, tt.path+tt.call, "").text(tt.in+category))
		require.Equal(t, tt.read, c.get(t, tt.path).text(category))
		require.Equal(t, tt.read, c.get(t, tt.path+"/details").text(category))
	}
}

// The platform takes an idempotence key with a batch, and does not keep it.
func TestABatchWithAKey(t *testing.T) {
	t.Parallel()
	c := start(t)
	path := c.payment(t, 800)
	body := batchOf("cap-1", "CapturePayment", "capturePayments", item(path, "capture", `{}`))
	require.Equal(t, 201, c.post(t, "/merchant-batches", body, withKey("k")).status)
	again := c.post(t, "/merchant-batches", body, withKey("k"))
	require.Equal(t, 400, again.status)
	require.Empty(t, again.header.Get(replayOf))
	require.Equal(t, 201, c.post(t, path+"/capture", "", withKey("k")).status, "the key is not used up")
}

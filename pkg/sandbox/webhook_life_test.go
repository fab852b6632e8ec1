package sandbox_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
	"github.com/payreconcile/payreconcile/pkg/sandbox/sandboxtest"
	"github.com/payreconcile/payreconcile/pkg/sdk/webhooks"
)

// The whole life of a payment, in which only the clock moves between requests.
func TestWebhooksOfALife(t *testing.T) {
	t.Parallel()
	c, rc := hooked(t, sandbox.Config{}, after(time.Hour))
	path := c.create(t, 10000, "PRE_AUTHORIZATION", "")
	c.post(t, path+"/capture", `{"amount":6000}`)
	c.sb.Advance(30 * time.Minute)
	c.post(t, path+"/cancel", `{"amountOfMoney":{"amount":1000,"currencyCode":"EUR"}}`)
	c.post(t, path+"/capture", `{"amount":3000,"isFinal":true}`)
	c.sb.Advance(59 * time.Minute)
	c.sb.Advance(time.Hour)
	c.post(t, path+"/refund", `{"amountOfMoney":{"amount":2500,"currencyCode":"EUR"}}`)
	c.sb.Advance(time.Hour)
	c.told(
		t, rc, "payment.created 4100000001_0 0 10000", "payment.pending_capture 4100000001_0 5 10000",
		"payment.capture_requested 4100000001_1 91 6000", "payment.capture_requested 4100000001_3 91 3000",
		"payment.captured 4100000001_1 9 6000", "payment.cancelled 4100000001_2 6 10000", "payment.captured 4100000001_3 9 3000",
		"refund.refund_requested 4100000001_4 81 2500", "payment.refunded 4100000001_4 8 2500",
	)
	var acquired []any
	var moments []string
	for _, r := range rc.got() {
		acquired = append(acquired, r.value("payment.paymentOutput.acquiredAmount.amount"))
		at, err := time.Parse(time.RFC3339Nano, r.value("created").(string))
		require.NoError(t, err)
		moments = append(moments, at.Sub(c.sb.Now()).Round(time.Minute).String())
		if r.value("payment") != nil {
			require.Equal(t, "order-1", r.value("payment.paymentOutput.references.merchantReference"))
		}
	}
	require.Equal(t, []any{0, 10000, 6000, 3000, 6000, 9000, 3000, nil, 9000}, acquired)
	require.Equal(t, "-3h29m0s -3h29m0s -3h29m0s -2h59m0s -2h29m0s -1h59m0s -1h59m0s -1h0m0s 0s", strings.Join(moments, " "))
	last := rc.got()[4]
	require.Equal(t, []any{false, false, "COMPLETED"}, []any{
		last.value("payment.statusOutput.isAuthorized"), last.value("payment.statusOutput.isCancellable"),
		last.value("payment.statusOutput.statusCategory"),
	})
}

// Every code that a payment or an operation can take has its event.
func TestWebhooksOfEveryOutcome(t *testing.T) {
	t.Parallel()
	const id = " 4100000001_"
	contract := readSchema(t)
	paid := []string{"payment.created" + id + "0 0 5000", "payment.captured" + id + "0 9 5000"}
	authorised := []string{"payment.created" + id + "0 0 5000", "payment.pending_capture" + id + "0 5 5000"}
	for name, tt := range map[string]struct {
		change func(*sandbox.Behaviour)
		run    func(t *testing.T, c client)
		want   []string
	}{
		"sale": {nil, func(t *testing.T, c client) { c.create(t, 5000, "SALE", "") }, paid},
		"sale that takes its time": {after(time.Hour), func(t *testing.T, c client) {
			c.create(t, 5000, "SALE", "")
			c.sb.Advance(time.Hour)
		}, []string{paid[0], "payment.capture_requested" + id + "0 91 5000", paid[1]}},
		"refused card": {nil, func(t *testing.T, c client) {
			require.Equal(t, 402, c.post(t, "/payments", paymentOrder(5000, "SALE", "4321456998744563", "")).status)
		}, []string{paid[0], "payment.rejected" + id + "0 2 5000"}},
		"challenge passed": {nil, func(t *testing.T, c client) {
			c.post(t, "/payments", paymentOrder(5000, "PRE_AUTHORIZATION", "4874970686672022", ""))
			_, err := c.sb.Portal("4100000001_0", sandbox.Authorization, 0)
			require.NoError(t, err)
		}, []string{paid[0], "payment.redirected" + id + "0 46 5000", authorised[1]}},
		"settled at once": {nil, func(t *testing.T, c client) {
			path := c.create(t, 5000, "PRE_AUTHORIZATION", "")
			c.post(t, path+"/capture", "")
		}, append(authorised[:2:2], "payment.capture_requested"+id+"1 91 5000", "payment.captured"+id+"1 9 5000")},
		"settled in the answer": {func(b *sandbox.Behaviour) { b.AnswerSettled = true }, func(t *testing.T, c client) {
			path := c.create(t, 5000, "PRE_AUTHORIZATION", "")
			c.post(t, path+"/cancel", "")
		}, append(authorised[:2:2], "payment.cancelled"+id+"1 6 5000")},
		"capture refused": {nil, func(t *testing.T, c client) {
			path := c.create(t, 5000, "PRE_AUTHORIZATION", "")
			c.post(t, path+"/capture", `{"amount":1309}`)
		}, append(authorised[:2:2], "payment.capture_requested"+id+"1 91 1309", "payment.rejected_capture"+id+"1 93 1309")},
		"capture uncertain": {nil, func(t *testing.T, c client) {
			path := c.create(t, 5000, "PRE_AUTHORIZATION", "")
			c.post(t, path+"/capture", `{"amount":1209}`)
		}, append(authorised[:2:2], "payment.capture_requested"+id+"1 92 1209")},
		"refund refused": {nil, func(t *testing.T, c client) {
			path := c.create(t, 5000, "SALE", "")
			c.post(t, path+"/refund", `{"amountOfMoney":{"amount":1303,"currencyCode":"EUR"}}`)
		}, append(paid[:2:2], "refund.refund_requested"+id+"1 81 1303", "payment.rejected"+id+"1 83 1303")},
		"cancel refused":              {nil, cancelRefused, append(authorised[:2:2], "payment.pending_capture"+id+"1 5 5000")},
		"cancel refused, nobody told": {func(b *sandbox.Behaviour) { b.WebhookCancelRefused = sandbox.EventNone }, cancelRefused, authorised},
		"amounts of the payment": {func(b *sandbox.Behaviour) { b.WebhookCaptureAmount = sandbox.EventOfPayment }, func(t *testing.T, c client) {
			path := c.create(t, 5000, "PRE_AUTHORIZATION", "")
			c.post(t, path+"/capture", `{"amount":700}`)
		}, append(authorised[:2:2], "payment.capture_requested"+id+"1 91 5000", "payment.captured"+id+"1 9 5000")},
		"a colleague captures": {nil, func(t *testing.T, c client) {
			c.create(t, 5000, "PRE_AUTHORIZATION", "")
			_, err := c.sb.Portal("4100000001_0", sandbox.Capture, 800)
			require.NoError(t, err)
		}, append(authorised[:2:2], "payment.capture_requested"+id+"1 91 800", "payment.captured"+id+"1 9 800")},
		"completed": {nil, func(t *testing.T, c client) {
			c.seed(t, `{"id":"4100000001_0","amount":5000,"currency":"EUR","code":3}`)
			require.Equal(t, 200, c.post(t, "/payments/4100000001_0/complete", `{"order":{"amountOfMoney":{"amount":5000,"currencyCode":"EUR"}}}`).status)
		}, authorised[1:]},
		"subsequent": {nil, func(t *testing.T, c client) {
			path := c.create(t, 5000, "SALE", "")
			a := c.post(t, path+"/subsequent", `{"order":{"amountOfMoney":{"amount":70,"currencyCode":"EUR"}}}`)
			require.Equal(t, 201, a.status)
		}, append(paid[:2:2], "payment.created 4100000002_0 0 70", "payment.pending_capture 4100000002_0 5 70")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			change := tt.change
			if change == nil {
				change = func(*sandbox.Behaviour) {}
			}
			c, rc := hooked(t, sandbox.Config{}, change)
			rc.schema = contract
			tt.run(t, c)
			c.told(t, rc, tt.want...)
		})
	}
}

func cancelRefused(t *testing.T, c client) {
	path := c.create(t, 5000, "PRE_AUTHORIZATION", "")
	c.post(t, path+"/cancel", `{"amountOfMoney":{"amount":1306,"currencyCode":"EUR"}}`)
	eventually(t, func() bool { return strings.HasSuffix(c.codes(t, path), "63") })
}

// With a real receiver, and the SDK as the judge.
func TestWebhooksPassTheSDK(t *testing.T) {
	t.Parallel()
	keys := &webhooks.MemoryKeyStore{}
	require.NoError(t, keys.Store("w", "hello+world"))
	events := make(chan *webhooks.Event, 10)
	helper := webhooks.NewHelper(keys)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		e, err := helper.Unmarshal(r.Context(), body, r.Header)
		if err != nil {
			t.Error(err)
			return
		}
		events <- e
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(server.Close)
	_, port, _ := strings.Cut(strings.TrimPrefix(server.URL, "http://"), ":")
	cfg := sandbox.Config{
		WebhookKeyID: "w", WebhookSecret: "hello+world", Webhooks: []string{"http://shop.localhost:" + port + "/hooks"},
	}
	c := direct(sandboxtest.New(t, cfg))
	t.Cleanup(c.sb.Close)
	path := c.create(t, 10000, "PRE_AUTHORIZATION", "")
	c.post(t, path+"/capture", `{"amount":6000}`)
	var got []string
	for range 4 {
		select {
		case e := <-events:
			got = append(got, *e.Type+" "+*e.Payment.ID)
		case <-time.After(20 * time.Second):
			t.Fatal("no event", c.sb.WebhookDeliveries())
		}
	}
	if diff := cmp.Diff([]string{
		"payment.created 4100000001_0", "payment.pending_capture 4100000001_0",
		"payment.capture_requested 4100000001_1", "payment.captured 4100000001_1",
	}, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// A refused cancel may also be told the way a refused refund is, with a status
// that the documents have and the contract has not.
func TestWebhookOfARefusedCancelAsRejection(t *testing.T) {
	t.Parallel()
	c, rc := hooked(t, sandbox.Config{}, func(b *sandbox.Behaviour) { b.WebhookCancelRefused = sandbox.EventRejected })
	cancelRefused(t, c)
	c.quiet(t)
	require.Len(t, rc.got(), 3)
	require.Equal(t, "payment.rejected 4100000001_1 63 5000", rc.got()[2].line())
	require.Equal(t, "CANCELLATION_REJECTED", rc.got()[2].value("payment.status"))
}

// The flags of an event are those of the moment: what is left of the payment was
// given up while the cancel was on its way.
func TestWebhookFlags(t *testing.T) {
	t.Parallel()
	c, rc := hooked(t, sandbox.Config{}, after(time.Hour))
	path := c.create(t, 5000, "PRE_AUTHORIZATION", "")
	c.post(t, path+"/cancel", `{"amountOfMoney":{"amount":1306,"currencyCode":"EUR"}}`)
	c.post(t, path+"/capture", `{"amount":500,"isFinal":true}`)
	c.sb.Advance(time.Hour)
	c.told(
		t, rc, "payment.created 4100000001_0 0 5000", "payment.pending_capture 4100000001_0 5 5000",
		"payment.capture_requested 4100000001_2 91 500", "payment.pending_capture 4100000001_1 5 5000", "payment.captured 4100000001_2 9 500",
	)
	const cancellable, refundable = "payment.statusOutput.isCancellable", "payment.statusOutput.isRefundable"
	all := rc.got()
	require.Equal(t, []any{true, false, true, false}, []any{
		all[1].value(cancellable), all[3].value(cancellable), all[4].value(refundable), all[3].value(refundable),
	})
}

package sandbox_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
	"github.com/payreconcile/payreconcile/pkg/sandbox/sandboxtest"
)

const hookURL = "http://127.0.0.1:9/hooks"

// A received is one request that a receiver of webhooks got.
type received struct {
	at     time.Time
	url    string
	header http.Header
	body   []byte
}

func (r received) value(path string) any { return answer{raw: r.body}.at(path) }

// line shows an event as "type object code amount".
func (r received) line() string {
	for _, member := range []string{"payment", "refund", "payout", "paymentLink", "directBatch"} {
		if r.value(member) == nil {
			continue
		}
		amount := r.value(member + "." + member + "Output.amountOfMoney.amount")
		return fmt.Sprint(r.value("type"), " ", r.value(member+".id"), " ", r.value(member+".statusOutput.statusCode"), " ", amount)
	}
	return string(r.body)
}

// A receiver is a transport that takes webhooks and checks that each is signed
// with secret under keyID. Status says what it answers, 200 by default.
type receiver struct {
	t      *testing.T
	status func(r *http.Request) (int, error)
	now    func() time.Time
	schema *schema

	mu  sync.Mutex
	all []received
}

func (rc *receiver) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if got := r.Header["X-Gcs-Signature"]; len(got) != 1 || got[0] != signature(secret, string(body)) {
		rc.t.Errorf("signature %q of %s", got, body)
	}
	if r.Header.Get("X-GCS-KeyId") != keyID || r.Header.Get("Content-Type") != "application/json" || r.Method != http.MethodPost {
		rc.t.Errorf("%s with %v", r.Method, r.Header)
	}
	status := http.StatusOK
	if rc.status != nil {
		if status, err = rc.status(r); err != nil {
			return nil, err
		}
	}
	rc.mu.Lock()
	defer rc.mu.Unlock()
	rc.all = append(rc.all, received{rc.now(), r.URL.String(), r.Header.Clone(), body})
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader("thanks")), Request: r}, nil
}

func (rc *receiver) got() []received {
	rc.mu.Lock()
	defer rc.mu.Unlock()
	return append([]received(nil), rc.all...)
}

// hooked returns a client of a new sandbox that tells a receiver everything.
func hooked(t *testing.T, cfg sandbox.Config, change ...func(*sandbox.Behaviour)) (client, *receiver) {
	t.Helper()
	b := sandbox.DefaultBehaviour()
	for _, f := range change {
		f(&b)
	}
	rc := &receiver{t: t}
	cfg.Behaviour = &b
	if cfg.WebhookTransport == nil {
		cfg.WebhookTransport = rc
	}
	if cfg.Webhooks == nil {
		cfg.Webhooks = []string{hookURL}
	}
	sb := sandboxtest.New(t, cfg)
	rc.now = sb.Now
	t.Cleanup(sb.Close)
	return direct(sb), rc
}

func after(d time.Duration) func(*sandbox.Behaviour) {
	return func(b *sandbox.Behaviour) { b.SettleAfter = d }
}

// eventually waits for something that happens by itself.
func eventually(t *testing.T, condition func() bool, args ...any) {
	t.Helper()
	require.Eventually(t, condition, 20*time.Second, time.Millisecond, args...)
}

// quiet waits until nothing is left to be sent before the clock moves on.
func (c client) quiet(t *testing.T) {
	t.Helper()
	eventually(t, func() bool {
		for _, d := range c.sb.WebhookDeliveries() {
			if d.State == sandbox.WebhookWaiting && !d.Next.After(c.sb.Now()) {
				return false
			}
		}
		return true
	})
}

// told waits for as many events as there are lines, checks them against the
// contract and compares them.
func (c client) told(t *testing.T, rc *receiver, lines ...string) {
	t.Helper()
	eventually(t, func() bool { return len(rc.got()) >= len(lines) }, "%v", lines)
	c.quiet(t)
	if rc.schema == nil {
		rc.schema = readSchema(t)
	}
	var got []string
	for _, r := range rc.got() {
		rc.schema.checkEvent(t, r.body)
		got = append(got, r.line())
	}
	if diff := cmp.Diff(lines, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// checkEvent fails the test when a body is no event of the contract.
func (s *schema) checkEvent(t *testing.T, body []byte) {
	t.Helper()
	var v map[string]any
	dec := json.NewDecoder(bytes.NewReader(body))
	require.NoError(t, dec.Decode(&v), "%s", body)
	if v["payment"] != nil || v["refund"] != nil { // beyond the contract
		require.IsType(t, true, v["containsAnOperation"], "%s", body)
		delete(v, "containsAnOperation")
	}
	require.Empty(t, s.faults("WebhooksEvent", "WebhooksEvent", v), "%s", body)
	require.Len(t, v, 6, "%s", body)
	require.Equal(t, []any{"v1", merchantID}, []any{v["apiVersion"], v["merchantId"]})
	require.Regexp(t, `^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`, v["id"])
	created, err := time.Parse(time.RFC3339Nano, v["created"].(string))
	require.NoError(t, err)
	require.False(t, created.IsZero())
}

// create makes a payment and returns its path.
func (c client) create(t *testing.T, amount int, mode, more string) string {
	t.Helper()
	a := c.post(t, "/payments", paymentOrder(amount, mode, "4330264936344675", more))
	require.Equal(t, 201, a.status, "%s", a.raw)
	return "/payments/" + a.text("payment.id")
}

func paymentOrder(amount int, mode, card, more string) string {
	return fmt.Sprintf(`{"order":{"amountOfMoney":{"amount":%d,"currencyCode":"EUR"},"references":{"merchantReference":"order-1"}},`+
		`"cardPaymentMethodSpecificInput":{"paymentProductId":1,"authorizationMode":%q,`+
		`"card":{"cardNumber":%q,"expiryDate":"1239","cvv":"123"}}%s}`, amount, mode, card, more)
}

package conformance_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

// A hookReceiver is where the emulator sends its webhooks: it keeps them.
type hookReceiver struct {
	mu  sync.Mutex
	all []receivedHook
}

type receivedHook struct {
	header http.Header
	body   string
}

func (h *hookReceiver) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = append(h.all, receivedHook{r.Header.Clone(), string(body)})
	return &http.Response{StatusCode: http.StatusNoContent, Body: http.NoBody, Request: r}, err
}

// webhooksOfTheVisit gives everything that the emulator has sent to the client's
// helper, which takes it or throws.
func (v *visit) webhooksOfTheVisit() {
	require.Eventually(v.t, func() bool {
		for _, d := range v.sb.WebhookDeliveries() {
			if d.State == sandbox.WebhookWaiting {
				return false
			}
		}
		return true
	}, 20*time.Second, time.Millisecond)
	v.hooks.mu.Lock()
	defer v.hooks.mu.Unlock()
	seen := map[string]int{}
	for _, h := range v.hooks.all {
		event, wrong := v.event(h.body, map[string]any{
			"X-GCS-Signature": h.header.Get("X-Gcs-Signature"), "X-GCS-KeyId": h.header.Get("X-Gcs-Keyid"),
		})
		require.Empty(v.t, wrong, h.body)
		require.JSONEq(v.t, h.body, string(event))
		var kind struct{ Type string }
		require.NoError(v.t, json.Unmarshal(event, &kind))
		seen[kind.Type]++
	}
	for _, kind := range []string{
		"payment.created", "payment.redirected", "payment.pending_capture", "payment.capture_requested", "payment.captured",
		"payment.rejected", "payment.rejected_capture", "payment.cancelled", "payment.refunded", "refund.refund_requested",
		"paymentlink.created", "paymentlink.paid", "paymentlink.cancelled", "payment.test",
	} {
		require.Positive(v.t, seen[kind], "%s is not among %v", kind, seen)
	}
}

// What the vendor publishes of webhooks: the proof of its secret, which is the
// signature of nothing, and an event with its signature. The event is signed with
// an indent of two spaces.
const (
	hookSecret    = "hello+world"
	hookProof     = "FHbwt14Rjkjdn51x5EiyjgVQ7gN6ftgh5Y2l0KpQmLw="
	hookSignature = "2S7doBj/GnJnacIjSJzr5fxGM5xmfQyFAwxv1I53ZEk="
	hookEvent     = `{"apiVersion":"v1","id":"8ee793f6-4553-4749-85dc-f2ef095c5ab0","created":"2017-02-02T11:24:14.040+0100","merchantId":"20000","type":"payment.paid","payment":{"id":"00000200000143570012","paymentOutput":{"amountOfMoney":{"amount":1000,"currencyCode":"EUR"},"references":{"paymentReference":"200001681810"},"paymentMethod":"bankTransfer","bankTransferPaymentMethodSpecificOutput":{"paymentProductId":11}},"status":"PAID","statusOutput":{"isCancellable":false,"statusCategory":"COMPLETED","statusCode":1000,"statusCodeChangeDateTime":"20170202112414","isAuthorized":true}}}`
)

func (v *visit) webhookCredentials() {
	for body, want := range map[string]string{
		`{"key":"hook","secret":"` + hookProof + `"}`:       "Valid",
		`{"key":"other","secret":"` + hookProof + `"}`:      "Invalid",
		`{"key":"hook","secret":"` + hookSecret + `"}`:      "Invalid",
		`{"key":"` + keyID + `","secret":"` + secret + `"}`: "Invalid",
	} {
		require.Equal(v.t, want, v.call(200, "validateWebhookCredentials", "M", body).text("result"), body)
	}
	v.call(204, "sendTestWebhook", "M", `{"url":"http://127.0.0.1:9/test"}`)
	v.call(400, "sendTestWebhook", "M", `{"url":"nonsense"}`)
	v.call(400, "sendTestWebhook", "M", `{}`)
}

// event gives a webhook to the client's helper, which returns it or what is wrong.
func (v *visit) event(body string, headers map[string]any) (event json.RawMessage, wrong string) {
	v.t.Helper()
	var out struct {
		Event  json.RawMessage
		Thrown struct{ Message string }
	}
	v.node.do(v.t, map[string]any{"do": "event", "body": body, "headers": headers, "keys": map[string]string{"hook": hookSecret}}, &out)
	return out.Event, out.Thrown.Message
}

// webhookEvents holds the client's helper against the published event: what it takes
// is what a delivery has to look like.
func (v *visit) webhookEvents() {
	var indented bytes.Buffer
	require.NoError(v.t, json.Indent(&indented, []byte(hookEvent), "", "  "))
	body := indented.String()
	good := map[string]any{"X-GCS-Signature": hookSignature, "x-gcs-keyid": "hook"}
	event, wrong := v.event(body, good)
	require.Empty(v.t, wrong)
	require.JSONEq(v.t, hookEvent, string(event))
	for name, tt := range map[string]struct {
		body    string
		headers map[string]any
		wrong   string
	}{
		"another body":      {hookEvent, good, "failed to validate signature"},
		"one byte":          {strings.Replace(body, "1000", "1001", 1), good, "failed to validate signature"},
		"another signature": {body, map[string]any{"X-GCS-Signature": hookProof, "X-GCS-KeyId": "hook"}, "failed to validate signature"},
		"unknown key":       {body, map[string]any{"X-GCS-Signature": hookSignature, "X-GCS-KeyId": "other"}, "could not find secret key"},
		"no signature":      {body, map[string]any{"X-GCS-KeyId": "hook"}, "could not find header"},
		"no key id":         {body, map[string]any{"X-GCS-Signature": hookSignature}, "could not find header"},
		"two signatures":    {body, map[string]any{"X-GCS-Signature": []string{hookSignature, hookSignature}, "X-GCS-KeyId": "hook"}, "found multiple values"},
	} {
		_, wrong := v.event(tt.body, tt.headers)
		require.Contains(v.t, wrong, tt.wrong, name)
	}
}

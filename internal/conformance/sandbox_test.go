package conformance_test

import (
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

// notVisited are operations of the vendor's client that no part of the visit calls,
// with the reason. There is none.
var notVisited = map[string]string{}

// A visitPart is what the client lives through in one go, and how docs/conformance.md
// tells it.
type visitPart struct {
	name string
	run  func(*visit)
	what string
}

var visitParts = []visitPart{
	{"life of a payment", (*visit).payment, "an authorisation, partial captures, partial cancels and refunds until nothing is left, with all lists and the details; each step that asks too much is refused"},
	{"sale", (*visit).sale, "a sale, which cannot be captured or cancelled, and its refund"},
	{"unknown payment", (*visit).unknownPayment, "404 from every operation on a payment that there is not, in the documented form"},
	{"3-D Secure", (*visit).challenge, "a card that asks its holder: redirect, nothing booked, then paid and captured"},
	{"payments that follow", (*visit).subsequent, "a subsequent payment of its own amount, once for its key"},
	{"completion", (*visit).completion, "completing what waits for it; 400 the second time and 500 for what is not paid"},
	{"declined", (*visit).declined, "402 with the refused payment, the same under its key"},
	{"invalid", (*visit).invalid, "400 with one error that names the field"},
	{"test amounts", (*visit).amounts, "a refused sale, a refused capture that leaves its amount open, an uncertain one that does not"},
	{"hosted checkout", (*visit).hostedCheckout, "create, read, pay with a refused and a good card, capture, refund; the consumer leaves; unknown and invalid ones"},
	{"hosted tokenization", (*visit).hostedTokenization, "a temporary token that pays once, a permanent one that pays twice and is deleted"},
	{"tokens", (*visit).tokens, "201, then 200 for the same card; read, pay, delete, gone"},
	{"payment links", (*visit).paymentLinks, "paid, and cancelled twice (409)"},
	{"mandates", (*visit).mandates, "signed, blocked, unblocked, revoked"},
	{"payouts", (*visit).payouts, "one made once for its key, a declined one, invalid ones"},
	{"products", (*visit).products, "products, one product, networks, directory and groups, with repeated query parameters"},
	{"services", (*visit).services, "connection, IIN, currency conversion, surcharge, privacy policy, session"},
	{"batches", (*visit).batches, "packed with gzip, refused, submitted, started and Processed, with what the ledger says before and after"},
	{"card-on-file series", (*visit).series, "an imported series and the payment that follows it"},
	{"hosted fields and product sessions", (*visit).sessions, "a card entered into fields pays; a problem instead of an error; a session of Apple Pay"},
	{"idempotence", (*visit).idempotence, "the same id and the time of the first request for the same key, whatever the body"},
	{"duplicates at once", (*visit).duplicates, "409 while the first request is held up, its answer afterwards, one movement"},
	{"lost answers", (*visit).lostAnswers, "an answer that never comes, the same key again: money moves once; a lost request leaves no key"},
	{"broken answers", (*visit).brokenAnswers, "HTML, a reset connection, and each error status of the platform"},
	{"credentials", (*visit).credentials, "403 for another secret and another merchant, and nothing done"},
	{"webhook credentials", (*visit).webhookCredentials, "valid and invalid ones; an address that cannot be called"},
	{"webhook events", (*visit).webhookEvents, "the published event and its signature, and what the client's helper refuses"},
	{"card data", (*visit).cardData, "a certificate of the merchant, and card numbers that only its key can read"},
	{"webhooks of the visit", (*visit).webhooksOfTheVisit, "every event of everything above, taken by the client's helper"},
}

// TestVendorMeetsTheSandbox lets the vendor's client, unchanged, live through what
// the emulator has: it must not notice that it is none of the platform's. After each
// part the ledger is looked at. It is one test because the calls share one process.
func TestVendorMeetsTheSandbox(t *testing.T) {
	if os.Getenv("PAYRECONCILE_CONFORMANCE") == "" {
		t.Skip("run make conformance, which installs the vendor's client")
	}
	hooks := &hookReceiver{}
	sb, err := sandbox.New(sandbox.Config{
		MerchantID: "M", APIKeyID: keyID, APISecret: secret, WebhookKeyID: "hook", WebhookSecret: hookSecret,
		Webhooks: []string{"http://127.0.0.1:9/hooks"}, WebhookTransport: hooks,
		PublicURL: "https://payment.sandbox.example", // a name that the clients' rule for redirects can make up
	})
	require.NoError(t, err)
	t.Cleanup(sb.Close)
	srv := httptest.NewServer(sb)
	t.Cleanup(srv.Close)
	t.Cleanup(sb.ClearFaults) // ends what Close would wait for
	endpoint, err := url.Parse(srv.URL)
	require.NoError(t, err)
	v := &visit{t: t, node: startNode(t), sb: sb, hooks: hooks, endpoint: endpoint, succeeded: map[string]bool{}}
	v.configure(secret)
	for _, part := range visitParts {
		t.Run(part.name, func(t *testing.T) {
			v.t = t
			part.run(v)
			v.audit()
		})
	}
	v.t = t
	if !t.Failed() {
		v.complete()
	}
}

// complete fails for operations that the client has and the visit did not make, or
// that never succeeded, and for operations of the emulator that nobody called.
func (v *visit) complete() {
	var got struct{ Methods []string }
	v.node.do(v.t, map[string]any{"do": "methods"}, &got)
	calls := v.sb.Requests()
	met := map[string]bool{}
	for _, method := range got.Methods {
		if notVisited[method] != "" {
			continue
		}
		require.True(v.t, v.succeeded[method], "%s was never called with success", method)
		for name, n := range calls {
			if strings.EqualFold(name, method) {
				require.Positive(v.t, n, "the emulator never saw %s", method)
				met[name] = true
			}
		}
	}
	require.Len(v.t, met, len(got.Methods)-len(notVisited), "the emulator does not have an operation of the client's")
	for name, n := range calls {
		require.Positive(v.t, n, "nobody called %s", name)
	}
}

// audit adds every book up: no more is captured and cancelled than was authorised,
// and no more refunded than captured.
func (v *visit) audit() {
	for b := range v.sb.Ledger() {
		sum := int64(0)
		for _, balance := range b.Balances {
			sum += balance
		}
		require.Zero(v.t, sum, b.Payment)
		captured := b.Sum(sandbox.Capture)
		require.LessOrEqual(v.t, captured+b.Sum(sandbox.Cancel), b.Authorized, b.Payment)
		require.LessOrEqual(v.t, b.Sum(sandbox.Refund), captured, b.Payment)
	}
}

package sandbox_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
)

// A provenStep is a call and what the test platform was seen to answer. {payment}
// stands for the payment of the case and {saved} for what an earlier step saved.
type provenStep struct {
	call, body string
	status     int
	has        map[string]any
	save       string
}

// walk turns steps such as "capture 300 final 201" into calls.
func walk(steps string) (all []provenStep) {
	for step := range strings.SplitSeq(steps, "; ") {
		cut := strings.LastIndexByte(step, ' ')
		call, text := body(step[:cut])
		s := provenStep{call: "POST /payments/{payment}/" + call, body: text}
		s.status = map[string]int{"200": 200, "201": 201, "400": 400}[step[cut+1:]]
		all = append(all, s)
	}
	return all
}

func moneyOf(amount int, currency string) string {
	return `"amountOfMoney":{"amount":` + itoa(amount) + `,"currencyCode":"` + currency + `"}`
}

// TestProvenCases goes through every case that was seen on the test platform:
// the numbered ones on a payment of 800 (or 1500), then those of errors.
func TestProvenCases(t *testing.T) {
	t.Parallel()
	message := func(steps []provenStep) []provenStep {
		steps[len(steps)-1].has = map[string]any{"errors.0.message": refusal}
		return steps
	}
	const invalid = "INVALID_VALUE"
	link := `{"order":{` + moneyOf(123, "EUR") + `}}`
	unknown := func(calls ...string) (all []provenStep) {
		for _, call := range calls {
			all = append(all, provenStep{call: call, status: 404, has: map[string]any{"errors.0.id": "UNKNOWN_PAYMENT_ID"}})
		}
		return all
	}
	for name, tt := range map[string]struct {
		amount int
		steps  []provenStep
	}{
		"1 capture without fields":                  {800, walk("capture 201")},
		"2 a capture and a final one":               {800, walk("capture 300 201; capture 500 final 201")},
		"3 capture more than is left":               {800, walk("capture 500 201; capture 400 400")},
		"4 capture after a full capture":            {800, walk("capture 201; capture 400")},
		"5 capture after a cancel":                  {800, walk("cancel 200; capture 400")},
		"5 capture after a refund":                  {800, walk("capture 201; refund 201; capture 400")},
		"6 partial cancel, final capture":           {800, walk("cancel 600 200; capture 200 final 201")},
		"7 two cancels":                             {800, walk("cancel 300 200; cancel 500 final 200")},
		"8 cancel more than is left":                {800, walk("cancel 300 200; cancel 600 400")},
		"9 partial capture, cancel more than rests": {800, walk("capture 300 201; cancel 600 400")},
		"10 cancel after a full capture":            {800, walk("capture 201; cancel 400")},
		"10 cancel after a refund":                  {800, walk("capture 201; refund 201; cancel 400")},
		"10 cancel after a full cancel":             {800, walk("cancel 200; cancel 400")},
		"11 refund without a capture":               {800, walk("refund 400")},
		"11 refund after a cancel":                  {800, walk("cancel 200; refund 400")},
		"12 two refunds":                            {1500, walk("capture 201; refund 300 201; refund 400 201")},
		"13 refund more than is captured":           {800, message(walk("capture 400 final 201; refund 600 400"))},
		"14 refund after a full refund":             {800, message(walk("capture 201; refund 201; refund 400"))},
		"15 unknown payment": {800, unknown("POST /payments/9999999999_0/capture", "POST /payments/9999999999_0/cancel",
			"POST /payments/9999999999_0/refund", "GET /payments/9999999999_0", "GET /payments/9999999999_0/details",
			"GET /payments/9999999999_0/captures", "GET /payments/9999999999_0/refunds")},
		"16 captures right after a capture": {800, append(walk("capture 201"), provenStep{
			call: "GET /payments/{payment}/captures", status: 200,
			has: map[string]any{"captures.0.id": "{base}_1", "captures.0.status": "CAPTURED"},
		})},
		"16 refunds right after a refund": {800, append(walk("capture 201; refund 201"), provenStep{
			call: "GET /payments/{payment}/refunds", status: 200,
			has: map[string]any{"refunds.0.id": "{base}_2", "refunds.0.status": "REFUNDED"},
		})},
		"card number 123": {800, []provenStep{{
			call: "POST /payments", body: createBody(800, card("123", "SALE")), status: 400,
			has: map[string]any{"errors.0.httpStatusCode": 400, "errors.0.id": invalid, "errors.1": nil},
		}}},
		"declined card": {800, []provenStep{{
			call: "POST /payments", body: createBody(800, card(declinedNumber, "SALE")), status: 402,
			has: map[string]any{"paymentResult.payment.status": "REJECTED"},
		}}},
		"payout to a declined card": {800, []provenStep{{
			call: "POST /payouts", body: payoutTo(declinedNumber), status: 400,
			has: map[string]any{"payoutResult.status": "REJECTED_CREDIT"},
		}}},
		"payout with a bad currency": {800, []provenStep{{
			call: "POST /payouts", body: strings.Replace(payoutTo(goodNumber), "EUR", "euro", 1), status: 400,
			has: map[string]any{"errors.0.id": invalid},
		}}},
		"payout with a bad amount": {800, []provenStep{{
			call: "POST /payouts", body: strings.Replace(payoutTo(goodNumber), "2500", "-1", 1), status: 400,
			has: map[string]any{"errors.0.id": invalid},
		}}},
		"payout with a bad card": {800, []provenStep{{
			call: "POST /payouts", body: payoutTo("123"), status: 400, has: map[string]any{"errors.0.id": invalid},
		}}},
		"complete on an unpaid PayPal payment": {800, []provenStep{
			{
				call: "POST /payments", status: 201, save: "payment.id",
				body: createBody(800, `"redirectPaymentMethodSpecificInput":{"paymentProductId":840,"requiresApproval":true}`),
			},
			{
				call: "POST /payments/{saved}/complete", body: `{"order":{` + moneyOf(800, "EUR") + `}}`, status: 500,
				has: map[string]any{"errors.0.category": "DIRECT_PLATFORM_ERROR"},
			},
		}},
		"payment link, malformed id": {800, []provenStep{{call: "GET /paymentlinks/x", status: 400}}},
		"payment link, unknown id":   {800, []provenStep{{call: "GET /paymentlinks/00000000-0000-4000-8000-000000000000", status: 404}}},
		"payment link, cancelled twice": {800, []provenStep{
			{call: "POST /paymentlinks", body: link, status: 201, save: "paymentLinkId"},
			{call: "POST /paymentlinks/{saved}/cancel", status: 204},
			{call: "GET /paymentlinks/{saved}", status: 200, has: map[string]any{"paymentLinkEvents.1.type": "CANCELLED", "status": "CANCELLED"}},
			{call: "POST /paymentlinks/{saved}/cancel", status: 409},
		}},
		"sendTest without an url":         {800, []provenStep{{call: "POST /webhooks/sendtest", body: `{}`, status: 400}}},
		"sendTest with a bad url":         {800, []provenStep{{call: "POST /webhooks/sendtest", body: `{"url":"not an url"}`, status: 400}}},
		"validateCredentials, bad secret": {800, []provenStep{{call: "POST /webhooks/validateCredentials", body: `{"key":"key","secret":"wrong"}`, status: 200, has: map[string]any{"result": "Invalid"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t)
			payment := strings.TrimPrefix(c.payment(t, tt.amount), "/payments/")
			saved := ""
			for _, step := range tt.steps {
				names := strings.NewReplacer("{payment}", payment, "{base}", strings.TrimSuffix(payment, "_0"), "{saved}", saved)
				method, path, _ := strings.Cut(names.Replace(step.call), " ")
				a := c.do(t, method, path, step.body)
				require.Equal(t, step.status, a.status, "%s %s: %s", step.call, step.body, a.raw)
				for at, want := range step.has {
					if text, ok := want.(string); ok {
						want = names.Replace(text)
					}
					if diff := cmp.Diff(want, a.at(at)); diff != "" {
						t.Errorf("%s: %s (-want +got):\n%s", step.call, at, diff)
					}
				}
				if step.save != "" {
					saved = a.text(step.save)
				}
			}
		})
	}
}

// A merchant without access, which is proven too, has another path.
func TestAnotherMerchantIsRefused(t *testing.T) {
	t.Parallel()
	c := start(t)
	r := c.request("GET", "/services/testconnection", "")
	r.URL.Path = strings.Replace(r.URL.Path, merchantID, "000000", 1)
	sign(r, r.URL.Path)
	a, err := c.send(r)
	require.NoError(t, err)
	require.Equal(t, 403, a.status)
	require.NotEmpty(t, a.text("errorId"))
}

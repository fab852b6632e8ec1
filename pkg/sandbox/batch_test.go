package sandbox_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

func inGzip(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }

func packed(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.String()
}

// batchOf is the body of a batch with the given items in an array.
func batchOf(reference, operationType, array string, items ...string) string {
	return fmt.Sprintf(`{"header":{"merchantBatchReference":%q,"operationType":%q,"itemCount":%d},%q:[%s]}`,
		reference, operationType, len(items), array, strings.Join(items, ","))
}

// item is an entry of a batch that is about a payment.
func item(path, member, request string) string {
	return `{"paymentId":"` + strings.TrimPrefix(path, "/payments/") + `","` + member + `":` + request + `}`
}

// runBatch submits a batch and starts it.
func (c client) runBatch(t *testing.T, reference, operationType, array string, items ...string) {
	t.Helper()
	a := c.post(t, "/merchant-batches", packed(t, batchOf(reference, operationType, array, items...)), inGzip)
	require.Equal(t, 201, a.status, "%s", a.raw)
	require.Equal(t, reference, a.text("merchantBatchReference"))
	require.Equal(t, len(items), a.at("totalCount"))
	a = c.post(t, "/merchant-batches/"+reference+"/process", "")
	require.Equal(t, 202, a.status, "%s", a.raw)
	require.Empty(t, a.raw)
}

func TestBatchStates(t *testing.T) {
	t.Parallel()
	c := start(t, func(b *sandbox.Behaviour) { b.SettleAfter = time.Hour })
	path := c.payment(t, 5000)
	status := func() string {
		a := c.get(t, "/merchant-batches/cap-1")
		require.Equal(t, 200, a.status)
		require.Equal(t, []any{"cap-1", "CapturePayment", 1}, []any{
			a.at("merchantBatchReference"), a.at("operationType"), a.at("itemCount"),
		})
		return a.text("status")
	}
	body := batchOf("cap-1", "CapturePayment", "capturePayments", item(path, "capture", `{"amount":600}`))
	require.Equal(t, 201, c.post(t, "/merchant-batches", body).status)
	c.sb.Advance(24 * time.Hour)
	require.Equal(t, "Submitted", status())
	require.Equal(t, 202, c.post(t, "/merchant-batches/cap-1/process", "").status)
	require.Equal(t, "InProgress", status())
	require.Zero(t, c.book(t, path).Count(sandbox.Capture))
	again := c.post(t, "/merchant-batches/cap-1/process", "")
	require.Equal(t, 400, again.status)
	require.Equal(t, "ACTION_NOT_ALLOWED_ON_TRANSACTION", again.text("errors.0.id"))

	c.sb.Advance(time.Hour)
	require.EqualValues(t, 600, c.book(t, path).Balances[sandbox.CaptureRequested])
	require.Equal(t, "Processed", status())
	require.Equal(t, 400, c.post(t, "/merchant-batches/cap-1/process", "").status)
	c.sb.Advance(time.Hour)
	require.EqualValues(t, 600, c.book(t, path).Balances[sandbox.Captured])
	require.Equal(t, 1, c.book(t, path).Count(sandbox.Capture))
}

// A batch that is overdue runs at the time at which it was due.
func TestBatchRunsWhenItWasDue(t *testing.T) {
	t.Parallel()
	c := start(t, func(b *sandbox.Behaviour) { b.SettleAfter = time.Hour })
	path := c.payment(t, 5000)
	c.runBatch(t, "b", "CapturePayment", "capturePayments", item(path, "capture", `{}`))
	c.sb.Advance(150 * time.Minute)
	b := c.book(t, path)
	require.EqualValues(t, 5000, b.Balances[sandbox.Captured])
	require.WithinDuration(t, c.sb.Now().Add(-90*time.Minute), b.Movements[1].Time, time.Minute)
	require.WithinDuration(t, c.sb.Now().Add(-30*time.Minute), b.Movements[2].Time, time.Minute)
}

func TestBatchesDoWhatSingleOperationsDo(t *testing.T) {
	t.Parallel()
	c := start(t)
	one, two, three := c.payment(t, 5000), c.payment(t, 700), c.payment(t, 900)
	c.runBatch(t, "captures", "CapturePayment", "capturePayments",
		item(one, "capture", `{"amount":2000,"operationReferences":{"merchantReference":"ship-1"}}`),
		item("/payments/9999999999_0", "capture", `{}`), item("x", "capture", `{}`), item(two, "capture", `{"amount":701}`),
		item(two, "capture", `{"amount":999}`), item(one, "capture", `{"amount":1000}`), item(one, "capture", `{"amount":2001}`),
		`{"paymentId":"`+strings.TrimPrefix(two, "/payments/")+`"}`, item(three, "capture", `{"amount":400}`))
	details := c.get(t, one+"/details")
	require.Equal(t, "ship-1", details.text("Operations.1.operationReferences.merchantReference"))
	require.EqualValues(t, 3000, c.book(t, one).Sum(sandbox.Capture))
	require.Equal(t, 2, c.book(t, one).Count(sandbox.Capture))
	require.EqualValues(t, 700, c.book(t, two).Sum(sandbox.Capture))

	c.runBatch(t, "cancels", "CancelPayment", "cancelPayments",
		item(one, "cancel", `{"amountOfMoney":{"amount":500,"currencyCode":"EUR"}}`), item(two, "cancel", `{}`), item(three, "cancel", `null`))
	c.runBatch(t, "refunds", "RefundPayment", "refundPayments",
		item(two, "refund", `{"amountOfMoney":{"amount":300,"currencyCode":"EUR"}}`),
		item(two, "refund", `{"amountOfMoney":{"amount":401,"currencyCode":"EUR"}}`),
		item(two, "refund", `{"amountOfMoney":{"amount":1,"currencyCode":"USD"}}`), item(three, "refund", `{}`))
	require.EqualValues(t, 500, c.book(t, one).Sum(sandbox.Cancel))
	require.Zero(t, c.book(t, two).Sum(sandbox.Cancel))
	require.EqualValues(t, 500, c.book(t, three).Sum(sandbox.Cancel))
	require.EqualValues(t, 300, c.book(t, two).Sum(sandbox.Refund))
	require.EqualValues(t, 400, c.book(t, three).Sum(sandbox.Refund))

	c.runBatch(t, "payouts", "CreatePayout", "createPayouts", payoutTo(goodNumber), payoutTo(declinedNumber), `{}`)
	require.Len(t, c.sb.Payouts(), 2)
	require.Equal(t, sandbox.PayoutRefused, c.sb.Payouts()[1].Status)

	before := ledgerLen(c)
	c.runBatch(t, "sales", "CreatePayment", "createPayments",
		createBody(1500, card(goodNumber, "SALE")), createBody(1302, card(goodNumber, "SALE")), `{"order":{"amountOfMoney":{"amount":1,"currencyCode":"EUR"}}}`)
	c.runBatch(t, "more", "SubsequentPayment", "subsequentPayments", item(one, "subsequent", subsequentBody(250)), item("5", "subsequent", "{}"))
	require.Equal(t, before+3, ledgerLen(c))
	var sums []int64
	for b := range c.sb.Ledger() {
		sums = append(sums, b.Authorized)
	}
	require.Equal(t, []int64{1500, 0, 250}, sums[:3])
}

func ledgerLen(c client) (n int) {
	for range c.sb.Ledger() {
		n++
	}
	return n
}

func TestBatchChecksItsFields(t *testing.T) {
	t.Parallel()
	const missing, invalid = "PARAMETER_NOT_FOUND_IN_REQUEST", "INVALID_VALUE"
	good := batchOf("b", "CapturePayment", "capturePayments", item("3066177123_0", "capture", `{}`))
	header := func(of string) string { return `{"header":{` + of + `},"capturePayments":[{"paymentId":"1"}]}` }
	c := start(t)
	for body, want := range map[string][2]string{
		"":             {"header", missing},
		`{"header":1}`: {"header", invalid},
		header(``):     {"header.itemCount", missing},
		header(`"merchantBatchReference":"","operationType":"CapturePayment","itemCount":1`):   {"header.merchantBatchReference", invalid},
		header(`"merchantBatchReference":"b","itemCount":1`):                                   {"header.operationType", missing},
		header(`"merchantBatchReference":"b","operationType":"CapturePayment"`):                {"header.itemCount", missing},
		header(`"merchantBatchReference":"b","operationType":"capture","itemCount":1`):         {"header.operationType", invalid},
		header(`"merchantBatchReference":"b","operationType":"RefundPayment","itemCount":1`):   {"refundPayments", missing},
		header(`"merchantBatchReference":"b","operationType":"CapturePayment","itemCount":0`):  {"header.itemCount", invalid},
		header(`"merchantBatchReference":"b","operationType":"CapturePayment","itemCount":-1`): {"header.itemCount", invalid},
		header(`"merchantBatchReference":"b","operationType":"CapturePayment","itemCount":2`):  {"header.itemCount", invalid},
		strings.Replace(good, `"b"`, `"`+strings.Repeat("b", 41)+`"`, 1):                       {"header.merchantBatchReference", invalid},
		strings.Replace(good, `"paymentId"`, `"id"`, 1):                                        {"capturePayments[0].paymentId", missing},
		strings.Replace(good, `"3066177123_0"`, `""`, 1):                                       {"capturePayments[0].paymentId", invalid},
		strings.Replace(good, `"3066177123_0"`, `1`, 1):                                        {"capturePayments[0].paymentId", invalid},
		strings.Replace(good, `}]`, `}],"refundPayments":[{"paymentId":"1"}]`, 1):              {"header.operationType", invalid},
		batchOf("b", "CapturePayment", "capturePayments", "1"):                                 {"capturePayments[0]", invalid},
		batchOf("b", "CreatePayment", "createPayments", "null"):                                {"createPayments[0]", invalid},
		batchOf("b", "CapturePayment", "capturePayments"):                                      {"header.itemCount", invalid},
	} {
		a := c.post(t, "/merchant-batches", body)
		require.Equal(t, 400, a.status, body)
		require.Equal(t, want, [2]string{a.text("errors.0.propertyName"), a.text("errors.0.id")}, body)
	}
	require.Equal(t, 404, c.get(t, "/merchant-batches/b").status)
	unknown := c.post(t, "/merchant-batches/b/process", "")
	require.Equal(t, 404, unknown.status)
	require.Equal(t, "UNKNOWN_MERCHANT_BATCH_ID", unknown.text("errors.0.id"))
	require.Equal(t, 201, c.post(t, "/merchant-batches", good, withKey("k")).status)
	require.Equal(t, 201, c.post(t, "/merchant-batches", strings.Replace(good, `"b"`, `"`+strings.Repeat("é", 40)+`"`, 1)).status)

	links := c.post(t, "/merchant-batches", batchOf("links", "CreatePaymentLink", "createPaymentLinks", `{}`))
	_, has := c.sb.Requests()["createPaymentLink"]
	require.Equal(t, map[bool]int{true: 201, false: 400}[has], links.status)
}

// An empty reference is an invalid one, an unknown one is not found.
func TestBatchWithoutAReference(t *testing.T) {
	t.Parallel()
	c := start(t)
	for _, a := range []answer{c.get(t, "/merchant-batches/"), c.post(t, "/merchant-batches//process", "")} {
		require.Equal(t, "400 INVALID_VALUE merchantBatchReference",
			itoa(a.status)+" "+a.text("errors.0.id")+" "+a.text("errors.0.propertyName"))
	}
	require.Equal(t, 404, c.get(t, "/merchant-batches//x").status)
	require.Equal(t, 404, c.post(t, "/merchant-batches/unknown/process", "").status)
}

func TestBatchReferenceIsUsedOnce(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 409} {
		c := start(t, func(b *sandbox.Behaviour) { b.ReusedBatchStatus = status })
		path := c.payment(t, 5000)
		c.runBatch(t, "b", "CapturePayment", "capturePayments", item(path, "capture", `{"amount":1}`))
		a := c.post(t, "/merchant-batches", batchOf("b", "CancelPayment", "cancelPayments", item(path, "cancel", `{}`)))
		require.Equal(t, status, a.status)
		require.Equal(t, "header.merchantBatchReference", a.text("errors.0.propertyName"))
		require.Equal(t, "CapturePayment", c.get(t, "/merchant-batches/b").text("operationType"))
	}
	b := sandbox.DefaultBehaviour()
	b.ReusedBatchStatus = 500
	require.ErrorContains(t, b.Validate(), "reusedBatchStatus")
}

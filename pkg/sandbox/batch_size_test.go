package sandbox_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

func TestBatchSizes(t *testing.T) {
	t.Parallel()
	c := start(t)
	path := c.payment(t, 999_999)
	items := make([]string, 50_001)
	for i := range items {
		items[i] = item(path, "capture", `{"amount":0}`)
	}
	// Of 50,000 captures only the last one goes through.
	items[49_999] = item(path, "capture", `{"amount":1}`)
	tooMany := batchOf("b", "CapturePayment", "capturePayments", items...)
	require.Equal(t, "header.itemCount", c.post(t, "/merchant-batches", packed(t, tooMany), inGzip).text("errors.0.propertyName"))
	c.runBatch(t, "b", "CapturePayment", "capturePayments", items[:50_000]...)
	require.EqualValues(t, 1, c.book(t, path).Sum(sandbox.Capture))

	long := func(n int) string {
		body := batchOf(itoa(n), "CapturePayment", "capturePayments", item(path, "capture", `{}`))
		return body + strings.Repeat(" ", n-len(body))
	}
	require.Equal(t, 201, c.post(t, "/merchant-batches", packed(t, long(15<<20)), inGzip).status)
	require.Equal(t, 413, c.post(t, "/merchant-batches", packed(t, long(15<<20+1)), inGzip).status)
	require.Equal(t, 201, c.post(t, "/merchant-batches", long(2<<20)).status)
	require.Equal(t, 413, c.post(t, "/merchant-batches", long(16<<20)).status)
	require.Equal(t, 413, c.post(t, path+"/capture", long(2<<20)).status)
}

// However many start a batch, and whoever finds it due, its items run once.
func TestBatchesUnderConcurrency(t *testing.T) {
	t.Parallel()
	c := start(t)
	path := c.payment(t, 9000)
	body := batchOf("b", "CapturePayment", "capturePayments",
		item(path, "capture", `{"amount":10}`), item(path, "capture", `{"amount":20}`))
	var submitted, started atomic.Int64
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if c.post(t, "/merchant-batches", body).status == 201 {
				submitted.Add(1)
			}
			if c.post(t, "/merchant-batches/b/process", "").status == 202 {
				started.Add(1)
			}
			c.get(t, "/merchant-batches/b")
			c.post(t, path+"/capture", `{"amount":1}`)
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, submitted.Load())
	require.EqualValues(t, 1, started.Load())
	require.EqualValues(t, 46, c.book(t, path).Sum(sandbox.Capture))
	require.Equal(t, 18, c.book(t, path).Count(sandbox.Capture))
}

package sandbox_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

// TestAnswersOfBatchesFitTheContract does for batches, subsequent payments,
// series and completion what TestAnswersFitTheContract does for payments.
func TestAnswersOfBatchesFitTheContract(t *testing.T) {
	t.Parallel()
	s := readSchema(t)
	c := start(t, func(b *sandbox.Behaviour) { b.ReusedBatchStatus = 409 })
	post := func(operation, path, body string, status int) answer {
		t.Helper()
		a := s.check(t, operation, c.post(t, path, body))
		require.Equal(t, status, a.status, "%s %s", operation, a.raw)
		return a
	}
	path := c.payment(t, 5000)
	batch := batchOf("b", "CapturePayment", "capturePayments", item(path, "capture", `{}`))
	post("submitBatch", "/merchant-batches", `{}`, 400)
	post("submitBatch", "/merchant-batches", batch, 201)
	post("submitBatch", "/merchant-batches", batch, 409)
	for _, reference := range []string{"b", "unknown"} {
		s.check(t, "getBatchStatus", c.get(t, "/merchant-batches/"+reference))
	}
	post("processBatch", "/merchant-batches/b/process", "", 202)
	post("processBatch", "/merchant-batches/b/process", "", 400)
	post("processBatch", "/merchant-batches/unknown/process", "", 404)

	series := post("importCofSeries", "/tokens/importCofSeries", seriesBody(goodNumber), 201).text("paymentId")
	refused := post("importCofSeries", "/tokens/importCofSeries", seriesBody(declinedNumber), 201).text("paymentId")
	post("importCofSeries", "/tokens/importCofSeries", `{}`, 400)
	s.check(t, "getPayment", c.get(t, "/payments/"+series))
	s.check(t, "getPaymentDetails", c.get(t, "/payments/"+series+"/details"))
	id := post("subsequentPayment", "/payments/"+series+"/subsequent", subsequentBody(5), 201).text("payment.id")
	s.check(t, "getPaymentDetails", c.get(t, "/payments/"+id+"/details"))
	post("subsequentPayment", "/payments/"+refused+"/subsequent", subsequentBody(5), 402)
	post("subsequentPayment", path+"/subsequent", `{}`, 400)
	post("subsequentPayment", "/payments/1/subsequent", `{}`, 404)

	post("completePayment", c.awaiting(t, "7000000001")+"/complete", orderOf(500), 200)
	post("completePayment", c.awaiting(t, "7000000002")+"/complete", completeCard(declinedNumber, "1299"), 400)
	s.check(t, "getPaymentDetails", c.get(t, "/payments/7000000002_0/details"))
	post("completePayment", path+"/complete", orderOf(500), 400)
	unpaid := post("createPayment", "/payments", createBody(800, createInputs[8]), 201).text("payment.id")
	post("completePayment", "/payments/"+unpaid+"/complete", orderOf(800), 500)
}

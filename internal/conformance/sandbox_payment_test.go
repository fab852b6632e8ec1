package conformance_test

import (
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

func (v *visit) payment() {
	made := v.call(201, "createPayment", "M", payment(visaNumber, "PRE_AUTHORIZATION"))
	id := made.text("payment.id")
	require.Equal(v.t, "PENDING_CAPTURE", made.text("payment.status"))
	require.EqualValues(v.t, 5, made.number("payment.statusOutput.statusCode"))
	v.balances(id, 800, 0, 0, 0)
	require.Zero(v.t, v.call(200, "getCaptures", "M", id).list("captures"))
	require.Zero(v.t, v.call(200, "getRefunds", "M", id).list("refunds"))

	first := v.call(201, "capturePayment", "M", id, `{"amount":300,"isFinal":false,"operationReferences":{"merchantReference":"ship-1"}}`)
	require.Equal(v.t, strings.TrimSuffix(id, "0")+"1", first.text("id"))
	require.Equal(v.t, "CAPTURE_REQUESTED", first.text("status"))
	v.call(201, "capturePayment", "M", id, `{"amount":200}`)
	captures := v.call(200, "getCaptures", "M", id)
	require.Equal(v.t, []any{2, "CAPTURED", int64(300), "ship-1", int64(200)}, []any{
		captures.list("captures"), captures.text("captures.0.status"), captures.number("captures.0.captureOutput.amountOfMoney.amount"),
		captures.text("captures.0.captureOutput.operationReferences.merchantReference"), captures.number("captures.1.captureOutput.amountOfMoney.amount"),
	})
	v.call(400, "capturePayment", "M", id, `{"amount":301}`)
	v.call(400, "refundPayment", "M", id, money("100")) // while more could be captured
	v.balances(id, 300, 500, 0, 0)

	cancelled := v.call(200, "cancelPayment", "M", id, money("100"))
	require.Equal(v.t, "CANCELLED", cancelled.text("payment.status"))
	v.call(400, "cancelPayment", "M", id, money("201"))
	v.call(200, "cancelPayment", "M", id)
	v.balances(id, 0, 500, 300, 0)
	v.call(400, "capturePayment", "M", id)

	v.call(201, "refundPayment", "M", id, money("100"))
	v.call(201, "refundPayment", "M", id, money("150"))
	v.call(400, "refundPayment", "M", id, money("251"))
	refunds := v.call(200, "getRefunds", "M", id)
	require.Equal(v.t, []any{2, "REFUNDED", int64(100), int64(150)}, []any{
		refunds.list("refunds"), refunds.text("refunds.0.status"),
		refunds.number("refunds.0.refundOutput.amountOfMoney.amount"), refunds.number("refunds.1.refundOutput.amountOfMoney.amount"),
	})
	v.call(201, "refundPayment", "M", id)
	v.balances(id, 0, 0, 300, 500)
	require.Equal(v.t, id, v.call(200, "getPayment", "M", id).text("id"))

	details := v.call(200, "getPaymentDetails", "M", id)
	sums := map[int64]int64{}
	for i := range details.list("Operations") {
		at := "Operations." + string(rune('0'+i))
		require.Equal(v.t, strings.TrimSuffix(id, "0")+string(rune('0'+i)), details.text(at+".id"))
		sums[details.number(at+".statusOutput.statusCode")] += details.number(at + ".amountOfMoney.amount")
	}
	require.Equal(v.t, map[int64]int64{5: 800, 9: 500, 6: 300, 8: 500}, sums)
	book := v.book(id)
	require.Equal(v.t, [3]int{2, 2, 3}, [3]int{book.Count(sandbox.Capture), book.Count(sandbox.Cancel), book.Count(sandbox.Refund)})
}

func (v *visit) sale() {
	made := v.call(201, "createPayment", "M", payment(visaNumber, "SALE"))
	id := made.text("payment.id")
	require.Equal(v.t, "CAPTURED", made.text("payment.status"))
	require.EqualValues(v.t, 9, made.number("payment.statusOutput.statusCode"))
	v.balances(id, 0, 800, 0, 0)
	v.call(400, "capturePayment", "M", id)
	v.call(400, "cancelPayment", "M", id)
	require.Equal(v.t, "ACTION_NOT_ALLOWED_ON_TRANSACTION", v.call(400, "refundPayment", "M", id, money("801")).text("errors.0.message"))
	refund := v.call(201, "refundPayment", "M", id)
	require.EqualValues(v.t, 800, refund.number("refundOutput.amountOfMoney.amount"))
	require.Equal(v.t, "ACTION_NOT_ALLOWED_ON_TRANSACTION", v.call(400, "refundPayment", "M", id).text("errors.0.message"))
	v.balances(id, 0, 0, 0, 800)
}

func (v *visit) unknownPayment() {
	const id = "9999999999_0"
	for method, body := range map[string]string{
		"getPayment": "", "getPaymentDetails": "", "getCaptures": "", "getRefunds": "",
		"capturePayment": `{}`, "refundPayment": `{}`, "cancelPayment": `{}`, "subsequentPayment": `{` + order + `}`, "completePayment": `{` + order + `}`,
	} {
		args := []string{"M", id}
		if body != "" {
			args = append(args, body)
		}
		refused := v.call(404, method, args...)
		require.Equal(v.t, []any{"UNKNOWN_PAYMENT_ID", "50001130", "1002", float64(404)}, []any{
			refused.value("errors.0.id"), refused.value("errors.0.errorCode"), refused.value("errors.0.code"), refused.value("errors.0.httpStatusCode"),
		}, method)
		require.NotEmpty(v.t, refused.text("errorId"))
	}
}

func (v *visit) challenge() {
	made := v.call(201, "createPayment", "M", payment(challengeNumber, "PRE_AUTHORIZATION"))
	id := made.text("payment.id")
	require.Equal(v.t, "REDIRECT", made.text("merchantAction.actionType"))
	require.Contains(v.t, made.text("merchantAction.redirectData.redirectURL"), "https://")
	require.Equal(v.t, "REDIRECTED", made.text("payment.status"))
	require.EqualValues(v.t, 46, made.number("payment.statusOutput.statusCode"))
	v.call(400, "capturePayment", "M", id)
	require.Empty(v.t, v.book(id).Movements, "nothing is authorised before the consumer has agreed")
	_, err := v.sb.Portal(id, sandbox.Authorization, 0)
	require.NoError(v.t, err)
	require.Equal(v.t, "PENDING_CAPTURE", v.call(200, "getPayment", "M", id).text("status"))
	v.call(201, "capturePayment", "M", id)
	v.balances(id, 0, 800, 0, 0)
	elsewhere := v.call(201, "createPayment", "M", `{`+order+`,"redirectPaymentMethodSpecificInput":{"paymentProductId":809,"redirectionData":{"returnUrl":"https://shop.example/back"}}}`)
	require.Equal(v.t, "REDIRECT", elsewhere.text("merchantAction.actionType"))
}

func (v *visit) subsequent() {
	first := v.authorised()
	v.call(201, "capturePayment", "M", first)
	next := `{` + strings.Replace(order, "800", "700", 1) + `,"subsequentcardPaymentMethodSpecificInput":{"authorizationMode":"SALE","subsequentType":"Recurring"}}`
	made := v.call(201, "subsequentPayment", "M", first, next, key("visit-next"))
	id := made.text("payment.id")
	require.NotEqual(v.t, first, id)
	require.Equal(v.t, "CAPTURED", made.text("payment.status"))
	v.balances(id, 0, 700, 0, 0)
	v.balances(first, 0, 800, 0, 0)
	again := v.call(201, "subsequentPayment", "M", first, next, key("visit-next"))
	require.Equal(v.t, id, again.text("payment.id"))
	require.NotEmpty(v.t, again.at)
}

func (v *visit) completion() {
	_, err := v.sb.LoadSeed(strings.NewReader(`{"id":"7066177001_0","amount":800,"currency":"EUR","paymentProductId":840,"code":47}`))
	require.NoError(v.t, err)
	made := v.call(200, "completePayment", "M", "7066177001_0", `{`+order+`}`)
	require.Equal(v.t, "7066177001_0", made.text("payment.id"))
	require.Equal(v.t, "PENDING_CAPTURE", made.text("payment.status"))
	v.balances("7066177001_0", 800, 0, 0, 0)
	v.call(400, "completePayment", "M", "7066177001_0", `{`+order+`}`)
	unpaid := v.call(201, "createPayment", "M", `{`+order+`,"redirectPaymentMethodSpecificInput":{"paymentProductId":840}}`).text("payment.id")
	require.Equal(v.t, "DIRECT_PLATFORM_ERROR", v.call(500, "completePayment", "M", unpaid, `{`+order+`}`).text("errors.0.category"))
}

func (v *visit) declined() {
	made := v.call(402, "createPayment", "M", payment(declinedNumber, "PRE_AUTHORIZATION"), key("visit-declined"))
	id := made.text("paymentResult.payment.id")
	require.Equal(v.t, "REJECTED", made.text("paymentResult.payment.status"))
	require.EqualValues(v.t, 2, made.number("paymentResult.payment.statusOutput.statusCode"))
	require.Equal(v.t, "30041001", made.text("errors.0.errorCode"))
	require.Equal(v.t, "REJECTED", v.call(200, "getPayment", "M", id).text("status"))
	v.call(400, "capturePayment", "M", id)
	require.Empty(v.t, v.book(id).Movements)
	again := v.call(402, "createPayment", "M", payment(visaNumber, "SALE"), key("visit-declined"))
	require.Equal(v.t, id, again.text("paymentResult.payment.id"), "a key keeps its first answer")
}

func (v *visit) invalid() {
	for body, at := range map[string]string{
		payment("123", "SALE"):                                         "cardPaymentMethodSpecificInput.card.cardNumber",
		payment(visaNumber, "NEVER"):                                   "cardPaymentMethodSpecificInput.authorizationMode",
		strings.Replace(payment(visaNumber, "SALE"), "EUR", "Euro", 1): "order.amountOfMoney.currencyCode",
		strings.Replace(payment(visaNumber, "SALE"), "800", "0", 1):    "order.amountOfMoney.amount",
	} {
		refused := v.call(400, "createPayment", "M", body)
		require.Equal(v.t, 1, refused.list("errors"), body)
		require.Equal(v.t, []any{"INVALID_VALUE", at, float64(400)}, []any{
			refused.value("errors.0.id"), refused.value("errors.0.propertyName"), refused.value("errors.0.httpStatusCode"),
		}, body)
	}
	v.call(404, "getPayment", "M/nonsense", "1")
}

func (v *visit) amounts() {
	refused := v.call(402, "createPayment", "M", strings.Replace(payment(visaNumber, "SALE"), "800", "1302", 1))
	require.Equal(v.t, "30511001", refused.text("errors.0.errorCode"))
	id := v.call(201, "createPayment", "M", strings.Replace(payment(visaNumber, "PRE_AUTHORIZATION"), "800", "5000", 1)).text("payment.id")
	v.call(201, "capturePayment", "M", id, `{"amount":1309}`)
	require.Equal(v.t, "REJECTED_CAPTURE", v.call(200, "getCaptures", "M", id).text("captures.0.status"))
	v.balances(id, 5000, 0, 0, 0)
	uncertain := v.call(201, "capturePayment", "M", id, `{"amount":1209}`)
	require.EqualValues(v.t, 92, uncertain.number("statusOutput.statusCode"))
	require.EqualValues(v.t, 1209, v.book(id).Balances[sandbox.CaptureRequested])
}

package conformance_test

import (
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

func (v *visit) hostedCheckout() {
	made := v.call(200, "createHostedCheckout", "M", `{`+order+`,"hostedCheckoutSpecificInput":{"returnUrl":"https://shop.example/back","locale":"de_DE"}}`)
	id, mac := made.text("hostedCheckoutId"), made.text("RETURNMAC")
	require.Equal(v.t, "https://payment."+made.text("partialRedirectUrl"), made.text("redirectUrl"))
	require.Equal(v.t, "order-1", made.text("merchantReference"))
	open := v.call(200, "getHostedCheckout", "M", id)
	require.Equal(v.t, "IN_PROGRESS", open.text("status"))
	require.NotNil(v.t, open.value("createdPaymentOutput"))
	v.call(404, "getPayment", "M", id+"_0")

	refused, err := v.sb.PayCheckout(id, entered(declinedNumber))
	require.NoError(v.t, err)
	require.Equal(v.t, "IN_PROGRESS", refused.Status)
	require.Equal(v.t, "REJECTED", v.call(200, "getHostedCheckout", "M", id).text("createdPaymentOutput.payment.status"))
	paid, err := v.sb.PayCheckout(id, entered(visaNumber))
	require.NoError(v.t, err)
	require.Equal(v.t, "https://shop.example/back?RETURNMAC="+mac+"&hostedCheckoutId="+id, paid.ReturnURL)
	shown := v.call(200, "getHostedCheckout", "M", id)
	require.Equal(v.t, "PAYMENT_CREATED", shown.text("status"))
	require.Equal(v.t, "SUCCESSFUL", shown.text("createdPaymentOutput.paymentStatusCategory"))
	require.Equal(v.t, id+"_0", shown.text("createdPaymentOutput.payment.id"))
	v.call(201, "capturePayment", "M", id+"_0")
	v.call(201, "refundPayment", "M", id+"_0", money("300"))
	v.balances(id+"_0", 0, 500, 0, 300)

	left := v.call(200, "createHostedCheckout", "M", `{`+order+`,"hostedCheckoutSpecificInput":{"returnUrl":"https://shop.example/back"}}`).text("hostedCheckoutId")
	_, err = v.sb.CancelCheckout(left)
	require.NoError(v.t, err)
	require.Equal(v.t, "CANCELLED_BY_CONSUMER", v.call(200, "getHostedCheckout", "M", left).text("status"))
	v.call(404, "getHostedCheckout", "M", "1")
	v.call(400, "createHostedCheckout", "M", `{`+order+`,"hostedCheckoutSpecificInput":{"locale":"german"}}`)
}

func (v *visit) hostedTokenization() {
	made := v.call(200, "createHostedTokenization", "M", `{"locale":"de_DE"}`)
	id := made.text("hostedTokenizationId")
	require.Equal(v.t, "https://payment."+made.text("partialRedirectUrl"), made.text("hostedTokenizationUrl"))
	pay := `{` + order + `,"hostedTokenizationId":"` + id + `"}`
	v.call(400, "createPayment", "M", pay)
	token, err := v.sb.EnterCard(id, entered(visaNumber), false)
	require.NoError(v.t, err)
	shown := v.call(200, "getHostedTokenization", "M", id)
	require.Equal(v.t, "CREATED", shown.text("tokenStatus"))
	require.Equal(v.t, token, shown.text("token.id"))
	require.Equal(v.t, true, shown.value("token.isTemporary"))
	require.Equal(v.t, "************0026", shown.text("token.card.data.cardWithoutCvv.cardNumber"))
	paid := v.call(201, "createPayment", "M", pay).text("payment.id")
	require.EqualValues(v.t, 800, v.book(paid).Authorized)
	require.Equal(v.t, "INVALID_VALUE", v.call(400, "createPayment", "M", pay).text("errors.0.id"), "it pays once")
	v.call(404, "getHostedTokenization", "M", "nonsense")

	kept := v.call(200, "createHostedTokenization", "M", `{}`).text("hostedTokenizationId")
	token, err = v.sb.EnterCard(kept, entered("5137009801943438"), true)
	require.NoError(v.t, err)
	for range 2 {
		byToken := v.call(201, "createPayment", "M", `{`+order+`,"cardPaymentMethodSpecificInput":{"authorizationMode":"SALE","token":"`+token+`"}}`)
		require.Equal(v.t, token, byToken.text("payment.paymentOutput.cardPaymentMethodSpecificOutput.token"))
		v.balances(byToken.text("payment.id"), 0, 800, 0, 0)
	}
	require.Equal(v.t, false, v.call(200, "getToken", "M", token).value("isTemporary"))
	v.call(204, "deleteToken", "M", token)
}

func (v *visit) tokens() {
	token := `{"paymentProductId":1,"card":{"data":{"card":` + cardOf(visaNumber) + `}}}`
	made := v.call(201, "createToken", "M", token)
	id := made.text("token")
	require.Equal(v.t, true, made.value("isNewToken"))
	again := v.call(200, "createToken", "M", token)
	require.Equal(v.t, id, again.text("token"))
	require.Equal(v.t, false, again.value("isNewToken"))
	require.Equal(v.t, "************0026", v.call(200, "getToken", "M", id).text("card.data.cardWithoutCvv.cardNumber"))
	pay := `{` + order + `,"cardPaymentMethodSpecificInput":{"token":"` + id + `"}}`
	v.call(201, "createPayment", "M", pay)
	v.call(204, "deleteToken", "M", id)
	v.call(404, "deleteToken", "M", id)
	v.call(404, "getToken", "M", id)
	v.call(400, "createPayment", "M", pay)
}

func (v *visit) paymentLinks() {
	body := `{` + order + `,"paymentLinkSpecificInput":{"recipientName":"Ada"},"cardPaymentMethodSpecificInput":{"authorizationMode":"SALE"}}`
	made := v.call(201, "createPaymentLink", "M", body)
	id := made.text("paymentLinkId")
	require.Equal(v.t, "ACTIVE", made.text("status"))
	require.EqualValues(v.t, 800, made.number("paymentLinkOrder.amount.amount"))
	require.Contains(v.t, made.text("redirectionUrl"), "https://")
	paid, err := v.sb.PayPaymentLink(id, entered(visaNumber))
	require.NoError(v.t, err)
	shown := v.call(200, "getPaymentLinkById", "M", id)
	require.Equal(v.t, "PAID", shown.text("status"))
	require.Equal(v.t, paid.PaymentID, shown.text("paymentId"))
	require.Equal(v.t, "CAPTURED", v.call(200, "getPayment", "M", paid.PaymentID).text("status"))
	v.balances(paid.PaymentID, 0, 800, 0, 0)
	v.call(409, "cancelPaymentLinkById", "M", id)

	id = v.call(201, "createPaymentLink", "M", body).text("paymentLinkId")
	v.call(204, "cancelPaymentLinkById", "M", id)
	v.call(409, "cancelPaymentLinkById", "M", id)
	cancelled := v.call(200, "getPaymentLinkById", "M", id)
	require.Equal(v.t, "CANCELLED", cancelled.text("status"))
	require.Equal(v.t, "CANCELLED", cancelled.text("paymentLinkEvents.1.type"))
	_, err = v.sb.PayPaymentLink(id, entered(visaNumber))
	require.Error(v.t, err)
	v.call(400, "getPaymentLinkById", "M", "x")
	v.call(404, "getPaymentLinkById", "M", "00000000-0000-4000-8000-000000000000")
}

func (v *visit) mandates() {
	body := `{"customerReference":"C-1","recurrenceType":"RECURRING","signatureType":"SMS","returnUrl":"https://shop.example/back",` +
		`"customer":{"bankAccountIban":{"iban":"DE89370400440532013000"},"personalInformation":{"name":{"firstName":"Ada","surname":"Test"}}}}`
	made := v.call(201, "createMandate", "M", body)
	id := made.text("mandate.uniqueMandateReference")
	require.Equal(v.t, "CREATED", made.text("mandate.status"))
	require.Equal(v.t, "REDIRECT", made.text("merchantAction.actionType"))
	v.call(400, "blockMandate", "M", id)
	back, err := v.sb.SignMandate(id)
	require.NoError(v.t, err)
	require.Equal(v.t, "https://shop.example/back?RETURNMAC="+made.text("merchantAction.redirectData.RETURNMAC"), back)
	status := func(want string) {
		v.t.Helper()
		require.Equal(v.t, want, v.call(200, "getMandate", "M", id).text("mandate.status"))
	}
	status("ACTIVE")
	require.Equal(v.t, "BLOCKED", v.call(200, "blockMandate", "M", id).text("mandate.status"))
	v.call(400, "blockMandate", "M", id)
	status("BLOCKED")
	v.call(200, "unblockMandate", "M", id)
	status("ACTIVE")
	v.call(200, "revokeMandate", "M", id, `{"revocationReason":"userAction"}`)
	status("REVOKED")
	v.call(400, "unblockMandate", "M", id)
	v.call(404, "getMandate", "M", "unknown")
	v.call(400, "createMandate", "M", strings.Replace(body, "RECURRING", "SOMETIMES", 1))
}

func (v *visit) payouts() {
	payout := func(number, currency string) string {
		return `{"amountOfMoney":{"amount":500,"currencyCode":"` + currency + `"},"references":{"merchantReference":"pay-1"},` +
			`"cardPayoutMethodSpecificInput":{"paymentProductId":1,"card":` + cardOf(number) + `}}`
	}
	made := v.call(201, "createPayout", "M", payout(visaNumber, "EUR"), key("visit-payout"))
	require.Equal(v.t, made.text("id"), v.call(201, "createPayout", "M", payout(visaNumber, "EUR"), key("visit-payout")).text("id"))
	require.Equal(v.t, "ACCOUNT_CREDITED", v.call(200, "getPayout", "M", made.text("id")).text("status"))
	refused := v.call(400, "createPayout", "M", payout(declinedNumber, "EUR"))
	require.Equal(v.t, "REJECTED_CREDIT", refused.text("payoutResult.status"))
	require.Equal(v.t, "REJECTED_CREDIT", v.call(200, "getPayout", "M", refused.text("payoutResult.id")).text("status"))
	for _, body := range []string{payout("123", "EUR"), payout(visaNumber, "euro"), strings.Replace(payout(visaNumber, "EUR"), "500", "-1", 1)} {
		require.Equal(v.t, "INVALID_VALUE", v.call(400, "createPayout", "M", body).text("errors.0.id"), body)
	}
	v.call(404, "getPayout", "M", "9999999999_0")
	booked := v.sb.Payouts()
	for i := range booked {
		require.WithinDuration(v.t, v.sb.Now(), booked[i].Time, time.Minute)
		booked[i].Time = time.Time{}
	}
	require.Equal(v.t, []sandbox.Payout{
		{ID: made.text("id"), Status: "ACCOUNT_CREDITED", Amount: 500, Currency: "EUR", Key: "visit-payout", Reference: "pay-1"},
		{ID: refused.text("payoutResult.id"), Status: "REJECTED_CREDIT", Amount: 500, Currency: "EUR", Reference: "pay-1"},
	}, booked)
}

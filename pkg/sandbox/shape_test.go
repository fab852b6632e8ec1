package sandbox_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

// TestAnswersFitTheContract drives payments of all methods through all calls
// and checks every answer against the object that the contract declares for
// the operation and status.
func TestAnswersFitTheContract(t *testing.T) {
	t.Parallel()
	s := readSchema(t)
	for _, change := range []func(*sandbox.Behaviour){
		func(*sandbox.Behaviour) {},
		func(b *sandbox.Behaviour) { b.EchoReferences, b.SettleAfter = false, defaultWindow },
		func(b *sandbox.Behaviour) { b.AnswerSettled, b.CancelAnswersInitialID = true, true },
	} {
		c := start(t, change)
		check := func(operation string, a answer) answer {
			t.Helper()
			return s.check(t, operation, a)
		}
		check("testConnection", c.get(t, "/services/testconnection"))
		for _, input := range createInputs {
			a := check("createPayment", c.post(t, "/payments", `{"order":{"amountOfMoney":{"amount":1500,"currencyCode":"EUR"},`+
				`"references":{"merchantReference":"ORDER-1","merchantParameters":"p","operationGroupReference":"g"}},`+input+`}`))
			id := a.text("payment.id")
			if id == "" {
				id = a.text("paymentResult.payment.id")
			}
			if id == "" {
				require.Equal(t, 400, a.status)
				continue
			}
			path := "/payments/" + id
			for range 2 { // the second round is refused where the first took all
				check("capturePayment", c.post(t, path+"/capture", `{"amount":600,"operationReferences":{"merchantReference":"ship"}}`))
				check("capturePayment", c.post(t, path+"/capture", `{"amount":500,"references":{"merchantReference":"ship","merchantParameters":"x"}}`))
				check("cancelPayment", c.post(t, path+"/cancel", `{"operationReferences":{"merchantReference":"void","operationGroupReference":"g","structuredCreditorReference":"RF18A"}}`))
				check("refundPayment", c.post(t, path+"/refund", `{"operationReferences":{"merchantReference":"rma"},"captureId":"`+id[:10]+`_1"}`))
				for operation, call := range map[string]string{
					"getPayment": "", "getPaymentDetails": "/details", "getCaptures": "/captures", "getRefunds": "/refunds",
				} {
					check(operation, c.get(t, path+call))
				}
			}
			for operation, call := range map[string]string{
				"getPayment": "", "getPaymentDetails": "/details", "getCaptures": "/captures", "getRefunds": "/refunds",
			} {
				check(operation, c.get(t, "/payments/9999999999_0"+call))
			}
		}
	}
}

var createInputs = []string{
	`"cardPaymentMethodSpecificInput":{"paymentProductId":1,"authorizationMode":"PRE_AUTHORIZATION","card":{"cardNumber":"4012000033330026","cvv":"123","expiryDate":"1299"}}`,
	`"cardPaymentMethodSpecificInput":{"authorizationMode":"SALE","card":{"cardNumber":"371449635311004","expiryDate":"1299"}}`,
	`"cardPaymentMethodSpecificInput":{"card":{"cardNumber":"4874970686672022","cvv":"123","expiryDate":"1299"}}`,
	`"cardPaymentMethodSpecificInput":{"card":{"cardNumber":"4321456998744563","cvv":"123","expiryDate":"1299"}}`,
	`"cardPaymentMethodSpecificInput":{"card":{"cardNumber":"123"}}`,
	`"cardPaymentMethodSpecificInput":{"token":"t","paymentProductId":3}`,
	`"hostedTokenizationId":"abc"`,
	`"mobilePaymentMethodSpecificInput":{"paymentProductId":302,"requiresApproval":true}`,
	`"redirectPaymentMethodSpecificInput":{"paymentProductId":840}`,
	`"sepaDirectDebitPaymentMethodSpecificInput":{"paymentProductId":771}`,
}

// TestExactAnswers pins the answers of the example that the shapes were taken
// from: 100.00 authorised, 60.00 and 40.00 captured, 25.00 refunded.
func TestExactAnswers(t *testing.T) {
	t.Parallel()
	c := start(t, func(b *sandbox.Behaviour) { b.SettleAfter = defaultWindow })
	c.seed(t, `{"id":"4105550101_0","amount":10000,"currency":"EUR","merchantReference":"ORDER-1001","operations":[`+
		`{"kind":"capture","amount":6000,"ref":"SHIP-1"},{"kind":"capture","amount":4000,"ref":"SHIP-2"}]}`)
	refund := c.post(t, "/payments/4105550101_0/refund", `{"amountOfMoney":{"amount":2500,"currencyCode":"EUR"},"operationReferences":{"merchantReference":"RET-1"}}`)
	require.Equal(t, 201, refund.status)
	require.JSONEq(t, `{"id":"4105550101_3","status":"REFUND_REQUESTED",
		"statusOutput":{"statusCode":81,"statusCategory":"PENDING_CONNECT_OR_3RD_PARTY","isCancellable":false},
		"refundOutput":{"amountOfMoney":{"amount":2500,"currencyCode":"EUR"},"amountPaid":10000,"paymentMethod":"card",
		"operationReferences":{"merchantReference":"RET-1"},
		"cardRefundMethodSpecificOutput":{"totalAmountPaid":10000,"totalAmountRefunded":2500}}}`, string(refund.raw))
	require.JSONEq(t, `{"captures":[
		{"id":"4105550101_1","status":"CAPTURED","statusOutput":{"statusCode":9},"captureOutput":{"amountOfMoney":{"amount":6000,"currencyCode":"EUR"},"paymentMethod":"card","operationReferences":{"merchantReference":"SHIP-1"}}},
		{"id":"4105550101_2","status":"CAPTURED","statusOutput":{"statusCode":9},"captureOutput":{"amountOfMoney":{"amount":4000,"currencyCode":"EUR"},"paymentMethod":"card","operationReferences":{"merchantReference":"SHIP-2"}}}
	]}`, string(c.get(t, "/payments/4105550101_0/captures").raw))

	details := c.get(t, "/payments/4105550101_0/details")
	for path, want := range map[string]any{
		"id": "4105550101_0", "status": "CAPTURED", "statusOutput.statusCategory": "COMPLETED",
		"paymentOutput.amountOfMoney.amount": 10000, "paymentOutput.acquiredAmount.amount": 10000,
		"paymentOutput.references.merchantReference": "ORDER-1001", "paymentOutput.paymentMethod": "card",
		"paymentOutput.cardPaymentMethodSpecificOutput.card.bin":        "433026",
		"paymentOutput.cardPaymentMethodSpecificOutput.card.cardNumber": "************4675",
		"Operations.0.id": "4105550101_0", "Operations.0.status": "PENDING_CAPTURE", "Operations.0.statusOutput.statusCode": 5,
		"Operations.0.statusOutput.isAuthorized": true, "Operations.0.statusOutput.isCancellable": false,
		"Operations.0.operationReferences.merchantReference": "ORDER-1001",
		"Operations.1.status":                                "CAPTURED", "Operations.1.statusOutput.isRefundable": true,
		"Operations.2.operationReferences.merchantReference": "SHIP-2",
		"Operations.3.id":                          "4105550101_3",
		"Operations.3.statusOutput.statusCategory": "PENDING_CONNECT_OR_3RD_PARTY",
		"Operations.3.statusOutput.isRefundable":   false,
	} {
		if diff := cmp.Diff(want, details.at(path)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
	unread := c.get(t, "/payments/9999999999_0")
	require.Regexp(t, `^\{"errorId":"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}-\d{8}","errors":\[`+
		`\{"errorCode":"50001130","category":"DIRECT_PLATFORM_ERROR","code":"1002","httpStatusCode":404,"id":"UNKNOWN_PAYMENT_ID",`+
		`"message":"UNKNOWN_PAYMENT_ID","propertyName":"paymentId","retriable":false\}\]\}$`, string(unread.raw))
}

func TestAnswersOfCaptureAndCancel(t *testing.T) {
	t.Parallel()
	c := start(t)
	path := c.payment(t, 10000)
	capture := c.post(t, path+"/capture", `{"amount":6000,"operationReferences":{"merchantReference":"SHIP-1","operationGroupReference":"GRP"}}`)
	for at, want := range map[string]any{
		"id": path[len("/payments/"):len(path)-1] + "1", "status": "CAPTURE_REQUESTED", "statusOutput.statusCode": 91,
		"captureOutput.amountOfMoney.amount": 6000, "captureOutput.acquiredAmount.amount": 6000,
		"captureOutput.operationReferences.operationGroupReference": "GRP", "statusOutput.isAuthorized": nil,
	} {
		require.Equal(t, want, capture.at(at), at)
	}
	cancel := c.post(t, path+"/cancel", `{"amountOfMoney":{"amount":1000,"currencyCode":"EUR"}}`)
	for at, want := range map[string]any{
		"payment.id": path[len("/payments/"):len(path)-1] + "2", "payment.status": "CANCELLED",
		"payment.statusOutput.statusCode": 61, "payment.statusOutput.statusCategory": "PENDING_MERCHANT",
		"payment.statusOutput.isAuthorized": true, "payment.paymentOutput.amountOfMoney.amount": 10000,
		"payment.paymentOutput.acquiredAmount.amount": 9000,
	} {
		require.Equal(t, want, cancel.at(at), at)
	}
	require.Equal(t, 200, cancel.status)
	require.Equal(t, "UNSUCCESSFUL", c.get(t, path+"/details").text("Operations.2.statusOutput.statusCategory"))
}

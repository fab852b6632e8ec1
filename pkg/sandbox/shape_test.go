package sandbox_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

// A schema describes the objects of the API.
type schema struct {
	Objects map[string]struct {
		Fields map[string]field `json:"fields"`
	} `json:"objects"`
	Operations []struct {
		OperationID   string            `json:"operationId"`
		ErrorResponse string            `json:"errorResponse"`
		Idempotent    bool              `json:"serverIdempotent"`
		Responses     map[string]string `json:"responses"`
	} `json:"operations"`
}

type field struct {
	Type        string `json:"type"`
	Ref         string `json:"ref"`
	Items       *field `json:"items"`
	Required    bool   `json:"required"`
	Constraints struct {
		Enum      []string `json:"enum"`
		MaxLength int      `json:"maxLength"`
	} `json:"constraints"`
}

func readSchema(t *testing.T) *schema {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "internal", "gen", "schema.json"))
	require.NoError(t, err)
	var s schema
	require.NoError(t, json.Unmarshal(text, &s))
	return &s
}

// faults returns what a value has that its object does not, or lacks.
func (s *schema) faults(object, path string, v any) []string {
	members, ok := v.(map[string]any)
	if !ok {
		return []string{path + ": not an object"}
	}
	known, ok := s.Objects[object]
	if !ok {
		return []string{path + ": no object " + object}
	}
	var all []string
	for name, value := range members {
		f, ok := known.Fields[name]
		if !ok {
			all = append(all, fmt.Sprintf("%s.%s: no field of %s", path, name, object))
			continue
		}
		all = append(all, s.faultsOf(f, path+"."+name, value)...)
	}
	for name, f := range known.Fields {
		if _, present := members[name]; f.Required && !present {
			all = append(all, path+"."+name+": missing")
		}
	}
	sort.Strings(all)
	return all
}

func (s *schema) faultsOf(f field, path string, v any) []string {
	var ok bool
	switch f.Type {
	case "object":
		return s.faults(f.Ref, path, v)
	case "list":
		items, isList := v.([]any)
		var all []string
		for i, item := range items {
			all = append(all, s.faultsOf(*f.Items, fmt.Sprintf("%s[%d]", path, i), item)...)
		}
		if ok = isList; ok {
			return all
		}
	case "int32", "int64":
		n, isNumber := v.(float64)
		ok = isNumber && n == float64(int64(n))
	case "bool":
		_, ok = v.(bool)
	case "string", "date", "datetime":
		text, isText := v.(string)
		ok = isText && (f.Constraints.MaxLength == 0 || len(text) <= f.Constraints.MaxLength) &&
			(len(f.Constraints.Enum) == 0 || slices.Contains(f.Constraints.Enum, text))
	default:
		ok = false
	}
	if !ok {
		return []string{fmt.Sprintf("%s: %v is no %s", path, v, f.Type)}
	}
	return nil
}

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
			object := s.objectFor(operation, a.status)
			var v any
			require.NoError(t, json.Unmarshal(a.raw, &v), "%s", a.raw)
			if diff := cmp.Diff([]string(nil), s.faults(object, object, v)); diff != "" {
				t.Errorf("%s %d (-want +got):\n%s\n%s", operation, a.status, diff, a.raw)
			}
			require.Equal(t, "application/json", a.header.Get("Content-Type"))
			require.Equal(t, itoa(len(a.raw)), a.header.Get("Content-Length"))
			return a
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

// objectFor returns the object of an answer. Where the contract lists no such
// status, it is that of the operation's errors.
func (s *schema) objectFor(operation string, status int) string {
	for _, o := range s.Operations {
		if o.OperationID != operation {
			continue
		}
		if object, ok := o.Responses[itoa(status)]; ok {
			return object
		}
		if status >= 400 {
			return o.ErrorResponse
		}
	}
	return fmt.Sprintf("(%s has no answer %d)", operation, status)
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

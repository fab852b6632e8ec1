package gateway

import (
	"github.com/go-json-experiment/json"
)

// JSON is the marshaller of the reconciler: names count with their case, a
// name that occurs twice in an object is an error, and so is text that is not
// UTF-8. An answer that could be read in two ways is not read.
type JSON struct{}

// Marshal encodes v. A body that is encoded already stays as it is.
func (JSON) Marshal(v any) ([]byte, error) {
	if b, done := v.(body); done {
		return b, nil
	}
	return json.Marshal(v)
}

// Unmarshal decodes data into v.
func (JSON) Unmarshal(data []byte, v any) error { return json.Unmarshal(data, v) }

// A body is a request that was encoded before, so that what is hashed is what
// is sent.
type body []byte

// MarshalJSON returns the bytes as they are, whatever marshaller is asked.
func (b body) MarshalJSON() ([]byte, error) { return b, nil }

// What is read of the platform's answers, under its own names, and no more:
// card data never gets into this program.

type amountOfMoney struct {
	Amount       *int64 `json:"amount,omitzero"`
	CurrencyCode string `json:"currencyCode,omitzero"`
}

type references struct {
	MerchantReference string `json:"merchantReference,omitzero"`
}

type statusOutput struct {
	StatusCode     *int   `json:"statusCode,omitzero"`
	StatusCategory string `json:"statusCategory,omitzero"`
	IsAuthorized   *bool  `json:"isAuthorized,omitzero"`
	IsCancellable  *bool  `json:"isCancellable,omitzero"`
	IsRefundable   *bool  `json:"isRefundable,omitzero"`
}

type methodOutput struct {
	PaymentProductID int `json:"paymentProductId,omitzero"`
}

type paymentOutput struct {
	AmountOfMoney *amountOfMoney `json:"amountOfMoney,omitzero"`
	References    *references    `json:"references,omitzero"`
	Card          *methodOutput  `json:"cardPaymentMethodSpecificOutput,omitzero"`
	Mobile        *methodOutput  `json:"mobilePaymentMethodSpecificOutput,omitzero"`
	Redirect      *methodOutput  `json:"redirectPaymentMethodSpecificOutput,omitzero"`
	SEPA          *methodOutput  `json:"sepaDirectDebitPaymentMethodSpecificOutput,omitzero"`
	Surcharge     *struct {
		Amount *amountOfMoney `json:"surchargeAmount,omitzero"`
	} `json:"surchargeSpecificOutput,omitzero"`
}

type operationOutput struct {
	ID                  string         `json:"id,omitzero"`
	AmountOfMoney       *amountOfMoney `json:"amountOfMoney,omitzero"`
	Status              string         `json:"status,omitzero"`
	StatusOutput        *statusOutput  `json:"statusOutput,omitzero"`
	PaymentMethod       string         `json:"paymentMethod,omitzero"`
	OperationReferences *references    `json:"operationReferences,omitzero"`
}

type paymentDetails struct {
	ID            string            `json:"id,omitzero"`
	StatusOutput  *statusOutput     `json:"statusOutput,omitzero"`
	PaymentOutput *paymentOutput    `json:"paymentOutput,omitzero"`
	Operations    []operationOutput `json:"Operations,omitzero"`
}

// captureAnswer and refundAnswer are what the two calls say they made.
type captureAnswer struct {
	ID            string           `json:"id,omitzero"`
	Status        string           `json:"status,omitzero"`
	StatusOutput  *statusOutput    `json:"statusOutput,omitzero"`
	CaptureOutput *operationAnswer `json:"captureOutput,omitzero"`
}

type refundAnswer struct {
	ID           string           `json:"id,omitzero"`
	Status       string           `json:"status,omitzero"`
	StatusOutput *statusOutput    `json:"statusOutput,omitzero"`
	RefundOutput *operationAnswer `json:"refundOutput,omitzero"`
}

type cancelAnswer struct {
	Payment *struct {
		ID           string        `json:"id,omitzero"`
		StatusOutput *statusOutput `json:"statusOutput,omitzero"`
	} `json:"payment,omitzero"`
}

type operationAnswer struct {
	AmountOfMoney       *amountOfMoney `json:"amountOfMoney,omitzero"`
	OperationReferences *references    `json:"operationReferences,omitzero"`
}

// What is sent. The amount is never left out: without it the platform would
// take everything that is left.

type captureRequest struct {
	Amount              int64      `json:"amount"`
	IsFinal             bool       `json:"isFinal"`
	OperationReferences references `json:"operationReferences"`
}

type moneyRequest struct {
	AmountOfMoney       amountOfMoney `json:"amountOfMoney"`
	OperationReferences references    `json:"operationReferences"`
	Reason              string        `json:"reason,omitzero"`
}

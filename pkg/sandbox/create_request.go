package sandbox

import "regexp"

type createRequest struct {
	Order                 *wireOrder    `json:"order"`
	Card                  *createCard   `json:"cardPaymentMethodSpecificInput"`
	Mobile                *createMethod `json:"mobilePaymentMethodSpecificInput"`
	Redirect              *createMethod `json:"redirectPaymentMethodSpecificInput"`
	Sepa                  *createMethod `json:"sepaDirectDebitPaymentMethodSpecificInput"`
	HostedTokenizationID  string        `json:"hostedTokenizationId"`
	HostedFieldsSessionID string        `json:"hostedFieldsSessionId"`
	EncryptedInput        string        `json:"encryptedCustomerInput"`

	debited   *debited       // the mandate that it pays by
	stored    *token         // what a token or a hosted tokenization stands for
	Feedbacks *wireFeedbacks `json:"feedbacks"`
}

type wireOrder struct {
	AmountOfMoney *wireMoney      `json:"amountOfMoney"`
	References    *wireReferences `json:"references"`
}

type createCard struct {
	AuthorizationMode  string    `json:"authorizationMode"`
	PaymentProductID   int32     `json:"paymentProductId"`
	ReturnURL          string    `json:"returnUrl"`
	Token              string    `json:"token"`
	Card               *wireCard `json:"card"`
	SkipAuthentication bool      `json:"skipAuthentication"`
	ThreeDSecure       *struct {
		SkipAuthentication bool             `json:"skipAuthentication"`
		Redirection        *wireRedirection `json:"redirectionData"`
	} `json:"threeDSecure"`
	Tokenize        bool   `json:"tokenize"`
	Sequence        string `json:"unscheduledCardOnFileSequenceIndicator"`
	Requestor       string `json:"unscheduledCardOnFileRequestor"`
	InitialScheme   string `json:"initialSchemeTransactionId"`
	SchemeReference string `json:"schemeReferenceData"`
}

type wireCard struct {
	CardNumber string `json:"cardNumber"`
	CVV        string `json:"cvv"`
	ExpiryDate string `json:"expiryDate"`
	Holder     string `json:"cardholderName"`
}

func (c *wireCard) check(prefix string) *refusal {
	switch {
	case !cardNumberText.MatchString(c.CardNumber):
		return invalidValue(prefix + "cardNumber")
	case !cvvText.MatchString(c.CVV):
		return invalidValue(prefix + "cvv")
	case !expiryText.MatchString(c.ExpiryDate):
		return invalidValue(prefix + "expiryDate")
	}
	return nil
}

type createMethod struct {
	AuthorizationMode string `json:"authorizationMode"`
	PaymentProductID  int32  `json:"paymentProductId"`
	RequiresApproval  bool   `json:"requiresApproval"`

	Debit *directDebit `json:"paymentProduct771SpecificInput"` // of SEPA alone

	Tokenize      bool             `json:"tokenize"` // these of cards alone
	Sequence      string           `json:"unscheduledCardOnFileSequenceIndicator"`
	Requestor     string           `json:"unscheduledCardOnFileRequestor"`
	InitialScheme string           `json:"initialSchemeTransactionId"`
	Redirection   *wireRedirection `json:"redirectionData"`
}

var (
	cardNumberText = regexp.MustCompile(`^[1-9]\d{5}\d{0,13}$`)
	cvvText        = regexp.MustCompile(`^(\d{3,4})?$`)
	expiryText     = regexp.MustCompile(`^(0[1-9]|1[0-2])\d\d$`)
	currencyText   = regexp.MustCompile(`^[A-Z]{3}$`)
)

func (r *createRequest) check() *refusal {
	switch {
	case r.Order == nil:
		return missingValue("order")
	case r.Order.AmountOfMoney == nil:
		return missingValue("order.amountOfMoney")
	case !currencyText.MatchString(r.Order.AmountOfMoney.CurrencyCode):
		return invalidValue("order.amountOfMoney.currencyCode")
	case r.Card == nil && r.Mobile == nil && r.Redirect == nil && r.Sepa == nil &&
		r.HostedTokenizationID == "" && r.HostedFieldsSessionID == "" && r.EncryptedInput == "":
		return missingValue("cardPaymentMethodSpecificInput")
	}
	fail := r.Order.AmountOfMoney.check("order.amountOfMoney", r.Order.AmountOfMoney.CurrencyCode)
	if fail != nil || r.Card == nil || r.Card.Card == nil {
		return fail
	}
	return r.Card.Card.check("cardPaymentMethodSpecificInput.card.")
}

// check validates an order on its own, as hosted pages need it.
func (o *wireOrder) check() *refusal {
	if o == nil {
		return missingValue("order")
	}
	return o.AmountOfMoney.checkAny("order.amountOfMoney")
}

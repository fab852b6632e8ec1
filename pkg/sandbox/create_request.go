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
	return first(
		r.Order.AmountOfMoney.check("order.amountOfMoney", r.Order.AmountOfMoney.CurrencyCode),
		r.Order.References.check("order.references."), tooLong("hostedFieldsSessionId", r.HostedFieldsSessionID, 40),
		tooLong("encryptedCustomerInput", r.EncryptedInput, 5000), r.Card.check(),
		r.Mobile.check("mobilePaymentMethodSpecificInput."), r.Redirect.check("redirectPaymentMethodSpecificInput."),
		r.Sepa.check("sepaDirectDebitPaymentMethodSpecificInput."), r.Feedbacks.check(),
	)
}

func (c *createCard) check() *refusal {
	const prefix = "cardPaymentMethodSpecificInput."
	if c == nil {
		return nil
	}
	fail := first(
		checkMode(prefix, c.AuthorizationMode), checkProduct(prefix, c.PaymentProductID),
		tooLong(prefix+"returnUrl", c.ReturnURL, 200), tooLong(prefix+"token", c.Token, 50),
	)
	if fail != nil || c.Card == nil {
		return fail
	}
	return c.Card.check(prefix + "card.")
}

func (m *createMethod) check(prefix string) *refusal {
	if m == nil {
		return nil
	}
	return first(checkMode(prefix, m.AuthorizationMode), checkProduct(prefix, m.PaymentProductID))
}

func checkMode(prefix, mode string) *refusal {
	if mode == "" || mode == modeFinal || mode == modePre || mode == modeSale {
		return nil
	}
	return invalidValue(prefix + "authorizationMode")
}

func checkProduct(prefix string, product int32) *refusal {
	if product < 0 || product > 99999 {
		return invalidValue(prefix + "paymentProductId")
	}
	return nil
}

// check validates an order on its own, as hosted pages need it.
func (o *wireOrder) check() *refusal {
	if o == nil {
		return missingValue("order")
	}
	return first(o.AmountOfMoney.checkAny("order.amountOfMoney"), o.References.check("order.references."))
}

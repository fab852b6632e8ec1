package sandbox

import (
	"encoding/json"
	"errors"
	"regexp"
	"unicode/utf8"
)

const maxAmount = 999_999_999_999

func validAmount(amount int64) bool { return amount >= 1 && amount <= maxAmount }

type wireMoney struct {
	Amount       *int64 `json:"amount"`
	CurrencyCode string `json:"currencyCode"`
}

// check validates an optional amount in the currency of a payment.
func (m *wireMoney) check(name, currency string) *refusal {
	switch {
	case m == nil:
		return nil
	case m.Amount == nil:
		return missingValue(name + ".amount")
	case !validAmount(*m.Amount):
		return invalidValue(name + ".amount")
	case m.CurrencyCode == "":
		return missingValue(name + ".currencyCode")
	case m.CurrencyCode != currency:
		return invalidValue(name + ".currencyCode")
	}
	return nil
}

// checkAny validates an amount in whatever currency.
func (m *wireMoney) checkAny(name string) *refusal {
	switch {
	case m == nil:
		return missingValue(name)
	case !currencyText.MatchString(m.CurrencyCode):
		return invalidValue(name + ".currencyCode")
	}
	return m.check(name, m.CurrencyCode)
}

type wireReferences struct {
	MerchantReference           string `json:"merchantReference"`
	OperationGroupReference     string `json:"operationGroupReference"`
	StructuredCreditorReference string `json:"structuredCreditorReference"`
	MerchantParameters          string `json:"merchantParameters"`
}

var creditorReference = regexp.MustCompile(`^RF\d{2}[0-9A-Za-z]{1,21}$`)

func (r *wireReferences) check(prefix string) *refusal {
	if r == nil {
		return nil
	}
	if s := r.StructuredCreditorReference; s != "" && !creditorReference.MatchString(s) {
		return invalidValue(prefix + "structuredCreditorReference")
	}
	return first(
		tooLong(prefix+"merchantReference", r.MerchantReference, 40),
		tooLong(prefix+"operationGroupReference", r.OperationGroupReference, 50),
		tooLong(prefix+"merchantParameters", r.MerchantParameters, 1000),
	)
}

// operationRefs returns what came as operationReferences or, in their absence,
// as references.
func operationRefs(current, deprecated *wireReferences) *references {
	from := current
	if from == nil {
		from = deprecated
	}
	if from == nil {
		return nil
	}
	return &references{
		merchant: from.MerchantReference, group: from.OperationGroupReference,
		creditor: from.StructuredCreditorReference, parameters: from.MerchantParameters,
		deprecated: current == nil,
	}
}

type wireLineItem struct {
	DiscountAmount int64  `json:"discountAmount"`
	LineItemID     string `json:"lineItemId"`
	Quantity       int64  `json:"quantity"`
}

func checkLineItems(items []wireLineItem) *refusal {
	for _, i := range items {
		if i.Quantity < 0 || i.Quantity > 9999 {
			return invalidValue("lineItemDetails.quantity")
		}
		if i.DiscountAmount < 0 || i.DiscountAmount > maxAmount {
			return invalidValue("lineItemDetails.discountAmount")
		}
	}
	return nil
}

type wireShipping struct {
	ShippingCost    int64 `json:"shippingCost"`
	ShippingCostTax int64 `json:"shippingCostTax"`
}

func (s *wireShipping) check() *refusal {
	switch {
	case s == nil:
	case s.ShippingCost < 0 || s.ShippingCost > maxAmount:
		return invalidValue("shipping.shippingCost")
	case s.ShippingCostTax < 0 || s.ShippingCostTax > maxAmount:
		return invalidValue("shipping.shippingCostTax")
	}
	return nil
}

func tooLong(property, value string, limit int) *refusal {
	if len(value) > limit && utf8.RuneCountInString(value) > limit {
		return invalidValue(property)
	}
	return nil
}

// first returns the first refusal that is not nil.
func first(all ...*refusal) *refusal {
	for _, r := range all {
		if r != nil {
			return r
		}
	}
	return nil
}

// decode reads the body of the request. An absent body is an empty object.
func (c *call) decode(into any) *refusal {
	if len(c.body) == 0 {
		return nil
	}
	err := json.Unmarshal(c.body, into)
	var wrongType *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrongType) && wrongType.Field != "":
		return invalidValue(wrongType.Field)
	}
	return malformed()
}

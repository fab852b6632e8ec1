package sandbox

import (
	"encoding/json"
	"errors"
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

package documents

import (
	"encoding/json"

	"github.com/invopop/jsonschema"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// Types of single values. An editor reads 80.00 as the number 80, and an id of
// digits as a number too, so what is text for payreconcile may be a string or
// a number here, and a rule about its digits holds for strings only.
type (
	// Name is text of up to 100 characters.
	Name string
	// MerchantReference is text of up to 40 characters.
	MerchantReference string
	// Reason is text of up to 100 characters.
	Reason string
	// Ref names an item.
	Ref string
	// PaymentID is the id of a payment.
	PaymentID string
	// OperationID is the id of an operation on a payment.
	OperationID string
	// Currency is an ISO 4217 code.
	Currency string
	// Amount is money above zero.
	Amount string
	// Total is money from zero on.
	Total string
	// TotalOrAll is money from zero on, or all there is.
	TotalOrAll string
	// ControlTotal is a sum over many payments.
	ControlTotal string
	// Count is a number of payments.
	Count string
	// Labels are names with values.
	Labels map[string]string
)

// Patterns in the syntax that editors and Go have in common.
const (
	line    = `^[^\x00-\x20\x7f]([^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?$`
	money   = `(0|[1-9][0-9]{0,11})(\.[0-9]{1,4})?( [A-Z]{3})?`
	label   = `^[A-Za-z0-9._/-]{1,63}$`
	baseID  = `([A-Za-z0-9][A-Za-z0-9-]*|[A-Za-z0-9][A-Za-z0-9_-]*_([0-9]*[A-Za-z-][A-Za-z0-9-]*)?)`
	zeroID  = `^0[0-9]*(_0|_000)?$`
	longID  = `^90000[0-9]{11}([1-9][0-9]{2}|0[1-9][0-9]|00[1-9])$`
	mixedID = `^90000[0-9]{14}_`
)

const decimals = "Write every decimal of the currency: 125.00 in EUR, 15800 in JPY, 2.750 in KWD, optionally with the currency behind it: 80.00 EUR. " +
	"No sign, no separators, no decimal comma, no exponent. An editor cannot see how many decimals a number was written with; payreconcile validate does."

// JSONSchema describes a name.
func (Name) JSONSchema() *jsonschema.Schema { return text(100) }

// JSONSchema describes a merchant's reference.
func (MerchantReference) JSONSchema() *jsonschema.Schema { return text(40) }

// JSONSchema describes a reason.
func (Reason) JSONSchema() *jsonschema.Schema { return text(100) }

// JSONSchema describes the name of an item.
func (Ref) JSONSchema() *jsonschema.Schema {
	s := single(`^[A-Za-z0-9._:-]{1,30}$`, "1 to 30 letters, digits and . _ : -, and no start with pr:")
	return except(s, `^pr:`)
}

// JSONSchema describes the id of a payment.
func (PaymentID) JSONSchema() *jsonschema.Schema {
	s := single(`^`+baseID+`(_0|_000)?$`, "write the id of the payment itself as the platform shows it, such as 3066177123_0")
	s.MaxLength, s.Minimum = size(50), "0"
	return except(s, zeroID, longID, mixedID)
}

// JSONSchema describes the id of an operation.
func (OperationID) JSONSchema() *jsonschema.Schema {
	s := single(`^([A-Za-z0-9][A-Za-z0-9_-]*_(0|[1-9][0-9]*)|90000[0-9]{14})$`, "write it as the platform shows it, such as 3066177123_1")
	s.MaxLength, s.Minimum = size(50), "9000000000000000000"
	return s
}

// JSONSchema lists the currencies.
func (Currency) JSONSchema() *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "string", Extras: map[string]any{"errorMessage": "write three capital letters as in ISO 4217, such as EUR"}}
	for _, c := range spec.Currencies() {
		s.Enum = append(s.Enum, string(c))
	}
	return s
}

// JSONSchema describes an amount above zero.
func (Amount) JSONSchema() *jsonschema.Schema {
	s := amount(`^` + money + `$`)
	s.Minimum, s.ExclusiveMinimum = "", "0"
	return s
}

// JSONSchema describes a sum.
func (Total) JSONSchema() *jsonschema.Schema { return amount(`^` + money + `$`) }

// JSONSchema describes a sum that can be all there is.
func (TotalOrAll) JSONSchema() *jsonschema.Schema { return amount(`^(all|` + money + `)$`) }

// JSONSchema describes a sum over many payments.
func (ControlTotal) JSONSchema() *jsonschema.Schema {
	s := amount(`^(0|[1-9][0-9]{0,18})(\.[0-9]{1,4})?( [A-Z]{3})?$`)
	s.Maximum = "9223372036854775807"
	s.Description += " Write the currency behind it when the document has several."
	return s
}

// JSONSchema describes a number of payments.
func (Count) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{
		Pattern: `^(0|[1-9][0-9]{0,18})$`, Minimum: "0", Maximum: "9223372036854775807",
		Extras: orText("integer", "write digits only, such as 250"),
	}
}

// JSONSchema describes labels.
func (Labels) JSONSchema() *jsonschema.Schema {
	const hint = "up to 63 letters, digits and . _ - /"
	value := single(label, hint)
	return &jsonschema.Schema{
		Type: "object", PatternProperties: map[string]*jsonschema.Schema{label: value}, AdditionalProperties: jsonschema.FalseSchema,
		Description: "Names and values have " + hint + ".",
		Examples:    []any{map[string]string{"desk": "eu"}},
	}
}

// amount is money from zero on, written as pattern says where it is text.
func amount(pattern string) *jsonschema.Schema {
	return &jsonschema.Schema{
		Pattern: pattern, Minimum: "0", Maximum: json.Number("999999999999"), Description: decimals,
		Extras: orText("number", "write digits and a point only, such as 80.00, or 80.00 EUR"),
	}
}

// text is one line of up to so many characters.
func text(limit uint64) *jsonschema.Schema {
	s := single(line, "write it on one line, without a space at its start or end")
	s.MaxLength = &limit
	return s
}

// single is any single value: neither a list nor a group of keys nor nothing.
// Said by what it is not, so that an editor does not propose true and false.
func single(pattern, hint string) *jsonschema.Schema {
	none := &jsonschema.Schema{Extras: map[string]any{"type": []string{"array", "object", "null"}}}
	return &jsonschema.Schema{Not: none, Pattern: pattern, Extras: message(hint)}
}

// except takes strings of some patterns away from what a schema of single takes.
func except(s *jsonschema.Schema, patterns ...string) *jsonschema.Schema {
	none := []*jsonschema.Schema{s.Not}
	for _, p := range patterns {
		none = append(none, &jsonschema.Schema{Type: "string", Pattern: p})
	}
	s.Not = &jsonschema.Schema{AnyOf: none}
	return s
}

// orText is a type, or text. What to do is for editors that show it.
func orText(kind, hint string) map[string]any {
	extras := message(hint)
	extras["type"] = []string{kind, "string"}
	return extras
}

// message is what editors on the base of VS Code's language servers show
// instead of a pattern.
func message(hint string) map[string]any { return map[string]any{"patternErrorMessage": hint} }

func size(n uint64) *uint64 { return &n }

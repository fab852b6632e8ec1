package spec

import "strings"

// A PaymentID names a payment as the manifest writes it. The platform has
// three spellings for one payment:
//
//	3066177123_0           the usual one; _1, _2 … are operations on the payment
//	3066177123             the number alone
//	9000003066177123000    nineteen digits; the last three number the operation
//
// Two ids are the same payment when their Base is equal.
type PaymentID string

// maxIDLength is the longest id that is read.
const maxIDLength = 50

// ParsePaymentID reads the id of a payment. The id of an operation on it (a
// capture, refund or cancel) is refused. Errors are of type *Error.
func ParsePaymentID(s string) (PaymentID, error) {
	if err := checkID(s); err != nil {
		return "", err
	}
	base, op := splitID(s)
	switch {
	case op != "" && strings.Trim(op, "0") != "":
		return "", &Error{
			Msg:  "payment id " + quote(s) + " is the id of an operation on payment " + base,
			Hint: "write the id of the payment itself: " + base + "_0",
		}
	case op == "0" || op == "000" || op == "":
		return PaymentID(s), nil
	default:
		return "", &Error{Msg: "payment id " + quote(s) + " has an unknown ending", Hint: "write " + base + "_0"}
	}
}

// parseOperationID reads the id of an operation. Errors are of type *Error.
func parseOperationID(s string) error {
	if err := checkID(s); err != nil {
		return err
	}
	if _, op := splitID(s); op == "" || (len(op) > 1 && op[0] == '0' && len(s) != longLength) {
		return &Error{Msg: "operation id " + quote(s) + " does not say which operation", Hint: "write it as the platform shows it, such as 3066177123_1"}
	}
	return nil
}

// checkID refuses text that no id can be, and ids that several spellings are
// mixed in.
func checkID(s string) error {
	switch {
	case s == "":
		return &Error{Msg: "payment id is empty", Hint: "write it as the platform shows it, such as 3066177123_0"}
	case len(s) > maxIDLength:
		return &Error{Msg: "payment id " + quote(s) + " is over 50 characters long", Hint: "write it as the platform shows it, such as 3066177123_0"}
	}
	for i := range len(s) {
		if c := s[i]; !isDigit(c) && !letters(s[i:i+1]) && c != '_' && c != '-' {
			return &Error{Msg: "payment id " + quote(s) + " has a character that ids do not have", Hint: "letters, digits, _ and - are possible"}
		}
	}
	base, _ := splitID(s)
	again, op := splitID(base)
	switch {
	case op != "" || again != base:
		return &Error{Msg: "payment id " + quote(s) + " mixes two spellings", Hint: "write " + again + "_0"}
	case hasCard(s):
		return &Error{Msg: "payment id " + quote(s) + " seems to be a card number", Hint: "card numbers must not be kept here: write the id of the payment"}
	case base == "" || base[0] == '0' && digits(base) || base[0] == '_' || base[0] == '-':
		return &Error{Msg: "payment id " + quote(s) + " does not start like an id", Hint: "write it as the platform shows it, such as 3066177123_0"}
	}
	return nil
}

// Base returns the canonical id, which is equal for all spellings of one
// payment: "3066177123" for the three above.
func (id PaymentID) Base() string { return BaseOf(string(id)) }

// Wire returns what is sent in the address of a call: a number alone gets its
// "_0", other ids go as they are written.
func (id PaymentID) Wire() string {
	s := string(id)
	if base, op := splitID(s); op == "" && digits(base) {
		return s + "_0"
	}
	return s
}

// BaseOf returns the canonical id of the payment that a payment or operation id
// belongs to: "3066177123" for "3066177123_4". It takes any text and never
// fails, so that answers can be compared.
func BaseOf(operationID string) string {
	base, _ := splitID(operationID)
	return base
}

const (
	longPrefix = "90000"
	longLength = 19
)

// splitID returns the base of an id and the number of the operation, "" when
// the id has none.
func splitID(s string) (base, op string) {
	if i := strings.LastIndexByte(s, '_'); i >= 0 && digits(s[i+1:]) {
		return s[:i], s[i+1:]
	}
	if len(s) == longLength && strings.HasPrefix(s, longPrefix) && digits(s) {
		base = s[len(longPrefix) : longLength-3]
		if base[0] == '0' { // ten digits, not eleven
			base = base[1:]
		}
		return base, s[longLength-3:]
	}
	return s, ""
}

// CheckOperationID returns what keeps an item of kind op of a payment from
// adopting an operation under that id; nil is nothing. Errors are of type
// *Error.
func CheckOperationID(id PaymentID, op Op, operation string) error {
	if err := parseOperationID(operation); err != nil {
		return err
	}
	base, number := splitID(operation)
	switch {
	case base != id.Base():
		return &Error{Msg: quote(operation) + " is an operation of another payment", Hint: "an operation of this one starts with " + id.Base()}
	case strings.Trim(number, "0") == "" && op != Capture:
		return &Error{Msg: quote(operation) + " is the payment itself, which is no " + string(op), Hint: "write the id of the " + string(op)}
	}
	return nil
}

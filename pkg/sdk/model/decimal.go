package model

import (
	"encoding/json"
	"errors"
	"fmt"
)

// A Decimal is a rate or a percentage, kept as the exact digits on the wire:
// Decimal("1.0837") is the JSON number 1.0837. No amount of money has this type.
type Decimal string

// MarshalJSON writes the number. A text that is no JSON number is an error.
func (d Decimal) MarshalJSON() ([]byte, error) {
	if !isNumber([]byte(d)) {
		return nil, fmt.Errorf("write decimal: %q is not a number", string(d))
	}
	return []byte(d), nil
}

// UnmarshalJSON keeps the digits of a JSON number.
func (d *Decimal) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	if !isNumber(data) {
		return errors.New("read decimal: value is not a number")
	}
	*d = Decimal(data)
	return nil
}

func isNumber(data []byte) bool {
	if len(data) == 0 || (data[0] != '-' && (data[0] < '0' || data[0] > '9')) {
		return false
	}
	return json.Valid(data) && data[len(data)-1] != ' '
}

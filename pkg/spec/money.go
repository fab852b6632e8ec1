package spec

import (
	"fmt"
	"math"
	"strconv"
)

// MaxMinor is the largest amount that a manifest may name, in minor units: the
// platform takes no more than twelve digits.
const MaxMinor = 999_999_999_999

// Money is an exact amount in the minor unit of its currency: {12990, "EUR"} is
// 129.90 EUR. The zero Money has no currency and equals only itself.
type Money struct {
	Minor    int64
	Currency Currency
}

// ParseMoney reads an amount from its decimal text, without rounding: the
// digits after the point must be as many as the currency has. The currency may
// follow after one space ("80.00 EUR"); it must be c, unless c is empty. Zero is
// read, a sign is not, and nothing above MaxMinor. Errors are of type *Error.
func ParseMoney(text string, c Currency) (Money, error) {
	number, unit := splitUnit(text)
	if c == "" {
		if unit == "" {
			return Money{}, &Error{Msg: "amount " + quote(text) + " names no currency", Hint: "write it behind the number, such as 80.00 EUR"}
		}
		var err error
		if c, err = ParseCurrency(unit); err != nil {
			return Money{}, err
		}
	}
	exp, ok := c.Exponent()
	if !ok {
		_, err := ParseCurrency(string(c))
		return Money{}, err
	}
	if unit != "" && unit != string(c) {
		return Money{}, wrongUnit(text, unit, c)
	}
	minor, ok := parseDecimal(number, exp, MaxMinor)
	if !ok {
		return Money{}, amountFault(text, number, c, exp, MaxMinor)
	}
	return Money{Minor: minor, Currency: c}, nil
}

// Decimal returns the amount as manifests write it: "80.00", "1234" for JPY,
// "1.234" for KWD.
func (m Money) Decimal() string {
	exp, ok := m.Currency.Exponent()
	if !ok {
		return strconv.FormatInt(m.Minor, 10) + " minor units"
	}
	return formatDecimal(m.Minor, exp)
}

// String returns the amount with its currency: "80.00 EUR". The zero Money is
// "0".
func (m Money) String() string {
	if m == (Money{}) {
		return "0"
	}
	return m.Decimal() + " " + string(m.Currency)
}

// Add returns m + o. Currencies that differ and a sum past int64 are errors.
func (m Money) Add(o Money) (Money, error) {
	if m.Currency != o.Currency {
		return Money{}, fmt.Errorf("add %v to %v: the currencies differ", o, m)
	}
	sum, ok := addMinor(m.Minor, o.Minor)
	if !ok {
		return Money{}, fmt.Errorf("add %v to %v: the sum is too large", o, m)
	}
	return Money{Minor: sum, Currency: m.Currency}, nil
}

// Sub returns m - o. Currencies that differ and a difference below zero are
// errors.
func (m Money) Sub(o Money) (Money, error) {
	if m.Currency != o.Currency {
		return Money{}, fmt.Errorf("subtract %v from %v: the currencies differ", o, m)
	}
	if o.Minor > m.Minor {
		return Money{}, fmt.Errorf("subtract %v from %v: the difference is below zero", o, m)
	}
	if o.Minor < 0 && m.Minor > math.MaxInt64+o.Minor {
		return Money{}, fmt.Errorf("subtract %v from %v: the difference is too large", o, m)
	}
	return Money{Minor: m.Minor - o.Minor, Currency: m.Currency}, nil
}

// addMinor returns a + b, or false when that overflows.
func addMinor(a, b int64) (int64, bool) {
	sum := a + b
	return sum, (sum > a) == (b > 0)
}

// formatDecimal prints minor units with exp decimals.
func formatDecimal(minor int64, exp int) string {
	buf := make([]byte, 0, 24)
	u := uint64(minor)
	if minor < 0 {
		buf = append(buf, '-')
		u = -u
	}
	digits := strconv.FormatUint(u, 10)
	for len(digits) <= exp {
		digits = "0" + digits
	}
	buf = append(buf, digits[:len(digits)-exp]...)
	if exp > 0 {
		buf = append(buf, '.')
		buf = append(buf, digits[len(digits)-exp:]...)
	}
	return string(buf)
}

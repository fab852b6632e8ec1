package spec

import (
	"slices"

	"github.com/bojanz/currency"
)

// A Currency is an ISO 4217 alphabetic code in upper case, such as "EUR". The
// zero Currency is none.
type Currency string

// overlay holds the currencies that the table of package currency lacks. What
// that table still has and ISO 4217 has withdrawn stays readable, because
// payments made in it can still be refunded: ANG (until 2025-03-31, replaced by
// XCG) and BGN (until 2025-12-31, replaced by EUR).
var overlay = map[Currency]int{
	"XCG": 2, // Caribbean guilder, since 2025-03-31
}

// ParseCurrency reads a code as ISO 4217 writes it. Lower case and codes that
// have no minor unit, such as those of metals, are refused.
func ParseCurrency(s string) (Currency, error) {
	c := Currency(s)
	if _, ok := c.Exponent(); ok {
		return c, nil
	}
	hint := "write its three capital letters as in ISO 4217, such as EUR"
	if up := Currency(upper(s)); up != c {
		if _, ok := up.Exponent(); ok {
			hint = "write " + string(up)
		}
	}
	return "", &Error{Msg: "unknown currency " + quote(s), Hint: hint}
}

// Exponent returns how many digits the minor unit has: 2 for EUR, 0 for JPY, 3
// for KWD. It is false for a code that ParseCurrency refuses.
func (c Currency) Exponent() (digits int, ok bool) {
	if d, ok := overlay[c]; ok {
		return d, true
	}
	if len(c) != 3 {
		return 0, false
	}
	d, ok := currency.GetDigits(string(c))
	if !ok || d == currency.DefaultDigits || d > maxExponent {
		return 0, false
	}
	return int(d), true
}

// maxExponent is the largest number of decimals that any currency has.
const maxExponent = 4

// Currencies returns every code that ParseCurrency accepts, sorted.
func Currencies() []Currency {
	var all []Currency
	for c := range overlay {
		all = append(all, c)
	}
	for _, code := range currency.GetCurrencyCodes() {
		c := Currency(code)
		if _, ok := c.Exponent(); ok && !slices.Contains(all, c) {
			all = append(all, c)
		}
	}
	slices.Sort(all)
	return all
}

// upper returns s with the letters a–z in upper case.
func upper(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'a' <= c && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}

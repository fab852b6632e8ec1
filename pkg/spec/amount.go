package spec

import (
	"strconv"
	"strings"
)

// splitUnit separates "80.00 EUR" into number and unit. Text that does not end
// in a space and three letters is all number.
func splitUnit(text string) (number, unit string) {
	if n := len(text); n > 4 && text[n-4] == ' ' && letters(text[n-3:]) {
		return text[:n-4], text[n-3:]
	}
	return text, ""
}

// letters reports that s has nothing but ASCII letters.
func letters(s string) bool {
	for i := range len(s) {
		if c := s[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}

// parseDecimal reads digits with exactly exp of them after a point, at most
// limit in minor units. It takes no sign, no leading zero, no exponent and no
// separator.
func parseDecimal(s string, exp int, limit int64) (minor int64, ok bool) {
	whole := len(s)
	if exp > 0 {
		whole -= exp + 1
	}
	if whole < 1 || (s[0] == '0' && whole > 1) {
		return 0, false
	}
	for i := range len(s) {
		c := s[i]
		if i == whole { // reached only when exp > 0
			if c != '.' {
				return 0, false
			}
			continue
		}
		if c < '0' || c > '9' {
			return 0, false
		}
		d := int64(c - '0')
		if minor > (limit-d)/10 {
			return 0, false
		}
		minor = minor*10 + d
	}
	return minor, true
}

// wrongUnit is the fault of an amount in another currency than its payment's.
func wrongUnit(text, unit string, c Currency) *Error {
	if upper(unit) == string(c) {
		return &Error{Msg: "amount " + quote(text) + " does not write its currency in capitals", Hint: "write " + string(c)}
	}
	return &Error{
		Msg:  "amount " + quote(text) + " is in " + quote(unit) + ", and the payment in " + string(c),
		Hint: "a payment has one currency: correct the amount, or give the payment its own currency",
	}
}

// amountFault says why number, the part of text before any unit, is not an
// amount of c.
func amountFault(text, number string, c Currency, exp int, limit int64) *Error {
	fault := func(msg, hint string) *Error {
		return &Error{Msg: "amount " + quote(text) + " " + msg, Hint: hint}
	}
	whole, frac, point := strings.Cut(number, ".")
	switch {
	case text == "":
		return &Error{Msg: "amount is empty", Hint: "write it with its decimals, such as " + example(exp)}
	case number[0] == '-' || number[0] == '+':
		return fault("has a sign", "amounts are written without one; what they mean follows from the key")
	case !point && digits(number) && (number == "0" || number[0] != '0') && exp > 0:
		if tooLarge(number, frac, exp, limit) {
			return fault("is too large", "the largest amount is "+formatDecimal(limit, exp))
		}
		return fault("does not show its decimals", undecided(number, exp))
	case !point || !digits(whole) || !digits(frac):
		return shapeFault(fault, number, c, exp)
	case len(whole) > 1 && whole[0] == '0':
		return fault("starts with a zero", "write it without leading zeros")
	case exp == 0:
		return fault("has decimals, and "+string(c)+" has none", "write "+whole+" if the decimals are zero")
	case len(frac) < exp:
		return fault("does not show all its decimals", "write "+whole+"."+frac+strings.Repeat("0", exp-len(frac)))
	case len(frac) > exp:
		return fault("has "+strconv.Itoa(len(frac))+" decimals, and "+string(c)+" has "+strconv.Itoa(exp),
			"write exactly "+strconv.Itoa(exp)+" decimals; amounts are never rounded")
	default:
		return fault("is too large", "the largest amount is "+formatDecimal(limit, exp))
	}
}

// undecided is the hint for "12500" in a currency that has decimals: it could
// be read as euros or as cents.
func undecided(number string, exp int) string {
	hint := "write " + number + "." + strings.Repeat("0", exp)
	minor, err := strconv.ParseInt(number, 10, 64)
	if err != nil || minor == 0 {
		return hint
	}
	unit := "minor units"
	if exp == 2 {
		unit = "cents"
	}
	return hint + ", or " + formatDecimal(minor, exp) + " if these were " + unit
}

// shapeFault is the fault of text that is no plain decimal number at all.
func shapeFault(fault func(msg, hint string) *Error, number string, c Currency, exp int) *Error {
	plain := "write digits and a point only, such as " + example(exp)
	switch {
	case digits(number) && len(number) > 1 && number[0] == '0':
		return fault("starts with a zero", "write it without leading zeros")
	case digits(number): // exp is 0, so only its size can be wrong
		return fault("is too large", "the largest amount is "+formatDecimal(MaxMinor, exp))
	case strings.ContainsAny(number, ",'_ ") && strings.Trim(number, "0123456789.,'_ ") == "":
		if clean := ungroup(number, exp); clean != "" {
			plain = "write " + clean
		}
		if strings.Count(number, ",") == 1 && !strings.ContainsAny(number, ".'_ ") {
			return fault("has a decimal comma or a separator", plain)
		}
		return fault("has separators", plain)
	case strings.Trim(number, "0123456789.") == "":
		return fault("is not a decimal number", plain)
	case strings.HasSuffix(number, string(c)), strings.HasPrefix(number, string(c)):
		return fault("does not set its currency apart", "write the number, a space and "+string(c)+", such as "+example(exp)+" "+string(c))
	default:
		return fault("is not a decimal number", plain)
	}
}

// ungroup guesses what a number with separators was meant to be: the last
// point or comma is the decimal one when exp digits follow it. It returns ""
// when that is not clear.
func ungroup(number string, exp int) string {
	last := strings.LastIndexAny(number, ".,")
	if exp == 0 || last < 0 || len(number)-last-1 != exp {
		return ""
	}
	strip := strings.NewReplacer(",", "", ".", "", "'", "", "_", "", " ", "")
	clean := strip.Replace(number[:last]) + "." + number[last+1:]
	if _, ok := parseDecimal(clean, exp, MaxMinor); !ok {
		return ""
	}
	return clean
}

// tooLarge reports that whole.frac is beyond limit in minor units.
func tooLarge(whole, frac string, exp int, limit int64) bool {
	_, ok := parseDecimal(whole+"."+frac+strings.Repeat("0", exp-len(frac)), exp, limit)
	return !ok
}

// digits reports that s has one ASCII digit or more and nothing else.
func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// example is an amount in a currency with exp decimals.
func example(exp int) string { return formatDecimal(8000, exp) }

package sandbox

import "strconv"

// money writes an amount with the decimals of its currency, such as
// "1,234.50 EUR".
func money(amount int64, currency string) string {
	d, ok := decimals[currency]
	if !ok {
		d = 2
	}
	sign := ""
	if amount < 0 {
		sign = "-"
	}
	digits := strconv.FormatInt(amount, 10)[len(sign):]
	for len(digits) <= d {
		digits = "0" + digits
	}
	whole, text := digits[:len(digits)-d], ""
	for ; len(whole) > 3; whole = whole[:len(whole)-3] {
		text = "," + whole[len(whole)-3:] + text
	}
	text = sign + whole + text
	if d > 0 {
		text += "." + digits[len(digits)-d:]
	}
	return text + " " + currency
}

package spec

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// quoteLimit is how many characters of what was written a message repeats.
const quoteLimit = 48

// quote repeats text in a message: short, on one line, and without anything
// that looks like a card number.
func quote(text string) string {
	if utf8.RuneCountInString(text) > quoteLimit {
		text = string([]rune(text)[:quoteLimit]) + "…"
	}
	return strconv.Quote(maskCards(text))
}

// HasCard reports that text seems to contain a card number, which belongs into
// no file of this program.
func HasCard(text string) bool { return hasCard(text) }

// hasCard reports that text seems to contain a card number.
func hasCard(text string) bool { return len(text) >= minCard && maskCards(text) != text }

// minCard and maxCard bound the digits of a card number.
const (
	minCard = 13
	maxCard = 19
)

// maskCards replaces all but the first six digits of every run of 13 to 19
// digits, spaces and dashes allowed between them, that has a card number's
// check digit.
func maskCards(text string) string {
	var out []byte
	for start := 0; start < len(text); start++ {
		if !isDigit(text[start]) || (start > 0 && isDigit(text[start-1])) {
			continue
		}
		end := cardAt(text, start)
		if end == 0 {
			continue
		}
		if out == nil {
			out = []byte(text)
		}
		seen := 0
		for i := start; i < end; i++ {
			if isDigit(text[i]) {
				if seen++; seen > 6 {
					out[i] = '*'
				}
			}
		}
		start = end - 1
	}
	if out == nil {
		return text
	}
	return string(out)
}

// cardAt returns where the card number that begins at start ends, or 0.
func cardAt(text string, start int) int {
	var number []byte
	end := start
	for i := start; i < len(text) && len(number) <= maxCard; i++ {
		switch c := text[i]; {
		case isDigit(c):
			number = append(number, c-'0')
			end = i + 1
		case (c == ' ' || c == '-') && i == end:
		default:
			i = len(text)
		}
	}
	if len(number) < minCard || len(number) > maxCard || strings.HasPrefix(text[start:end], "90000") || !luhn(number) {
		return 0
	}
	return end
}

// luhn reports that the last digit checks the others.
func luhn(number []byte) bool {
	sum := 0
	for i, d := range number {
		v := int(d)
		if (len(number)-i)%2 == 0 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return sum%10 == 0
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

package manifest

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/bidi"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// names are the keys of a kind: its items and its total.
var names = map[spec.Op][2]string{
	spec.Capture: {"captures", "captured"}, spec.Cancel: {"cancels", "cancelled"}, spec.Refund: {"refunds", "refunded"},
}

// appendItem appends a payment as one item of a list, on one line without its
// line break. Its amounts are in the currency of its document.
func appendItem(b []byte, p *spec.Payment) []byte {
	b = appendText(append(b, "- {id: "...), string(p.ID))
	if p.MerchantReference != "" {
		b = appendText(append(b, ", merchantReference: "...), p.MerchantReference)
	}
	if p.Authorized != 0 {
		b = appendAmount(append(b, ", authorized: "...), p.Authorized, p.Currency)
	}
	for _, op := range spec.Ops {
		b = appendKind(b, op, p.Desired(op), p.Currency)
	}
	return append(b, '}')
}

func appendKind(b []byte, op spec.Op, d *spec.Desired, c spec.Currency) []byte {
	switch d.Mode {
	case spec.Unmanaged:
	case spec.All:
		b = append(append(append(b, ", "...), names[op][1]...), ": all"...)
	case spec.Total:
		b = append(append(append(b, ", "...), names[op][1]...), ": "...)
		b = appendAmount(b, d.Total, c)
	case spec.Items:
		b = append(append(append(b, ", "...), names[op][0]...), ": ["...)
		for i := range d.Items {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = appendOperation(b, &d.Items[i], c)
		}
		b = append(b, ']')
	}
	return b
}

func appendOperation(b []byte, it *spec.Item, c spec.Currency) []byte {
	b = appendText(append(b, "{ref: "...), it.Ref)
	b = appendAmount(append(b, ", amount: "...), it.Amount, c)
	if it.Final {
		b = append(b, ", final: true"...)
	}
	if it.Reason != "" {
		b = appendText(append(b, ", reason: "...), it.Reason)
	}
	if it.Operation != "" {
		b = appendText(append(b, ", operation: "...), it.Operation)
	}
	return append(b, '}')
}

func appendAmount(b []byte, minor int64, c spec.Currency) []byte {
	return append(b, spec.Money{Minor: minor, Currency: c}.Decimal()...)
}

// appendText appends text in double quotes, so that it is text whatever it
// looks like. What does not show in its place, and what a CI system would take
// for a command, is escaped.
func appendText(b []byte, text string) []byte {
	b = append(b, '"')
	for i, r := range text {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], string(utf8.RuneError)):
			b = append(b, text[i]) // not UTF-8: refused when it is held against the rules
		case r == '[' && strings.HasSuffix(text[:i], "##"):
			b = append(b, `\x5b`...)
		case shows(r):
			b = utf8.AppendRune(b, r)
		case r > 0xffff:
			b = fmt.Appendf(b, `\U%08X`, r)
		default:
			b = fmt.Appendf(b, `\u%04X`, r)
		}
	}
	return append(b, '"')
}

// plainWord is text that needs no quotes.
var plainWord = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._/-]*$`)

// appendWord is appendText without quotes where they change nothing.
func appendWord(b []byte, text string) []byte {
	switch strings.ToLower(text) {
	case "null", "true", "false", "yes", "no", "on", "off", "y", "n":
	default:
		if plainWord.MatchString(text) {
			return append(b, text...)
		}
	}
	return appendText(b, text)
}

// shows reports that a character prints, and in its place.
func shows(r rune) bool {
	if r < utf8.RuneSelf {
		return ' ' <= r && r <= '~'
	}
	if !unicode.IsPrint(r) {
		return false
	}
	p, _ := bidi.LookupRune(r)
	return p.Class() != bidi.R && p.Class() != bidi.AL && p.Class() != bidi.AN
}

// comment returns text from outside as one line of a comment: in ASCII, short,
// and without what seems to be a card number.
func comment(text string) string {
	const most = 200
	if spec.HasCard(text) {
		return "(text that seems to hold a card number)"
	}
	quoted := strconv.QuoteToASCII(strings.ReplaceAll(text, "##[", "##("))
	quoted = strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(quoted[1 : len(quoted)-1])
	if len(quoted) > most {
		quoted = quoted[:most] + "..."
	}
	return quoted
}

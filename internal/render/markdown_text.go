package render

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// maxSentence is how many characters of a message a cell shows.
const maxSentence = 300

// mdCode returns text from outside as a code span, "-" when there is none. In
// a code span nothing is a link, a mention, a reference to an issue, a tag or
// emphasis, for any reader of Markdown. The two characters that could end the
// span or its cell are escaped as Clean does.
func mdCode(text string, most int) string {
	text = mdEscaper.Replace(Clean(text))
	if strings.Trim(text, " ") == "" {
		return "-"
	}
	return "`" + cut(text, most) + "`"
}

var mdEscaper = strings.NewReplacer("`", `\x60`, "|", `\x7c`)

// cut shortens text to so many characters.
func cut(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most]) + "…"
}

// mdText returns a sentence with text from outside in it: words of letters and
// amounts stay as they are, and whatever could mean more is a code span.
func mdText(text string) string {
	var b strings.Builder
	for i, word := range strings.Split(cut(Clean(text), maxSentence), " ") {
		if i > 0 {
			b.WriteByte(' ')
		}
		lead, rest := "", word
		if strings.HasPrefix(rest, "(") {
			lead, rest = "(", rest[1:]
		}
		body := strings.TrimRight(rest, ".,;:)…")
		b.WriteString(lead)
		if body == "" || isWord(body) {
			b.WriteString(body)
		} else {
			b.WriteString(mdCode(body, maxSentence))
		}
		b.WriteString(rest[len(body):])
	}
	if s := strings.TrimSpace(b.String()); s != "" {
		return s
	}
	return "-"
}

// isWord reports that a word means nothing to a reader of Markdown: letters
// alone or a number, and nothing that could pass for the hash of a commit.
func isWord(word string) bool {
	letters, digits, hash := true, true, 0
	for _, r := range word {
		letters = letters && (unicode.IsLetter(r) || r == '\'')
		digits = digits && strings.ContainsRune("0123456789.,", r)
		if hash++; !strings.ContainsRune("0123456789abcdefABCDEF", r) {
			hash = 0
		}
		if hash == 7 || !letters && !digits {
			return false
		}
	}
	return true
}

// mdMoney is an amount with its thousands apart: 1,250.00 EUR.
func mdMoney(minor int64, c spec.Currency) string {
	if _, ok := c.Exponent(); !ok {
		return number(minor) + " minor units of " + mdCode(string(c), 8)
	}
	return grouped(spec.Money{Minor: minor, Currency: c}.Decimal()) + " " + string(c)
}

// grouped sets the thousands of a decimal apart.
func grouped(decimal string) string {
	whole, fraction, has := strings.Cut(decimal, ".")
	first := len(whole) % 3
	var b strings.Builder
	for i, r := range whole {
		if i > 0 && i%3 == first && !strings.HasSuffix(whole[:i], "-") {
			b.WriteByte(',')
		}
		b.WriteRune(r)
	}
	if has {
		b.WriteString("." + fraction)
	}
	return b.String()
}

// mdVerb is a kind of action: one of ours, or whatever the file says.
func mdVerb(k string) string {
	switch plan.Kind(k) {
	case plan.Capture, plan.Cancel, plan.Refund, plan.Pending, plan.Deferred, plan.Blocked:
		return k
	}
	return mdCode(k, maxWord)
}

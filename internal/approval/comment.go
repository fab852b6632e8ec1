package approval

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// Comment returns what an approver wrote as a statement can hold it: on one
// line. What is too long or holds what looks like a card number is an error.
func Comment(text string) (string, error) {
	text = tidy(text)
	return text, checkComment(text)
}

// tidy puts text on one line, with one space between words, and without
// characters that do not print or could reorder what stands beside them.
func tidy(text string) string {
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "")), " ")
	text = strings.Map(func(r rune) rune {
		if !shows(r) {
			return -1
		}
		return r
	}, text)
	return strings.Join(strings.Fields(text), " ")
}

func checkComment(text string) error {
	switch {
	case utf8.RuneCountInString(text) > MaxComment:
		return fmt.Errorf("the comment is over %d characters long", MaxComment)
	case spec.HasCard(text):
		return fmt.Errorf("the comment has what looks like a card number in it")
	case tidy(text) != text:
		return fmt.Errorf("the comment has characters that do not show")
	}
	return nil
}

// quoteComment quotes a tidy text. Letters stay letters.
func quoteComment(text string) string {
	return `"` + clean(strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text)) + `"`
}

// clean escapes what does not show.
func clean(text string) string {
	var b strings.Builder
	for _, r := range text {
		if shows(r) {
			b.WriteRune(r)
			continue
		}
		q := strconv.QuoteRuneToASCII(r)
		b.WriteString(q[1 : len(q)-1])
	}
	return b.String()
}

// shows reports that a character prints, and in its place: the letters of
// scripts that run from right to left do not.
func shows(r rune) bool {
	switch {
	case r >= 0x0590 && r <= 0x08ff, r >= 0xfb1d && r <= 0xfdff, r >= 0xfe70 && r <= 0xfeff,
		r >= 0x10800 && r <= 0x10fff, r >= 0x1e800 && r <= 0x1efff, r == utf8.RuneError:
		return false
	}
	return strconv.IsPrint(r)
}

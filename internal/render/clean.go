package render

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// Clean returns text from outside as it may be shown on a terminal or in a
// log: on one line, and with everything escaped that does not print, that
// controls a terminal, or that could reorder the text beside it. Letters of
// scripts that run from right to left count to the latter: beside them the
// figures of an amount can change places.
func Clean(text string) string { return Style{}.clean(text) }

// clean is Clean for a stream, which may show no more than ASCII.
func (s Style) clean(text string) string {
	if isPlain(text) {
		return noCommand(text)
	}
	var b strings.Builder
	for i, r := range text {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], string(utf8.RuneError)):
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case shows(r) && (r < utf8.RuneSelf || !s.ASCII):
			b.WriteRune(r)
		case r < utf8.RuneSelf:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return noCommand(b.String())
}

// noCommand breaks what a CI system would take for a command of its own
// wherever in a line it stands: ##[add-mask]…
func noCommand(text string) string { return strings.ReplaceAll(text, "##[", `##\x5b`) }

// Inert returns a line of text in which no CI system finds a command of its
// own: neither ##[…] anywhere, nor ::…:: at its start, behind spaces or not.
func Inert(line string) string {
	if start := strings.TrimLeftFunc(line, unicode.IsSpace); strings.HasPrefix(start, "::") {
		line = line[:len(line)-len(start)] + `\x3a` + start[1:]
	}
	return noCommand(line)
}

// money is an amount of a currency that may be anything.
func (s Style) money(minor int64, c spec.Currency) string {
	return s.clean(spec.Money{Minor: minor, Currency: c}.String())
}

// maxWord is how many characters of a reference or name a column shows.
const maxWord = 64

// word returns text from outside as one column of a line: quoted when spaces
// in it could pass for columns, cut when it is longer than any reference, "-"
// when there is none.
func (s Style) word(text string) string {
	if text == "" {
		return "-"
	}
	text = s.clean(text)
	if utf8.RuneCountInString(text) > maxWord {
		text = string([]rune(text)[:maxWord]) + s.ellipsis()
	}
	if text == "-" || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == '"' }) {
		return `"` + strings.ReplaceAll(text, `"`, `\"`) + `"`
	}
	return text
}

// isPlain reports that text is printable ASCII throughout.
func isPlain(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

// shows reports that a character prints, and in its place.
func shows(r rune) bool { return unicode.IsPrint(r) && !rightToLeft(r) }

// rightToLeft reports that a character lies in a block that Unicode sets aside
// for scripts that run from right to left.
func rightToLeft(r rune) bool {
	switch {
	case r >= 0x0590 && r <= 0x08ff, r >= 0xfb1d && r <= 0xfdff, r >= 0xfe70 && r <= 0xfeff,
		r >= 0x10800 && r <= 0x10fff, r >= 0x1e800 && r <= 0x1efff:
		return true
	}
	return false
}

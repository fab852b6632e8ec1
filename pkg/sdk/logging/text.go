package logging

import (
	"html"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A setting is where a text stands.
type setting struct {
	cut    cut
	kind   subjectKind
	nested int
	// whole says that nothing is missing before the text, so that what stands before
	// JSON in it is no piece of that.
	whole bool
}

// mostNested is how often a text may be wrapped in another before nothing of it is
// logged.
const mostNested = 4

// text hides in s, which is no JSON as a whole: JSON, what follows a name with a rule,
// user info, and card numbers; also where they are written in escapes. It returns s
// itself when there is nothing to hide.
func (o *Obfuscator) text(s string, at setting) string {
	if s == "" || at.kind.holds(s) {
		return s
	}
	if at.nested > mostNested {
		return fixedMask
	}
	if plain := decoded(s, at.cut.end); plain != s {
		inner := at
		inner.nested++
		if clean := o.text(plain, inner); clean != plain {
			return clean
		}
	}
	if looksLikeJSON(s) {
		return o.around(s, at)
	}
	s = o.hideNamed(s)
	s = hideUserInfo(s, at.cut.end)
	return hideCards(s, at.cut)
}

// around hides in a text with JSON in it.
func (o *Obfuscator) around(s string, at setting) string {
	first := strings.IndexAny(s, "\"{[")
	if first < 0 || !at.whole && strings.TrimSpace(s[:first]) != "" {
		return fixedMask
	}
	head := setting{cut: cut{start: at.cut.start}, nested: at.nested + 1, whole: at.whole}
	before := o.text(s[:first], head)
	if s[first] == '"' {
		return before + fixedMask
	}
	clean, end := o.hideJSON(s[first:], true, at.nested+1)
	rest := s[first+end:]
	switch {
	case strings.TrimSpace(rest) == "":
	case at.whole:
		tail := setting{cut: cut{end: at.cut.end}, nested: at.nested + 1, whole: true}
		rest = o.text(rest, tail)
	default:
		rest = fixedMask
	}
	return before + clean + rest
}

// looksLikeJSON reports whether a word, a quote and a colon follow each other, as they
// do in JSON and in pieces of it.
func looksLikeJSON(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] != '"' {
			continue
		}
		next := strings.TrimLeft(s[i+1:], " \t\r\n")
		if next == "" || next[0] != ':' {
			continue
		}
		word := strings.TrimRightFunc(s[max(0, i-100):i], inName)
		if word == "" || word[len(word)-1] == '"' {
			return true
		}
	}
	return false
}

func inName(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' ||
		r == '_' || r == '-' || r == '$' || r == '\\'
}

// decoded returns s without percent encoding and HTML entities. Where the text is cut
// one that is not complete is dropped.
func decoded(s string, cutEnd bool) string {
	plain := s
	if i := strings.LastIndexAny(s, "%&"); cutEnd && i >= 0 && len(s)-i < longestEntity {
		if rest := s[i+1:]; s[i] == '%' && len(rest) < 2 || s[i] == '&' && strings.IndexByte(rest, ';') < 0 {
			plain = s[:i]
		}
	}
	plain = unpercent(plain)
	if strings.IndexByte(plain, '&') >= 0 {
		plain = html.UnescapeString(plain)
	}
	return strings.ToValidUTF8(plain, "\ufffd")
}

const longestEntity = 40

func unpercent(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			b.WriteByte(hexDigit(s[i+1])<<4 | hexDigit(s[i+2]))
			i += 2
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// oneLine replaces what could end a line of a log, or move the cursor of a terminal.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
}

// quiet replaces what JSON lets stand in a string and a terminal takes for a command.
func quiet(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 0x7f && r < 0xa0 {
			return utf8.RuneError
		}
		return r
	}, s)
}

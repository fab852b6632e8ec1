package logging

import (
	"strings"
	"unicode/utf8"
)

// harmless is how many characters a rule may keep without anybody asking whether
// they belong to a card number: the first six of it may be shown, or the last four.
const harmless = 6

// hide returns what is logged for a value. The value is the text of a JSON string or
// number, or any text when escaped is false; ends is false when it is cut short.
func (m mask) hide(o *Obfuscator, value string, escaped, ends bool) string {
	if m.kind == hideValue {
		return fixedMask
	}
	n := characters(value, escaped)
	first, last := m.first, m.last
	if !ends {
		last = 0
	}
	if first+last > harmless && o.leaks(value, escaped, ends) {
		first, last = 0, 0
	}
	if first >= n || last >= n {
		return value
	}
	var b strings.Builder
	b.Grow(len(value))
	i := 0
	for at := 0; at < len(value); i++ {
		size := character(value[at:], escaped)
		if i < first || i >= n-last {
			b.WriteString(value[at : at+size])
		} else {
			b.WriteByte('*')
		}
		at += size
	}
	return b.String()
}

// leaks reports whether there is something to hide in value whatever its name is.
func (o *Obfuscator) leaks(value string, escaped, ends bool) bool {
	if escaped {
		value = unescape(value)
	}
	return o.text(value, setting{cut: cut{end: !ends}}) != value
}

func characters(s string, escaped bool) int {
	n := 0
	for i := 0; i < len(s); n++ {
		i += character(s[i:], escaped)
	}
	return n
}

// character returns the length of the first character of s, which may be written as
// an escape of JSON, and that one cut short.
func character(s string, escaped bool) int {
	if !escaped || s[0] != '\\' {
		_, size := utf8.DecodeRuneInString(s)
		return size
	}
	if len(s) > 1 && s[1] == 'u' {
		return min(6, len(s))
	}
	return min(2, len(s))
}

// unescape returns the text of a JSON string, as far as it goes. The escapes are
// known to be valid; one that is cut short is dropped.
func unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		if s[i] != '\\' {
			b.WriteByte(s[i])
			i++
			continue
		}
		r, size := escape(s[i:])
		if size == 0 {
			break
		}
		b.WriteRune(r)
		i += size
	}
	return b.String()
}

package logging

import "strings"

type stringState uint8

const (
	closed   stringState = iota
	unclosed             // the text ends before the string does
	broken               // no JSON
)

// stringEnd returns where the quote that closes a string stands. The string is plain
// when nothing in it can need hiding, whatever its name.
func stringEnd(s string, i int) (end int, plain bool, state stringState) {
	count := 0
	for plain = true; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return i, plain && count < cardLeast, closed
		case c == '\\':
			size := escapeSize(s[i:])
			if size < 0 {
				return i, false, broken
			}
			i += size - 1
			plain = false
		case c < ' ':
			return i, false, broken
		case isDigit(c):
			count++
		case c == ':', c == '=', c == '>', c == '@', c == '%', c == '&', c >= 0x7f:
			plain = false
		}
	}
	return len(s), plain && count == 0, unclosed
}

// escapeSize returns the length of the escape at the start of s, as far as there is
// text, and -1 when it is none.
func escapeSize(s string) int {
	if len(s) == 1 {
		return 1
	}
	if s[1] != 'u' {
		if strings.IndexByte(`"\/bfnrt`, s[1]) < 0 {
			return -1
		}
		return 2
	}
	size := min(6, len(s))
	for i := 2; i < size; i++ {
		if !isHex(s[i]) {
			return -1
		}
	}
	return size
}

// isLiteral reports whether s is a number, or a name of JSON, or begins like one.
func isLiteral(s string, ends bool) bool {
	for _, name := range []string{"true", "false", "null"} {
		if s == name || !ends && s != "" && strings.HasPrefix(name, s) {
			return true
		}
	}
	return s != "" && (s[0] == '-' || isDigit(s[0])) && strings.Trim(s, "0123456789+-.eE") == ""
}

package logging

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// hideUserInfo hides what stands before an @: the user info of an address, or the
// name in a mail address.
func hideUserInfo(s string, cutEnd bool) string {
	if strings.IndexByte(s, '@') < 0 && (!cutEnd || !strings.Contains(s, "://")) {
		return s
	}
	var b strings.Builder
	for s != "" {
		end := strings.IndexFunc(s, endsAddress)
		if end < 0 {
			end = len(s)
		}
		word := s[:end]
		from := 0
		if scheme := strings.Index(word, "://"); scheme >= 0 {
			from = scheme + len("://")
		}
		to := strings.LastIndexByte(word, '@')
		if to < 0 && cutEnd && end == len(s) && from > 0 && mayBeUserInfo(word[from:]) {
			to = end
		}
		if to > from {
			b.WriteString(word[:from])
			b.WriteString(fixedMask)
			b.WriteString(word[to:])
		} else {
			b.WriteString(word)
		}
		if s = s[end:]; s != "" {
			_, size := utf8.DecodeRuneInString(s)
			b.WriteString(s[:size])
			s = s[size:]
		}
	}
	return b.String()
}

func endsAddress(r rune) bool {
	return unicode.IsSpace(r) || r == '"' || r == '<' || r == '>' || r == '`'
}

// mayBeUserInfo reports whether the @ may be missing in an address that is cut.
func mayBeUserInfo(s string) bool {
	authority, _, ends := cutAny(s, "/?#")
	if !ends {
		return true
	}
	_, port, found := strings.Cut(authority, ":")
	return found && strings.Trim(port, "0123456789") != ""
}

func cutAny(s, chars string) (before, after string, found bool) {
	i := strings.IndexAny(s, chars)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

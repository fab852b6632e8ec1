package logging

import (
	"strings"
	"unicode/utf8"
)

// hideNamed hides what stands behind a name that has a rule, as in name=value,
// "name: value" and <name>value</name>: up to the closing quote, or else to the end
// of the line or where the next value or element begins.
func (o *Obfuscator) hideNamed(s string) string {
	if !strings.ContainsAny(s, ":=>") {
		return s
	}
	var b strings.Builder
	copied := 0
	for i := 0; i < len(s); {
		end := i
		for end < len(s) && (s[end] >= utf8.RuneSelf || s[end] != '\\' && s[end] != '$' && inName(rune(s[end]))) {
			end++
		}
		if end == i {
			i++
			continue
		}
		name := s[i:end]
		i = end
		v, found := valueAfter(s, end)
		if !found || !o.place(name).mask.hides() {
			continue
		}
		if end = v.end(s); end > v.from {
			b.WriteString(s[copied:v.from])
			b.WriteString(fixedMask)
			copied, i = end, end
		}
	}
	if copied == 0 {
		return s
	}
	b.WriteString(s[copied:])
	return b.String()
}

// A value is what stands behind a name.
type value struct {
	from    int
	quote   byte // 0 for none
	escaped bool // the quote itself is written as an escape
}

func valueAfter(s string, i int) (value, bool) {
	v, found := value{}, false
	for ; i < len(s); i++ {
		switch c := s[i]; c {
		case ':', '=', '>':
			found, v.quote = true, 0
		case '"', '\'', '`':
			if found && v.quote != 0 {
				v.from = i
				return v, true
			}
			if found {
				v.quote, v.escaped = c, s[i-1] == '\\'
			}
		case ' ', '\t', '\r', '\n', '\\', '(', '[', '{':
		default:
			v.from = i
			return v, found
		}
	}
	v.from = i
	return v, found
}

func (v value) end(s string) int {
	if v.quote == 0 {
		return v.plainEnd(s)
	}
	for i := v.from; i < len(s); i++ {
		switch {
		case s[i] == '\\' && !v.escaped:
			i++
		case s[i] == v.quote:
			return i
		}
	}
	return len(s)
}

// plainEnd returns where a value without quotes ends. A quote behind it closes what
// the name stands in as well, such as an address.
func (v value) plainEnd(s string) int {
	for i := v.from; i < len(s); i++ {
		switch s[i] {
		case '\n', '&', '<':
			return i
		case '"':
			if i+1 == len(s) || strings.IndexByte(":,; )]}", s[i+1]) >= 0 {
				return i
			}
		}
	}
	return len(s)
}

package logging

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A subject is a place that holds a value: what to do with it, and what it may be.
type subject struct {
	mask mask
	kind subjectKind
}

type subjectKind uint8

const (
	anything subjectKind = iota
	anID                 // named as an id: a payment id may be as long as a card number
	aTime                // named as a point in time, which may be as long as well
)

// place returns what a name stands for. The name is as it was written.
func (o *Obfuscator) place(name string) subject {
	var space [64]byte
	key := normalize(space[:0], name)
	s := subject{mask: standard(string(key))}
	if o != nil && o.extra != nil {
		s.mask = s.mask.and(o.extra[string(key)])
	}
	switch {
	case hasSuffix(key, "id"), string(key) == "payments", string(key) == "payouts":
		s.kind = anID
	case hasSuffix(key, "datetime"), hasSuffix(key, "timestamp"):
		s.kind = aTime
	}
	return s
}

// normalize appends the letters and digits of a name, folded as encoding/json folds
// them.
func normalize(b []byte, name string) []byte {
	for i := 0; i < len(name); i++ {
		c := name[i]
		switch {
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9':
			b = append(b, c)
		case 'A' <= c && c <= 'Z':
			b = append(b, c+'a'-'A')
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(name[i:])
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				b = utf8.AppendRune(b, unicode.ToLower(unicode.ToUpper(r)))
			}
			i += size - 1
		}
	}
	return b
}

func hasSuffix(b []byte, suffix string) bool {
	return len(b) >= len(suffix) && string(b[len(b)-len(suffix):]) == suffix
}

// holds reports whether s may stand as it is where k is, although a card number
// could look like it. Card numbers begin with neither 90000 nor 00000, and those of
// 13 or 14 digits with neither 1 nor 20.
func (k subjectKind) holds(s string) bool {
	if strings.Trim(s, "0123456789") != "" {
		return false
	}
	switch k {
	case anID:
		return len(s) == 19 && strings.HasPrefix(s, "90000") || len(s) == 20 && strings.HasPrefix(s, "00000")
	case aTime:
		return len(s) == 13 && s[0] == '1' || len(s) == 14 && strings.HasPrefix(s, "20") &&
			"01" <= s[4:6] && s[4:6] <= "12" && "01" <= s[6:8] && s[6:8] <= "31" &&
			s[8:10] <= "23" && s[10:12] <= "59" && s[12:] <= "60"
	case anything:
	}
	return false
}

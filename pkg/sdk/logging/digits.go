package logging

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The numbers of digits that card numbers have. A longer run of digits without
// separators is hidden as well: it may be a card number and what follows it. So are
// 17 and 18 digits whose checksum fails, since nothing of the API is written so.
const (
	cardLeast    = 12
	cardMost     = 19
	alwaysHidden = 17
)

// most separators between two groups of digits of one number.
const mostSeparators = 3

// cut says at which ends a text may go on.
type cut struct{ start, end bool }

// hideCards replaces the digits of what may be a card number, or part of one at an
// end where the text is cut, by asterisks. Separators stay. It returns s itself when
// there is none.
func hideCards(s string, c cut) string {
	if !mayHoldCards(s, c) {
		return s
	}
	s = strings.Map(func(r rune) rune {
		if r >= utf8.RuneSelf && unicode.IsDigit(r) {
			return '*' // nothing of the API is written so
		}
		return r
	}, s)
	var out []byte
	for i := 0; i < len(s); {
		if !isDigit(s[i]) {
			i++
			continue
		}
		n := digits(s, i)
		if n.isCard(s) || c.start && n.atStart(s) || c.end && n.atEnd(s) {
			if out == nil {
				out = []byte(s)
			}
			fill(out[n.from:n.to])
		}
		i = n.to
	}
	if out == nil {
		return s
	}
	return string(out)
}

func mayHoldCards(s string, c cut) bool {
	count := 0
	for i := range len(s) {
		switch {
		case isDigit(s[i]):
			count++
		case s[i] >= utf8.RuneSelf:
			return true
		}
	}
	return count >= cardLeast || count > 0 && (c.start || c.end)
}

func fill(b []byte) {
	for i, c := range b {
		if isDigit(c) {
			b[i] = '*'
		}
	}
}

// A run is a sequence of groups of digits that may be one number.
type run struct{ from, to int }

// digits returns the run that begins at s[from].
func digits(s string, from int) run {
	r := run{from, from}
	for i := from; i < len(s); {
		if isDigit(s[i]) {
			i++
			r.to = i
			continue
		}
		next := skipSeparators(s, i)
		if next == i || next == len(s) || !isDigit(s[next]) {
			break
		}
		i = next
	}
	return r
}

// skipSeparators returns where the separators at s[i] end; i when there are none, or
// more than stand in a number.
func skipSeparators(s string, i int) int {
	from := i
	for count := 0; i < len(s); count++ {
		r, size := utf8.DecodeRuneInString(s[i:])
		if !separates(r) {
			break
		}
		if count == mostSeparators {
			return from
		}
		i += size
	}
	return i
}

func separates(r rune) bool {
	switch r {
	case ' ', '-', '.', '+', '\t', '\n', '\r', utf8.RuneError:
		return true
	}
	return r >= utf8.RuneSelf && (unicode.Is(unicode.Zs, r) || unicode.Is(unicode.Pd, r) || unicode.Is(unicode.Cf, r))
}

// isCard reports whether some groups of the run, side by side, make a card number.
func (r run) isCard(s string) bool {
	for i := r.from; i < r.to; i++ {
		if isDigit(s[i]) && (i == r.from || !isDigit(s[i-1])) && (groups{s: s[:r.to], at: i}).hasCard() {
			return true
		}
	}
	return false
}

// groups are the groups of digits from one of them on.
type groups struct {
	s  string
	at int
}

func (g groups) hasCard() bool {
	var number [cardMost]byte
	count, inGroup := 0, 0
	for i := g.at; i < len(g.s); i++ {
		if !isDigit(g.s[i]) {
			inGroup = 0
			continue
		}
		if inGroup++; inGroup >= alwaysHidden {
			return true
		}
		if count == cardMost {
			return false // the next group may still be long: it is asked for itself
		}
		number[count] = g.s[i] - '0'
		count++
		ends := i+1 == len(g.s) || !isDigit(g.s[i+1])
		if ends && count >= cardLeast && luhn(number[:count]) {
			return true
		}
	}
	return false
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// atStart reports whether nothing but separators stands before the run.
func (r run) atStart(s string) bool { return strings.TrimFunc(s[:r.from], separates) == "" }

// atEnd reports whether nothing but separators stands behind the run.
func (r run) atEnd(s string) bool { return strings.TrimFunc(s[r.to:], separates) == "" }

// luhn reports whether the last of the digits is their checksum.
func luhn(number []byte) bool {
	sum := 0
	for i := range number {
		d := int(number[len(number)-1-i])
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

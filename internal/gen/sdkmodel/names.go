package main

import (
	"strings"
	"unicode"
)

// initialisms are the words that Go spells in capitals.
var initialisms = map[string]string{
	"api": "API", "html": "HTML", "http": "HTTP", "id": "ID", "ids": "IDs", "ip": "IP", "json": "JSON",
	"uri": "URI", "url": "URL", "urls": "URLs", "uuid": "UUID",
}

// special are wire names that no rule turns into a readable Go name.
var special = map[string]string{
	"RETURNMAC":        "ReturnMAC",
	"GTSComputedToken": "GTSComputedToken",
	"getIinDetails":    "GetIINDetails",
}

// goName turns the wire name of a field into the name of a Go field.
func goName(wire string) string {
	if name, ok := special[wire]; ok {
		return name
	}
	var b strings.Builder
	for _, w := range splitWords(wire) {
		if up, ok := initialisms[strings.ToLower(w)]; ok {
			b.WriteString(up)
			continue
		}
		b.WriteString(upperFirst(w))
	}
	return b.String()
}

// splitWords cuts at every change from a lower-case letter or digit to an
// upper-case letter, and before the last capital of a run that a lower-case
// letter follows.
func splitWords(s string) []string {
	var out []string
	r := []rune(s)
	start := 0
	for i := 1; i < len(r); i++ {
		hump := unicode.IsUpper(r[i]) && !unicode.IsUpper(r[i-1])
		runEnd := i+1 < len(r) && unicode.IsUpper(r[i]) && unicode.IsUpper(r[i-1]) && unicode.IsLower(r[i+1])
		if hump || runEnd {
			out = append(out, string(r[start:i]))
			start = i
		}
	}
	return append(out, string(r[start:]))
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// valueName turns the value of an enumeration into the tail of a constant's
// name: PENDING_CAPTURE is PendingCapture, e-ticket is ETicket.
func valueName(value string) string {
	value, _, _ = strings.Cut(value, " (")
	var b strings.Builder
	for _, w := range strings.FieldsFunc(value, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if strings.ToUpper(w) == w && len(w) > 1 {
			w = strings.ToLower(w)
		}
		if up, ok := initialisms[strings.ToLower(w)]; ok {
			b.WriteString(up)
			continue
		}
		b.WriteString(upperFirst(w))
	}
	return b.String()
}

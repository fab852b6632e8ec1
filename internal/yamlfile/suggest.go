package yamlfile

import (
	"strconv"
	"strings"
	"unicode"
)

// Suggest says which of the known names was most likely meant, or all of them.
func Suggest(name string, known []string) string {
	best, least := "", 3
	for _, n := range known {
		if d := distance(squeeze(name), squeeze(n)); d < least {
			best, least = n, d
		}
	}
	if best != "" {
		return "did you mean " + best + "?"
	}
	return "possible here: " + strings.Join(known, ", ")
}

// squeeze takes away what people spell differently.
func squeeze(s string) string {
	return strings.Map(func(c rune) rune {
		if c == '_' || c == '-' || c == '.' {
			return -1
		}
		return unicode.ToLower(c)
	}, s)
}

// Quote repeats a name in a message, short and on one line.
func Quote(name string) string {
	if runes := []rune(name); len(runes) > 40 {
		name = string(runes[:40]) + "…"
	}
	return strconv.Quote(name)
}

// distance counts the letters to insert, delete or replace between a and b; it
// stops counting at words that are far from any name.
func distance(a, b string) int {
	if len(a) > 40 {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}

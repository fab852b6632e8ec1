package policy

import (
	"strconv"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"
)

// A place is a line and a column of the file, from one; columns count
// characters.
type place struct{ line, col int }

func splitLines(data []byte) [][]rune {
	var lines [][]rune
	for _, line := range strings.Split(string(data), "\n") {
		lines = append(lines, []rune(line))
	}
	return lines
}

// places finds every character of a YAML scalar's value in the file: the value
// may be plain, quoted, or a block, and what YAML folds, indents or escapes
// takes other room there.
type places struct {
	start  place   // of the scalar
	of     []place // of each character of the value; spaces are where the word before ends
	starts []int   // index of the first character of each line of the value
}

// placesOf walks the value and the file side by side. Spaces are skipped in
// both, so that folding and indentation do not matter; what is left is equal,
// but for escapes in quotes.
func placesOf(lines [][]rune, n *yaml.Node, value string) places {
	s := &scanner{lines: lines, at: place{n.Line, n.Column}, style: n.Style}
	p := places{start: s.at, starts: []int{0}}
	switch {
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		s.at = place{n.Line + 1, 1}
	case n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0:
		s.at.col++
	}
	end, lost := s.at, false
	for _, c := range value {
		if c == '\n' {
			p.starts = append(p.starts, len(p.of)+1)
		}
		if lost || unicode.IsSpace(c) {
			p.of = append(p.of, end)
			continue
		}
		at, ok := s.next(c)
		if lost = !ok; lost {
			end = p.start
			p.of = append(p.of, end)
			continue
		}
		p.of, end = append(p.of, at), s.at
	}
	p.of = append(p.of, end)
	return p
}

// at is the place of a line (from one) and column (from zero) of the value.
func (p places) at(line, col int) place {
	if line < 1 || line > len(p.starts) || col < 0 {
		return p.of[0]
	}
	return p.of[min(p.starts[line-1]+col, len(p.of)-1)]
}

// A scanner goes through the characters of a scalar as the file has them.
type scanner struct {
	lines [][]rune
	at    place
	style yaml.Style
}

// next returns the place of the next character that is no space, and goes
// behind it; false when it is another one than c.
func (s *scanner) next(c rune) (place, bool) {
	for s.at.line <= len(s.lines) {
		line := s.lines[s.at.line-1]
		if s.at.col > len(line) {
			s.at = place{s.at.line + 1, 1}
			continue
		}
		at, got, length := s.at, line[s.at.col-1], 1
		switch {
		case got == '\\' && s.style&yaml.DoubleQuotedStyle != 0:
			got, length = unescape(line[s.at.col-1:])
		case got == '\'' && s.style&yaml.SingleQuotedStyle != 0:
			length = 2 // a quote is written twice
		}
		s.at.col += length
		if !unicode.IsSpace(got) {
			return at, got == c
		}
	}
	return s.at, false
}

// unescape reads an escape of a double-quoted scalar: the character, or a
// space when it is one or nothing, and how many characters the escape takes.
func unescape(text []rune) (c rune, length int) {
	if len(text) < 2 {
		return ' ', 1 // the line goes on in the next one
	}
	digits := map[rune]int{'x': 2, 'u': 4, 'U': 8}[text[1]]
	switch {
	case digits > 0 && len(text) >= 2+digits:
		v, err := strconv.ParseUint(string(text[2:2+digits]), 16, 32)
		if err != nil {
			return ' ', 2 + digits
		}
		return rune(v), 2 + digits
	case strings.ContainsRune("tnrvNLP_ \t", text[1]):
		return ' ', 2
	}
	return text[1], 2
}

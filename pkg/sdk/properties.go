package sdk

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// properties are the entries of one section of a properties file, by key in lower
// case.
type properties map[string]property

type property struct {
	line  int
	value string
}

const maxPropertiesBytes = 1 << 20

// readProperties reads a section by the rules of Python's ConfigParser, which is
// what reads the official file: key = value or key: value, comments after # or ; on
// lines of their own, further lines of a value indented. Names of sections and keys
// are the same in any case, and "a..b" is "a.b". A percent sign means itself.
func readProperties(from io.Reader, section string) (properties, error) {
	r := propertyReader{section: section, out: properties{}}
	lines := bufio.NewScanner(io.LimitReader(from, maxPropertiesBytes+1))
	lines.Buffer(nil, maxPropertiesBytes+1)
	size := 0
	for n := 1; lines.Scan(); n++ {
		if size += len(lines.Bytes()) + 1; size > maxPropertiesBytes {
			return nil, fmt.Errorf("line %d: the file is over %d bytes", n, maxPropertiesBytes)
		}
		if err := r.line(n, lines.Text()); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if !r.found {
		return nil, fmt.Errorf("section [%s] is missing", section)
	}
	return r.out, nil
}

type propertyReader struct {
	section string
	begun   bool   // a section has begun, this one or another
	inside  bool   // it is this one
	found   bool   // this one has begun once
	last    string // the key that an indented line goes on with
	out     properties
}

func (r *propertyReader) line(n int, text string) error {
	if n == 1 {
		text = strings.TrimPrefix(text, "\ufeff")
	}
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return fmt.Errorf("not text in UTF-8")
	}
	line := strings.TrimSpace(text)
	switch {
	case line == "" || line[0] == '#' || line[0] == ';':
		return nil
	case line[0] == '[':
		return r.header(line)
	case !r.begun:
		return fmt.Errorf("this comes before any section, begin with [%s]", r.section)
	case !r.inside:
		return nil
	case r.last != "" && (text[0] == ' ' || text[0] == '\t'):
		p := r.out[r.last]
		p.value += "\n" + line
		r.out[r.last] = p
		return nil
	}
	return r.entry(n, line)
}

func (r *propertyReader) header(line string) error {
	name, ok := strings.CutSuffix(line[1:], "]")
	if !ok {
		return fmt.Errorf("the closing bracket of the section is missing")
	}
	r.begun, r.last = true, ""
	r.inside = strings.EqualFold(strings.TrimSpace(name), r.section)
	if r.inside && r.found {
		return fmt.Errorf("section [%s] is there twice", r.section)
	}
	r.found = r.found || r.inside
	return nil
}

func (r *propertyReader) entry(n int, line string) error {
	i := strings.IndexAny(line, "=:")
	if i <= 0 {
		return fmt.Errorf("expected key = value")
	}
	key := strings.ToLower(strings.TrimSpace(line[:i]))
	for strings.Contains(key, "..") {
		key = strings.ReplaceAll(key, "..", ".")
	}
	if first, ok := r.out[key]; ok {
		return fmt.Errorf("%s is there already, on line %d", clean(key), first.line)
	}
	r.out[key] = property{n, strings.TrimSpace(line[i+1:])}
	r.last = key
	return nil
}

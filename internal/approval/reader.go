package approval

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A reader takes the lines of a statement one after the other. Its first error
// stays.
type reader struct {
	rest string
	err  error
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}

// take returns the next line.
func (r *reader) take() string {
	line, rest, found := strings.Cut(r.rest, "\n")
	if !found {
		r.fail("it ends in the middle of a line")
		return ""
	}
	r.rest = rest
	return line
}

// value returns what stands behind the name that the next line has to have.
func (r *reader) value(name string) string {
	if r.err != nil {
		return ""
	}
	value, ok := strings.CutPrefix(r.take(), name+" ")
	if !ok {
		r.fail("the line %q is not in its place", name)
		return ""
	}
	return value
}

func (r *reader) hash(name string) string {
	v := r.value(name)
	if r.err == nil && !isHash(v) {
		r.fail("%s is not 64 hexadecimal digits", name)
	}
	return v
}

func (r *reader) hashOrNone(name string) string {
	if strings.HasPrefix(r.rest, name+" none\n") {
		r.take()
		return ""
	}
	return r.hash(name)
}

func (r *reader) word(name string) string {
	v := r.value(name)
	if r.err != nil {
		return ""
	}
	w, err := ParseWord(v)
	if err != nil {
		r.fail("%s cannot be read", name)
	}
	return w
}

func (r *reader) comment() string {
	v := r.value("comment")
	text, err := strconv.Unquote(v)
	if r.err == nil && (err != nil || text == "" || checkComment(text) != nil) {
		r.fail("the comment cannot be read")
	}
	return text
}

func (r *reader) number(name string) int64 { return r.integer(name, r.value(name)) }

func (r *reader) integer(name, text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if r.err == nil && (err != nil || n < 0) {
		r.fail("%s is not a number", name)
	}
	return n
}

func (r *reader) time(name string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, r.value(name))
	if r.err == nil && err != nil {
		r.fail("%s is not a time", name)
	}
	return t.UTC()
}

// isHash reports that text is a SHA-256 as this program writes it.
func isHash(text string) bool {
	if len(text) != 64 {
		return false
	}
	for i := range len(text) {
		if c := text[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// Word returns a name as a statement holds it: as it is when it is printable
// ASCII without spaces, quotes and backslashes, else quoted and escaped.
func Word(name string) string {
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c > '~' || c == '"' || c == '\\' || c == '`' || c == '\'' {
			return strconv.QuoteToASCII(name)
		}
	}
	if name == "" {
		return `""`
	}
	return name
}

// ParseWord reads what Word writes, and nothing else.
func ParseWord(text string) (string, error) {
	if strings.HasPrefix(text, `"`) {
		return strconv.Unquote(text)
	}
	if Word(text) != text {
		return "", errors.New("not a word")
	}
	return text, nil
}

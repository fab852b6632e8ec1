package render

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// FormatVersion is the version of the JSON documents of this package. Minor
// versions only add fields; readers ignore what they do not know. The schemas
// are in docs/schema.
const FormatVersion = "1.0"

// Money is an exact amount.
type Money struct {
	// Amount in the minor unit of the currency: 4500 is 45.00 EUR, or 4500 JPY.
	Minor int64 `json:"minor"`
	// ISO 4217 code.
	Currency string `json:"currency"`
	// The amount for people, such as "45.00 EUR".
	Text string `json:"text"`
}

func moneyOf(minor int64, c spec.Currency) Money {
	return Money{Minor: minor, Currency: string(c), Text: spec.Money{Minor: minor, Currency: c}.String()}
}

// moneyOrNil is nil for nothing.
func moneyOrNil(minor int64, c spec.Currency) *Money {
	if minor == 0 {
		return nil
	}
	m := moneyOf(minor, c)
	return &m
}

// WriteJSON writes a document of this package. Characters in it that do not
// show, or could reorder what stands beside them, are escaped as JSON does.
func WriteJSON(w io.Writer, document any) error {
	d := newDocument(w)
	d.value(document)
	d.raw("\n")
	return d.flush()
}

// A document is JSON that is written piece by piece. The first error stays,
// and nothing is written after it.
type document struct {
	out *bufio.Writer
	err error
}

func newDocument(w io.Writer) *document { return &document{out: bufio.NewWriterSize(w, 32<<10)} }

func (d *document) raw(text string) {
	if d.err == nil {
		_, d.err = d.out.WriteString(text)
	}
}

// value writes v on one line.
func (d *document) value(v any) {
	if d.err != nil {
		return
	}
	b, err := encode(v)
	if err != nil {
		d.err = err
		return
	}
	_, d.err = d.out.Write(b)
}

// open begins an object by the fields of head and a list under name.
//
//	{"format_version":"1.0","kind":"run","results":[
func (d *document) open(head any, name string) {
	if d.err != nil {
		return
	}
	b, err := encode(head)
	if err != nil {
		d.err = err
		return
	}
	_, d.err = d.out.Write(bytes.TrimSuffix(b, []byte("}")))
	d.raw(`,"` + name + `":[`)
}

// item writes one element of the list that open began.
func (d *document) item(v any, isFirst bool) {
	if !isFirst {
		d.raw(",")
	}
	d.raw("\n")
	d.value(v)
}

// end closes the list and the object, with the fields of tail behind the list.
func (d *document) end(tail any) {
	d.raw("\n]")
	if d.err == nil {
		b, err := encode(tail)
		if err != nil {
			d.err = err
			return
		}
		if rest := bytes.TrimPrefix(b, []byte("{")); len(rest) > 1 {
			d.raw(",")
			_, err = d.out.Write(rest)
		} else {
			_, err = d.out.WriteString("}")
		}
		d.err = err
	}
	d.raw("\n")
}

func (d *document) flush() error {
	if err := d.out.Flush(); d.err == nil {
		d.err = err
	}
	if d.err != nil {
		return fmt.Errorf("write output: %w", d.err)
	}
	return nil
}

// encode is json.Marshal without escaping for HTML, and with escapes for what
// does not show.
func encode(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return escape(bytes.TrimSuffix(buf.Bytes(), []byte{'\n'})), nil
}

// escape writes characters outside of ASCII that do not show in their place
// as \u escapes, and breaks what a CI system would take for a command of its
// own. In JSON both stand only inside of strings.
func escape(b []byte) []byte {
	if bytes.Contains(b, []byte("##[")) {
		b = bytes.ReplaceAll(b, []byte("##["), []byte(`##\u005b`))
	}
	harmless := func(r rune) bool { return r < 0x7f || (r != 0x7f && shows(r)) }
	if bytes.IndexFunc(b, func(r rune) bool { return !harmless(r) }) < 0 {
		return b
	}
	out := make([]byte, 0, len(b)+64)
	for _, r := range string(b) {
		switch {
		case harmless(r):
			out = utf8.AppendRune(out, r)
		case r > 0xffff:
			r -= 0x10000
			out = fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+(r>>10), 0xdc00+(r&0x3ff))
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return out
}

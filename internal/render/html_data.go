package render

import (
	"bufio"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// Texts that are likely to come again are written once and named by number.
// How many and how long they may be bounds what is kept of them.
const (
	maxPageTexts = 4096
	maxPageText  = 300 // bytes
)

// A dataWriter writes the element that holds the rows of a page as JSON, for
// its script:
//
//	{"rows":[[sheet,payment,reference,op,action,item,currency,amount,what,remark,file,line,labels],…],
//	 "currencies":["EUR",…],"decimals":[2,…],"texts":["",…]}
//
// action, remark, file, labels, and what of rows that are no call, are the
// number of a text or the text itself. No character of it can end the element
// that it stands in.
type dataWriter struct {
	out        *bufio.Writer
	buf        []byte
	texts      map[string]int
	inOrder    []string
	currencies []spec.Currency
	rows       int64
}

func newDataWriter(out *bufio.Writer) *dataWriter {
	return &dataWriter{out: out, texts: map[string]int{"": 0}, inOrder: []string{""}}
}

// write writes everything, entry by entry.
func (d *dataWriter) write(entries iter.Seq2[*plan.Entry, error]) error {
	_, err := d.out.WriteString(`<script type="application/json" id="data">` + "\n" + `{"rows":[`)
	for e, more := range entries {
		if err == nil {
			err = more
		}
		if err == nil {
			err = partsOf(e, func(p pagePart) error { return d.row(rowOf(e, p)) })
		}
		if err != nil {
			return err
		}
	}
	if err == nil {
		err = d.close()
	}
	return err
}

func (d *dataWriter) row(r *htmlRow) error {
	b := d.buf[:0]
	if d.rows > 0 {
		b = append(b, ',')
	}
	d.rows++
	b = append(b, "\n["...)
	b = strconv.AppendInt(b, int64(r.sheet), 10)
	b = appendText(append(b, ','), r.Payment)
	b = appendText(append(b, ','), r.Reference)
	b = strconv.AppendInt(append(b, ','), int64(r.op), 10)
	b = d.text(append(b, ','), r.Action)
	b = appendText(append(b, ','), r.Item)
	b = strconv.AppendInt(append(b, ','), int64(d.currency(r.currency)), 10)
	b = appendText(append(b, ','), r.decimal)
	if r.sheet == sheetFinal || r.sheet == sheetCapture || r.sheet == sheetDeclared {
		b = appendText(append(b, ','), r.What)
	} else {
		b = d.text(append(b, ','), r.What)
	}
	b = d.text(append(b, ','), r.Remark)
	b = d.text(append(b, ','), r.file)
	b = strconv.AppendInt(append(b, ','), int64(r.line), 10)
	b = append(d.text(append(b, ','), r.Labels), ']')
	d.buf = b
	_, err := d.out.Write(b)
	return err
}

func (d *dataWriter) close() error {
	b := append(d.buf[:0], "],\n\"currencies\":["...)
	for i, c := range d.currencies {
		b = appendText(appendComma(b, i), pageName(string(c)))
	}
	b = append(b, "],\n\"decimals\":["...)
	for i, c := range d.currencies {
		exp, _ := c.Exponent()
		b = strconv.AppendInt(appendComma(b, i), int64(exp), 10)
	}
	b = append(b, "],\n\"texts\":["...)
	for i, text := range d.inOrder {
		b = appendText(appendComma(b, i), text)
	}
	_, err := d.out.Write(append(b, "]}\n</script>\n"...))
	return err
}

func appendComma(b []byte, i int) []byte {
	if i > 0 {
		b = append(b, ',')
	}
	return b
}

// currency returns the number of a currency. There are no more than ISO 4217
// has in the plans that can be read.
func (d *dataWriter) currency(c spec.Currency) int {
	at := slices.Index(d.currencies, c)
	if at < 0 {
		at = len(d.currencies)
		d.currencies = append(d.currencies, c)
	}
	return at
}

// text appends the number of a text, or the text where it has none.
func (d *dataWriter) text(b []byte, text string) []byte {
	at, known := d.texts[text]
	if !known {
		if len(text) > maxPageText || len(d.inOrder) == maxPageTexts {
			return appendText(b, text)
		}
		at = len(d.inOrder)
		d.texts[text] = at
		d.inOrder = append(d.inOrder, text)
	}
	return strconv.AppendInt(b, int64(at), 10)
}

// appendText appends text as JSON that is as harmless in HTML.
func appendText(b []byte, text string) []byte {
	if isPlain(text) && !strings.ContainsAny(text, "\"\\<>&'") {
		b = append(b, '"')
		b = append(b, text...)
		return append(b, '"')
	}
	quoted, err := json.Marshal(text) // escapes <, > and & too
	if err != nil {
		panic(fmt.Sprintf("encode a text: %v", err)) // a string always encodes
	}
	return append(b, quoted...)
}

package render

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A printer writes lines of text. The first error of the writer stays, and
// nothing is written after it.
type printer struct {
	Style
	out *bufio.Writer
	err error
}

func newPrinter(w io.Writer, s Style) *printer {
	return &printer{Style: s, out: bufio.NewWriter(w)}
}

// line writes one line, which no CI system takes for a command of its own.
func (p *printer) line(parts ...string) {
	if p.err == nil {
		_, p.err = p.out.WriteString(Inert(strings.Join(parts, "")) + "\n")
	}
}

// sentence writes text behind a label, wrapped at the style's width; what is
// wrapped stands under the first word.
func (p *printer) sentence(indent int, label, text string, r role) {
	lead := strings.Repeat(" ", indent)
	if label != "" {
		label += " "
	}
	room := 0
	if p.Width > 0 {
		room = max(p.Width-indent-len(label), 20)
	}
	for i, part := range wrap(text, room) {
		if i == 1 {
			label = strings.Repeat(" ", len(label))
		}
		p.line(lead, p.paint(r, label+part))
	}
}

// hint writes what a person can do, on a line of its own.
func (p *printer) hint(indent int, text string) {
	if text != "" {
		p.sentence(indent, "hint:", p.clean(text), faint)
	}
}

// close flushes and returns the first error.
func (p *printer) close() error {
	if err := p.out.Flush(); p.err == nil {
		p.err = err
	}
	if p.err != nil {
		return fmt.Errorf("write output: %w", p.err)
	}
	return nil
}

// wrap breaks text between words into lines of at most width characters. A
// longer word gets a line to itself. A width of 0 breaks nothing.
func wrap(text string, width int) []string {
	if width <= 0 || utf8.RuneCountInString(text) <= width {
		return []string{text}
	}
	var lines []string
	var line strings.Builder
	length := 0
	for word := range strings.FieldsSeq(text) {
		n := utf8.RuneCountInString(word)
		if length > 0 && length+1+n > width {
			lines = append(lines, line.String())
			line.Reset()
			length = 0
		}
		if length > 0 {
			line.WriteByte(' ')
			length++
		}
		line.WriteString(word)
		length += n
	}
	return append(lines, line.String())
}

// A cell is one column of a row.
type cell struct {
	text  string
	role  role
	right bool // aligned to the right: amounts
}

// A row is a line of columns, with lines of its own below it.
type row struct {
	cells []cell
	below []string
}

// chunk is how many rows are held back to align their columns.
const chunk = 64

// A table aligns the columns of the rows of a chunk. A column gets no narrower
// from one chunk to the next, so that long tables stay quiet.
type table struct {
	p      *printer
	indent string
	widths []int
	rows   []row
}

func (t *table) add(r row) {
	if t.rows = append(t.rows, r); len(t.rows) == chunk {
		t.flush()
	}
}

// flush writes the rows that were held back.
func (t *table) flush() {
	for _, r := range t.rows {
		for i, c := range r.cells {
			if i == len(t.widths) {
				t.widths = append(t.widths, 0)
			}
			t.widths[i] = max(t.widths[i], utf8.RuneCountInString(c.text))
		}
	}
	for _, r := range t.rows {
		t.p.line(t.indent, t.format(r.cells))
		for _, b := range r.below {
			t.p.line(t.indent, "  ", b)
		}
	}
	t.rows = t.rows[:0]
}

func (t *table) format(cells []cell) string {
	last := len(cells)
	for last > 0 && cells[last-1].text == "" {
		last--
	}
	var b strings.Builder
	for i, c := range cells[:last] {
		pad := strings.Repeat(" ", t.widths[i]-utf8.RuneCountInString(c.text))
		if i > 0 {
			b.WriteString("  ")
		}
		switch text := t.p.paint(c.role, c.text); {
		case c.right:
			b.WriteString(pad + text)
		case i == last-1:
			b.WriteString(text)
		default:
			b.WriteString(text + pad)
		}
	}
	return b.String()
}

// number writes a count with its thousands apart: 12,400.
func number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	var groups []string
	for len(digits) > 3 {
		groups = append(groups, digits[len(digits)-3:])
		digits = digits[:len(digits)-3]
	}
	groups = append(groups, digits)
	slices.Reverse(groups)
	return sign + strings.Join(groups, ",")
}

// count writes "1 payment", "12,400 payments".
func count(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return number(n) + " " + what + "s"
}

// either returns one for exactly one, else many.
func either(n int64, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

package spec

import (
	"bytes"
	"errors"
	"fmt"
)

const (
	maxDocument = 8 << 20  // bytes of a document that is read as a whole
	maxHeader   = 64 << 10 // bytes before and behind the list of one that is not
	maxPayment  = 64 << 10 // bytes of a payment
	maxTries    = 4        // lines that look like the start of the list
)

// section is where in its document a reader is.
//
//	before ──▶ list ──▶ behind     payments are read one by one
//	before                         … or at the end, all at once
//	ignored                        nothing more can be understood
type section uint8

const (
	before section = iota
	list
	behind
	ignored
)

// A document takes the lines of one YAML document. It hands each payment on as
// soon as its lines are complete, if the document is laid out so that this is
// safe:
//
//	spec:
//	  payments:
//	    - {id: …}       each payment starts with the list's dash, at its column
//	    - id: …         and all its other lines are indented deeper
//
// What stands before the list is given to yaml.v3 with one made-up item, and
// must give a tree in which that item is the first of spec.payments. So quotes,
// brackets and block text that only look like a list are never cut. The same is
// done with what stands behind. Any other layout is read as a whole.
type document struct {
	header
	d       *decoder
	section section
	started bool   // something stands in it, or "---"
	empty   bool   // no line but comments and markers
	first   int    // number of the first line
	text    []byte // before: all lines; from list on: those before the list
	tail    []byte // lines behind the list
	tailAt  int    // number of the first of them
	damaged []int  // lines outside the list that have a fault of their own

	key     int // number of the line "payments:" that is being tried, or 0
	tries   int
	dash    int // column of the list's dashes, from zero
	listAt  int // number of the first line with one
	item    pending
	batch   batch
	payment paymentReader
	index   int // of the next payment
	totals  totals
	lacking *Error // the first payment without a currency
	lacks   int    // how many there are
}

func newDocument(d *decoder) *document {
	x := &document{d: d, empty: true}
	x.header = header{
		walker:   walker{file: d.file, index: -1, emit: d.fault},
		m:        &Manifest{},
		merchant: d.opts.MerchantID,
		has:      map[string]bool{},
	}
	x.payment.walker = walker{file: d.file, root: "spec.payments", emit: d.fault}
	x.payment.noCurrency = x.lacksCurrency
	return x
}

// line takes the next line. bad says that it had a fault of its own.
func (x *document) line(line []byte, num int, bad bool) {
	if x.first == 0 {
		x.first = num
	}
	indent, content := indentation(line)
	marker := isMarker(line, "---")
	switch {
	case content == 0 || content == '#':
	case content == '%' && indent == 0 && !x.started: // a directive, which comes before "---"
	case marker && len(bytes.Trim(line, "- \r\n")) == 0:
		x.started = true
	default:
		x.started, x.empty = true, false
	}
	if bad && x.section != list {
		x.damaged = append(x.damaged, num)
	}
	switch x.section {
	case before:
		x.lineBefore(line, num, indent, content)
	case list:
		x.lineInList(line, num, indent, content, bad)
	case behind:
		x.lineBehind(line, num)
	case ignored:
	}
}

// indentation returns how many spaces a line starts with, and what follows
// them: 0 for nothing.
func indentation(line []byte) (spaces int, content byte) {
	for i, c := range line {
		switch c {
		case ' ':
		case '\n', '\r':
			return i, 0
		default:
			return i, c
		}
	}
	return len(line), 0
}

// isMarker reports a line that starts or ends a document.
func isMarker(line []byte, marker string) bool {
	return len(line) >= 3 && string(line[:3]) == marker &&
		(len(line) == 3 || line[3] == ' ' || line[3] == '\n' || line[3] == '\r')
}

// isDash reports that a list item starts at column indent.
func isDash(line []byte, indent int) bool {
	return line[indent] == '-' && (indent+1 == len(line) || line[indent+1] == ' ' || line[indent+1] == '\n' || line[indent+1] == '\r')
}

func (x *document) lineBehind(line []byte, num int) {
	if x.tailAt == 0 {
		x.tailAt = num
	}
	if len(x.tail)+len(line) > maxHeader {
		x.d.fault(&Error{
			Pos: Pos{x.file, x.tailAt, 1}, Msg: fmt.Sprintf("over %d KiB stand behind the list of payments", maxHeader>>10),
			Hint: "indent all payments alike; only expect may stand behind them",
		})
		x.section = ignored
		return
	}
	x.tail = append(x.tail, line...)
}

// end is called when the document has no more lines. cut says that the input
// ends here, too.
func (x *document) end(cut bool) {
	switch x.section {
	case before:
		if !x.empty {
			x.whole()
		}
	case list:
		x.flush(cut)
		x.finish(nil)
	case behind:
		x.finish(x.tail)
	case ignored:
	}
}

// finish reads what stands behind the list, and adds up.
func (x *document) finish(tail []byte) {
	if tail != nil {
		t, err := parseYAML(nil, append(x.withItem(x.dash), tail...), x.first)
		if err != nil {
			x.syntax(err, x.first, x.tailAt, x.tailAt-x.listAt-1)
			return
		}
		for i := range t {
			if int(t[i].line) > x.listAt {
				t[i].line += int32(x.tailAt - x.listAt - 1)
			}
		}
		x.after(t)
	}
	x.close()
}

// close reports what only the whole document can show.
func (x *document) close() {
	x.missing()
	if x.lacking != nil {
		if x.lacks > 1 {
			x.lacking.Msg += fmt.Sprintf("; so it is with %d payments of this document", x.lacks)
		}
		x.d.fault(x.lacking)
	}
	x.totals.payments = int64(x.index)
	for _, e := range x.expect {
		if err := x.totals.check(e, x.m.Currency); err != nil {
			x.d.fault(err)
		}
	}
}

// lacksCurrency counts payments without a currency: they have one cause, and
// are reported once. A currency of the document that is wrong has its own fault.
func (x *document) lacksCurrency(pos Pos, path string) {
	if x.noCurrency {
		return
	}
	if x.lacks++; x.lacking == nil {
		x.lacking = &Error{
			Pos: pos, Path: path, Msg: "payment has no currency, and neither has the document",
			Hint: "write currency: EUR under spec, before payments, or in the payment",
		}
	}
}

// whole reads a document that was not cut.
func (x *document) whole() {
	t, err := parseYAML(nil, x.text, x.first)
	if err != nil {
		x.syntax(err, x.first, x.first, 0)
		return
	}
	if t[0].null() {
		x.empty = true
		return
	}
	i := x.before(t)
	if x.hopeless {
		return
	}
	if i != 0 {
		x.checkLayout(t, i)
		for c := i + 1; c < t[i].end && !x.d.stopped; c = t[c].end {
			x.readPayment(t, c, x.damagedBetween(t, c, i))
		}
	}
	x.after(t)
	x.close()
}

// syntax reports text that is not YAML: on the line that the parser names, moved
// by shift, but not above line least. A line that has a fault of its own already
// explains it.
func (x *document) syntax(err error, first, least, shift int) {
	if len(x.damaged) > 0 {
		return
	}
	line := least
	var s *syntaxError
	if errors.As(err, &s) && s.line > 0 {
		line = max(least, first+s.line-1+shift)
	}
	x.d.fault(&Error{
		Pos: Pos{x.file, line, 1}, Msg: "this is not valid YAML: " + err.Error(),
		Hint: "look at this line and the one above for a missing quote, bracket or space, or a file that was cut off",
	})
}

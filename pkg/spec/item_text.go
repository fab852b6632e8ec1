package spec

import "strings"

// ParseItem reads one payment from the text of its item in a list, as Decode
// would in a document of currency c:
//
//   - {id: "3066177123_0", captured: 60.00}
//
// It is for programs that write manifests: what they write is judged by the
// rules by which it will be read. Errors are of type Errors; their places are in
// the text, and their paths start at the payment, as "refunds[0].ref".
func ParseItem(text string, c Currency) (*Payment, error) {
	var faults faultList
	emit := func(e *Error) { faults.add(0, e) }
	if len(text) > maxPayment {
		return nil, Errors{{Msg: "payment is over 64 KiB", Hint: "a payment needs a few lines"}}
	}
	if !plainASCII([]byte(text)) {
		text = cleanItem(text, emit)
	}
	t, ok := fastItem(nil, text, 0, 1)
	at := int32(0)
	if !ok {
		var err error
		if t, err = parseYAML(nil, []byte(text), 1); err != nil || !t.isListOf(1) {
			emit(&Error{Msg: "this is not one item of a list"})
			return nil, faults.errors()
		}
		at = 1
	}
	r := paymentReader{walker: walker{t: t, index: -1, emit: emit}}
	r.noCurrency = func(pos Pos, path string) {
		emit(&Error{Pos: pos, Path: path, Msg: "payment has no currency", Hint: "name its currency"})
	}
	p, _ := r.read(at, &Manifest{Currency: c})
	return p, faults.errors()
}

// cleanItem refuses characters that manifests do not have.
func cleanItem(text string, emit func(*Error)) string {
	lines := newLineReader(strings.NewReader(text), func(line, col int, msg, hint string) {
		emit(&Error{Pos: Pos{Line: line, Col: col}, Msg: msg, Hint: hint})
	})
	var b strings.Builder
	for {
		line, err := lines.next()
		if err != nil { // the end: a string has no other
			return b.String()
		}
		b.Write(line)
	}
}

package sandbox

import (
	"encoding/json"
	"strconv"
	"strings"
)

// A walk goes through a body of valid JSON once and collects what is wrong with it.
type walk struct {
	data   []byte
	at     int
	strict bool // members that the contract does not know are faults
	names  []step
	text   []byte // of the newest string that held escapes
	faults []*refusal
}

// A step is a name on the way to a value, or the number of an item.
type step struct {
	name string
	item int // from 1 on; 0 for a name
}

// path returns the way to a value, such as "order.items[2].name".
func (w *walk) path(name string) string {
	var b strings.Builder
	for _, s := range w.names {
		if s.item > 0 {
			b.WriteString("[" + strconv.Itoa(s.item-1) + "]")
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(s.name)
	}
	if name != "" && b.Len() > 0 {
		b.WriteByte('.')
	}
	return b.String() + name
}

func (w *walk) fault(fail *refusal) {
	if len(w.faults) < mostFaults {
		w.faults = append(w.faults, fail)
	}
}

// invalid says that the value at hand is wrong.
func (w *walk) invalid() { w.fault(invalidValue(w.path(""))) }

// next skips white space and returns the byte that follows.
func (w *walk) next() byte {
	for w.data[w.at] == ' ' || w.data[w.at] == '\n' || w.data[w.at] == '\t' || w.data[w.at] == '\r' {
		w.at++
	}
	return w.data[w.at]
}

// object goes through an object, whose brace is next.
func (w *walk) object(number int) {
	fields := contractObjects[number]
	var seen uint64
	w.at++
	for w.next() != '}' {
		if w.data[w.at] == ',' {
			w.at++
			w.next()
		}
		from := w.at
		name := w.string()
		i := find(fields, name)
		if i < 0 {
			w.unknown(from, name)
			continue
		}
		w.next()
		w.at++ // the colon
		w.names = append(w.names, step{name: fields[i].name})
		if w.value(&fields[i]) {
			seen |= 1 << i
		} else {
			seen &^= 1 << i
		}
		w.names = w.names[:len(w.names)-1]
	}
	w.at++
	for i := range fields {
		if fields[i].required && seen&(1<<i) == 0 {
			w.fault(missingValue(w.path(fields[i].name)))
		}
	}
}

// unknown passes over a member that the contract does not have and makes its name,
// which begins at from, unreadable.
func (w *walk) unknown(from int, name []byte) {
	if w.strict {
		w.fault(invalidValue(w.path(strings.ToValidUTF8(string(name), "\ufffd"))))
	}
	for i := from + 1; i < w.at-1; i++ {
		w.data[i] = '_'
	}
	w.next()
	w.at++
	w.skip()
}

// value checks the value of a field and says whether there is one. null is none; an
// empty text is not enough for a required field.
func (w *walk) value(f *contractField) bool {
	switch first := w.next(); {
	case first == 'n':
		w.at += len("null")
		return false
	case f.list && first == '[':
		w.list(f)
	case f.list:
		w.skip()
		w.invalid()
	default:
		w.item(f)
	}
	return true
}

// list goes through an array.
func (w *walk) list(f *contractField) {
	var had map[string]bool
	n, twice := 0, false
	w.at++
	for w.next() != ']' {
		if w.data[w.at] == ',' {
			w.at++
			w.next()
		}
		n++
		w.names = append(w.names, step{item: n})
		from := w.at
		if w.next() == 'n' {
			w.at += len("null")
			w.invalid()
		} else {
			w.item(f)
		}
		w.names = w.names[:len(w.names)-1]
		if f.unique {
			if had == nil {
				had = make(map[string]bool)
			}
			text := string(w.data[from:w.at])
			twice = twice || had[text]
			had[text] = true
		}
	}
	w.at++
	if twice || !f.items(n) {
		w.invalid()
	}
}

// item checks a value that is neither null nor a list.
func (w *walk) item(f *contractField) {
	switch first := w.data[w.at]; {
	case first == '"':
		text := w.string()
		if (len(text) == 0 && f.required) || !f.text(text) {
			w.invalid()
		}
	case first == '{' && f.kind == anObject:
		w.object(f.object)
	case first == '{' || first == '[':
		w.skip()
		w.invalid()
	case first == 't' || first == 'f':
		w.skip()
		if f.kind != aTruth {
			w.invalid()
		}
	default:
		from := w.at
		w.skip()
		if !f.number(w.data[from:w.at]) {
			w.invalid()
		}
	}
}

// string reads the string that is next, without its quotes and escapes. It is
// good until the next call.
func (w *walk) string() []byte {
	from := w.at
	escaped := false
	for w.at++; w.data[w.at] != '"'; w.at++ {
		if w.data[w.at] == '\\' {
			escaped = true
			w.at++
		}
	}
	w.at++
	if !escaped {
		return w.data[from+1 : w.at-1]
	}
	var text string
	_ = json.Unmarshal(w.data[from:w.at], &text) // it is valid
	w.text = append(w.text[:0], text...)
	return w.text
}

// skip passes over the value that is next, however deep it is.
func (w *walk) skip() {
	depth := 0
	for {
		switch w.next() {
		case '"':
			w.pass()
		case '{', '[':
			depth++
			w.at++
		case '}', ']':
			depth--
			w.at++
		case ',', ':':
			w.at++
		default:
			for w.at < len(w.data) && !ends[w.data[w.at]] {
				w.at++
			}
		}
		if depth == 0 {
			return
		}
	}
}

// pass passes over a string.
func (w *walk) pass() {
	for w.at++; w.data[w.at] != '"'; w.at++ {
		if w.data[w.at] == '\\' {
			w.at++
		}
	}
	w.at++
}

// ends are the bytes that end a number, true, false or null.
var ends = [256]bool{' ': true, '\n': true, '\t': true, '\r': true, ',': true, '}': true, ']': true, ':': true}

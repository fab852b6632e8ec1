package spec

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// Bounds of what is given to yaml.v3 at once.
const (
	batchBytes = 64 << 10
	batchItems = 500
)

// A pending item is one whose lines are being gathered.
type pending struct {
	open     bool
	text     []byte
	first    int // number of its first line
	line     int // length of that line, without its break
	folded   bool
	bad      bool
	oversize bool
}

// A batch is items on successive lines that wait for yaml.v3.
type batch struct {
	text   []byte
	first  int   // number of the first line
	starts []int // offset of each item in text
	lines  []int // number of the first line of each
	index  int   // of the first item
}

// lineInList takes a line from the first dash on.
func (x *document) lineInList(line []byte, num, indent int, content byte, bad bool) {
	p := &x.item
	switch {
	case content == 0 || content == '#':
		if !p.open {
			return
		}
	case indent == x.dash && isDash(line, indent):
		x.flushItem()
		*p = pending{open: true, text: p.text[:0], first: num, line: len(bytes.TrimRight(line, "\r\n"))}
	case indent > x.dash:
		p.folded = true
	default:
		x.flush(false)
		x.section = behind
		if bad {
			x.damaged = append(x.damaged, num)
		}
		x.lineBehind(line, num)
		return
	}
	p.bad = p.bad || bad
	if len(p.text)+len(line) > maxPayment {
		p.oversize = true
		return
	}
	p.text = append(p.text, line...)
}

// flushItem reads the item that is complete now, or puts it into the batch.
func (x *document) flushItem() {
	p := &x.item
	if !p.open || x.d.stopped {
		return
	}
	p.open = false
	if p.bad || p.oversize {
		x.flushBatch(false)
		if p.oversize && !p.bad {
			x.oversize(Pos{x.file, p.first, x.dash + 1})
		}
		x.skip()
		return
	}
	if !p.folded && !x.d.opts.slow {
		t, ok := fastItem(x.d.fastTree[:0], string(p.text[:p.line]), x.dash, p.first)
		if x.d.fastTree = t; ok {
			x.flushBatch(false)
			x.readPayment(t, 0, false)
			return
		}
	}
	b := &x.batch
	if len(b.starts) == 0 {
		b.first, b.index = p.first, x.index
	}
	b.starts, b.lines = append(b.starts, len(b.text)), append(b.lines, p.first)
	b.text = append(b.text, p.text...)
	if len(b.text) >= batchBytes || len(b.starts) >= batchItems {
		x.flushBatch(false)
	}
}

// flush reads all items that are complete. last says that the input ends here.
func (x *document) flush(last bool) {
	x.flushItem()
	x.flushBatch(last)
}

// flushBatch reads the items that wait for yaml.v3.
func (x *document) flushBatch(last bool) {
	b := &x.batch
	n := len(b.starts)
	if n == 0 {
		return
	}
	t, err := parseYAML(x.d.tree[:0], b.text, b.first)
	if err == nil && t.isListOf(n) {
		x.d.tree = t
		for c := int32(1); c < t[0].end && !x.d.stopped; c = t[c].end {
			x.readPayment(t, c, false)
		}
	} else {
		x.oneByOne(last)
	}
	b.text, b.starts, b.lines = b.text[:0], b.starts[:0], b.lines[:0]
}

// isListOf reports that a tree is one list of n items.
func (t tree) isListOf(n int) bool {
	if t[0].kind != sequence || t[0].flaw != sound {
		return false
	}
	for c := int32(1); c < t[0].end; c = t[c].end {
		n--
	}
	return n == 0
}

// oneByOne finds the items of a batch that are not YAML.
func (x *document) oneByOne(last bool) {
	b := &x.batch
	for i, start := range b.starts {
		end := len(b.text)
		if i+1 < len(b.starts) {
			end = b.starts[i+1]
		}
		t, err := parseYAML(x.d.tree[:0], b.text[start:end], b.lines[i])
		if err == nil && t.isListOf(1) {
			x.d.tree = t
			x.readPayment(t, 1, false)
		} else {
			if err == nil {
				err = &syntaxError{msg: "the lines of this payment do not belong together"}
			}
			x.notYAML(err, b.lines[i], last && i+1 == len(b.starts))
		}
		if x.d.stopped {
			return
		}
	}
}

// notYAML reports an item that yaml.v3 cannot read. The place is that of its
// dash: the parser often notices later than a person would.
func (x *document) notYAML(err error, line int, last bool) {
	hint := "look in this payment for a missing quote, bracket, comma or space"
	if s := (*syntaxError)(nil); last && errors.As(err, &s) && s.open {
		hint = "the file may have been cut off here; otherwise " + hint
	}
	x.d.fault(&Error{
		Pos: Pos{x.file, line, x.dash + 1}, Path: "spec.payments[" + strconv.Itoa(x.index) + "]",
		Msg: "this is not valid YAML: " + err.Error(), Hint: hint,
	})
	x.skip()
}

// skip counts a payment that cannot be read.
func (x *document) skip() {
	x.index++
	x.totals.unsure = true
}

func (x *document) oversize(pos Pos) {
	x.d.fault(&Error{
		Pos: pos, Path: "spec.payments[" + strconv.Itoa(x.index) + "]",
		Msg:  fmt.Sprintf("payment is over %d KiB", maxPayment>>10),
		Hint: "a payment needs a few lines; look for a missing quote or dash, or a very long comment",
	})
}

// readPayment takes the payment at node i of t into account and hands it on.
// One that is damaged is counted only.
func (x *document) readPayment(t tree, i int32, damaged bool) {
	if damaged {
		x.skip()
		return
	}
	x.payment.t, x.payment.index = t, x.index
	p, ok := x.payment.read(i, x.m)
	x.index++
	if ok {
		x.totals.add(p)
	} else {
		x.totals.unsure = true
	}
	x.d.payment(p, x.index-1, ok)
}

// damagedBetween reports, in a document read as a whole, that item c of list i
// is on a line that has a fault of its own, or is too large.
func (x *document) damagedBetween(t tree, c, i int32) bool {
	size := 0
	for _, n := range t[c:t[c].end] {
		size += len(n.text) + 4
	}
	if size > maxPayment {
		x.oversize(Pos{x.file, int(t[c].line), int(t[c].col)})
		return true
	}
	return slices.ContainsFunc(x.damaged, func(line int) bool {
		first := int(t[c].line)
		if next := t[c].end; next < t[i].end {
			return line >= first && line <= max(first, int(t[next].line)-1)
		}
		return line >= first
	})
}

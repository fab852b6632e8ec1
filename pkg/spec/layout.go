package spec

import (
	"bytes"
	"fmt"
)

// lineBefore takes a line that may stand before the list of payments, and tries
// whether the list starts with it.
func (x *document) lineBefore(line []byte, num, indent int, content byte) {
	if x.key != 0 && content != 0 && content != '#' {
		if isDash(line, indent) && x.begin(num, indent) {
			x.lineInList(line, num, indent, content, x.d.lines.bad == num)
			return
		}
		x.key = 0
	}
	if len(x.text)+len(line) > maxDocument {
		x.d.fault(&Error{
			Pos: Pos{x.file, x.first, 1}, Msg: fmt.Sprintf("document is over %d MiB and its payments cannot be read one by one", maxDocument>>20),
			Hint: "write payments: on a line of its own below spec:, and below it each payment with a dash, all dashes in one column",
		})
		x.section, x.text = ignored, nil
		return
	}
	x.text = append(x.text, line...)
	if content == 'p' && !x.d.opts.whole && len(x.text) <= maxHeader && x.tries < maxTries && isListKey(line[indent:]) {
		x.key = num
		x.tries++
	}
}

// isListKey reports "payments:" with nothing behind it but a comment.
func isListKey(line []byte) bool {
	rest, ok := bytes.CutPrefix(line, []byte("payments:"))
	if !ok {
		return false
	}
	rest = bytes.TrimRight(rest, "\r\n")
	trimmed := bytes.TrimLeft(rest, " ")
	return len(trimmed) == 0 || (trimmed[0] == '#' && len(trimmed) < len(rest))
}

// begin tries whether the list of payments starts on line num with a dash at
// column dash. If so the header has been read when it returns.
func (x *document) begin(num, dash int) bool {
	t, err := parseYAML(nil, x.withItem(dash), x.first)
	if err != nil || !x.isList(t, num, dash) {
		return false
	}
	x.section, x.dash, x.listAt = list, dash, num
	if x.before(t) == 0 || x.hopeless {
		x.section = ignored
	}
	return true
}

// withItem returns the header and a made-up item, "- 0".
func (x *document) withItem(dash int) []byte {
	text := append(bytes.Clone(x.text), bytes.Repeat([]byte{' '}, dash)...)
	return append(text, "- 0\n"...)
}

// isList reports that the key on line x.key is spec.payments, and that its list
// holds just the made-up item.
func (x *document) isList(t tree, num, dash int) bool {
	list := t.lookup(t.lookup(0, "spec"), "payments")
	if list <= 0 || int(t[list-1].line) != x.key || t[list].kind != sequence || t[list].end != list+2 {
		return false
	}
	n := &t[list+1]
	return n.kind == scalar && n.text == "0" && int(n.line) == num && int(n.col) == dash+3
}

// lookup returns the value of a key of a mapping, or -1.
func (t tree) lookup(i int32, key string) int32 {
	if i < 0 || t[i].kind != mapping {
		return -1
	}
	for k := i + 1; k < t[i].end; {
		v := t[k].end
		if t[k].kind == scalar && t[k].text == key {
			return v
		}
		k = t[v].end
	}
	return -1
}

// checkLayout holds a list that was read as a whole to the rule by which lists
// are cut: every dash in its column starts a payment, and what belongs to a
// payment is indented deeper. YAML demands it; yaml.v3 lets quotes and brackets
// off.
func (x *document) checkLayout(t tree, i int32) {
	lines := bytes.SplitAfter(x.text, []byte("\n"))
	first := int(t[i].line) - x.first
	if t.empty(i) || lines[first][t[i].col-1] != '-' {
		return // a list in brackets
	}
	dash := int(t[i].col) - 1
	items := 0
	for c := i + 1; c < t[i].end; c = t[c].end {
		items++
	}
	end := x.first + len(lines) // where the next key stands, if there is one
	if int(t[i].end) < len(t) {
		end = int(t[t[i].end].line)
	}
	for n, line := range lines[first : end-x.first] {
		indent, content := indentation(line)
		switch {
		case content == 0 || content == '#' || indent > dash:
		case indent == dash && isDash(line, indent) && items > 0:
			items--
		default:
			x.d.fault(&Error{
				Pos: Pos{x.file, int(t[i].line) + n, indent + 1}, Path: "spec.payments",
				Msg:  "this is not valid YAML: a line inside a payment is not indented deeper than the payment's dash",
				Hint: "indent it, or close the quote or bracket above",
			})
			x.totals.unsure = true
			return
		}
	}
}

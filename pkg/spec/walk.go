package spec

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A walker applies rules to a tree and reports what breaks them.
type walker struct {
	t     tree
	file  string
	root  string // path of what is walked, such as "spec"
	index int    // behind root, "[3]"; negative for none
	mute  bool   // faults are not reported
	bad   bool   // a fault was found
	emit  func(*Error)
}

// A place names a part of what is walked: list[item].field, any of which may be
// missing.
type place struct {
	list  string
	item  int // negative for none
	field string
}

func field(name string) place { return place{item: -1, field: name} }

func (p place) with(name string) place {
	p.field = name
	return p
}

func (w *walker) path(p place) string {
	var b strings.Builder
	b.WriteString(w.root)
	if w.index >= 0 {
		b.WriteString("[" + strconv.Itoa(w.index) + "]")
	}
	part := func(s string) {
		if s != "" && b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(s)
	}
	part(p.list)
	if p.item >= 0 {
		b.WriteString("[" + strconv.Itoa(p.item) + "]")
	}
	part(p.field)
	return b.String()
}

func (w *walker) pos(i int32) Pos {
	return Pos{File: w.file, Line: int(w.t[i].line), Col: int(w.t[i].col)}
}

func (w *walker) fault(i int32, p place, msg, hint string) {
	if w.mute {
		return
	}
	w.bad = true
	w.emit(&Error{Pos: w.pos(i), Path: w.path(p), Msg: msg, Hint: hint})
}

// fail reports an error of a parser of this package.
func (w *walker) fail(i int32, p place, err error) {
	e := at(err, Pos{}, "")
	w.fault(i, p, e.Msg, e.Hint)
}

// sound reports that a node has nothing that manifests do not have.
func (w *walker) sound(i int32, p place) bool {
	switch w.t[i].flaw {
	case sound:
		return true
	case anchored:
		w.fault(i, p, "an anchor (&)", "manifests have none: write the value out")
	case aliased:
		w.fault(i, p, "an alias (*)", "manifests have none: write the value out")
	case tagged:
		w.fault(i, p, "a YAML tag (!)", "manifests have none: write the value alone")
	}
	return false
}

// is reports that a node is sound and of a kind. A value that is missing is
// none of the kinds.
func (w *walker) is(i int32, k kind, p place) bool {
	n := &w.t[i]
	switch {
	case !w.sound(i, p):
	case n.null():
		hint := "write a value, or leave the key out"
		if k == sequence {
			hint = "write [] for an empty list, or leave the key out"
		}
		w.fault(i, p, "has no value", hint)
	case n.kind != k:
		w.fault(i, p, "is "+n.kind.String()+" where "+k.String()+" is expected", n.expected(k))
	default:
		return true
	}
	return false
}

// expected is the hint for a node that should be of kind k.
func (n *node) expected(k kind) string {
	switch {
	case k == mapping && n.kind == scalar && strings.Contains(n.text, ":"):
		return noSpace
	case k == mapping:
		return "write keys and values, such as {key: value}"
	case k == sequence:
		return "write [ and ] around it, or one line with a dash for each"
	default:
		return "write the value alone, without brackets or dashes"
	}
}

const noSpace = "write a space behind the colon"

// key returns the text of a key, or false when it cannot be one.
func (w *walker) key(i int32, p place) (string, bool) {
	n := &w.t[i]
	switch {
	case n.kind == scalar && n.text == "<<" && !n.quoted:
		w.fault(i, p, "a merge key (<<)", "manifests have none: write the keys out")
	case !w.sound(i, p):
	case n.kind != scalar:
		w.fault(i, p, "a key that is not a name", "write each key as name: value")
	default:
		return n.text, true
	}
	return "", false
}

// fields finds the values of a mapping by the names of its keys, and reports
// unknown and repeated keys. A name that is absent gives 0.
func (w *walker) fields(i int32, names []string, values []int32, p place) {
	clear(values)
	for k := i + 1; k < w.t[i].end; {
		v := w.t[k].end
		if text, ok := w.key(k, p); ok {
			switch at := indexOf(names, text); {
			case at < 0:
				w.unknown(k, text, names, p)
			case values[at] != 0:
				w.fault(k, p.with(text), "is written twice", "keep one of the two")
			default:
				values[at] = v
			}
		}
		k = w.t[v].end
	}
}

func indexOf(names []string, text string) int {
	for i, n := range names {
		if n == text {
			return i
		}
	}
	return -1
}

func (w *walker) unknown(i int32, text string, names []string, p place) {
	hint := "possible here: " + strings.Join(names, ", ")
	if near := nearest(text, names); near != "" {
		hint = "did you mean " + near + "?"
	}
	if name, _, ok := strings.Cut(text, ":"); ok && indexOf(names, name) >= 0 {
		hint = noSpace
	}
	w.fault(i, p, "unknown field "+quote(text), hint)
}

// text returns a scalar of 1 to limit characters, without any that do not show.
func (w *walker) text(i int32, p place, limit int) string {
	if !w.is(i, scalar, p) {
		return ""
	}
	s := w.t[i].text
	switch {
	case s == "":
		w.fault(i, p, "is empty", "write a value, or leave the key out")
	case len(s) > limit && utf8.RuneCountInString(s) > limit:
		w.fault(i, p, "is over "+strconv.Itoa(limit)+" characters long", "shorten it")
	case s[0] == ' ' || s[len(s)-1] == ' ':
		w.fault(i, p, "starts or ends with a space", "delete the space")
	case strings.ContainsFunc(s, unprintable):
		w.fault(i, p, "has a line break or a character that does not show", "write it on one line")
	default:
		return s
	}
	return ""
}

func unprintable(c rune) bool { return !unicode.IsPrint(c) }

// money returns an amount in minor units of c.
func (w *walker) money(i int32, p place, c Currency, exp int) (minor int64, ok bool) {
	if !w.is(i, scalar, p) {
		return 0, false
	}
	if minor, ok := parseDecimal(w.t[i].text, exp, MaxMinor); ok {
		return minor, true
	}
	m, err := ParseMoney(w.t[i].text, c)
	if err != nil {
		w.fail(i, p, err)
		return 0, false
	}
	return m.Minor, true
}

// nearest returns the name that text was most likely meant to be, or "".
func nearest(text string, names []string) string {
	if len(text) > 40 {
		return ""
	}
	for _, s := range [...][2]string{
		{"canceled", "cancelled"},
		{"cancel", "cancels"},
		{"capture", "captures"},
		{"refund", "refunds"},
		{"reference", "ref"},
		{"authorised", "authorized"},
		{"paymentId", "id"},
		{"value", "amount"},
		{"merchant", "merchantId"},
		{"operationId", "operation"},
		{"isFinal", "final"},
	} {
		if s[0] == text && indexOf(names, s[1]) >= 0 {
			return s[1]
		}
	}
	best, limit := "", min(2, len(text)/2)
	for _, n := range names {
		if d := distance(strings.ToLower(text), strings.ToLower(n)); d <= limit {
			best, limit = n, d-1
		}
	}
	return best
}

// distance counts the letters to insert, delete or replace between a and b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}

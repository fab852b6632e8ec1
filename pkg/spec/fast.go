package spec

// fastItem appends the tree of one list item that is a flow mapping on one line:
//
//   - {id: "3066177123_0", captures: [{ref: ship-1, amount: 80.00}]}
//
// line is the whole line without its line break, and col where its dash stands,
// counted from zero. It knows a small part of YAML, in which it gives exactly
// what yaml.v3 would, and returns false for everything else.
func fastItem(t tree, line string, col, num int) (tree, bool) {
	f := fastScanner{s: line, i: col + 1, line: int32(num), t: t}
	if f.skip() == 0 || f.peek() != '{' || !f.mapping(0) {
		return f.t, false
	}
	if f.skip() > 0 && f.peek() == '#' {
		return f.t, true
	}
	return f.t, f.i == len(f.s)
}

const (
	fastDepth = 4  // of nested flow collections
	fastKey   = 64 // characters of a key
)

// A fastScanner reads one line. Its methods return false for what it leaves to
// yaml.v3.
type fastScanner struct {
	s    string
	i    int
	line int32
	t    tree
}

// peek returns the next byte, or 0 at the end of the line: no line that gets
// here contains one.
func (f *fastScanner) peek() byte {
	if f.i < len(f.s) {
		return f.s[f.i]
	}
	return 0
}

// skip passes spaces and returns how many.
func (f *fastScanner) skip() int {
	start := f.i
	for f.i < len(f.s) && f.s[f.i] == ' ' {
		f.i++
	}
	return f.i - start
}

// open appends a node that starts here, and returns its index.
func (f *fastScanner) open(k kind) int {
	f.t = append(f.t, node{kind: k, line: f.line, col: int32(f.i + 1)})
	return len(f.t) - 1
}

func (f *fastScanner) mapping(depth int) bool {
	at := f.open(mapping)
	f.i++
	f.skip()
	if f.peek() != '}' {
		for {
			if !f.key() || !f.value(depth) {
				return false
			}
			if f.peek() == '}' {
				break
			}
			if !f.comma() {
				return false
			}
		}
	}
	f.i++
	f.t[at].end = int32(len(f.t))
	return true
}

func (f *fastScanner) sequence(depth int) bool {
	at := f.open(sequence)
	f.i++
	f.skip()
	if f.peek() != ']' {
		for {
			if !f.value(depth) {
				return false
			}
			if f.peek() == ']' {
				break
			}
			if !f.comma() {
				return false
			}
		}
	}
	f.i++
	f.t[at].end = int32(len(f.t))
	return true
}

// comma passes a comma and the spaces behind it.
func (f *fastScanner) comma() bool {
	if f.peek() != ',' {
		return false
	}
	f.i++
	f.skip()
	return true
}

// key reads a key with its colon and the space that must follow.
func (f *fastScanner) key() bool {
	start := f.i
	if !f.scalar() || f.i-start > fastKey || f.peek() != ':' {
		return false
	}
	f.i++
	return f.skip() > 0
}

// value reads a value and passes the spaces behind it.
func (f *fastScanner) value(depth int) bool {
	if depth == fastDepth {
		return false
	}
	var ok bool
	switch f.peek() {
	case '{':
		ok = f.mapping(depth + 1)
	case '[':
		ok = f.sequence(depth + 1)
	default:
		ok = f.scalar()
	}
	f.skip()
	return ok
}

// scalar reads quoted ASCII text without escapes, or plain words.
func (f *fastScanner) scalar() bool {
	at := f.open(scalar)
	n := &f.t[at]
	n.end = int32(at) + 1
	if quote := f.peek(); quote == '"' || quote == '\'' {
		f.i++
		start := f.i
		for f.i < len(f.s) && f.s[f.i] != quote {
			if c := f.s[f.i]; c < ' ' || c > '~' || c == '\\' {
				return false
			}
			f.i++
		}
		if f.i == len(f.s) {
			return false
		}
		n.text, n.quoted = f.s[start:f.i], true
		f.i++
		return f.peek() != quote // '' is an escape
	}
	start, end := f.i, f.i
	for ; f.i < len(f.s); f.i++ {
		switch c := f.s[f.i]; {
		case plainByte[c]:
			end = f.i + 1
		case c == ' ' && end > start:
		default:
			if end == start || c == '#' {
				return false
			}
			f.i = end
			n.text = f.s[start:end]
			return alnum(f.s[start])
		}
	}
	return false // plain text at the end of the line: the mapping is not closed
}

// plainByte holds what words are made of: letters, digits, point, _ and -.
var plainByte = func() (is [256]bool) {
	for c := range is {
		is[c] = alnum(byte(c)) || c == '.' || c == '_' || c == '-'
	}
	return is
}()

func alnum(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

package spec

// Node is what trees are made of.
type Node = node

// Slow returns o with every payment left to yaml.v3.
func Slow(o Options) Options {
	o.slow = true
	return o
}

// Whole returns o with every document read at once.
func Whole(o Options) Options {
	o.whole, o.slow = true, true
	return o
}

// Hashed returns o with another hash for ids that are no numbers.
func Hashed(o Options, hash func(string) uint64) Options {
	o.hash = hash
	return o
}

// FastTree returns the tree that the scanner makes of one line of a list whose
// dash stands at column col, counted from zero. ok is false when it leaves the
// line to yaml.v3.
func FastTree(line string, col int) (t []Node, ok bool) { return fastItem(nil, line, col, 1) }

// SlowTree returns the tree that yaml.v3 makes of the same item.
func SlowTree(line string) (t []Node, ok bool) {
	got, err := parseYAML(nil, []byte(line+"\n"), 1)
	if err != nil || !got.isListOf(1) {
		return nil, false
	}
	for i := range got {
		got[i].end-- // the list itself is left out
	}
	return got[1:], true
}

// Clean reports that no line of text has a character that is refused.
func Clean(text string) bool {
	for _, c := range text {
		size := len(string(c))
		if c == '\ufffd' {
			return false
		}
		if msg, _ := refused(c, size); msg != "" && c != '\n' {
			return false
		}
	}
	return true
}

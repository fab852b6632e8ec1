package spec

// A tree is a piece of YAML in document order: a node is followed by its
// descendants, a mapping's by key and value in turn. The fast scanner and
// yaml.v3 both produce trees, so that one set of rules reads either.
type tree []node

type node struct {
	text   string // of a scalar
	line   int32  // of the file; inputs are too small for more
	col    int32  // in characters, from one
	end    int32  // index behind the last descendant
	kind   kind
	flaw   flaw
	quoted bool // a scalar in quotes or in block style
}

type kind uint8

const (
	scalar kind = iota
	mapping
	sequence
)

func (k kind) String() string {
	return [...]string{"a value", "a group of keys", "a list"}[k]
}

// A flaw is something that YAML allows and manifests do not.
type flaw uint8

const (
	sound flaw = iota
	anchored
	aliased
	tagged
)

// null reports a value that is not there: nothing, ~ or null.
func (n *node) null() bool {
	return n.kind == scalar && !n.quoted && (n.text == "" || n.text == "~" || n.text == "null" || n.text == "Null" || n.text == "NULL")
}

// empty reports a list or mapping without content.
func (t tree) empty(i int32) bool { return t[i].end == i+1 }

package yamlfile

import (
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// APIVersion is the version of the documents that this program reads.
const APIVersion = "payreconcile/v1"

// Sound reports that n has no anchor, alias or tag; else that is a fault.
func (f *File) Sound(n *yaml.Node, path string) bool {
	what := ""
	switch {
	case n.Kind == yaml.AliasNode:
		what = "an alias (*)"
	case n.Anchor != "":
		what = "an anchor (&)"
	case n.Style&yaml.TaggedStyle != 0:
		what = "a YAML tag (!)"
	default:
		return true
	}
	f.Fault(n, path, what+" is not possible here", "write the value out")
	return false
}

// Fields returns the values of a mapping by the names of its fields. What is
// not a mapping, a field that is not known and one that is written twice are
// faults.
func (f *File) Fields(n *yaml.Node, path string, known ...string) map[string]*yaml.Node {
	if !f.Sound(n, path) {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		f.Fault(n, path, "is not a mapping", "possible here: "+strings.Join(known, ", "))
		return nil
	}
	out := make(map[string]*yaml.Node, len(known))
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case key.Kind != yaml.ScalarNode, key.Value == "<<":
			f.Fault(key, path, "a key that is not a name", "write each field as name: value")
		case !f.Sound(key, path):
		case out[key.Value] != nil:
			f.Fault(key, Join(path, key.Value), "is written twice", "keep one of the two")
		case !slices.Contains(known, key.Value):
			f.Fault(key, path, "unknown field "+Quote(key.Value), Suggest(key.Value, known))
		default:
			out[key.Value] = value
		}
	}
	return out
}

// Document reads the frame that the documents of this program share (apiVersion,
// kind, metadata with a name, spec) and returns the name and the spec; nil when
// there is none, which is a fault.
func (f *File) Document(root *yaml.Node, kind string) (name string, body *yaml.Node) {
	if root == nil {
		if len(f.faults) == 0 {
			f.Fault(&yaml.Node{Line: 1, Column: 1}, "", "the file is empty", "begin it with apiVersion: "+APIVersion+" and kind: "+kind)
		}
		return "", nil
	}
	fields := f.Fields(root, "", "apiVersion", "kind", "metadata", "spec")
	if fields == nil {
		return "", nil
	}
	f.constant(root, fields["apiVersion"], "apiVersion", APIVersion)
	f.constant(root, fields["kind"], "kind", kind)
	if m := fields["metadata"]; m != nil {
		if n := f.Fields(m, "metadata", "name")["name"]; n != nil {
			name, _ = f.Text(n, "metadata.name")
		}
	}
	if fields["spec"] == nil {
		f.Fault(root, "spec", "is missing", "write what it is about under spec:")
	}
	return name, fields["spec"]
}

func (f *File) constant(root, n *yaml.Node, path, want string) {
	if n == nil {
		f.Fault(root, path, "is missing", "write "+path+": "+want)
		return
	}
	if got, ok := f.Text(n, path); ok && got != want {
		f.Fault(n, path, Quote(got)+" is not what is read here", "write "+path+": "+want)
	}
}

// Text returns a single value as it is written, without quotes.
func (f *File) Text(n *yaml.Node, path string) (string, bool) {
	switch {
	case !f.Sound(n, path):
		return "", false
	case n.Kind != yaml.ScalarNode:
		f.Fault(n, path, "is not a single value", "write one value")
		return "", false
	case n.Value == "" || n.Tag == "!!null":
		f.Fault(n, path, "has no value", "write a value, or leave the field out")
		return "", false
	}
	return n.Value, true
}

// Items returns the items of a list.
func (f *File) Items(n *yaml.Node, path string) []*yaml.Node {
	if !f.Sound(n, path) {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		f.Fault(n, path, "is not a list", "write each item on a line of its own behind a dash, or [a, b]")
		return nil
	}
	return n.Content
}

// Join is the path of a field.
func Join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// Index is the path of an item.
func Index(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

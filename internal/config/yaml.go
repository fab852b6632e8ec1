package config

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/payreconcile/payreconcile/internal/yamlfile"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A yamlReader reads payreconcile.yaml strictly: one mapping of known keys to
// values, without anything that YAML has for other uses.
type yamlReader struct {
	yamlfile.File
	out layer
}

func readYAML(file string, data []byte) (layer, spec.Errors) {
	r := &yamlReader{File: yamlfile.File{Name: file}, out: layer{}}
	switch root := r.Parse(data); {
	case root == nil: // nothing but comments
	case root.Kind != yaml.MappingNode:
		r.Fault(root, "", "is not a list of settings", "write each setting as name: value")
	default:
		r.mapping(root)
	}
	return r.out, r.Faults()
}

func (r *yamlReader) mapping(root *yaml.Node) {
	names := yamlNames()
	seen := map[string]bool{}
	if !r.Sound(root, "") {
		return
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		switch name := key.Value; {
		case key.Kind != yaml.ScalarNode, name == "<<":
			r.Fault(key, "", "a key that is not a name", "write each setting as name: value")
		case !r.Sound(key, ""):
		case seen[name]:
			r.Fault(key, name, "is written twice", "keep one of the two")
		case name == setAPISecret || strings.EqualFold(name, "secret") || strings.EqualFold(name, "secretApiKey"):
			r.Fault(key, "", "a secret does not belong in this file", settingOf(setAPISecret).ways())
		case !slices.Contains(names, name):
			r.Fault(key, "", "unknown setting "+yamlfile.Quote(name), yamlfile.Suggest(name, names))
		default:
			seen[name] = true
			r.value(name, value)
		}
	}
}

// value takes the value of a known setting.
func (r *yamlReader) value(name string, n *yaml.Node) {
	if !r.Sound(n, name) {
		return
	}
	var values []string
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode && settingOf(name).list {
		items = n.Content
	}
	for _, item := range items {
		switch {
		case !r.Sound(item, name):
			return
		case item.Kind != yaml.ScalarNode:
			r.Fault(item, name, "is not a single value", "write "+name+": value")
			return
		case item.Value == "" || item.Tag == "!!null":
			r.Fault(item, name, "has no value", "write a value, or leave the setting out")
			return
		}
		values = append(values, item.Value)
	}
	if len(values) == 0 {
		r.Fault(n, name, "has no value", "write a value, or leave the setting out")
		return
	}
	if len(items) == 1 && settingOf(name).list {
		values = strings.Split(values[0], ",")
	}
	r.out[name] = given{name: name, values: values, pos: r.Pos(n)}
}

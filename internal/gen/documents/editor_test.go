package documents_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// An editor reads YAML as a language server does: values get their types by
// the core schema of YAML 1.2, anchors and merge keys are resolved, and every
// document is held against a JSON Schema.
type editor struct{ schema *jsonschema.Schema }

func openEditor(t testing.TB, name string) editor {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../../docs/schema", name+".json"))
	require.NoError(t, err)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource(name, doc))
	s, err := c.Compile(name)
	require.NoError(t, err)
	return editor{s}
}

// A verdict is what an editor underlines: places as spec.Error writes them.
type verdict struct {
	noYAML bool     // it cannot be read
	twice  []string // keys that occur twice, which every YAML parser reports
	places []string // what the schema refuses
}

func (v verdict) accepts() bool { return !v.noYAML && len(v.twice)+len(v.places) == 0 }

// see reads a file. A document without content has nothing to be underlined.
func (e editor) see(text string) (v verdict) {
	dec := yaml.NewDecoder(strings.NewReader(text))
	for {
		var doc yaml.Node
		switch err := decode(dec, &doc); {
		case errors.Is(err, io.EOF):
			return v
		case err != nil:
			v.noYAML = true
			return v
		}
		r := reader{twice: &v.twice}
		value := r.value(doc.Content[0], "", 0)
		if value == nil {
			continue
		}
		var refused *jsonschema.ValidationError
		if errors.As(e.schema.Validate(value), &refused) {
			v.places = append(v.places, placesOf(refused)...)
		}
	}
}

func decode(dec *yaml.Decoder, doc *yaml.Node) (err error) {
	defer func() {
		if p := recover(); p != nil { // yaml.v3 panics on some input
			err = fmt.Errorf("unreadable: %v", p)
		}
	}()
	return dec.Decode(doc)
}

// A reader turns YAML nodes into what JSON has.
type reader struct{ twice *[]string }

func (r reader) value(n *yaml.Node, at string, depth int) any {
	switch {
	case depth > 50:
		return "too deep"
	case n.Kind == yaml.AliasNode:
		return r.value(n.Alias, at, depth+1)
	case n.Kind == yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, c := range n.Content {
			list[i] = r.value(c, at+"["+strconv.Itoa(i)+"]", depth+1)
		}
		return list
	case n.Kind == yaml.MappingNode:
		return r.mapping(n, at, depth)
	case n.Style&^yaml.TaggedStyle != 0:
		return n.Value // quoted, or a block
	}
	return core(n.Value)
}

// notName stands for a key that is a list or a group of keys.
const notName = "[…]"

func (r reader) mapping(n *yaml.Node, at string, depth int) any {
	object := map[string]any{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		name := key.Value
		if key.Kind != yaml.ScalarNode {
			name = notName
		}
		v := r.value(value, child(at, name), depth+1)
		if merged, is := v.(map[string]any); is && key.Value == "<<" && key.Style == 0 {
			for name, v := range merged {
				object[name] = v
			}
			continue
		}
		if _, is := object[name]; is {
			*r.twice = append(*r.twice, child(at, name))
			continue
		}
		object[name] = v
	}
	return object
}

var (
	null    = regexp.MustCompile(`^(null|Null|NULL|~|)$`)
	truth   = regexp.MustCompile(`^(true|True|TRUE|false|False|FALSE)$`)
	other   = regexp.MustCompile(`^(0o[0-7]+|0x[0-9a-fA-F]+)$`)
	number  = regexp.MustCompile(`^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?$`)
	endless = regexp.MustCompile(`^[-+]?(\.inf|\.Inf|\.INF)$|^(\.nan|\.NaN|\.NAN)$`)
)

// core types a plain scalar as the core schema of YAML 1.2 does.
func core(text string) any {
	switch {
	case null.MatchString(text):
		return nil
	case truth.MatchString(text):
		return strings.EqualFold(text, "true")
	case other.MatchString(text):
		n, _ := strconv.ParseUint(text, 0, 64)
		return json.Number(strconv.FormatUint(n, 10))
	case number.MatchString(text):
		return json.Number(plain(text))
	case endless.MatchString(text):
		return json.Number("1e400")
	}
	return text
}

// plain writes a number as JSON does: without +, with digits on both sides of
// the point and no zeros before them.
func plain(text string) string {
	sign := ""
	if text[0] == '+' || text[0] == '-' {
		sign, text = strings.TrimPrefix(text[:1], "+"), text[1:]
	}
	digits := strings.IndexAny(text+"e", ".eE")
	whole := strings.TrimLeft(text[:digits], "0")
	if whole == "" {
		whole = "0"
	}
	rest := text[digits:]
	if i := strings.IndexAny(rest+"e", "eE"); rest != "" && rest[:i] == "." {
		rest = rest[i:]
	}
	return sign + whole + rest
}

// placesOf lists where a schema refuses a value. What is missing and what is
// unknown has a place of its own.
func placesOf(err *jsonschema.ValidationError) (places []string) {
	at := ""
	for _, part := range err.InstanceLocation {
		if _, e := strconv.Atoi(part); e == nil {
			at += "[" + part + "]"
		} else {
			at = child(at, part)
		}
	}
	switch k := err.ErrorKind.(type) {
	case *kind.Required:
		for _, name := range k.Missing {
			places = append(places, child(at, name))
		}
		return places
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			places = append(places, child(at, name))
		}
		return places
	}
	for _, cause := range err.Causes {
		places = append(places, placesOf(cause)...)
	}
	if len(err.Causes) == 0 {
		places = append(places, at)
	}
	return places
}

func child(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}

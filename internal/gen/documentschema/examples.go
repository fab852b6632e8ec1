package main

import (
	"reflect"
	"strings"

	"github.com/invopop/jsonschema"
)

// examples adds the tags "example" of a document's fields, several of which
// stand with bars between them.
func examples(root *jsonschema.Schema, document any) {
	exampleFields(root, root, reflect.TypeOf(document), map[reflect.Type]bool{})
}

func exampleFields(root, s *jsonschema.Schema, t reflect.Type, seen map[reflect.Type]bool) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || seen[t] {
		return
	}
	seen[t] = true
	if def, ok := root.Definitions[t.Name()]; ok {
		s = def
	}
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		property, ok := s.Properties.Get(name)
		if !ok {
			continue
		}
		if tag, ok := f.Tag.Lookup("example"); ok {
			for _, text := range strings.Split(tag, "|") {
				property.Examples = append(property.Examples, text)
			}
		}
		describe(root, property)
		exampleFields(root, property, f.Type, seen)
	}
}

// describe puts what a field says of itself before what its type says: an
// editor shows one of them.
func describe(root, property *jsonschema.Schema) {
	def, ok := root.Definitions[strings.TrimPrefix(property.Ref, "#/$defs/")]
	if ok && def.Type == "" && def.Description != "" && property.Description != "" {
		property.Description += " " + def.Description
	}
}

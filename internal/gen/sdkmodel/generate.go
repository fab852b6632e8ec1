package main

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// generate returns the generated files of a schema, by path below pkg/sdk. The
// same schema always gives the same bytes.
func generate(s *schema, w *words) (map[string][]byte, error) {
	enums, byField, err := enumsOf(s)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	if files["model/enums_gen.go"], err = render(enumTemplate, enums); err != nil {
		return nil, err
	}
	grouped := map[string][]goStruct{}
	groups, uses := s.groups(), s.uses()
	for _, name := range slices.Sorted(maps.Keys(s.Objects)) {
		st, err := structOf(name, s.Objects[name], byField, uses[name], w.Objects[name])
		if err != nil {
			return nil, err
		}
		grouped[groups[name]] = append(grouped[groups[name]], st)
	}
	for group, structs := range grouped {
		file := path.Join("model", strings.ToLower(group)+"_gen.go")
		if files[file], err = render(modelTemplate, structs); err != nil {
			return nil, err
		}
	}
	services, err := servicesOf(s, w)
	if err != nil {
		return nil, err
	}
	for _, sv := range services {
		file := strings.ToLower(sv.Accessor) + "_gen.go"
		if files[file], err = render(serviceTemplate, sv); err != nil {
			return nil, err
		}
	}
	if files["operations_gen.go"], err = render(operationTemplate, operationRows(s)); err != nil {
		return nil, err
	}
	return files, nil
}

// groups names the file of every object: the API service when one service
// alone uses it, "shared" when several do, "webhooks" when none does.
func (s *schema) groups() map[string]string {
	users := map[string]map[string]bool{}
	for _, op := range s.Operations {
		s.reach(op.bodies(), op.Group, users)
	}
	out := map[string]string{}
	for name := range s.Objects {
		switch g := slices.Sorted(maps.Keys(users[name])); len(g) {
		case 0:
			out[name] = "webhooks"
		case 1:
			out[name] = g[0]
		default:
			out[name] = "shared"
		}
	}
	return out
}

func (s *schema) reach(names []string, group string, users map[string]map[string]bool) {
	for _, name := range names {
		if users[name][group] {
			continue
		}
		if users[name] == nil {
			users[name] = map[string]bool{}
		}
		users[name][group] = true
		s.reach(s.refs(name), group, users)
	}
}

// refs returns the objects that an object's fields hold.
func (s *schema) refs(name string) []string {
	var out []string
	for _, f := range s.Objects[name].Fields {
		if f.Items != nil {
			f = *f.Items
		}
		if f.Ref != "" {
			out = append(out, f.Ref)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// uses says for every object what sends, answers or holds it, as the tail of a
// sentence.
func (s *schema) uses() map[string]string {
	sent, answered, held := map[string][]string{}, map[string][]string{}, map[string][]string{}
	for _, op := range s.Operations {
		for _, body := range op.bodies() {
			if op.Request != nil && *op.Request == body {
				sent[body] = append(sent[body], op.ID)
				continue
			}
			answered[body] = append(answered[body], op.ID)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Objects)) {
		for _, ref := range s.refs(name) {
			held[ref] = append(held[ref], name)
		}
	}
	out := map[string]string{}
	for name := range s.Objects {
		for _, part := range []struct {
			verb  string
			names []string
		}{{"sent by", sent[name]}, {"answered by", answered[name]}, {"part of", held[name]}} {
			if len(part.names) > 0 {
				out[name] += fmt.Sprintf(", %s %s", part.verb, list(part.names))
			}
		}
	}
	return out
}

type operationRow struct {
	Const, Name, Method, Path, Repeat string
	Gzip                              bool
}

func operationRows(s *schema) []operationRow {
	const below = "/v2/{merchantId}/"
	rows := make([]operationRow, 0, len(s.Operations))
	for _, op := range s.Operations {
		rest := strings.TrimPrefix(op.Path, below)
		var segments []string
		for seg := range strings.SplitSeq(rest, "/") {
			if strings.HasPrefix(seg, "{") {
				seg = "" // filled in by the caller
			}
			segments = append(segments, fmt.Sprintf("%q", seg))
		}
		rows = append(rows, operationRow{
			Const: opConst(op), Name: op.ID, Method: op.Method,
			Path: "[]string{" + strings.Join(segments, ", ") + "}", Repeat: repeatOf(op), Gzip: op.Gzip,
		})
	}
	slices.SortFunc(rows, func(a, b operationRow) int { return strings.Compare(a.Const, b.Const) })
	return rows
}

// repeatOf says what a second send of an operation would do.
func repeatOf(op operation) string {
	switch {
	case op.Method == "GET", readOnly[op.ID]:
		return "repeatSafe"
	case op.Idempotent:
		return "repeatKeyed"
	default:
		return "repeatNever"
	}
}

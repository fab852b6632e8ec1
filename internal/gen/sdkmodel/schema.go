package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// schema is the machine-readable description of the API: its objects and the
// operations that use them.
type schema struct {
	Objects    map[string]object `json:"objects"`
	Operations []operation       `json:"operations"`
}

type object struct {
	Fields     map[string]field `json:"fields"`
	Deprecated bool             `json:"deprecated"`
}

// field is one member of an object, or the description of the items of a list.
type field struct {
	Type            string       `json:"type"`
	Ref             string       `json:"ref"`
	Items           *field       `json:"items"`
	Required        bool         `json:"required"`
	Deprecated      bool         `json:"deprecated"`
	DeprecatedBy    string       `json:"deprecatedBy"`
	Constraints     *constraints `json:"constraints"`
	ItemConstraints *constraints `json:"itemConstraints"`
}

type constraints struct {
	Enum      []string        `json:"enum"`
	Pattern   string          `json:"pattern"`
	MinLength *int64          `json:"minLength"`
	MaxLength *int64          `json:"maxLength"`
	Minimum   json.Number     `json:"minimum"`
	Maximum   json.Number     `json:"maximum"`
	MinItems  *int64          `json:"minItems"`
	MaxItems  *int64          `json:"maxItems"`
	Default   json.RawMessage `json:"default"`
}

type operation struct {
	ID         string             `json:"operationId"`
	Group      string             `json:"group"`
	Method     string             `json:"method"`
	Path       string             `json:"path"`
	Request    *string            `json:"requestBody"`
	Success    *string            `json:"successResponse"`
	Error      *string            `json:"errorResponse"`
	Responses  map[string]*string `json:"responses"`
	Idempotent bool               `json:"serverIdempotent"`
	Gzip       bool               `json:"gzipRequest"`
	PathParams []pathParam        `json:"pathParams"`
	Query      *queryType         `json:"query"`
}

type pathParam struct {
	Name       string `json:"name"`
	Type       string `json:"type"`
	FromClient bool   `json:"fromClient"` // the merchant's id
}

type queryType struct {
	Type   string       `json:"paramsType"`
	Params []queryParam `json:"params"`
}

type queryParam struct {
	Name        string       `json:"name"`
	Type        string       `json:"type"`
	Items       *field       `json:"items"`
	Required    bool         `json:"required"`
	Deprecated  bool         `json:"deprecated"`
	Constraints *constraints `json:"constraints"`
}

// parseSchema reads a schema and refuses one with dangling references, since
// those would only show as a compile error in the generated code.
func parseSchema(data []byte) (*schema, error) {
	var s schema
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("read schema: %w", err)
	}
	if len(s.Objects) == 0 || len(s.Operations) == 0 {
		return nil, fmt.Errorf("read schema: it has %d objects and %d operations", len(s.Objects), len(s.Operations))
	}
	for _, name := range slices.Sorted(maps.Keys(s.Objects)) {
		for f, d := range s.Objects[name].Fields {
			if err := s.checkField(d); err != nil {
				return nil, fmt.Errorf("read schema: %s.%s: %w", name, f, err)
			}
		}
	}
	for _, op := range s.Operations {
		if err := op.checkPath(); err != nil {
			return nil, fmt.Errorf("read schema: %s: %w", op.ID, err)
		}
		for _, ref := range op.bodies() {
			if _, ok := s.Objects[ref]; !ok {
				return nil, fmt.Errorf("read schema: %s uses the unknown object %q", op.ID, ref)
			}
		}
	}
	return &s, nil
}

// checkPath wants the parameters in the order of their places in the path.
func (op operation) checkPath() error {
	rest := op.Path
	for _, p := range op.PathParams {
		_, after, ok := strings.Cut(rest, "{"+p.Name+"}")
		if !ok {
			return fmt.Errorf("parameter %s is not in the path, or not in this order", p.Name)
		}
		rest = after
	}
	if strings.Contains(rest, "{") {
		return errors.New("a place in the path has no parameter")
	}
	return nil
}

func (s *schema) checkField(f field) error {
	switch f.Type {
	case "string", "int32", "int64", "float", "bool", "date", "datetime":
		return nil
	case "object":
		if _, ok := s.Objects[f.Ref]; !ok {
			return fmt.Errorf("unknown object %q", f.Ref)
		}
		return nil
	case "list", "map":
		if f.Items == nil || f.Items.Type == "list" || f.Items.Type == "map" {
			return fmt.Errorf("%s without simple items", f.Type)
		}
		return s.checkField(*f.Items)
	default:
		return fmt.Errorf("unknown type %q", f.Type)
	}
}

// bodies returns the names of the objects that an operation sends or answers.
func (op operation) bodies() []string {
	seen := map[string]bool{}
	for _, ref := range []*string{op.Request, op.Success, op.Error} {
		if ref != nil {
			seen[*ref] = true
		}
	}
	for _, ref := range op.Responses {
		if ref != nil {
			seen[*ref] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

package sandbox_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
)

// A schema describes the objects of the API.
type schema struct {
	Objects map[string]struct {
		Fields map[string]field `json:"fields"`
	} `json:"objects"`
	Operations []struct {
		OperationID   string            `json:"operationId"`
		Method        string            `json:"method"`
		Path          string            `json:"path"`
		ErrorResponse string            `json:"errorResponse"`
		Idempotent    bool              `json:"serverIdempotent"`
		Responses     map[string]string `json:"responses"`
	} `json:"operations"`
}

type field struct {
	Type        string `json:"type"`
	Ref         string `json:"ref"`
	Items       *field `json:"items"`
	Required    bool   `json:"required"`
	Constraints struct {
		Enum      []string `json:"enum"`
		MaxLength int      `json:"maxLength"`
	} `json:"constraints"`
}

// schemaFile is the description of the API.
func schemaFile(t testing.TB) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "internal", "gen", "schema.json"))
	require.NoError(t, err)
	return text
}

func readSchema(t testing.TB) *schema {
	t.Helper()
	var s schema
	require.NoError(t, json.Unmarshal(schemaFile(t), &s))
	return &s
}

// faults returns what a value has that its object does not, or lacks.
func (s *schema) faults(object, path string, v any) []string {
	members, ok := v.(map[string]any)
	if !ok {
		return []string{path + ": not an object"}
	}
	known, ok := s.Objects[object]
	if !ok {
		return []string{path + ": no object " + object}
	}
	var all []string
	for name, value := range members {
		f, ok := known.Fields[name]
		if !ok {
			all = append(all, fmt.Sprintf("%s.%s: no field of %s", path, name, object))
			continue
		}
		all = append(all, s.faultsOf(f, path+"."+name, value)...)
	}
	for name, f := range known.Fields {
		if _, present := members[name]; f.Required && !present {
			all = append(all, path+"."+name+": missing")
		}
	}
	sort.Strings(all)
	return all
}

func (s *schema) faultsOf(f field, path string, v any) []string {
	var ok bool
	switch f.Type {
	case "object":
		return s.faults(f.Ref, path, v)
	case "list":
		items, isList := v.([]any)
		var all []string
		for i, item := range items {
			all = append(all, s.faultsOf(*f.Items, fmt.Sprintf("%s[%d]", path, i), item)...)
		}
		if ok = isList; ok {
			return all
		}
	case "int32", "int64":
		n, isNumber := v.(float64)
		ok = isNumber && n == float64(int64(n))
	case "float":
		_, ok = v.(float64)
	case "bool":
		_, ok = v.(bool)
	case "string", "date", "datetime":
		text, isText := v.(string)
		ok = isText && (f.Constraints.MaxLength == 0 || utf8.RuneCountInString(text) <= f.Constraints.MaxLength) &&
			(len(f.Constraints.Enum) == 0 || slices.Contains(f.Constraints.Enum, text))
	default:
		ok = false
	}
	if !ok {
		return []string{fmt.Sprintf("%s: %v is no %s", path, v, f.Type)}
	}
	return nil
}

// check fails the test when an answer is not what the contract declares.
func (s *schema) check(t *testing.T, operation string, a answer) answer {
	t.Helper()
	object := s.objectFor(operation, a.status)
	if object == "" {
		require.Empty(t, a.raw, operation)
		require.Empty(t, a.header.Get("Content-Length"), operation)
		return a
	}
	var v any
	require.NoError(t, json.Unmarshal(a.raw, &v), "%s", a.raw)
	if diff := cmp.Diff([]string(nil), s.faults(object, object, v)); diff != "" {
		t.Errorf("%s %d (-want +got):\n%s\n%s", operation, a.status, diff, a.raw)
	}
	require.Equal(t, "application/json", a.header.Get("Content-Type"))
	require.Equal(t, itoa(len(a.raw)), a.header.Get("Content-Length"))
	return a
}

// objectFor returns the object of an answer. Where the contract lists no such
// status, it is that of the operation's errors.
func (s *schema) objectFor(operation string, status int) string {
	for _, o := range s.Operations {
		if o.OperationID != operation {
			continue
		}
		if object, ok := o.Responses[itoa(status)]; ok {
			return object
		}
		if status >= 400 {
			return o.ErrorResponse
		}
	}
	return fmt.Sprintf("(%s has no answer %d)", operation, status)
}

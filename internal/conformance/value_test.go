package conformance_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// A shape says which fields of an object are filled, and with what. Values are made
// to be told apart, so that two fields cannot change places unseen, and not to be
// what the platform would accept.
type shape struct {
	name  string
	all   bool  // every field, otherwise the required ones
	zero  bool  // 0, false and "" for optional values
	blank bool  // "" for required texts
	truth bool  // the value of bools
	items int   // how many a list has
	most  int64 // the largest integer
	plus  bool  // every object also has a field that nobody knows
}

const largestInJS = 1<<53 - 1

var (
	full    = shape{name: "full", all: true, truth: true, items: 2, most: math.MaxInt64}
	other   = shape{name: "other", all: true, items: 1, most: math.MaxInt64}
	zero    = shape{name: "zero", all: true, zero: true, items: 1, most: math.MaxInt64}
	minimal = shape{name: "minimal", items: 1, most: math.MaxInt64}
	blank   = shape{name: "blank", items: 1, most: math.MaxInt64, blank: true}
	hollow  = shape{name: "hollow", all: true, most: math.MaxInt64} // no list has items
)

// inJS returns the shape with integers that JavaScript can hold.
func (s shape) inJS() shape { s.most = largestInJS; return s }

func (s shape) extended() shape { s.name, s.plus = s.name+" with unknown fields", true; return s }

const unknownField = "fieldOfTomorrow"

// A maker makes values of one shape.
type maker struct {
	schema *schema
	shape  shape
	count  int
}

// body returns a value of the object as JSON.
func body(t testing.TB, name string, s shape) json.RawMessage {
	t.Helper()
	m := &maker{schema: api(t), shape: s}
	data, err := json.Marshal(m.object(name))
	require.NoError(t, err)
	return data
}

func (m *maker) object(name string) map[string]any {
	o, known := m.schema.Objects[name]
	if !known {
		panic("the description has no object " + name)
	}
	out := map[string]any{}
	for _, wire := range slices.Sorted(maps.Keys(o.Fields)) {
		if f := o.Fields[wire]; m.shape.all || f.Required {
			out[wire] = m.value(wire, f)
		}
	}
	if m.shape.plus {
		out[unknownField] = map[string]any{"list": []any{json.Number("1.50"), nil, "x"}}
	}
	return out
}

func (m *maker) value(wire string, f field) any {
	m.count++
	switch f.Type {
	case "object":
		return m.object(f.Ref)
	case "list":
		list := []any{}
		for range m.shape.items {
			list = append(list, m.value(wire, *f.Items))
		}
		return list
	case "string":
		return m.text(wire, f)
	case "int32":
		return m.integer(f, math.MaxInt32)
	case "int64":
		return m.integer(f, m.shape.most)
	case "float":
		return m.decimal()
	case "bool":
		return m.shape.truth && !m.shape.zero
	case "date":
		return fmt.Sprintf("%04d-02-28", 2000+m.count)
	case "datetime":
		return fmt.Sprintf("2026-09-18T10:14:58.%07d+02:00", m.count)
	}
	panic("the description has a type that is not known: " + f.Type)
}

// text returns a value of the enumeration, or a text that every encoder has to take
// care of.
func (m *maker) text(wire string, f field) string {
	if enum := f.Constraints.Enum; len(enum) > 0 {
		return enum[m.count%len(enum)]
	}
	if f.Required && m.shape.blank || !f.Required && m.shape.zero {
		return ""
	}
	return fmt.Sprintf("%s %d äß€ 漢 😀 \"\\/ <&> \u2028 \t", wire, m.count)
}

func (m *maker) integer(f field, most int64) json.Number {
	if m.shape.zero {
		return "0"
	}
	c := f.Constraints
	if c.Maximum != nil {
		most = min(most, *c.Maximum)
	}
	n := most - int64(m.count)
	if c.Minimum != nil {
		n = max(n, *c.Minimum)
	}
	return json.Number(fmt.Sprint(n))
}

// decimal returns a number whose digits say more than its value.
func (m *maker) decimal() json.Number {
	if m.shape.zero {
		return "0"
	}
	return json.Number(fmt.Sprintf("%d.10", m.count))
}

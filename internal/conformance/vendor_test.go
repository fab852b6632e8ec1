package conformance_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// A vendorCall is what a caller gives to a method of the vendor's client.
type vendorCall struct {
	merchant string
	ids      []string
	query    []param // in the order it is given
	body     json.RawMessage
	headers  [][2]string
	key      *string
}

type param struct {
	name  string
	value any
}

// vendors makes a call with the vendor's client.
func (w *witness) vendors(t *testing.T, op *operation, c vendorCall) outcome {
	t.Helper()
	args := []any{c.merchant}
	for _, id := range c.ids {
		args = append(args, id)
	}
	if op.RequestBody != nil {
		args = append(args, c.body) // null when there is none
	}
	order := map[string]any{"do": "call", "method": w.methods[op.ID], "args": args}
	if context := c.context(t); context != nil {
		order["context"] = context
	}
	var out outcome
	w.node.do(t, order, &out)
	for _, path := range out.Unknown {
		w.unknown[api(t).named(*op.RequestBody, path)] = true
	}
	return out
}

// context writes the vendor's third kind of argument, whose members keep their order.
func (c *vendorCall) context(t *testing.T) json.RawMessage {
	t.Helper()
	var members []string
	add := func(name string, value any) {
		members = append(members, string(encoded(t, name))+":"+string(encoded(t, value)))
	}
	for _, p := range c.query {
		add(p.name, p.value)
	}
	if len(c.headers) > 0 {
		var list []map[string]string
		for _, h := range c.headers {
			list = append(list, map[string]string{"key": h[0], "value": h[1]})
		}
		add("extraHeaders", list)
	}
	if c.key != nil {
		add("idempotence", map[string]string{"key": *c.key})
	}
	if members == nil {
		return nil
	}
	return json.RawMessage("{" + strings.Join(members, ",") + "}")
}

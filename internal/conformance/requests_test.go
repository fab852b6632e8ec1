package conformance_test

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sdk"
	"github.com/payreconcile/payreconcile/pkg/sdk/model"
)

// escape escapes as JavaScript's encodeURIComponent does, which is what a user of the
// vendor's client has to do.
func escape(s string) string {
	s = strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
	for _, c := range "!'()*" {
		s = strings.ReplaceAll(s, url.QueryEscape(string(c)), string(c))
	}
	return s
}

// queries gives both clients all parameters, the required ones and none. The
// vendor's client gets them escaped, and from the last to the first.
func (w *witness) queries(t *testing.T, op *operation) {
	if op.Query == nil {
		return
	}
	for _, all := range []bool{true, false} {
		c := op.some(t, minimal)
		c.query = op.someQuery(all)
		var given []param
		for _, p := range op.params() {
			if values := c.query[p.Name]; p.Type == "list" && values != nil {
				list := []string{}
				for _, v := range values {
					list = append(list, escape(v))
				}
				given = append(given, param{p.Name, list})
			} else if values != nil {
				given = append(given, param{p.Name, escape(values[0])})
			}
		}
		slices.Reverse(given)
		w.same(t, op, c, vendorCall{query: given})
	}
	w.same(t, op, call{merchant: merchantID, ids: op.someIDs()}, vendorCall{})
}

// ids gives both clients ids of every kind. The vendor's client gets them escaped.
func (w *witness) ids(t *testing.T, op *operation) {
	for _, id := range []string{"3066177123_0", "9000004375008553000", "a b", "ü€😀", "a:b@c$d,e;f=g&h!i'j(k)*", "a?b#c", "~-_.", `"<>^|{}[]`} {
		c := op.some(t, minimal.inJS())
		c.query, c.merchant = nil, id
		v := vendorCall{merchant: escape(id)}
		for i, p := range op.ids() {
			if p.Type == "string" {
				c.ids[i] = id
			}
			v.ids = append(v.ids, escape(c.ids[i]))
		}
		w.same(t, op, c, v)
	}
}

// headers gives both clients a key, headers of the caller's and what is known of the
// consumer's device.
func (w *witness) headers(t *testing.T, op *operation) {
	base := op.some(t, minimal.inJS())
	base.query = nil
	key := "0123456789abcdefghijklmnopqrstuvwxyz-_~!"
	keyed := base
	keyed.opts = []sdk.CallOption{sdk.WithIdempotenceKey(key)}
	w.same(t, op, keyed, vendorCall{key: &key})

	given := [][2]string{
		{"X-GCS-Zebra", "stripes"}, {"x-gcs-apple", "  two  words "}, {"X-GCSX", "near"}, {"X-Other", "not signed"},
	}
	with := base
	for _, h := range given {
		with.opts = append(with.opts, sdk.WithHeader(h[0], h[1]))
	}
	with.opts = append(with.opts, sdk.WithIdempotenceKey("key-1"))
	one := "key-1"
	w.same(t, op, with, vendorCall{headers: given, key: &one})

	device := map[string]any{"userAgent": "Käufer 1.0", "screen": []any{1, 2.5}, "nested": map[string]any{"a": nil}}
	info := base64.StdEncoding.EncodeToString(encoded(t, device))
	client, err := w.client.WithClientMetaInfo(device)
	require.NoError(t, err)
	was := w.client
	w.client = client
	w.same(t, op, base, vendorCall{headers: [][2]string{{"X-GCS-ClientMetaInfo", info}}})
	w.client = was
}

// extension makes calls for a shop with an extension.
func (w *witness) extension(t *testing.T) {
	for _, e := range []*model.ShoppingCartExtension{
		{Creator: new("Crêpe GmbH"), Name: new("Shop"), Version: new("1.2.3"), ExtensionID: new("ext-1")},
		{Creator: new("C"), Name: new("N"), Version: new("V")},
	} {
		w.configure(t, e)
		for _, op := range w.operations {
			c := op.some(t, minimal.inJS())
			c.query = nil
			w.same(t, op, c, vendorCall{})
		}
	}
	w.configure(t, nil)
}

// fields compares the vendor's own schema of a body with the description, in the
// direction that calls cannot: what the vendor knows and the description does not.
func (w *witness) fields(t *testing.T, op *operation) {
	if op.RequestBody == nil {
		return
	}
	var got struct{ Schema vendorSchema }
	w.node.do(t, map[string]any{"do": "schema", "type": *op.RequestBody}, &got)
	root := got.Schema
	checkFields(t, &root, &root, *op.RequestBody)
}

// A vendorSchema is the part of JSON Schema that the vendor's client uses.
type vendorSchema struct {
	Ref         string                   `json:"$ref"`
	Type        any                      `json:"type"`
	Properties  map[string]*vendorSchema `json:"properties"`
	Items       *vendorSchema            `json:"items"`
	Definitions map[string]*vendorSchema `json:"definitions"`
}

func checkFields(t *testing.T, root, v *vendorSchema, name string) {
	t.Helper()
	o := api(t).Objects[name]
	for wire, property := range v.Properties {
		f, ok := o.Fields[wire]
		if !ok {
			require.Contains(t, onlyVendor, name+"."+wire)
			continue
		}
		checkField(t, root, property, name+"."+wire, f)
	}
}

func checkField(t *testing.T, root, v *vendorSchema, where string, f field) {
	t.Helper()
	if definition, ok := strings.CutPrefix(v.Ref, "#/definitions/"); ok {
		v = root.Definitions[definition]
		require.NotNil(t, v, where)
	}
	want := map[string]string{
		"string": "string", "date": "string", "datetime": "string", "int32": "integer", "int64": "integer",
		"float": "number", "bool": "boolean", "list": "array", "object": "object",
	}[f.Type]
	require.Equal(t, want, v.Type, where)
	if f.Items != nil {
		checkField(t, root, v.Items, where+"[]", *f.Items)
	}
	if f.Ref != "" {
		checkFields(t, root, v, f.Ref)
	}
}

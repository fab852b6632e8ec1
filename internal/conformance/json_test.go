package conformance_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
)

// tree decodes JSON, keeping the digits of every number.
func tree(t testing.TB, data []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	require.NoError(t, d.Decode(&v), "%s", data)
	_, err := d.Token()
	require.ErrorIs(t, err, io.EOF)
	return v
}

func sameJSON(t testing.TB, want, got []byte) {
	t.Helper()
	if diff := cmp.Diff(tree(t, want), tree(t, got)); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
}

// encoded returns v as JSON.
func encoded(t testing.TB, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	require.NoError(t, err)
	return data
}

// byValue replaces every number by its value: 1.50 is 1.5, as JavaScript writes it.
func byValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, value := range v {
			out[name] = byValue(value)
		}
		return out
	case []any:
		out := []any{}
		for _, value := range v {
			out = append(out, byValue(value))
		}
		return out
	case json.Number:
		if n, ok := new(big.Rat).SetString(v.String()); ok {
			return "number " + n.RatString()
		}
	}
	return v
}

// unbase64 decodes the value of a meta information header.
func unbase64(t testing.TB, text string) string {
	t.Helper()
	data, err := base64.StdEncoding.DecodeString(text)
	require.NoError(t, err)
	return string(data)
}

// without returns v without the members of objects that are value.
func without(v, value any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, member := range v {
			if !cmp.Equal(member, value) {
				out[name] = without(member, value)
			}
		}
		return out
	case []any:
		out := []any{}
		for _, item := range v {
			out = append(out, without(item, value))
		}
		return out
	}
	return v
}

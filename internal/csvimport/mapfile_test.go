package csvimport_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/csvimport"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

const mapHead = "apiVersion: payreconcile/v1\nkind: ImportMap\nmetadata: {name: erp}\nspec:\n"

func TestMap(t *testing.T) {
	t.Parallel()
	o, err := csvimport.ParseMap("map.yaml", []byte(mapHead+
		"  currency: JPY\n  decimal: ','\n  delimiter: tab\n  encoding: latin1\n  header: false\n  negative: refund\n  as: totals\n  columns: {id: 1, capture: 'Amount, net'}\n"))
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(csvimport.Options{
		Currency: "JPY", Decimal: ',', Delimiter: '\t', Encoding: "latin1", NoHeader: true, NegativeRefunds: true, As: spec.Total,
		Columns: csvimport.Columns{csvimport.ID: "1", csvimport.Capture: "Amount, net"},
	}, o))
	for text, want := range map[string]string{
		"":                                      "map.yaml:1:1: the file is empty",
		mapHead + "  currency: EUR\n":           "map.yaml:5:3: spec.columns: is missing",
		mapHead + "  columns: {di: 1}\n":        `map.yaml:5:13: spec.columns: unknown field "di"`,
		mapHead + "  columns: {id: }\n":         "map.yaml:5:17: spec.columns.id: has no value",
		mapHead + "  columns: {id: [1]}\n":      "map.yaml:5:17: spec.columns.id: is not a single value",
		mapHead + "  columns: {id: &a 1}\n":     "map.yaml:5:17: spec.columns.id: an anchor (&) is not possible here",
		mapHead + "  columns: {id: 1, id: 2}":   "map.yaml:5:20: spec.columns.id: is written twice",
		mapHead + "  columns: {id: 1}\n  as: x": `map.yaml:6:7: spec.as: "x" is not possible here`,
		mapHead + "  columns: {id: 1}\n  decimal: point\n  currency: eur": "map.yaml:6:12: spec.decimal: \"point\" is not possible here\n" +
			"map.yaml:7:13: spec.currency: unknown currency \"eur\"",
	} {
		_, err := csvimport.ParseMap("map.yaml", []byte(text))
		require.EqualError(t, err, want, text)
	}
	_, err = csvimport.LoadMap(t.TempDir() + "/none.yaml")
	require.ErrorContains(t, err, "cannot be read")
}

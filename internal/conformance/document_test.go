package conformance_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDocument holds the tables of docs/conformance.md against those of the tests.
func TestDocument(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("..", "..", "docs", "conformance.md"))
	require.NoError(t, err)
	var operations [][]string
	for _, op := range api(t).Operations {
		witness := "yes"
		if slices.Contains(withoutWitness, op.ID) {
			witness = "–"
		}
		operations = append(operations, []string{op.ID, op.Method + " " + strings.TrimPrefix(op.Path, "/v2/{merchantId}"), "yes", witness})
	}
	var rows [][]string
	for _, d := range differences {
		rows = append(rows, []string{d.name, d.vendors, d.ours, d.reason})
	}
	for _, want := range []string{
		table([]string{"operation", "request", "description", "witness"}, operations),
		table([]string{"difference", "the vendor's client", "this SDK", "why"}, rows),
		list(unknownToVendor),
		list(onlyVendor),
		fmt.Sprintf("`onlinepayments-sdk-nodejs` %s", vendorVersion),
		fmt.Sprintf("%d of the %d operations", len(operations)-len(withoutWitness), len(operations)),
	} {
		if !strings.Contains(string(data), want) {
			t.Errorf("docs/conformance.md does not hold:\n%s", want)
		}
	}
	require.Equal(t, len(rows)+len(operations)+4, strings.Count(string(data), "\n|"), "rows that belong to no table")
}

func table(head []string, rows [][]string) string {
	var b strings.Builder
	for _, row := range slices.Concat([][]string{head, slices.Repeat([]string{"---"}, len(head))}, rows) {
		b.WriteString("| " + strings.Join(row, " | ") + " |\n")
	}
	return b.String()
}

func list(names []string) string { return "- `" + strings.Join(names, "`\n- `") + "`\n" }

package conformance_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

// TestDocument holds the tables of docs/conformance.md against those of the tests.
func TestDocument(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("..", "..", "docs", "conformance.md"))
	require.NoError(t, err)
	sb, err := sandbox.New(sandbox.Config{MerchantID: "M", APIKeyID: keyID, APISecret: secret})
	require.NoError(t, err)
	emulated := sb.Requests()
	var operations [][]string
	for _, op := range api(t).Operations {
		witness, visited := "yes", "yes"
		if slices.Contains(withoutWitness, op.ID) {
			witness, visited = "–", "signature"
		}
		if _, ok := emulated[op.ID]; !ok {
			visited = "–"
		}
		operations = append(operations, []string{op.ID, op.Method + " " + strings.TrimPrefix(op.Path, "/v2/{merchantId}"), "yes", witness, visited})
	}
	var rows [][]string
	for _, d := range differences {
		rows = append(rows, []string{d.name, d.vendors, d.ours, d.reason})
	}
	var parts [][]string
	for _, p := range visitParts {
		parts = append(parts, []string{p.name, p.what})
	}
	for _, want := range []string{
		table([]string{"operation", "request", "description", "witness", "emulator"}, operations),
		table([]string{"part of the visit", "what the client meets"}, parts),
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
	require.Equal(t, len(rows)+len(operations)+len(parts)+6, strings.Count(string(data), "\n|"), "rows that belong to no table")
}

func table(head []string, rows [][]string) string {
	var b strings.Builder
	for _, row := range slices.Concat([][]string{head, slices.Repeat([]string{"---"}, len(head))}, rows) {
		b.WriteString("| " + strings.Join(row, " | ") + " |\n")
	}
	return b.String()
}

func list(names []string) string { return "- `" + strings.Join(names, "`\n- `") + "`\n" }

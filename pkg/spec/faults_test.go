package spec_test

import (
	"errors"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestFaults reads testdata/faults.txt, which is reviewed as data.
func TestFaults(t *testing.T) {
	t.Parallel()
	const file = "testdata/faults.txt"
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	intro, cases, _ := strings.Cut(string(data), "=== ")
	var golden strings.Builder
	golden.WriteString(intro)
	for i, c := range strings.Split("\n"+cases, "\n=== ") {
		if i == 0 {
			c = strings.TrimPrefix(c, "\n")
		}
		name, rest, _ := strings.Cut(c, "\n")
		manifest, want, found := strings.Cut("\n"+rest, "\n>>>\n")
		require.True(t, found, "case %q has no >>>", name)
		manifest = strings.TrimPrefix(manifest+"\n", "\n")
		got := faultsOf(t, manifest)
		golden.WriteString("=== " + name + "\n" + manifest + ">>>\n" + got + "\n")
		if *update {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(strings.TrimSpace(want), strings.TrimSpace(got)); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(strings.TrimSuffix(golden.String(), "\n")), 0o644))
	}
}

// faultsOf returns the faults of a manifest with their hints.
func faultsOf(t *testing.T, manifest string) string {
	t.Helper()
	if strings.HasPrefix(manifest, "-") {
		manifest = head + "    " + strings.TrimSuffix(strings.ReplaceAll(manifest, "\n", "\n    "), "    ")
	}
	var out strings.Builder
	for _, err := range spec.Decode(t.Context(), spec.SourcesOf(spec.Inline("m.yaml", manifest)), spec.Options{}) {
		if err == nil {
			continue
		}
		var all spec.Errors
		require.True(t, errors.As(err, &all), "%v", err)
		for _, e := range all {
			out.WriteString(e.Error() + "\n")
			if e.Hint != "" {
				out.WriteString("  hint: " + e.Hint + "\n")
			}
		}
	}
	return out.String()
}

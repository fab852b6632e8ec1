package documents_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A faultCase is one of pkg/spec/testdata/faults.txt.
type faultCase struct{ name, manifest string }

func faultCases(t *testing.T) (all []faultCase) {
	t.Helper()
	data, err := os.ReadFile("../../../pkg/spec/testdata/faults.txt")
	require.NoError(t, err)
	for i, c := range strings.Split(string(data), "\n=== ") {
		if i == 0 {
			continue // what the file is
		}
		name, rest, _ := strings.Cut(c, "\n")
		manifest, _, found := strings.Cut("\n"+rest, "\n>>>\n")
		require.True(t, found, name)
		manifest = strings.TrimPrefix(manifest+"\n", "\n")
		if strings.HasPrefix(manifest, "-") {
			manifest = head + "    " + strings.TrimSuffix(strings.ReplaceAll(manifest, "\n", "\n    "), "    ")
		}
		all = append(all, faultCase{name, manifest})
	}
	return all
}

var unknownField = regexp.MustCompile(`^unknown field "(.*)"$`)

// sees reports that an editor underlines a fault where it is.
func (v verdict) sees(f *spec.Error) bool {
	place := f.Path
	if m := unknownField.FindStringSubmatch(f.Msg); m != nil {
		place = child(place, m[1])
	}
	switch {
	case strings.HasPrefix(f.Msg, "this is not valid YAML"), strings.HasPrefix(f.Msg, "a tab character"):
		return v.noYAML
	case f.Msg == "a key that is not a name":
		place = child(place, notName)
	case strings.HasPrefix(f.Msg, "this is not a manifest"):
		return len(v.places) > 0
	}
	if slices.Contains(v.twice, place) || slices.Contains(v.places, place) {
		return true
	}
	// A group that is missing lacks all that belongs in it.
	group, _, inside := strings.Cut(place, ".")
	return inside && slices.Contains(v.places, group)
}

// Every fault is one that an editor shows, or stands in unseen with the reason
// why it cannot be.
func TestFaultsAreSeenOrListed(t *testing.T) {
	t.Parallel()
	e := openEditor(t, "manifest")
	listed := map[string]string{}
	for why, faults := range unseen {
		for _, f := range faults {
			require.NotContains(t, listed, f, "listed twice")
			listed[f] = why
		}
	}
	seen, met := 0, map[string]bool{}
	for _, c := range faultCases(t) {
		v := e.see(c.manifest)
		faults := decodes(t, c.manifest)
		if len(faults) == 0 {
			require.True(t, v.accepts(), "%s: has no fault, and is refused at %v", c.name, v)
		}
		for _, f := range faults {
			name := c.name + " | " + f.Path
			why, is := listed[name]
			met[name] = true
			switch {
			case v.sees(f):
				seen++
				if is {
					t.Errorf("%s: is shown after all (%v); take it off the list of %q", name, f, why)
				}
			case !is:
				t.Errorf("%s: is not shown by an editor, and not listed (%v)", name, f)
			}
		}
	}
	for name, why := range listed {
		if !met[name] {
			t.Errorf("%s: is listed as %q, and no such fault occurs", name, why)
		}
	}
	require.Greater(t, seen, 60)
}

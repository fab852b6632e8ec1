package yamlfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/yamlfile"
)

// read reads a document of kind Rules with a list of items that have a name.
func read(data string) (names []string, faults string) {
	f := &yamlfile.File{Name: "f"}
	_, body := f.Document(f.Parse([]byte(data)), "Rules")
	if body != nil {
		if list := f.Fields(body, "spec", "rules")["rules"]; list != nil {
			for i, item := range f.Items(list, "spec.rules") {
				at := yamlfile.Index("spec.rules", i)
				if n := f.Fields(item, at, "name", "value")["name"]; n != nil {
					if text, ok := f.Text(n, yamlfile.Join(at, "name")); ok {
						names = append(names, text)
					}
				}
			}
		}
	}
	var lines []string
	for _, e := range f.Faults() {
		lines = append(lines, e.Error()+" ("+e.Hint+")")
	}
	return names, strings.Join(lines, "\n")
}

const head = "apiVersion: payreconcile/v1\nkind: Rules\n"

func TestDocument(t *testing.T) {
	t.Parallel()
	names, faults := read(head + "metadata: {name: x}\nspec:\n  rules:\n    - name: a\n    - {name: 'b', value: 1}\n")
	require.Empty(t, faults)
	require.Equal(t, []string{"a", "b"}, names)
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ data, want string }{
		"empty":          {"", "f:1:1: the file is empty (begin it with apiVersion: payreconcile/v1 and kind: Rules)"},
		"not YAML":       {"a: 'x\n", "f:2:1: this is not valid YAML: found unexpected end of stream (look at this line and the one above)"},
		"two documents":  {"a: 1\n---\nb: 1\n", "f:2:1: this is not valid YAML: a second document begins (look at this line and the one above)"},
		"a list":         {"- a\n", "f:1:1: is not a mapping (possible here: apiVersion, kind, metadata, spec)"},
		"nothing in it":  {"{}\n", "f:1:1: apiVersion: is missing (write apiVersion: payreconcile/v1)\nf:1:1: kind: is missing (write kind: Rules)\nf:1:1: spec: is missing (write what it is about under spec:)"},
		"another kind":   {"apiVersion: payreconcile/v2\nkind: Settlement\nspec: {}\n", "f:1:13: apiVersion: \"payreconcile/v2\" is not what is read here (write apiVersion: payreconcile/v1)\nf:2:7: kind: \"Settlement\" is not what is read here (write kind: Rules)"},
		"unknown":        {head + "spec: {ruls: []}\n", "f:3:8: spec: unknown field \"ruls\" (did you mean rules?)"},
		"far from known": {head + "spec: {zebra: []}\n", "f:3:8: spec: unknown field \"zebra\" (possible here: rules)"},
		"twice":          {head + "spec:\n  rules: []\n  rules: []\n", "f:5:3: spec.rules: is written twice (keep one of the two)"},
		"anchor":         {head + "spec: &a {}\n", "f:3:7: spec: an anchor (&) is not possible here (write the value out)"},
		"alias":          {head + "metadata: &a {}\nspec: *a\n", "f:3:11: metadata: an anchor (&) is not possible here (write the value out)\nf:4:7: spec: an alias (*) is not possible here (write the value out)"},
		"merge":          {head + "spec:\n  <<: {}\n", "f:4:3: spec: a key that is not a name (write each field as name: value)"},
		"tag":            {head + "spec: !!map {}\n", "f:3:7: spec: a YAML tag (!) is not possible here (write the value out)"},
		"no list":        {head + "spec: {rules: x}\n", "f:3:15: spec.rules: is not a list (write each item on a line of its own behind a dash, or [a, b])"},
		"no value":       {head + "spec: {rules: [{name: }, {name: ~}, {name: [x]}]}\n", "f:3:23: spec.rules[0].name: has no value (write a value, or leave the field out)\nf:3:33: spec.rules[1].name: has no value (write a value, or leave the field out)\nf:3:44: spec.rules[2].name: is not a single value (write one value)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, got := read(tt.data)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "f.yaml")
	require.NoError(t, os.WriteFile(path, []byte("12345"), 0o600))
	data, err := yamlfile.Read(path, 5)
	require.NoError(t, err)
	require.Equal(t, "12345", string(data))
	_, err = yamlfile.Read(path, 4)
	require.ErrorContains(t, err, "f.yaml: is longer than 4 bytes")
	_, err = yamlfile.Read(path+"x", 4)
	require.ErrorContains(t, err, "f.yamlx: cannot be read: no such file or directory")
	_, err = yamlfile.Read(t.TempDir(), 4)
	require.ErrorContains(t, err, "cannot be read: is a directory")
}

// FuzzDocument holds that no bytes bring the reader down.
func FuzzDocument(f *testing.F) {
	f.Add(head + "spec: {rules: [{name: a}]}\n")
	f.Add("? [a]\n: b\n<<: {c: d}")
	f.Fuzz(func(t *testing.T, data string) {
		_, faults := read(data)
		for line := range strings.Lines(faults) {
			require.True(t, strings.HasPrefix(line, "f:"), line)
		}
	})
}

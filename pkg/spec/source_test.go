package spec_test

import (
	"crypto/sha256"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

const one = head + "    - {id: 3066177123_0, captured: 1.00}\n"

// folder makes a folder with files, whose text is their name.
func folder(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(name), 0o600))
	}
	return dir
}

func TestOpenSources(t *testing.T) {
	t.Parallel()
	dir := folder(t, "b.yml", "a.yaml", "c.txt", ".hidden.yaml", "sub/d.yaml", "sub.yaml/e.txt")
	srcs, err := spec.OpenSources([]string{filepath.Join(dir, "c.txt"), dir, "-"}, strings.NewReader("input"))
	require.NoError(t, err)
	var got []string
	for _, s := range srcs.List() {
		for range 2 { // every source can be read again
			f, err := s.Open()
			require.NoError(t, err)
			text, err := io.ReadAll(f)
			require.NoError(t, err)
			require.NoError(t, f.Close())
			require.Equal(t, sha256.Sum256(text), s.SHA256)
			require.Equal(t, int64(len(text)), s.Size)
			got = append(got, strings.TrimPrefix(s.Name, dir+"/")+"="+string(text))
		}
	}
	want := []string{"c.txt=c.txt", "c.txt=c.txt", "a.yaml=a.yaml", "a.yaml=a.yaml", "b.yml=b.yml", "b.yml=b.yml", "-=input", "-=input"}
	require.Empty(t, cmp.Diff(want, got))
	require.NoError(t, srcs.Close())
}

func TestOpenSourcesTellsAllFaults(t *testing.T) {
	t.Parallel()
	dir := folder(t, "a.yaml", "empty/x.txt", "big.yaml")
	big, err := os.OpenFile(filepath.Join(dir, "big.yaml"), os.O_WRONLY, 0)
	require.NoError(t, err)
	require.NoError(t, big.Truncate(2<<30+1))
	require.NoError(t, big.Close())
	require.NoError(t, os.Symlink("a.yaml", filepath.Join(dir, "link")))
	in := func(name string) string { return filepath.Join(dir, name) }
	_, err = spec.OpenSources([]string{in("a.yaml"), in("missing"), in("empty"), dir, in("link"), "-", "-"}, strings.NewReader(""))
	want := strings.Join([]string{
		in("missing") + ": cannot open: no such file or directory",
		in("empty") + ": folder has no manifests",
		in("a.yaml") + ": given twice",
		in("big.yaml") + ": file is over 2 GiB",
		in("link") + ": given twice, first as " + in("a.yaml"),
		"-: given twice",
	}, "\n")
	require.Error(t, err)
	require.Empty(t, cmp.Diff(want, err.Error()))
	_, err = spec.OpenSources(nil, nil)
	require.EqualError(t, err, "no manifest given")
}

func TestPipesAreSpooled(t *testing.T) {
	t.Parallel()
	pipe := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	go func() { _ = os.WriteFile(pipe, []byte(one+"    - {id: 3066177123}\n"), 0o600) }()
	srcs, err := spec.OpenSources([]string{pipe}, nil)
	require.NoError(t, err)
	defer srcs.Close() //nolint:errcheck // only read from
	var faults string
	for _, err := range spec.Decode(t.Context(), srcs, spec.Options{}) {
		if err != nil {
			faults = err.Error()
		}
	}
	require.Equal(t, pipe+":7:7: spec.payments[1].id: payment 3066177123 is declared twice, first at "+pipe+":6:7", faults)
}

func TestChangedFileIsRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "m.yaml")
	require.NoError(t, os.WriteFile(path, []byte(one), 0o600))
	srcs, err := spec.OpenSources([]string{path}, nil)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, []byte(strings.Replace(one, "1.00", "9.00", 1)), 0o600))
	var last error
	for _, err := range spec.Decode(t.Context(), srcs, spec.Options{}) {
		last = err
	}
	require.EqualError(t, last, path+": file was changed while it was read")
	require.NoError(t, os.Remove(path))
	for _, err := range spec.Decode(t.Context(), srcs, spec.Options{}) {
		last = err
	}
	require.ErrorIs(t, last, os.ErrNotExist)
}

package journal_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

func TestLock(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "j.db")
	link, folderLink := filepath.Join(folder, "link.db"), filepath.Join(t.TempDir(), "link")
	w := mustOpen(t, path, journal.Write)
	require.NoError(t, os.Symlink(path, link))
	require.NoError(t, os.Symlink(folder, folderLink))
	for _, name := range []string{path, link, filepath.Join(folderLink, "j.db"), filepath.Join(folder, "x", "..", "j.db")} {
		_, err := journal.Open(t.Context(), config(name, journal.Write))
		require.ErrorIs(t, err, apply.ErrLocked, name)
		require.ErrorContains(t, err, path+".lock")
		require.ErrorContains(t, err, fmt.Sprintf("(process %d)", os.Getpid()))
	}
	require.NoError(t, w.Close())
	require.NoError(t, w.Close(), "closing twice is no fault")
	mustOpen(t, link, journal.Write)
}

func TestReadBesideWriter(t *testing.T) {
	t.Parallel()
	onBoth(t, testReadBesideWriter)
}

func testReadBesideWriter(t *testing.T, fresh func(*testing.T) string) {
	path := fresh(t)
	w := mustOpen(t, path, journal.Write)
	act(t, w, 1)
	r := mustOpen(t, path, journal.ReadOnly)
	require.Equal(t, w.Ref(), r.Ref())
	act(t, w, 2)
	for n := 1; n <= 2; n++ {
		known, err := r.Known(t.Context(), []string{intent(n).Payment})
		require.NoError(t, err)
		require.Len(t, known, 1)
	}
	_, err := r.Intend(t.Context(), intent(3))
	require.ErrorIs(t, err, journal.ErrReadOnly)
	require.ErrorIs(t, r.Conclude(1, apply.Outcome{State: plan.StateSettled})(), journal.ErrReadOnly)
	require.ErrorIs(t, r.Finish(t.Context(), "p", "", noon), journal.ErrReadOnly)
	require.ErrorIs(t, r.Accept(t.Context(), nil, nil), journal.ErrReadOnly)
	r.NoteEcho(spec.Capture, "1_1", noon)
	require.False(t, r.Echoed(spec.Capture))
}

func TestClosed(t *testing.T) {
	t.Parallel()
	onBoth(t, testClosed)
}

func testClosed(t *testing.T, fresh func(*testing.T) string) {
	j := mustOpen(t, fresh(t), journal.Write)
	require.NoError(t, j.Close())
	_, err := j.Intend(t.Context(), intent(1))
	require.ErrorContains(t, err, "record capture ship-1 of payment 3000000001: the journal is closed")
	require.ErrorContains(t, j.Conclude(1, apply.Outcome{State: plan.StateSettled})(), "the journal is closed")
}

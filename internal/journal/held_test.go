package journal_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/journal"
)

// An old copy of a journal is sound in itself. It is found by what is noted
// beside it: nothing is sent with it, and it can still be read.
func TestOldCopy(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/j.db"
	j := mustOpen(t, path, journal.Write)
	act(t, j, 1)
	require.NoError(t, j.Close())
	old, err := os.ReadFile(path)
	require.NoError(t, err)
	was := j.Ref().Seq
	j = mustOpen(t, path, journal.Write)
	act(t, j, 2)
	require.NoError(t, j.Close())
	require.NoError(t, os.WriteFile(path, old, 0o600))

	_, err = journal.Open(t.Context(), config(path, journal.Write))
	require.ErrorContains(t, err, "it is an old copy, or its -wal file was lost")
	j = mustOpen(t, path, journal.ReadOnly)
	require.Equal(t, was, j.Ref().Seq)
	require.NoError(t, j.Close())

	require.NoError(t, os.WriteFile(path+".seq", []byte("seven\n"), 0o600))
	_, err = journal.Open(t.Context(), config(path, journal.Write))
	require.ErrorContains(t, err, "does not hold a number")
	require.NoError(t, os.Remove(path+".seq"))
	j = mustOpen(t, path, journal.Write)
	act(t, j, 3)
	require.NoError(t, j.Close())
}

// A file that is taken away while it is used ends the writing at once.
func TestTakenAway(t *testing.T) {
	t.Parallel()
	for _, suffix := range []string{"", "-wal", ".lock"} {
		path := t.TempDir() + "/j.db"
		j := mustOpen(t, path, journal.Write)
		act(t, j, 1)
		require.NoError(t, os.Rename(path+suffix, path+".away"))
		_, err := j.Intend(t.Context(), intent(2))
		require.ErrorContains(t, err, "was removed or replaced while it was in use", suffix)
		_, err = j.Intend(t.Context(), intent(3))
		require.Error(t, err)
		require.NoError(t, os.Rename(path+".away", path+suffix))
		_ = j.Close() // how it ends does not matter here
		j = mustOpen(t, path, journal.Write)
		_, err = j.Intend(t.Context(), intent(4))
		require.NoError(t, err)
		require.NoError(t, j.Close())
	}
}

package journal_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/journal"
)

func TestLook(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, fresh func(*testing.T) string) {
		path := fresh(t)
		none, err := journal.Look(t.Context(), config(path, journal.ReadOnly))
		require.NoError(t, err)
		require.False(t, none.There)
		require.Empty(t, none.Holder)
		_, err = journal.Look(t.Context(), config(path, journal.ReadOnly))
		require.NoError(t, err, "looking made one")

		w := mustOpen(t, path, journal.Write)
		act(t, w, 1)
		h, err := journal.Look(t.Context(), config(path, journal.ReadOnly))
		require.NoError(t, err)
		require.True(t, h.There)
		require.Equal(t, h.Knows, h.Version)
		require.Equal(t, w.Ref().Seq, h.Seq)
		require.Contains(t, h.Holder, fmt.Sprintf("process %d", os.Getpid()))
		require.NoError(t, w.Close())

		h, err = journal.Look(t.Context(), config(path, journal.ReadOnly))
		require.NoError(t, err)
		require.Empty(t, h.Holder)
		mustOpen(t, path, journal.Write) // no lock was kept
	})
}

// What would keep a journal from being written is an error, and makes no file.
func TestLookRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		prepare func(*testing.T, string)
		want    string
	}{
		"a folder": {func(t *testing.T, path string) { require.NoError(t, os.Mkdir(path, 0o700)) }, "it is a folder"},
		"an old copy": {func(t *testing.T, path string) {
			require.NoError(t, mustOpen(t, path, journal.Write).Close())
			require.NoError(t, os.WriteFile(path+".seq", []byte("00000000000000000099\n"), 0o600))
		}, "it ends at record 0, and record 99 was written: it is an old copy"},
		"a mark without a number": {func(t *testing.T, path string) {
			require.NoError(t, mustOpen(t, path, journal.Write).Close())
			require.NoError(t, os.WriteFile(path+".seq", []byte("many"), 0o600))
		}, "it does not hold a number"},
		"a newer schema": {func(t *testing.T, path string) {
			require.NoError(t, mustOpen(t, path, journal.Write).Close())
			alter(t, path, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)`)
		}, "a newer payreconcile wrote it"},
		"a truncated file": {truncated, "the file is damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "j.db")
			tt.prepare(t, path)
			before := listing(t, filepath.Dir(path))
			_, err := journal.Look(t.Context(), config(path, journal.ReadOnly))
			require.ErrorContains(t, err, tt.want)
			require.ErrorContains(t, err, path)
			require.Equal(t, before, listing(t, filepath.Dir(path)), "nothing is created or removed")
		})
	}
}

package journal_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

// contents is every file of a folder with its size and time.
func contents(t *testing.T, folder string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	files := map[string]string{}
	for _, e := range entries {
		info, err := e.Info()
		require.NoError(t, err)
		data, err := os.ReadFile(filepath.Join(folder, e.Name()))
		require.NoError(t, err)
		files[e.Name()] = info.ModTime().String() + string(data)
	}
	return files
}

// A glance shows what is in doubt, beside a writer and without one, and leaves
// every file as it was.
func TestGlance(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "j.db")
	j, err := journal.Open(t.Context(), config(path, journal.Write))
	require.NoError(t, err)
	for n, state := range []plan.State{plan.StateUnknown, plan.StateSettled, plan.StateIntended} {
		seq, err := j.Intend(t.Context(), intent(n))
		require.NoError(t, err)
		if state != plan.StateIntended {
			require.NoError(t, j.Conclude(seq, apply.Outcome{At: noon, State: state})())
		}
	}
	look := func(limit int) (payments []string) {
		open, err := journal.Glance(t.Context(), path, "test", "shop", limit)
		require.NoError(t, err)
		for _, i := range open {
			payments = append(payments, i.Payment)
		}
		return payments
	}
	want := []string{intent(0).Payment, intent(2).Payment}
	if diff := cmp.Diff(want, look(0)); diff != "" {
		t.Errorf("beside a writer (-want +got):\n%s", diff)
	}
	require.NoError(t, j.Close())

	before := contents(t, filepath.Dir(path))
	if diff := cmp.Diff(want, look(0)); diff != "" {
		t.Errorf("without a writer (-want +got):\n%s", diff)
	}
	require.Equal(t, want[:1], look(1))
	other, err := journal.Glance(t.Context(), path, "live", "shop", 0)
	require.NoError(t, err)
	require.Empty(t, other)
	if diff := cmp.Diff(before, contents(t, filepath.Dir(path))); diff != "" {
		t.Errorf("the glance changed files (-before +after):\n%s", diff)
	}
}

// What cannot be looked at without touching it is left alone.
func TestGlanceKeepsOff(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	glance := func(path string) error {
		open, err := journal.Glance(t.Context(), path, "test", "shop", 0)
		require.Empty(t, open)
		return err
	}
	require.Error(t, glance(filepath.Join(folder, "none.db")))
	require.ErrorIs(t, glance("postgres://ada@127.0.0.1:1/db"), journal.ErrNoGlance)
	require.ErrorIs(t, glance(folder), journal.ErrNoGlance)
	text := filepath.Join(folder, "text.db")
	require.NoError(t, os.WriteFile(text, []byte("not a journal"), 0o600))
	require.Error(t, glance(text))

	older := filepath.Join(folder, "older.db")
	require.NoError(t, mustOpen(t, older, journal.Write).Close())
	alter(t, older, `DELETE FROM goose_db_version WHERE version_id = (SELECT max(version_id) FROM goose_db_version)`)
	require.ErrorIs(t, glance(older), journal.ErrNoGlance)

	indexless := filepath.Join(folder, "indexless.db")
	require.NoError(t, mustOpen(t, indexless, journal.Write).Close())
	require.NoError(t, os.WriteFile(indexless+"-wal", nil, 0o600))
	before := contents(t, folder)
	require.ErrorIs(t, glance(indexless), journal.ErrNoGlance)
	if diff := cmp.Diff(before, contents(t, folder)); diff != "" {
		t.Errorf("the glance changed files (-before +after):\n%s", diff)
	}
}

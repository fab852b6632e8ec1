package journal_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	file := func(text string) func(*testing.T, string) {
		return func(t *testing.T, path string) { require.NoError(t, os.WriteFile(path, []byte(text), 0o600)) }
	}
	altered := func(statements ...string) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			require.NoError(t, mustOpen(t, path, journal.Write).Close())
			alter(t, path, statements...)
		}
	}
	for name, tt := range map[string]struct {
		prepare func(*testing.T, string)
		want    string
	}{
		"a folder":         {func(t *testing.T, path string) { require.NoError(t, os.Mkdir(path, 0o700)) }, "it is a folder: name a file in it"},
		"an empty file":    {file(""), "the file is empty"},
		"a text":           {file(strings.Repeat("not a journal\n", 100)), "the file is not a journal: name another one"},
		"a pipe":           {func(t *testing.T, path string) { require.NoError(t, syscall.Mkfifo(path, 0o600)) }, "it is not a regular file"},
		"a dangling link":  {func(t *testing.T, path string) { require.NoError(t, os.Symlink(path+".gone", path)) }, "a symbolic link whose target is missing"},
		"another database": {func(t *testing.T, path string) { alter(t, path, `CREATE TABLE t (a)`) }, "it is a database of another program"},
		"a newer schema":   {altered(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)`), "a newer payreconcile wrote it (schema 99, this one knows 4)"},
		"one without id":   {altered(`DELETE FROM meta WHERE key = 'id'`), "it has no id, so it was altered"},
		"a truncated file": {truncated, "the file is damaged: restore it from a backup"},
	} {
		for _, mode := range []journal.Mode{journal.ReadOnly, journal.Write} {
			t.Run(name+" to "+string(mode), func(t *testing.T) {
				t.Parallel()
				path := filepath.Join(t.TempDir(), "j.db")
				tt.prepare(t, path)
				before := listing(t, filepath.Dir(path))
				for range 2 { // it holds no lock after the first
					_, err := journal.Open(t.Context(), config(path, mode))
					require.ErrorContains(t, err, tt.want)
					require.ErrorContains(t, err, "journal "+path)
					require.NotErrorIs(t, err, apply.ErrLocked)
				}
				require.Equal(t, before, listing(t, filepath.Dir(path)), "nothing is created or removed")
			})
		}
	}
}

// truncated makes a journal of which the last pages are lost.
func truncated(t *testing.T, path string) {
	t.Helper()
	j := mustOpen(t, path, journal.Write)
	fill(t, j, 500)
	require.NoError(t, j.Close())
	require.NoError(t, os.Truncate(path, 8192))
}

// sealed makes a journal that a process has not closed, in a folder where the
// file that connections share cannot be made.
func sealed(t *testing.T, path string) {
	t.Helper()
	live := filepath.Join(t.TempDir(), "live.db")
	j := mustOpen(t, live, journal.Write)
	act(t, j, 1)
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(live + suffix)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path+suffix, b, 0o600))
	}
	require.NoError(t, os.Mkdir(path+"-shm", 0o700))
}

// listing names the files of a folder, without those that come and go with
// connections.
func listing(t *testing.T, folder string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".lock") && (e.IsDir() || !strings.HasSuffix(e.Name(), "-shm") && !strings.HasSuffix(e.Name(), "-wal")) {
			names = append(names, e.Name())
		}
	}
	return names
}

// A journal that was left by a dead process on a medium that stores nothing
// is read whole, with what stands in its -wal file alone.
func TestSealedMedium(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "j.db")
	sealed(t, path)
	_, err := journal.Open(t.Context(), config(path, journal.Write))
	require.ErrorContains(t, err, "the file or its folder is read-only")
	require.Equal(t, 1, strings.Count(err.Error(), "read-only:"), "it is said once: %v", err)
	j, err := journal.Open(t.Context(), config(path, journal.ReadOnly))
	require.NoError(t, err)
	require.EqualValues(t, 2, j.Ref().Seq)
	require.NoError(t, j.Close())
}

func TestOpenRefusesConfig(t *testing.T) {
	t.Parallel()
	good := config(filepath.Join(t.TempDir(), "j.db"), journal.Write)
	for want, spoil := range map[string]func(*journal.Config){
		"no path":                        func(c *journal.Config) { c.Path = "" },
		"no environment":                 func(c *journal.Config) { c.Environment = "" },
		"no merchant":                    func(c *journal.Config) { c.Merchant = "" },
		"no mode":                        func(c *journal.Config) { c.Mode = "" },
		"its folder does not exist":      func(c *journal.Config) { c.Path = filepath.Join(c.Path, "none", "j.db") },
		"a lease of 1ms is too short":    func(c *journal.Config) { c.Lease = time.Millisecond },
		"a call timeout of -1s is none":  func(c *journal.Config) { c.CallTimeout = -time.Second },
		"and the configuration asks for": func(c *journal.Config) { c.Pin = "j-other" },
	} {
		cfg := good
		spoil(&cfg)
		_, err := journal.Open(t.Context(), cfg)
		require.ErrorContains(t, err, want)
		require.NoFileExists(t, good.Path)
	}
}

func TestPin(t *testing.T) {
	t.Parallel()
	onBoth(t, testPin)
}

func testPin(t *testing.T, fresh func(*testing.T) string) {
	path := fresh(t)
	id := mustOpen(t, path, journal.ReadOnly).Ref().ID
	for _, mode := range []journal.Mode{journal.ReadOnly, journal.Write} {
		cfg := config(path, mode)
		cfg.Pin = id
		j, err := journal.Open(t.Context(), cfg)
		require.NoError(t, err)
		require.NoError(t, j.Close())
		cfg.Pin = "j-other"
		_, err = journal.Open(t.Context(), cfg)
		require.ErrorContains(t, err, "it is journal "+id+", and the configuration asks for j-other")
	}
}

func TestModesOfAFile(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"j.db", "with space", "100%?a=b#c&mode=memory.db", "ümlaut"} {
		path := filepath.Join(t.TempDir(), name)
		j := mustOpen(t, path, journal.Write)
		act(t, j, 1)
		for _, file := range []string{path, path + "-wal", path + "-shm", path + ".lock"} {
			info, err := os.Stat(file)
			require.NoError(t, err)
			require.Equal(t, os.FileMode(0o600), info.Mode(), file)
		}
		mode, sync, err := j.SyncMode()
		require.NoError(t, err)
		require.Equal(t, "wal", mode)
		require.EqualValues(t, 2, sync, "an acknowledged record is synced")
		size, err := j.PageSize(t.Context())
		require.NoError(t, err)
		require.EqualValues(t, 2048, size)
		require.NoError(t, j.Close())
		require.Equal(t, []string{name, name + ".seq"}, listing(t, filepath.Dir(path)))
		require.NoFileExists(t, path+"-wal", "a closed journal is one file, beside the number of its newest record")
	}
}

func TestCreateRace(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "j.db")
	ids := make([]string, 16)
	var g sync.WaitGroup
	for n := range ids {
		g.Go(func() {
			j, err := journal.Open(t.Context(), config(path, journal.ReadOnly))
			if err != nil {
				t.Error(err)
				return
			}
			ids[n] = j.Ref().ID
			if err := j.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	g.Wait()
	for _, id := range ids {
		require.Equal(t, ids[0], id, "one journal, whoever made it")
	}
	require.NotEqual(t, ids[0], mustOpen(t, path+"2", journal.ReadOnly).Ref().ID)
	require.Equal(t, []string{"j.db", "j.db2"}, listing(t, filepath.Dir(path)))
}

func TestMigrateOlder(t *testing.T) {
	t.Parallel()
	for _, mode := range []journal.Mode{journal.ReadOnly, journal.Write} {
		path := filepath.Join(t.TempDir(), "j.db")
		require.NoError(t, mustOpen(t, path, journal.Write).Close())
		// What a version before the first would have left.
		alter(t, path, `DELETE FROM goose_db_version WHERE version_id > 0`,
			`DROP TABLE meta`, `DROP TABLE runs`, `DROP TABLE intents`, `DROP TABLE outcomes`,
			`DROP TABLE plans`, `DROP TABLE plan_chunks`, `DROP TABLE finishes`, `DROP TABLE echoes`, `DROP TABLE approvals`,
			`DROP TABLE audit_hashes`, `DROP TABLE audit_heads`, `DROP TABLE events`)
		_, err := journal.Open(t.Context(), config(path, mode))
		require.ErrorContains(t, err, "it has no id", "the schema is there again, empty")
		alter(t, path, `INSERT INTO meta VALUES ('id', 'j-again')`)
		require.Equal(t, plan.JournalRef{ID: "j-again", New: true}, mustOpen(t, path, mode).Ref())
	}
}

package journal_test

import (
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/internal/journal/pgtest"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

func TestOpenRefusesSchema(t *testing.T) {
	t.Parallel()
	altered := func(statements ...string) func(*testing.T) string {
		return func(t *testing.T) string {
			dsn := pgtest.DSN(t)
			require.NoError(t, mustOpen(t, dsn, journal.Write).Close())
			alter(t, dsn, statements...)
			return dsn
		}
	}
	filled := func(statements ...string) func(*testing.T) string {
		return func(t *testing.T) string {
			dsn := pgtest.DSN(t)
			alter(t, dsn, statements...)
			return dsn
		}
	}
	const foreign = "its schema holds tables of another program: name an empty one"
	for name, tt := range map[string]struct {
		prepare func(*testing.T) string
		want    string
		write   bool // it is refused for writing only
	}{
		"another program's table":   {filled(`CREATE TABLE t (a int)`), foreign, false},
		"another program's view":    {filled(`CREATE VIEW v AS SELECT 1`), foreign, false},
		"another program's meta":    {filled(`CREATE TABLE meta (key text, value text)`), foreign, false},
		"another kind of meta":      {filled(`CREATE TABLE meta (a int)`), foreign, false},
		"a newer schema":            {altered(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, true)`), "a newer payreconcile wrote it (schema 99, this one knows 4)", false},
		"no version":                {altered(`DELETE FROM goose_db_version`), "it does not say its version, so it was altered", false},
		"no id":                     {altered(`DELETE FROM meta WHERE key = 'id'`), "it has no id, so it was altered", false},
		"no head":                   {altered(`DELETE FROM head`), "it does not say where it stands, so it was altered", false},
		"no lease":                  {altered(`DELETE FROM lease`), "it does not say who may record, so it was altered", true},
		"no such schema":            {func(t *testing.T) string { return pgtest.With(t, pgtest.DSN(t), "search_path", "none") }, "no schema of the search path none exists: create one", false},
		"no such database":          {otherDatabase, "create the database, or name another", false},
		"no server":                 {func(*testing.T) string { return "postgres://ada@127.0.0.1:1/db" }, "check the host and the port of the URL", false},
		"a pinned one, not there":   {func(t *testing.T) string { return pgtest.DSN(t) }, "there is none, and the configuration asks for journal j-pinned", false},
		"a parameter without sense": {func(*testing.T) string { return "postgres://ada:hunter2@127.0.0.1:1/db?sslmode=maybe" }, "sslmode is invalid", false},
	} {
		for _, mode := range []journal.Mode{journal.ReadOnly, journal.Write} {
			if tt.write && mode == journal.ReadOnly {
				continue
			}
			t.Run(name+" to "+string(mode), func(t *testing.T) {
				t.Parallel()
				cfg := config(tt.prepare(t), mode)
				if name == "a pinned one, not there" {
					cfg.Pin = "j-pinned"
				}
				for range 2 { // it holds no lease after the first
					_, err := journal.Open(t.Context(), cfg)
					require.ErrorContains(t, err, tt.want)
					require.ErrorContains(t, err, "journal postgres://")
					require.NotContains(t, err.Error(), "hunter2")
					require.NotErrorIs(t, err, apply.ErrLocked)
				}
			})
		}
	}
}

// otherDatabase names a database that is not there.
func otherDatabase(t *testing.T) string {
	u, err := url.Parse(pgtest.URL(t))
	require.NoError(t, err)
	u.Path = "/nowhere"
	return u.String()
}

// Whoever is first makes the journal, and everybody opens that one.
func TestCreateRaceOnServer(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	ids := make([]string, 8)
	var g sync.WaitGroup
	for n := range ids {
		g.Go(func() {
			j, err := journal.Open(t.Context(), config(dsn, journal.ReadOnly))
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
		require.Regexp(t, `^j-[0-9a-f]{32}$`, id)
		require.Equal(t, ids[0], id, "one journal, whoever made it")
	}
	require.NotEqual(t, ids[0], mustOpen(t, pgtest.DSN(t), journal.ReadOnly).Ref().ID)
}

// A process that died while it made a journal has left none, and the next one
// makes it.
func TestCreateAgain(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	require.NoError(t, mustOpen(t, dsn, journal.ReadOnly).Close())
	// What is there between the first step of a migration and the second.
	alter(t, dsn, `DELETE FROM goose_db_version WHERE version_id > 0`, `DROP TABLE meta, head, lease, runs, intents,
		outcomes, plans, plan_chunks, finishes, echoes, approvals, audit_hashes, audit_heads, events`)
	act(t, mustOpen(t, dsn, journal.Write), 1)
}

// A pooler that gives each transaction another connection knows no prepared
// statements; the URL then says so.
func TestThroughPooler(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"exec", "simple_protocol"} {
		dsn := pgtest.With(t, pgtest.DSN(t), "default_query_exec_mode", mode)
		sound(t, dsn)
		j := mustOpen(t, dsn, journal.Write)
		record(t, j, ordered(400)[100:])
		require.Len(t, seqs(t, j, journal.Filter{State: plan.StateAccepted}), 300, mode)
		report, err := j.Check(t.Context(), verify)
		require.NoError(t, err)
		require.Empty(t, report.Faults)
		require.EqualValues(t, 610, report.Records)
	}
}

// Records that are missing at the end leave no gap, and are missed all the same.
func TestCheckMissingEnd(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	sound(t, dsn)
	alter(t, dsn, `DELETE FROM intents WHERE seq = 10`)
	got, err := mustOpen(t, dsn, journal.ReadOnly).Check(t.Context(), verify)
	require.NoError(t, err)
	require.Equal(t, []journal.Fault{{Seq: 10, What: "the newest record is 9, and there was a record 10"}}, got.Faults)
}

// A connection that breaks ends the writing, and everybody hears of it once;
// what was acknowledged is there.
func TestConnectionBreaks(t *testing.T) {
	t.Parallel()
	dsn := pgtest.With(t, pgtest.DSN(t), "application_name", "breaks")
	j := open(t, dsn, nil)
	act(t, j, 1)
	alter(t, dsn, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE application_name = 'breaks' AND pid <> pg_backend_pid()`)
	for range 2 {
		_, err := j.Intend(t.Context(), intent(2))
		require.ErrorContains(t, err, "write journal "+j.Path())
		require.ErrorContains(t, err, "then run resume; nothing more is recorded")
	}
	require.ErrorContains(t, j.Conclude(1, apply.Outcome{State: plan.StateSettled})(), "nothing more is recorded")
	require.Eventually(t, func() bool {
		known, err := j.Known(t.Context(), []string{intent(1).Payment})
		return err == nil && len(known) == 1
	}, eventually, time.Millisecond, "it can still be read, when the broken connections are used up")
	require.NoError(t, j.Close(), "it was told")

	j = mustOpen(t, dsn, journal.Write) // at once, since the lease was released
	require.EqualValues(t, 2, j.Ref().Seq)
	act(t, j, 2)
}

// When the answer to COMMIT is lost nobody knows whether an intent is there.
// Its caller is told that it is not, and sends nothing; the next process finds
// it as one that may have been sent.
func TestCommitUnknown(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	p := newProxy(t, pgtest.With(t, dsn, "default_query_exec_mode", "exec"))
	j := open(t, p.url, short(time.Second))
	act(t, j, 1)
	p.set(func() { p.last = "COMMIT\x00" })
	_, err := j.Intend(t.Context(), intent(2))
	require.ErrorContains(t, err, "the connection broke")
	require.EqualValues(t, 2, j.Ref().Seq, "nothing is known of it")
	_, err = j.Intend(t.Context(), intent(3))
	require.ErrorContains(t, err, "the connection broke")

	next := open(t, dsn, func(c *journal.Config) {
		short(time.Second)(c)
		c.LockTimeout = eventually
	})
	require.EqualValues(t, 3, next.Ref().Seq)
	doubt, err := next.Open(t.Context(), 0)
	require.NoError(t, err)
	require.Len(t, doubt, 1)
	require.Equal(t, intent(2).Payment, doubt[0].Payment)
	_, err = next.Intend(t.Context(), intent(2))
	require.ErrorIs(t, err, apply.ErrKeyUsed)
}

// A server that answers nothing any more holds nobody up for ever.
func TestServerHangs(t *testing.T) {
	t.Parallel()
	p := newProxy(t, pgtest.DSN(t))
	j := open(t, p.url, func(c *journal.Config) { c.Patience(300 * time.Millisecond) })
	act(t, j, 1)
	p.stand(true)
	_, err := j.Intend(t.Context(), intent(2))
	require.ErrorContains(t, err, "the server did not answer in time")
	require.NoError(t, j.Close(), "it was told")
}

// What the server does not sync it has not recorded.
func TestUnsafeServer(t *testing.T) {
	t.Parallel()
	dsn := pgtest.With(t, pgtest.DSN(t), "options", "-c synchronous_commit=off")
	j := mustOpen(t, dsn, journal.Write)
	act(t, j, 1)
	got, err := j.SyncCommit()
	require.NoError(t, err)
	require.Equal(t, "on", got, "an acknowledged record is synced")
}

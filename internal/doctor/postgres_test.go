package doctor_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/doctor"
	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/internal/journal/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Run(m)) }

// A journal on PostgreSQL is looked at without making or locking one.
func TestStorageOnPostgres(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	want{doctor.Warning, "", "there is none yet at " + dsn}.holds(t, doctor.Storage(t.Context(), at(dsn, "shop", ""))...)
	want{doctor.Problem, "", "PAYRECONCILE_JOURNAL_ID asks for j-1"}.holds(t, doctor.Storage(t.Context(), at(dsn, "shop", "j-1"))...)
	want{doctor.Warning, "", "there is none yet"}.holds(t, doctor.Storage(t.Context(), at(dsn, "shop", ""))...)

	cfg := at(dsn, "shop", "")
	cfg.Mode, cfg.Actor = journal.Write, "ada"
	j, err := journal.Open(t.Context(), cfg)
	require.NoError(t, err)
	pin := j.Ref().ID
	want{doctor.Problem, doctor.CauseLocked, ", of ada): its lease runs until"}.holds(t, doctor.Storage(t.Context(), at(dsn, "shop", pin))...)
	require.NoError(t, j.Close())

	checks := doctor.Storage(t.Context(), at(dsn, "shop", pin))
	want{doctor.OK, "", "on PostgreSQL 1"}.holds(t, checks...)
	for _, c := range checks {
		require.Equal(t, doctor.OK, c.Status, lines(c))
	}
	want{doctor.Problem, "", "check the host and the port of the URL"}.holds(t, doctor.Storage(t.Context(), at("postgres://ada@127.0.0.1:1/db", "shop", ""))...)
}

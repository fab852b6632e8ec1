package journal_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base32"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/internal/journal/pgtest"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// noon is the time of the tests' clock.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// config is that of the tests' merchant.
func config(path string, mode journal.Mode) journal.Config {
	return journal.Config{
		Path: path, Environment: "test", Merchant: "shop", Mode: mode,
		Actor: "ada", ToolVersion: "1.0.0", Now: func() time.Time { return noon },
	}
}

// onBoth runs a test on each store; fresh names a journal that is not there.
func onBoth(t *testing.T, f func(t *testing.T, fresh func(*testing.T) string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, func(t *testing.T) string { return filepath.Join(t.TempDir(), "j.db") })
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		_ = pgtest.URL(t) // there is one, or the test is skipped
		f(t, func(t *testing.T) string { return pgtest.DSN(t) })
	})
}

// alter runs statements on a database behind the journal's back.
func alter(t *testing.T, path string, statements ...string) {
	t.Helper()
	if strings.HasPrefix(path, "postgres:") {
		pgtest.Exec(t, path, statements...)
		return
	}
	uri := url.URL{Scheme: "file", Path: path}
	db, err := sql.Open("sqlite", uri.String())
	require.NoError(t, err)
	for _, s := range statements {
		_, err := db.ExecContext(t.Context(), s)
		require.NoError(t, err)
	}
	require.NoError(t, db.Close())
}

// mustOpen opens a journal for as long as the test runs.
func mustOpen(tb testing.TB, path string, mode journal.Mode) *journal.Journal {
	tb.Helper()
	j, err := journal.Open(context.Background(), config(path, mode))
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, j.Close()) })
	return j
}

// intent is the capture of the n-th payment.
func intent(n int) plan.Intent {
	payment := strconv.Itoa(3_000_000_000 + n)
	sum := sha256.Sum256([]byte(payment))
	return plan.Intent{
		Payment: payment, Op: spec.Capture, Ref: "ship-1", Amount: 12_500, Currency: "EUR", Attempt: 1,
		Key: plan.Key(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:24])), At: noon,
	}
}

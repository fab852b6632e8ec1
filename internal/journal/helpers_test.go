package journal_test

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/journal"
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

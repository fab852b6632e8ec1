package journal_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/internal/journal/journaltest"
	"github.com/payreconcile/payreconcile/pkg/apply"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, fresh func(*testing.T) string) {
		journaltest.Run(t, func(t *testing.T) func() apply.Journal { return opener(t, fresh(t)) })
	})
}

// opener opens a journal again and again.
func opener(t *testing.T, path string) func() apply.Journal {
	return func() apply.Journal {
		j, err := journal.Open(t.Context(), config(path, journal.Write))
		require.NoError(t, err)
		return j
	}
}

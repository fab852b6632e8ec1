package journal_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/internal/journal/journaltest"
	"github.com/payreconcile/payreconcile/pkg/apply"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	journaltest.Run(t, func(t *testing.T) func() apply.Journal {
		path := filepath.Join(t.TempDir(), "j.db")
		return func() apply.Journal {
			j, err := journal.Open(t.Context(), config(path, journal.Write))
			require.NoError(t, err)
			return j
		}
	})
}

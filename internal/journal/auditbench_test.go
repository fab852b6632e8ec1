package journal_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/audit"
	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/pkg/apply"
)

// BenchmarkAuditVerify reads and hashes a log of 20,001 records, which is what a
// head after a run of 10,000 calls does.
func BenchmarkAuditVerify(b *testing.B) {
	j := mustOpen(b, filepath.Join(b.TempDir(), "j.db"), journal.Write)
	require.NoError(b, j.Accept(b.Context(), strings.NewReader(""), func() (apply.PlanRecord, error) { return apply.PlanRecord{PlanID: benchPlan}, nil }))
	record(b, j, ordered(10_000))
	for b.Loop() {
		s, err := j.AuditSource(b.Context())
		require.NoError(b, err)
		r, err := audit.Verify(s)
		require.NoError(b, err)
		require.EqualValues(b, 20_001, r.Records)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/20_001, "µs/record")
}

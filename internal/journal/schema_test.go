package journal_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

// adas is an approval of the tests' plans.
var adas = apply.Approval{By: "ada", How: apply.HowSignature, Statement: "the plan\n", At: noon}

// outdated takes from a journal what the second migration and later ones bring.
func outdated(t *testing.T, path string) {
	t.Helper()
	alter(t, path, `DROP TABLE audit_hashes`, `DROP TABLE audit_heads`, `DROP TABLE approvals`, `DROP TABLE events`,
		`DELETE FROM goose_db_version WHERE version_id >= 2`)
}

// released unpacks the file that a version with the first migration alone has
// written: 1 plan o, 2 plan p, 3 the end of o, 4 an intent of p, 5 its outcome.
func released(t *testing.T) (path string, text []byte) {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "schema1.db.gz"))
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	z, err := gzip.NewReader(f)
	require.NoError(t, err)
	text, err = io.ReadAll(z)
	require.NoError(t, err)
	path = filepath.Join(t.TempDir(), "j.db")
	require.NoError(t, os.WriteFile(path, text, 0o600))
	return path, text
}

// wantSound requires a journal without faults and with so many records.
func wantSound(t *testing.T, j *journal.Journal, records int64) {
	t.Helper()
	report, err := j.Check(t.Context(), verify)
	require.NoError(t, err)
	require.Empty(t, report.Faults)
	require.Equal(t, records, report.Records)
}

// TestReleased reads a file of an earlier version without touching it, and goes
// on with it.
func TestReleased(t *testing.T) {
	t.Parallel()
	path, before := released(t)
	r := mustOpen(t, path, journal.ReadOnly)
	wantSound(t, r, 5)
	want := apply.PlanRecord{PlanID: "p", ContentID: "c", AcceptedAt: noon, Expires: noon.Add(3600e9), Payments: 2, Calls: 2}
	unfinished, err := r.Unfinished(t.Context())
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(want, unfinished))
	require.Len(t, plansOf(t, r), 2)
	require.Len(t, seqs(t, r, journal.Filter{State: plan.StateAccepted}), 1)
	var text bytes.Buffer
	require.NoError(t, r.Export(t.Context(), &text))
	require.Contains(t, text.String(), `"records":5,"intents":1,"outcomes":1,"plans":2,"finishes":1,"echoes":0,"approvals":0,`)
	require.NoError(t, r.Close())
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.True(t, bytes.Equal(before, after), "it is left as it was")

	w := mustOpen(t, path, journal.Write)
	require.EqualValues(t, 5, w.Ref().Seq)
	mustAccept(t, w, apply.PlanRecord{PlanID: "q", Approvals: []apply.Approval{adas}}, "text of q")
	wantSound(t, w, 8)
	got, err := w.Plan(t.Context(), "q")
	require.NoError(t, err)
	require.Equal(t, []apply.Approval{adas}, got.Approvals)
	got, err = w.Plan(t.Context(), "p")
	require.NoError(t, err)
	require.Empty(t, got.Approvals)
	require.Equal(t, apply.SupersededBy("q"), got.Result)
}

// A process that reads a journal of an earlier version goes on reading when
// another one brings it up to date.
func TestMigratedMeanwhile(t *testing.T) {
	t.Parallel()
	onBoth(t, testMigratedMeanwhile)
}

func testMigratedMeanwhile(t *testing.T, fresh func(*testing.T) string) {
	path := fresh(t)
	w := mustOpen(t, path, journal.Write)
	mustAccept(t, w, apply.PlanRecord{PlanID: "p"}, "text of p")
	require.NoError(t, w.Close())
	outdated(t, path)
	r := mustOpen(t, path, journal.ReadOnly)
	wantSound(t, r, 1)
	require.NoError(t, mustOpen(t, path, journal.ReadOnly).Close())
	report, err := r.Check(t.Context(), func(p apply.PlanRecord, b io.Reader) error {
		if w == nil {
			return verify(p, b)
		}
		w = nil // once, while the check runs
		other := mustOpen(t, path, journal.Write)
		mustAccept(t, other, apply.PlanRecord{PlanID: "q", Approvals: []apply.Approval{adas, adas}}, "text of q")
		require.NoError(t, other.Close())
		return verify(p, b)
	})
	require.NoError(t, err)
	require.Equal(t, journal.Report{ID: r.Ref().ID, Records: 5}, report)
	got, err := r.Unfinished(t.Context())
	require.NoError(t, err)
	require.Equal(t, []apply.Approval{adas, adas}, got.Approvals)
	var text bytes.Buffer
	require.NoError(t, r.Export(t.Context(), &text))
	require.Contains(t, text.String(), `"records":5,"intents":0,"outcomes":0,"plans":2,"finishes":1,"echoes":0,"approvals":2,`)
}

package journal_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/audit"
	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

// unsigned keeps the text of a head alone.
func unsigned(h audit.Head) (string, error) { return h.String(), nil }

// benchPlan is the plan of what record records.
const benchPlan = "p-3f1c9a7be2d84c5a9b1e7d6f5a4c3b2a1908f7e6d5c4b3a29180f7e6d5c4b3a2"

func anyHead(audit.Claim) bool { return true }

// mustHead makes a head of what is recorded.
func mustHead(tb testing.TB, j *journal.Journal) audit.Claim {
	tb.Helper()
	c, ok, err := j.AuditHead(context.Background(), unsigned, anyHead)
	require.NoError(tb, err)
	require.True(tb, ok)
	return c
}

// audited verifies the log of a journal, with heads from outside.
func audited(t *testing.T, j *journal.Journal, heads ...audit.Claim) *audit.Report {
	t.Helper()
	s, err := j.AuditSource(t.Context())
	require.NoError(t, err)
	for _, c := range heads {
		c.Outside, c.From = true, "kept"
		s.Heads = append(s.Heads, c)
	}
	r, err := audit.Verify(s)
	require.NoError(t, err)
	return r
}

func faultsOf(r *audit.Report) (all []string) {
	for _, f := range r.Faults {
		all = append(all, fmt.Sprintf("%d: %s", f.Seq, f.What))
	}
	return all
}

// The log follows the journal: head by head, over several processes, with
// another merchant's records in between, and the same in both stores.
func TestAuditHead(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, fresh func(*testing.T) string) {
		path := fresh(t)
		j := mustOpen(t, path, journal.Write)
		_, ok, err := j.AuditHead(t.Context(), unsigned, anyHead)
		require.NoError(t, err)
		require.False(t, ok, "there is nothing to make a head of")
		require.NoError(t, j.Close())
		story(t, path)

		w := mustOpen(t, path, journal.Write)
		first := mustHead(t, w)
		require.EqualValues(t, 12, first.Size)
		require.Equal(t, w.AuditLog(), first.Log)
		again := mustHead(t, w)
		require.Equal(t, first.Note, again.Note, "nothing was recorded since")
		signed, _, err := w.AuditHead(t.Context(), unsigned, func(audit.Claim) bool { return false })
		require.NoError(t, err)
		require.Equal(t, first.Root, signed.Root, "a head that will not do is made again")
		mustAccept(t, w, apply.PlanRecord{PlanID: benchPlan}, "text of "+benchPlan)
		record(t, w, ordered(1000)[2:])
		second := mustHead(t, w)
		require.EqualValues(t, 2010, second.Size)
		mustAccept(t, w, apply.PlanRecord{PlanID: "late"}, "")

		r := audited(t, w, first, second)
		require.Empty(t, faultsOf(r))
		require.EqualValues(t, 2012, r.Records, "a plan, and the end of the one before")
		require.EqualValues(t, 2010, r.Stored)
		require.Len(t, r.Heads, 5)
		for _, h := range r.Heads {
			require.True(t, h.Fits)
		}
		checked, err := w.Check(t.Context(), nil)
		require.NoError(t, err)
		require.Empty(t, checked.Faults)
		require.NoError(t, w.Close())
		_, _, err = mustOpen(t, path, journal.ReadOnly).AuditHead(t.Context(), unsigned, anyHead)
		require.ErrorIs(t, err, journal.ErrReadOnly)
	})
}

// Whatever is done to the records, hashes or heads of a log behind the journal's
// back is found, and the first record that does not fit is named; journal check
// finds what the stored hashes tell.
func TestAuditAltered(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "j.db")
	for name, tt := range map[string]struct {
		statements []string
		want       []string // in the first fault of the audit; "" for none of the check
		check      string
	}{
		"an amount": {
			[]string{`UPDATE intents SET amount = 12501 WHERE seq = 7`},
			[]string{"7: record 7 is the first that does not fit: it was altered"},
			"record 7 is the first that does not fit",
		},
		"a name": {
			[]string{`UPDATE approvals SET "by" = 'eve' WHERE seq = 2`}, []string{"2: record 2 is the first"}, "record 2 is the first",
		},
		"a plan's bytes": {
			[]string{`UPDATE plan_chunks SET bytes = (SELECT bytes FROM plan_chunks WHERE plan = 1), size = 9 WHERE plan = 3`},
			[]string{"3: record 3 is the first"},
			"record 3 is the first",
		},
		"who ran it": {
			[]string{`UPDATE runs SET actor = 'eve'`}, []string{"1: record 1 is the first"}, "record 1 is the first",
		},
		"a record removed": {
			[]string{`DELETE FROM intents WHERE seq = 9`}, []string{"before record 10, a record was removed", "of intent 9, which is not in this log"}, "a record was removed",
		},
		"records that change places": {
			[]string{`UPDATE intents SET seq = -7 WHERE seq = 7`, `UPDATE intents SET seq = 7 WHERE seq = 9`, `UPDATE intents SET seq = 9 WHERE seq = -7`},
			[]string{"record 7 is the first"},
			"record 7 is the first",
		},
		"a record of another merchant": {
			[]string{`INSERT INTO runs VALUES (99, 'test', 'other', 'eve', '', 0)`, `UPDATE outcomes SET run = 99 WHERE seq = 10`},
			[]string{"before record 11, a record was removed"},
			"before record 11",
		},
		"the end": {
			[]string{`DELETE FROM outcomes WHERE seq >= 23`, `DELETE FROM intents WHERE seq >= 23`},
			[]string{"the end was cut off"},
			"the end was cut off",
		},
		"a hash": {
			[]string{`UPDATE audit_hashes SET hashes = CAST(zeroblob(32) || substr(hashes, 33) AS BLOB)`}, []string{"1: record 1 is the first"}, "record 1 is the first",
		},
		"an inner hash": {
			[]string{`UPDATE audit_hashes SET hashes = CAST(substr(hashes, 1, 64) || zeroblob(32) || substr(hashes, 97) AS BLOB)`},
			[]string{"the hashes that are stored for record 2 do not belong together"},
			"do not belong together",
		},
		"hashes removed": {
			[]string{`DELETE FROM audit_hashes WHERE first = 0`}, []string{"the stored hashes are not whole: some are missing"}, "some are missing",
		},
		"a head's root": {
			[]string{`UPDATE audit_heads SET root = zeroblob(32) WHERE id = 1`}, []string{"a head of 14 records (in the journal, number 1) does not fit"}, "does not fit",
		},
		"all hashes and heads": {
			[]string{`DELETE FROM audit_hashes`, `DELETE FROM audit_heads`, `UPDATE intents SET amount = 1 WHERE seq = 7`},
			[]string{"a head of 14 records (kept) does not fit", "a head of 24 records (kept) does not fit", "one of those from number 1 to number 14"},
			"",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := path + "-" + strings.ReplaceAll(name, " ", "-")
			w := mustOpen(t, path, journal.Write)
			mustAccept(t, w, apply.PlanRecord{PlanID: "p", Approvals: []apply.Approval{adas}}, "text of p")
			mustAccept(t, w, apply.PlanRecord{PlanID: benchPlan}, "text of "+benchPlan)
			recordBy(t, w, ordered(5), 1)
			first := mustHead(t, w)
			recordBy(t, w, ordered(10)[5:], 1)
			second := mustHead(t, w)
			require.NoError(t, w.Close())
			alter(t, path, tt.statements...)

			r := mustOpen(t, path, journal.ReadOnly)
			report := audited(t, r, first, second)
			text := strings.Join(faultsOf(report), "\n")
			for _, want := range tt.want {
				require.Contains(t, text, want)
			}
			checked, err := r.Check(t.Context(), verify)
			require.NoError(t, err)
			found := ""
			for _, f := range checked.Faults {
				found += f.What + "\n"
			}
			if tt.check != "" {
				require.Contains(t, found, tt.check)
			}
		})
	}
}

// A process that died between the hashes and the head, or before both, leaves
// nothing that the next one could not go on from.
func TestAuditAfterCrash(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, fresh func(*testing.T) string) {
		path := fresh(t)
		w := mustOpen(t, path, journal.Write)
		mustAccept(t, w, apply.PlanRecord{PlanID: benchPlan}, "text of "+benchPlan)
		record(t, w, ordered(100))
		whole := mustHead(t, w)
		record(t, w, ordered(120)[100:])
		_, _, err := w.AuditHead(t.Context(), func(audit.Head) (string, error) { return "", context.Canceled }, anyHead)
		require.ErrorIs(t, err, context.Canceled)
		require.NoError(t, w.Close())
		next := mustOpen(t, path, journal.Write)
		last := mustHead(t, next)
		require.EqualValues(t, 241, last.Size)
		require.Empty(t, faultsOf(audited(t, next, whole, last)))
	})
}

// A journal of an earlier version is verified without hashes, and gets them when
// it is written to.
func TestAuditReleased(t *testing.T) {
	t.Parallel()
	path, _ := released(t)
	r := mustOpen(t, path, journal.ReadOnly)
	report := audited(t, r)
	require.Empty(t, faultsOf(report))
	require.EqualValues(t, 5, report.Records)
	require.Zero(t, report.Stored)
	require.NoError(t, r.Close())
	w := mustOpen(t, path, journal.Write)
	head := mustHead(t, w)
	require.Equal(t, report.Root, head.Root)
	require.EqualValues(t, 5, audited(t, w, head).Stored)
}

// What is logged does not depend on where the journal is kept, nor on how often
// a head was made.
func TestAuditAlike(t *testing.T) {
	t.Parallel()
	roots := map[string]bool{}
	for _, every := range []int{1, 7, 50} {
		j := mustOpen(t, filepath.Join(t.TempDir(), "j.db"), journal.Write)
		var last audit.Claim
		for n := range 50 {
			seq, err := j.Intend(t.Context(), intent(n))
			require.NoError(t, err)
			require.NoError(t, j.Conclude(seq, apply.Outcome{At: noon, State: plan.StateSettled})())
			if (n+1)%every == 0 || n == 49 {
				last = mustHead(t, j)
			}
		}
		require.Empty(t, cmp.Diff([]string(nil), faultsOf(audited(t, j, last))))
		roots[last.Root.String()] = true
	}
	require.Len(t, roots, 1)
}

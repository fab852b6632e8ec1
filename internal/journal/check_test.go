package journal_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// sound makes a journal with every kind of record:
//
//	1 plan p  2 intent  3 outcome accepted  4 outcome settled  5 echo  6 end of p
//	7 intent  8 outcome withdrawn  9 intent of the same key  10 intent without outcome
func sound(t *testing.T, path string) {
	t.Helper()
	j := mustOpen(t, path, journal.Write)
	intend := func(n int) int64 {
		seq, err := j.Intend(t.Context(), intent(n))
		require.NoError(t, err)
		return seq
	}
	conclude := func(seq int64, s plan.State) {
		require.NoError(t, j.Conclude(seq, apply.Outcome{State: s})())
	}
	mustAccept(t, j, apply.PlanRecord{PlanID: "p", AcceptedAt: noon, Expires: noon.Add(time.Hour)}, "text of p")
	seq := intend(1)
	conclude(seq, plan.StateAccepted)
	conclude(seq, plan.StateSettled)
	j.NoteEcho(spec.Capture, "3000000001_1", noon)
	require.NoError(t, j.Finish(t.Context(), "p", "done", noon))
	conclude(intend(2), plan.StateWithdrawn)
	intend(2)
	require.EqualValues(t, 10, intend(3))
	require.NoError(t, j.Close())
}

func TestCheck(t *testing.T) {
	t.Parallel()
	onBoth(t, testCheck)
}

func testCheck(t *testing.T, fresh func(*testing.T) string) {
	type faults = []journal.Fault
	for name, tt := range map[string]struct {
		alter []string
		want  faults
	}{
		"sound":        {nil, nil},
		"a gap":        {[]string{`DELETE FROM echoes`}, faults{{5, "record 5 is missing"}}},
		"a larger gap": {[]string{`DELETE FROM outcomes WHERE seq IN (3, 4)`}, faults{{3, "records 3 to 4 are missing"}}},
		"a number twice": {
			[]string{`UPDATE echoes SET seq = 6`},
			faults{{5, "record 5 is missing"}, {6, "there are two records 6"}},
		},
		"a key twice": {
			[]string{`UPDATE intents SET key = (SELECT key FROM intents WHERE seq = 2) WHERE seq = 10`},
			faults{{10, "intents 2 and 10 have the same key " + string(intent(1).Key)}},
		},
		"no withdrawal": {
			[]string{`UPDATE outcomes SET state = 'unknown' WHERE seq = 8`},
			faults{{9, "intents 7 and 9 have the same key " + string(intent(2).Key)}},
		},
		"no intent": {
			[]string{`DELETE FROM intents WHERE seq = 2`},
			faults{
				{2, "record 2 is missing"},
				{3, "outcome 3 is of intent 2, which is missing"},
				{4, "outcome 4 is of intent 2, which is missing"},
			},
		},
		"backwards": {
			[]string{`UPDATE outcomes SET state = 'unknown' WHERE seq = 4`},
			faults{{4, "outcome 4 makes intent 2 unknown, which was accepted"}},
		},
		"no state": {
			[]string{`UPDATE outcomes SET state = 'paid' WHERE seq = 4`},
			faults{{4, "outcome 4 makes intent 2 paid, which was accepted"}},
		},
		"withdrawn by another": {
			[]string{`INSERT INTO runs VALUES (2, 'test', 'shop', 'eve', '', 0)`, `UPDATE outcomes SET run = 2 WHERE seq = 8`},
			faults{{8, "outcome 8 withdraws intent 7 of another process"}},
		},
		"of nobody": {
			[]string{`UPDATE echoes SET run = 7`},
			faults{{5, "record 5 is of run 7, which is missing"}},
		},
		"no plan": {
			[]string{`DELETE FROM plans`},
			faults{
				{1, "record 1 is missing"},
				{6, "record 6 is the end of plan record 1, which is missing"},
				{1, "there are pieces of plan record 1, which is missing"},
			},
		},
		"other bytes": {
			[]string{`UPDATE plan_chunks SET bytes = (SELECT bytes FROM plan_chunks), size = 4`},
			faults{{1, `the bytes of plan p are not those of its id: they are "text"`}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := fresh(t)
			sound(t, path)
			alter(t, path, tt.alter...)
			j := mustOpen(t, path, journal.ReadOnly)
			got, err := j.Check(t.Context(), verify)
			require.NoError(t, err)
			if diff := cmp.Diff(tt.want, got.Faults); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
			require.Equal(t, j.Ref().ID, got.ID)
			if len(tt.want) == 0 {
				require.EqualValues(t, 10, got.Records)
			}
		})
	}
}

// Approvals stand right behind their plan, by the process that began it.
func TestCheckApprovals(t *testing.T) {
	t.Parallel()
	onBoth(t, testCheckApprovals)
}

func testCheckApprovals(t *testing.T, fresh func(*testing.T) string) {
	type faults = []journal.Fault
	const foreign = "record %d approves plan record %d, and was not recorded with it"
	for name, tt := range map[string]struct {
		alter []string
		want  faults
	}{
		"sound":      {nil, nil},
		"one is cut": {[]string{`DELETE FROM approvals WHERE seq = 2`}, faults{{2, "record 2 is missing"}, {3, fmt.Sprintf(foreign, 3, 1)}}},
		"a number twice": {
			[]string{`UPDATE approvals SET seq = 5 WHERE seq = 3`},
			faults{{3, "record 3 is missing"}, {5, "there are two records 5"}, {5, fmt.Sprintf(foreign, 5, 1)}},
		},
		"no plan": {
			[]string{`DELETE FROM plans WHERE seq = 1`, `DELETE FROM plan_chunks WHERE plan = 1`},
			faults{
				{1, "record 1 is missing"},
				{5, "record 5 is the end of plan record 1, which is missing"},
				{2, "record 2 approves plan record 1, which is missing"},
				{3, "record 3 approves plan record 1, which is missing"},
			},
		},
		"added later": {
			[]string{`INSERT INTO approvals VALUES (6, 1, 4, 0, 'eve', 'terminal', '')`},
			faults{{6, fmt.Sprintf(foreign, 6, 4)}},
		},
		"moved to another plan": {
			[]string{`UPDATE approvals SET plan = 4, seq = 6 WHERE seq = 3`},
			faults{{3, "record 3 is missing"}, {6, fmt.Sprintf(foreign, 6, 4)}},
		},
		"by another process": {
			[]string{`INSERT INTO runs VALUES (2, 'test', 'shop', 'eve', '', 0)`, `UPDATE approvals SET run = 2 WHERE seq = 3`},
			faults{{3, fmt.Sprintf(foreign, 3, 1)}},
		},
		"of nobody": {
			[]string{`UPDATE approvals SET run = 7 WHERE seq = 3`},
			faults{{3, "record 3 is of run 7, which is missing"}, {3, fmt.Sprintf(foreign, 3, 1)}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := fresh(t)
			j := mustOpen(t, path, journal.Write)
			mustAccept(t, j, apply.PlanRecord{PlanID: "p", Approvals: []apply.Approval{
				{By: "ada", How: apply.HowSignature, Statement: "p"}, {By: "ben", How: apply.HowSignature, Statement: "p"},
			}}, "text of p")
			mustAccept(t, j, apply.PlanRecord{PlanID: "q"}, "text of q")
			require.NoError(t, j.Close())
			alter(t, path, tt.alter...)
			got, err := mustOpen(t, path, journal.ReadOnly).Check(t.Context(), verify)
			require.NoError(t, err)
			if diff := cmp.Diff(tt.want, got.Faults); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

// verify knows the text of the tests' plan.
func verify(p apply.PlanRecord, r io.Reader) error {
	text, err := io.ReadAll(r)
	if err == nil && string(text) != "text of "+p.PlanID {
		err = errors.New(`they are "` + string(text) + `"`)
	}
	return err
}

func TestCheckMissingBytes(t *testing.T) {
	t.Parallel()
	onBoth(t, testCheckMissingBytes)
}

func testCheckMissingBytes(t *testing.T, fresh func(*testing.T) string) {
	for _, statement := range []string{
		`DELETE FROM plan_chunks`,
		`UPDATE plan_chunks SET bytes = (SELECT body_sha256 FROM outcomes WHERE seq = 3)`, // empty
		`UPDATE plan_chunks SET size = 1000000000`,
		`UPDATE plans SET chunks = 2`,
	} {
		path := fresh(t)
		sound(t, path)
		alter(t, path, statement)
		got, err := mustOpen(t, path, journal.ReadOnly).Check(t.Context(), nil)
		require.NoError(t, err)
		require.Len(t, got.Faults, 1, statement)
		require.Contains(t, got.Faults[0].What, "the bytes of plan p cannot be read")
	}
}

func TestCheckManyFaults(t *testing.T) {
	t.Parallel()
	onBoth(t, testCheckManyFaults)
}

func testCheckManyFaults(t *testing.T, fresh func(*testing.T) string) {
	path := fresh(t)
	j := mustOpen(t, path, journal.Write)
	fill(t, j, 1500)
	require.NoError(t, j.Close())
	alter(t, path, `UPDATE intents SET key = 'same'`, `UPDATE outcomes SET intent = intent + 10000000`)
	got, err := mustOpen(t, path, journal.ReadOnly).Check(t.Context(), nil)
	require.NoError(t, err)
	require.Len(t, got.Faults, 1000)
	require.Contains(t, got.Faults[0].What, "have the same key same")
}

func TestCheckDamage(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "j.db")
	j := mustOpen(t, path, journal.Write)
	fill(t, j, 1500)
	require.NoError(t, j.Close())
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	require.NoError(t, err)
	info, err := f.Stat()
	require.NoError(t, err)
	for at := int64(100 * 2048); at < info.Size(); at += 50 * 2048 { // a page here and there
		_, err = f.WriteAt([]byte(strings.Repeat("\xff", 2048)), at)
		require.NoError(t, err)
	}
	require.NoError(t, f.Close())
	j, err = journal.Open(t.Context(), config(path, journal.ReadOnly))
	if err == nil {
		var got journal.Report
		got, err = j.Check(t.Context(), nil)
		require.NoError(t, err)
		require.NotEmpty(t, got.Faults)
		require.Contains(t, got.Faults[0].What, "the file is damaged")
		require.NoError(t, j.Close())
		return
	}
	require.ErrorContains(t, err, "the file is damaged")
}

package ci_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/ci"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

func TestSummaryOfPlan(t *testing.T) {
	t.Parallel()
	entries := []*plan.Entry{entry("3066177123_0", "order-1", "orders.yaml:7", capture("a", 4500))}
	f := footer(t, entries...)
	s := github(t)
	s.Plan(header(), f, all(entries...))
	s.Finish(ci.Ending{Code: 2})
	require.Empty(t, s.warnings)
	require.True(t, strings.HasPrefix(s.file(t, "summary"), "## Payments of `shop-eu` in `test`"), s.file(t, "summary"))
	require.Contains(t, s.file(t, "summary"), f.PlanID)

	s = newStep(t, ci.GitLab)
	s.Plan(header(), f, all(entries...))
	s.Finish(ci.Ending{Code: 2})
	require.Contains(t, s.file(t, ci.NoteFile), f.PlanID)
}

// What is in doubt is listed, however much else went wrong before it.
func TestSummaryOfRun(t *testing.T) {
	t.Parallel()
	s := github(t)
	for range 300 {
		s.Result(result(apply.StatusSkipped, "skipped"))
		s.Result(result(apply.StatusRefused, "refused"))
	}
	s.Result(result(apply.StatusSettled, ""))
	s.Result(result(apply.StatusUnknown, "no answer"))
	s.Run(header(), apply.Summary{PlanID: "abc", Unsent: 300, Counts: map[apply.Status]int64{
		apply.StatusSkipped: 300, apply.StatusRefused: 300, apply.StatusUnknown: 1, apply.StatusSettled: 1,
	}})
	s.Finish(ci.Ending{Code: 8, Runs: true})
	text := s.file(t, "summary")
	require.Contains(t, text, "### Did not go well: 601")
	require.Less(t, strings.Index(text, "| IN DOUBT |"), strings.Index(text, "| refused |"))
	require.Contains(t, text, "… and 200 more, not shown here")
	require.Contains(t, text, "payreconcile resume")
}

// A command that came to nothing says why; one that was told says no more.
func TestSummaryOfFailure(t *testing.T) {
	t.Parallel()
	faults := spec.Errors{{Pos: spec.Pos{File: "orders.yaml", Line: 1, Col: 2}, Msg: "wrong"}}
	s := github(t)
	s.Faults(faults)
	s.Finish(ci.Ending{Code: 3, Meaning: "manifest invalid"})
	require.Contains(t, s.file(t, "summary"), "| `orders.yaml:1:2` | - | wrong |")
	s = github(t)
	s.Finish(ci.Ending{Code: 9, Meaning: "locked", Err: errors.New("locked by another process"), Hint: "wait"})
	require.Contains(t, s.file(t, "summary"), "What is wrong: locked by another process – hint: wait")
	s = github(t)
	s.Finish(ci.Ending{})
	_, err := os.Stat(filepath.Join(s.dir, "summary"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

// A summary is shorter where others wrote before, down to nothing, and never
// more than GitHub shows.
func TestSummaryKeepsToTheLimit(t *testing.T) {
	t.Parallel()
	var entries []*plan.Entry
	for i := range 9000 {
		entries = append(entries, entry(fmt.Sprintf("3066%06d_0", i), "order-with-quite-a-long-reference", "orders.yaml:7", capture("shipment", 4500)))
	}
	f := footer(t, entries...)
	for before, told := range map[int]bool{0: true, 500_000: true, 1_040_000: true, 1_046_000: false, 1 << 20: false} {
		s := github(t)
		path := filepath.Join(s.dir, "summary")
		require.NoError(t, os.WriteFile(path, []byte(strings.Repeat("x", before)), 0o600))
		s.Plan(header(), f, all(entries...))
		s.Finish(ci.Ending{Code: 2})
		text := s.file(t, "summary")
		require.LessOrEqual(t, len(text), 1<<20)
		require.Equal(t, told, strings.Contains(text, f.PlanID), "%d", before)
		require.Equal(t, told, len(s.warnings) == 0, "%v", s.warnings)
		if !told {
			require.Len(t, text, before)
			require.Contains(t, s.warnings[0], "bytes are in it already, and GitHub shows at most 1048576")
		}
	}
}

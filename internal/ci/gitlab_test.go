package ci_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/ci"
	"github.com/payreconcile/payreconcile/internal/config"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// An issue is an entry of a code quality report, as GitLab documents it.
type issue struct {
	Description string `json:"description"`
	CheckName   string `json:"check_name"`
	Fingerprint string `json:"fingerprint"`
	Severity    string `json:"severity"`
	Location    struct {
		Path  string `json:"path"`
		Lines struct {
			Begin int `json:"begin"`
		} `json:"lines"`
	} `json:"location"`
}

func issues(t testing.TB, s *step) (list []issue) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(s.file(t, ci.QualityFile)))
	d.DisallowUnknownFields()
	require.NoError(t, d.Decode(&list))
	require.NotNil(t, list)
	seen := map[string]bool{}
	for _, i := range list {
		require.False(t, seen[i.Fingerprint], "a fingerprint occurs twice: %+v", list)
		seen[i.Fingerprint] = true
		require.NotEmpty(t, i.Description)
		require.NotEmpty(t, i.Location.Path)
		require.Positive(t, i.Location.Lines.Begin)
	}
	return list
}

func TestCodeQuality(t *testing.T) {
	t.Parallel()
	at := func(line int) []issue {
		s := newStep(t, ci.GitLab)
		entries := []*plan.Entry{
			entry("3066177123_0", "order-1", fmt.Sprintf("orders.yaml:%d", line), blocked("rma-1", 1250, plan.ReasonOverRefunded, "too much")),
			entry("3066177124_0", "order-2", "orders.yaml:90", blocked("rma-2", 1250, plan.ReasonInDoubt, "nobody knows")),
		}
		s.Plan(header(), footer(t, entries...), all(entries...))
		s.Faults(spec.Errors{
			{Pos: spec.Pos{File: "orders.yaml", Line: line, Col: 5}, Msg: "wrong"},
			{Pos: spec.Pos{File: "orders.yaml", Line: line + 1, Col: 5}, Msg: "wrong"},
			{Msg: "no place in the repository"},
		})
		s.Finish(ci.Ending{Code: 8})
		require.Empty(t, s.warnings)
		return issues(t, s)
	}
	got := at(7)
	var brief []string
	for _, i := range got {
		brief = append(brief, fmt.Sprintf("%s %s %s:%d %s", i.Severity, i.CheckName, i.Location.Path, i.Location.Lines.Begin, i.Description))
	}
	want := []string{
		"critical payreconcile/manifest orders.yaml:7 payreconcile: wrong",
		"critical payreconcile/manifest orders.yaml:8 payreconcile: wrong",
		"critical payreconcile/in-doubt orders.yaml:90 in doubt: payment 3066177124_0 (order-2) refund rma-2 12.50 EUR: nobody knows; look at it",
		"minor payreconcile/blocked orders.yaml:7 blocked: payment 3066177123_0 (order-1) refund rma-1 12.50 EUR: too much; look at it",
	}
	if diff := cmp.Diff(want, brief); diff != "" {
		t.Errorf("issues (-want +got):\n%s", diff)
	}
	// What moved down the file is not new.
	for i, later := range at(17) {
		require.Equal(t, got[i].Fingerprint, later.Fingerprint)
	}
}

// Nothing to report is a report: it resolves what the last one had.
func TestCodeQualityOfNothing(t *testing.T) {
	t.Parallel()
	s := newStep(t, ci.GitLab)
	s.Finish(ci.Ending{})
	require.Equal(t, "[]\n", s.file(t, ci.QualityFile))
	require.Equal(t, "PAYRECONCILE_EXIT_CODE=0\n", s.file(t, ci.DotenvFile))
}

func TestDotenv(t *testing.T) {
	t.Parallel()
	s := newStep(t, ci.GitLab)
	s.Plan(header(), plan.Footer{
		PlanID: "abc", ContentID: "def", Counts: plan.Counts{Calls: 3}, Money: []plan.Sum{
			{Action: plan.Capture, Amount: 12500, Count: 2, Currency: "EUR"}, {Action: plan.Capture, Amount: 500, Count: 1, Currency: "JPY"},
		},
	}, all())
	s.Finish(ci.Ending{Code: 2})
	got := s.file(t, ci.DotenvFile)
	require.Contains(t, got, "PAYRECONCILE_HAS_CHANGES=true\n")
	require.Contains(t, got, "PAYRECONCILE_PLAN_ID=abc\n")
	require.Contains(t, got, "PAYRECONCILE_ACCEPT=2:EUR:125.00,1:JPY:500\n")
	requireDotenv(t, got)
}

// A plan in every currency there is has no room for its totals, and what
// matters more is there.
func TestDotenvIsBounded(t *testing.T) {
	t.Parallel()
	s := newStep(t, ci.GitLab)
	var sums []plan.Sum
	for i := range 600 {
		sums = append(sums, plan.Sum{Action: plan.Capture, Amount: 12500, Count: 2, Currency: spec.Currency([]byte{'X', byte('A' + i/26), byte('A' + i%26)})})
	}
	s.Plan(header(), plan.Footer{PlanID: "abc", Money: sums}, all())
	s.Finish(ci.Ending{Code: 2})
	got := s.file(t, ci.DotenvFile)
	requireDotenv(t, got)
	require.Contains(t, got, "PAYRECONCILE_EXIT_CODE=2\n")
	require.Contains(t, s.warnings, "payreconcile.env has no room for totals, accept: GitLab reads at most 5 KiB of it")
}

func TestDotenvOfRun(t *testing.T) {
	t.Parallel()
	s := newStep(t, ci.GitLab)
	s.Run(header(), apply.Summary{PlanID: "abc", Unsent: 2})
	s.Finish(ci.Ending{Code: 10, Runs: true})
	got := s.file(t, ci.DotenvFile)
	requireDotenv(t, got)
	require.Contains(t, got, "PAYRECONCILE_RESUME_NEEDED=true\n")
	require.Contains(t, got, "PAYRECONCILE_UNSENT=2\n")
}

// requireDotenv holds a file against what GitLab says of dotenv reports.
func requireDotenv(t testing.TB, text string) {
	t.Helper()
	require.LessOrEqual(t, len(text), 5<<10)
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	require.LessOrEqual(t, len(lines), 20)
	for _, line := range lines {
		require.Regexp(t, `^PAYRECONCILE_[A-Z_]+=[^\s]+$`, line)
	}
}

func FuzzDotenv(f *testing.F) {
	for _, seed := range []string{"abc", "a\nPATH=/evil", "a b\rc", "\xff", "\u2028"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, id string) {
		s := newStep(t, ci.GitLab)
		s.Plan(header(), plan.Footer{PlanID: id, ContentID: id, Counts: plan.Counts{Blocked: 1}}, all(entry(id, id, id, blocked(id, 1, plan.Reason(id), id))))
		s.Finish(ci.Ending{})
		names := map[string]bool{}
		for line := range strings.Lines(s.file(t, ci.DotenvFile)) {
			name, _, _ := strings.Cut(line, "=")
			require.Regexp(t, `^PAYRECONCILE_[A-Z_]+$`, name)
			require.False(t, names[name])
			names[name] = true
		}
		issues(t, s)
	})
}

func TestGitLabFilesThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	s := newStep(t, ci.GitLab)
	r := ci.New(ci.Config{System: ci.GitLab, Dir: s.dir + "/none", Getenv: func(string) string { return "" }, Stderr: &s.log, Now: func() time.Time { return noon }, Warn: func(text string) { s.warnings = append(s.warnings, text) }})
	r.Finish(ci.Ending{})
	require.Len(t, s.warnings, 2)
	require.Contains(t, s.warnings[0], "gl-code-quality-report.json cannot be written: no such file or directory")
}

// No variable that a later job gets is one that configures the program: a plan
// says what it found and sets nothing.
func TestDotenvConfiguresNothing(t *testing.T) {
	t.Parallel()
	s := newStep(t, ci.GitLab)
	entries := []*plan.Entry{entry("3066177123_0", "", "orders.yaml:7", capture("a", 4500))}
	s.Plan(header(), footer(t, entries...), all(entries...))
	s.Finish(ci.Ending{})
	run := newStep(t, ci.GitLab)
	run.Run(header(), apply.Summary{PlanID: "abc"})
	run.Finish(ci.Ending{Runs: true})
	text := s.file(t, ci.DotenvFile) + run.file(t, ci.DotenvFile)
	for _, setting := range config.Settings() {
		require.NotContains(t, "\n"+text, "\n"+setting.Env+"=")
	}
}

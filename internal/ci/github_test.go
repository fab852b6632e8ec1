package ci_test

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/ci"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

func TestDetect(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		flag, environ string
		want          ci.System
		err           string
	}{
		"nowhere":                  {want: ci.None},
		"on GitHub":                {environ: "GITHUB_ACTIONS=true", want: ci.GitHub},
		"on GitLab":                {environ: "GITLAB_CI=true", want: ci.GitLab},
		"not quite on GitHub":      {environ: "GITHUB_ACTIONS=1", want: ci.None},
		"variable wins":            {environ: "PAYRECONCILE_CI=none GITHUB_ACTIONS=true", want: ci.None},
		"flag wins over variable":  {flag: "gitlab", environ: "PAYRECONCILE_CI=github GITHUB_ACTIONS=true", want: ci.GitLab},
		"unknown flag":             {flag: "jenkins", err: `--ci "jenkins": it is github, gitlab or none`},
		"unknown variable":         {environ: "PAYRECONCILE_CI=GitHub", err: `PAYRECONCILE_CI "GitHub": it is`},
		"wrong variable, but flag": {flag: "none", environ: "PAYRECONCILE_CI=x", want: ci.None},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := ci.Detect(tt.flag, func(name string) string {
				for v := range strings.FieldsSeq(tt.environ) {
					if k, value, _ := strings.Cut(v, "="); k == name {
						return value
					}
				}
				return ""
			})
			if tt.err != "" {
				require.ErrorContains(t, err, tt.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
		})
	}
}

// Outside of a CI system nothing is told, and nothing has to ask.
func TestNoSystem(t *testing.T) {
	t.Parallel()
	s := newStep(t, ci.None)
	require.Nil(t, s.Report)
	s.Mask(func() string { panic("asked for the secret") })
	s.Faults(spec.Errors{{Msg: "wrong"}})
	s.Plan(header(), footer(t), all())
	s.Result(result(apply.StatusRefused, ""))
	s.Run(header(), apply.Summary{})
	s.Finish(ci.Ending{Code: 3, Err: errors.New("wrong")})
	require.Empty(t, s.log.String())
}

func TestAnnotations(t *testing.T) {
	t.Parallel()
	s := github(t)
	doubt := entry("3066177124_0", "order-2", "orders.yaml:9", blocked("rma-1", 1250, plan.ReasonInDoubt, "nobody knows"))
	doubt.Content.Drift = []plan.Drift{{Kind: "refused_after_acceptance", Op: spec.Refund, Operation: "3066177124_3", Ref: "rma-9"}}
	entries := []*plan.Entry{
		entry("3066177123_0", "order-1", "a,b:c.yaml:7", blocked("rma-0", 0, plan.ReasonOverRefunded, "100% too much")),
		doubt,
	}
	f := footer(t, entries...)
	f.Judgement = &plan.Judgement{Denied: 1, Denials: []plan.Denial{{Rule: "cap", Message: "too much", Override: "ask", Payment: "3066177123_0", Source: "orders.yaml:3"}}}
	s.Plan(header(), f, all(entries...))
	s.Faults(spec.Errors{{Pos: spec.Pos{File: "orders.yaml", Line: 12, Col: 5}, Path: "spec.x", Msg: "wrong", Hint: "mend it"}})
	s.Finish(ci.Ending{Code: 8})
	want := []runnerCommand{
		{"error", map[string]string{"file": "orders.yaml", "line": "12", "col": "5", "title": "payreconcile"}, "spec.x: wrong\nhint: mend it"},
		{"error", map[string]string{"file": "orders.yaml", "line": "9", "title": "in doubt"}, "payment 3066177124_0 (order-2) refund rma-1 12.50 EUR: nobody knows\nhint: look at it"},
		{"error", map[string]string{"file": "orders.yaml", "line": "3", "title": "denied by policy"}, "payment 3066177123_0 : rule cap: too much\nhint: ask"},
		{"error", map[string]string{"file": "orders.yaml", "line": "9", "title": "refused after it was accepted"}, "payment 3066177124_0 (order-2) refund rma-9: refused after it was accepted (operation 3066177124_3)"},
		{"warning", map[string]string{"file": "a,b:c.yaml", "line": "7", "title": "blocked"}, "payment 3066177123_0 (order-1) refund rma-0: 100% too much\nhint: look at it"},
	}
	if diff := cmp.Diff(want, runnerCommands(t, s.log.String()), cmp.AllowUnexported(runnerCommand{})); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}
	require.Contains(t, s.log.String(), "file=a%2Cb%3Ac.yaml,")
	require.Empty(t, s.warnings)
}

func TestAnnotationsOfRun(t *testing.T) {
	t.Parallel()
	s := github(t)
	for _, status := range []apply.Status{
		apply.StatusSettled, apply.StatusAccepted, apply.StatusSkipped, apply.StatusPending, apply.StatusDeferred,
		apply.StatusRefused, apply.StatusStale, apply.StatusUnknown, apply.StatusBlocked,
	} {
		s.Result(result(status, "because"))
	}
	s.Finish(ci.Ending{Code: 8, Runs: true})
	var got []string
	for _, c := range runnerCommands(t, s.log.String()) {
		require.Equal(t, "orders.yaml", c.properties["file"])
		got = append(got, c.name+" "+c.properties["title"])
	}
	require.Equal(t, []string{"error in doubt", "error refused", "warning blocked", "warning stale"}, got)
}

// GitHub drops what is more than ten of a level: the last one counts them, and
// what is in doubt is never among them.
func TestAnnotationsAreCounted(t *testing.T) {
	t.Parallel()
	for n, last := range map[int]string{
		9: "refused", 10: "in doubt of refused", 11: "and 2 more, see the summary", 99: "and 90 more, see the summary", 5000: "and 4991 more, see the summary",
	} {
		s := github(t)
		for range n - 1 {
			s.Result(result(apply.StatusRefused, "refused"))
		}
		s.Result(result(apply.StatusUnknown, "in doubt"))
		s.Finish(ci.Ending{Code: 8, Runs: true})
		got := runnerCommands(t, s.log.String())
		require.Len(t, got, min(n, 10))
		require.Contains(t, got[0].message, "in doubt")
		if n > 10 {
			require.Equal(t, last, got[9].message)
		} else {
			require.Contains(t, got[len(got)-1].message, "refused")
		}
	}
}

// An error of the command itself is an annotation too; one that was told is
// not told again.
func TestFailedCommand(t *testing.T) {
	t.Parallel()
	s := github(t)
	s.Finish(ci.Ending{Code: 9, Err: errors.New("locked\n::add-mask::x"), Hint: "wait"})
	got := runnerCommands(t, s.log.String())
	require.Len(t, got, 1)
	require.Equal(t, `locked\n::add-mask::x`+"\nhint: wait", got[0].message)

	s = github(t)
	s.Finish(ci.Ending{Code: 3, Err: fmt.Errorf("read: %w", spec.Errors{{Pos: spec.Pos{File: "--config"}, Msg: "no"}, {Pos: spec.Pos{File: "a.yaml"}, Msg: "no"}})})
	got = runnerCommands(t, s.log.String())
	require.Len(t, got, 2)
	require.Equal(t, "--config: no", got[0].message)
	require.Empty(t, got[0].properties["file"])
	require.Equal(t, "a.yaml", got[1].properties["file"])
}

// A file is named as the repository knows it; one outside of it is no place.
func TestPlacesAreOfTheRepository(t *testing.T) {
	t.Parallel()
	wd, err := os.Getwd()
	require.NoError(t, err)
	s := github(t, "GITHUB_WORKSPACE="+filepath.Dir(wd))
	s.Faults(spec.Errors{
		{Pos: spec.Pos{File: "orders.yaml", Line: 1, Col: 1}, Msg: "a"},
		{Pos: spec.Pos{File: filepath.Join(wd, "x", "orders.yaml"), Line: 1, Col: 1}, Msg: "b"},
		{Pos: spec.Pos{File: "../../orders.yaml", Line: 1, Col: 1}, Msg: "c"},
		{Pos: spec.Pos{File: "-", Line: 1, Col: 1}, Msg: "d"},
	})
	s.Finish(ci.Ending{Code: 3})
	var got []string
	for _, c := range runnerCommands(t, s.log.String()) {
		got = append(got, c.properties["file"]+" "+c.message)
	}
	require.Equal(t, []string{"ci/orders.yaml a", "ci/x/orders.yaml b", " ../../orders.yaml: c", " -: d"}, got)
}

func TestOutputsOfPlan(t *testing.T) {
	t.Parallel()
	s := github(t)
	yen := entry("3066177125_0", "", "orders.yaml:8", capture("a", 500))
	yen.Content.Currency, yen.Content.Have.Currency = "JPY", "JPY"
	refund := capture("c", 2500)
	refund.Kind, refund.Op, refund.Undo = plan.Refund, spec.Refund, plan.UndoNone
	entries := []*plan.Entry{
		yen, entry("3066177123_0", "", "orders.yaml:7", capture("a", 4500), capture("b", 5500)),
		entry("3066177124_0", "", "orders.yaml:8", blocked("r", 1, plan.ReasonInDoubt, "")),
		entry("3066177126_0", "", "orders.yaml:9", refund),
	}
	f := footer(t, entries...)
	f.Judgement = &plan.Judgement{Approvals: 2, Denied: 3}
	s.Plan(header(), f, all(entries...))
	s.Finish(ci.Ending{Code: 8})
	want := map[string]string{
		"has_changes": "true", "plan_id": f.PlanID, "content_id": f.ContentID, "payments": "4", "calls": "4", "in_doubt": "1",
		"blocked": "1", "denied": "3", "approvals": "2", "exit_code": "8",
		"totals": `[{"action":"capture","currency":"EUR","amount":10000,"calls":2},{"action":"refund","currency":"EUR","amount":2500,"calls":1},{"action":"capture","currency":"JPY","amount":500,"calls":1}]`,
		"accept": "3:EUR:125.00 1:JPY:500",
	}
	if diff := cmp.Diff(want, runnerOutputs(t, s.file(t, "output"))); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
	got := runnerCommands(t, s.log.String())
	require.Equal(t, "and 3 more, see the summary", got[len(got)-1].message, "denials that are not listed are counted")
}

// Sums that cannot be added up are not passed off as something to accept.
func TestOutputsDoNotOverflow(t *testing.T) {
	t.Parallel()
	s := github(t)
	s.Plan(header(), plan.Footer{Money: []plan.Sum{
		{Action: plan.Capture, Amount: math.MaxInt64, Count: 1, Currency: "EUR"}, {Action: plan.Refund, Amount: 1, Count: 1, Currency: "EUR"},
	}}, all())
	s.Finish(ci.Ending{})
	require.NotEmpty(t, s.warnings)
	require.Contains(t, s.warnings[0], "come to more than can be counted")
	require.NotContains(t, runnerOutputs(t, s.file(t, "output")), "accept")
}

func TestOutputsOfRun(t *testing.T) {
	t.Parallel()
	run := func(sum *apply.Summary, e ci.Ending) map[string]string {
		s := github(t)
		if sum != nil {
			s.Run(header(), *sum)
		}
		e.Runs = true
		s.Finish(e)
		return runnerOutputs(t, s.file(t, "output"))
	}
	got := run(&apply.Summary{PlanID: "abc", Complete: false, Unsent: 3, Counts: map[apply.Status]int64{apply.StatusUnknown: 1, apply.StatusSettled: 12}}, ci.Ending{Code: 8})
	if diff := cmp.Diff(map[string]string{
		"plan_id": "abc", "settled": "12", "accepted": "0", "refused": "0", "unknown": "1", "stale": "0", "skipped": "0", "pending": "0",
		"deferred": "0", "blocked": "0", "in_doubt": "1", "unsent": "3", "resume_needed": "true", "exit_code": "8",
	}, got); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
	require.Equal(t, "false", run(&apply.Summary{PlanID: "abc", Complete: true}, ci.Ending{})["resume_needed"])
	require.Equal(t, "false", run(&apply.Summary{}, ci.Ending{})["resume_needed"], "a second look finishes no plan")
	require.Equal(t, "true", run(nil, ci.Ending{Code: 8, Resume: true})["resume_needed"])
	require.Equal(t, "false", run(nil, ci.Ending{Code: 5})["resume_needed"])
}

// The secret is written only for a runner that is there, when somebody said so.
func TestMask(t *testing.T) {
	t.Parallel()
	const secret = "correct%horse\nbattery\r\n\nstaple"
	all := []string{"GITHUB_ACTIONS=true", "GITHUB_RUN_ID=1", "PAYRECONCILE_CI_MASK=true"}
	s := newStep(t, ci.GitHub, all...)
	s.Mask(func() string { return secret })
	require.Equal(t, "::add-mask::correct%25horse\n::add-mask::battery\n::add-mask::staple\n", s.log.String())
	for i := range all {
		s := newStep(t, ci.GitHub, append(append([]string{}, all[:i]...), all[i+1:]...)...)
		s.Mask(func() string { panic("asked for the secret") })
		require.Empty(t, s.log.String(), all[i])
	}
	s = newStep(t, ci.GitLab, all...)
	s.Mask(func() string { panic("asked for the secret") })
	s = newStep(t, ci.GitHub, all...)
	s.Mask(func() string { return "" })
	require.Empty(t, s.log.String())
}

// What cannot be written is a warning.
func TestFilesThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	s := newStep(t, ci.GitHub, "GITHUB_OUTPUT=$DIR/none/output")
	s.Finish(ci.Ending{})
	require.Equal(t, []string{"the outputs of the step cannot be written: no such file or directory; nothing else is affected"}, s.warnings)
	s = newStep(t, ci.GitHub, "GITHUB_OUTPUT=$DIR")
	s.Finish(ci.Ending{})
	require.Equal(t, []string{"the outputs of the step cannot be written: it is not a file; nothing else is affected"}, s.warnings)
}

// No text from outside becomes a command, a property of one, or an output of
// its own, whatever it holds.
func FuzzCommands(f *testing.F) {
	for _, seed := range []string{
		"order-1", "x\n::add-mask::a", "x\r::set-output name=y::z", "::stop-commands::t", "##[error]x", "a,line=9", "b::c", "%0A::debug::x", "\u2028", "\xff::", "end_\nx=1",
	} {
		f.Add(seed, seed, seed)
	}
	f.Fuzz(func(t *testing.T, a, b, c string) {
		s := github(t)
		fault := &spec.Error{Pos: spec.Pos{File: a, Line: 3, Col: 4}, Path: b, Msg: c, Hint: a}
		r := result(apply.StatusRefused, a)
		r.Payment, r.MerchantReference, r.Source, r.Action.Ref, r.Hint = spec.PaymentID(b), c, a+":3", b, c
		e := entry(a, b, c+":7", blocked(c, 5, plan.Reason(a), b))
		fo := plan.Footer{PlanID: a, ContentID: b, Counts: plan.Counts{Blocked: 1}, Judgement: &plan.Judgement{Denied: 1, Denials: []plan.Denial{{Rule: a, Message: b, Override: c, Source: b}}}}
		s.Plan(header(), fo, all(e))
		s.Result(r)
		s.Faults(spec.Errors{fault})
		s.Finish(ci.Ending{Code: 1, Err: errors.New(a), Hint: b})
		got := runnerCommands(t, s.log.String())
		require.Len(t, got, 5, "%s", s.log.String())
		for _, c := range got {
			require.Contains(t, []string{"error", "warning"}, c.name)
			for name := range c.properties {
				require.Contains(t, []string{"file", "line", "col", "title"}, name)
			}
		}
		require.Len(t, runnerOutputs(t, s.file(t, "output")), 12)
	})
}

package ci_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/ci"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A suite is a JUnit report as its readers know it.
type suite struct {
	Tests      int64  `xml:"tests,attr"`
	Failures   int64  `xml:"failures,attr"`
	Errors     int64  `xml:"errors,attr"`
	Skipped    int64  `xml:"skipped,attr"`
	Time       string `xml:"time,attr"`
	Timestamp  string `xml:"timestamp,attr"`
	Properties []struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	} `xml:"properties>property"`
	Cases []struct {
		Class   string   `xml:"classname,attr"`
		Name    string   `xml:"name,attr"`
		File    string   `xml:"file,attr"`
		Line    int      `xml:"line,attr"`
		Failure *outcome `xml:"failure"`
		Error   *outcome `xml:"error"`
		Skipped *outcome `xml:"skipped"`
		Output  string   `xml:"system-out"`
	} `xml:"testcase"`
}

type outcome struct {
	Type    string `xml:"type,attr"`
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// report writes a report and reads it back, its figures held against its cases.
func report(t testing.TB, write func(*ci.JUnit)) suite {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.xml")
	j := ci.NewJUnit(path, "payreconcile apply", "shop-eu", noon)
	write(j)
	require.NoError(t, j.Close(noon.Add(1234*time.Millisecond)))
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	left, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, left, 1, "something is left over")
	var all struct {
		suite
		Suites []suite `xml:"testsuite"`
	}
	require.NoError(t, xml.Unmarshal(b, &all), "%s", b)
	require.Len(t, all.Suites, 1)
	s := all.Suites[0]
	require.Equal(t, []int64{all.Tests, all.Failures, all.Errors, all.Skipped}, []int64{s.Tests, s.Failures, s.Errors, s.Skipped})
	var failures, failed, skipped int64
	for _, c := range s.Cases {
		require.NotEmpty(t, c.Name)
		switch {
		case c.Failure != nil:
			failures++
		case c.Error != nil:
			failed++
		case c.Skipped != nil:
			skipped++
		}
	}
	require.Equal(t, []int64{int64(len(s.Cases)), failures, failed, skipped}, []int64{s.Tests, s.Failures, s.Errors, s.Skipped})
	return s
}

// brief is a case a line.
func brief(s suite) (lines []string) {
	for _, c := range s.Cases {
		line := c.Class + " | " + c.Name + " | "
		switch {
		case c.Failure != nil:
			line += "failure " + c.Failure.Type + ": " + c.Failure.Message + " / " + c.Failure.Text
		case c.Error != nil:
			line += "error " + c.Error.Type + ": " + c.Error.Message + " / " + c.Error.Text
		case c.Skipped != nil:
			line += "skipped " + c.Skipped.Message
		default:
			line += c.Output
		}
		lines = append(lines, line)
	}
	return lines
}

func TestJUnitOfRun(t *testing.T) {
	t.Parallel()
	s := report(t, func(j *ci.JUnit) {
		settled := result(apply.StatusSettled, "")
		settled.OperationID, settled.Earlier = "3066177123_2", true
		j.Result(settled)
		whole := result(apply.StatusBlocked, "the platform does not know it")
		whole.Action = plan.Action{Kind: plan.Blocked}
		j.Result(whole)
		for _, status := range []apply.Status{
			apply.StatusAccepted, apply.StatusRefused, apply.StatusUnknown, apply.StatusStale, apply.StatusSkipped, apply.StatusPending, apply.StatusDeferred,
		} {
			j.Result(result(status, "because"))
		}
		j.Run(apply.Summary{PlanID: "abc", Unsent: 2, Stopped: "stopped", Money: []apply.Moved{{Currency: "EUR", Op: spec.Capture, Status: apply.StatusSettled, Count: 2, Amount: 9000}}})
	})
	const name = "shop-eu/EUR | 3066177123_0 capture ship-2 45.00 EUR | "
	want := []string{
		name + "settled by an earlier run, operation 3066177123_2",
		"shop-eu/EUR | 3066177123_0 | failure blocked: the platform does not know it / hint: do something",
		name + "accepted",
		name + "failure refused: because / hint: do something",
		name + "error in_doubt: because / hint: do something",
		name + "failure stale: because / hint: do something",
		name + "skipped skipped: because", name + "skipped pending: because", name + "skipped deferred: because",
	}
	if diff := cmp.Diff(want, brief(s)); diff != "" {
		t.Errorf("cases (-want +got):\n%s", diff)
	}
	require.Equal(t, "1.234", s.Time)
	require.Equal(t, "2026-11-22T12:00:00Z", s.Timestamp)
	require.Equal(t, "orders.yaml", s.Cases[0].File)
	require.Equal(t, 7, s.Cases[0].Line)
	require.Equal(t, "[{plan_id abc} {capture.EUR.settled 90.00 EUR in 2 calls} {unsent 2} {stopped stopped}]", fmt.Sprint(s.Properties))
}

func TestJUnitOfPlan(t *testing.T) {
	t.Parallel()
	drifted := entry("3066177127_0", "", "orders.yaml:9")
	drifted.Content.Drift = []plan.Drift{{Kind: "refused_after_acceptance", Op: spec.Refund, Operation: "3066177127_3", Ref: "rma-9"}}
	entries := []*plan.Entry{
		entry("3066177123_0", "", "orders.yaml:7", capture("ship-2", 4500), plan.Action{Kind: plan.Deferred, Op: spec.Refund, Ref: "r", Amount: 5, Message: "later"}),
		entry("3066177124_0", "", "orders.yaml:8", blocked("a", 1, plan.ReasonOverRefunded, "too much"), blocked("b", 1, plan.ReasonInDoubt, "who knows")),
		entry("3066177125_0", "", "orders.yaml:8"), drifted,
	}
	f := footer(t, entries...)
	f.Judgement = &plan.Judgement{Denied: 5, Denials: []plan.Denial{{Rule: "cap", Message: "too much", Override: "ask", Payment: "3066177123_0", Ref: "ship-2"}}}
	s := report(t, func(j *ci.JUnit) { j.Plan(f, all(entries...)()) })
	want := []string{
		"shop-eu/EUR | 3066177123_0 capture ship-2 45.00 EUR | planned",
		"shop-eu/EUR | 3066177123_0 refund r 0.05 EUR | skipped deferred: later",
		"shop-eu/EUR | 3066177124_0 refund a 0.01 EUR | failure over_refunded: too much / hint: look at it",
		"shop-eu/EUR | 3066177124_0 refund b 0.01 EUR | error in_doubt: who knows / hint: look at it",
		"shop-eu/EUR | 3066177125_0 as declared | ",
		"shop-eu/EUR | 3066177127_0 refund rma-9 refused after it was accepted | failure refused_after_acceptance: refused after it was accepted (operation 3066177127_3) / ",
		"policy | cap 3066177123_0 ship-2 | failure denied: too much / hint: ask",
		"policy | more denials | failure denied: 4 more denials are not listed / ",
	}
	if diff := cmp.Diff(want, brief(s)); diff != "" {
		t.Errorf("cases (-want +got):\n%s", diff)
	}
}

func TestJUnitOfNothing(t *testing.T) {
	t.Parallel()
	require.Empty(t, report(t, func(*ci.JUnit) {}).Cases)
	var none *ci.JUnit
	none.Property("a", "b")
	none.Result(result(apply.StatusSettled, ""))
	none.Run(apply.Summary{})
	none.Plan(plan.Footer{}, nil)
	require.NoError(t, none.Close(noon))
}

// An older report stays until the new one is complete, and a plan that cannot
// be read gives none.
func TestJUnitKeepsTheOld(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "report.xml")
	require.NoError(t, os.WriteFile(path, []byte("old"), 0o600))
	j := ci.NewJUnit(path, "s", "m", noon)
	j.Plan(plan.Footer{}, func(yield func(*plan.Entry, error) bool) { yield(nil, errors.New("unreadable")) })
	require.ErrorContains(t, j.Close(noon), "unreadable")
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "old", string(b))
}

func TestJUnitThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, path := range []string{filepath.Join(dir, "none", "report.xml"), dir} {
		j := ci.NewJUnit(path, "s", "m", noon)
		j.Result(result(apply.StatusSettled, ""))
		require.Error(t, j.Close(noon), path)
	}
}

// Memory does not grow with the number of cases.
func TestJUnitStreams(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report.xml")
	j := ci.NewJUnit(path, "s", "m", noon)
	r := result(apply.StatusSettled, "")
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	for range 50_000 {
		j.Result(r)
	}
	require.Less(t, heap(), before+1<<20)
	require.NoError(t, j.Close(noon))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Greater(t, info.Size(), int64(4<<20))
}

func FuzzJUnit(f *testing.F) {
	for _, seed := range []string{"order-1", "]]>", "<failure/>", "\x00\x1b[31m", "\xff\xfe", "\ufffe\uffff", `"&'`, "\u202e", "a\r\nb", "\U0010ffff"} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		r := result(apply.StatusRefused, a)
		r.Payment, r.Source, r.Action.Ref, r.Hint, r.Currency = spec.PaymentID(b), a, a, b, spec.Currency(b)
		s := report(t, func(j *ci.JUnit) {
			j.Result(r)
			j.Plan(plan.Footer{PlanID: a}, all(entry(a, b, a, blocked(b, 1, plan.Reason(a), b)))())
			j.Run(apply.Summary{PlanID: a, Stopped: b})
		})
		require.Len(t, s.Cases, 2)
		for _, c := range s.Cases {
			for _, text := range []string{c.Name, c.Class, c.File, c.Failure.Message, c.Failure.Text} {
				require.False(t, strings.ContainsFunc(text, unicode.IsControl), "%q", text)
			}
		}
	})
}

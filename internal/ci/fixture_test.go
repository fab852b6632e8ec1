package ci_test

import (
	"bytes"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/ci"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func header() plan.Header {
	return plan.Header{
		Created: noon, Environment: "test", Expires: noon.Add(24 * time.Hour), Merchant: "shop-eu", Nonce: "n",
		Journal:   plan.JournalRef{ID: "JRN7Q2", Seq: 1204},
		Manifests: []plan.ManifestFile{{Name: "orders.yaml", SHA256: strings.Repeat("1a", 32)}}, Tool: "payreconcile 1.0.0",
	}
}

// entry is a payment of a plan with these actions.
func entry(id, ref, source string, actions ...plan.Action) *plan.Entry {
	return &plan.Entry{Source: source, ObservedAt: noon, Content: plan.Content{
		Payment: spec.PaymentID(id), Currency: "EUR", Actions: actions,
		Have: plan.Observed{Exists: true, ID: id, Authorized: 1_000_000, Currency: "EUR", Code: 5, MerchantReference: ref},
	}}
}

func capture(ref string, amount int64) plan.Action {
	return plan.Action{
		Kind: plan.Capture, Op: spec.Capture, Ref: ref, Amount: amount, After: amount, Attempt: 1,
		Key: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567ABCDEFG", Undo: plan.UndoRefund,
	}
}

func blocked(ref string, amount int64, r plan.Reason, message string) plan.Action {
	return plan.Action{Kind: plan.Blocked, Op: spec.Refund, Ref: ref, Amount: amount, Reason: r, Message: message, Hint: "look at it"}
}

// footer is what the entries come to.
func footer(t testing.TB, entries ...*plan.Entry) plan.Footer {
	t.Helper()
	w, err := plan.NewWriter(io.Discard, header())
	require.NoError(t, err)
	for _, e := range entries {
		l, err := plan.Encode(e)
		require.NoError(t, err)
		require.NoError(t, w.Write(l))
	}
	f, err := w.Close()
	require.NoError(t, err)
	return f
}

func all(entries ...*plan.Entry) func() iter.Seq2[*plan.Entry, error] {
	return func() iter.Seq2[*plan.Entry, error] {
		return func(yield func(*plan.Entry, error) bool) {
			for _, e := range entries {
				if !yield(e, nil) {
					return
				}
			}
		}
	}
}

func result(status apply.Status, message string) apply.Result {
	return apply.Result{
		Payment: "3066177123_0", MerchantReference: "order-1001", Currency: "EUR", Authorized: 12500, Source: "orders.yaml:7",
		Action: capture("ship-2", 4500), Status: status, Message: message, Hint: "do something",
	}
}

// A step is one step of a job: what its command wrote where the system reads.
type step struct {
	*ci.Report
	log      bytes.Buffer
	warnings []string
	dir      string
}

// newStep begins a step of a system with these variables, NAME=VALUE.
func newStep(t testing.TB, system ci.System, environ ...string) *step {
	t.Helper()
	s := &step{dir: t.TempDir()}
	getenv := func(name string) string {
		for _, v := range environ {
			if k, value, _ := strings.Cut(v, "="); k == name {
				return strings.ReplaceAll(value, "$DIR", s.dir)
			}
		}
		return ""
	}
	s.Report = ci.New(ci.Config{
		System: system, Dir: s.dir, Command: "plan", Getenv: getenv, Stderr: &s.log, Now: func() time.Time { return noon },
		Warn: func(text string) { s.warnings = append(s.warnings, text) },
	})
	return s
}

// github is a step of GitHub with all its files.
func github(t testing.TB, more ...string) *step {
	return newStep(t, ci.GitHub, append(more, "GITHUB_ACTIONS=true", "GITHUB_OUTPUT=$DIR/output", "GITHUB_STEP_SUMMARY=$DIR/summary")...)
}

func (s *step) file(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(s.dir, name))
	require.NoError(t, err)
	return string(b)
}

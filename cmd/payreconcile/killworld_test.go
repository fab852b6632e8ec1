package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

// worldSeed are payments for every kind of action.
const worldSeed = `{"id":"5000000001_0","amount":1000,"currency":"EUR"}
{"id":"5000000002_0","amount":1000,"currency":"EUR"}
{"id":"5000000003_0","amount":1000,"currency":"EUR"}
{"id":"5000000004_0","amount":1000,"currency":"EUR"}
{"id":"5000000005_0","amount":1000,"currency":"EUR","operations":[{"kind":"capture","amount":600,"ref":"ship"}]}
{"id":"5000000006_0","amount":1000,"currency":"EUR","mode":"SALE"}
{"id":"5000000007_0","amount":1000,"currency":"EUR","mode":"SALE"}
{"id":"5000000008_0","amount":1000,"currency":"EUR"}
{"id":"5000000009_0","amount":1000,"currency":"EUR"}
{"id":"5000000010_0","amount":1000,"currency":"EUR","operations":[{"kind":"capture","amount":1000,"code":91}]}
{"id":"5000000011_0","amount":1000,"currency":"EUR"}
{"id":"5000000012_0","amount":1000,"currency":"EUR","mode":"SALE"}
{"id":"5000000013_0","amount":1000,"currency":"JPY"}
{"id":"5000000014_0","amount":1000,"currency":"JPY","mode":"SALE"}
`

// worldManifest declares them: items, a final one, everything, a cancel, a
// cancel behind a capture that is there, refunds by items and in total, a refund
// and a cancel that wait for a capture, one that the platform still works on,
// one that cannot be, one that is as it should be, and yen.
const worldManifest = `apiVersion: payreconcile/v1
kind: Settlement
metadata: {name: world}
spec:
  currency: EUR
  payments:
    - {id: "5000000001_0", captures: [{ref: a, amount: 3.00}, {ref: b, amount: 4.00}]}
    - {id: "5000000002_0", captures: [{ref: a, amount: 3.00}, {ref: b, amount: 4.00, final: true}]}
    - {id: "5000000003_0", captured: all}
    - {id: "5000000004_0", cancelled: all}
    - {id: "5000000005_0", captures: [{ref: ship, amount: 6.00, operation: "5000000005_1"}], cancelled: all}
    - {id: "5000000006_0", refunds: [{ref: rma-1, amount: 2.00}, {ref: rma-2, amount: 1.50}]}
    - {id: "5000000007_0", refunded: 2.50}
    - {id: "5000000008_0", captured: all, refunded: 5.00}
    - {id: "5000000009_0", captures: [{ref: a, amount: 6.00}], cancelled: all}
    - {id: "5000000010_0", captured: all}
    - {id: "5000000011_0", captured: 20.00}
    - {id: "5000000012_0", captured: all}
---
apiVersion: payreconcile/v1
kind: Settlement
metadata: {name: japan}
spec:
  currency: JPY
  payments:
    - {id: "5000000013_0", captures: [{ref: a, amount: 400}, {ref: b, amount: 600}]}
    - {id: "5000000014_0", refunded: 300}
`

// worldMoves is what has to have moved in the end, and nothing else.
const worldMoves = `5000000001_0 capture 300 EUR a
5000000001_0 capture 400 EUR b
5000000002_0 capture 300 EUR a
5000000002_0 capture 400 EUR b
5000000003_0 capture 1000 EUR pr:c:0-1000
5000000004_0 cancel 1000 EUR pr:v:0-1000
5000000005_0 cancel 400 EUR pr:v:0-400
5000000006_0 refund 150 EUR rma-2
5000000006_0 refund 200 EUR rma-1
5000000007_0 refund 250 EUR pr:r:0-250
5000000008_0 capture 1000 EUR pr:c:0-1000
5000000008_0 refund 500 EUR pr:r:0-500
5000000009_0 cancel 400 EUR pr:v:0-400
5000000009_0 capture 600 EUR a
5000000013_0 capture 400 JPY a
5000000013_0 capture 600 JPY b
5000000014_0 refund 300 JPY pr:r:0-300
`

// worldBlocked is the one payment whose state cannot be reached.
const worldBlocked = "5000000011_0"

// A world is a platform with these payments, and a machine with a program, its
// journal and a plan.
type world struct {
	sb      *sandbox.Sandbox
	dir     string
	environ []string
}

func newPlatform(t *testing.T) *sandbox.Sandbox {
	t.Helper()
	sb, err := sandbox.New(sandbox.Config{MerchantID: "M", APIKeyID: "K", APISecret: "S"})
	require.NoError(t, err)
	_, err = sb.LoadSeed(strings.NewReader(worldSeed))
	require.NoError(t, err)
	return sb
}

// newWorld puts a machine before a platform. Its folder begins as a copy of the
// template's, which has a journal and a plan that was made with it.
func newWorld(t *testing.T, sb *sandbox.Sandbox, front http.Handler, template string) *world {
	t.Helper()
	server := httptest.NewServer(front)
	t.Cleanup(server.Close)
	w := &world{sb: sb, dir: t.TempDir()}
	w.environ = programEnv(server.URL, filepath.Join(w.dir, "journal.db"))
	if template == "" {
		require.NoError(t, os.WriteFile(filepath.Join(w.dir, "world.yaml"), []byte(worldManifest), 0o600))
	} else {
		require.NoError(t, os.CopyFS(w.dir, os.DirFS(template)))
	}
	return w
}

// programEnv is the environment of a program that works with this platform and
// this journal.
func programEnv(url, journalPath string) []string {
	return append(os.Environ(), "PAYRECONCILE_ENDPOINT="+url, "PAYRECONCILE_MERCHANT_ID=M", "PAYRECONCILE_API_KEY_ID=K",
		"PAYRECONCILE_API_SECRET=S", "PAYRECONCILE_CAPTURE_AMOUNT_UNIT=minor", "PAYRECONCILE_JOURNAL="+journalPath)
}

// worldTemplate plans the world with a new journal and returns the folder with
// both.
func worldTemplate(t *testing.T) string {
	t.Helper()
	sb := newPlatform(t)
	w := newWorld(t, sb, sb, "")
	code, out := mustRun(t.Context(), t, w.dir, w.environ, "plan", "--out", "world.plan", "world.yaml")
	require.Equal(t, exitPartial, code, out)
	for _, said := range []string{"pending", "deferred", "blocked"} {
		require.Contains(t, strings.ToLower(out), said)
	}
	return w.dir
}

// inProcess runs a command line without a process of its own.
func (w *world) inProcess(t *testing.T, args ...string) (int, string) {
	t.Helper()
	var out bytes.Buffer
	getenv := func(name string) string {
		for _, v := range slices.Backward(w.environ) {
			if value, is := strings.CutPrefix(v, name+"="); is {
				return value
			}
		}
		return ""
	}
	code := run(t.Context(), args, &env{stdin: strings.NewReader(""), stdout: &out, stderr: &out, getenv: getenv, now: time.Now})
	return code, out.String()
}

// finish brings everything that is declared about: it resumes what was begun,
// and plans and applies until there is nothing left to do.
func (w *world) finish(t *testing.T) {
	t.Helper()
	code, out := mustRun(t.Context(), t, w.dir, w.environ, "resume", "--parallelism", "1")
	require.Contains(t, []int{exitOK, exitPartial}, code, out)
	manifest := filepath.Join(w.dir, "world.yaml")
	for range 4 {
		code, out = mustRun(t.Context(), t, w.dir, w.environ, "apply", "--auto-approve", "world.yaml")
		require.Equal(t, exitPartial, code, out) // one payment is blocked
		code, out = w.inProcess(t, "plan", "--detailed-exitcode", "--exclude", worldBlocked, manifest)
		if code != exitChanges {
			break
		}
	}
	require.Equal(t, exitOK, code, out)
	require.Contains(t, out, "No changes")
}

// judge holds the platform's ledger against what was declared, and the journal
// against the ledger.
func (w *world) judge(t *testing.T) {
	t.Helper()
	moved, keys := movements(w.sb)
	if diff := cmp.Diff(worldMoves, moved); diff != "" {
		t.Errorf("what moved (-want +got):\n%s", diff)
	}
	states := w.calls(t)
	for _, key := range keys {
		if s := states[plan.Key(key)]; s != plan.StateSettled && s != plan.StateAccepted {
			t.Errorf("the platform moved money under key %s, of which the journal says %q", key, s)
		}
	}
	for key, s := range states {
		if !slices.Contains(keys, string(key)) {
			t.Errorf("the journal has a call under key %s as %s, and nothing moved under it", key, s)
		}
	}
}

// movements lists what calls moved, a line each, and their keys.
func movements(sb *sandbox.Sandbox) (text string, keys []string) {
	var lines []string
	for book := range sb.Ledger() {
		for _, m := range book.Movements {
			if m.Source == "seed" {
				continue
			}
			switch m.Event {
			case sandbox.Requested:
				lines = append(lines, fmt.Sprintf("%s %s %d %s %s\n", m.Payment, m.Kind, m.Amount, m.Currency, m.Reference))
				keys = append(keys, m.Key)
			case sandbox.Refused:
				lines = append(lines, fmt.Sprintf("%s refused\n", m.Operation))
			case sandbox.Settled, sandbox.Expired:
			}
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, ""), keys
}

// calls proves the journal whole and returns where each call in it stands. Of a
// key whose intent was withdrawn, the last one counts.
func (w *world) calls(t *testing.T) map[plan.Key]plan.State {
	t.Helper()
	j, err := journal.Open(t.Context(), journal.Config{
		Path: filepath.Join(w.dir, "journal.db"), Environment: "sandbox", Merchant: "M", Mode: journal.ReadOnly,
	})
	require.NoError(t, err)
	defer func() { require.NoError(t, j.Close()) }()
	report, err := j.Check(t.Context(), verifyStored)
	require.NoError(t, err)
	require.Empty(t, report.Faults)
	states := map[plan.Key]plan.State{}
	for i, err := range j.List(t.Context(), journal.Filter{}) {
		require.NoError(t, err)
		states[i.Key] = i.State
	}
	return states
}

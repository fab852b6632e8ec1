package render_test

import (
	"bytes"
	"flag"
	"io"
	"iter"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares text with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

const key = plan.Key("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567ABCDEFG")

func header() plan.Header {
	return plan.Header{
		Created: noon, Environment: "test", Expires: noon.Add(24 * time.Hour),
		Journal:   plan.JournalRef{ID: "JRN7Q2", Seq: 1204},
		Manifests: []plan.ManifestFile{{Name: "orders.yaml", SHA256: "1a2b3c4d5e6f77889900aabbccddeeff00112233445566778899aabbccddeeff"}},
		Merchant:  "shop-eu", Nonce: "n", Selection: "--selector desk=eu", Tool: "payreconcile 1.0.0",
	}
}

// payment is an entry with the totals and actions given.
func payment(id, ref string, authorized int64, totals plan.Totals, actions ...plan.Action) *plan.Entry {
	e := &plan.Entry{Source: "orders.yaml:7", ObservedAt: noon.Add(-30 * time.Second)}
	e.Content = plan.Content{
		Payment: spec.PaymentID(id), Currency: "EUR", Actions: actions,
		Have: plan.Observed{
			Exists: true, ID: id, Authorized: authorized, Currency: "EUR", Code: 5, MerchantReference: ref, Totals: totals,
		},
	}
	return e
}

// call is an action that moves amount, from before.
func call(kind plan.Kind, ref string, before, amount int64) plan.Action {
	a := plan.Action{
		Kind: kind, Op: spec.Op(kind), Ref: ref, Before: before, Amount: amount, After: before + amount,
		Attempt: 1, Key: key, Undo: plan.UndoNone,
	}
	if kind == plan.Capture {
		a.Undo = plan.UndoRefund
	}
	return a
}

func finally(a plan.Action) plan.Action {
	a.Final, a.Undo = true, plan.UndoNone
	return a
}

func reasoned(kind plan.Kind, op spec.Op, ref string, amount int64, r plan.Reason, message, hint string) plan.Action {
	return plan.Action{Kind: kind, Op: op, Ref: ref, Amount: amount, Reason: r, Message: message, Hint: hint}
}

// world is a plan in which everything occurs.
func world() []*plan.Entry {
	again := call(plan.Refund, "rma-77", 0, 2000)
	again.Attempt, again.Note = 3, "damaged in transit"
	drifted := payment("3066177127_0", "order-1005", 6000, plan.Totals{Captured: 6000})
	drifted.Content.Drift = []plan.Drift{{Kind: "refused_after_acceptance", Op: spec.Refund, Operation: "3066177127_3", Ref: "rma-9"}}
	drifted.ObservedAt = noon.Add(-time.Minute)
	unknown := payment("3066177131_0", "", 0, plan.Totals{}, plan.Action{
		Kind: plan.Blocked, Reason: plan.ReasonUnknownPayment, Message: "the platform does not know this payment",
		Hint: "check the id, and that merchant and environment are the ones it was made in",
	})
	unknown.Content.Have = plan.Observed{}
	unknown.Content.Want.MerchantReference = "order-1009"
	yen := payment("3066177132_0", "order-1010", 1200, plan.Totals{}, finally(call(plan.Capture, "pr:c:0-1200", 0, 1200)))
	yen.Content.Currency, yen.Content.Have.Currency = "JPY", "JPY"
	return []*plan.Entry{
		payment("3066177123_0", "order-1001", 12500, plan.Totals{CaptureRequested: 8000},
			finally(call(plan.Capture, "ship-2", 8000, 4500)), again),
		payment("3066177124_0", "order-1002", 6000, plan.Totals{}, call(plan.Capture, "ship-1", 0, 2550)),
		payment("3066177125_0", "order-1003", 9900, plan.Totals{Captured: 4000}, call(plan.Cancel, "pr:v:0-5900", 0, 5900)),
		payment("3066177126_0", "order-1004", 6000, plan.Totals{Captured: 6000}),
		drifted,
		payment("3066177128_0", "order-1006", 5000, plan.Totals{Captured: 5000},
			reasoned(plan.Blocked, spec.Refund, "rma-1", 1250, plan.ReasonInDoubt,
				"nobody knows yet whether the refund of 12.50 EUR under rma-1 was made",
				"run payreconcile resume; it settles what is in doubt before anything else moves")),
		payment("3066177129_0", "order-1007", 5000, plan.Totals{Captured: 5000, Refunded: 2000},
			plan.Action{
				Kind: plan.Blocked, Reason: plan.ReasonDuplicate,
				Message: "operations 3066177129_2 and 3066177129_3 are both the refund rma-4: money may have moved twice",
				Hint:    "look at both in the platform's portal before anything else moves on this payment",
			}),
		payment("3066177130_0", "order-1008", 5000, plan.Totals{Uncertain: 1000},
			reasoned(plan.Blocked, spec.Capture, "ship-9", 7000, plan.ReasonMoreThanOpen, "70.00 EUR is more than the 40.00 EUR left to capture", "declare at most what is open"),
			reasoned(plan.Deferred, spec.Refund, "rma-2", 500, plan.ReasonBehindUnsettled, "waits until the capture above is resolved", "mend what is blocked first")),
		unknown, yen,
		payment("3066177133_0", "order-1011", 5000, plan.Totals{CaptureRequested: 5000},
			reasoned(plan.Pending, spec.Capture, "ship-1", 5000, plan.ReasonInProgress, "the platform is still working on it (status 91)", "plan again later")),
	}
}

// written writes a plan as a file would hold it, and returns its footer.
func written(t testing.TB, h plan.Header, entries []*plan.Entry) plan.Footer {
	t.Helper()
	w, err := plan.NewWriter(io.Discard, h)
	require.NoError(t, err)
	for _, e := range entries {
		l, err := plan.Encode(e)
		require.NoError(t, err)
		require.NoError(t, w.Write(l))
	}
	f, err := w.Close()
	require.NoError(t, err)
	f.PlanID, f.ContentID = "9f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c5b4a39281706f5e4d3c2b1a0", "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
	return f
}

func all(entries []*plan.Entry) func() iter.Seq2[*plan.Entry, error] {
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

// results are one action of every status.
func results() []apply.Result {
	of := func(status apply.Status, message, hint string) apply.Result {
		return apply.Result{
			Payment: "3066177123_0", MerchantReference: "order-1001", Currency: "EUR", Authorized: 12500, Source: "orders.yaml:7",
			Action: call(plan.Refund, "rma-77", 0, 2000), Status: status, Message: message, Hint: hint,
		}
	}
	settled := of(apply.StatusSettled, "", "")
	settled.Action, settled.OperationID = finally(call(plan.Capture, "ship-2", 8000, 4500)), "3066177123_2"
	accepted := of(apply.StatusAccepted, "", "")
	accepted.OperationID, accepted.Earlier = "3066177123_3", true
	refused := of(apply.StatusRefused, "the platform refused it: 300051 (HTTP 400)", "")
	refused.ErrorID = "7f1c-22"
	whole := of(apply.StatusBlocked, "the platform does not know this payment", "check the id")
	whole.Action = plan.Action{Kind: plan.Blocked, Reason: plan.ReasonUnknownPayment}
	skipped := of(apply.StatusSkipped, "the cap of 2 calls a run is reached", "")
	skipped.Resumable = true
	return []apply.Result{
		settled, accepted, refused,
		of(apply.StatusUnknown, "no answer after 4 sends", "run payreconcile resume; it repeats the same call under the same key"),
		of(apply.StatusStale, "a refund of 5.00 EUR was made meanwhile (operation 3066177123_9)", "plan again"),
		skipped, whole,
	}
}

// lines writes by f and returns the text.
func lines(t *testing.T, f func(io.Writer) error) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, f(&b))
	return b.String()
}

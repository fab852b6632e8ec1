//go:build unix

package browser_test

import (
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// noon is when the plans of these tests were made.
var noon = time.Date(2026, 11, 20, 12, 4, 0, 0, time.UTC)

// A planned is a plan of a test.
type planned struct {
	header  plan.Header
	footer  plan.Footer
	entries func() iter.Seq2[*plan.Entry, error]
}

// written closes a plan the way the program does.
func written(t *testing.T, h plan.Header, entries iter.Seq[*plan.Entry], judged *plan.Judgement) planned {
	t.Helper()
	w, err := plan.NewWriter(io.Discard, h)
	require.NoError(t, err)
	for e := range entries {
		l, err := plan.Encode(e)
		require.NoError(t, err)
		require.NoError(t, w.Write(l))
	}
	f, err := w.CloseJudged(func(plan.Footer) *plan.Judgement { return judged })
	require.NoError(t, err)
	return planned{h, f, func() iter.Seq2[*plan.Entry, error] {
		return func(yield func(*plan.Entry, error) bool) {
			for e := range entries {
				if !yield(e, nil) {
					return
				}
			}
		}
	}}
}

// page writes the plan as a page and returns its URL.
func (p planned) page(t *testing.T, o render.HTMLOptions) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "plan.html")
	f, err := os.Create(path)
	require.NoError(t, err)
	require.NoError(t, render.PlanHTML(f, p.header, p.footer, p.entries, o))
	require.NoError(t, f.Close())
	return "file://" + path
}

func header() plan.Header {
	return plan.Header{
		Created: noon, Environment: "live", Expires: noon.Add(24 * time.Hour), Merchant: "shop-eu", Maker: "ada@shop.example",
		Journal: plan.JournalRef{ID: "JRN7Q2", Seq: 48211}, Tool: "payreconcile 1.2.0", Nonce: "n", Selection: "--selector desk=eu",
		Policy:    "5d0c1e2f3a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5",
		Approvers: "c3ab8ff13720e8ad9047dd39466b3c8974e592c2fa383d4a3960714caef0c4f2",
		Manifests: []plan.ManifestFile{
			{Name: "returns/2026-11-20.yaml", SHA256: "1a2b3c4d5e6f77889900aabbccddeeff00112233445566778899aabbccddeeff"},
			{Name: "shipments/2026-11-20.yaml", SHA256: "2b3c4d5e6f77889900aabbccddeeff00112233445566778899aabbccddeeff1a"},
		},
	}
}

// entry is a payment with what was read of it and what is to be done.
func entry(n int, c spec.Currency, authorized int64, t plan.Totals, actions ...plan.Action) *plan.Entry {
	e := &plan.Entry{Source: fmt.Sprintf("shipments/2026-11-20.yaml:%d", 9+7*n), ObservedAt: noon.Add(time.Duration(n) * 40 * time.Millisecond)}
	id := fmt.Sprintf("3066%06d_0", 177123+n)
	e.Content = plan.Content{
		Payment: spec.PaymentID(id), Currency: c, Actions: actions,
		Have: plan.Observed{
			Exists: true, ID: id, Authorized: authorized, Currency: c, Code: 5,
			MerchantReference: fmt.Sprintf("order-%d", 100481+3*n), Totals: t,
		},
	}
	for _, a := range actions {
		if a.Op == spec.Refund {
			e.Source = fmt.Sprintf("returns/2026-11-20.yaml:%d", 9+6*n)
			e.Content.Labels = plan.Labels{"desk": "eu", "team": "returns"}
		}
	}
	return e
}

func call(kind plan.Kind, ref string, before, amount int64) plan.Action {
	a := plan.Action{Kind: kind, Op: spec.Op(kind), Ref: ref, Before: before, Amount: amount, After: before + amount, Attempt: 1, Undo: plan.UndoNone}
	if kind == plan.Capture {
		a.Undo = plan.UndoRefund
	}
	return a
}

// draw returns a number below n that looks drawn, and is the same each time.
func draw(seed, n int) int {
	x := uint64(seed+1) * 0x9e3779b97f4a7c15
	x ^= x >> 29
	x *= 0xbf58476d1ce4e5b9
	return int((x >> 33) % uint64(n))
}

// day is one payment of a day at a shop: mostly shipments, some returns.
func day(n int) *plan.Entry {
	c, scale := spec.Currency("EUR"), int64(1)
	switch k := draw(n, 20); {
	case k < 4:
		c = "GBP"
	case k == 4:
		c, scale = "JPY", 2
	}
	amount := int64(draw(n+7, 11000)+900) * scale
	if draw(n+9, 40) == 0 {
		amount *= 60
	}
	switch k := draw(n+3, 100); {
	case k < 50:
		a := call(plan.Capture, fmt.Sprintf("ship-%d", n), 0, amount)
		if k < 12 {
			a.Final, a.Undo = true, plan.UndoNone
			return entry(n, c, amount+400*scale, plan.Totals{}, a)
		}
		return entry(n, c, amount, plan.Totals{}, a)
	case k < 68:
		a := call(plan.Refund, fmt.Sprintf("rma-%d", n), 0, amount/2)
		a.Note = []string{"damaged in transit", "sent back within 14 days", "wrong size", ""}[draw(n+5, 4)]
		return entry(n, c, amount, plan.Totals{Captured: amount}, a)
	case k < 74:
		return entry(n, c, amount, plan.Totals{}, call(plan.Cancel, "pr:v:0", 0, amount))
	case k < 79:
		return entry(n, c, amount, plan.Totals{CaptureRequested: amount}, plan.Action{
			Kind: plan.Pending, Op: spec.Capture, Ref: fmt.Sprintf("ship-%d", n), Amount: amount, Reason: plan.ReasonInProgress,
			Message: "the platform is still working on it (status 91)", Hint: "plan again later",
		})
	}
	return entry(n, c, amount, plan.Totals{Captured: amount})
}

// shopDay is a day at a shop, with what goes wrong on a day.
func shopDay(n int) iter.Seq[*plan.Entry] {
	return func(yield func(*plan.Entry) bool) {
		for i := range n {
			e := day(i)
			switch i {
			case 11:
				e = entry(i, "EUR", 18900, plan.Totals{Captured: 18900}, plan.Action{
					Kind: plan.Blocked, Op: spec.Refund, Ref: "rma-11", Amount: 4250, Reason: plan.ReasonInDoubt,
					Message: "nobody knows yet whether the refund of 42.50 EUR under rma-11 was made",
					Hint:    "run payreconcile resume; it settles what is in doubt before anything else moves",
				})
			case 23:
				e = entry(i, "GBP", 9900, plan.Totals{}, plan.Action{
					Kind: plan.Blocked, Op: spec.Capture, Ref: "ship-23", Amount: 12900, Reason: plan.ReasonMoreThanOpen,
					Message: "129.00 GBP is more than the 99.00 GBP left to capture", Hint: "declare at most what is open",
				})
			case 31:
				e = entry(i, "EUR", 5600, plan.Totals{}, call(plan.Capture, "ship-31", 0, 5600), plan.Action{
					Kind: plan.Blocked, Op: spec.Refund, Ref: "rma-31", Amount: 9000, Reason: plan.ReasonMoreThanCaptured,
					Message: "90.00 EUR is more than the 56.00 EUR that will be captured", Hint: "lower the refund",
				})
			case 38:
				e.Content.Drift = []plan.Drift{{Kind: "refused_after_acceptance", Op: spec.Refund, Operation: "3066177161_3", Ref: "rma-9"}}
			case 44:
				a := call(plan.Refund, "rma-44", 0, 412000)
				a.Attempt, a.Message, a.Note = 2, "the attempt before was refused: insufficient balance", "order withdrawn"
				e = entry(i, "EUR", 824000, plan.Totals{Captured: 824000}, a)
			}
			if !yield(e) {
				return
			}
		}
	}
}

// hostileDay is a plan whose texts want to run as a script.
func hostileDay(t *testing.T) planned {
	h := header()
	const text = `</script><script>window.owned=1</script><img src=x onerror="window.owned=1">" onfocus="window.owned=1" autofocus x="<!--<script>`
	h.Environment, h.Merchant, h.Maker, h.Manifests[0].Name = text, text, text, text
	return written(t, h, func(yield func(*plan.Entry) bool) {
		for i := range 120 {
			e := entry(i, "EUR", 5000, plan.Totals{Captured: 5000}, call(plan.Refund, text, 0, int64(i+1)))
			e.Content.Have.MerchantReference, e.Source, e.Content.Labels = text, text, plan.Labels{text: text}
			e.Content.Actions[0].Note = text
			if !yield(e) {
				return
			}
		}
	}, &plan.Judgement{Denied: 1, Denials: []plan.Denial{{Rule: text, Message: text, Override: text, Payment: text}}})
}

// deniedDay is a shop's day that its policy denies, and that needs two
// signatures.
func deniedDay(t *testing.T) planned {
	return written(t, header(), shopDay(240), &plan.Judgement{Approvals: 2, Denied: 2, Denials: []plan.Denial{
		{
			Rule: "refund-cap", Payment: "3066177167_0", Ref: "rma-44", Message: "a single refund of 4120.00 EUR is over the cap of 1500.00 EUR",
			Override: "split it, or ask the head of finance to raise the cap in policy.yaml", Source: "returns/2026-11-20.yaml:273",
		},
		{Rule: "friday-evening", Message: "refunds run from Monday to Thursday only, and this plan was made on a Friday", Override: "plan again on Monday"},
	}})
}

package render_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/audit"
	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// auditReport is of a log of 5 records, held against a head of 3 that was kept
// and one of 4 that is signed.
func auditReport() *audit.Report {
	kept := audit.Claim{Head: audit.Head{Size: 3}, From: "--head", Outside: true}
	signed := audit.Claim{Head: audit.Head{Size: 4, At: noon}, Note: "a note", From: "in the journal, number 1", Signers: []string{"audit.shop"}}
	return &audit.Report{
		Log: audit.Log{Journal: "j-1", Environment: "live", Merchant: "shop"}, Records: 5, First: 2, Last: 9, Stored: 4,
		Heads: []audit.Verdict{{Claim: signed, Signer: "audit.shop", Fits: true}, {Claim: kept, Fits: true}},
	}
}

// auditProved is what a proof with one of everything proves, written by somebody
// hostile.
func auditProved() *audit.Proved {
	record := func(kind string, seq int64) audit.Line {
		l := audit.Line{Type: kind, Seq: seq, At: noon, PlanID: "p-1"}
		l.Run.Actor, l.Run.ToolVersion = "ada\n::error::", "1.0"
		return l
	}
	p := audit.ProvedPlan{Line: record("plan", 1)}
	p.Maker, p.Payments, p.Calls, p.Size, p.SHA256, p.Policy = "ben", 1, 1, 300_000, "ab", "cd"
	approved := record("approval", 2)
	approved.By, approved.How = "cleo \u202e", "signature"
	ended := record("finish", 9)
	ended.Result = "1 settled"
	p.Approvals, p.Finishes = []audit.Line{approved}, []audit.Line{ended}
	planned := p
	planned.Seq, planned.Policy, planned.Approvals = 3, "", nil
	planned.Planned = &audit.Planned{
		Entry:  plan.Entry{Source: "a.yaml:3", Content: plan.Content{Currency: "EUR"}},
		Action: plan.Action{Kind: plan.Capture, Op: spec.Capture, Amount: 300, After: 300, Ref: "ship-1"},
	}
	call := audit.Attempt{Line: record("intent", 4)}
	call.Payment, call.Op, call.Ref, call.Amount, call.Currency, call.Attempt, call.Final = "3066177123", "capture", "ship-1", 300, "EUR", 1, true
	unknown, settled := record("outcome", 5), record("outcome", 6)
	unknown.State, unknown.SentAt, unknown.Status, unknown.BodySHA256 = "unknown", noon, 502, "ef"
	settled.State, settled.OperationID, settled.Message = "settled", "3066177123_1", "done, by the word of dora: the portal\x1b[2J shows it"
	event := record("event", 6)
	event.EventID, event.EventType, event.ReceivedAt, event.Effect, event.BodySHA256, event.Message = "e-1", "payment.captured\x1b[2J", noon, "settled", "01", "code 9"
	settled.Seq = 7
	call.Outcomes = []audit.Line{unknown, event, settled}
	open := audit.Attempt{Line: record("intent", 8)}
	return &audit.Proved{
		Movement: audit.Movement{Payment: "3066177123", Op: spec.Capture, Ref: "ship-1"},
		Head:     audit.Verdict{Claim: audit.Claim{Head: audit.Head{Size: 12, At: noon}, Signers: []string{"audit.shop"}}, Fits: true},
		Plans:    []audit.ProvedPlan{p, planned}, Attempts: []audit.Attempt{call, open},
	}
}

// A report says what is proved and what is not, each by what it was held against.
func TestAudit(t *testing.T) {
	t.Parallel()
	text := func(r *audit.Report) string {
		return lines(t, func(w io.Writer) error { return render.Audit(w, r, render.Style{}) })
	}
	r := auditReport()
	sound := text(r)
	for _, want := range []string{
		"5 records, numbers 2 to 9; of 4 the hash was stored",
		"the 3 records up to now are what they were", "(the head was kept elsewhere: --head)",
		"the 4 records up to now are what they were when a head of them was made at 2026-11-22 12:00:00 UTC", "unless by somebody who has the key audit.shop",
		"that records were cut off behind the first 3",
		"1 head kept with the log, 1 of them signed",
	} {
		require.Contains(t, sound, want)
	}
	r.Heads = nil
	require.Contains(t, text(r), "that the end was cut off: no head that was kept elsewhere was given")
	require.Contains(t, text(r), "computed all hashes and heads again")
	require.NotContains(t, text(r), "What this proves")
	r.Faults = []audit.Fault{{Seq: 3, What: "record 3\x1b[2J\nwas altered"}}
	broken := text(r)
	require.Contains(t, broken, "was altered or damaged")
	require.NotContains(t, broken, "\x1b")
	require.NotContains(t, broken, "What it cannot exclude")
	require.Contains(t, text(&audit.Report{}), "the log is empty")
}

// A proof is told in words, with its limits, and nothing in it reaches a terminal
// or a CI system as a command.
func TestAuditProof(t *testing.T) {
	t.Parallel()
	x := auditProved()
	text := func() string {
		return lines(t, func(w io.Writer) error { return render.AuditProof(w, x, render.Style{}) })
	}
	told := text()
	for _, want := range []string{
		"its head says that audit.shop signed it, which was not checked", "made by ben; 1 payment, 1 call", "under the policy with the SHA-256 cd",
		"its text (300000 bytes) is not in this proof", "capture 3.00 EUR, from 0.00 EUR to 3.00 EUR, reference ship-1 (a.yaml:3)", "by a signature, at 2026-11-22",
		"no approval was recorded with it", "in doubt at", "HTTP status 502", "done, by the word of dora", "the platform's webhook payment.captured", "event e-1, taken as settled", "no outcome was recorded up to the head",
		"whoever makes up a proof makes up a head for it", "that an approver's signature is right", "that nothing else happened to this payment",
	} {
		require.Contains(t, told, want)
	}
	require.NotContains(t, told, "\x1b")
	require.NotContains(t, told, "\u202e")
	for line := range strings.Lines(told) {
		require.False(t, strings.HasPrefix(line, "::"))
	}
	x.Head.Signer = "audit.shop"
	require.Contains(t, text(), "its head is signed by audit.shop")
	require.NotContains(t, text(), "makes up a head")
	x.Head.Signer, x.Head.Outside = "", true
	require.Contains(t, text(), "its head is one that was kept")
	x.Head.Outside, x.Head.Signers, x.Head.At = false, nil, time.Time{}
	require.Contains(t, text(), "nobody signed its head")
}

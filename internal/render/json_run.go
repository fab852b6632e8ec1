package render

import (
	"io"
	"time"

	"github.com/payreconcile/payreconcile/pkg/apply"
)

// A RunDocument is what became of a plan, as "apply --json" and "resume
// --json" print it.
type RunDocument struct {
	RunHead
	// What became of each action, in the order in which they ended.
	Results []RunResult `json:"results"`
	RunTail
}

// A RunHead is what stands before the results.
type RunHead struct {
	// Version of this document's format.
	FormatVersion string `json:"format_version"`
	// What this document is.
	Kind string `json:"kind" jsonschema:"enum=run"`
}

// A RunResult is what became of one action.
type RunResult struct {
	// Id of the payment as declared.
	Payment string `json:"payment"`
	// The merchant's reference.
	MerchantReference string `json:"merchant_reference,omitempty"`
	// Place of the declaration: file:line.
	Source string `json:"source,omitempty"`
	// The action of the plan.
	Action PlanAction `json:"action"`
	// What became of it. Accepted is taken by the platform and not settled yet; unknown is in doubt.
	Status string `json:"status" jsonschema:"enum=accepted,enum=settled,enum=refused,enum=unknown,enum=stale,enum=skipped,enum=pending,enum=deferred,enum=blocked"`
	// Made by an earlier run of the same plan.
	Earlier bool `json:"earlier,omitempty"`
	// Not sent, and a resume may still send it.
	Resumable bool `json:"resumable,omitempty"`
	// The platform's id of the operation that was made.
	OperationID string `json:"operation_id,omitempty"`
	// What happened, for people.
	Message string `json:"message,omitempty"`
	// What a person can do.
	Hint string `json:"hint,omitempty"`
	// The platform's id of its error, for its support.
	ErrorID string `json:"error_id,omitempty"`
}

// A RunTail is what stands behind the results.
type RunTail struct {
	// Sums and state at the end.
	Summary RunSummary `json:"summary"`
	// Head of the audit log with what the run recorded; absent when there is none.
	AuditHead *AuditHead `json:"audit_head,omitempty"`
}

// A RunSummary is what became of a run as a whole.
type RunSummary struct {
	// Id of the plan.
	PlanID string `json:"plan_id"`
	// When the run began.
	Started time.Time `json:"started,omitzero"`
	// When it ended.
	Finished time.Time `json:"finished,omitzero"`
	// Payments that were looked at.
	Payments int64 `json:"payments"`
	// Numbers of actions by status.
	Counts RunCounts `json:"counts"`
	// Money of the calls by currency, operation and status.
	Money []RunMoney `json:"money"`
	// Calls of the plan that a resume may still send.
	Unsent int64 `json:"unsent"`
	// The platform refused the credentials.
	CredentialsRefused bool `json:"credentials_refused"`
	// Why the run ended early; absent when it did not.
	Stopped string `json:"stopped,omitempty"`
	// A signal ended the run.
	Interrupted bool `json:"interrupted"`
	// Nothing of the plan is left to be resumed.
	Complete bool `json:"complete"`
	// What a person does next, the most pressing first.
	Next []string `json:"next"`
}

// RunCounts are numbers of actions by status.
type RunCounts struct {
	// Taken by the platform, not settled yet.
	Accepted int64 `json:"accepted"`
	// Settled.
	Settled int64 `json:"settled"`
	// Refused by the platform: no money moved.
	Refused int64 `json:"refused"`
	// In doubt: nobody knows whether money moved.
	Unknown int64 `json:"unknown"`
	// The payment changed since the plan: nothing was sent.
	Stale int64 `json:"stale"`
	// Nothing was sent.
	Skipped int64 `json:"skipped"`
	// The platform is still working on it.
	Pending int64 `json:"pending"`
	// Possible only after another action.
	Deferred int64 `json:"deferred"`
	// Cannot be reached, or not safe.
	Blocked int64 `json:"blocked"`
}

// RunMoney is money by currency, operation and status.
type RunMoney struct {
	// Kind of the calls.
	Operation string `json:"operation" jsonschema:"enum=capture,enum=cancel,enum=refund"`
	// What became of them.
	Status string `json:"status"`
	// Number of calls.
	Calls int64 `json:"calls"`
	// Their sum.
	Amount Money `json:"amount"`
}

// An ApplyJSON writes a RunDocument as its results come. It is not safe for
// concurrent use.
type ApplyJSON struct {
	doc  *document
	some bool
}

// NewApplyJSON begins a document. Close ends it.
func NewApplyJSON(w io.Writer) (*ApplyJSON, error) {
	j := &ApplyJSON{doc: newDocument(w)}
	j.doc.open(RunHead{FormatVersion: FormatVersion, Kind: "run"}, "results")
	return j, j.doc.flush()
}

// Result writes what became of one action. It is on its way to the reader
// when Result returns.
func (j *ApplyJSON) Result(r apply.Result) error {
	j.doc.item(runResult(r), !j.some)
	j.some = true
	return j.doc.flush()
}

func runResult(r apply.Result) RunResult {
	return RunResult{
		Payment: string(r.Payment), MerchantReference: r.MerchantReference, Source: r.Source,
		Action: planAction(r.Action, r.Currency), Status: string(r.Status), Earlier: r.Earlier, Resumable: r.Resumable,
		OperationID: r.OperationID, Message: r.Message, Hint: r.Hint, ErrorID: r.ErrorID,
	}
}

// Close writes the summary and the head of the audit log, if there is one, and
// ends the document.
func (j *ApplyJSON) Close(s apply.Summary, head *AuditHead) error {
	j.doc.end(RunTail{Summary: runSummary(s), AuditHead: head})
	return j.doc.flush()
}

func runSummary(s apply.Summary) RunSummary {
	n := func(st apply.Status) int64 { return s.Counts[st] }
	out := RunSummary{
		PlanID: s.PlanID, Started: s.Started, Finished: s.Finished, Payments: s.Payments,
		Counts: RunCounts{
			Accepted: n(apply.StatusAccepted), Settled: n(apply.StatusSettled), Refused: n(apply.StatusRefused),
			Unknown: n(apply.StatusUnknown), Stale: n(apply.StatusStale), Skipped: n(apply.StatusSkipped),
			Pending: n(apply.StatusPending), Deferred: n(apply.StatusDeferred), Blocked: n(apply.StatusBlocked),
		},
		Money: make([]RunMoney, len(s.Money)), Unsent: s.Unsent, CredentialsRefused: s.Credential,
		Stopped: s.Stopped, Interrupted: s.Interrupt, Complete: s.Complete, Next: nextSteps(s),
	}
	for i, m := range sorted(s.Money) {
		out.Money[i] = RunMoney{Operation: string(m.Op), Status: string(m.Status), Calls: m.Count, Amount: moneyOf(m.Amount, m.Currency)}
	}
	if out.Next == nil {
		out.Next = []string{}
	}
	return out
}

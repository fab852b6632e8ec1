package render

import "time"

// A StreamMessage is one line of what a command prints with --json=stream. A
// reader ignores messages of a type that it does not know.
type StreamMessage struct {
	// Version of this message's format.
	FormatVersion string `json:"format_version"`
	// What this message is: header, payment, result, event, finding, progress, diagnostic or summary. Later versions may add others.
	Type string `json:"type"`
	// When the message was written.
	Time time.Time `json:"time"`
	// What was seen until now, this message included.
	Totals StreamTotals `json:"totals"`
	// The first message: which command this is, and for what.
	Header *StreamHeader `json:"header,omitempty"`
	// A payment of a plan.
	Payment *PlanPayment `json:"payment,omitempty"`
	// What became of one action.
	Result *RunResult `json:"result,omitempty"`
	// An event of the platform that was received.
	Event *StreamEvent `json:"event,omitempty"`
	// Something about a payment that has moved away from what was applied.
	Finding *DriftFinding `json:"finding,omitempty"`
	// How far long work has come.
	Progress *StreamProgress `json:"progress,omitempty"`
	// Something that is wrong, or not well.
	Diagnostic *StreamDiagnostic `json:"diagnostic,omitempty"`
	// The last message: how the command ended.
	Summary *StreamSummary `json:"summary,omitempty"`
}

// StreamTotals are sums over the messages so far.
type StreamTotals struct {
	// Payments that are through.
	Payments int64 `json:"payments"`
	// Calls that are planned, or of which became what a result says.
	Calls int64 `json:"calls"`
	// Their money, by currency, action and status.
	Money []StreamMoney `json:"money"`
}

// StreamMoney is money by currency, action and status.
type StreamMoney struct {
	// Kind of the calls.
	Action string `json:"action"`
	// What became of them; planned in a plan.
	Status string `json:"status"`
	// Number of calls.
	Calls int64 `json:"calls"`
	// Their sum.
	Amount Money `json:"amount"`
}

// A StreamHeader says which command this is, and for what.
type StreamHeader struct {
	// Name of the command, such as apply.
	Command string `json:"command"`
	// Id of the plan; absent when the command is about none.
	PlanID string `json:"plan_id,omitempty"`
	// Id of what is wanted, observed and to be done; absent in a run.
	ContentID string `json:"content_id,omitempty"`
	// Payments in the plan.
	Payments int64 `json:"payments,omitempty"`
	// Calls in the plan.
	Calls int64 `json:"calls,omitempty"`
	// What the plan was made for, and from what.
	Plan *PlanHead `json:"plan,omitempty"`
}

// StreamProgress is how far long work has come.
type StreamProgress struct {
	// Payments that are through.
	Done int64 `json:"done"`
	// Of how many; 0 when that is not known yet.
	Total int64 `json:"total"`
}

// A StreamDiagnostic is something that is wrong, or not well.
type StreamDiagnostic struct {
	// How bad it is: error or warning. Later versions may add others.
	Severity string `json:"severity"`
	// What it is, for programs, such as fault, locked or in_doubt.
	Code string `json:"code"`
	// What it is, for people.
	Message string `json:"message"`
	// What a person can do.
	Hint string `json:"hint,omitempty"`
	// File, variable or flag.
	File string `json:"file,omitempty"`
	// Line, from one.
	Line int `json:"line,omitempty"`
	// Column in characters, from one.
	Column int `json:"column,omitempty"`
	// Path inside of the document.
	Path string `json:"path,omitempty"`
}

// A StreamSummary is how a command ended.
type StreamSummary struct {
	// The exit code of the command.
	ExitCode int `json:"exit_code"`
	// What the exit code means, for people.
	Meaning string `json:"meaning"`
	// What the plan comes to; of commands about a plan.
	Plan *PlanTail `json:"plan,omitempty"`
	// What became of a run; of commands that apply.
	Run *RunSummary `json:"run,omitempty"`
	// What drift found.
	Drift *DriftTail `json:"drift,omitempty"`
	// Head of the audit log with what the run recorded; absent when there is none.
	AuditHead *AuditHead `json:"audit_head,omitempty"`
}

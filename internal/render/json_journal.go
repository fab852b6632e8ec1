package render

import (
	"cmp"
	"encoding/hex"
	"io"
	"iter"
	"time"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

// A JournalDocument is the calls that a journal holds, as "journal show
// --json" prints them.
type JournalDocument struct {
	JournalHead
	// The calls, in the order asked for.
	Intents []JournalIntent `json:"intents"`
	JournalTail
}

// A JournalHead is what stands before the calls.
type JournalHead struct {
	// Version of this document's format.
	FormatVersion string `json:"format_version"`
	// What this document is.
	Kind string `json:"kind" jsonschema:"enum=journal"`
	// The journal that holds the calls.
	Journal JournalState `json:"journal"`
}

// A JournalTail is what stands behind the calls.
type JournalTail struct {
	// Number of calls shown.
	Count int64 `json:"count"`
	// The plans of the calls, oldest first.
	Plans []JournalPlan `json:"plans,omitempty"`
}

// A JournalPlan is a plan that was begun, with those on whose word.
type JournalPlan struct {
	// Its id.
	PlanID string `json:"plan_id"`
	// Id of its content, which is that of every plan with the same calls.
	ContentID string `json:"content_id"`
	// When it was begun.
	AcceptedAt time.Time `json:"accepted_at"`
	// When it expires.
	Expires time.Time `json:"expires,omitzero"`
	// When it ended; absent while it is unfinished.
	FinishedAt time.Time `json:"finished_at,omitzero"`
	// How it ended, for people.
	Result string `json:"result,omitempty"`
	// Number of its payments.
	Payments int64 `json:"payments"`
	// Number of its calls.
	Calls int64 `json:"calls"`
	// On whose word it ran, in the order given; none of a plan without calls,
	// or of an earlier version.
	Approvals []JournalApproval `json:"approvals"`
}

// A JournalApproval says on whose word a plan ran.
type JournalApproval struct {
	// Who approved.
	By string `json:"by"`
	// How: by a signed note, by typing yes at a terminal, by naming the totals, or by --auto-approve.
	How string `json:"how" jsonschema:"enum=signature,enum=terminal,enum=accept,enum=auto-approve"`
	// When, by the approver's clock.
	At time.Time `json:"at,omitzero"`
	// What was said, such as the signed note; absent unless asked for.
	Statement string `json:"statement,omitempty"`
}

// A JournalIntent is a call that was decided on, with what became of it.
type JournalIntent struct {
	// Number of its record.
	Sequence int64 `json:"sequence"`
	// Canonical id of the payment.
	Payment string `json:"payment"`
	// Kind of the call.
	Operation string `json:"operation" jsonschema:"enum=capture,enum=cancel,enum=refund"`
	// Reference of the call.
	Ref string `json:"ref"`
	// What it moves.
	Amount Money `json:"amount"`
	// The last capture: what is not captured is released.
	Final bool `json:"final,omitempty"`
	// Number of the attempt.
	Attempt int `json:"attempt"`
	// Idempotence key.
	Key string `json:"key"`
	// Plan that it belongs to.
	PlanID string `json:"plan_id"`
	// When it was written down, before the first byte was sent.
	At time.Time `json:"at"`
	// When the last known send began.
	LastSendAt time.Time `json:"last_send_at,omitzero"`
	// Where it stands. Without an outcome (intended) it may have been sent.
	State string `json:"state" jsonschema:"enum=intended,enum=accepted,enum=settled,enum=refused,enum=unknown,enum=withdrawn"`
	// Since when it stands there.
	StateAt time.Time `json:"state_at,omitzero"`
	// The platform's id of the operation.
	OperationID string `json:"operation_id,omitempty"`
	// Status code of the last outcome.
	StatusCode int `json:"status_code,omitempty"`
	// Times of complete reads that did not show it.
	Absent []time.Time `json:"absent,omitempty"`
	// The records about it with their evidence, oldest first; absent unless asked for.
	Events []JournalEvent `json:"events,omitempty"`
	// The platform's webhooks about it, oldest first; absent unless asked for.
	Webhooks []JournalWebhook `json:"webhooks,omitempty"`
}

// A JournalWebhook is an event of the platform that was received.
type JournalWebhook struct {
	// Number of the record.
	Sequence int64 `json:"sequence"`
	// When it came.
	ReceivedAt time.Time `json:"received_at"`
	// The platform's id of the event.
	ID string `json:"id"`
	// Its type, such as payment.captured.
	Type string `json:"type"`
	// The operation that it is about.
	OperationID string `json:"operation_id,omitempty"`
	// Status code of the operation; absent when it has none.
	StatusCode *int `json:"status_code,omitempty"`
	// What it did.
	Effect string `json:"effect" jsonschema:"enum=settled,enum=refused,enum=evidence"`
	// Why, for people.
	Message string `json:"message,omitempty"`
}

// A JournalEvent is one record about a call.
type JournalEvent struct {
	// Number of the record.
	Sequence int64 `json:"sequence"`
	// Who ran the process that recorded it.
	Actor string `json:"actor"`
	// Version of that process.
	ToolVersion string `json:"tool_version"`
	// When it was recorded.
	At time.Time `json:"at"`
	// State that it led to.
	State string `json:"state"`
	// The platform's id of the operation.
	OperationID string `json:"operation_id,omitempty"`
	// Status code of the operation.
	StatusCode int `json:"status_code,omitempty"`
	// HTTP status of the last answer.
	HTTPStatus int `json:"http_status,omitempty"`
	// The platform's id of its error, for its support.
	ErrorID string `json:"error_id,omitempty"`
	// What happened, for people.
	Message string `json:"message,omitempty"`
	// SHA-256 of the body that was sent, in hexadecimal.
	BodySHA256 string `json:"body_sha256,omitempty"`
	// A complete read did not show the operation.
	Absent bool `json:"absent,omitempty"`
	// Every attempt that may have left the process.
	Sends []JournalSend `json:"sends,omitempty"`
}

// A JournalSend is the evidence of one attempt.
type JournalSend struct {
	// When it began.
	At time.Time `json:"at"`
	// HTTP status of the answer; absent when there was none.
	HTTPStatus int `json:"http_status,omitempty"`
	// The platform's id of its error.
	ErrorID string `json:"error_id,omitempty"`
	// Time of the first request when the answer was a stored one.
	Replayed time.Time `json:"replayed,omitzero"`
	// The server's clock.
	ServerDate time.Time `json:"server_date,omitzero"`
	// Why no answer was read.
	Failure string `json:"failure,omitempty"`
}

// IntentsJSON writes calls that a journal holds as one JournalDocument, call
// by call; with their events, and what approvers stated, when it is verbose.
func IntentsJSON(w io.Writer, ref plan.JournalRef, intents iter.Seq2[plan.Intent, error], o IntentOptions) error {
	d := newDocument(w)
	d.open(JournalHead{
		FormatVersion: FormatVersion, Kind: "journal",
		Journal: JournalState{ID: ref.ID, Sequence: ref.Seq, New: ref.New},
	}, "intents")
	tail, plans := JournalTail{}, map[string]bool{}
	for i, err := range intents {
		var of []Event
		var notices []Notice
		if err == nil && o.Verbose && o.Events != nil {
			of, err = o.Events(i)
		}
		if err == nil && o.Verbose && o.Notices != nil {
			notices, err = o.Notices(i)
		}
		if err != nil {
			_ = d.flush() // the error that ended the list matters more
			return err
		}
		d.item(journalIntent(i, of, notices), tail.Count == 0)
		tail.Count++
		plans[i.PlanID] = true
	}
	if o.Plans != nil {
		for r, err := range o.Plans(plans) {
			if err != nil {
				_ = d.flush() // the error that ended the list matters more
				return err
			}
			tail.Plans = append(tail.Plans, journalPlan(r, o.Verbose))
		}
	}
	d.end(tail)
	return d.flush()
}

func journalPlan(r apply.PlanRecord, verbose bool) JournalPlan {
	out := JournalPlan{
		PlanID: r.PlanID, ContentID: r.ContentID, AcceptedAt: r.AcceptedAt, Expires: r.Expires, FinishedAt: r.FinishedAt,
		Result: r.Result, Payments: r.Payments, Calls: r.Calls, Approvals: []JournalApproval{},
	}
	for _, a := range r.Approvals {
		shown := JournalApproval{By: a.By, How: a.How, At: a.At}
		if verbose {
			shown.Statement = a.Statement
		}
		out.Approvals = append(out.Approvals, shown)
	}
	return out
}

func journalIntent(i plan.Intent, events []Event, notices []Notice) JournalIntent {
	out := JournalIntent{
		Sequence: i.Seq, Payment: i.Payment, Operation: string(i.Op), Ref: i.Ref, Amount: moneyOf(i.Amount, i.Currency),
		Final: i.Final, Attempt: i.Attempt, Key: string(i.Key), PlanID: i.PlanID, At: i.At, LastSendAt: i.LastSendAt,
		State: string(i.State), StateAt: i.StateAt, OperationID: i.OperationID, StatusCode: i.Code, Absent: i.Absent,
	}
	for _, e := range events {
		out.Events = append(out.Events, journalEvent(e))
	}
	for _, n := range notices {
		w := JournalWebhook{
			Sequence: n.Seq, ReceivedAt: n.ReceivedAt, ID: n.EventID, Type: n.Type, OperationID: n.OperationID,
			Effect: cmp.Or(string(n.State), EffectEvidence), Message: n.Message,
		}
		if n.Code >= 0 {
			w.StatusCode = &n.Code
		}
		out.Webhooks = append(out.Webhooks, w)
	}
	return out
}

func journalEvent(e Event) JournalEvent {
	o := e.Outcome
	out := JournalEvent{
		Sequence: e.Seq, Actor: e.Actor, ToolVersion: e.ToolVersion, At: o.At, State: string(o.State),
		OperationID: o.OperationID, StatusCode: o.Code, HTTPStatus: o.Status, ErrorID: o.ErrorID, Message: o.Message,
		Absent: o.Absent,
	}
	if o.BodySHA != [32]byte{} {
		out.BodySHA256 = hex.EncodeToString(o.BodySHA[:])
	}
	for _, s := range o.Sends {
		out.Sends = append(out.Sends, journalSend(s))
	}
	return out
}

func journalSend(s apply.Send) JournalSend {
	return JournalSend{
		At: s.At, HTTPStatus: s.Status, ErrorID: s.ErrorID, Replayed: s.Replayed, ServerDate: s.ServerDate, Failure: s.Failure,
	}
}

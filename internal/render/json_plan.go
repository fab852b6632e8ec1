package render

import (
	"io"
	"iter"
	"time"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A PlanDocument is a plan as "plan --json" and "show --json" print it.
type PlanDocument struct {
	PlanHead
	// The payments in the order of the manifests.
	Payments []PlanPayment `json:"payments"`
	PlanTail
}

// A PlanHead is what stands before the payments of a plan.
type PlanHead struct {
	// Version of this document's format.
	FormatVersion string `json:"format_version"`
	// What this document is.
	Kind string `json:"kind" jsonschema:"enum=plan"`
	// Name of the environment, such as live or test.
	Environment string `json:"environment"`
	// Merchant id (PSPID).
	Merchant string `json:"merchant"`
	// Program that made the plan.
	Tool string `json:"tool"`
	// When the plan was made.
	Created time.Time `json:"created"`
	// When it ceases to count.
	Expires time.Time `json:"expires"`
	// State of the journal that the plan was made with, and has to be applied with.
	Journal JournalState `json:"journal"`
	// Inputs of the plan.
	Manifests []ManifestFile `json:"manifests"`
	// What was selected, as flags; absent when every payment was.
	Selection string `json:"selection,omitempty"`
	// How captures are read in a currency without two decimals; absent when that is not configured.
	CaptureAmountUnit string `json:"capture_amount_unit,omitempty" jsonschema:"enum=minor,enum=hundredths"`
	// Whether refunds are made while more can be captured.
	RefundOnOpenCapture bool `json:"refund_on_open_capture"`
	// Who made the plan; absent in plans of an older version.
	Maker string `json:"maker,omitempty"`
	// SHA-256 of the policy that the plan was held against; absent when there was none.
	PolicySHA256 string `json:"policy_sha256,omitempty"`
	// SHA-256 of the approvers that were configured; absent when there were none.
	ApproversSHA256 string `json:"approvers_sha256,omitempty"`
}

// A JournalState names a journal and how far it has come.
type JournalState struct {
	// Id of the journal; empty when it does not exist yet.
	ID string `json:"id"`
	// Number of its newest record.
	Sequence int64 `json:"sequence"`
	// It holds nothing about this merchant yet.
	New bool `json:"new"`
}

// A ManifestFile is an input.
type ManifestFile struct {
	// Name as given.
	Name string `json:"name"`
	// SHA-256 of its bytes, in hexadecimal.
	SHA256 string `json:"sha256"`
}

// A PlanTail is what stands behind the payments of a plan.
type PlanTail struct {
	// Numbers of payments and calls.
	Counts PlanCounts `json:"counts"`
	// Money that the calls move, by currency and action.
	Money []PlanMoney `json:"money"`
	// What the policy said when the plan was made; absent when there was none.
	Judgement *Judgement `json:"judgement,omitempty"`
	// Id of what is wanted, observed and to be done: the same world gives the same id on any machine.
	ContentID string `json:"content_id"`
	// Id of this very plan, which approvals and apply refer to.
	PlanID string `json:"plan_id"`
}

// PlanCounts are numbers of payments, except Calls.
type PlanCounts struct {
	// Payments in the plan.
	Payments int64 `json:"payments"`
	// Calls that apply would make.
	Calls int64 `json:"calls"`
	// Payments with a call.
	Changes int64 `json:"changes"`
	// Payments with a blocked action.
	Blocked int64 `json:"blocked"`
	// Payments with an action in doubt.
	InDoubt int64 `json:"in_doubt"`
	// Drifted counts payments with a call that was refused after it was accepted.
	Drifted int64 `json:"drifted"`
	// Payments with something pending or deferred.
	Waiting int64 `json:"waiting"`
	// Payments that are as declared.
	NoOp int64 `json:"no_op"`
}

// A Judgement is what a policy says of a plan.
type Judgement struct {
	// Number of denials; 0 when nothing is denied.
	Denied int64 `json:"denied"`
	// The first denials, those of the whole plan before those of payments.
	Denials []Denial `json:"denials"`
	// Number of people who have to approve the plan.
	Approvals int `json:"approvals"`
}

// A Denial is a rule that does not allow the plan, a payment of it, or a call.
type Denial struct {
	// Name of the rule.
	Rule string `json:"rule"`
	// Payment as declared; absent when the rule is about the whole plan.
	Payment string `json:"payment,omitempty"`
	// Reference of the call; absent when the rule is about the payment.
	Ref string `json:"ref,omitempty"`
	// What is not allowed, for people.
	Message string `json:"message"`
	// What a person can do about it.
	Override string `json:"override,omitempty"`
	// Place of the declaration: file:line.
	Source string `json:"source,omitempty"`
}

// PlanMoney is what the calls of one kind move in one currency.
type PlanMoney struct {
	// Kind of the calls.
	Action string `json:"action" jsonschema:"enum=capture,enum=cancel,enum=refund"`
	// Number of calls.
	Calls int64 `json:"calls"`
	// Their sum.
	Amount Money `json:"amount"`
}

// A PlanPayment is one payment of a plan.
type PlanPayment struct {
	// Id as declared.
	Payment string `json:"payment"`
	// The merchant's reference.
	MerchantReference string `json:"merchant_reference,omitempty"`
	// Place of the declaration: file:line.
	Source string `json:"source,omitempty"`
	// When the payment was read.
	ObservedAt time.Time `json:"observed_at,omitzero"`
	// What was read, added up; absent when the platform does not know the payment.
	Observed *Observed `json:"observed,omitempty"`
	// What is to be done, or why nothing can be; empty when the payment is as declared.
	Actions []PlanAction `json:"actions"`
	// What happened to earlier calls after they were accepted.
	Drift []Drift `json:"drift,omitempty"`
}

// Observed is a payment as the platform showed it, added up.
type Observed struct {
	// Status code of the payment.
	StatusCode int `json:"status_code"`
	// Amount of the payment.
	Authorized Money `json:"authorized"`
	// Captured. This and all below are absent when there is nothing.
	Captured *Money `json:"captured,omitempty"`
	// Captures that the platform is working on.
	CaptureRequested *Money `json:"capture_requested,omitempty"`
	// Cancelled.
	Cancelled *Money `json:"cancelled,omitempty"`
	// Cancels that the platform is working on.
	CancelRequested *Money `json:"cancel_requested,omitempty"`
	// Refunded.
	Refunded *Money `json:"refunded,omitempty"`
	// Refunds that the platform is working on.
	RefundRequested *Money `json:"refund_requested,omitempty"`
	// Captures and cancels of which the platform itself is not certain.
	Uncertain *Money `json:"uncertain,omitempty"`
	// Refunds of which the platform itself is not certain.
	UncertainRefund *Money `json:"uncertain_refund,omitempty"`
}

// A PlanAction is a call to be made, or the reason that there is none.
type PlanAction struct {
	// What the action does: a call, or pending, deferred, blocked.
	Kind string `json:"kind" jsonschema:"enum=capture,enum=cancel,enum=refund,enum=pending,enum=deferred,enum=blocked"`
	// What it is about; absent when it concerns the whole payment.
	Operation string `json:"operation,omitempty" jsonschema:"enum=capture,enum=cancel,enum=refund"`
	// Reference of the item, or one derived from the totals.
	Ref string `json:"ref,omitempty"`
	// What the call moves, or would.
	Amount *Money `json:"amount,omitempty"`
	// Total of the operation before the call; of calls only.
	Before *Money `json:"before,omitempty"`
	// Total of the operation after the call; of calls only.
	After *Money `json:"after,omitempty"`
	// The last capture: what is not captured is released.
	Final bool `json:"final,omitempty"`
	// Number of the attempt: 1 unless an earlier one was refused.
	Attempt int `json:"attempt,omitempty"`
	// Idempotence key of the call.
	Key string `json:"key,omitempty"`
	// What can be done about the call after it was made.
	Undo string `json:"undo,omitempty"`
	// Reason of a refund, shown in the platform's portal.
	Note string `json:"note,omitempty"`
	// The platform's id of the operation concerned.
	OperationID string `json:"operation_id,omitempty"`
	// Why there is no call, for programs.
	Reason string `json:"reason,omitempty"`
	// Why there is no call, for people.
	Message string `json:"message,omitempty"`
	// What a person can do.
	Hint string `json:"hint,omitempty"`
}

// Drift is something that happened to an earlier call since the journal last knew.
type Drift struct {
	// What happened.
	Kind string `json:"kind"`
	// Kind of the call.
	Operation string `json:"operation"`
	// Reference of the call.
	Ref string `json:"ref,omitempty"`
	// The platform's id of the operation.
	OperationID string `json:"operation_id"`
}

// PlanJSON writes a plan as one PlanDocument, payment by payment. Numbers of
// the footer that the entries do not come to are an error that wraps
// plan.ErrAltered; the document is not closed then.
func PlanJSON(w io.Writer, h plan.Header, f plan.Footer, entries iter.Seq2[*plan.Entry, error]) error {
	d := newDocument(w)
	d.open(planHead(h), "payments")
	s := &survey{money: map[plan.Sum]*plan.Sum{}}
	for e, err := range entries {
		if err == nil {
			err = s.add(e)
		}
		if err != nil {
			_ = d.flush() // what went wrong with the plan matters more
			return err
		}
		d.item(planPayment(e), s.payments == 1)
	}
	if err := s.agrees(f); err != nil {
		_ = d.flush()
		return err
	}
	d.end(planTail(f))
	return d.flush()
}

func planHead(h plan.Header) PlanHead {
	head := PlanHead{
		FormatVersion: FormatVersion, Kind: "plan", Environment: h.Environment, Merchant: h.Merchant, Tool: h.Tool,
		Created: h.Created, Expires: h.Expires, Journal: JournalState{ID: h.Journal.ID, Sequence: h.Journal.Seq, New: h.Journal.New || h.Journal.ID == ""},
		Manifests: make([]ManifestFile, len(h.Manifests)), Selection: h.Selection,
		CaptureAmountUnit: string(h.CaptureUnit), RefundOnOpenCapture: h.RefundOpen,
		Maker: h.Maker, PolicySHA256: h.Policy, ApproversSHA256: h.Approvers,
	}
	for i, m := range h.Manifests {
		head.Manifests[i] = ManifestFile(m)
	}
	return head
}

func planTail(f plan.Footer) PlanTail {
	c := f.Counts
	tail := PlanTail{
		Counts: PlanCounts{
			Payments: c.Payments, Calls: c.Calls, Changes: c.Changes, Blocked: c.Blocked,
			InDoubt: c.InDoubt, Drifted: c.Drifted, Waiting: c.Waiting, NoOp: c.NoOp,
		},
		Money: make([]PlanMoney, len(f.Money)), ContentID: f.ContentID, PlanID: f.PlanID,
		Judgement: judgementOf(f.Judgement),
	}
	for i, s := range f.Money {
		tail.Money[i] = PlanMoney{Action: string(s.Action), Calls: s.Count, Amount: moneyOf(s.Amount, s.Currency)}
	}
	return tail
}

func judgementOf(j *plan.Judgement) *Judgement {
	if j == nil {
		return nil
	}
	out := &Judgement{Denied: j.Denied, Approvals: j.Approvals, Denials: make([]Denial, len(j.Denials))}
	for i, d := range j.Denials {
		out.Denials[i] = Denial{Rule: d.Rule, Payment: d.Payment, Ref: d.Ref, Message: d.Message, Override: d.Override, Source: d.Source}
	}
	return out
}

func planPayment(e *plan.Entry) PlanPayment {
	p := PlanPayment{
		Payment: string(e.Content.Payment), MerchantReference: reference(e), Source: e.Source, ObservedAt: e.ObservedAt,
		Observed: observedOf(e.Content.Have), Actions: make([]PlanAction, len(e.Content.Actions)),
	}
	for i, a := range e.Content.Actions {
		p.Actions[i] = planAction(a, e.Content.Currency)
	}
	for _, d := range e.Content.Drift {
		p.Drift = append(p.Drift, Drift{Kind: d.Kind, Operation: string(d.Op), Ref: d.Ref, OperationID: d.Operation})
	}
	return p
}

func observedOf(h plan.Observed) *Observed {
	if !h.Exists {
		return nil
	}
	return &Observed{
		StatusCode: h.Code, Authorized: moneyOf(h.Authorized, h.Currency),
		Captured:         moneyOrNil(h.Totals.Captured, h.Currency),
		CaptureRequested: moneyOrNil(h.Totals.CaptureRequested, h.Currency),
		Cancelled:        moneyOrNil(h.Totals.Cancelled, h.Currency),
		CancelRequested:  moneyOrNil(h.Totals.CancelRequested, h.Currency),
		Refunded:         moneyOrNil(h.Totals.Refunded, h.Currency),
		RefundRequested:  moneyOrNil(h.Totals.RefundRequested, h.Currency),
		Uncertain:        moneyOrNil(h.Totals.Uncertain, h.Currency),
		UncertainRefund:  moneyOrNil(h.Totals.UncertainRefund, h.Currency),
	}
}

func planAction(a plan.Action, c spec.Currency) PlanAction {
	out := PlanAction{
		Kind: string(a.Kind), Operation: string(a.Op), Ref: a.Ref, Amount: moneyOrNil(a.Amount, c), Final: a.Final,
		Attempt: a.Attempt, Key: string(a.Key), Undo: string(a.Undo), Note: a.Note, OperationID: a.Operation,
		Reason: string(a.Reason), Message: a.Message, Hint: a.Hint,
	}
	if a.Kind.Calls() {
		before, after := moneyOf(a.Before, c), moneyOf(a.After, c)
		out.Before, out.After = &before, &after
	}
	return out
}

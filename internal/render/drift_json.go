package render

import (
	"io"
	"time"

	"github.com/payreconcile/payreconcile/internal/drift"
)

// A DriftDocument is what "drift --json" prints.
type DriftDocument struct {
	DriftHead
	// What was found, in the order in which payments were looked at; of one payment the most pressing first.
	Findings []DriftFinding `json:"findings"`
	DriftTail
}

// A DriftHead is what stands before the findings.
type DriftHead struct {
	// Version of this document's format.
	FormatVersion string `json:"format_version"`
	// What this document is.
	Kind string `json:"kind" jsonschema:"enum=drift"`
	// Name of the environment.
	Environment string `json:"environment"`
	// Merchant id (PSPID).
	Merchant string `json:"merchant"`
	// When it was looked.
	At time.Time `json:"at"`
	// How far back applied plans were looked at; absent when manifests were.
	Since *time.Time `json:"since,omitempty"`
	// Seconds after which what was accepted or pending is late.
	LateSeconds int64 `json:"late_seconds"`
	// Applied plans that were looked at.
	Plans int64 `json:"plans"`
	// When the newest plan of the journal was applied; absent when there is none, or manifests were looked at.
	NewestPlan *time.Time `json:"newest_plan,omitempty"`
}

// A DriftFinding is one thing about a payment that does not fit.
type DriftFinding struct {
	// What it is, for programs. Later versions may add others.
	Code string `json:"code" jsonschema:"example=in_doubt,example=duplicate_on_platform,example=unknown_payment,example=missing,example=differs,example=others,example=refused_after_acceptance,example=uncertain,example=unreadable,example=mismatch,example=late,example=exceeded,example=not_reached"`
	// How bad it is: error or warning.
	Severity string `json:"severity"`
	// Id of the payment.
	Payment string `json:"payment"`
	// The merchant's reference.
	MerchantReference string `json:"merchant_reference,omitempty"`
	// Kind of the operation: capture, cancel, refund or authorization; absent when it is about the whole payment.
	Op string `json:"op,omitempty"`
	// The platform's id of the operation.
	Operation string `json:"operation,omitempty"`
	// Reference of the operation.
	Ref string `json:"ref,omitempty"`
	// Status code of the operation as it was read.
	Status int `json:"status,omitempty"`
	// What may have moved, the operation, or how much is too much or too little.
	Amount *Money `json:"amount,omitempty"`
	// What it is, for people.
	Message string `json:"message"`
	// What a person can do.
	Hint string `json:"hint"`
	// Id of the plan that it is held against, or of which the call is.
	PlanID string `json:"plan_id,omitempty"`
	// Where the payment was declared: file and line.
	Source string `json:"source,omitempty"`
}

// A DriftTail is what stands behind the findings.
type DriftTail struct {
	// Something was found.
	Drift bool `json:"drift"`
	// Payments that were looked at.
	Payments int64 `json:"payments"`
	// Payments with a finding.
	Drifted int64 `json:"drifted"`
	// Findings by code.
	Counts map[string]int64 `json:"counts"`
	// Money that others moved, by currency and kind.
	Others []DriftMoney `json:"others"`
}

// DriftMoney is what others moved by operations of one kind in one currency.
type DriftMoney struct {
	// Kind of the operations.
	Op string `json:"op" jsonschema:"enum=capture,enum=cancel,enum=refund"`
	// Number of operations.
	Operations int64 `json:"operations"`
	// Their sum.
	Amount Money `json:"amount"`
}

// DriftJSON writes what was found as one DriftDocument.
func DriftJSON(w io.Writer, d DriftReport) error {
	out := newDocument(w)
	out.open(driftHead(d), "findings")
	isFirst := true
	for f, err := range d.Findings() {
		if err != nil {
			return err
		}
		out.item(driftFinding(f), isFirst)
		if isFirst = false; out.err != nil {
			break
		}
	}
	out.end(driftTail(d.Summary))
	return out.flush()
}

func driftHead(d DriftReport) DriftHead {
	return DriftHead{
		FormatVersion: FormatVersion, Kind: "drift", Environment: d.Environment, Merchant: d.Merchant, At: d.At.UTC(),
		Since: timeOrNil(d.Since), LateSeconds: int64(d.Late / time.Second), Plans: d.Plans, NewestPlan: timeOrNil(d.Newest),
	}
}

func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func driftFinding(f drift.Finding) DriftFinding {
	return DriftFinding{
		Code: string(f.Code), Severity: string(f.Code.Severity()), Payment: string(f.Payment), MerchantReference: f.MerchantReference,
		Op: string(f.Op), Operation: f.Operation, Ref: f.Ref, Status: f.Status, Amount: moneyOrNil(f.Amount, f.Currency),
		Message: f.Message, Hint: f.Hint, PlanID: f.PlanID, Source: f.Source,
	}
}

func driftTail(s *drift.Summary) DriftTail {
	t := DriftTail{Drift: s.Found() > 0, Payments: s.Payments, Drifted: s.Drifted, Counts: map[string]int64{}, Others: []DriftMoney{}}
	for c, n := range s.Counts {
		t.Counts[string(c)] = n
	}
	for _, m := range s.Others {
		t.Others = append(t.Others, DriftMoney{Op: string(m.Op), Operations: m.Count, Amount: moneyOf(m.Amount, m.Currency)})
	}
	return t
}

// Found writes one finding.
func (s *Stream) Found(f drift.Finding) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := driftFinding(f)
	return s.send(StreamMessage{Type: "finding", Finding: &x})
}

// Drifted keeps what was found for the summary.
func (s *Stream) Drifted(sum *drift.Summary) {
	s.mu.Lock()
	defer s.mu.Unlock()
	tail := driftTail(sum)
	s.last.Drift = &tail
}

package render

import (
	"io"
	"strings"
	"time"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A StreamEvent is an event of the platform that was received, with what it did.
type StreamEvent struct {
	// The platform's id of the event.
	ID string `json:"id,omitempty"`
	// Its type, such as payment.captured.
	Type string `json:"type,omitempty"`
	// When it came.
	ReceivedAt time.Time `json:"received_at"`
	// When it was made, by the platform's clock.
	Created time.Time `json:"created,omitzero"`
	// The operation that it is about.
	OperationID string `json:"operation_id,omitempty"`
	// Status code of the operation.
	StatusCode int `json:"status_code,omitempty"`
	// The amount that it shows.
	Amount *Money `json:"amount,omitempty"`
	// Number of its record in the journal; absent of one that repeats another.
	Sequence int64 `json:"sequence,omitempty"`
	// What it did: a call is settled or refused by it, it is evidence only, or it repeats one that is recorded.
	Effect string `json:"effect" jsonschema:"enum=settled,enum=refused,enum=evidence,enum=repeated"`
	// It denies what the journal knows: a person should look.
	Alarm bool `json:"alarm,omitempty"`
	// Why it did that, for people.
	Message string `json:"message,omitempty"`
	// The call that it is about; absent when it is about none in the journal.
	Call *StreamCall `json:"call,omitempty"`
}

// A StreamCall names a call of the journal.
type StreamCall struct {
	// Number of its record in the journal.
	Sequence int64 `json:"sequence"`
	// Canonical id of the payment.
	Payment string `json:"payment"`
	// Kind of the call.
	Operation string `json:"operation" jsonschema:"enum=capture,enum=cancel,enum=refund"`
	// Reference of the call.
	Ref string `json:"ref"`
	// What it moves.
	Amount Money `json:"amount"`
}

// The effects of an event that are no state.
const (
	EffectEvidence = "evidence"
	EffectRepeated = "repeated"
)

// ReceivedEvent is an event with what it did, as it is shown: seq is the number
// of its record, 0 when it repeats another, and in the call that it is about, nil
// when it is about none.
func ReceivedEvent(e apply.Event, seq int64, v apply.EventVerdict, in *plan.Intent) StreamEvent {
	out := StreamEvent{
		ID: e.ID, Type: e.Type, ReceivedAt: e.Received.UTC(), Created: e.Created, OperationID: e.OperationID,
		Sequence: seq, Effect: EffectEvidence, Alarm: v.Alarm, Message: v.Message,
	}
	if e.HasCode {
		out.StatusCode = e.Code
	}
	if e.Amount.Currency != "" {
		m := moneyOf(e.Amount.Minor, e.Amount.Currency)
		out.Amount = &m
	}
	switch {
	case seq == 0:
		out.Effect = EffectRepeated
	case v.State != "":
		out.Effect = string(v.State)
	}
	if in != nil {
		out.Call = &StreamCall{
			Sequence: in.Seq, Payment: in.Payment, Operation: string(in.Op), Ref: in.Ref, Amount: moneyOf(in.Amount, in.Currency),
		}
	}
	return out
}

// Event writes an event that was received; a call that it settled, or that was
// refused by it, counts.
func (s *Stream) Event(e StreamEvent) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := e.Call; c != nil && e.Effect != EffectEvidence && e.Effect != EffectRepeated {
		s.calls++
		s.add(c.Operation, e.Effect, c.Amount.Minor, spec.Currency(c.Amount.Currency))
	}
	return s.send(StreamMessage{Type: "event", Event: &e})
}

// EventLine writes an event that was received, on one line.
//
//	2026-11-22 10:00:05 UTC  payment.captured  3066177123_1  settled: capture ship-1 80.00 EUR
func EventLine(w io.Writer, e StreamEvent, style Style) error {
	p := newPrinter(w, style)
	parts := []string{clock(e.ReceivedAt), p.word(e.Type), p.word(e.OperationID)}
	effect, role := e.Effect, plain
	switch {
	case e.Alarm:
		effect, role = "ATTENTION, evidence only", alarm
	case e.Effect == EffectEvidence:
		effect = "evidence only"
	case e.Effect == string(plan.StateRefused):
		role = alarm
	}
	text := p.paint(role, effect)
	if c := e.Call; c != nil {
		text += ": " + p.clean(c.Operation) + " " + p.word(c.Ref) + " " + p.money(c.Amount.Minor, spec.Currency(c.Amount.Currency))
	}
	parts = append(parts, text)
	if e.Message != "" && (e.Effect == EffectEvidence || e.Alarm) {
		parts = append(parts, p.clean(e.Message))
	}
	if e.ID != "" {
		parts = append(parts, "event "+p.word(e.ID))
	}
	p.line(strings.Join(parts, "  "))
	return p.close()
}

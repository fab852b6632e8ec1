package journal

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// Intend records an intent, durably, and returns its number; of i it takes
// what was decided, and Now for an At that is zero. A key that was recorded
// before is refused with apply.ErrKeyUsed, unless what was recorded under it was
// withdrawn.
//
// ctx is asked before the record is queued and not afterwards: an intent that
// is in the journal is never one that its caller was told is not.
func (j *Journal) Intend(ctx context.Context, i plan.Intent) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if i.At.IsZero() {
		i.At = j.cfg.Now()
	}
	if err := checkIntent(i); err != nil {
		return 0, err
	}
	r := &request{intent: &i, done: make(chan struct{})}
	if err := j.put(r); err != nil {
		return 0, fmt.Errorf("record %s: %w", describe(i), err)
	}
	<-r.done
	return r.seq, r.err
}

// Conclude records what became of the intent with the number seq; Now stands
// for an At that is zero. It returns at once; the returned function waits
// until the record is durable, or says why it is not there: the state does not
// follow from the one before, or the journal cannot be written. An outcome of
// the state that the intent has already adds evidence.
func (j *Journal) Conclude(seq int64, o apply.Outcome) (wait func() error) {
	if o.At.IsZero() {
		o.At = j.cfg.Now()
	}
	row, err := newOutcomeRow(seq, o)
	if err != nil {
		return func() error { return err }
	}
	r := &request{outcome: row, done: make(chan struct{})}
	if err := j.put(r); err != nil {
		err = fmt.Errorf("record outcome of intent %d: %w", seq, err)
		return func() error { return err }
	}
	return func() error {
		<-r.done
		return r.err
	}
}

// NoteEcho records that the platform returned the reference sent with an
// operation of this kind. It returns at once, and is a no-op after the first.
// A failure to record it stops the journal and shows in the next Intend.
func (j *Journal) NoteEcho(op spec.Op, operationID string, at time.Time) {
	if j.Echoed(op) {
		return
	}
	if at.IsZero() {
		at = j.cfg.Now()
	}
	// The error is one that every method which can return it returns as well.
	_ = j.put(&request{
		echo: &echoRow{op: op, operationID: clean(operationID), at: at},
		done: make(chan struct{}),
	})
}

// put queues a request.
func (j *Journal) put(r *request) error {
	if j.w == nil {
		return ErrReadOnly
	}
	return j.w.put(r)
}

// An outcomeRow is an outcome as it is stored.
type outcomeRow struct {
	apply.Outcome
	intent   int64
	sentAt   time.Time
	evidence string
}

// body is the hash of the body that was sent, empty when none was.
func (o *outcomeRow) body() []byte {
	if o.BodySHA == [32]byte{} {
		return []byte{}
	}
	return o.BodySHA[:]
}

// An echoRow is an echo as it is stored.
type echoRow struct {
	op          spec.Op
	operationID string
	at          time.Time
}

// newOutcomeRow encodes the evidence, in the caller's time and not the writer's.
func newOutcomeRow(seq int64, o apply.Outcome) (*outcomeRow, error) {
	if !outcome(o.State) {
		return nil, fmt.Errorf("record outcome of intent %d: %q is not an outcome", seq, o.State)
	}
	o.OperationID, o.ErrorID, o.Message = clean(o.OperationID), clean(o.ErrorID), clean(o.Message)
	row := &outcomeRow{Outcome: o, intent: seq}
	if len(o.Sends) == 0 {
		return row, nil
	}
	for _, s := range o.Sends {
		if s.At.After(row.sentAt) {
			row.sentAt = s.At
		}
	}
	b, err := json.Marshal(o.Sends)
	if err != nil {
		return nil, fmt.Errorf("record outcome of intent %d: encode evidence: %w", seq, err)
	}
	row.evidence = string(b)
	return row, nil
}

// describe names an intent in errors.
func describe(i plan.Intent) string {
	return fmt.Sprintf("%s %s of payment %s", i.Op, i.Ref, i.Payment)
}

// checkIntent refuses what cannot be an intent: a bug in the caller, found
// before anything is sent.
func checkIntent(i plan.Intent) error {
	fault := ""
	switch {
	case i.Payment == "":
		fault = "it has no payment"
	case i.Op != spec.Capture && i.Op != spec.Cancel && i.Op != spec.Refund:
		fault = "it is no call that moves money"
	case i.Amount < 1 || i.Amount > spec.MaxMinor:
		fault = fmt.Sprintf("amount %d is not between 1 and %d", i.Amount, int64(spec.MaxMinor))
	case i.Currency == "":
		fault = "it has no currency"
	case i.Attempt < 1:
		fault = fmt.Sprintf("attempt %d is not 1 or more", i.Attempt)
	case i.Key == "" || len(i.Key) > 40:
		fault = "its key does not have 1 to 40 characters"
	case i.Payment != clean(i.Payment), i.Ref != clean(i.Ref), string(i.Currency) != clean(string(i.Currency)),
		string(i.Key) != clean(string(i.Key)), i.PlanID != clean(i.PlanID):
		fault = "what it says is no text"
	default:
		return nil
	}
	return fmt.Errorf("record %s: %s", describe(i), fault)
}

package journal

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A Receipt says what became of an event that was received.
type Receipt struct {
	Seq     int64 // number of its record; 0 of one that repeats another
	Verdict apply.EventVerdict
	Intent  *plan.Intent // that it is about, as it stood before; nil when it is about none
}

// Repeated reports that the event, or one that it duplicates, is recorded.
func (r Receipt) Repeated() bool { return r.Seq == 0 }

// Receive records events of the platform as evidence, durably, in one step, and
// with each the outcome that it leads to, as apply.JudgeEvent says. Of those
// that share an identity within this environment and merchant the first is
// recorded. It returns a receipt for each event, in their order; after an error
// nothing is recorded. Nothing but outcomes of accepted intents follows from it.
func (j *Journal) Receive(ctx context.Context, events []apply.Event) (receipts []Receipt, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for _, e := range events {
		if e.Identity == "" {
			return nil, errors.New("record events: one has no identity")
		}
	}
	r := &request{what: "events", done: make(chan struct{}), alone: func() (refusal, failure error) {
		receipts = make([]Receipt, len(events))
		for i, e := range events {
			if receipts[i], failure = j.w.receive(e); failure != nil {
				return nil, failure
			}
		}
		return nil, nil
	}}
	if err := j.put(r); err != nil {
		return nil, fmt.Errorf("record events: %w", err)
	}
	<-r.done
	if r.err != nil {
		return nil, r.err
	}
	return receipts, nil
}

// receive records one event inside a transaction, and what follows from it.
func (w *writer) receive(e apply.Event) (r Receipt, err error) {
	if e.Received.IsZero() {
		e.Received = w.j.cfg.Now()
	}
	id := w.identity(e)
	var seq int64
	switch err = w.row([]any{&seq}, `SELECT seq FROM events WHERE identity = $1`, id); {
	case err == nil:
		return r, nil
	case !errors.Is(err, sql.ErrNoRows):
		return r, err
	}
	own, err := w.knownOf(e.Payment)
	if err != nil {
		return r, err
	}
	r.Verdict = apply.JudgeEvent(e, own)
	for i := range own {
		if own[i].Seq == r.Verdict.Intent {
			r.Intent = &own[i]
		}
	}
	if err := w.insertEvent(e, id, r.Verdict); err != nil {
		return r, err
	}
	r.Seq = w.seq
	if r.Verdict.State == "" {
		return r, nil
	}
	return r, w.concluded(e, r.Verdict)
}

// identity is what an event shares with its duplicates, and with none of
// another environment or merchant.
func (w *writer) identity(e apply.Event) []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q", w.j.cfg.Environment, w.j.cfg.Merchant, e.Identity))
	return sum[:]
}

// knownOf reads the intents of a payment as they stand inside the transaction.
func (w *writer) knownOf(payment string) (own []plan.Intent, err error) {
	if payment == "" {
		return nil, nil
	}
	conn, limit := w.s.conn()
	ctx, cancel := bounded(limit)
	defer cancel()
	rows, err := conn.QueryContext(ctx, `SELECT `+columns+` FROM intents i
		JOIN runs r ON r.run = i.run AND r.environment = $2 AND r.merchant = $3
		LEFT JOIN outcomes o ON o.intent = i.seq
		WHERE i.payment = $1 ORDER BY i.seq, o.seq`, payment, w.j.cfg.Environment, w.j.cfg.Merchant)
	if err != nil {
		return nil, err
	}
	err = fold(rows, func(i plan.Intent) bool {
		own = append(own, i)
		return true
	})
	return own, err
}

// evidenceOnly is the effect of an event that led to nothing.
const evidenceOnly = "evidence"

// insertEvent writes an event with the number that is next.
func (w *writer) insertEvent(e apply.Event, id []byte, v apply.EventVerdict) error {
	facts, err := factsOf(e)
	if err != nil {
		return err
	}
	code, effect := int64(-1), evidenceOnly
	if e.HasCode {
		code = int64(e.Code)
	}
	if v.State != "" {
		effect = string(v.State)
	}
	return w.event(e.Received,
		`INSERT INTO events (seq, run, identity, event_id, type, payment, operation, code, received_at, created,
			body_sha256, facts, intent, effect, message)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		id, withoutCards(e.ID), withoutCards(e.Type), clean(e.Payment), clean(e.OperationID), code,
		nanos(e.Received), nanos(e.Created), e.BodySHA[:], facts, v.Intent, effect, withoutCards(v.Message))
}

// concluded writes the outcome that the event before it led to.
func (w *writer) concluded(e apply.Event, v apply.EventVerdict) error {
	row, err := newOutcomeRow(v.Intent, apply.Outcome{
		At: e.Received, State: v.State, OperationID: e.OperationID, Code: e.Code, Message: withoutCards(v.Message),
	})
	if err != nil {
		return err
	}
	r := &request{outcome: row}
	switch ok, err := w.admitOutcome(r); {
	case err != nil:
		return err
	case !ok:
		return r.err
	}
	w.saw(row.At)
	return w.exec(`INSERT INTO outcomes (seq, run, intent, at, state, operation_id, code, status, error_id, message,
			body_sha256, absent, sent_at, evidence)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 0, '', $8, $9, $10, 0, '')`,
		r.seq, w.run, row.intent, nanos(row.At), string(row.State), row.OperationID, int64(row.Code), row.Message, row.body(), false)
}

// facts are what is kept of the body of an event.
type facts struct {
	ID        string    `json:"id"`
	Type      string    `json:"type"`
	Created   time.Time `json:"created,omitzero"`
	Payment   string    `json:"payment,omitzero"`
	Operation string    `json:"operation,omitzero"`
	Code      *int      `json:"code,omitempty"`
	Amount    *int64    `json:"amount,omitempty"`
	Currency  string    `json:"currency,omitzero"`
	Ref       string    `json:"ref,omitzero"`
}

func factsOf(e apply.Event) (string, error) {
	f := facts{
		ID: withoutCards(e.ID), Type: withoutCards(e.Type), Created: e.Created, Payment: clean(e.Payment), Operation: clean(e.OperationID),
		Currency: clean(string(e.Amount.Currency)), Ref: withoutCards(e.Ref),
	}
	if e.HasCode {
		f.Code = &e.Code
	}
	if e.Amount.Currency != "" {
		f.Amount = &e.Amount.Minor
	}
	b, err := json.Marshal(f)
	return string(b), err
}

// withoutCards is text as it can be stored, or a word in its place when it
// seems to hold a card number.
func withoutCards(text string) string {
	if text = clean(text); spec.HasCard(text) {
		return "(withheld: it looks like a card number)"
	}
	return text
}

package journal

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

// An Event is a record about an intent: first the intent itself, as an
// outcome of the state intended, then each outcome with its evidence.
type Event struct {
	Seq         int64
	Actor       string // who ran the process that recorded it
	ToolVersion string
	Outcome     apply.Outcome
}

// eventsSQL reads an intent and its outcomes as rows of one shape.
const eventsSQL = `SELECT e.seq, r.actor, r.tool_version, e.at, e.state, e.operation_id,
	e.code, e.status, e.error_id, e.message, e.body_sha256, e.absent, e.evidence
FROM (
	SELECT seq, run, at, 'intended' AS state, '' AS operation_id,
		0 AS code, 0 AS status, '' AS error_id, '' AS message, NULL AS body_sha256, FALSE AS absent, '' AS evidence
	FROM intents WHERE seq = $1
	UNION ALL
	SELECT seq, run, at, state, operation_id, code, status, error_id, message, body_sha256, absent, evidence
	FROM outcomes WHERE intent = $1
) e JOIN runs r ON r.run = e.run
WHERE r.environment = $2 AND r.merchant = $3
ORDER BY e.seq`

// Events returns what is recorded about the intent with the number seq, oldest
// first, and an error when there is no such intent in this environment and of
// this merchant.
func (j *Journal) Events(ctx context.Context, seq int64) ([]Event, error) {
	rows, err := j.reads.QueryContext(ctx, eventsSQL, seq, j.cfg.Environment, j.cfg.Merchant)
	if err != nil {
		return nil, j.readError(err)
	}
	defer func() { _ = rows.Close() }() // rows.Err says what there is to say
	var events []Event
	for rows.Next() {
		var e Event
		var at int64
		var body []byte
		var evidence string
		o := &e.Outcome
		err := rows.Scan(&e.Seq, &e.Actor, &e.ToolVersion, &at, &o.State, &o.OperationID,
			&o.Code, &o.Status, &o.ErrorID, &o.Message, &body, &o.Absent, &evidence)
		if err != nil {
			return nil, j.readError(err)
		}
		o.At = fromNanos(at)
		copy(o.BodySHA[:], body)
		if evidence != "" {
			if err := json.Unmarshal([]byte(evidence), &o.Sends); err != nil {
				return nil, fmt.Errorf("read journal %s: evidence of record %d: %w", j.path, e.Seq, err)
			}
		}
		events = append(events, e)
	}
	if err := rows.Err(); err != nil {
		return nil, j.readError(err)
	}
	if len(events) == 0 || events[0].Outcome.State != plan.StateIntended {
		return nil, fmt.Errorf("read journal %s: there is no intent %d of this environment and merchant", j.path, seq)
	}
	return events, nil
}

package journal

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/payreconcile/payreconcile/pkg/plan"
)

// A refusal is an error that concerns one request and not the writer.
type refusal struct{ error }

func (r *refusal) Unwrap() error { return r.error }

// state returns where an intent stands, and whether this process wrote it.
// What this process wrote nobody else concludes, as long as it is not stale.
func (w *writer) state(seq int64) (s plan.State, own bool, err error) {
	own = w.own(seq)
	if seq >= w.base && w.stale == nil {
		if own {
			return w.states[seq-w.base].state(), own, nil
		}
		return "", own, &refusal{fmt.Errorf("record outcome: there is no intent %d", seq)}
	}
	if s, ok := w.older[seq]; ok {
		return s, own, nil
	}
	var mine bool
	err = w.row([]any{&s, &mine},
		`SELECT coalesce((SELECT state FROM outcomes WHERE intent = i.seq ORDER BY seq DESC LIMIT 1), 'intended'),
			r.environment = $2 AND r.merchant = $3
		FROM intents i JOIN runs r ON r.run = i.run WHERE i.seq = $1`,
		seq, w.j.cfg.Environment, w.j.cfg.Merchant)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		err = &refusal{fmt.Errorf("record outcome: there is no intent %d", seq)}
	case err == nil && !mine:
		err = &refusal{fmt.Errorf("record outcome: intent %d belongs to another environment or merchant", seq)}
	case err == nil && w.stale != nil && !own:
		err = &refusal{fmt.Errorf("record outcome of intent %d: %w", seq, w.stale)}
	}
	return s, own, err
}

// own reports whether this process wrote the intent with the number seq.
func (w *writer) own(seq int64) bool {
	i := seq - w.base
	return i >= 0 && i < int64(len(w.states)) && w.states[i] != 0
}

package sim

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A Journal is a store as one process has it open for writing.
type Journal struct {
	s       *Store
	fence   int64
	born    int64     // number of the newest record when it was opened
	renewed time.Time // when the lease was last renewed
	ended   bool      // closed, crashed, or fenced off
	trouble period
	stalled period
}

// A period is the time from one moment to another.
type period struct{ from, to time.Time }

func (p period) has(t time.Time) bool { return !t.Before(p.from) && t.Before(p.to) }

var (
	_ apply.Journal = (*Journal)(nil)
	_ io.Closer     = (*Journal)(nil)
)

// errUnreachable is what recording says while the storage cannot be reached.
var errUnreachable = errors.New("the storage does not answer")

// errFenced is what a process is told in whose place another one works.
var errFenced = fmt.Errorf("%w: it has taken over", apply.ErrLocked)

// Trouble makes everything that records fail from one moment to another, and
// the lease go without renewal. It is called before the journal is used.
func (j *Journal) Trouble(from, to time.Time) { j.trouble = period{from, to} }

// Stall makes the lease go without renewal from one moment to another. It is
// called before the journal is used.
func (j *Journal) Stall(from, to time.Time) { j.stalled = period{from, to} }

// Ref returns the store's id and the number of its newest record.
func (j *Journal) Ref() plan.JournalRef {
	j.s.mu.Lock()
	defer j.s.mu.Unlock()
	seq := j.s.view.seq
	return plan.JournalRef{ID: j.s.cfg.ID, Seq: seq, New: seq == 0}
}

// Newest returns the time of the newest record.
func (j *Journal) Newest() time.Time {
	j.s.mu.Lock()
	defer j.s.mu.Unlock()
	return j.s.view.newest
}

// Lease returns what is left of the lease: Forever where the store has a lock.
func (j *Journal) Lease() time.Duration {
	j.s.mu.Lock()
	defer j.s.mu.Unlock()
	return j.lease()
}

func (j *Journal) lease() time.Duration {
	switch {
	case j.ended || j.s.holder != j:
		return 0
	case j.s.cfg.Lease == 0:
		return apply.Forever
	}
	now := time.Now()
	tick := j.s.cfg.Lease / renewals
	for next := j.renewed.Add(tick); !next.After(now); next = next.Add(tick) {
		if next.Sub(j.renewed) > j.s.cfg.Lease {
			break
		}
		if !j.trouble.has(next) && !j.stalled.has(next) {
			j.renewed = next
		}
	}
	return max(0, j.renewed.Add(j.s.cfg.Lease).Sub(now))
}

// renewals is how often a lease is renewed while it lasts.
const renewals = 9

// Known returns the intents of payments, oldest first.
func (j *Journal) Known(_ context.Context, bases []string) (map[string][]plan.Intent, error) {
	j.s.mu.Lock()
	defer j.s.mu.Unlock()
	out := make(map[string][]plan.Intent, len(bases))
	for _, b := range bases {
		if _, done := out[b]; done {
			continue
		}
		for _, i := range j.s.view.byBase[b] {
			out[b] = append(out[b], *i)
		}
	}
	return out, nil
}

// Open returns the intents without a known outcome, oldest first.
func (j *Journal) Open(_ context.Context, limit int) ([]plan.Intent, error) {
	return j.list(0, limit, plan.Intent.Open), nil
}

// Accepted returns the intents that were accepted and have not settled, oldest
// first.
func (j *Journal) Accepted(_ context.Context, after int64, limit int) ([]plan.Intent, error) {
	return j.list(after, limit, func(i plan.Intent) bool { return i.State == plan.StateAccepted }), nil
}

func (j *Journal) list(after int64, limit int, take func(plan.Intent) bool) (out []plan.Intent) {
	j.s.mu.Lock()
	defer j.s.mu.Unlock()
	for _, i := range j.s.view.intents {
		if i.Seq > after && take(*i) && (limit <= 0 || len(out) < limit) {
			out = append(out, *i)
		}
	}
	return out
}

// Intend records an intent and returns once it is durable.
func (j *Journal) Intend(ctx context.Context, i plan.Intent) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, fmt.Errorf("record the intent: %w", err)
	}
	if err := invalid(i); err != nil {
		return 0, err
	}
	i.State, i.StateAt = plan.StateIntended, i.At
	seq, wait, err := j.s.append(j, record{kind: intentRecord, at: i.At, intent: i})
	if err != nil {
		return 0, err
	}
	wait()
	return seq, nil
}

// Conclude records what became of an intent.
func (j *Journal) Conclude(seq int64, o apply.Outcome) func() error {
	_, wait, err := j.s.append(j, record{kind: outcomeRecord, at: o.At, of: seq, outcome: o})
	return func() error {
		if err == nil {
			wait()
		}
		return err
	}
}

// Echoed reports whether references of a kind were ever seen to come back.
func (j *Journal) Echoed(op spec.Op) bool {
	j.s.mu.Lock()
	defer j.s.mu.Unlock()
	return j.s.view.echoed[op]
}

// NoteEcho records such a sight, once.
func (j *Journal) NoteEcho(op spec.Op, _ string, at time.Time) {
	if j.Echoed(op) {
		return
	}
	_, _, _ = j.s.append(j, record{kind: echoRecord, at: at, op: op})
}

// Accept stores a whole plan, durably, and ends those that were begun before.
func (j *Journal) Accept(ctx context.Context, r io.Reader, begin func() (apply.PlanRecord, error)) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	rec, err := begin()
	if err != nil {
		return err
	}
	if err := apply.CheckApprovals(rec.Approvals); err != nil {
		return fmt.Errorf("record the plan: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("record the plan: %w", err)
	}
	_, wait, err := j.s.append(j, record{kind: planRecord, at: rec.AcceptedAt, plan: rec, bytes: b})
	if err == nil {
		wait()
	}
	return err
}

// Unfinished returns the newest plan that was begun and not finished.
func (j *Journal) Unfinished(context.Context) (apply.PlanRecord, error) {
	j.s.mu.Lock()
	defer j.s.mu.Unlock()
	for i := len(j.s.view.plans) - 1; i >= 0; i-- {
		if p := j.s.view.plans[i]; p.FinishedAt.IsZero() {
			return p.PlanRecord, nil
		}
	}
	return apply.PlanRecord{}, apply.ErrNoPlan
}

// Plan returns the record of a plan.
func (j *Journal) Plan(_ context.Context, id string) (apply.PlanRecord, error) {
	j.s.mu.Lock()
	defer j.s.mu.Unlock()
	if p := j.s.view.plan(id); p != nil {
		return p.PlanRecord, nil
	}
	return apply.PlanRecord{}, apply.ErrNoPlan
}

// ReadPlan returns the bytes of a plan.
func (j *Journal) ReadPlan(_ context.Context, id string) (io.ReadCloser, error) {
	j.s.mu.Lock()
	defer j.s.mu.Unlock()
	if p := j.s.view.plan(id); p != nil {
		return io.NopCloser(bytes.NewReader(p.bytes)), nil
	}
	return nil, apply.ErrNoPlan
}

// Finish marks a plan as finished.
func (j *Journal) Finish(_ context.Context, id, result string, at time.Time) error {
	_, wait, err := j.s.append(j, record{kind: finishRecord, at: at, plan: apply.PlanRecord{PlanID: id, Result: result}})
	if err == nil {
		wait()
	}
	return err
}

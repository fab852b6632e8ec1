package apply_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A memory is a journal that survives the processes of a test, and keeps the
// rules of the real one: it costs a hundredth of its time. All tests run on the
// real one when PAYRECONCILE_TEST_LONG is set.
type memory struct {
	mu      sync.Mutex
	seq     int64
	newest  time.Time
	intents []*plan.Intent
	seqs    map[int64]*plan.Intent
	byBase  map[string][]*plan.Intent
	echoed  map[spec.Op]bool
	plans   []*memoryPlan
	born    int64 // number of the last record of earlier processes
}

type memoryPlan struct {
	apply.PlanRecord
	bytes []byte
}

var _ apply.Journal = (*memory)(nil)

func newMemory() *memory {
	return &memory{byBase: map[string][]*plan.Intent{}, seqs: map[int64]*plan.Intent{}, echoed: map[spec.Op]bool{}}
}

// next begins another process.
func (m *memory) next() *memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.born = m.seq
	return m
}

func (m *memory) record(at time.Time) int64 {
	m.seq++
	if at.After(m.newest) {
		m.newest = at
	}
	return m.seq
}

func (m *memory) Ref() plan.JournalRef {
	m.mu.Lock()
	defer m.mu.Unlock()
	return plan.JournalRef{ID: "memory", Seq: m.seq, New: m.seq == 0}
}

func (m *memory) Newest() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.newest
}

func (m *memory) Lease() time.Duration { return apply.Forever }

func (m *memory) Known(_ context.Context, bases []string) (map[string][]plan.Intent, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[string][]plan.Intent{}
	for _, b := range bases {
		for _, i := range m.byBase[b] {
			out[b] = append(out[b], *i)
		}
	}
	return out, nil
}

func (m *memory) Open(_ context.Context, limit int) (out []plan.Intent, _ error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, i := range m.intents {
		if i.Open() && len(out) < limit {
			out = append(out, *i)
		}
	}
	return out, nil
}

func (m *memory) Accepted(_ context.Context, after int64, limit int) (out []plan.Intent, _ error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, i := range m.intents {
		if i.State == plan.StateAccepted && i.Seq > after && len(out) < limit {
			out = append(out, *i)
		}
	}
	return out, nil
}

func (m *memory) Intend(_ context.Context, i plan.Intent) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, x := range m.byBase[i.Payment] {
		if x.Key == i.Key && x.State != plan.StateWithdrawn {
			return 0, apply.ErrKeyUsed
		}
	}
	i.Seq = m.record(i.At)
	m.seqs[i.Seq] = &i
	m.intents = append(m.intents, &i)
	m.byBase[i.Payment] = append(m.byBase[i.Payment], &i)
	return i.Seq, nil
}

func (m *memory) Conclude(seq int64, o apply.Outcome) func() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	err := m.conclude(seq, o)
	return func() error { return err }
}

func (m *memory) conclude(seq int64, o apply.Outcome) error {
	i := m.seqs[seq]
	switch {
	case i == nil:
		return fmt.Errorf("there is no intent %d", seq)
	case o.State == plan.StateWithdrawn && (seq <= m.born || i.State != plan.StateIntended),
		i.State == plan.StateUnknown && o.State == plan.StateWithdrawn,
		i.State == plan.StateAccepted && o.State == plan.StateUnknown,
		(i.State == plan.StateSettled || i.State == plan.StateRefused || i.State == plan.StateWithdrawn) && o.State != i.State:
		return fmt.Errorf("intent %d is %s and cannot become %s", seq, i.State, o.State)
	}
	m.record(o.At)
	if i.State != o.State {
		i.State, i.StateAt = o.State, o.At
	}
	if o.OperationID != "" {
		i.OperationID = o.OperationID
	}
	for _, s := range o.Sends {
		if s.At.After(i.LastSendAt) {
			i.LastSendAt = s.At
		}
	}
	if o.Absent {
		i.Absent = append(i.Absent[:len(i.Absent):len(i.Absent)], o.At)
	}
	i.Code, i.Message = o.Code, o.Message
	return nil
}

func (m *memory) Echoed(op spec.Op) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.echoed[op]
}

func (m *memory) NoteEcho(op spec.Op, _ string, at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.echoed[op] {
		m.record(at)
		m.echoed[op] = true
	}
}

func (m *memory) Accept(_ context.Context, r io.Reader, begin func() (apply.PlanRecord, error)) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	rec, err := begin()
	if err != nil {
		return err
	}
	if err := apply.CheckApprovals(rec.Approvals); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.find(rec.PlanID) != nil {
		return apply.ErrPlanUsed
	}
	for _, p := range m.plans {
		if p.FinishedAt.IsZero() {
			m.record(rec.AcceptedAt)
			p.FinishedAt, p.Result = rec.AcceptedAt, apply.SupersededBy(rec.PlanID)
		}
	}
	for range 1 + len(rec.Approvals) {
		m.record(rec.AcceptedAt)
	}
	m.plans = append(m.plans, &memoryPlan{rec, b})
	return nil
}

func (m *memory) find(id string) *memoryPlan {
	for _, p := range m.plans {
		if p.PlanID == id {
			return p
		}
	}
	return nil
}

func (m *memory) Unfinished(context.Context) (apply.PlanRecord, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := len(m.plans) - 1; i >= 0; i-- {
		if m.plans[i].FinishedAt.IsZero() {
			return m.plans[i].PlanRecord, nil
		}
	}
	return apply.PlanRecord{}, apply.ErrNoPlan
}

func (m *memory) Plan(_ context.Context, id string) (apply.PlanRecord, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if p := m.find(id); p != nil {
		return p.PlanRecord, nil
	}
	return apply.PlanRecord{}, apply.ErrNoPlan
}

func (m *memory) ReadPlan(_ context.Context, id string) (io.ReadCloser, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if p := m.find(id); p != nil {
		return io.NopCloser(bytes.NewReader(p.bytes)), nil
	}
	return nil, apply.ErrNoPlan
}

func (m *memory) Finish(_ context.Context, id, result string, at time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.find(id)
	if p == nil {
		return apply.ErrNoPlan
	}
	m.record(at)
	p.FinishedAt, p.Result = at, result
	return nil
}

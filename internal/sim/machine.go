package sim

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/payreconcile/payreconcile/internal/audit"
	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/internal/pace"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

// A machine is where processes run: with a journal, and a clock of its own.
type machine struct {
	w     *world
	n     int
	store *Store
	path  string // of the journal where it is a real one
	file  []byte // a plan that was made and not applied yet
	runs  int
	heads []audit.Claim          // of the audit log of a real journal, that somebody kept
	began map[plan.Key]time.Time // when it first sent each key
	last  map[plan.Key]time.Time // when it last did

	mu   sync.Mutex
	skew time.Duration // of its clock
	busy *process      // which works with the journal
}

// working reports that a process works with the machine's journal and has not
// lost its lease.
func (m *machine) working() bool {
	m.mu.Lock()
	p := m.busy
	m.mu.Unlock()
	return p != nil && !p.isDead() && p.j.Lease() > 0
}

func (m *machine) now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return time.Now().Add(m.skew).UTC()
}

// jump sets the clock of a machine by so much.
func (m *machine) jump(by time.Duration) {
	m.mu.Lock()
	m.skew += by
	m.mu.Unlock()
	m.w.count("clock jumped")
	m.w.note(-1, "clock of machine %d jumps by %v", m.n, by)
}

// start starts a process on the machine; nil when the journal is locked.
func (m *machine) start(d *draw) *process {
	m.runs++
	p := &process{w: m.w, m: m, name: fmt.Sprintf("process %d-%d", m.n, m.runs), opts: drawOptions(d, m.w.traits)}
	if d.intn(10) < m.w.traits.mortal {
		p.dieAt = 1 + d.intn(pick(d, 12, 40, 120))
	}
	j, err := m.open()
	if err != nil {
		m.w.note(-1, "%s does not get the journal: %v", p, err)
		m.w.count("locked")
		return nil
	}
	if own, ok := j.(*Journal); ok && m.w.traits.trouble && d.oneIn(3) {
		from := time.Now().Add(d.span(10*time.Millisecond, time.Minute))
		own.Trouble(from, from.Add(d.span(time.Second, 10*time.Minute)))
	}
	if own, ok := j.(*Journal); ok && m.w.traits.stalls && d.oneIn(2) {
		from := time.Now().Add(d.span(10*time.Millisecond, time.Minute))
		own.Stall(from, from.Add(d.span(time.Minute, 20*time.Minute)))
	}
	p.j = mortal{j, p}
	m.mu.Lock()
	m.busy = p
	m.mu.Unlock()
	var connection http.RoundTripper = &line{p}
	if p.opts.Parallelism == 1 && d.oneIn(2) { // else who goes first at one instant is chance
		pacer := pace.New(1, pick(d, 0, 1, 5, 50))
		connection, p.pace = pacer.Watch(connection), pacer
	}
	p.gate, err = m.w.gateway(Client{
		Connection: connection, Pace: p.pace, APIKeyID: apiKeyID, Merchant: merchantID, CallTimeout: p.opts.CallTimeout, Now: m.now,
		Random: func() uint64 { return hash(m.w.seed, p.name, uint64(time.Now().UnixNano())) },
	})
	if err != nil {
		m.w.violate(-1, promiseSound, "%v", err)
		return nil
	}
	return p
}

// open opens the machine's journal.
func (m *machine) open() (apply.Journal, error) {
	if m.store != nil {
		return m.store.Open()
	}
	return journal.Open(context.Background(), journal.Config{
		Path: m.path, Environment: environment, Merchant: merchantID, Mode: journal.Write, Now: m.now,
	})
}

// durable returns what a crash would leave in the machine's journal, by
// payment.
func (m *machine) durable() map[string][]plan.Intent {
	if m.store != nil {
		return m.store.Durable()
	}
	j, err := m.open()
	if err != nil {
		m.w.violate(-1, promiseLocked, "the journal of machine %d cannot be read: %v", m.n, err)
		return nil
	}
	defer m.close(j)
	if own, ok := j.(*journal.Journal); ok {
		m.audit(own)
	}
	var bases []string
	for _, p := range m.w.payments {
		bases = append(bases, p.base)
	}
	known, err := j.Known(context.Background(), bases)
	if err != nil {
		m.w.violate(-1, promiseSound, "%v", err)
	}
	return known
}

// audit holds the audit log of a journal against every head that was made of it
// before, wherever the processes between them died, and keeps one more.
func (m *machine) audit(j *journal.Journal) {
	ctx := context.Background()
	head, ok, err := j.AuditHead(ctx, func(h audit.Head) (string, error) { return h.String(), nil }, func(audit.Claim) bool { return true })
	if err != nil {
		m.w.violate(-1, promiseSound, "%v", err)
		return
	}
	if ok {
		head.Outside, head.From = true, "kept"
		m.heads = append(m.heads, head)
		m.w.count("audited")
	}
	s, err := j.AuditSource(ctx)
	if err == nil {
		s.Heads = append(s.Heads, m.heads...)
		var r *audit.Report
		if r, err = audit.Verify(s); err == nil && !r.Sound() {
			m.w.violate(-1, promiseSound, "the audit log of machine %d: %v", m.n, r.Faults)
		}
	}
	if err != nil {
		m.w.violate(-1, promiseSound, "%v", err)
	}
}

func (m *machine) close(j apply.Journal) {
	if err := j.(io.Closer).Close(); err != nil {
		m.w.violate(-1, promiseSound, "close the journal: %v", err)
	}
}

// leave ends a process that has come to its end, dead or alive.
func (p *process) leave() {
	p.m.mu.Lock()
	p.m.busy = nil
	p.m.mu.Unlock()
	j := p.j.(mortal).Journal
	if _, own := j.(*Journal); !p.isDead() || !own {
		p.m.close(j)
	}
	p.w.spent(p)
}

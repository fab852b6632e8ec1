package sim

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/sandbox"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// Options say how a story is told.
type Options struct {
	Gateway func(Client) (apply.Gateway, error)
	Keep    bool // keep the lines of the trace
}

// A Result is how a story went.
type Result struct {
	Violations []Violation
	Hash       uint64 // of everything that happened
	Counts     map[string]int64
	Trace      string // with Options.Keep
	Real       bool   // the journal was a real one: its story is not told the same twice
}

// Run tells the story of a seed. It must be called in a bubble of
// testing/synctest, which every story needs for itself.
func Run(seed uint64, o Options) (*Result, error) {
	w, err := newWorld(seed, o)
	if err != nil {
		return nil, err
	}
	if w.traits.real {
		dir, err := os.MkdirTemp("", "sim-")
		if err != nil {
			return nil, fmt.Errorf("make a folder for the journal: %w", err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		for _, m := range w.machines {
			m.path = filepath.Join(dir, fmt.Sprintf("journal-%d.db", m.n))
		}
	}
	s := &story{world: w, draw: drawFor(seed, "story", 0)}
	s.tell()
	w.net.settled()
	w.net.close()
	return &Result{Violations: w.violations, Hash: w.trace.sum(), Counts: w.counts, Trace: w.trace.String(), Real: w.traits.real}, nil
}

func newWorld(seed uint64, o Options) (*world, error) {
	t := drawTraits(seed)
	captureUnit, _ := unit(t.hundredths)
	w := &world{
		seed: seed, gateway: o.Gateway, traits: t, trace: newTrace(t.payments, o.Keep),
		env:    plan.Env{Name: environment, Merchant: merchantID, CaptureUnit: captureUnit, RefundOpen: t.openRefunds},
		counts: map[string]int64{}, requests: map[string]uint64{}, bodies: map[plan.Key]string{}, reads: make([][]time.Time, t.payments), retried: make([]bool, t.payments),
		accepted: map[plan.Key]*call{}, places: map[string]map[plan.Key]place{}, words: map[plan.Key]bool{}, most: make([]map[spec.Op]int64, t.payments),
	}
	w.net.w = w
	sb, err := sandbox.New(sandbox.Config{
		MerchantID: merchantID, APIKeyID: apiKeyID, APISecret: Secret, Seed: int64(seed), Behaviour: &t.behaviour,
	})
	if err != nil {
		return nil, err
	}
	w.sb = sb
	var lines strings.Builder
	for n := range t.payments {
		w.payments = append(w.payments, newPayment(seed, n, t))
		w.most[n] = map[spec.Op]int64{}
		lines.WriteString(w.payments[n].seed())
	}
	if _, err := sb.LoadSeed(strings.NewReader(lines.String())); err != nil {
		return nil, err
	}
	w.addMachine()
	if t.twoMachines {
		w.addMachine()
	}
	for n, p := range w.payments {
		w.note(n, "%d %s, wishes %s", p.authorized, p.currency, strings.TrimSpace(p.declaration(0)))
	}
	w.note(-1, "traits %+v", t)
	return w, nil
}

func (w *world) addMachine() {
	m := &machine{w: w, n: len(w.machines), began: map[plan.Key]time.Time{}, last: map[plan.Key]time.Time{}}
	w.machines = append(w.machines, m)
	if w.traits.real {
		return
	}
	seed := hash(w.seed, "groups", uint64(m.n))
	m.store = NewStore(StoreConfig{
		ID: fmt.Sprint("journal-", m.n), Lease: w.traits.lease, CallTimeout: time.Minute,
		Group: func(n uint64) time.Duration { return spanOf(mix(seed+n), 100*time.Microsecond, 80*time.Millisecond) },
	})
}

// A story is told in rounds, each on one machine and by one process or several.
type story struct {
	*world
	draw *draw
}

// tell tells the whole story.
func (s *story) tell() {
	time.Sleep(s.draw.span(time.Hour, 2*time.Hour))
	s.addFaults()
	for range s.traits.rounds {
		s.pause()
		s.meddle()
		s.round()
		s.audit()
	}
	s.calm()
	s.end()
}

func (s *story) addFaults() {
	for _, f := range s.traits.faults {
		if _, err := s.sb.AddFault(f); err != nil {
			s.violate(-1, promiseSound, "%v", err)
		}
	}
}

// pause lets time pass between two rounds.
func (s *story) pause() {
	d := s.draw
	by := d.span(time.Second, 30*time.Minute)
	switch {
	case s.traits.hurried:
		by = d.span(100*time.Millisecond, 20*time.Second)
	case !s.traits.short && d.oneIn(3):
		by = d.span(time.Hour, 40*time.Hour)
		if d.oneIn(2) {
			by = s.traits.keyWindow + d.span(time.Second, time.Hour) - 30*time.Minute
		}
	}
	time.Sleep(by)
	s.note(-1, "%v later", by)
	if s.traits.jumps && d.oneIn(2) {
		m := s.machines[d.intn(len(s.machines))]
		by := d.span(time.Second, 30*time.Hour)
		if d.oneIn(2) {
			by = -by
		}
		m.jump(by)
	}
}

// meddle is what others do between two rounds.
func (s *story) meddle() {
	if s.traits.portal && s.draw.oneIn(2) {
		s.portal(s.draw)
	}
	if s.traits.edits && s.draw.oneIn(2) {
		s.payments[s.draw.intn(len(s.payments))].edit(s.draw, s.world)
	}
	if s.traits.forging {
		s.mu.Lock()
		s.forging = s.draw.oneIn(3)
		s.mu.Unlock()
	}
}

// portal is what a person does in the platform's portal.
func (s *story) portal(d *draw) {
	p := s.payments[d.intn(len(s.payments))]
	kind := pick(d, sandbox.Capture, sandbox.Cancel, sandbox.Refund, sandbox.Refund)
	amount := 10 * d.between(1, p.authorized/10)
	if d.oneIn(3) {
		if o := p.wish.of(specOf(kind)); len(o.items) > 0 {
			amount = o.items[0].amount // as if it was the one that is declared
		}
	}
	id, err := s.sb.Portal(p.id(), kind, amount)
	s.note(p.n, "somebody makes a %s of %d in the portal: %s %v", kind, amount, id, err)
	if err == nil {
		p.foreign = true
		s.count("portal")
	}
}

func specOf(k sandbox.Kind) spec.Op { return spec.Op(k.String()) }

// round is one command on a machine, with what happens beside it.
func (s *story) round() {
	m := s.machines[s.draw.intn(len(s.machines))]
	p := m.start(s.draw)
	if p == nil {
		return
	}
	beside := s.beside(m)
	if len(s.machines) > 1 && s.draw.intn(3) > 0 {
		other := s.machines[1-m.n]
		if q := other.start(s.draw); q != nil {
			after := s.draw.span(time.Millisecond, 10*time.Second)
			beside.Go(func() {
				time.Sleep(after)
				q.command()
			})
		}
	}
	p.command()
	beside.Wait()
	if s.draw.oneIn(4) {
		s.net.settled()
	}
}

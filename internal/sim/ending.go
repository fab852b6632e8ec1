package sim

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/sandbox"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// beside is what happens while a command runs on a machine.
func (s *story) beside(m *machine) *sync.WaitGroup {
	var g sync.WaitGroup
	d := s.draw
	at := func(f func()) {
		after := d.span(10*time.Millisecond, 100*time.Second)
		g.Go(func() {
			time.Sleep(after)
			f()
		})
	}
	if d.oneIn(4) {
		at(func() {
			j, err := m.open()
			switch {
			case err == nil && m.working():
				s.violate(-1, promiseLocked, "a second process gets the journal")
				m.close(j)
			case err == nil:
				m.close(j)
			case errors.Is(err, apply.ErrLocked):
				s.count("locked out")
			}
		})
	}
	if s.traits.portal && d.oneIn(3) {
		own := drawFor(s.seed, "portal beside", m.runs)
		at(func() { s.portal(own) })
	}
	if s.traits.jumps && d.oneIn(3) {
		by := d.span(time.Second, 30*time.Hour)
		if d.oneIn(2) {
			by = -by
		}
		at(func() { m.jump(by) })
	}
	return &g
}

// calm ends all trouble: the platform works, shows what it has, and returns
// references; clocks are right.
func (s *story) calm() {
	s.net.settled()
	s.sb.ClearFaults()
	b := s.sb.Behaviour()
	b.ReadLag, b.SettleAfter = 0, min(b.SettleAfter, time.Hour)
	b.Uncertain = sandbox.UncertainSettles
	if err := s.sb.SetBehaviour(b); err != nil {
		s.violate(-1, promiseSound, "%v", err)
	}
	s.mu.Lock()
	s.forging = false
	s.mu.Unlock()
	t := &s.traits
	t.slow, t.dial, t.page, t.stall, t.deny, t.mortal, t.trouble, t.stalls, t.forging = 0, 0, 0, 0, 0, 0, false, false, false
	for _, m := range s.machines {
		m.jump(-m.skew)
		if m.store == nil {
			continue
		}
		m.store.mu.Lock()
		newest := m.store.view.newest
		m.store.mu.Unlock()
		if left := time.Until(newest); left > 0 {
			time.Sleep(left + 1)
		}
	}
	time.Sleep(10*time.Minute + 1)
	s.note(-1, "all trouble ends")
}

// mostRounds is how many rounds the ending may take.
const mostRounds = 16

// enoughRounds is after how many a call in doubt was looked for twice, with its
// key forgotten: it stays in doubt.
const enoughRounds = 5

// end brings every machine's work to an end, in a bounded number of rounds.
func (s *story) end() {
	for _, m := range s.machines {
		left := ""
		for n := range mostRounds {
			if left = s.finish(m, n); left == "" {
				break
			}
			s.audit()
			time.Sleep([...]time.Duration{21 * time.Minute, 5 * time.Hour, 26 * time.Hour}[n%3] + time.Duration(2*n+1))
		}
		s.audit()
		if left != "" {
			s.violate(-1, promiseEnds, "machine %d has not come to an end after %d rounds: %s", m.n, mostRounds, left)
		}
	}
	s.reached()
}

// finish is one round of the ending. It says what is left to be done; "" is
// nothing, or only what nobody can know.
func (s *story) finish(m *machine, round int) string {
	p := m.start(drawFor(s.seed, "finish", m.runs))
	if p == nil {
		return "the journal is locked"
	}
	defer p.leave()
	p.dieAt = 0
	p.opts = apply.Options{Parallelism: p.opts.Parallelism, Continue: true, CallTimeout: p.opts.CallTimeout, KeyWindow: p.opts.KeyWindow}
	d := drawFor(s.seed, "command of "+p.name, 0)
	ctx := context.Background()
	if _, err := p.j.Unfinished(ctx); err == nil {
		p.resume(d)
	}
	open, err := p.j.Open(ctx, 100)
	switch {
	case err != nil:
		return err.Error()
	case len(open) > 0 && round >= enoughRounds && s.unknowable(p, open):
		s.count("in doubt for good")
		return ""
	case len(open) > 0:
		return fmt.Sprintf("%s %s of payment %s is in doubt", open[0].Op, open[0].Ref, open[0].Payment)
	}
	file := p.makePlan(d, s.payments)
	if file == nil {
		s.count("nothing to plan at the end")
		return "" // nothing is declared, or nothing that could be
	}
	left := s.left(file)
	if left != "" {
		p.apply(d, file)
	}
	return left
}

// left says what a plan still has to do, or to wait for.
func (s *story) left(file []byte) string {
	for e, err := range plan.Entries(bytes.NewReader(file)) {
		if err != nil {
			s.violate(-1, promiseSound, "%v", err)
			return err.Error()
		}
		if slices.ContainsFunc(e.Content.Actions, isMagic) {
			continue
		}
		for _, a := range e.Content.Actions {
			s.note(s.number(e.Content.Payment.Base()), "left: %s %s %s %d %s %q", a.Kind, a.Op, a.Ref, a.Amount, a.Reason, a.Message)
			switch {
			case a.Kind.Calls(), a.Kind == plan.Pending && !s.uncertain(e.Content.Payment.Base()):
				return fmt.Sprintf("%s %s %s of payment %s: %s", a.Kind, a.Op, a.Ref, e.Content.Payment, a.Reason)
			}
		}
	}
	return ""
}

// isMagic reports that the platform refuses a call each time.
func isMagic(a plan.Action) bool { return slices.Contains(magic[a.Op], a.Amount) }

// uncertain reports that the platform itself does not know about an operation
// of a payment, and never will.
func (s *story) uncertain(base string) bool {
	return s.traits.magic && s.number(base) >= 0 && s.traits.behaviour.Uncertain == sandbox.UncertainStays
}

// unknowable reports that nobody can know what became of calls in doubt: the
// platform was never seen to return their references, it named an operation, or
// what somebody else did may be theirs.
func (s *story) unknowable(p *process, open []plan.Intent) bool {
	for _, in := range open {
		pay := s.payments[s.number(in.Payment)]
		switch {
		case !p.j.Echoed(in.Op), pay.foreign, pay.edited, pay.seeded != "", len(s.machines) > 1, s.traits.magic:
		default:
			return false
		}
	}
	return true
}

// reached requires that what is declared has come to be, where nothing stands
// in its way.
func (s *story) reached() {
	if len(s.machines) > 1 || len(s.words) > 0 || s.counts["in doubt for good"]+s.counts["nothing to plan at the end"] > 0 || s.traits.magic {
		return
	}
	for _, p := range s.payments {
		if p.foreign || p.edited || p.seeded != "" {
			continue
		}
		s.count("judged at the end")
		for _, op := range spec.Ops {
			want, wanted := s.target(p, op)
			var sum int64
			for _, o := range s.ledger(p.n) {
				if o.live() && o.kind == kindOf(op) {
					sum += o.amount
				}
			}
			if wanted && sum != want {
				s.violate(p.n, promiseEnds, "%d is declared by %s, and the ledger has %d", want, op, sum)
			}
		}
	}
}

// target is what is declared of a kind, as a sum.
func (s *story) target(p *payment, op spec.Op) (int64, bool) {
	x := p.wish.of(op)
	switch x.mode {
	case spec.Unmanaged:
		return 0, true
	case spec.All:
		if op == spec.Capture {
			return p.authorized - p.wish.cancels.sum(), true
		}
		return p.authorized - p.wish.captures.sum(), !p.closes()
	case spec.Items, spec.Total:
	}
	return x.sum(), op != spec.Refund || p.sale || s.traits.openRefunds || p.wish.captures.mode == spec.All || p.closes()
}

// closes reports that the declared captures end with a final one.
func (p *payment) closes() bool {
	items := p.wish.captures.items
	return len(items) > 0 && items[len(items)-1].final
}

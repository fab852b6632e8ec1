package sim

import (
	"bytes"
	"context"
	"time"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

// inPlace requires of a call that is sent for the first time that the platform
// has all that its plan puts before it, and that nobody else worked on the
// payment since it was planned, as far as a read could show.
func (w *world) inPlace(s *sent) {
	if w.traits.jumps || w.traits.short && w.traits.hides() {
		return
	}
	w.mu.Lock()
	at, known := w.places[s.p.plan][s.key]
	w.mu.Unlock()
	if !known {
		return
	}
	ops := w.ledger(s.payment)
	shown := time.Now().Add(-w.lag() - justNow)
	for _, k := range at.behind {
		if w.fell(ops, k, shown) {
			w.violate(s.payment, promiseOrder, "%s goes out, and %.6s, which its plan puts before it, does not stand", s, k)
		}
	}
	for _, o := range ops {
		if o.source != sourceAPI && o.at.After(at.observed) && o.at.Before(shown) {
			w.violate(s.payment, promisePlanned, "%s goes out, and %s %s of %d was made meanwhile", s, o.kind, o.id, o.amount)
		}
		if o.source == sourceAPI && o.at.After(at.observed) && len(w.machines) == 1 && !w.ofPlan(s, &o) {
			w.violate(s.payment, promisePlanned, "%s goes out, and another plan made %s %s of %d meanwhile", s, o.kind, o.id, o.amount)
		}
	}
}

// ofPlan reports that an operation may be that of a call of the sender's plan.
func (w *world) ofPlan(s *sent, o *operation) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for k := range w.places[s.p.plan] {
		if c := w.accepted[k]; c.payment == s.payment && kindOf(c.op) == o.kind && c.ref == o.ref && c.amount == o.amount {
			return true
		}
	}
	return false
}

// justNow is how old a read may be on which money moves, with what the network
// adds.
const justNow = 10 * time.Second

// lag is how far reads lag behind at most.
func (w *world) lag() time.Duration {
	most := w.traits.behaviour.ReadLag
	for _, f := range w.traits.faults {
		most = max(most, f.Age)
	}
	return most
}

// fell reports that the platform does not have a call, or refused it so long
// ago that a read shows it.
func (w *world) fell(ops []operation, k plan.Key, shown time.Time) bool {
	w.mu.Lock()
	c := w.accepted[k]
	w.mu.Unlock()
	for _, o := range ops {
		if o.kind == kindOf(c.op) && o.ref == c.ref && o.amount == c.amount && (o.live() || o.refusedAt.After(shown)) {
			return false
		}
	}
	return true
}

// neverMade requires of the conclusion that a call was never made that two
// complete reads bear it out, each ten minutes after the last byte, and ten
// minutes apart.
func (w *world) neverMade(p *process, seq int64, o *apply.Outcome) {
	if o.State != plan.StateRefused || o.OperationID != "" || o.Status != 0 || p.speaking || p.m.store == nil {
		return
	}
	in, found := p.m.store.intent(seq)
	if !found {
		return
	}
	n, sound := w.number(in.Payment), false
	w.mu.Lock()
	from := p.m.last[in.Key].Add(aGap)
	for i, first := range w.reads[n] {
		for _, second := range w.reads[n][i:] {
			sound = sound || first.After(from) && second.Sub(first) >= aGap
		}
	}
	w.mu.Unlock()
	if !sound {
		w.violate(n, promiseOutcome, "%s calls %s %s never made, and no two reads bear it out", p, in.Op, in.Ref)
	}
}

// aGap is the time between the last byte and a read, and between two reads,
// less what a request takes.
const aGap = 10*time.Minute - 10*time.Second

// intent returns an intent by its number.
func (s *Store) intent(seq int64) (plan.Intent, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.view.bySeq[seq]; i != nil {
		return *i, true
	}
	return plan.Intent{}, false
}

// begunInDoubt requires that no plan is begun while a call is in doubt.
func (w *world) begunInDoubt(p *process, open []plan.Intent) {
	if len(open) > 0 {
		w.violate(w.number(open[0].Payment), promisePlanned, "%s begins a plan while %s %s is in doubt", p, open[0].Op, open[0].Ref)
	}
}

// plannedInDoubt requires that a plan makes no call of a kind that is in doubt.
func (w *world) plannedInDoubt(p *process, file []byte) {
	open, _ := p.j.Open(context.Background(), 100)
	if len(open) == 0 {
		return
	}
	for e, err := range plan.Entries(bytes.NewReader(file)) {
		if err != nil {
			return
		}
		for _, in := range open {
			for _, a := range e.Content.Actions {
				if in.Payment == e.Content.Payment.Base() && a.Kind.Calls() && a.Op == in.Op {
					w.violate(w.number(in.Payment), promisePlanned, "%s plans %s %s while %s is in doubt", p, a.Op, a.Ref, in.Ref)
				}
			}
		}
	}
}

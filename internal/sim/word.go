package sim

import (
	"context"
	"errors"
	"time"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// word is that of a person about a call in doubt. The person has looked at the
// platform's books, and is right.
func (p *process) word(d *draw, in plan.Intent) {
	n := p.w.number(in.Payment)
	h, rec, err := apply.Resume(context.Background(), p.j, p.w.env)
	if err != nil || n < 0 {
		return
	}
	p.w.net.settled()
	if d.oneIn(2) { // the person knows that keys are kept for a day
		if left := in.At.Add(apply.DefaultKeyWindow + time.Hour).Sub(p.m.now()); left > 0 && left < 48*time.Hour && !p.w.traits.short {
			time.Sleep(left | 1)
		}
	}
	done := false
	for _, o := range p.w.ledger(n) {
		if o.source == sourceAPI && o.kind == kindOf(in.Op) && o.ref == in.Ref && o.amount == in.Amount && o.live() {
			done = true
		}
	}
	word := apply.Word{Payment: spec.PaymentID(in.Payment), Op: in.Op, Ref: in.Ref, Done: done, Reason: "as the books say", By: "somebody"}
	kept := !p.w.traits.jumps && p.m.now().Before(in.At.Add(p.w.traits.keyWindow-10*time.Minute))
	p.speaking = true
	defer func() { p.speaking = false }()
	err = p.unwinding(func() error { return p.executor().Settle(context.Background(), h, rec, word) })
	p.w.note(n, "somebody says that %s %s is done: %v; %v", in.Op, in.Ref, done, err)
	switch {
	case p.isDead():
		p.w.heard(in.Key)
	case err == nil && !done && kept:
		p.w.violate(n, promiseOutcome, "a word that %s %s was not made is taken while its key is kept", in.Op, in.Ref)
	case err == nil:
		p.w.count("word taken")
		p.w.heard(in.Key)
	case errors.Is(err, apply.ErrWord):
		p.w.count("word refused")
	default:
		p.w.count("word failed")
	}
}

// heard notes that a word about a call may be on record.
func (w *world) heard(k plan.Key) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.words[k] = true
}

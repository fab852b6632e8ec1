package sandbox

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// What a state says must be what a sandbox can say, also when somebody has
// edited it and worked out its checksum again: nothing that was loaded may make
// a later request fail for a reason of the sandbox's own.

// sound says what is wrong with a payment, or nothing.
func (p *payment) sound() error {
	switch {
	case len(p.ops) == 0 || int(p.method) >= len(methodNames) || p.amount < 0 || p.amount > maxAmount:
		return errors.New("the payment is not complete")
	case slices.ContainsFunc(p.ops, func(o op) bool { return !p.soundOp(&o) }) || p.ops[0].kind > Capture ||
		slices.ContainsFunc(p.ops[1:], func(o op) bool { return o.kind == Authorization }):
		return errors.New("an operation is not complete")
	case p.series != nil && !p.series.sound():
		return errors.New("the card of the series is not complete")
	case p.decline != nil && (p.decline.status < 400 || p.decline.status > 599):
		return errors.New("the refusal is not complete")
	}
	p.pending = 0
	for i := range p.ops {
		if p.ops[i].waits() {
			p.pending++
		}
	}
	return p.soundBook()
}

// waits says that something happens to the operation when it is due.
func (o *op) waits() bool { return o.dueAt != never && !o.lapsed }

func (p *payment) soundOp(o *op) bool {
	switch {
	case int(o.source) >= len(sourceNames) || o.kind > Refund || o.amount < 0 || o.amount > maxAmount:
		return false
	case o.of < -1 || int(o.of) >= len(p.ops) || (o.kind == Refund && o.of >= 0 && p.ops[o.of].kind != Capture):
		return false
	case o.waits() && o.kind == Authorization:
		return o.class() == classSettled
	case o.waits():
		return o.class() == classRequested && classOf(o.kind, o.target) != classRequested
	}
	return true
}

// soundBook posts all movements again.
func (p *payment) soundBook() error {
	var again book
	for _, e := range p.book.postings {
		if e.op < 0 || int(e.op) >= len(p.ops) {
			return errors.New("a movement has no operation")
		}
		if !p.soundPosting(&e) {
			return errors.New("the movements and the operations disagree")
		}
		again.balance[e.from] = plus(again.balance[e.from], -e.amount)
		again.balance[e.to] = plus(again.balance[e.to], e.amount)
		if err := again.check(); err != nil {
			return err
		}
	}
	if again.balance != p.book.balance {
		return errors.New("the movements and the balances disagree")
	}
	if !p.consistent() {
		return errors.New("the movements and the operations disagree")
	}
	return nil
}

func (p *payment) soundPosting(e *posting) bool {
	o := &p.ops[e.op]
	a, way := accountsOf[o.kind], [2]Account{e.from, e.to}
	switch {
	case e.from == Issuer:
		return e.op == 0 && e.to == Open && e.event == Settled && e.amount == p.amount
	case e.event == Expired:
		return e.op == 0 && way == [2]Account{Open, Cancelled} && e.amount > 0
	case e.event > Expired || e.amount != o.amount:
		return false
	}
	return way == [...][2]Account{Requested: {a.from, a.requested}, Settled: {a.requested, a.settled}, Refused: {a.requested, a.from}}[e.event]
}

func (t *token) sound() bool {
	return cardNumberText.MatchString(t.number) && expiryText.MatchString(t.expiry)
}

func (co *checkout) sound(id string) error {
	if fmt.Sprint(co.base) != id || co.attempts < 0 || co.order.check() != nil {
		return errors.New("the checkout is not complete")
	}
	return nil
}

func (l *paymentLink) sound(id string) error {
	if l.id != id || l.order.check() != nil {
		return errors.New("the payment link is not complete")
	}
	return nil
}

func (p *payout) sound(id string) error {
	if _, n, ok := parseID(id); !ok || n != 0 || p.ID != id || p.Amount < 0 || p.Amount > maxAmount {
		return errors.New("the payout is not complete")
	}
	return nil
}

func (b *batch) sound(id string) error {
	if _, known := batchKinds[b.operationType]; !known || b.reference != id || len(b.items) > b.count {
		return errors.New("the batch is not complete")
	}
	return nil
}

func (r *replay) sound() error {
	if r.status < 200 || r.status > 599 || (len(r.body) > 0 && !json.Valid(r.body)) {
		return errors.New("the answer under the key is not complete")
	}
	return nil
}

func (d *delivery) sound() error {
	states := []string{WebhookWaiting, WebhookDelivered, WebhookFailed, WebhookHeld, WebhookNotSent}
	if !slices.Contains(states, d.state) || !json.Valid(d.body) || len(d.attempts) > len(webhookRepeats)+1 {
		return errors.New("the webhook is not complete")
	}
	return nil
}

// sound holds that the page of a redirect has its payment.
func (r *pageRef) sound(s *Sandbox) error {
	base, n, ok := parseID(r.id)
	if r.kind == redirectKind && (!ok || n != 0 || s.payments.get(base) == nil) {
		return errors.New("the page has no payment")
	}
	return nil
}

// certifiable says that a key is one that the authority signs.
func certifiable(key any) bool {
	switch key := key.(type) {
	case *rsa.PublicKey:
		return key.N.BitLen() >= shortestModulus
	case *ecdsa.PublicKey:
		_, err := key.ECDH()
		return err == nil
	}
	return false
}

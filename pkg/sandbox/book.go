package sandbox

import (
	"fmt"
	"iter"
	"time"
)

// LedgerOf returns the book of one payment, in any spelling of its id, with
// everything settled that is due.
func (s *Sandbox) LedgerOf(paymentID string) (Book, error) {
	now := s.clock.now().UnixNano()
	s.catchUp(now)
	base, n, ok := parseID(paymentID)
	p := s.payments.get(base)
	if !ok || n != 0 || p == nil {
		return Book{}, fmt.Errorf("read ledger: no payment %q", paymentID)
	}
	return p.export(now), nil
}

// Ledger returns the books of all payments in ascending order of their ids.
// Payments that appear while it runs may be missing.
func (s *Sandbox) Ledger() iter.Seq[Book] {
	return func(yield func(Book) bool) {
		s.catchUp(s.clock.now().UnixNano())
		for _, base := range s.payments.bases() {
			if !yield(s.payments.get(base).export(s.clock.now().UnixNano())) {
				return
			}
		}
	}
}

// export settles the payment and copies its book.
func (p *payment) export(now int64) Book {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.settle(now)
	id := formatID(p.base, 0)
	b := Book{
		Payment: id, Currency: p.currency, Authorized: -p.book.balance[Issuer],
		Balances:  make(map[Account]int64, accounts),
		Movements: make([]Movement, 0, len(p.book.postings)),
	}
	for a, v := range p.book.balance {
		b.Balances[Account(a)] = v
	}
	for _, e := range p.book.postings {
		b.Movements = append(b.Movements, p.movement(id, e))
	}
	return b
}

func (p *payment) movement(id string, e posting) Movement {
	o := &p.ops[e.op]
	m := Movement{
		Time: time.Unix(0, e.at).UTC(), Payment: id, Operation: formatID(p.base, int(e.op)),
		Kind: o.kind, Event: e.event, Code: int(e.code), From: e.from, To: e.to,
		Amount: e.amount, Currency: p.currency, Key: o.key, Source: sourceNames[o.source],
	}
	if e.from == Issuer {
		m.Kind = Authorization
	}
	if e.event == Expired {
		m.Key = "" // no call asked for it
	}
	if o.refs != nil {
		m.Reference = o.refs.merchant
	}
	return m
}

package sandbox

import (
	"math"
	"sync"
)

// never is the due time of an operation that stays as it is.
const never = math.MaxInt64

// A source says who made an operation.
type source uint8

const (
	fromAPI source = iota
	fromPortal
	fromSeed
)

var sourceNames = [...]string{"api", "portal", "seed"}

// references are what a merchant attaches to an order or an operation.
type references struct {
	merchant, group, creditor, parameters string
	deprecated                            bool // came as references, not as operationReferences
}

// An op is one operation of a payment. Its number is its index.
type op struct {
	kind        Kind
	source      source
	final       bool // of an authorisation: it is not a pre-authorisation
	hideRefs    bool
	lapsed      bool // an authorisation that ended at dueAt
	code        int16
	first       int16 // the code that it was answered with
	target      int16 // the code that it takes when it is due
	of          int32 // the capture that a refund names, or -1
	amount      int64
	requestedAt int64 // nanoseconds since the epoch, like all times here
	changedAt   int64
	dueAt       int64
	refs        *references
	key         string
}

func (o *op) class() class { return classOf(o.kind, o.code) }

// A payment is an authorisation or a sale with everything that was done to it.
// What changes after it was created (pending, ops, book) is guarded by mu.
type payment struct {
	base     uint64
	amount   int64
	currency string
	product  int32
	method   method
	created  int64
	refs     *references
	card     *cardOutput // nil: exampleCard
	decline  *refusal    // why the payment was refused
	token    string      // the permanent token that it was paid with, or the mandate
	series   *token      // the card of an imported series, which has no money
	hook     *hook       // where its events go

	mu      sync.Mutex
	pending int // operations with a due time
	ops     []op
	book    book
}

// accountsOf are the accounts an operation takes from and goes through.
var accountsOf = [...]struct{ from, requested, settled Account }{
	Authorization: {Issuer, Open, Open},
	Capture:       {Open, CaptureRequested, Captured},
	Cancel:        {Open, CancelRequested, Cancelled},
	Refund:        {Captured, RefundRequested, Refunded},
}

// authorize reserves the money of the payment at the issuer.
func (p *payment) authorize(now int64) {
	p.book.post(posting{now, p.amount, 0, codeAuthorized, Issuer, Open, Settled})
}

// request adds an operation and moves its money into the requested account.
// The caller has settled the payment and checked that the move is allowed.
func (p *payment) request(o op) int {
	n := len(p.ops)
	p.ops = append(p.ops, o)
	p.reserve(n)
	p.announce(n)
	return n
}

// reserve posts the request of operation n.
func (p *payment) reserve(n int) {
	o := &p.ops[n]
	a := accountsOf[o.kind]
	p.book.post(posting{o.changedAt, o.amount, int32(n), o.code, a.from, a.requested, Requested})
	if o.dueAt != never {
		p.pending++
	}
}

// settle carries out everything that is due by now, in the order of due times.
func (p *payment) settle(now int64) {
	for p.pending > 0 {
		next := -1
		for i := range p.ops {
			o := &p.ops[i]
			if o.dueAt <= now && !o.lapsed && (next < 0 || o.dueAt < p.ops[next].dueAt) && !p.mustWait(o) {
				next = i
			}
		}
		if next < 0 {
			return
		}
		if p.ops[next].kind == Authorization {
			p.expire()
			continue
		}
		p.resolve(next, p.ops[next].target, p.ops[next].dueAt)
	}
}

// mustWait says that a refund draws on captures that are still on their way.
func (p *payment) mustWait(o *op) bool {
	return o.kind == Refund && p.book.balance[Captured] < 0 && p.book.balance[CaptureRequested] > 0 &&
		classOf(Refund, o.target) == classSettled
}

// resolve gives operation n its final code and moves its money: onwards when
// the code is settled, back when it is refused. Its event says so.
func (p *payment) resolve(n int, code int16, at int64) {
	p.move(n, code, at)
	p.announce(n)
}

// move is resolve without the event.
func (p *payment) move(n int, code int16, at int64) {
	o := &p.ops[n]
	a := accountsOf[o.kind]
	if o.dueAt != never {
		o.dueAt = never
		p.pending--
	}
	at = max(at, o.requestedAt, p.latest())
	if classOf(o.kind, code) == classNone {
		if o.kind == Capture {
			p.refuseRefunds(o.amount, at)
		}
		o.code, o.changedAt = code, at
		p.book.post(posting{at, o.amount, int32(n), code, a.requested, a.from, Refused})
		p.release(at)
		return
	}
	o.code, o.changedAt = code, at
	p.book.post(posting{at, o.amount, int32(n), code, a.requested, a.settled, Settled})
}

// latest is the time of the newest movement: the ledger never goes back.
func (p *payment) latest() int64 {
	if n := len(p.book.postings); n > 0 {
		return p.book.postings[n-1].at
	}
	return p.created
}

// refuseRefunds refuses requested refunds, newest first, until what is captured
// or on its way without the given amount covers the rest.
func (p *payment) refuseRefunds(amount, at int64) {
	for i := len(p.ops) - 1; i > 0; i-- {
		if p.book.balance[Captured]+p.book.balance[CaptureRequested]-amount >= 0 {
			return
		}
		if o := &p.ops[i]; o.kind == Refund && o.class() == classRequested {
			p.resolve(i, codeRefundRefused, at)
		}
	}
}

// verify panics when the ledger and the operations disagree: a bug.
func (p *payment) verify() {
	if !p.consistent() {
		panic("sandbox: ledger: the movements and the operations of " + formatID(p.base, 0) + " disagree")
	}
}

// consistent says whether the ledger holds what the operations add up to.
func (p *payment) consistent() bool {
	s := summarize(p.amount, p.ops)
	if zero := &p.ops[0]; zero.class() == classNone {
		if zero.code != codeCaptureRefused {
			return p.book.balance == [accounts]int64{} // nothing was ever reserved
		}
		s.open = p.amount // the authorisation of a sale that was refused later
	}
	want := [accounts]int64{
		Issuer: -p.amount, Open: s.open, CaptureRequested: s.captureRequested,
		Captured:        s.captured - s.refundRequested - s.refunded,
		CancelRequested: s.cancelRequested, Cancelled: s.cancelled + s.released,
		RefundRequested: s.refundRequested, Refunded: s.refunded,
	}
	return p.book.balance == want
}

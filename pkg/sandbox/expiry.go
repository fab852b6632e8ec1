package sandbox

import "time"

// What becomes of an authorisation whose time is over; see
// Behaviour.ExpiredAuthorization.
const (
	ExpiredReleased = "released"
	ExpiredRefused  = "refused"
)

// How long authorisations live, as the platform says.
const (
	defaultFinalLife = 7 * 24 * time.Hour
	defaultPreLife   = 30 * 24 * time.Hour
)

// expireAfter sets when the authorisation that was just made ends. Entry _0 is
// due then, like any operation, so that no payment carries a field for it and
// none is looked at before somebody asks for it.
func (p *payment) expireAfter(b *Behaviour) {
	zero := &p.ops[0]
	life := b.PreAuthorizationLife
	if zero.final {
		life = b.FinalAuthorizationLife
	}
	if life == 0 {
		return
	}
	zero.dueAt, zero.target = zero.changedAt+int64(life), codeCancelled
	if b.ExpiredAuthorization == ExpiredRefused {
		zero.target = codeCaptureRefused
	}
	p.pending++
}

// expire ends the authorisation. Operations that were requested before settle
// as they would have.
func (p *payment) expire() {
	zero := &p.ops[0]
	zero.lapsed = true
	p.pending--
	p.release(zero.dueAt)
	p.announceEnd()
}

// release gives what is open back to the issuer once the authorisation has
// ended. It is called again when an operation that was on its way is refused
// later, so that its money does not become open again.
//
// There is no operation for it, because nobody asked for one, and entry _0 of
// Operations keeps its code and amount: as 6 it would be counted among what was
// cancelled with the whole amount, part of which may be captured or cancelled
// already. The sums over Operations still say that something is open, but the
// flags that the official formulas look at first, isAuthorized and
// isCancellable, are false on the payment and on entry _0, so that nothing is
// capturable or cancellable; what is refundable does not depend on it.
func (p *payment) release(at int64) {
	zero := &p.ops[0]
	if open := p.book.balance[Open]; zero.releases() && open > 0 {
		p.book.post(posting{max(at, p.latest()), open, 0, zero.code, Open, Cancelled, Expired})
	}
}

// releases says that the operation is an authorisation that has ended and left
// nothing open.
func (o *op) releases() bool { return o.lapsed && o.target == codeCancelled }

// outlive makes a capture one that the issuer refuses, where it comes after the
// end of the authorisation and the platform did not see that.
func (o *op) outlive(zero *op) {
	if o.kind == Capture && zero.lapsed && o.dueAt != never {
		o.target = codeCaptureRefused
	}
}

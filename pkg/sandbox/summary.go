package sandbox

// A summary is what the operations of a payment add up to, in minor units.
type summary struct {
	open, captureRequested, captured, cancelRequested, cancelled, refundRequested, refunded int64

	released     int64 // what was open when the authorisation ended
	soonCaptured int64 // the part of captureRequested that is not uncertain
	closed       bool  // a final operation stands
	capture      int16 // newest code of its kind that is not settled or refused
	cancel       int16
	refund       int16 // newest code of a refund that stands
}

// summarize adds up operations, which may be those of an earlier moment. It is
// worked out from the operations and not from the ledger, which checks it.
func summarize(amount int64, ops []op) (s summary) {
	if ops[0].class() == classNone {
		return s
	}
	s.open = amount
	for i := range ops {
		o := &ops[i]
		c := o.class()
		if c == classNone || o.kind == Authorization {
			continue
		}
		s.closed = s.closed || (o.final && o.kind != Refund)
		s.add(o, c == classSettled)
	}
	s.open = amount - s.captured - s.captureRequested - s.cancelled - s.cancelRequested
	if ops[0].releases() {
		s.open, s.released = 0, s.open
	}
	return s
}

func (s *summary) add(o *op, settled bool) {
	switch o.kind {
	case Capture:
		if settled {
			s.captured += o.amount
			return
		}
		s.captureRequested += o.amount
		s.capture = o.code
		if !uncertain(o.code) {
			s.soonCaptured += o.amount
		}
	case Cancel:
		if settled {
			s.cancelled += o.amount
			return
		}
		s.cancelRequested += o.amount
		s.cancel = o.code
	case Refund:
		if settled {
			s.refunded += o.amount
			if s.refundRequested == 0 {
				s.refund = o.code
			}
			return
		}
		s.refundRequested += o.amount
		s.refund = o.code
	case Authorization:
	}
}

// done says that nothing more can be captured or cancelled.
func (s *summary) done() bool { return s.closed || s.open == 0 }

// refundable is how much may be refunded now.
func (s *summary) refundable(b *Behaviour) int64 {
	left := s.captured - s.refunded - s.refundRequested
	switch {
	case !s.done() && !b.RefundOnOpenCapture:
		return 0
	case b.RefundWhileCaptureRequested:
		return max(0, left+s.soonCaptured)
	case s.done() && s.captureRequested > 0:
		return 0
	}
	return max(0, left)
}

// A state is a payment as of some moment, ready to be written.
type state struct {
	*payment
	ops []op
	summary
	code                                int16
	authorized, cancellable, refundable tri
	mayCapture                          bool // a capture or a cancel is allowed
	mayRefund                           int64
}

// state works out the status of the payment from operations.
func (p *payment) state(ops []op, b *Behaviour) state {
	st := state{payment: p, ops: ops, summary: summarize(p.amount, ops)}
	zero := &ops[0]
	if zero.class() == classNone {
		st.code = zero.code
		info := infoOf(st.code)
		st.authorized, st.cancellable, st.refundable = info.authorized, info.cancellable, info.refundable
		return st
	}
	st.code = st.paymentCode(zero.code, b)
	st.mayCapture = !st.done()
	st.mayRefund = st.summary.refundable(b)
	info := infoOf(st.code)
	st.authorized, st.cancellable = info.authorized, info.cancellable
	st.refundable = triOf(st.mayRefund > 0)
	if st.mayCapture && st.code != zero.code {
		st.authorized, st.cancellable = yes, yes
	}
	if st.released > 0 {
		st.authorized, st.cancellable = no, no
	}
	return st
}

// The codes that a payment may have while a part of it is captured; see
// Behaviour.PartialCapture.
const (
	PartialAuthorized = "authorized"
	PartialCaptured   = "captured"
)

// paymentCode describes the transaction, not its newest operation: a partial
// refund leaves it at captured, a partial capture at authorised.
func (s *summary) paymentCode(zero int16, b *Behaviour) int16 {
	gone := s.refunded + s.refundRequested
	switch {
	case !s.done() && (b.PartialCapture == PartialAuthorized || s.captured+s.captureRequested == 0):
		return zero
	case s.captureRequested > 0:
		return s.capture
	case s.captured > 0 && gone == s.captured:
		return s.refund
	case s.captured > 0:
		return codeCaptured
	case s.cancelRequested > 0:
		return s.cancel
	}
	return codeCancelled
}

// acquired is what is taken or reserved at the acquirer.
func (s *state) acquired() int64 {
	sum := s.captured + s.captureRequested
	if !s.closed {
		sum += s.open
	}
	return sum
}

// opsAt returns the operations as they were at a moment, without the newest
// hide of them, but always entry _0.
func (p *payment) opsAt(at int64, hide int) []op {
	past := make([]op, 0, len(p.ops))
	for i, o := range p.ops {
		if i > 0 && (o.requestedAt > at || i >= len(p.ops)-hide) {
			break
		}
		if o.changedAt > at {
			o.code, o.changedAt = o.first, o.requestedAt
		}
		o.lapsed = o.lapsed && o.dueAt <= at
		past = append(past, o)
	}
	return past
}

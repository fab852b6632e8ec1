package sandbox

import (
	"errors"
	"fmt"
)

var errNotPossible = errors.New("the state of the payment does not allow it")

// Portal makes an operation that a colleague makes in the portal: it has no
// idempotence key and no reference. An amount of 0 means everything that is
// left. Authorization completes a payment that waits for the customer.
func (s *Sandbox) Portal(paymentID string, k Kind, amount int64) (operationID string, err error) {
	base, n, ok := parseID(paymentID)
	p := s.payments.get(base)
	if !ok || n != 0 || p == nil {
		return "", fmt.Errorf("portal %s: no payment %q", k, paymentID)
	}
	if amount != 0 && !validAmount(amount) {
		return "", fmt.Errorf("portal %s: amount %d is not between 1 and %d", k, amount, int64(maxAmount))
	}
	c := s.outside()
	defer c.leave()
	p.mu.Lock()
	defer p.mu.Unlock()
	st := p.current(c)
	if n, ok = c.portal(&st, k, amount); !ok {
		return "", fmt.Errorf("portal %s %s: %w", k, formatID(base, 0), errNotPossible)
	}
	return formatID(base, n), nil
}

func (c *call) portal(st *state, k Kind, amount int64) (int, bool) {
	o := op{kind: k, source: fromPortal, of: -1, amount: amount}
	switch k {
	case Authorization:
		return 0, c.complete(st.payment)
	case Capture, Cancel:
		if o.amount == 0 {
			o.amount, o.final = st.open, true
		}
		n, fail := c.take(st, o)
		return n, fail == nil
	case Refund:
		if o.amount == 0 {
			o.amount = st.mayRefund
		}
		if o.amount == 0 || o.amount > st.mayRefund {
			return 0, false
		}
		return c.commit(st.payment, o), true
	}
	return 0, false
}

// complete lets the customer of a redirected payment pay.
func (c *call) complete(p *payment) bool {
	zero := &p.ops[0]
	if zero.code != codeRedirected {
		return false
	}
	zero.code, zero.changedAt = codeAuthorized, c.now
	if zero.kind == Capture {
		zero.code = codeCaptured
	}
	p.begin(c.b)
	c.tokenize(p)
	p.announce(0)
	return true
}

package sandbox

import (
	"net/http"
)

type cancelRequest struct {
	AmountOfMoney       *wireMoney      `json:"amountOfMoney"`
	IsFinal             bool            `json:"isFinal"`
	OperationReferences *wireReferences `json:"operationReferences"`
}

// cancel releases a part of what is not captured, or all of it.
func (c *call) cancel() int {
	var req cancelRequest
	if fail := c.decode(&req); fail != nil {
		return c.fail(fail)
	}
	p := c.find()
	if p == nil {
		return c.fail(unknownPayment())
	}
	if fail := req.AmountOfMoney.check("amountOfMoney", p.currency); fail != nil {
		return c.fail(fail)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	o := op{
		kind: Cancel, final: req.IsFinal || req.AmountOfMoney == nil,
		refs: operationRefs(req.OperationReferences, nil), key: c.key,
	}
	st := p.current(c)
	if o.amount = st.open; req.AmountOfMoney != nil {
		o.amount = *req.AmountOfMoney.Amount
	}
	n, fail := c.take(&st, o)
	if fail != nil {
		return c.fail(fail)
	}
	st = p.state(p.ops, c.b)
	c.out = append(c.out, `{"payment":`...)
	c.out = st.appendCancelled(c.out, n, c.b)
	c.out = append(c.out, '}')
	return http.StatusOK
}

// appendCancelled appends the payment as the answer of cancel n shows it: with
// the status of the cancel and the amount of the payment.
func (s *state) appendCancelled(dst []byte, n int, b *Behaviour) []byte {
	o := &s.ops[n]
	id := n
	if b.CancelAnswersInitialID {
		id = 0
	}
	info := infoOf(o.code)
	shown := *s
	shown.code, shown.authorized = o.code, info.authorized
	shown.cancellable, shown.refundable = triOf(s.mayCapture), triOf(s.mayRefund > 0)
	dst = append(dst, `{"id":"`...)
	dst = appendID(dst, s.base, id)
	dst = append(dst, '"')
	dst = shown.appendStatus(dst, info.answerCategory(), 0)
	dst = append(dst, `,"paymentOutput":`...)
	dst = shown.appendOutput(dst, false)
	return append(dst, '}')
}

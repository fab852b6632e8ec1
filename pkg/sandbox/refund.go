package sandbox

import (
	"net/http"
	"strconv"
)

type refundRequest struct {
	AmountOfMoney       *wireMoney      `json:"amountOfMoney"`
	CaptureID           string          `json:"captureId"`
	IsFinal             bool            `json:"isFinal"`
	OperationReferences *wireReferences `json:"operationReferences"`
	References          *wireReferences `json:"references"`
}

func refundEndpoints() []endpoint {
	const path = "/payments/{paymentId}"
	return []endpoint{
		{"refundPayment", http.MethodPost, path + "/refund", true, (*call).refund},
		{"getRefunds", http.MethodGet, path + "/refunds", false, (*call).refunds},
	}
}

// refund pays back a part of what is captured, or all that is left of it.
func (c *call) refund() int {
	var req refundRequest
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
		kind: Refund, final: req.IsFinal, of: -1,
		refs: operationRefs(req.OperationReferences, req.References), key: c.key,
	}
	st := p.current(c)
	left, of, fail := st.refundOf(req.CaptureID)
	if fail != nil {
		return c.fail(fail)
	}
	if o.amount, o.of = left, of; req.AmountOfMoney != nil {
		o.amount = *req.AmountOfMoney.Amount
	}
	if o.amount > left || left == 0 {
		return c.fail(notAllowed(http.StatusBadRequest))
	}
	n := c.commit(p, o)
	if c.b.RefuseRefundsAtOnce && p.refuseAtOnce(n) {
		return c.declinedRefund(p, n)
	}
	st = p.state(p.ops, c.b)
	c.out = st.appendRefund(c.out, n, c.b)
	return http.StatusCreated
}

// refuseAtOnce refuses refund n now when it was to be refused later, and says
// whether it did.
func (p *payment) refuseAtOnce(n int) bool {
	o := &p.ops[n]
	if o.first != codeRefundRequested || o.target != codeRefundRefused {
		return false
	}
	if o.code != codeRefundRefused {
		p.resolve(n, codeRefundRefused, o.requestedAt)
		p.verify()
	}
	return true
}

// declinedRefund answers with the refund that was refused.
func (c *call) declinedRefund(p *payment, n int) int {
	fail := declined("30041001", "REFUSED_BY_ISSUER")
	fail.status = http.StatusBadRequest
	st := p.state(p.ops, c.b)
	c.out = append(c.out, '{')
	c.out = fail.appendErrors(c.out, c.s.errorID(c.r.URL.Path))
	c.out = append(c.out, `,"refundResult":`...)
	c.out = st.appendRefund(c.out, n, c.b)
	c.out = append(c.out, '}')
	return fail.status
}

// refundOf returns how much a refund may take, and the number of the capture
// that it names or -1.
func (s *state) refundOf(captureID string) (left int64, of int32, fail *refusal) {
	captures, named := 0, -1
	base, n, ok := parseID(captureID)
	for i := range s.ops {
		o := &s.ops[i]
		if o.kind != Capture || o.class() == classNone {
			continue
		}
		captures++
		if ok && base == s.base && n == i {
			named = i
		}
	}
	switch {
	case captureID == "" && captures > 1 && needsCaptureID(s.product):
		return 0, 0, missingValue("captureId")
	case captureID == "":
		return s.mayRefund, -1, nil
	case named < 0:
		return 0, 0, invalidValue("captureId")
	}
	left = s.ops[named].amount
	for i := range s.ops {
		if o := &s.ops[i]; o.kind == Refund && int(o.of) == named && o.class() != classNone {
			left -= o.amount
		}
	}
	return min(left, s.mayRefund), int32(named), nil
}

// refunds lists the refunds of a payment, refused ones included.
func (c *call) refunds() int {
	return c.list(Refund, `{"refunds":[`, func(dst []byte, st *state, n int) []byte {
		return st.appendRefund(dst, n, c.b)
	})
}

// refundOutputs are the members with the totals, by method.
var refundOutputs = [...]string{
	byCard:     `,"cardRefundMethodSpecificOutput":`,
	byMobile:   `,"mobileRefundMethodSpecificOutput":`,
	byRedirect: `,"redirectRefundMethodSpecificOutput":`,
	bySepa:     "",
}

// appendRefund appends a RefundResponse for operation n.
func (s *state) appendRefund(dst []byte, n int, b *Behaviour) []byte {
	o := &s.ops[n]
	info := infoOf(o.code)
	paid := s.captured + s.captureRequested
	dst = append(dst, `{"id":"`...)
	dst = appendID(dst, s.base, n)
	dst = append(dst, `","status":"`...)
	dst = append(dst, info.status...)
	dst = append(dst, `","statusOutput":{"statusCode":`...)
	dst = strconv.AppendInt(dst, int64(o.code), 10)
	dst = append(dst, `,"statusCategory":"`...)
	dst = append(dst, info.answerCategory()...)
	dst = append(dst, `","isCancellable":false},"refundOutput":{"amountOfMoney":`...)
	dst = appendMoney(dst, o.amount, s.currency)
	dst = append(dst, `,"amountPaid":`...)
	dst = strconv.AppendInt(dst, paid, 10)
	dst = appendField(dst, "paymentMethod", methodNames[s.method])
	dst = s.appendOperationRefs(dst, n, b)
	if member := refundOutputs[s.method]; member != "" {
		dst = append(dst, member...)
		dst = append(dst, `{"totalAmountPaid":`...)
		dst = strconv.AppendInt(dst, paid, 10)
		dst = append(dst, `,"totalAmountRefunded":`...)
		dst = strconv.AppendInt(dst, s.refunded+s.refundRequested, 10)
		dst = append(dst, '}')
	}
	return append(dst, '}', '}')
}

package sandbox

import (
	"net/http"
	"strconv"
)

type captureRequest struct {
	Amount              *int64          `json:"amount"`
	IsFinal             bool            `json:"isFinal"`
	OperationReferences *wireReferences `json:"operationReferences"`
	References          *wireReferences `json:"references"`
}

func captureEndpoints() []endpoint {
	const path = "/payments/{paymentId}"
	return []endpoint{
		{"capturePayment", http.MethodPost, path + "/capture", true, (*call).capture},
		{"getCaptures", http.MethodGet, path + "/captures", false, (*call).captures},
	}
}

// capture takes a part of the authorised amount, or everything that is left.
func (c *call) capture() int {
	var req captureRequest
	if fail := c.decode(&req); fail != nil {
		return c.fail(fail)
	}
	p := c.find()
	if p == nil {
		return c.fail(unknownPayment())
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	o := op{
		kind: Capture, final: req.IsFinal || req.Amount == nil,
		refs: operationRefs(req.OperationReferences, req.References), key: c.key,
	}
	st := p.current(c)
	var fail *refusal
	if o.amount, fail = c.captureAmount(&req, &st); fail != nil {
		return c.fail(fail)
	}
	n, fail := c.take(&st, o)
	if fail != nil {
		return c.fail(fail)
	}
	c.out = appendCapture(c.out, p, n, c.b, true)
	return http.StatusCreated
}

// captureAmount returns the amount of a capture in the minor unit.
func (c *call) captureAmount(req *captureRequest, st *state) (int64, *refusal) {
	if req.Amount == nil {
		return st.open, nil
	}
	amount := *req.Amount
	if !validAmount(amount) {
		return 0, invalidValue("amount")
	}
	if c.b.CaptureAmountUnit == UnitHundredths {
		var ok bool
		if amount, ok = fromHundredths(amount, st.currency); !ok {
			return 0, invalidValue("amount")
		}
	}
	return amount, nil
}

// take adds a capture or a cancel when the state allows it, and returns its
// number. One of the full amount is final, as is one that names no amount.
func (c *call) take(st *state, o op) (int, *refusal) {
	if !st.mayCapture || o.amount > st.open {
		return 0, notAllowed(c.b.StateErrorStatus)
	}
	o.final = o.final || o.amount == st.amount
	return c.commit(st.payment, o), nil
}

// commit schedules and adds an operation that is allowed.
func (c *call) commit(p *payment, o op) int {
	o.schedule(c.b, max(c.now, p.latest()))
	o.outlive(&p.ops[0])
	n := p.request(o)
	if c.b.AnswerSettled && c.b.SettleAfter == 0 && o.dueAt != never && !p.mustWait(&o) {
		p.resolve(n, o.target, o.dueAt)
	}
	p.verify()
	return n
}

// captures lists the captures of a payment, refused ones included.
func (c *call) captures() int {
	return c.list(Capture, `{"captures":[`, func(dst []byte, st *state, n int) []byte {
		return appendCaptureOf(dst, st, n, c.b, false)
	})
}

func appendCapture(dst []byte, p *payment, n int, b *Behaviour, answer bool) []byte {
	st := p.state(p.ops, b)
	return appendCaptureOf(dst, &st, n, b, answer)
}

// appendCaptureOf appends a CaptureResponse for operation n, or with answer
// false a Capture as lists have it.
func appendCaptureOf(dst []byte, st *state, n int, b *Behaviour, answer bool) []byte {
	o := &st.ops[n]
	dst = append(dst, `{"id":"`...)
	dst = appendID(dst, st.base, n)
	dst = append(dst, `","status":"`...)
	dst = append(dst, infoOf(o.code).status...)
	dst = append(dst, `","statusOutput":{"statusCode":`...)
	dst = strconv.AppendInt(dst, int64(o.code), 10)
	dst = append(dst, `},"captureOutput":{"amountOfMoney":`...)
	dst = appendMoney(dst, o.amount, st.currency)
	if answer {
		dst = append(dst, `,"acquiredAmount":`...)
		dst = appendMoney(dst, o.amount, st.currency)
	}
	dst = st.appendOperationRefs(dst, n, b)
	dst = appendField(dst, "paymentMethod", methodNames[st.method])
	if answer {
		dst = st.appendMethodOutput(dst, false)
	}
	return append(dst, '}', '}')
}

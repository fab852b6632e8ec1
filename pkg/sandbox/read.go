package sandbox

import (
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"
)

// current settles what is due and returns the state for a call that moves
// money. The caller holds p.mu.
func (p *payment) current(c *call) state {
	p.settle(c.now)
	return p.state(p.ops, c.b)
}

// seen is the state for a read, which may be an earlier one.
func (p *payment) seen(c *call) state {
	p.settle(c.now)
	if c.age == 0 && c.hide == 0 {
		return p.state(p.ops, c.b)
	}
	return p.state(p.opsAt(c.now-int64(c.age), c.hide), c.b)
}

// list answers with the operations of one kind.
func (c *call) list(k Kind, head string, item func([]byte, *state, int) []byte) int {
	p := c.find()
	if p == nil {
		return c.fail(unknownPayment())
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	st := p.seen(c)
	c.out = append(c.out, head...)
	for n := range st.ops {
		if o := &st.ops[n]; o.kind == k && (n > 0 || o.class() != classNone || o.code == codeCaptureRefused) {
			c.out = item(appendComma(c.out), &st, n)
		}
	}
	c.out = append(c.out, ']', '}')
	return http.StatusOK
}

func (c *call) getPayment() int {
	p := c.find()
	if p == nil {
		return c.fail(unknownPayment())
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	st := p.seen(c)
	c.out = st.appendPayment(c.out, true)
	c.out = append(c.out, '}')
	return http.StatusOK
}

func (c *call) getPaymentDetails() int {
	p := c.find()
	if p == nil {
		return c.fail(unknownPayment())
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	st := p.seen(c)
	c.out = st.appendPayment(c.out, false)
	c.out = append(c.out, `,"Operations":[`...)
	for n := range st.ops {
		c.out = st.appendOperation(appendComma(c.out), n, c.b)
	}
	c.out = append(c.out, ']', '}')
	return http.StatusOK
}

// appendPayment appends a PaymentResponse without its closing brace.
func (s *state) appendPayment(dst []byte, full bool) []byte {
	dst = append(dst, `{"id":"`...)
	dst = appendID(dst, s.base, 0)
	dst = append(dst, '"')
	dst = s.appendStatus(dst, infoOf(s.code).category, s.changed())
	dst = append(dst, `,"paymentOutput":`...)
	dst = s.appendOutput(dst, full)
	if full {
		dst = append(dst, `,"hostedCheckoutSpecificOutput":{"hostedCheckoutId":"`...)
		dst = appendID(dst, s.base, 0)
		dst = dst[:len(dst)-len("_0")]
		dst = append(dst, '"', '}')
	}
	return dst
}

// changed is when the newest change of an operation was.
func (s *state) changed() int64 {
	at := s.created
	for i := range s.ops {
		at = max(at, s.ops[i].changedAt)
	}
	if s.released > 0 && !s.closed {
		at = max(at, s.ops[0].dueAt)
	}
	return at
}

// appendStatus appends status and statusOutput, each after a comma. A change
// time of zero is left out, as are flags that are not known.
func (s *state) appendStatus(dst []byte, category string, changed int64) []byte {
	dst = append(dst, `,"status":"`...)
	dst = append(dst, infoOf(s.code).status...)
	dst = append(dst, `","statusOutput":{"statusCode":`...)
	dst = strconv.AppendInt(dst, int64(s.code), 10)
	dst = append(dst, `,"statusCategory":"`...)
	dst = append(dst, category...)
	dst = append(dst, '"')
	dst = appendFlag(dst, `,"isAuthorized":`, s.authorized)
	dst = appendFlag(dst, `,"isCancellable":`, s.cancellable)
	dst = appendFlag(dst, `,"isRefundable":`, s.refundable)
	if changed != 0 {
		dst = append(dst, `,"statusCodeChangeDateTime":"`...)
		dst = appendCompactTime(dst, changed)
		dst = append(dst, '"')
	}
	if s.decline != nil && s.code == codeRejected {
		dst = append(dst, `,"errors":[`...)
		dst = s.decline.appendError(dst)
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

func appendFlag(dst []byte, name string, v tri) []byte {
	if v == absent {
		return dst
	}
	dst = append(dst, name...)
	return strconv.AppendBool(dst, v == yes)
}

// appendOperation appends entry n of Operations.
func (s *state) appendOperation(dst []byte, n int, b *Behaviour) []byte {
	o := &s.ops[n]
	shown := *s
	shown.code = o.code
	if n == 0 && b.AuthorizationMovesToCaptured && o.kind == Authorization && s.captured > 0 && s.done() && s.released == 0 {
		shown.code = codeCaptured
	}
	info := infoOf(shown.code)
	shown.authorized, shown.cancellable, shown.refundable = info.authorized, info.cancellable, info.refundable
	if shown.code == codeAuthorized {
		shown.cancellable = s.cancellable
	}
	if n == 0 && s.released > 0 {
		shown.authorized, shown.cancellable = no, no
	}
	if shown.refundable != no {
		shown.refundable = triOf(s.mayRefund > 0 && classOf(o.kind, shown.code) != classRequested)
	}
	category := info.category
	if o.kind == Refund {
		category = info.answerCategory()
	}
	dst = append(dst, `{"id":"`...)
	dst = appendID(dst, s.base, n)
	dst = append(dst, `","amountOfMoney":`...)
	dst = appendMoney(dst, o.amount, s.currency)
	dst = appendField(dst, "paymentMethod", methodNames[s.method])
	dst = shown.appendStatus(dst, category, o.changedAt)
	dst = s.appendOperationRefs(dst, n, b)
	return append(dst, '}')
}

// appendOperationRefs appends the references of operation n, or those of the
// order where the platform does not echo the former.
func (s *state) appendOperationRefs(dst []byte, n int, b *Behaviour) []byte {
	refs, name := s.ops[n].refs, `"operationReferences":{`
	switch {
	case !b.EchoReferences:
		refs, name = s.refs, `"references":{`
	case n == 0:
		refs = s.refs
	case refs != nil && refs.deprecated:
		name = `"references":{`
	}
	if refs == nil || (s.ops[n].hideRefs && b.EchoReferences) {
		return dst
	}
	if b.ReferenceLimit > 0 && n > 0 {
		refs = refs.cut(b.ReferenceLimit)
	}
	return refs.appendAs(dst, name, refs.deprecated && b.EchoReferences && n > 0)
}

// cut returns the references with only so many characters of the merchant's.
func (r *references) cut(limit int) *references {
	if utf8.RuneCountInString(r.merchant) <= limit {
		return r
	}
	short := *r
	short.merchant = string([]rune(r.merchant)[:limit])
	return &short
}

func (r *references) appendAs(dst []byte, name string, parameters bool) []byte {
	dst = append(appendComma(dst), name...)
	dst = appendField(dst, "merchantReference", r.merchant)
	dst = appendField(dst, "operationGroupReference", r.group)
	dst = appendField(dst, "structuredCreditorReference", r.creditor)
	if parameters {
		dst = appendField(dst, "merchantParameters", r.parameters)
	}
	return append(dst, '}')
}

// appendOutput appends a PaymentOutput.
func (s *state) appendOutput(dst []byte, full bool) []byte {
	return s.appendOutputOf(dst, s.amount, s.acquired(), full)
}

func (s *state) appendOutputOf(dst []byte, amount, acquired int64, full bool) []byte {
	dst = append(dst, `{"amountOfMoney":`...)
	dst = appendMoney(dst, amount, s.currency)
	dst = append(dst, `,"acquiredAmount":`...)
	dst = appendMoney(dst, acquired, s.currency)
	if s.refs != nil {
		dst = s.refs.appendAs(dst, `"references":{`, true)
	}
	if full {
		dst = append(dst, `,"customer":{"device":{"ipAddressCountryCode":"99"}}`...)
	}
	dst = appendField(dst, "paymentMethod", methodNames[s.method])
	if full {
		dst = append(dst, `,"transactionDate":"`...)
		dst = time.Unix(0, s.created).UTC().AppendFormat(dst, "2006-01-02T15:04:05Z")
		dst = append(dst, '"')
	}
	dst = s.appendMethodOutput(dst, full)
	return append(dst, '}')
}

package sandbox

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"unique"
)

// longestLine is the longest line that a seed may have.
const longestLine = 1 << 20

type seedLine struct {
	ID                string     `json:"id"`
	Amount            int64      `json:"amount"`
	Currency          string     `json:"currency"`
	MerchantReference string     `json:"merchantReference"`
	Mode              string     `json:"mode"`
	PaymentProductID  int32      `json:"paymentProductId"`
	Method            string     `json:"method"`
	Code              *int16     `json:"code"`
	Operations        []seedStep `json:"operations"`
}

type seedStep struct {
	Kind        string `json:"kind"`
	Amount      int64  `json:"amount"`
	Ref         string `json:"ref"`
	Final       bool   `json:"final"`
	Code        *int16 `json:"code"`
	NoReference bool   `json:"noReference"`
}

// LoadSeed adds the payments of a seed, one JSON object a line, and returns how
// many it added; see the package documentation for the fields. Empty lines are
// skipped. The first line that is wrong ends it with an error that names the
// line; the payments before it stay.
func (s *Sandbox) LoadSeed(r io.Reader) (n int, err error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 64<<10), longestLine)
	dec := newLineDecoder()
	number := 0
	for lines.Scan() {
		number++
		text := bytes.TrimSpace(lines.Bytes())
		if len(text) == 0 {
			continue
		}
		var l seedLine
		if err = dec.decode(text, &l); err == nil {
			err = s.loadSeed(&l)
		}
		if err != nil {
			return n, fmt.Errorf("load seed: line %d: %w", number, err)
		}
		n++
	}
	if err := lines.Err(); err != nil {
		return n, fmt.Errorf("load seed: line %d: %w", number+1, err)
	}
	return n, nil
}

// loadSeed adds the payment of a line.
func (s *Sandbox) loadSeed(l *seedLine) error {
	now := s.clock.now().UnixNano()
	due := s.seedDue(now)
	p, err := l.payment(now, due)
	if err != nil {
		return err
	}
	p.begin(s.behaviour.Load())
	for i, step := range l.Operations {
		if err := p.seed(&step, now, due); err != nil {
			return fmt.Errorf("operations[%d]: %w", i, err)
		}
	}
	p.verify()
	p.hook = s.hub.shared
	if !s.payments.add(p) {
		return fmt.Errorf("id %q: there is a payment with this id already", l.ID)
	}
	s.gate.touch()
	p.awaitSettlement()
	return nil
}

// seedDue is when a seeded operation in a requested state settles.
func (s *Sandbox) seedDue(now int64) int64 {
	if after := s.behaviour.Load().SettleAfter; after > 0 {
		return now + int64(after)
	}
	return now + int64(seededDelay)
}

// payment makes the payment of a line without its operations.
func (l *seedLine) payment(now, due int64) (*payment, error) {
	base, n, ok := parseID(l.ID)
	switch {
	case !ok || n != 0:
		return nil, fmt.Errorf("id %q is not the initial id of a payment, such as 3066177123_0", l.ID)
	case !validAmount(l.Amount):
		return nil, fmt.Errorf("amount %d is not between 1 and %d", l.Amount, int64(maxAmount))
	case !currencyText.MatchString(l.Currency):
		return nil, fmt.Errorf("currency %q is not three capital letters", l.Currency)
	case l.Mode != "" && l.Mode != modePre && l.Mode != modeFinal && l.Mode != modeSale:
		return nil, fmt.Errorf("mode %q is none of %s, %s, %s", l.Mode, modePre, modeFinal, modeSale)
	case l.PaymentProductID < 0 || l.PaymentProductID > 99999:
		return nil, fmt.Errorf("paymentProductId %d is not between 0 and 99999", l.PaymentProductID)
	}
	p := &payment{base: base, amount: l.Amount, currency: unique.Make(l.Currency).Value(), created: now}
	if l.MerchantReference != "" {
		p.refs = &references{merchant: l.MerchantReference}
	}
	if err := l.setMethod(p); err != nil {
		return nil, err
	}
	p.ops = make([]op, 1, 1+len(l.Operations))
	p.ops[0] = op{
		source: fromSeed, code: codeAuthorized, of: -1, dueAt: never,
		amount: p.amount, requestedAt: now, changedAt: now, refs: p.refs, final: l.Mode != modePre,
	}
	if err := l.setCode(&p.ops[0]); err != nil {
		return nil, err
	}
	if zero := &p.ops[0]; zero.kind == Capture && settles(zero.code) {
		zero.target, zero.dueAt = codeCaptured, due
	}
	return p, nil
}

// settles says that an operation with the code settles by itself.
func settles(code int16) bool {
	switch code {
	case 4, codeCancelRequested, codeRefundRequested, codeCaptureRequested, 99:
		return true
	}
	return false
}

func (l *seedLine) setMethod(p *payment) error {
	p.product, p.method = l.PaymentProductID, methodOfProduct(l.PaymentProductID)
	if l.Method == "" && l.PaymentProductID == 0 {
		p.method = byCard
	}
	if l.Method != "" {
		m, ok := parseMethod(l.Method)
		if !ok {
			return fmt.Errorf("method %q is none of %q", l.Method, methodNames)
		}
		p.method = m
	}
	if p.product == 0 {
		p.product = defaultProducts[p.method]
	}
	return nil
}

// setCode gives entry _0 its state. A capture code makes the payment a sale.
func (l *seedLine) setCode(zero *op) error {
	if l.Mode == modeSale {
		zero.kind, zero.code, zero.final = Capture, codeCaptured, true
	}
	if l.Code != nil {
		zero.code = *l.Code
		switch zero.code {
		case 4, codeCaptured, codeCaptureRequested, codeCaptureUncertain, codeCaptureRefused, 99:
			zero.kind, zero.final = Capture, true
		case codeAuthorized, codeAuthorizedToo:
			if l.Mode == modeSale {
				return fmt.Errorf("code %d is not that of a sale", zero.code)
			}
		case 7, codeRefunded, 71, 72, 73, codeRefundRequested, codeRefundUncertain, codeRefundRefused, 85:
			return fmt.Errorf("code %d is that of a refund: write it as an operation", zero.code)
		}
	}
	zero.first = zero.code
	if len(l.Operations) > 0 && zero.class() == classNone {
		return fmt.Errorf("a payment with code %d cannot have operations", zero.code)
	}
	return nil
}

// seed adds one operation, settled unless it has a code.
func (p *payment) seed(step *seedStep, now, due int64) error {
	var k Kind
	if err := k.UnmarshalText([]byte(step.Kind)); err != nil || k == Authorization {
		return fmt.Errorf("kind %q is none of capture, cancel, refund", step.Kind)
	}
	if !validAmount(step.Amount) {
		return fmt.Errorf("amount %d is not between 1 and %d", step.Amount, int64(maxAmount))
	}
	have := summarize(p.amount, p.ops)
	left := have.open
	if k == Refund {
		left = have.captured - have.refunded - have.refundRequested
	}
	if step.Amount > left {
		return fmt.Errorf("%s of %d is more than the %d that are left", k, step.Amount, left)
	}
	codes := outcomesOf[k]
	o := op{
		kind: k, source: fromSeed, final: step.Final || (k != Refund && step.Amount == p.amount), hideRefs: step.NoReference,
		code: codes.requested, target: codes.settled, of: -1, amount: step.Amount,
		requestedAt: now, changedAt: now, dueAt: never,
	}
	if step.Ref != "" {
		o.refs = &references{merchant: step.Ref}
	}
	final := codes.settled
	if step.Code != nil {
		final = *step.Code
	}
	c := classOf(k, final)
	if c == classRequested {
		o.code = final
		if settles(final) {
			o.dueAt = due
		}
	}
	o.first = o.code
	n := p.request(o)
	if c != classRequested {
		p.resolve(n, final, now)
		p.ops[n].first = final
	}
	return nil
}

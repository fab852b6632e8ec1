package sandbox

import "time"

// directDebit is what a payment by SEPA direct debit says about its mandate: the
// reference of one that exists, or one to make.
type directDebit struct {
	Existing string          `json:"existingUniqueMandateReference"`
	Mandate  *mandateRequest `json:"mandate"`
}

const debitPrefix = "sepaDirectDebitPaymentMethodSpecificInput.paymentProduct771SpecificInput."

// debited is the mandate of a request that pays by one.
type debited struct {
	reference string
	unsigned  bool // the debtor has to sign it first
}

// debit draws on the mandate of a request, or makes it. One that is unknown or
// not ACTIVE is an invalid value. A mandate for one payment is USED then, even
// when the payment is declined; one for several lasts another three years. A
// payment without a mandate is not refused: the contract requires none.
func (c *call) debit(r *createRequest) *refusal {
	if r.Sepa == nil || r.Sepa.Debit == nil {
		return nil
	}
	in := r.Sepa.Debit
	switch {
	case in.Existing != "":
		if !c.s.mandates.use(in.Existing, c.now) {
			return invalidValue(debitPrefix + "existingUniqueMandateReference")
		}
		r.debited = &debited{reference: in.Existing}
	case in.Mandate != nil:
		if fail := in.Mandate.check(); fail != nil {
			fail.property = debitPrefix + "mandate." + fail.property
			return fail
		}
		m, ok := c.makeMandate(in.Mandate)
		if !ok {
			return invalidValue(debitPrefix + "mandate.uniqueMandateReference")
		}
		r.debited = &debited{reference: m.reference, unsigned: in.Mandate.redirects()}
		if !r.debited.unsigned {
			c.s.mandates.use(m.reference, c.now)
		}
	}
	return nil
}

// makeMandate stores the mandate of a request that was checked, unless its
// reference is taken.
func (c *call) makeMandate(req *mandateRequest) (mandate, bool) {
	m := c.newMandate(req)
	if req.Reference == "" {
		m.reference = c.mandateReference()
	}
	for !c.s.mandates.add(m) {
		if req.Reference != "" {
			return mandate{}, false
		}
		m.reference = c.mandateReference()
	}
	return m, true
}

// use draws on a mandate that is active.
func (ms *mandateStore) use(reference string, now int64) bool {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	m, ok := ms.m[reference]
	if !ok || m.statusAt(now) != MandateActive {
		return false
	}
	m.draw(now)
	return true
}

// draw makes the mandate one that was collected with.
func (m *mandate) draw(now int64) {
	if m.request.RecurrenceType == "UNIQUE" {
		m.status = MandateUsed
		return
	}
	m.ends = time.Unix(0, now).UTC().AddDate(mandateYears, 0, 0).UnixNano()
}

// await makes a payment go on when its mandate is signed. It says whether that
// is still to come.
func (ms *mandateStore) await(reference string, p *payment) bool {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	m := ms.m[reference]
	m.waiting = p.base
	return m.status == MandateCreated
}

// collect goes on with the payment that waited for the signature of a mandate. The
// caller holds p.mu.
func (c *call) collect(reference string, p *payment) {
	if c.complete(p) {
		c.s.mandates.use(reference, c.now)
	}
}

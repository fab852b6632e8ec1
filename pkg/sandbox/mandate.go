package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// The statuses of a mandate. WAITING_FOR_REFERENCE is never reached, because a
// mandate has its reference at once.
const (
	MandateCreated = "CREATED" // waits for the signature
	MandateActive  = "ACTIVE"
	MandateBlocked = "BLOCKED"
	MandateRevoked = "REVOKED"
	MandateExpired = "EXPIRED"
	MandateUsed    = "USED" // for one payment, which it has had
)

// mandateYears is how long a mandate lasts that nothing was collected with.
const mandateYears = 3

// A mandate is what a debtor allows the merchant to collect.
type mandate struct {
	request   mandateRequest
	reference string
	status    string // but for the expiry, which follows from the time
	mac       string
	ends      int64
	waiting   uint64 // number of the payment that goes on when it is signed
}

func (m *mandate) statusAt(now int64) string {
	if now >= m.ends && m.status != MandateRevoked && m.status != MandateUsed {
		return MandateExpired
	}
	return m.status
}

// A mandateStore holds mandates by reference; the zero mandateStore is empty.
// What it returns are copies.
type mandateStore struct {
	mu sync.RWMutex
	m  map[string]*mandate
}

// add stores a mandate unless its reference is taken.
func (ms *mandateStore) add(m mandate) bool {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	if _, taken := ms.m[m.reference]; taken {
		return false
	}
	if ms.m == nil {
		ms.m = make(map[string]*mandate)
	}
	ms.m[m.reference] = &m
	return true
}

func (ms *mandateStore) get(reference string) (mandate, bool) {
	ms.mu.RLock()
	defer ms.mu.RUnlock()
	m, ok := ms.m[reference]
	if !ok {
		return mandate{}, false
	}
	return *m, true
}

// move gives a mandate the status to if it has one of those in from.
func (ms *mandateStore) move(now int64, reference, to string, from ...string) (m mandate, known, moved bool) {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	stored, known := ms.m[reference]
	if !known {
		return mandate{}, false, false
	}
	if moved = slices.Contains(from, stored.statusAt(now)); moved {
		stored.status = to
	}
	return *stored, true, moved
}

// SignMandate does what a debtor does who signs a mandate on the page that
// createMandate or createPayment redirects to, and returns where the debtor is
// sent next. A payment that came with the mandate is collected then. It
// fails when the mandate is unknown or does not wait for a signature.
func (s *Sandbox) SignMandate(reference string) (returnURL string, err error) {
	c := s.outside()
	defer c.leave()
	now := c.now
	m, known, moved := s.mandates.move(now, reference, MandateActive, MandateCreated)
	switch {
	case !known:
		return "", fmt.Errorf("sign mandate %s: there is no such mandate", reference)
	case !moved:
		return "", fmt.Errorf("sign mandate %s: it waits for no signature (%s)", reference, m.statusAt(now))
	}
	if p := s.payments.get(m.waiting); p != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		c.collect(reference, p)
	}
	return m.returns(), nil
}

// returns is where the debtor is sent from the page.
func (m *mandate) returns() string { return returnTo(m.request.ReturnURL, "RETURNMAC="+m.mac) }

func (s *Sandbox) controlMandate(r *http.Request) (any, error) {
	var req struct {
		Mandate string `json:"mandate"`
	}
	if err := readControl(r, &req); err != nil {
		return nil, err
	}
	if req.Mandate == "" {
		return nil, errors.New("mandate: mandate is required")
	}
	to, err := s.SignMandate(req.Mandate)
	return map[string]string{"returnUrl": to}, err
}

// newMandate makes the mandate that a request asks for.
func (c *call) newMandate(req *mandateRequest) mandate {
	m := mandate{
		request: *req, reference: req.Reference, status: MandateActive,
		ends: time.Unix(0, c.now).UTC().AddDate(mandateYears, 0, 0).UnixNano(),
	}
	if req.redirects() {
		m.status, m.mac = MandateCreated, c.s.uuid("RETURNMAC of a mandate")
	}
	return m
}

package sandbox

import (
	"net/http"
	"slices"
	"sync"
	"time"
)

// The statuses of a payout. Their numbers are those of refunds, which the
// platform counts payouts among; nothing proves them.
const (
	PayoutRequested = "PAYOUT_REQUESTED" // 81
	PayoutCredited  = "ACCOUNT_CREDITED" // 8
	PayoutRefused   = "REJECTED_CREDIT"  // 83
)

// A Payout is money that left the merchant for a card, without a payment. It is
// in no [Book]: payouts are a list of their own.
type Payout struct {
	Time      time.Time `json:"time"`
	ID        string    `json:"id"`
	Status    string    `json:"status"` // REJECTED_CREDIT: no money moved
	Amount    int64     `json:"amount"` // in minor units of Currency
	Currency  string    `json:"currency"`
	Key       string    `json:"key,omitempty"`       // the idempotence key
	Reference string    `json:"reference,omitempty"` // the merchant reference
}

// A payout never changes; that it is credited follows from the time.
type payout struct {
	Payout
	product int32
	reason  string
	refs    *references
	card    cardOutput
	due     int64
	refused bool
	hook    *hook // where its events go
}

// A payoutStore holds payouts by id and in the order in which they were made.
type payoutStore struct {
	mu   sync.RWMutex
	byID map[string]*payout
	all  []*payout
}

func (ps *payoutStore) add(p *payout) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if ps.byID == nil {
		ps.byID = make(map[string]*payout)
	}
	ps.byID[p.ID] = p
	ps.all = append(ps.all, p)
}

func (ps *payoutStore) get(id string) (*payout, bool) {
	ps.mu.RLock()
	defer ps.mu.RUnlock()
	p, ok := ps.byID[id]
	return p, ok
}

// Payouts returns all payouts, refused ones included, in the order in which
// they were made.
func (s *Sandbox) Payouts() []Payout {
	now := s.clock.now().UnixNano()
	s.catchUp(now)
	s.payouts.mu.RLock()
	all := slices.Clone(s.payouts.all)
	s.payouts.mu.RUnlock()
	list := make([]Payout, 0, len(all))
	for _, p := range all {
		shown := p.Payout
		shown.Status = p.status(now)
		list = append(list, shown)
	}
	return list
}

func (p *payout) status(now int64) string {
	switch {
	case p.refused:
		return PayoutRefused
	case now >= p.due:
		return PayoutCredited
	}
	return PayoutRequested
}

// newPayout makes the payout that a request asks for with a card.
func (c *call) newPayout(req *payoutRequest, card *token) *payout {
	in := req.Card
	p := &payout{
		Payout: Payout{
			Time: time.Unix(0, c.now).UTC(), ID: formatID(c.s.freeID(), 0), Key: c.key,
			Amount: *req.AmountOfMoney.Amount, Currency: req.AmountOfMoney.CurrencyCode,
		},
		product: in.PaymentProductID, reason: in.PayoutReason, refs: operationRefs(req.References, nil),
		card: cardOutput{bin: card.bin, last4: card.last4, expiry: card.expiry}, due: c.now + int64(c.b.SettleAfter),
		refused: card.number == cardDeclined,
	}
	if p.product == 0 {
		p.product = card.product
	}
	if p.refs != nil {
		p.Reference = p.refs.merchant
	}
	return p
}

func payoutEndpoints() []endpoint {
	return []endpoint{
		{"createPayout", http.MethodPost, "/payouts", true, (*call).createPayout},
		{"getPayout", http.MethodGet, "/payouts/{payoutId}", false, (*call).getPayout},
	}
}

package sandbox

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"sync"
	"time"
)

// temporaryLife is how long a temporary token and a tokenization session live.
const temporaryLife = 2 * time.Hour

// What became of a token.
const (
	tokenCreated   = "CREATED"
	tokenUpdated   = "UPDATED"
	tokenUnchanged = "UNCHANGED"
)

// A token stands for a card. The number is shown to nobody but, encrypted, to
// the holder of a certificate.
type token struct {
	id                 string
	product            int32
	bin, last4, number string
	expiry, holder     string
	fingerprint        [sha256.Size]byte
	temporary, used    bool
	ends               int64 // of a temporary token
}

// live says whether a token can still be shown.
func (t *token) live(now int64) bool { return !t.temporary || now < t.ends }

// lend makes a payment one of the card behind the token.
func (t *token) lend(p *payment) {
	p.card = &cardOutput{bin: t.bin, last4: t.last4, expiry: t.expiry, number: t.number, holder: t.holder}
	if p.product == 0 {
		p.product = t.product
	}
	if !t.temporary {
		p.token = t.id
	}
}

// A tokenStore holds all tokens; the zero tokenStore is empty. What it returns
// are copies.
type tokenStore struct {
	mu     sync.Mutex
	byID   map[string]*token
	byCard map[[sha256.Size]byte]*token // permanent ones
}

func (s *Sandbox) newToken(card Card, product int32) token {
	number := card.Number
	t := token{
		product: product, bin: number[:6], last4: number[max(0, len(number)-4):], number: number,
		expiry: card.Expiry, holder: card.Holder,
	}
	if t.product == 0 {
		t.product = productOfCard(number)
	}
	t.fingerprint = sha256.Sum256(append(binary.BigEndian.AppendUint64(nil, s.seed), number...))
	t.id = s.uuid("token")
	return t
}

// keep stores a permanent token or finds the one that the card has already,
// which then takes the new expiry date and holder.
func (ts *tokenStore) keep(t token) (stored token, status string) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	old, ok := ts.byCard[t.fingerprint]
	switch {
	case !ok:
		ts.add(&t)
		ts.index(&t)
		return t, tokenCreated
	case old.expiry == t.expiry && old.holder == t.holder:
		return *old, tokenUnchanged
	}
	old.expiry, old.holder = t.expiry, t.holder
	return *old, tokenUpdated
}

// keepBriefly stores a temporary token.
func (ts *tokenStore) keepBriefly(t token, now int64) token {
	t.temporary, t.ends = true, now+int64(temporaryLife)
	ts.mu.Lock()
	defer ts.mu.Unlock()
	ts.add(&t)
	return t
}

func (ts *tokenStore) add(t *token) {
	if ts.byID == nil {
		ts.byID = make(map[string]*token)
	}
	ts.byID[t.id] = t
}

// index makes a permanent token findable by its card.
func (ts *tokenStore) index(t *token) {
	if ts.byCard == nil {
		ts.byCard = make(map[[sha256.Size]byte]*token)
	}
	ts.byCard[t.fingerprint] = t
}

// get returns a token to look at.
func (ts *tokenStore) get(id string, now int64) (token, bool) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	t, ok := ts.byID[id]
	if !ok || !t.live(now) {
		return token{}, false
	}
	return *t, true
}

// take returns a token to pay with. A temporary one is taken once.
func (ts *tokenStore) take(id string, now int64) (token, bool) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	t, ok := ts.byID[id]
	if !ok || !t.live(now) || t.used {
		return token{}, false
	}
	t.used = t.temporary
	return *t, true
}

func (ts *tokenStore) remove(id string, now int64) bool {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	t, ok := ts.byID[id]
	if !ok || !t.live(now) {
		return false
	}
	delete(ts.byID, id)
	if !t.temporary {
		delete(ts.byCard, t.fingerprint)
	}
	return true
}

// sort splits a comma-separated list of tokens into those that a hosted page
// offers, those that it cannot use and those whose card has expired.
func (ts *tokenStore) sort(list string, now int64) (offered, invalid, outdated []string) {
	invalid, outdated = []string{}, []string{}
	for id := range strings.SplitSeq(list, ",") {
		id = strings.TrimSpace(id)
		if id == "" {
			continue
		}
		switch t, ok := ts.get(id, now); {
		case !ok || t.temporary:
			invalid = append(invalid, id)
		case expired(t.expiry, now):
			outdated = append(outdated, id)
		default:
			offered = append(offered, id)
		}
	}
	return offered, invalid, outdated
}

// spend puts the card behind a token, a hosted tokenization or a hosted fields
// session into a request that names one and no card.
func (c *call) spend(r *createRequest) *refusal {
	var t token
	var ok bool
	switch {
	case r.EncryptedInput != "":
		return c.decrypt(r)
	case r.Card != nil && r.Card.Card != nil:
		return nil
	case r.Card != nil && r.Card.Token != "":
		if t, ok = c.s.tokens.take(r.Card.Token, c.now); !ok {
			return invalidValue("cardPaymentMethodSpecificInput.token")
		}
	case r.HostedTokenizationID != "" && r.Mobile == nil && r.Redirect == nil && r.Sepa == nil:
		if t, ok = c.takeSession(r.HostedTokenizationID, false); !ok {
			return invalidValue("hostedTokenizationId")
		}
	case r.HostedFieldsSessionID != "" && r.Mobile == nil && r.Redirect == nil && r.Sepa == nil:
		if t, ok = c.takeSession(r.HostedFieldsSessionID, true); !ok {
			return invalidValue("hostedFieldsSessionId")
		}
	default:
		return nil
	}
	r.stored = &t
	return nil
}

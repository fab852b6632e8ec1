package sandbox

import (
	"errors"
	"maps"
	"slices"
)

// The kinds of things that a state holds. A thing comes after what it needs.
const (
	statePayment      = "payment"
	stateCheckout     = "checkout"
	stateTokenization = "tokenization"
	stateToken        = "token"
	statePayout       = "payout"
	stateBatch        = "batch"
	stateMandate      = "mandate"
	stateLink         = "paymentLink"
	stateKey          = "key"
	stateCertificate  = "certificate"
	stateWebhook      = "webhook"
	statePage         = "page"
)

// saveAll writes all things, in an order that follows from what they are.
func (s *Sandbox) saveAll(out *stateWriter) {
	for _, base := range s.payments.bases() {
		p := s.payments.get(base)
		p.mu.Lock()
		out.thing(statePayment, formatID(base, 0), p)
		p.mu.Unlock()
	}
	saveMap(out, stateCheckout, s.checkouts.m)
	saveMap(out, stateTokenization, s.sessions.m)
	saveMap(out, stateToken, s.tokens.byID)
	for _, p := range s.payouts.all {
		out.thing(statePayout, p.ID, p)
	}
	saveMap(out, stateBatch, s.batches.byRef)
	saveMap(out, stateMandate, s.mandates.m)
	for _, id := range slices.Sorted(maps.Keys(s.links.m)) {
		l := s.links.m[id]
		l.mu.Lock()
		out.thing(stateLink, id, l)
		l.mu.Unlock()
	}
	for i := range s.keys.shards {
		s.keys.shards[i].save(out)
	}
	for _, id := range slices.Sorted(maps.Keys(s.pages.refs.m)) {
		ref := s.pages.refs.m[id]
		out.thing(statePage, id, &ref)
	}
	s.hub.mu.Lock()
	for _, d := range s.hub.log { // after the payments, which may settle in the meantime
		out.thing(stateWebhook, d.id, d)
	}
	s.hub.mu.Unlock()
	if s.authority.serial > 0 {
		out.thing(stateCertificate, s.authority.newest.id, s.authority.save())
	}
}

func saveMap[V any](out *stateWriter, kind string, m map[string]*V) {
	for _, id := range slices.Sorted(maps.Keys(m)) {
		out.thing(kind, id, m[id])
	}
}

// save writes the keys that have an answer, in the order of their first use.
// Those in progress are as if they had not arrived.
func (k *keyShard) save(out *stateWriter) {
	k.Lock()
	defer k.Unlock()
	for _, o := range k.old {
		if k.m[o.key] == o.r && o.r.status != 0 {
			out.thing(stateKey, o.key, o.r)
		}
	}
}

// loadThing takes over the thing of one line.
func (s *Sandbox) loadThing(l *stateLine) error {
	switch l.Kind {
	case statePayment:
		return s.loadPayment(l)
	case stateCheckout:
		return s.loadCheckout(l)
	case stateTokenization:
		return readOnto(l, &s.sessions)
	case stateToken:
		return s.loadToken(l)
	case statePayout:
		return s.loadPayout(l)
	case stateBatch:
		return s.loadBatch(l)
	case stateMandate:
		m, err := readThing[mandate](l)
		if err == nil && (m.reference != l.ID || !s.mandates.add(*m)) {
			err = errors.New("the mandate is not complete, or stands there twice")
		}
		return err
	case stateLink:
		return s.loadLink(l)
	case statePage:
		ref, err := readThing[pageRef](l)
		if err == nil {
			err = ref.sound(s)
		}
		if err == nil {
			s.pages.refs.put(l.ID, *ref)
			s.openPage(*ref) // under the secret of today, too
		}
		return err
	case stateWebhook:
		d, err := readThing[delivery](l)
		if err == nil {
			err = d.sound()
		}
		if err == nil {
			s.hub.restore(d)
		}
		return err
	case stateKey:
		return s.loadKey(l)
	case stateCertificate:
		saved, err := readThing[savedCertificate](l)
		if err == nil {
			err = s.authority.load(l.ID, saved)
		}
		return err
	}
	return errors.New("no such kind of thing is known")
}

// loadCheckout finds the payment of the checkout again by its number, which it
// shares with no other.
func (s *Sandbox) loadCheckout(l *stateLine) error {
	co, err := readThing[checkout](l)
	if err == nil {
		err = co.sound(l.ID)
	}
	if err != nil {
		return err
	}
	co.hook = s.hub.rehook(co.hook)
	if p := s.payments.get(co.base); p != nil && p.ops[0].source != fromSeed { // a seed may have taken the number
		co.payment = p
	}
	s.checkouts.put(l.ID, co)
	return nil
}

func (s *Sandbox) loadPayout(l *stateLine) error {
	p, err := readThing[payout](l)
	if err == nil {
		err = p.sound(l.ID)
	}
	if err != nil {
		return err
	}
	p.hook = s.hub.rehook(p.hook)
	s.payouts.add(p)
	if s.clock.now().UnixNano() < p.due {
		p.awaitCredit()
	}
	return nil
}

func (s *Sandbox) loadLink(line *stateLine) error {
	l, err := readThing[paymentLink](line)
	if err == nil {
		err = l.sound(line.ID)
	}
	if err != nil {
		return err
	}
	l.hook = s.hub.rehook(l.hook)
	s.links.put(line.ID, l)
	if s.clock.now().Before(l.ends) {
		l.awaitEnd()
	}
	return nil
}

func (s *Sandbox) loadToken(l *stateLine) error {
	t, err := readThing[token](l)
	if err == nil && (t.id != l.ID || !t.sound()) {
		err = errors.New("the token is not complete")
	}
	if err != nil {
		return err
	}
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	s.tokens.add(t)
	if !t.temporary {
		s.tokens.index(t)
	}
	return nil
}

// loadBatch starts a batch again that was started and has not run.
func (s *Sandbox) loadBatch(l *stateLine) error {
	b, err := readThing[batch](l)
	if err == nil {
		err = b.sound(l.ID)
	}
	if err != nil {
		return err
	}
	if !s.batches.add(b) {
		return errors.New("it stands there twice")
	}
	if b.started && b.items != nil {
		s.batches.waiting = append(s.batches.waiting, b)
		if s.hub.on.Load() {
			s.hub.at(b.due, s.catchUp)
		}
	}
	return nil
}

func (s *Sandbox) loadKey(l *stateLine) error {
	r, err := readThing[replay](l)
	if err == nil {
		err = r.sound()
	}
	if err != nil {
		return err
	}
	sh := s.keys.shard(l.ID)
	if sh.m == nil {
		sh.m = make(map[string]*replay)
	}
	if sh.m[l.ID] != nil {
		return errors.New("it stands there twice")
	}
	sh.m[l.ID] = r
	sh.old = append(sh.old, agedKey{l.ID, r})
	return nil
}

package sim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A sent is one request on its way, and what becomes of it in the network.
type sent struct {
	p       *process
	payment int
	op      spec.Op // "" for a read
	key     plan.Key
	ref     string
	amount  int64

	start   time.Duration // a moment that no other payment shares
	out, in time.Duration // until it arrives, and until its answer does
	stall   time.Duration // before it leaves
	dial    bool          // no connection is made
	forged  bool          // it is signed with a wrong secret
	page    int           // what answers is something else than the platform, with this status
	denied  bool          // the platform says no without looking at the key
}

func (s *sent) String() string {
	if s.op == "" {
		return "a read"
	}
	return fmt.Sprintf("%s %s %d (%.6s)", s.op, s.ref, s.amount, s.key)
}

// A moneyCall is the body of a call, as far as it says what moves.
type moneyCall struct {
	Amount        int64 `json:"amount"`
	AmountOfMoney struct {
		Amount       int64  `json:"amount"`
		CurrencyCode string `json:"currencyCode"`
	} `json:"amountOfMoney"`
	IsFinal             bool `json:"isFinal"`
	OperationReferences struct {
		MerchantReference string `json:"merchantReference"`
	} `json:"operationReferences"`
}

// sending judges a request before it leaves and draws its way.
func (w *world) sending(p *process, r *http.Request, body []byte) *sent {
	parts := strings.Split(r.URL.Path, "/") // "", v2, merchant, payments, id, what
	s := &sent{p: p, payment: -1}
	if len(parts) == 6 {
		s.payment = w.number(spec.BaseOf(parts[4]))
	}
	w.mu.Lock()
	path := r.Method + r.URL.Path
	w.requests[path]++
	n := w.requests[path]
	s.forged = w.forging
	w.mu.Unlock()
	w.way(s, drawFor(w.seed, path, int(n)))
	if s.payment < 0 || r.Method != http.MethodPost {
		return s
	}
	w.judge(s, spec.Op(parts[5]), plan.Key(r.Header.Get("X-Gcs-Idempotence-Key")), body)
	return s
}

// way draws how a request fares in the network.
func (w *world) way(s *sent, d *draw) {
	t := &w.traits
	s.start = time.Duration(d.between(1, 50_000))
	s.out, s.in = d.span(time.Millisecond, 40*time.Millisecond), d.span(time.Millisecond, 40*time.Millisecond)
	if d.permille(t.slow) {
		s.out = d.span(time.Second, 2*time.Minute)
	}
	if d.permille(t.slow) {
		s.in = d.span(time.Second, 2*time.Minute)
	}
	if d.permille(t.stall) {
		s.stall = d.span(time.Second, 30*time.Minute)
	}
	s.dial = d.permille(t.dial)
	s.denied = d.permille(t.deny)
	if d.permille(t.page) {
		s.page = pick(d, 302, 404, 413, 500, 502)
	}
}

// judge holds a call that is about to be sent against the journal and the plans
// that were accepted.
func (w *world) judge(s *sent, op spec.Op, key plan.Key, body []byte) {
	var m moneyCall
	if err := json.Unmarshal(body, &m); err != nil {
		w.violate(s.payment, promiseExact, "the body of a call is no JSON: %v", err)
		return
	}
	s.op, s.key, s.ref, s.amount = op, key, m.OperationReferences.MerchantReference, m.AmountOfMoney.Amount
	if op == spec.Capture {
		s.amount = w.minor(s.payment, m.Amount)
	}
	w.note(s.payment, "%s sends %s", s.p, s)
	w.count("sent " + string(op))
	w.mu.Lock()
	before, again := w.bodies[key]
	if !again {
		w.bodies[key] = string(body)
	}
	since := time.Duration(0)
	if began, sent := s.p.m.began[key]; sent {
		since = time.Since(began)
	}
	c := w.accepted[key]
	if c != nil && c.sentBy == nil {
		c.sentBy = s.p
	}
	w.mu.Unlock()
	switch {
	case again:
		w.count("sent again")
		if before != string(body) {
			w.violate(s.payment, promiseOnce, "%s goes out with another body than before under its key", s)
		}
		if since >= w.traits.behaviour.KeyWindow {
			w.violate(s.payment, promiseOnce, "%s goes out again %v after its key was first used", s, since.Truncate(time.Minute))
		}
	default:
		w.inPlace(s)
	}
	switch {
	case c == nil:
		w.violate(s.payment, promisePlanned, "%s goes out and is in no accepted plan", s)
	case c.payment != s.payment || c.op != op || c.ref != s.ref || c.amount != s.amount || c.final != m.IsFinal:
		w.violate(s.payment, promisePlanned, "%s goes out, and the plan has %+v", s, *c)
	}
	if got := m.AmountOfMoney.CurrencyCode; op != spec.Capture && got != string(w.payments[s.payment].currency) {
		w.violate(s.payment, promiseExact, "%s goes out in %s", s, got)
	}
	w.entitled(s)
	if !w.recorded(s) {
		w.violate(s.payment, promiseDurable, "%s goes out before its intent is durable", s)
	}
}

// left notes that bytes of a call have left its machine.
func (w *world) left(s *sent) {
	if s.op == "" {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	s.p.m.last[s.key] = time.Now()
	if _, before := s.p.m.began[s.key]; !before {
		s.p.m.began[s.key] = time.Now()
	}
}

// entitled requires that the sender's journal is its own until the send has
// ended, and that its clock is not behind what the journal holds.
func (w *world) entitled(s *sent) {
	if lease := s.p.j.Lease(); lease < s.p.opts.CallTimeout {
		w.violate(s.payment, promiseLocked, "%s goes out with %v left of the lease", s, lease)
	}
	if newest, now := s.p.j.Newest(), s.p.m.now(); now.Before(newest) {
		w.violate(s.payment, promiseOnce, "%s goes out with a clock that is %v behind the journal", s, newest.Sub(now))
	}
}

// minor is the amount of a capture in the minor unit, as the platform reads it.
func (w *world) minor(payment int, amount int64) int64 {
	switch exponent, _ := w.payments[payment].currency.Exponent(); {
	case w.env.CaptureUnit != plan.CaptureUnitHundredths || exponent == 2:
		return amount
	case exponent == 0:
		return amount / 100
	default:
		return amount * 10
	}
}

// recorded reports that the journal of a sender has the intent of its call, in
// a state in which it may be sent, so that a crash would not lose it.
func (w *world) recorded(s *sent) bool {
	if s.p.m.store == nil {
		return true // a real journal: what it has is looked at when the process has ended
	}
	return s.p.m.store.holds(w.payments[s.payment].base, s.op, s.ref, s.amount)
}

// arrived looks at the ledger once the platform has dealt with a request.
func (w *world) arrived(s *sent, d delivery) {
	what := "no answer"
	if d.err == nil {
		what = fmt.Sprint(d.resp.StatusCode)
	}
	w.note(s.payment, "%s of %s is answered: %s", s, s.p, what)
	if s.op == "" && s.payment >= 0 && what == "200" {
		w.mu.Lock()
		w.reads[s.payment] = append(w.reads[s.payment], time.Now())
		w.mu.Unlock()
	}
	w.count("answer " + what)
	if s.op != "" && s.payment >= 0 {
		w.once(s.payment)
	}
}

// holds reports that a call was intended, durably, and not given up since.
func (s *Store) holds(base string, op spec.Op, ref string, amount int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	held := map[int64]bool{}
	for i := range s.records {
		r := &s.records[i]
		switch {
		case r.kind == intentRecord && r.intent.Payment == base && r.intent.Op == op && r.intent.Ref == ref && r.intent.Amount == amount:
			held[r.seq] = !r.durable.After(now)
		case r.kind == outcomeRecord && r.outcome.State != plan.StateUnknown && held[r.of]:
			held[r.of] = false
		}
	}
	for _, ok := range held {
		if ok {
			return true
		}
	}
	return false
}

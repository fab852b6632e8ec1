package sim

import (
	"bytes"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// reported holds what a process says against the ledger.
func (w *world) reported(p *process, res apply.Result) {
	n := w.number(res.Payment.Base())
	w.note(n, "%s reports %s %s: %s %s %q", p, res.Action.Op, res.Action.Ref, res.Status, res.OperationID, res.Message)
	w.count("result " + string(res.Status))
	if res.Action.Reason == plan.ReasonNotYetVisible {
		w.count("result not yet visible")
	}
	w.public(p, []byte(res.Message+res.Hint))
	if res.OperationID == "" || w.words[res.Action.Key] {
		return
	}
	o := find(w.ledger(n), res.OperationID)
	switch {
	case o == nil:
	case res.Status == apply.StatusSettled && !o.settled:
		w.violate(n, promiseOutcome, "%s reports %s %s settled, and operation %s is not", p, res.Action.Op, res.Action.Ref, o.id)
	case res.Status == apply.StatusRefused && o.live():
		w.violate(n, promiseOutcome, "%s reports %s %s refused, and operation %s stands", p, res.Action.Op, res.Action.Ref, o.id)
	}
}

// secrets are what must not be found: what is signed with, signatures, and what
// the platform shows of a card.
var secrets = [][]byte{[]byte(Secret), []byte("GCS v1HMAC"), []byte("ardNumber"), []byte("********")}

// public requires that what is written holds no secret.
func (w *world) public(p *process, text []byte) {
	for _, s := range secrets {
		if bytes.Contains(text, s) {
			w.violate(-1, promiseSecret, "%s writes %q", p, s)
		}
	}
}

// spent holds what the calls of a run moved against its caps.
func (w *world) spent(p *process) {
	caps := p.opts.Caps
	if caps.Calls == 0 && caps.Money == nil {
		return
	}
	calls, money := int64(0), map[spec.Currency]int64{}
	for n, pay := range w.payments {
		for _, o := range w.ledger(n) {
			if o.source == sourceAPI && o.live() && w.sender(n, &o) == p {
				calls++
				money[pay.currency] += o.amount
			}
		}
	}
	if caps.Calls > 0 && calls > caps.Calls {
		w.violate(-1, promiseCap, "%s made %d calls, and its cap is %d", p, calls, caps.Calls)
	}
	for currency, limit := range caps.Money {
		if money[currency] > limit {
			w.violate(-1, promiseCap, "%s moved %d %s, and its cap is %d", p, money[currency], currency, limit)
		}
	}
}

// sender is who sent the call of an operation first, if it is certain.
func (w *world) sender(n int, o *operation) (by *process) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.accepted {
		if c.payment != n || kindOf(c.op) != o.kind || c.ref != o.ref || c.amount != o.amount || c.sentBy == nil {
			continue
		}
		if by != nil && by != c.sentBy {
			return nil
		}
		by = c.sentBy
	}
	return by
}

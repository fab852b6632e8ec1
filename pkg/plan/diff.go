package plan

import (
	"fmt"
	"strconv"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// Diff returns what takes have to want, given what the journal knows of calls
// made before. It performs no I/O, reads no clock and changes none of its
// arguments: equal arguments give equal entries.
//
// The calls of a payment go in the order captures, cancels, refunds. A kind
// with an action that is Blocked makes no call, and what comes after it in
// that order waits.
func Diff(want *spec.Payment, have Observed, known Known) Entry {
	d := &differ{want: want, have: have, known: known}
	d.run()
	e := Entry{
		Source:     want.Pos.File + ":" + strconv.Itoa(want.Pos.Line),
		ObservedAt: have.At,
		Content: Content{
			Actions: d.actions, Currency: want.Currency, Drift: d.drift(), Have: d.have,
			Payment: want.ID, Want: d.wanted,
		},
	}
	if want.Manifest != nil && len(want.Manifest.Labels) > 0 {
		e.Content.Labels = want.Manifest.Labels
	}
	if err := e.Check(); err != nil {
		e.Content.Actions = []Action{unsound(err.Error())}
	}
	return e
}

// unsound is the action of a payment whose numbers contradict each other.
func unsound(why string) Action {
	return Action{
		Kind: Blocked, Reason: ReasonConservation, Message: "the plan for this payment does not add up: " + why,
		Hint: "this is a fault of payreconcile; please report it with this plan",
	}
}

// A differ is the state of one Diff.
type differ struct {
	want    *spec.Payment
	have    Observed // with what the journal knows and the read does not show laid over it
	known   Known
	wanted  Want
	unseen  []Operation // what was laid over
	actions []Action
	planned perOp // what the calls planned so far come to
	waiting perOp // what the calls that have to wait come to
	blocked bool  // an action has to be resolved before anything later goes
	final   bool  // a planned final capture releases the rest
}

// perOp holds an amount for each kind.
type perOp struct{ capture, cancel, refund int64 }

func (p *perOp) of(op spec.Op) *int64 {
	switch op {
	case spec.Capture:
		return &p.capture
	case spec.Cancel:
		return &p.cancel
	default:
		return &p.refund
	}
}

func (d *differ) run() {
	d.wanted = Want{Authorized: d.want.Authorized, MerchantReference: d.want.MerchantReference}
	for _, op := range spec.Ops {
		if minor, ok := d.want.Desired(op).Sum(); ok {
			d.setWanted(op, minor)
		}
	}
	if d.blockedAsAWhole() || d.overlay() {
		return
	}
	for _, op := range spec.Ops {
		d.kind(op)
		d.notYetVisible(op)
	}
}

// kind plans the calls of one kind.
func (d *differ) kind(op spec.Op) {
	if d.inDoubt(op) {
		return
	}
	want := d.want.Desired(op)
	if want.Mode == spec.Unmanaged {
		return
	}
	if o, uncertain := d.uncertain(op); uncertain {
		d.blockUncertain(op, o)
		return
	}
	var calls []Action
	if want.Mode == spec.Items {
		calls = d.items(op, want.Items)
	} else {
		calls = d.total(op, want)
	}
	if o, found := d.unseenOf(op); found && len(calls) > 0 {
		d.block(Action{
			Op: op, Operation: o.ID, Ref: o.Ref, Amount: o.Amount, Reason: ReasonInDoubt,
			Message: fmt.Sprintf("the platform accepted the %s of %s under %s and does not show it yet", op, d.money(o.Amount), o.Ref),
			Hint:    "plan again later; nothing is added to what cannot be seen",
		})
	}
	d.allow(op, calls)
}

// total plans the one call that closes the gap between a desired total and
// what is there, whoever made it.
func (d *differ) total(op spec.Op, want *spec.Desired) []Action {
	target := want.Total
	if want.Mode == spec.All {
		target = d.all(op)
		d.setWanted(op, target)
	}
	before := d.have.Totals.Of(op)
	switch gap := target - before; {
	case gap < 0:
		d.block(Action{
			Op: op, Before: before, After: before, Reason: over[op].reason,
			Message: fmt.Sprintf("%s is %s already, more than the %s declared", d.money(before), over[op].past, d.money(target)),
			Hint:    over[op].hint,
		})
		return nil
	case gap == 0:
		d.pendingOf(op)
		return nil
	default:
		return []Action{{Kind: Kind(op), Op: op, Ref: DerivedRef(op, before, target), Amount: gap, Before: before, After: target}}
	}
}

// over is what is said of a total that is there already and may not be.
var over = map[spec.Op]struct {
	reason     Reason
	past, hint string
}{
	spec.Capture: {
		ReasonOverCaptured, "captured",
		"a capture cannot be taken back: raise what is declared as captured, and declare a refund if the money should go back",
	},
	spec.Cancel: {ReasonOverCancelled, "cancelled", "a cancel cannot be taken back: raise what is declared as cancelled"},
	spec.Refund: {ReasonOverRefunded, "refunded", "a refund cannot be taken back: raise what is declared as refunded"},
}

// all is what "all" comes to: everything not cancelled for captures,
// everything not captured once the planned captures are made for cancels.
func (d *differ) all(op spec.Op) int64 {
	cancelled := d.have.Totals.Of(spec.Cancel)
	if op == spec.Capture {
		return d.have.Authorized - cancelled
	}
	if d.final || d.released() {
		return cancelled // a final capture has released the rest, or will
	}
	left := d.have.Authorized - d.have.Totals.Of(spec.Capture) - d.planned.capture - d.waiting.capture
	return max(left, cancelled)
}

// released reports that captures have closed the authorisation: nothing of it
// is left to void. Flags that are merely absent do not say so.
func (d *differ) released() bool {
	s := statuses[d.have.Code]
	return s.op != authorization && s.op != spec.Cancel && d.have.Totals.Captured > 0 &&
		!d.have.CanCancel && !d.have.CanCapture && d.have.Totals.CaptureRequested == 0
}

// pendingOf says of the operations of a kind that the platform is still
// working on them.
func (d *differ) pendingOf(op spec.Op) {
	for _, o := range d.have.Operations {
		if o.Op == op && o.Standing == Requested {
			d.pending(o, o.Ref)
		}
	}
}

// pending adds that the platform is working on an operation that it shows.
func (d *differ) pending(o Operation, ref string) {
	if o.Unseen {
		return // told of by notYetVisible
	}
	d.add(Action{
		Kind: Pending, Op: o.Op, Operation: o.ID, Ref: ref, Amount: o.Amount,
		Before: d.have.Totals.Of(o.Op), After: d.have.Totals.Of(o.Op), Reason: ReasonInProgress,
		Message: fmt.Sprintf("the platform is working on operation %s (status %d)", o.ID, o.Code),
		Hint:    "plan again later",
	})
}

func (d *differ) setWanted(op spec.Op, minor int64) {
	switch op {
	case spec.Capture:
		d.wanted.Captured = &minor
	case spec.Cancel:
		d.wanted.Cancelled = &minor
	case spec.Refund:
		d.wanted.Refunded = &minor
	}
}

func (d *differ) add(a Action) { d.actions = append(d.actions, a) }

func (d *differ) block(a Action) {
	a.Kind = Blocked
	d.blocked = true
	d.add(a)
}

// hasBlocked reports whether an action from the index on is Blocked.
func (d *differ) hasBlocked(from int) bool {
	for _, a := range d.actions[from:] {
		if a.Kind == Blocked {
			return true
		}
	}
	return false
}

func (d *differ) deferBehind(a Action) { d.add(behind(a)) }

// behind turns a call into one that waits for what is blocked.
func behind(a Action) Action {
	return merge(a, verdict(Deferred, ReasonBehindUnsettled, "see the blocked action of this payment",
		"waits until what is blocked on this payment is resolved"))
}

func (d *differ) money(minor int64) string {
	return spec.Money{Minor: minor, Currency: d.want.Currency}.String()
}

package plan_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A platform is the simplest model of one payment: operations that are
// requested, settle or are refused, and the flags that follow from them. It
// refuses what the real one is known to refuse.
type platform struct {
	sale   bool
	closed bool // by a final capture
	echo   bool // returns references
	moves  bool // _0 follows the payment
	ops    []modelOp
	hidden int // newest operations that reads do not show
	own    []plan.Intent
	keys   map[plan.Key]bool
}

type modelOp struct {
	op     spec.Op
	amount int64
	ref    string
	stand  plan.Standing
	final  bool
}

const modelAmount = 100

func (p *platform) sum(op spec.Op, standings ...plan.Standing) (n int64) {
	for _, o := range p.ops {
		if o.op == op && slices.Contains(standings, o.stand) {
			n += o.amount
		}
	}
	return n
}

func (p *platform) live(op spec.Op) int64 { return p.sum(op, plan.Requested, plan.Settled) }

func (p *platform) open() int64 {
	if p.sale || p.closed {
		return 0
	}
	return modelAmount - p.live(spec.Capture) - p.live(spec.Cancel)
}

func (p *platform) refundable() int64 {
	captured := p.sum(spec.Capture, plan.Settled)
	if p.sale {
		captured = modelAmount
	}
	return captured - p.live(spec.Refund)
}

// call makes one call and fails the test when the platform would refuse it.
func (p *platform) call(t *rapid.T, a plan.Action) {
	require.False(t, p.keys[a.Key], "key of %s %s used twice", a.Kind, a.Ref)
	p.keys[a.Key] = true
	switch a.Op {
	case spec.Capture:
		require.LessOrEqual(t, a.Amount, p.open())
		require.Equal(t, a.Amount == p.open() || a.Final, a.Final, "all that is left is labelled final")
		p.closed = p.closed || a.Final
	case spec.Cancel:
		require.LessOrEqual(t, a.Amount, p.open())
		require.Zero(t, p.sum(spec.Capture, plan.Requested))
	case spec.Refund:
		require.LessOrEqual(t, a.Amount, p.refundable())
		require.Zero(t, p.open())
	}
	ref := a.Ref
	if !p.echo {
		ref = ""
	}
	p.ops = append(p.ops, modelOp{a.Op, a.Amount, ref, plan.Requested, a.Final})
	p.own = append(p.own, plan.Intent{
		Payment: base, Op: a.Op, Ref: a.Ref, Amount: a.Amount, Currency: "EUR", Final: a.Final, Attempt: a.Attempt,
		Key: a.Key, State: plan.StateAccepted, OperationID: fmt.Sprintf("%s_%d", base, len(p.ops)), Code: code(a.Op, plan.Requested),
	})
}

// settle ends what is requested: a share of it is refused while refusals last.
func (p *platform) settle(t *rapid.T, refusals *int) {
	for i := range p.ops {
		o := &p.ops[i]
		if o.stand != plan.Requested {
			continue
		}
		o.stand = plan.Settled
		if *refusals > 0 && rapid.Bool().Draw(t, "refuse") {
			*refusals--
			o.stand = plan.Refused
			p.closed = p.closed && !o.final
		}
	}
}

func code(op spec.Op, s plan.Standing) int {
	return map[spec.Op]map[plan.Standing]int{
		spec.Capture: {plan.Requested: 91, plan.Settled: 9, plan.Refused: 93},
		spec.Cancel:  {plan.Requested: 61, plan.Settled: 6, plan.Refused: 63},
		spec.Refund:  {plan.Requested: 81, plan.Settled: 8, plan.Refused: 83},
	}[op][s]
}

func (p *platform) reading() plan.Reading {
	first := 5
	if p.sale {
		first = 9
	}
	r := plan.Reading{ID: base + "_0", Amount: modelAmount, Currency: "EUR", Methods: 1, MerchantReference: "order-1001", Code: first}
	add := func(n, code int, amount int64, ref string) {
		r.Operations = append(r.Operations, plan.ReadOperation{ID: fmt.Sprintf("%s_%d", base, n), Code: &code, Amount: &amount, Currency: "EUR", Ref: ref})
	}
	shown := p.ops[:len(p.ops)-p.hidden]
	for _, o := range shown {
		if o.stand != plan.Refused {
			r.Code = code(o.op, o.stand)
		}
	}
	if p.moves {
		first = r.Code
	}
	add(0, first, modelAmount, "order-1001")
	for i, o := range shown {
		add(i+1, code(o.op, o.stand), o.amount, o.ref)
	}
	can := func(b bool) *bool { return &b }
	r.Authorized, r.Cancellable = can(p.open() > 0), can(p.open() > 0 && p.sum(spec.Capture, plan.Requested) == 0)
	r.Refundable = can(p.refundable() > 0 && p.sum(spec.Capture, plan.Requested) == 0)
	return r
}

func (p *platform) diff(w *spec.Payment) plan.Entry {
	return plan.Diff(w, plan.Observe(p.reading(), readAt), plan.Known{Env: testEnv, Intents: p.own})
}

// TestConverges applies plans to the model and plans again: after at most three
// rounds, and one for each refusal, nothing is left to call; no key is used
// twice; and where nothing is left at all, the platform holds what was declared.
func TestConverges(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWant(t)
		p := &platform{sale: rapid.IntRange(0, 3).Draw(t, "sale") == 0, keys: map[plan.Key]bool{}}
		p.echo, p.moves = rapid.Bool().Draw(t, "echo"), rapid.Bool().Draw(t, "moves")
		refusals := rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(t, "refusals")
		rounds := 3 + refusals
		var last plan.Entry
		for n := 0; ; n++ {
			last = p.diff(w)
			if last.Calls() == 0 {
				break
			}
			require.Less(t, n, rounds, "still to do: %s", short(&last))
			for _, a := range last.Content.Actions {
				if a.Kind.Calls() {
					p.call(t, a)
				}
			}
			p.unseen(t, w, &last)
			p.requested(t, w)
			p.settle(t, &refusals)
		}
		if len(last.Content.Actions) == 0 {
			p.holds(t, w)
		}
	})
}

// unseen plans while reads do not show the newest operations: nothing is sent
// in their kinds.
func (p *platform) unseen(t *rapid.T, w *spec.Payment, made *plan.Entry) {
	p.hidden = rapid.IntRange(0, made.Calls()).Draw(t, "hidden")
	defer func() { p.hidden = 0 }()
	e := p.diff(w)
	for _, o := range p.ops[len(p.ops)-p.hidden:] {
		for _, a := range e.Content.Actions {
			require.False(t, a.Kind.Calls() && a.Op == o.op, "%s again: %s", o.op, short(&e))
		}
	}
}

// requested plans while everything is in progress: nothing that was made is
// made again.
func (p *platform) requested(t *rapid.T, w *spec.Payment) {
	e := p.diff(w)
	for _, a := range e.Content.Actions {
		require.False(t, a.Kind.Calls() && p.keys[a.Key], short(&e))
	}
}

// holds holds the platform's sums against what is declared.
func (p *platform) holds(t *rapid.T, w *spec.Payment) {
	for _, op := range spec.Ops {
		have := p.live(op)
		if op == spec.Capture && p.sale {
			have = modelAmount
		}
		d := w.Desired(op)
		switch d.Mode {
		case spec.Total:
			require.Equal(t, d.Total, have, op)
		case spec.Items:
			sum, _ := d.Sum()
			if op == spec.Capture && p.sale {
				sum += modelAmount
			}
			require.Equal(t, sum, have, op)
		case spec.All:
			require.Zero(t, p.open(), op)
		case spec.Unmanaged:
		}
	}
}

package apply_test

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// The places in which a process can die, in the order in which it gets there.
const (
	beforeIntent  = "before the intent is recorded"
	afterIntent   = "after the intent is recorded"
	beforeSend    = "before the first byte"
	betweenSends  = "after the first send"
	afterAnswer   = "after the answer"
	afterOutcome  = "after the outcome is recorded"
	beforeClosing = "before the closing read"
)

var cuts = []string{beforeIntent, afterIntent, beforeSend, betweenSends, afterAnswer, afterOutcome, beforeClosing}

// made reports that the call has reached the platform when a process dies there.
func made(cut string) bool {
	switch cut {
	case beforeIntent, afterIntent, beforeSend:
		return false
	}
	return true
}

// A reaper kills a process when it gets to a place, and holds
// everything back that it still tries: what is dead writes nothing.
type reaper struct {
	cut  string
	pass atomic.Int64 // how often it lets the process get there before
	dead atomic.Bool
	sent atomic.Bool
}

var errDead = errors.New("this process is dead")

func (k *reaper) at(place string) {
	if k.dead.Load() {
		panic(errDead)
	}
	if place == k.cut && k.pass.Add(-1) < 0 {
		k.dead.Store(true)
		panic(place)
	}
}

// A mortalJournal is the journal of a process that may die.
type mortalJournal struct {
	apply.Journal
	k *reaper
}

func (j mortalJournal) Intend(ctx context.Context, i plan.Intent) (int64, error) {
	j.k.at(beforeIntent)
	seq, err := j.Journal.Intend(ctx, i)
	j.k.at(afterIntent)
	return seq, err
}

func (j mortalJournal) Conclude(seq int64, o apply.Outcome) func() error {
	j.k.at(afterAnswer)
	wait := j.Journal.Conclude(seq, o)
	if j.k.cut == afterOutcome {
		if err := wait(); err != nil {
			return func() error { return err }
		}
		j.k.at(afterOutcome)
	}
	return wait
}

func (j mortalJournal) NoteEcho(op spec.Op, id string, at time.Time) {
	if !j.k.dead.Load() {
		j.Journal.NoteEcho(op, id, at)
	}
}

// A mortalGateway is the gateway of a process that may die.
type mortalGateway struct {
	apply.Gateway
	k *reaper
}

func (g mortalGateway) Observe(ctx context.Context, id spec.PaymentID) (plan.Observed, error) {
	if g.k.sent.Load() {
		g.k.at(beforeClosing)
	}
	return g.Gateway.Observe(ctx, id)
}

func (g mortalGateway) Do(ctx context.Context, c apply.Call, guard apply.Guard) apply.Answer {
	g.k.at(beforeSend)
	a := g.Gateway.Do(ctx, c, guard)
	g.k.at(betweenSends)
	g.k.sent.Store(true)
	return a
}

// mortal makes a process die at a place.
func (p *process) mortal(cut string) *reaper {
	k := &reaper{cut: cut}
	p.gate = mortalGateway{p.gate, k}
	p.wrap = func(j apply.Journal) apply.Journal { return mortalJournal{j, k} }
	return k
}

var errFull = errors.New("the disk is full")

func (j failingJournal) Intend(ctx context.Context, i plan.Intent) (int64, error) {
	if j.intend {
		return 0, errFull
	}
	return j.Journal.Intend(ctx, i)
}

func (j failingJournal) Conclude(seq int64, o apply.Outcome) func() error {
	if j.conclude {
		return func() error { return errFull }
	}
	return j.Journal.Conclude(seq, o)
}

package sim

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A process is one run of the program. It may die at any moment in which it
// does something that others can see; nothing that it tries afterwards counts.
type process struct {
	w    *world
	m    *machine
	name string
	j    apply.Journal
	gate apply.Gateway
	pace apply.Pace // nil is none but that of the options
	opts apply.Options
	plan string // the id of the one that it runs

	speaking bool // what is concluded is a person's word

	mu     sync.Mutex
	steps  int
	dieAt  int // the step in which it dies; 0 is never
	dead   bool
	place  string // where it died
	spared bool   // it does not die just now
	unwind bool   // what runs now is unwound by a panic, not by an error
}

// errDead is what a dead process comes to.
var errDead = errors.New("this process is dead")

func (p *process) String() string { return p.name }

// yield is a moment in which the process may die.
func (p *process) yield(place string) error {
	p.mu.Lock()
	if !p.spared {
		p.steps++
	}
	died := !p.dead && !p.spared && p.steps == p.dieAt
	if died {
		p.dead, p.place = true, place
	}
	dead, unwind := p.dead, p.unwind
	p.mu.Unlock()
	if died {
		p.w.died(p)
	}
	switch {
	case dead && unwind:
		panic(errDead)
	case dead:
		return errDead
	}
	return nil
}

// spare keeps the process alive for a while.
func (p *process) spare(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.spared = on
}

func (p *process) isDead() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dead
}

// unwinding makes the process end by a panic when it dies while f runs, as one
// does whose goroutines are simply gone.
func (p *process) unwinding(f func() error) (err error) {
	set := func(on bool) {
		p.mu.Lock()
		p.unwind = on
		p.mu.Unlock()
	}
	set(true)
	defer set(false)
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if err = errDead; !p.isDead() || !strings.HasPrefix(fmt.Sprint(v), errDead.Error()) {
			p.w.violate(-1, promiseSound, "%s panicked: %v", p, v)
		}
	}()
	return f()
}

// A mortal is the journal of a process that may die.
type mortal struct {
	apply.Journal
	p *process
}

func (j mortal) Intend(ctx context.Context, i plan.Intent) (int64, error) {
	if err := j.p.yield("before an intent"); err != nil {
		return 0, err
	}
	j.p.w.attempted(i)
	seq, err := j.Journal.Intend(ctx, i)
	if dead := j.p.yield("after an intent"); dead != nil {
		return 0, dead
	}
	j.p.w.note(j.p.w.number(i.Payment), "%s intends %s %s %d attempt %d: %d %v", j.p, i.Op, i.Ref, i.Amount, i.Attempt, seq, err)
	return seq, err
}

// attempted notes a call that is about to be made again as a new one.
func (w *world) attempted(i plan.Intent) {
	if i.Attempt < 2 {
		return
	}
	w.count("new attempt")
	w.mu.Lock()
	defer w.mu.Unlock()
	w.retried[w.number(i.Payment)] = true
}

func (j mortal) Conclude(seq int64, o apply.Outcome) func() error {
	if err := j.p.yield("before an outcome"); err != nil {
		return func() error { return err }
	}
	wait := j.Journal.Conclude(seq, o)
	j.p.w.concluded(j.p, seq, &o)
	return func() error {
		err := wait()
		if dead := j.p.yield("after an outcome"); dead != nil {
			return dead
		}
		return err
	}
}

func (j mortal) NoteEcho(op spec.Op, id string, at time.Time) {
	if !j.p.isDead() {
		j.Journal.NoteEcho(op, id, at)
	}
}

// Known lets a moment pass that no other payment shares. What has ended
// meanwhile reads nothing.
func (j mortal) Known(ctx context.Context, bases []string) (map[string][]plan.Intent, error) {
	time.Sleep(time.Duration(1 + spread(hash(j.p.w.seed, strings.Join(bases, " "), 0), 997)))
	if err := j.p.yield("at a look into the journal"); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return j.Journal.Known(ctx, bases)
}

func (j mortal) Accept(ctx context.Context, r io.Reader, begin func() (apply.PlanRecord, error)) error {
	if err := j.p.yield("before a plan is stored"); err != nil {
		return err
	}
	open, _ := j.Open(ctx, 1)
	var file bytes.Buffer
	var rec apply.PlanRecord
	err := j.Journal.Accept(ctx, io.TeeReader(r, &file), func() (_ apply.PlanRecord, err error) {
		rec, err = begin()
		return rec, err
	})
	if err == nil {
		j.p.w.begunInDoubt(j.p, open)
		j.p.w.offered(rec.PlanID, &file)
	}
	if dead := j.p.yield("after a plan is stored"); dead != nil {
		return dead
	}
	return err
}

func (j mortal) Finish(ctx context.Context, id, result string, at time.Time) error {
	if err := j.p.yield("before a plan is finished"); err != nil {
		return err
	}
	err := j.Journal.Finish(ctx, id, result, at)
	if dead := j.p.yield("after a plan is finished"); dead != nil {
		return dead
	}
	return err
}

// offered takes in what an accepted plan may do.
func (w *world) offered(planID string, file io.Reader) {
	places := map[plan.Key]place{}
	for e, err := range plan.Entries(file) {
		if err != nil {
			w.violate(-1, promiseSound, "an accepted plan cannot be read: %v", err)
			return
		}
		w.take(e, places)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.places[planID] = places
}

func (w *world) take(e *plan.Entry, places map[plan.Key]place) {
	c := &e.Content
	n := w.number(c.Payment.Base())
	w.mu.Lock()
	defer w.mu.Unlock()
	for op, sum := range map[spec.Op]*int64{spec.Capture: c.Want.Captured, spec.Cancel: c.Want.Cancelled, spec.Refund: c.Want.Refunded} {
		if sum != nil {
			w.most[n][op] = max(w.most[n][op], *sum)
		}
	}
	var behind []plan.Key
	for _, a := range c.Actions {
		if a.Key == "" {
			continue
		}
		if w.accepted[a.Key] == nil {
			w.accepted[a.Key] = &call{payment: n, op: a.Op, ref: a.Ref, amount: a.Amount, final: a.Final}
		}
		places[a.Key] = place{observed: e.ObservedAt, behind: behind}
		if a.Kind.Calls() {
			behind = append(behind[:len(behind):len(behind)], a.Key)
		}
	}
}

package plan

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// tally counts and adds up entries. The zero tally is ready for use.
type tally struct {
	counts         Counts
	sums           []Sum
	oldest, newest time.Time
}

func (t *tally) add(e *Entry) error {
	c := &t.counts
	if c.Actions == nil && len(e.Content.Actions) > 0 {
		c.Actions = map[Kind]int64{}
	}
	c.Payments++
	t.observed(e.ObservedAt.UTC())
	var calls, waits, blocked, doubt bool
	for i := range e.Content.Actions {
		a := &e.Content.Actions[i]
		c.Actions[a.Kind]++
		switch a.Kind {
		case Capture, Cancel, Refund:
			calls = true
			c.Calls++
			if err := t.put(Sum{Action: a.Kind, Amount: a.Amount, Count: 1, Currency: e.Content.Currency}); err != nil {
				return err
			}
		case Pending, Deferred:
			waits = true
		case Blocked:
			blocked = true
			doubt = doubt || a.Reason == ReasonInDoubt
		}
	}
	for _, x := range [...]struct {
		is bool
		n  *int64
	}{{calls, &c.Changes}, {waits, &c.Waiting}, {blocked, &c.Blocked}, {doubt, &c.InDoubt}, {len(e.Content.Actions) == 0, &c.NoOp}, {len(e.Content.Drift) > 0, &c.Drifted}} {
		if x.is {
			*x.n++
		}
	}
	return nil
}

// observed widens the span of the reads; the zero time is no read.
func (t *tally) observed(at time.Time) {
	if at.IsZero() {
		return
	}
	if t.oldest.IsZero() || at.Before(t.oldest) {
		t.oldest = at
	}
	if at.After(t.newest) {
		t.newest = at
	}
}

// put adds a sum, keeping them in the order of currency and action.
func (t *tally) put(s Sum) error {
	if s.Amount < 0 {
		return fmt.Errorf("add up the plan: a %s of %d minor units", s.Action, s.Amount)
	}
	i, found := slices.BinarySearchFunc(t.sums, s, func(x, y Sum) int {
		return cmp.Or(strings.Compare(string(x.Currency), string(y.Currency)), strings.Compare(string(x.Action), string(y.Action)))
	})
	if !found {
		t.sums = slices.Insert(t.sums, i, s)
		return nil
	}
	at := &t.sums[i]
	if s.Amount > math.MaxInt64-at.Amount {
		return fmt.Errorf("add up the plan: the %ss in %s come to more than can be counted", s.Action, s.Currency)
	}
	at.Amount += s.Amount
	at.Count += s.Count
	return nil
}

// join adds the counts of another tally.
func (t *tally) join(o tally) error {
	if t.counts.Actions == nil {
		t.counts.Actions = map[Kind]int64{}
	}
	for k, n := range o.counts.Actions {
		t.counts.Actions[k] += n
	}
	t.observed(o.oldest)
	t.observed(o.newest)
	t.counts.Blocked += o.counts.Blocked
	t.counts.Calls += o.counts.Calls
	t.counts.Changes += o.counts.Changes
	t.counts.InDoubt += o.counts.InDoubt
	t.counts.Drifted += o.counts.Drifted
	t.counts.NoOp += o.counts.NoOp
	t.counts.Payments += o.counts.Payments
	t.counts.Waiting += o.counts.Waiting
	for _, s := range o.sums {
		if err := t.put(s); err != nil {
			return err
		}
	}
	return nil
}

// differs says where a footer does not say what was counted, "" when it does.
func (t *tally) differs(f *Footer) string {
	got, said := t.counts.numbers(), f.Counts.numbers()
	for i, what := range [...]string{
		"blocked payments", "calls", "payments to change", "drifted payments", "payments in doubt", "payments as declared", "payments", "waiting payments",
	} {
		if got[i] != said[i] {
			return fmt.Sprintf("it counts %d %s and there are %d", said[i], what, got[i])
		}
	}
	switch {
	case !maps.Equal(t.counts.Actions, f.Counts.Actions):
		return "it counts other actions than there are"
	case !t.oldest.Equal(f.Oldest) || !t.newest.Equal(f.Newest):
		return "the payments were read at other times"
	case !slices.Equal(t.sums, f.Money):
		return "the money is not what the calls come to" + t.firstOther(f.Money)
	}
	return ""
}

// firstOther names the first sum that is not what the calls come to.
func (t *tally) firstOther(said []Sum) string {
	for i, s := range t.sums {
		if i < len(said) && said[i] == s {
			continue
		}
		m := spec.Money{Minor: s.Amount, Currency: s.Currency}
		return fmt.Sprintf(" (%d %ss of together %s)", s.Count, s.Action, m)
	}
	return ""
}

func (c *Counts) numbers() [8]int64 {
	return [...]int64{c.Blocked, c.Calls, c.Changes, c.Drifted, c.InDoubt, c.NoOp, c.Payments, c.Waiting}
}

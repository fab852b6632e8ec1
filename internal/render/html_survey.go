package render

import (
	"cmp"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A fate is what happens to a payment as a whole. Every payment has exactly
// one, the first that applies.
type fate int

const (
	fateInDoubt  fate = iota
	fateBlocked       // something is blocked; other parts may be changed
	fateChange        // calls, and nothing blocked
	fateWaiting       // nothing but waiting
	fateDeclared      // nothing to do
	fates
)

// largestKept is how many of the largest calls of a currency are listed.
const largestKept = 5

// A htmlSurvey is what the first pass over a plan keeps: sums, the first rows
// of each table, and the largest calls. It does not grow with the plan.
type htmlSurvey struct {
	survey
	keep       int // rows of a table
	rows       [sheets]int64
	heads      [sheets][]*htmlRow
	fates      [fates]int64
	counts     plan.Counts
	releasing  int64 // final captures that release a rest
	currencies map[spec.Currency]*currencyView
}

// A currencyView is what is kept of the calls in one currency.
type currencyView struct {
	code     spec.Currency
	calls    int64
	released int64            // by final captures
	sizes    map[int][3]int64 // calls by the digits before the point, and op
	largest  []largeCall
}

type largeCall struct {
	amount int64
	row    *htmlRow
}

func htmlSurveyOf(entries iter.Seq2[*plan.Entry, error], keep int) (*htmlSurvey, error) {
	s := &htmlSurvey{keep: keep, survey: survey{money: map[plan.Sum]*plan.Sum{}}, currencies: map[spec.Currency]*currencyView{}}
	for e, err := range entries {
		if err == nil {
			err = s.add(e)
		}
		if err == nil {
			err = s.keepOf(e)
		}
		if err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *htmlSurvey) keepOf(e *plan.Entry) error {
	s.count(e)
	return partsOf(e, func(p pagePart) error {
		s.rows[p.in]++
		var row *htmlRow
		if len(s.heads[p.in]) < s.keep {
			row = rowOf(e, p)
			s.heads[p.in] = append(s.heads[p.in], row)
		}
		if p.action == nil || !p.action.Kind.Calls() {
			return nil
		}
		c := s.currency(e.Content.Currency)
		c.call(e, p, row)
		rest := releasedBy(e, p.action)
		if rest > math.MaxInt64-c.released {
			return fmt.Errorf("add up the plan: what final captures release in %s comes to more than can be counted", pageName(string(c.code)))
		}
		if c.released += rest; rest > 0 {
			s.releasing++
		}
		return nil
	})
}

// count counts a payment the way the footer of a plan does, and its fate.
func (s *htmlSurvey) count(e *plan.Entry) {
	var calls, waits, blocked, doubt bool
	for i := range e.Content.Actions {
		a := &e.Content.Actions[i]
		calls = calls || a.Kind.Calls()
		waits = waits || a.Kind == plan.Pending || a.Kind == plan.Deferred
		blocked = blocked || a.Kind == plan.Blocked
		doubt = doubt || (a.Kind == plan.Blocked && a.Reason == plan.ReasonInDoubt)
	}
	s.fates[fateOf(calls, waits, blocked, doubt)]++
	c := &s.counts
	for _, x := range [...]struct {
		is bool
		n  *int64
	}{
		{calls, &c.Changes},
		{waits, &c.Waiting},
		{blocked, &c.Blocked},
		{doubt, &c.InDoubt},
		{len(e.Content.Actions) == 0, &c.NoOp},
		{len(e.Content.Drift) > 0, &c.Drifted},
	} {
		if x.is {
			*x.n++
		}
	}
}

func fateOf(calls, waits, blocked, doubt bool) fate {
	switch {
	case doubt:
		return fateInDoubt
	case blocked:
		return fateBlocked
	case calls:
		return fateChange
	case waits:
		return fateWaiting
	}
	return fateDeclared
}

func (s *htmlSurvey) currency(code spec.Currency) *currencyView {
	c := s.currencies[code]
	if c == nil {
		c = &currencyView{code: code, sizes: map[int][3]int64{}}
		s.currencies[code] = c
	}
	return c
}

// releasedBy is what a final capture leaves of a payment, and thereby gives up.
func releasedBy(e *plan.Entry, a *plan.Action) int64 {
	if a.Kind != plan.Capture || !a.Final {
		return 0
	}
	h := &e.Content.Have
	rest := h.Authorized - a.After - h.Totals.Of(spec.Cancel) - h.Totals.Uncertain
	for i := range e.Content.Actions {
		if e.Content.Actions[i].Kind == plan.Cancel {
			rest -= e.Content.Actions[i].Amount
		}
	}
	return max(0, rest)
}

// call counts a call by its size, and keeps it when it is one of the largest.
// row is nil unless it was made already.
func (c *currencyView) call(e *plan.Entry, p pagePart, row *htmlRow) {
	c.calls++
	size := c.sizes[wholeDigits(p.action.Amount, c.code)]
	switch p.action.Kind { //nolint:exhaustive // calls are of three kinds
	case plan.Capture:
		size[opCapture]++
	case plan.Cancel:
		size[opCancel]++
	case plan.Refund:
		size[opRefund]++
	}
	c.sizes[wholeDigits(p.action.Amount, c.code)] = size
	if len(c.largest) == largestKept && p.action.Amount <= c.largest[largestKept-1].amount {
		return
	}
	if row == nil {
		row = rowOf(e, p)
	}
	at, _ := slices.BinarySearchFunc(c.largest, p.action.Amount, func(x largeCall, amount int64) int {
		if x.amount >= amount {
			return -1 // of equal ones the earlier stays in front
		}
		return 1
	})
	c.largest = slices.Insert(c.largest, at, largeCall{p.action.Amount, row})
	c.largest = c.largest[:min(largestKept, len(c.largest))]
}

// wholeDigits is how many digits an amount has before its point, at least one.
func wholeDigits(minor int64, c spec.Currency) int {
	whole, _, _ := strings.Cut(spec.Money{Minor: max(minor, 0), Currency: c}.Decimal(), ".")
	if end := strings.IndexByte(whole, ' '); end >= 0 {
		whole = whole[:end]
	}
	return len(whole)
}

// inOrder returns the currencies by their code.
func (s *htmlSurvey) inOrder() []*currencyView {
	all := make([]*currencyView, 0, len(s.currencies))
	for _, c := range s.currencies {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b *currencyView) int { return cmp.Compare(a.code, b.code) })
	return all
}

// agrees holds every number that the page shows against the payments.
func (s *htmlSurvey) agrees(f plan.Footer) error {
	if err := s.survey.agrees(f); err != nil {
		return err
	}
	got, want := &s.counts, &f.Counts
	for _, x := range [...]struct {
		what      string
		got, want int64
	}{
		{"to change", got.Changes, want.Changes},
		{"blocked", got.Blocked, want.Blocked},
		{"in doubt", got.InDoubt, want.InDoubt},
		{"changed after they were accepted", got.Drifted, want.Drifted},
		{"waiting", got.Waiting, want.Waiting},
		{"as declared", got.NoOp, want.NoOp},
	} {
		if x.got != x.want {
			return fmt.Errorf("show the plan: %w: it has %d payments %s and its footer counts %d", plan.ErrAltered, x.got, x.what, x.want)
		}
	}
	return nil
}

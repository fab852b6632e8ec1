package sandbox

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// len returns how many payments there are.
func (s *store) len() int {
	n := 0
	for i := range s.shards {
		sh := &s.shards[i]
		sh.RLock()
		n += len(sh.m)
		sh.RUnlock()
	}
	return n
}

// each calls f for every payment, in no order and without a lock held.
func (s *store) each(f func(*payment)) {
	var some []*payment
	for i := range s.shards {
		sh := &s.shards[i]
		some = some[:0]
		sh.RLock()
		for _, p := range sh.m {
			some = append(some, p)
		}
		sh.RUnlock()
		for _, p := range some {
			f(p)
		}
	}
}

// newest returns the n payments with the highest numbers below a limit, highest
// first; with a text, of those only that hold it in a merchant reference. It
// keeps no more than a few times n at any moment.
func (s *store) newest(n int, below uint64, text string) []*payment {
	var top []*payment
	floor := uint64(0)
	cut := func() {
		slices.SortFunc(top, func(a, b *payment) int { return cmp.Compare(b.base, a.base) })
		if len(top) > n {
			top = top[:n]
			floor = top[n-1].base
		}
	}
	var some []*payment
	for i := range s.shards {
		sh := &s.shards[i]
		some = some[:0]
		sh.RLock()
		for base, p := range sh.m {
			if base > floor && base < below {
				some = append(some, p)
			}
		}
		sh.RUnlock()
		for _, p := range some {
			if text == "" || p.mentions(text) {
				top = append(top, p)
			}
			if len(top) >= 8*n {
				cut()
			}
		}
	}
	cut()
	return top
}

// mentions says whether a merchant reference of the payment or of one of its
// operations holds a text.
func (p *payment) mentions(text string) bool {
	if p.refs != nil && strings.Contains(p.refs.merchant, text) {
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.ops {
		if refs := p.ops[i].refs; refs != nil && refs != p.refs && strings.Contains(refs.merchant, text) {
			return true
		}
	}
	return false
}

// newest returns up to n values by an order in which the newest come first.
func (s *shelf[V]) newest(n int, order func(a, b V) int) []V {
	s.mu.RLock()
	all := slices.Collect(maps.Values(s.m))
	s.mu.RUnlock()
	slices.SortFunc(all, order)
	return all[:min(n, len(all))]
}

// A total is a sum that may leave the range of amounts.
type total struct {
	sum  int64
	over bool
}

func (t *total) add(amount int64) {
	sum := t.sum + amount
	if amount > 0 && sum < t.sum {
		t.over = true
		return
	}
	t.sum = sum
}

func (t *total) cell(currency string) cell {
	if t.over {
		return numberCell("more than " + money(t.sum, currency))
	}
	return amountCell(t.sum, currency)
}

type totals struct{ authorized, captured, cancelled, refunded total }

// totalsTable adds up all payments.
func (s *Sandbox) totalsTable() table {
	by := make(map[string]*totals)
	now := s.present()
	s.payments.each(func(p *payment) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.settle(now)
		t := by[p.currency]
		if t == nil {
			t = new(totals)
			by[p.currency] = t
		}
		b := &p.book.balance
		t.authorized.add(-b[Issuer])
		t.captured.add(b[Captured] + b[RefundRequested] + b[Refunded])
		t.cancelled.add(b[Cancelled])
		t.refunded.add(b[Refunded])
	})
	t := table{Title: "Totals", Empty: "Nothing was authorised.", Columns: columns("Currency", "#Authorised", "#Captured", "#Cancelled", "#Refunded")}
	for _, currency := range slices.Sorted(maps.Keys(by)) {
		sum := by[currency]
		t.Rows = append(t.Rows, []cell{
			plainCell(currency), sum.authorized.cell(currency), sum.captured.cell(currency),
			sum.cancelled.cell(currency), sum.refunded.cell(currency),
		})
	}
	return t
}

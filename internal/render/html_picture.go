package render

import (
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"strings"

	"github.com/payreconcile/payreconcile/pkg/plan"
)

// whole is the length of the longest bar, in thousandths of the width that
// there is.
const whole = 1000

// A htmlBar is a piece of a bar. Where it starts and how long it is are
// thousandths of the width, computed in integers.
type htmlBar struct {
	Class string
	from  int64
	wide  int64
}

// X and Width are percentages for SVG.
func (b htmlBar) X() string     { return percent(b.from) }
func (b htmlBar) Width() string { return percent(b.wide) }

func percent(thousandths int64) string { return fmt.Sprintf("%d.%d%%", thousandths/10, thousandths%10) }

// share returns length·n/of without overflow, for 0 ≤ n ≤ of.
func share(n, of, length int64) int64 {
	if n <= 0 || of <= 0 {
		return 0
	}
	high, low := bits.Mul64(uint64(min(n, of)), uint64(length))
	q, _ := bits.Div64(high, low, uint64(of))
	return int64(q)
}

// least is the length of the shortest piece that shows.
const least = 4

// pieces cuts a bar of a length by numbers. What is more than nothing shows.
func pieces(length int64, classes []string, numbers []int64) (bars []htmlBar) {
	var of, shown, sum int64
	for _, n := range numbers {
		if of += n; n > 0 {
			shown++
		}
	}
	length = max(length, least*shown)
	free, from := length-least*shown, int64(0)
	var i int64
	for k, n := range numbers {
		if n == 0 {
			continue
		}
		i++
		sum += n
		to := least*i + share(sum, of, free)
		bars = append(bars, htmlBar{classes[k], from, to - from})
		from = to
	}
	return bars
}

// htmlPayments is the band of all payments.
type htmlPayments struct {
	Total, Alt, More string
	Bars             []htmlBar
	Legend           []htmlLegend
}

type htmlLegend struct{ Class, Count, Text string }

var fateTexts = [fates]struct{ class, text string }{
	fateInDoubt:  {"doubt", "in doubt"},
	fateBlocked:  {"blocked", "blocked, as a whole or in part"},
	fateChange:   {"change", "to change"},
	fateWaiting:  {"waiting", "waiting"},
	fateDeclared: {"declared", "as declared"},
}

// bandOrder is how the band is read: from what is done to what is not.
var bandOrder = [fates]fate{fateChange, fateWaiting, fateDeclared, fateBlocked, fateInDoubt}

func paymentsOf(c plan.Counts, s *htmlSurvey) htmlPayments {
	p := htmlPayments{Total: count(c.Payments, "payment")}
	var classes, alt []string
	var numbers []int64
	for _, f := range bandOrder {
		classes, numbers = append(classes, fateTexts[f].class), append(numbers, s.fates[f])
		p.Legend = append(p.Legend, htmlLegend{fateTexts[f].class, number(s.fates[f]), fateTexts[f].text})
		alt = append(alt, number(s.fates[f])+" "+fateTexts[f].text)
	}
	p.Alt = p.Total + ": " + strings.Join(alt, ", ")
	if c.Payments > 0 {
		p.Bars = pieces(whole, classes, numbers)
	}
	if both := c.Changes - s.fates[fateChange]; both > 0 {
		p.More = either(both, "1 payment is", number(both)+" payments are") + " blocked in one part and changed in another: " +
			number(c.Changes) + " are changed in all."
	}
	return p
}

// A htmlCurrency is the pictures of one currency. No two share a scale.
type htmlCurrency struct {
	Code, Calls string
	Money       []htmlMoneyBar
	Sizes       []htmlSize
	Largest     []*htmlRow
	Top         string // what is said above the largest calls
}

type htmlMoneyBar struct {
	Class, Title, Calls, Alt string
	Money                    htmlMoney
	Bars                     []htmlBar
}

type htmlSize struct {
	Title, Calls, Alt string
	Bars              []htmlBar
}

var opClasses = []string{opCapture: "capture", opCancel: "cancel", opRefund: "refund"}

func (c *currencyView) view(f plan.Footer) htmlCurrency {
	v := htmlCurrency{Code: pageName(string(c.code)), Calls: count(c.calls, "call"), Money: c.moneyBars(f), Sizes: c.sizeBars(), Top: "The largest call"}
	for _, l := range c.largest {
		v.Largest = append(v.Largest, l.row)
	}
	if n := len(v.Largest); n > 1 {
		v.Top = "The " + number(int64(n)) + " largest calls"
	}
	if c.calls <= int64(len(v.Largest)) {
		v.Top = "All calls, the largest first"
	}
	return v
}

// moneyBars are the sums of a currency, by where the money goes.
func (c *currencyView) moneyBars(f plan.Footer) (all []htmlMoneyBar) {
	var largest int64
	for _, s := range f.Money {
		if s.Currency == c.code {
			largest = max(largest, s.Amount)
		}
	}
	for _, x := range []struct {
		kind  plan.Kind
		title string
	}{{plan.Capture, "To us"}, {plan.Refund, "Back to customers"}, {plan.Cancel, "Released"}} {
		for _, s := range f.Money {
			if s.Currency != c.code || s.Action != x.kind {
				continue
			}
			b := htmlMoneyBar{Class: string(x.kind), Title: x.title, Calls: count(s.Count, string(x.kind)), Money: moneyOfSum(s)}
			b.Bars = pieces(max(least, share(s.Amount, largest, whole)), []string{b.Class}, []int64{1})
			b.Alt = "Bar of " + b.Money.Text() + ", " + percent(share(s.Amount, largest, whole)) + " of the longest"
			all = append(all, b)
		}
	}
	return all
}

// sizeBars are the calls of a currency by their size.
func (c *currencyView) sizeBars() (all []htmlSize) {
	sizes := slices.Sorted(maps.Keys(c.sizes))
	var largest int64
	for _, n := range c.sizes {
		largest = max(largest, n[0]+n[1]+n[2])
	}
	for size := sizes[0]; size <= sizes[len(sizes)-1]; size++ {
		n := c.sizes[size]
		sum := n[0] + n[1] + n[2]
		s := htmlSize{Title: sizeTitle(size), Calls: count(sum, "call")}
		s.Alt = fmt.Sprintf("%s: %s, %s, %s", s.Title, count(n[opCapture], "capture"), count(n[opRefund], "refund"), count(n[opCancel], "cancel"))
		if sum > 0 {
			s.Bars = pieces(share(sum, largest, whole), opClasses, n[:])
		}
		all = append(all, s)
	}
	return all
}

// sizeTitle says which amounts have so many digits before the point.
func sizeTitle(digits int) string {
	if digits == 1 {
		return "under 10"
	}
	return power(digits-1) + " to under " + power(digits)
}

// power writes ten to the power of n.
func power(n int) string {
	var b strings.Builder
	b.WriteByte('1')
	for i := n; i > 0; i-- {
		if i%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteByte('0')
	}
	return b.String()
}

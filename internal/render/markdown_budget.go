package render

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/payreconcile/payreconcile/pkg/plan"
)

// An mdMeasure is what a table needs, and what it gets.
type mdMeasure struct {
	rows  int64
	bytes int        // of the rows
	room  int        // for them
	sums  []plan.Sum // what its calls move, by currency and action
}

func (m *mdMeasure) add(r mdRow) {
	m.rows++
	m.bytes += len(r.text)
	if r.sum.Count == 0 {
		return
	}
	i, found := m.find(r.sum)
	if !found {
		m.sums = slices.Insert(m.sums, i, r.sum)
		return
	}
	m.sums[i].Amount += r.sum.Amount // the survey has checked the sum over all tables
	m.sums[i].Count++
}

// take removes a row from what is left.
func (m *mdMeasure) take(r mdRow) {
	m.rows--
	if i, found := m.find(r.sum); found && r.sum.Count > 0 {
		m.sums[i].Amount -= r.sum.Amount
		m.sums[i].Count--
	}
}

func (m *mdMeasure) find(s plan.Sum) (int, bool) {
	return slices.BinarySearchFunc(m.sums, s, func(x, y plan.Sum) int {
		return cmp.Or(cmp.Compare(x.Currency, y.Currency), cmp.Compare(x.Action, y.Action))
	})
}

const (
	restOfRows = 96  // the most bytes of "… and so many more"
	restOfSums = 512 // the same with sums
	fewSums    = 5   // how many sums it lists
)

// reserve is the most that rest takes.
func (m *mdMeasure) reserve() int {
	if len(m.sums) == 0 {
		return restOfRows
	}
	return restOfSums
}

// rest counts the rows that did not fit, and adds up what they move.
func (m *mdMeasure) rest(part mdPart) string {
	if m.rows == 0 {
		return ""
	}
	if part == mdDenied {
		return "\n… and " + count(m.rows, "more denial") + ", not listed here\n"
	}
	what := number(m.rows) + " more"
	if money := m.money("more "); money != "" {
		what = money
	}
	return "\n… and " + what + ", not shown here: `payreconcile show`\n"
}

// money says what calls move: "2 more captures (70.50 EUR), 1 more
// refund (20.00 EUR)".
func (m *mdMeasure) money(more string) string {
	var parts []string
	others := int64(0)
	for _, s := range m.sums {
		switch {
		case s.Count == 0:
		case len(parts) == fewSums:
			others += s.Count
		default:
			parts = append(parts, count(s.Count, more+string(s.Action))+" ("+mdMoney(s.Amount, s.Currency)+")")
		}
	}
	if others > 0 {
		parts = append(parts, count(others, more+"call")+" in other currencies")
	}
	return strings.Join(parts, ", ")
}

// allot gives every table room for rows. In the order of the tables each takes
// what it needs, but leaves every later one its share, so that the captures of
// a plan are not hidden by what is blocked in it.
func (v *mdView) allot(fixed int) error {
	if v.options.Budget == 0 {
		return nil
	}
	tables, needs, reserve := 0, 0, 0
	for part := range mdParts {
		m := &v.parts[part]
		if m.rows == 0 {
			continue
		}
		open, end := v.frame(part)
		fixed += len(open) + len(end)
		tables++
		needs += m.bytes
		reserve += m.reserve()
	}
	room := v.options.Budget - fixed
	if needs > room || v.listsLess() {
		room -= reserve
	}
	if room < 0 {
		return fmt.Errorf("show the plan as Markdown: %d bytes are too few; the heading, the sums, the counts and the ids of this plan take %d", v.options.Budget, v.options.Budget-room)
	}
	for part := range mdParts {
		m := &v.parts[part]
		if m.rows == 0 {
			continue
		}
		kept := 0
		for later := part + 1; later < mdParts; later++ {
			kept += min(v.parts[later].bytes, room/(2*tables))
		}
		m.room = min(m.bytes, max(room-kept, 0))
		room -= m.room
		tables--
	}
	return nil
}

// listsLess reports that the policy denies more than it lists.
func (v *mdView) listsLess() bool {
	j := v.footer.Judgement
	return j != nil && j.Denied > int64(len(j.Denials))
}

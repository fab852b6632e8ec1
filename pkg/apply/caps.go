package apply

import (
	"fmt"
	"sync"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// Caps bound what one run may send. The zero Caps bound nothing.
type Caps struct {
	Calls int64                   // calls that move money; 0 is no cap
	Money map[spec.Currency]int64 // minor units by currency; a missing one has no cap
}

// A meter reserves calls and money against the caps, before the intent is
// written, so that a cap is never passed however many calls run side by side.
// A call whose outcome is unknown keeps its reservation.
type meter struct {
	caps  Caps
	mu    sync.Mutex
	calls int64
	money map[spec.Currency]int64 // of the currencies with a cap: it never gets past that
}

func newMeter(c Caps) *meter { return &meter{caps: c, money: map[spec.Currency]int64{}} }

// reserve takes one call over x out of what is left, or says which cap is in
// the way.
func (m *meter) reserve(x spec.Money) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.caps.Calls > 0 && m.calls >= m.caps.Calls {
		return fmt.Errorf("the cap on calls a run is reached: %d", m.caps.Calls)
	}
	limit, capped := m.caps.Money[x.Currency]
	if capped && x.Minor > limit-m.money[x.Currency] {
		return fmt.Errorf("%s more would pass the cap of %s a run, of which %s is used", x,
			spec.Money{Minor: limit, Currency: x.Currency}, spec.Money{Minor: m.money[x.Currency], Currency: x.Currency})
	}
	m.calls++
	if capped {
		m.money[x.Currency] += x.Minor
	}
	return nil
}

// release gives a reservation back: nothing moved.
func (m *meter) release(x spec.Money) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls--
	if _, capped := m.caps.Money[x.Currency]; capped {
		m.money[x.Currency] -= x.Minor
	}
}

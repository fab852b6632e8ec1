package sandbox

import (
	"fmt"
	"slices"
	"time"
)

// A Kind is what a movement is for.
type Kind uint8

// The kinds of operations. The zero Kind is the authorisation itself.
const (
	Authorization Kind = iota
	Capture
	Cancel
	Refund
)

// An Event is what happened to an operation.
type Event uint8

// The events of an operation, in order: requested, then settled or refused.
// Expired is that of an authorisation whose time is over.
const (
	Requested Event = iota
	Settled
	Refused
	Expired
)

// An Account is one of the accounts that each payment has in the ledger.
type Account uint8

// The accounts of a payment. Every movement takes an amount from one account
// and puts it into another, so that all balances of a payment add up to zero.
// Issuer is the counter-account and the only one that is meant to be negative.
const (
	Issuer           Account = iota
	Open                     // authorised, neither captured nor cancelled
	CaptureRequested         // on its way to Captured
	Captured                 // captured and not refunded
	CancelRequested          // on its way to Cancelled
	Cancelled                // released
	RefundRequested          // on its way to Refunded
	Refunded                 // paid back
	accounts         = iota
)

var (
	kindNames    = [...]string{"authorization", "capture", "cancel", "refund"}
	eventNames   = [...]string{"requested", "settled", "refused", "expired"}
	accountNames = [...]string{
		"issuer", "open", "captureRequested", "captured", "cancelRequested", "cancelled", "refundRequested", "refunded",
	}
)

// String returns "authorization", "capture", "cancel" or "refund".
func (k Kind) String() string { return kindNames[k] }

// MarshalText returns the name of the kind.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads the name of a kind.
func (k *Kind) UnmarshalText(text []byte) error {
	i, err := parseName("kind", string(text), kindNames[:])
	*k = Kind(i)
	return err
}

// String returns "requested", "settled", "refused" or "expired".
func (e Event) String() string { return eventNames[e] }

// MarshalText returns the name of the event.
func (e Event) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// UnmarshalText reads the name of an event.
func (e *Event) UnmarshalText(text []byte) error {
	i, err := parseName("event", string(text), eventNames[:])
	*e = Event(i)
	return err
}

// String returns the name of the account, such as "captureRequested".
func (a Account) String() string { return accountNames[a] }

// MarshalText returns the name of the account.
func (a Account) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads the name of an account.
func (a *Account) UnmarshalText(text []byte) error {
	i, err := parseName("account", string(text), accountNames[:])
	*a = Account(i)
	return err
}

func parseName(what, text string, names []string) (int, error) {
	i := slices.Index(names, text)
	if i < 0 {
		return 0, fmt.Errorf("%s %q is none of %q", what, text, names)
	}
	return i, nil
}

// A Movement is one entry of the ledger: Amount, in minor units of Currency,
// went from one account of the payment to another.
type Movement struct {
	Time      time.Time `json:"time"`
	Payment   string    `json:"payment"`
	Operation string    `json:"operation"`
	Kind      Kind      `json:"kind"`
	Event     Event     `json:"event"`
	Code      int       `json:"code"` // the status code that the operation has since
	From      Account   `json:"from"`
	To        Account   `json:"to"`
	Amount    int64     `json:"amount"`
	Currency  string    `json:"currency"`
	Key       string    `json:"key,omitempty"`       // the idempotence key of the call that asked for it
	Reference string    `json:"reference,omitempty"` // the merchant reference of the operation
	Source    string    `json:"source"`              // "api", "portal" or "seed"
}

// A Book is what the ledger holds about one payment. Balances are in minor
// units of Currency; Movements are in the order in which they happened.
type Book struct {
	Payment    string            `json:"payment"`
	Currency   string            `json:"currency"`
	Authorized int64             `json:"authorized"`
	Balances   map[Account]int64 `json:"balances"`
	Movements  []Movement        `json:"movements"`
}

// Count returns how many operations of the kind were made and not refused.
func (b Book) Count(k Kind) int {
	n := 0
	for _, m := range b.Movements {
		if m.Kind == k {
			n += live(m)
		}
	}
	return n
}

// Sum returns the amount, in minor units, of the operations of the kind that
// were made and not refused.
func (b Book) Sum(k Kind) int64 {
	var sum int64
	for _, m := range b.Movements {
		if m.Kind == k {
			sum = plus(sum, int64(live(m))*m.Amount)
		}
	}
	return sum
}

// live is what a movement does to the number of operations that stand.
func live(m Movement) int {
	switch {
	case m.Event == Refused:
		return -1
	case m.Event == Expired:
		return 0
	case m.Event == Requested || m.Kind == Authorization:
		return 1
	}
	return 0
}

// A posting is a movement as a payment keeps it; the rest is in the operation.
type posting struct {
	at, amount int64
	op         int32
	code       int16
	from, to   Account
	event      Event
}

// A book is the double-entry ledger of one payment.
type book struct {
	postings []posting
	balance  [accounts]int64
}

// post records a movement and panics when it breaks an invariant: that is a
// bug of the sandbox, never a fault of a client.
func (b *book) post(p posting) {
	b.balance[p.from] = plus(b.balance[p.from], -p.amount)
	b.balance[p.to] = plus(b.balance[p.to], p.amount)
	b.postings = append(b.postings, p)
	if err := b.check(); err != nil {
		panic(fmt.Sprintf("sandbox: ledger: %v after %v of operation %d", err, p.event, p.op))
	}
}

// check holds captured + cancelled ≤ authorised and refunded ≤ captured.
func (b *book) check() error {
	sum := int64(0)
	for a, v := range b.balance {
		sum = plus(sum, v)
		if v < 0 && Account(a) != Issuer && Account(a) != Captured {
			return fmt.Errorf("%v is %d", Account(a), v)
		}
	}
	captured := b.balance[Captured]
	switch {
	case sum != 0:
		return fmt.Errorf("balances add up to %d", sum)
	case plus(captured, b.balance[CaptureRequested]) < 0:
		return fmt.Errorf("refunds exceed captures by %d", -captured)
	case plus(captured, b.balance[RefundRequested]) < 0:
		return fmt.Errorf("settled refunds exceed settled captures by %d", -captured)
	}
	return nil
}

// plus adds two amounts and panics when the sum does not fit.
func plus(a, b int64) int64 {
	sum := a + b
	if (a > 0 && b > 0 && sum < 0) || (a < 0 && b < 0 && sum >= 0) {
		panic("sandbox: ledger: sum of amounts overflows")
	}
	return sum
}

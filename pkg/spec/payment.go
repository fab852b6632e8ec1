package spec

// An Op is a kind of call that moves money on an existing payment.
type Op string

// The kinds of calls.
const (
	Capture Op = "capture"
	Cancel  Op = "cancel"
	Refund  Op = "refund"
)

// Ops holds the kinds in the order in which a payment goes through them.
var Ops = [...]Op{Capture, Cancel, Refund}

// A Mode is how a manifest speaks of one kind of operation of a payment.
type Mode string

// The modes.
const (
	Unmanaged Mode = ""      // not mentioned: left alone
	Items     Mode = "items" // each operation named; an empty list manages none
	Total     Mode = "total" // the sum, whoever made the operations
	All       Mode = "all"   // as much as is possible; becomes a number when planned
)

// Desired is what a manifest wants of one kind of operation of a payment. The
// zero Desired leaves the kind alone.
type Desired struct {
	Mode  Mode
	Items []Item // with Mode Items; may be empty
	Total int64  // with Mode Total, in minor units; may be zero
	Pos   Pos    // of the value
}

// Sum returns the money that is written, in minor units of the payment's
// currency. It is false where no number is written: Unmanaged and All, or
// items whose sum overflows, which Decode never yields.
func (d *Desired) Sum() (minor int64, ok bool) {
	switch d.Mode {
	case Total:
		return d.Total, true
	case Items:
		ok = true
		for i := range d.Items {
			var fits bool
			minor, fits = addMinor(minor, d.Items[i].Amount)
			ok = ok && fits
		}
		return minor, ok
	case Unmanaged, All:
	}
	return 0, false
}

// An Item is one operation that should exist.
type Item struct {
	Ref       string // its identity, unique in payment and kind; sent to the platform
	Amount    int64  // minor units of the payment's currency, at least 1
	Final     bool   // captures only, and only the last: closes the authorisation
	Reason    string // refunds only, at most 100 characters
	Operation string // id of the operation that this item adopts; no call is made then
	Pos       Pos
}

// A Payment is what a manifest wants of one payment. Payments of one document
// share its Manifest. Nothing writes to a Payment after Decode has yielded it.
type Payment struct {
	ID                PaymentID
	MerchantReference string   // guard: what the platform must say; "" checks nothing
	Currency          Currency // of all amounts below
	Authorized        int64    // guard in minor units; 0 checks nothing
	Captures          Desired
	Cancels           Desired
	Refunds           Desired
	Manifest          *Manifest
	Pos               Pos
}

// Desired returns what is wanted of a kind. It is never nil: for an Op that is
// none of Ops it is an unmanaged one.
func (p *Payment) Desired(op Op) *Desired {
	switch op {
	case Capture:
		return &p.Captures
	case Cancel:
		return &p.Cancels
	case Refund:
		return &p.Refunds
	}
	return &Desired{}
}

// A Manifest is what one YAML document says about all its payments. It is
// complete, and not written to again, when the first of them is yielded.
type Manifest struct {
	Name       string            // metadata.name; may be empty
	Labels     map[string]string // metadata.labels
	MerchantID string            // "" leaves the merchant open
	Currency   Currency          // default of its payments; "" is none
	Expect     *Expect           // control totals written before the payments; Decode checks them, wherever they stand
	Pos        Pos
}

// Expect holds control totals as they are written: what a document declares
// must add up to them.
type Expect struct {
	Payments string // number of payments; "" expects nothing
	Captures string // sum of the captures, like "32.50" or "32.50 EUR"
	Cancels  string
	Refunds  string
	Pos      Pos
}

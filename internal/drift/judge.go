package drift

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A Subject is a payment that is looked at, and what was wanted of it: by the
// newest plan that was applied and contains it, by a manifest, or by neither
// when only the journal names it. Then nobody can tell what others did.
type Subject struct {
	Payment   spec.PaymentID
	Entry     *plan.Entry   // of the plan
	PlanID    string        // of the plan
	AppliedAt time.Time     // when the plan was begun
	Want      *spec.Payment // of the manifest
}

// Options say when it is, and what is late. DefaultLate is what is meant by a
// Late that nobody set.
type Options struct {
	Now  time.Time
	Late time.Duration
}

// DefaultLate is how long the platform may take for what it accepted.
const DefaultLate = 72 * time.Hour

// Judge returns what about a payment does not fit, the most pressing first. It
// performs no I/O, reads no clock and changes none of its arguments: equal
// arguments give equal findings.
//
// What the journal learned after the payment was read is not held against the
// reading.
func Judge(s Subject, have plan.Observed, known plan.Known, o Options) []Finding {
	j := &judge{Subject: s, have: have, known: known, o: o}
	j.doubt()
	if j.readable() {
		j.match()
		j.ours()
		j.others()
		j.pending()
		j.desired()
	}
	slices.SortStableFunc(j.found, func(a, b Finding) int { return cmp.Compare(a.Code.rank(), b.Code.rank()) })
	return j.found
}

// A judge is the state of one Judge.
type judge struct {
	Subject
	have  plan.Observed
	known plan.Known
	o     Options
	by    []int // the intent that each operation of have is of; -1 for none
	found []Finding
}

// add adds a finding, and fills in what all of the payment have.
func (j *judge) add(f Finding) {
	f.Payment, f.PlanID = j.Payment, cmp.Or(f.PlanID, j.PlanID)
	f.MerchantReference = j.have.MerchantReference
	if f.Amount != 0 {
		f.Currency = cmp.Or(f.Currency, j.have.Currency)
	}
	switch {
	case j.Entry != nil:
		f.Source = j.Entry.Source
		f.MerchantReference = cmp.Or(f.MerchantReference, j.Entry.Content.Have.MerchantReference)
	case j.Want != nil:
		f.Source = fmt.Sprintf("%s:%d", j.Want.Pos.File, j.Want.Pos.Line)
		f.MerchantReference = cmp.Or(f.MerchantReference, j.Want.MerchantReference)
	}
	j.found = append(j.found, f)
}

// intended is a finding about a call of ours.
func (j *judge) intended(code Code, i *plan.Intent, hint, format string, args ...any) {
	j.add(Finding{
		Code: code, Op: i.Op, Operation: i.OperationID, Ref: i.Ref, Amount: i.Amount, Currency: i.Currency,
		PlanID: i.PlanID, Hint: hint, Message: fmt.Sprintf(format, args...),
	})
}

// operated is a finding about a call of ours that the platform shows as o.
func (j *judge) operated(code Code, i *plan.Intent, o *plan.Operation, hint, format string, args ...any) {
	j.intended(code, i, hint, format, args...)
	f := &j.found[len(j.found)-1]
	f.Operation, f.Status = o.ID, o.Code
}

// doubt tells of the calls whose outcome nobody knows.
func (j *judge) doubt() {
	for n := range j.known.Intents {
		if i := &j.known.Intents[n]; i.Open() {
			j.intended(InDoubt, i, "run payreconcile resume: it looks at the payment, and repeats the call under its key while that is safe",
				"nobody knows whether the %s %s of %s, decided on %s, was made", i.Op, i.Ref, money(i.Amount, i.Currency), clock(i.At))
		}
	}
}

// readable reports that the platform answered for the payment, with operations
// that mean something.
func (j *judge) readable() bool {
	switch h := &j.have; {
	case !h.Exists:
		j.add(Finding{
			Code: UnknownPayment, Hint: "check merchant, environment and endpoint; if they are right, ask the platform's support with this id",
			Message: "the platform does not know this payment" + j.madeOnIt(),
		})
		return false
	case spec.BaseOf(h.ID) != j.Payment.Base():
		j.add(Finding{
			Code: Unreadable, Message: fmt.Sprintf("the platform answered for payment %s", h.ID),
			Hint: "declare the payment under the id that the platform uses for it",
		})
		return false
	case h.Fault == plan.ReasonDuplicate:
		j.add(Finding{
			Code: Duplicate, Message: h.FaultText + ": money may have moved twice",
			Hint: "look at both in the platform's portal before anything else moves on this payment",
		})
	case h.Fault != "":
		j.add(Finding{
			Code: Unreadable, Message: h.FaultText,
			Hint: "look at it in the platform's portal; nothing is moved on a payment that cannot be added up",
		})
	}
	return true
}

// madeOnIt says how many calls of ours the platform took on the payment.
func (j *judge) madeOnIt() string {
	n := 0
	for _, i := range j.known.Intents {
		if i.Made() {
			n++
		}
	}
	switch n {
	case 0:
		return ""
	case 1:
		return "; the journal holds a call on it that the platform took"
	}
	return fmt.Sprintf("; the journal holds %d calls on it that the platform took", n)
}

// late reports that more time has passed since than the platform may take.
func (j *judge) late(since time.Time) bool { return j.o.Now.Sub(since) > j.o.Late }

func money(minor int64, c spec.Currency) string {
	return spec.Money{Minor: minor, Currency: c}.String()
}

// clock is a moment as it is told to people.
func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

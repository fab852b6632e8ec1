package statement

import (
	"fmt"

	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// stand says where a movement stands by its record and by what the platform
// shows.
func (b *builder) stand(m *Movement, r *journal.Record) {
	word, _ := apply.WordOf(r.Intent)
	m.Amount, m.Journal = r.Amount, Recorded{
		Intent: r.Seq, Outcome: r.Outcome, State: r.State, StateAt: r.StateAt, OperationID: r.OperationID,
		Code: r.Code, Message: r.Message, Word: word, Key: r.Key,
	}
	m.Column = columnOf(r.State)
	if m.Column == NotSent {
		m.Why, m.Note = WhyWithdrawn, r.Message
	}
	m.Platform = b.sight(r)
	b.agree(m)
}

// columnOf is where the journal alone has a call.
func columnOf(s plan.State) Column {
	switch s {
	case plan.StateSettled:
		return Settled
	case plan.StateAccepted:
		return Accepted
	case plan.StateRefused:
		return Refused
	case plan.StateWithdrawn:
		return NotSent
	case plan.StateIntended, plan.StateUnknown:
	}
	return InDoubt
}

// agree holds the journal against the platform. An operation that is the
// movement's own says where the money is, whatever was on record before:
//
//	journal \ platform   settled      requested    refused      uncertain
//	settled              agrees       settled ≠    refused ≠    in doubt ≠
//	accepted             settled >    agrees       refused ≠    in doubt ≠
//	refused              settled ≠    accepted ≠   agrees       in doubt ≠
//	in doubt             settled >    accepted >   refused >    agrees
//	withdrawn            settled ≠    accepted ≠   refused ≠    in doubt ≠
//
// A read that shows a settled one on its way is older than the record.
func (b *builder) agree(m *Movement) {
	m.Agreement = Agrees
	switch p := &m.Platform; p.Sight {
	case SightNone:
		m.Agreement = NotCompared
	case SightUnknown:
		m.differ(m.Column, "the platform does not know the payment now")
	case SightUnreadable:
		m.differ(m.Column, "the platform cannot be compared: "+p.Text)
	case SightOther:
		m.differ(InDoubt, fmt.Sprintf("operation %s is something else on the platform: %s", p.OperationID, p.Text))
	case SightNothing:
		b.missing(m)
	case SightShown:
		m.compare()
	}
}

// missing judges a movement whose operation the platform does not show.
func (b *builder) missing(m *Movement) {
	switch {
	case m.Journal.Word != "" && m.Column == Settled:
		m.Agreement, m.Difference = Unconfirmed, "settled on a person's word; the platform shows no operation that can be told to be it"
	case m.Column == Settled || m.Column == Accepted:
		what := "under its reference"
		if m.Journal.OperationID != "" {
			what = m.Journal.OperationID
		}
		m.differ(m.Column, fmt.Sprintf("the journal has it as %s and the platform shows no operation %s", m.Column, what))
	}
}

// compare judges a movement whose own operation the platform shows.
func (m *Movement) compare() {
	was, p := m.Column, &m.Platform
	now := InDoubt
	switch p.Standing {
	case plan.Settled:
		now = Settled
	case plan.Requested:
		now = Accepted
	case plan.Refused:
		now = Refused
	case plan.Uncertain, plan.Undefined:
	}
	is := fmt.Sprintf("operation %s is %s now (status %d)", p.OperationID, p.Standing, p.Code)
	switch {
	case was == now:
	case was == InDoubt, was == Accepted && now == Settled:
		m.Column, m.Agreement = now, Further
		m.Difference = is + "; the journal has not recorded it yet: payreconcile resume does"
	case was == Accepted && now == Refused:
		m.differ(Refused, "it was refused after it was accepted, no money moved: "+is)
	case was == Settled && now == Accepted:
		m.differ(Settled, "the journal has it as settled, and the read is older or went back: "+is)
	default:
		m.differ(now, fmt.Sprintf("the journal has it as %s: %s", was, is))
	}
}

func (m *Movement) differ(now Column, what string) {
	m.Column, m.Agreement, m.Difference = now, Differs, what
}

// sight is what the platform shows of a record, or of the payment when there is
// none.
func (b *builder) sight(r *journal.Record) Shown {
	if b.read == nil {
		return Shown{}
	}
	have := &b.read.Have
	s := Shown{At: have.At, Sight: SightNothing}
	switch {
	case !have.Exists:
		s.Sight = SightUnknown
	case spec.BaseOf(have.ID) != b.entry.Content.Payment.Base():
		s.Sight, s.Text = SightUnreadable, "it answered for payment "+have.ID
	case have.Fault != "":
		s.Sight, s.Text = SightUnreadable, have.FaultText
	case r != nil && have.Currency != r.Currency:
		s.Sight, s.Text = SightUnreadable, fmt.Sprintf("the payment is in %s there", have.Currency)
	case r != nil:
		if o, found := b.operation(r); found {
			s.Sight, s.OperationID, s.Code, s.Standing, s.Amount = SightShown, o.ID, o.Code, o.Standing, o.Amount
			if o.Op != r.Op || o.Amount != r.Amount {
				s.Sight = SightOther
				s.Text = fmt.Sprintf("a %s of %s, status %d", o.Op, spec.Money{Minor: o.Amount, Currency: have.Currency}, o.Code)
			}
		}
	}
	return s
}

// operation returns the operation that is a record's own: by its id in any
// spelling or, where the journal has none, by its reference, unless another
// record explains it. A cancel may show on the authorisation itself.
func (b *builder) operation(r *journal.Record) (plan.Operation, bool) {
	ops := b.read.Have.Operations
	if r.OperationID != "" {
		for _, o := range ops {
			if plan.SameOperation(o.ID, r.OperationID) && (o.Op == r.Op || !plan.IsFirst(o.ID)) {
				return o, true
			}
		}
		return plan.Operation{}, false
	}
	if !b.mayOwn(r) {
		return plan.Operation{}, false
	}
	for _, o := range ops {
		if o.Op == r.Op && o.Ref == r.Ref && !plan.IsFirst(o.ID) && !b.explained(o, r) {
			return o, true
		}
	}
	return plan.Operation{}, false
}

// mayOwn reports that what stands under a record's reference can be its own: of
// several attempts that have no operation by name, that is the last one which
// was not refused or withdrawn, or else the last.
func (b *builder) mayOwn(r *journal.Record) bool {
	var owner *journal.Record
	for i := range b.records {
		x := &b.records[i]
		if x.Op == r.Op && x.Ref == r.Ref && x.OperationID == "" && (owner == nil || !dead(x.State) || dead(owner.State)) {
			owner = x
		}
	}
	return owner != nil && owner.Seq == r.Seq
}

func dead(s plan.State) bool { return s == plan.StateRefused || s == plan.StateWithdrawn }

// explained reports that another record names an operation as its own.
func (b *builder) explained(o plan.Operation, r *journal.Record) bool {
	for i := range b.records {
		x := &b.records[i]
		if x.Seq != r.Seq && x.OperationID != "" && plan.SameOperation(x.OperationID, o.ID) {
			return true
		}
	}
	return false
}

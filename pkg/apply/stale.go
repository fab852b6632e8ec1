package apply

import (
	"fmt"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// overtaken says which call another plan made, or may have made, on a payment
// since this plan saw it: a read need not show it yet.
func (r *run) overtaken(w *work) string {
	for _, in := range w.own {
		made := in.Made() || in.Open()
		if !made || in.Seq <= r.plan.Journal.Seq || w.plans(in) {
			continue
		}
		if _, known := operation(w.entry.Content.Have, in.OperationID); known && in.OperationID != "" {
			continue // recorded while the plan was made
		}
		return fmt.Sprintf("another plan made the %s %s of %s meanwhile", in.Op, in.Ref, spec.Money{Minor: in.Amount, Currency: in.Currency})
	}
	return ""
}

// moved compares a payment as it is with what its plan was made on, and says
// what moved in between; "" when nothing did. Progress of what was requested
// is fine (91 → 9), and so are the plan's own calls; anything else makes the
// plan for this payment stale.
func moved(pre, now plan.Observed, own []plan.Intent) string {
	switch {
	case !now.Exists:
		return "the platform does not know the payment any more"
	case spec.BaseOf(pre.ID) != spec.BaseOf(now.ID):
		return fmt.Sprintf("the platform answered for payment %s", now.ID)
	case now.Fault != "":
		return now.FaultText
	case pre.Authorized != now.Authorized || pre.Currency != now.Currency:
		return fmt.Sprintf("it was authorised over %s and is now over %s", money(pre, pre.Authorized), money(now, now.Authorized))
	case pre.MerchantReference != now.MerchantReference:
		return fmt.Sprintf("its reference was %q and is now %q", pre.MerchantReference, now.MerchantReference)
	}
	for _, was := range pre.Operations {
		is, shown := operation(now, was.ID)
		switch {
		case !shown && was.Unseen:
		case !shown:
			return fmt.Sprintf("operation %s is not shown any more", was.ID)
		case is.Op != was.Op && ours(is, own):
			// Our own cancel, shown on the authorisation itself.
		case is.Op != was.Op || is.Amount != was.Amount:
			return fmt.Sprintf("operation %s was a %s of %s and is now a %s of %s", was.ID, was.Op, money(pre, was.Amount), is.Op, money(now, is.Amount))
		case is.Standing != was.Standing && (was.Standing != plan.Requested || is.Standing != plan.Settled):
			return fmt.Sprintf("operation %s was %s and is now %s (status %d)", was.ID, was.Standing, is.Standing, is.Code)
		}
	}
	if o, found := unexplained(pre, now, own, ""); found {
		return fmt.Sprintf("a %s of %s was made meanwhile (operation %s)", o.Op, money(now, o.Amount), o.ID)
	}
	return ""
}

// unexplained returns an operation that is neither in the pre-image nor one of
// our own; of one kind, or of any when op is "". Refused operations that moved
// nothing count as well: somebody else is at work.
func unexplained(pre, now plan.Observed, own []plan.Intent, op spec.Op) (plan.Operation, bool) {
	for _, o := range now.Operations {
		if _, before := operation(pre, o.ID); before || plan.IsFirst(o.ID) || (op != "" && o.Op != op) {
			continue
		}
		if !ours(o, own) {
			return o, true
		}
	}
	return plan.Operation{}, false
}

// ours reports that one of our intents explains an operation: by its kind and
// amount, and its id or reference.
func ours(o plan.Operation, own []plan.Intent) bool {
	for _, i := range own {
		switch {
		case !isOf(o, i):
		case i.OperationID != "" && plan.SameOperation(i.OperationID, o.ID):
			return true
		case i.OperationID == "" && (i.Open() || i.Made()) && matches(o, i):
			return true
		}
	}
	return false
}

// matches reports that an operation shows an intent's own reference.
func matches(o plan.Operation, i plan.Intent) bool {
	return isOf(o, i) && o.Ref == i.Ref && !plan.IsFirst(o.ID)
}

func operation(o plan.Observed, id string) (plan.Operation, bool) {
	for _, x := range o.Operations {
		if plan.SameOperation(x.ID, id) {
			return x, true
		}
	}
	return plan.Operation{}, false
}

func money(o plan.Observed, minor int64) string {
	return spec.Money{Minor: minor, Currency: o.Currency}.String()
}

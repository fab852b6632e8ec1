package plan

import "github.com/payreconcile/payreconcile/pkg/spec"

// Products whose refunds have to name the capture when there are several.
const (
	productPayPal         = 840
	productPostFinancePay = 3203
)

// judge says whether one call can be made now. It may mark a capture as final.
func (d *differ) judge(a *Action) Action {
	if v := d.judgeAuthorization(); v.Reason != "" {
		return v
	}
	if o, uncertain := d.uncertain(""); uncertain {
		return verdict(Blocked, ReasonUncertain, "wait until it is settled or refused, or ask the platform's support",
			"the platform itself is not certain about operation %s (status %d)", o.ID, o.Code)
	}
	if statuses[d.have.Code].standing == Uncertain {
		return verdict(Blocked, ReasonUncertain, "wait until it is settled or refused, or ask the platform's support",
			"the platform itself is not certain about the payment (status %d)", d.have.Code)
	}
	switch a.Op {
	case spec.Capture:
		return d.judgeCapture(a)
	case spec.Cancel:
		return d.judgeCancel(a)
	default:
		return d.judgeRefund(a)
	}
}

// judgeAuthorization returns a verdict without a reason when money is reserved
// on the payment, or was: its own code and that of operation _0 say so.
func (d *differ) judgeAuthorization() Action {
	code := d.have.Code
	for _, o := range d.have.Operations {
		if s := statuses[code]; o.first() && o.Op == authorization && o.Standing != Settled && (s.op != authorization || s.standing == Settled) {
			code = o.Code
		}
	}
	s := statuses[code]
	if s.op != authorization {
		return Action{}
	}
	switch s.standing {
	case Requested:
		return verdict(Pending, ReasonAuthorizing, "plan again later",
			"the payment is not authorised yet (status %d)", code)
	case Uncertain:
		return verdict(Blocked, ReasonUncertain, "wait until it is authorised or refused",
			"the platform itself is not certain about the authorisation (status %d)", code)
	case Refused:
		return verdict(Blocked, ReasonNotAuthorized, "nothing is reserved on it; take it out of the manifest",
			"the payment was refused or given up (status %d)", code)
	case Settled, Undefined:
	}
	return Action{}
}

func (d *differ) judgeCapture(a *Action) Action {
	left := d.have.Open() - d.planned.capture - d.waiting.capture
	exponent, _ := d.want.Currency.Exponent()
	closing, closed := d.closedBy()
	doubt, doubted := d.openIntent(spec.Cancel)
	switch {
	case exponent != 2 && d.known.Env.CaptureUnit == CaptureUnitUnset:
		return verdict(Blocked, ReasonCaptureUnit, "ask the platform, then set captureAmountUnit to minor or hundredths in the configuration",
			"the platform's documents disagree on how a capture in %s is written", d.want.Currency)
	case exponent != 2 && !d.writable(a.Amount):
		return verdict(Blocked, ReasonCaptureUnit, "declare an amount that ends in 0, or set captureAmountUnit to minor if the platform says so",
			"%s cannot be written in hundredths, as captureAmountUnit says", d.money(a.Amount))
	case closed:
		return verdict(Blocked, ReasonNotAuthorized, "take a new payment for the rest",
			"nothing more can be captured: %s was the final capture", closing.Ref)
	case d.final:
		return verdict(Blocked, ReasonNotAuthorized, "mark only the last capture as final",
			"nothing more can be captured behind a final capture")
	case !d.have.CanCapture && d.have.Totals.CaptureRequested > 0:
		a.Final = a.Final || a.Amount == left
		return verdict(Deferred, ReasonBehindRequest, "plan again later",
			"waits until the capture in progress is through")
	case !d.have.CanCapture:
		return verdict(Blocked, ReasonNotAuthorized, "an authorisation that is closed or expired cannot be captured; take a new payment for the rest",
			"nothing more can be captured: the authorisation is closed or expired (status %d)", d.have.Code)
	case a.Amount > left:
		return verdict(Blocked, ReasonMoreThanOpen, "declare at most what is open",
			"%s is more than the %s left to capture", d.money(a.Amount), d.money(left))
	case doubted && (a.Final || a.Amount > left-doubt.Amount):
		return verdict(Blocked, ReasonInDoubt, "run payreconcile resume; it settles what is in doubt before anything else moves",
			"it needs what may have been cancelled: nobody knows yet whether the cancel of %s under %s was made", d.money(doubt.Amount), doubt.Ref)
	}
	a.Final = a.Final || a.Amount == left
	d.final = a.Final
	return Action{Kind: Capture}
}

func (d *differ) writable(minor int64) bool {
	_, err := d.known.Env.CaptureUnit.Amount(spec.Money{Minor: minor, Currency: d.want.Currency})
	return err == nil
}

// closedBy returns our own final capture, if one stands: it has released the
// rest, whatever the flags of a read that may be old still allow.
func (d *differ) closedBy() (Intent, bool) {
	for _, i := range d.known.Intents {
		if i.Op == spec.Capture && i.Final && i.Made() && !d.refusedOnPlatform(i) {
			return i, true
		}
	}
	return Intent{}, false
}

func (d *differ) judgeCancel(a *Action) Action {
	left := d.have.Open() - d.planned.capture - d.waiting.capture - d.planned.cancel - d.waiting.cancel
	_, closed := d.closedBy()
	switch {
	case a.Amount > left:
		return verdict(Blocked, ReasonMoreThanOpen, "declare at most what is open, or cancelled: all",
			"%s is more than the %s left to cancel", d.money(a.Amount), d.money(left))
	case d.final || closed:
		return verdict(Blocked, ReasonFinalReleasesRest, "take final off the last capture, or do not declare a cancel",
			"a final capture releases the rest by itself")
	case d.planned.capture+d.waiting.capture > 0 || d.have.Totals.CaptureRequested > 0:
		return verdict(Deferred, ReasonBehindCapture, "apply, and plan again once the captures have settled",
			"waits until the captures of this payment have settled")
	case !d.have.CanCancel && d.have.Totals.CancelRequested > 0:
		return verdict(Deferred, ReasonBehindRequest, "plan again later",
			"waits until the cancel in progress is through")
	case !d.have.CanCancel:
		return verdict(Blocked, ReasonNotCancellable, "an authorisation that is closed or expired has nothing to cancel; take the cancel out",
			"the platform does not allow a cancel (status %d)", d.have.Code)
	}
	return Action{Kind: Cancel}
}

func (d *differ) judgeRefund(a *Action) Action {
	now := d.have.Refundable() - d.planned.refund - d.waiting.refund
	later := now + d.have.Totals.CaptureRequested + d.planned.capture + d.waiting.capture
	open := d.have.Open() - d.planned.capture
	switch {
	case a.Amount > later:
		return verdict(Blocked, ReasonMoreThanCaptured, "declare at most what is captured",
			"%s is more than the %s that can be refunded", d.money(a.Amount), d.money(later))
	case d.needsCaptureID():
		return verdict(Blocked, ReasonNeedsCaptureID, "refund it in the platform's portal and adopt the refund",
			"product %d was captured in several parts and its refunds have to name one", d.have.Product)
	case a.Amount > now, d.have.CanCapture && d.final, !d.have.CanRefund && d.have.Totals.CaptureRequested > 0:
		return verdict(Deferred, ReasonBehindCapture, "apply, and plan again once the captures have settled",
			"waits until the captures of this payment have settled")
	case d.have.CanCapture && open > 0 && !d.known.Env.RefundOpen:
		return verdict(Deferred, ReasonCaptureOpen, "capture the rest, mark the last capture final, or declare cancelled: all",
			"waits until no more can be captured: %s is still open", d.money(open))
	case !d.have.CanRefund && d.have.Totals.RefundRequested > 0:
		return verdict(Deferred, ReasonBehindRequest, "plan again later",
			"waits until the refund in progress is through")
	case !d.have.CanRefund:
		return verdict(Blocked, ReasonNotRefundable, "look at it in the platform's portal",
			"the platform does not allow a refund (status %d)", d.have.Code)
	}
	return Action{Kind: Refund}
}

// needsCaptureID reports that a refund would have to name one of several
// captures, which a manifest cannot say.
func (d *differ) needsCaptureID() bool {
	if d.have.Product != productPayPal && d.have.Product != productPostFinancePay {
		return false
	}
	n := 0
	if d.planned.capture+d.waiting.capture > 0 {
		n++
	}
	for _, o := range d.have.Operations {
		if o.Op == spec.Capture && o.Live() {
			n++
		}
	}
	return n > 1
}

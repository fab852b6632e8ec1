package spec

// possible reports what can be seen to be out of reach without asking the
// platform: captured + cancelled ≤ authorized, refunded ≤ captured. A payment
// gets here only when each of its parts is without fault.
func (r *paymentReader) possible() {
	p := r.p
	captured, knowCaptured := p.Captures.Sum()
	cancelled, _ := p.Cancels.Sum()
	refunded, _ := p.Refunds.Sum()
	money := func(minor int64) string { return Money{minor, p.Currency}.String() }
	if p.Captures.Mode == All && p.Cancels.Mode == All {
		r.faultAt(p.Cancels.Pos, field("cancelled"), "nothing is left to cancel when all is captured", "write all once, or numbers")
	}
	if taken, ok := addMinor(captured, cancelled); p.Authorized > 0 && (!ok || taken > p.Authorized) {
		r.faultAt(r.largest(captured, cancelled), field(""),
			money(taken)+" captured and cancelled is more than the "+money(p.Authorized)+" authorized",
			"lower the captures or the cancels, or correct authorized")
	}
	// A payment made as a sale has its capture without any item: an empty list
	// of captures does not say that nothing was captured.
	limit, what, hint := p.Authorized, "authorized", "lower the refunds, or correct authorized"
	if knowCaptured && (p.Captures.Mode == Total || len(p.Captures.Items) > 0) {
		limit, what, hint = captured, "captured", "lower the refunds, or raise what is captured first"
	} else if p.Authorized == 0 {
		return
	}
	if refunded > limit {
		r.faultAt(p.Refunds.Pos, field(refundedField(p)), money(refunded)+" refunded is more than the "+money(limit)+" "+what, hint)
	}
}

// largest returns the place of the larger of captures and cancels.
func (r *paymentReader) largest(captured, cancelled int64) Pos {
	if cancelled > captured {
		return r.p.Cancels.Pos
	}
	return r.p.Captures.Pos
}

func refundedField(p *Payment) string {
	if p.Refunds.Mode == Items {
		return "refunds"
	}
	return "refunded"
}

func (r *paymentReader) faultAt(pos Pos, p place, msg, hint string) {
	r.bad = true
	r.emit(&Error{Pos: pos, Path: r.path(p), Msg: msg, Hint: hint})
}

package sandbox

import "time"

// Amounts, in minor units, that make an operation of that amount special. Those
// of cancels are the sandbox's own; the others are the platform's test amounts.
const (
	amountSaleRefused      = 1302
	amountRefundRefused    = 1303
	amountCancelRefused    = 1306
	amountCaptureRefused   = 1309
	amountRefundUncertain  = 1203
	amountCancelUncertain  = 1206
	amountCaptureUncertain = 1209
)

// Card numbers with an outcome of their own. Any other valid number is
// authorised without a challenge.
const (
	cardDeclined     = "4321456998744563"
	cardFrictionless = "4330264936344675"
)

var cardsWithChallenge = map[string]bool{
	"4874970686672022": true, "5130257474533310": true, "379764422997381": true,
}

func isMagic(amount int64) bool {
	switch amount {
	case amountSaleRefused, amountRefundRefused, amountCancelRefused, amountCaptureRefused,
		amountRefundUncertain, amountCancelUncertain, amountCaptureUncertain:
		return true
	}
	return false
}

// schedule gives a new operation its code, and the one that it takes when it is
// due.
func (o *op) schedule(b *Behaviour, now int64) {
	codes := outcomesOf[o.kind]
	o.requestedAt, o.changedAt = now, now
	o.code, o.target, o.dueAt = codes.requested, codes.settled, now+int64(b.SettleAfter)
	if b.MagicAmounts {
		switch o.amount {
		case amountOf(o.kind, amountCaptureRefused, amountCancelRefused, amountRefundRefused):
			o.target = codes.refused
		case amountOf(o.kind, amountCaptureUncertain, amountCancelUncertain, amountRefundUncertain):
			o.code = codes.uncertain
		}
	}
	if o.code == codes.uncertain {
		switch b.Uncertain {
		case UncertainStays:
			o.dueAt = never
		case UncertainRefused:
			o.target = codes.refused
		}
	}
	o.first = o.code
}

func amountOf(k Kind, capture, cancel, refund int64) int64 {
	switch k {
	case Capture:
		return capture
	case Cancel:
		return cancel
	case Refund:
		return refund
	case Authorization:
	}
	return -1
}

// seededDelay is how long a seeded operation in a requested state takes to
// settle where the behaviour has no delay.
const seededDelay = time.Hour

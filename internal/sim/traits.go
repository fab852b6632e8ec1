package sim

import (
	"time"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/sandbox"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// traits are what a story is like.
type traits struct {
	payments, rounds int
	magic            bool // amounts of which the platform makes something special
	hundredths       bool
	portal           bool // somebody works in the portal meanwhile
	edits            bool // the manifest changes
	twoMachines      bool // with a journal each and nothing in common
	real             bool // the journal is a real one, on disk
	lease            time.Duration
	mortal           int // in 10 runs
	jumps            bool
	hurried          bool // a round follows closely on another
	short            bool // all of it happens while keys are kept
	forging          bool // credentials are wrong at times
	trouble          bool // the journal cannot be written at times
	callTimeout      time.Duration
	keyWindow        time.Duration // for which the engine relies on a key; the platform keeps it longer
	slow, dial, page int           // permille of sends
	stall, deny      int           // the same
	stalls           bool          // the lease is not renewed at times
	faults           []sandbox.Fault
	behaviour        sandbox.Behaviour
	openRefunds      bool
}

// drawTraits draws what a story is like.
func drawTraits(seed uint64) traits {
	d := drawFor(seed, "traits", 0)
	t := traits{
		payments: pick(d, 1, 1, 1, 2, 2, 3, 4), rounds: pick(d, 1, 1, 2, 2, 3, 4, 6), magic: d.oneIn(6), hundredths: d.oneIn(2),
		portal: d.oneIn(6), edits: d.oneIn(3), twoMachines: d.oneIn(8), real: seed%realEvery == realEvery-1,
		mortal: pick(d, 0, 3, 6, 9), jumps: d.oneIn(5), forging: d.oneIn(8), trouble: d.oneIn(10),
		callTimeout: pick(d, 10*time.Second, 60*time.Second, 60*time.Second), openRefunds: d.oneIn(3),
	}
	if t.keyWindow = apply.DefaultKeyWindow; d.oneIn(3) {
		t.keyWindow = d.span(30*time.Minute, 8*time.Hour)
	}
	if d.oneIn(3) {
		t.lease, t.stalls = 3*time.Minute, d.oneIn(3)
	}
	if d.oneIn(2) {
		t.slow, t.dial, t.stall = d.intn(40), d.intn(60), d.intn(20)
	}
	if d.oneIn(6) {
		t.page = d.intn(60)
	}
	if d.oneIn(6) {
		t.deny = d.intn(200)
	}
	if t.twoMachines { // what one is refused and tries again, the other may try for the first time
		t.edits, t.magic, t.deny = false, false, 0
	}
	t.hurried = d.oneIn(5)
	t.short = !t.jumps && t.keyWindow == apply.DefaultKeyWindow && d.oneIn(4)
	t.behaviour = drawBehaviour(d, t)
	t.faults = drawFaults(d, t)
	return t
}

// realEvery is how many stories go by for one with a real journal.
const realEvery = 500

// drawBehaviour draws what nobody knows about the platform.
func drawBehaviour(d *draw, t traits) sandbox.Behaviour {
	b := sandbox.DefaultBehaviour()
	b.MagicAmounts = t.magic
	b.EchoReferences = d.intn(4) > 0
	b.SettleAfter = pick(d, 0, 0, d.span(time.Second, 5*time.Minute), d.span(time.Minute, 72*time.Hour))
	b.AnswerSettled = d.oneIn(2)
	b.Uncertain = pick(d, sandbox.UncertainStays, sandbox.UncertainSettles, sandbox.UncertainRefused)
	b.CancelAnswersInitialID = d.oneIn(2)
	b.AuthorizationMovesToCaptured = d.oneIn(2)
	b.RefundOnOpenCapture = t.openRefunds
	b.RefundWhileCaptureRequested = d.oneIn(2)
	b.StateErrorStatus = pick(d, 400, 409)
	b.SignatureStatus = pick(d, 401, 403)
	b.SignedResource = pick(d, sandbox.ResourceAny, sandbox.ResourceRaw)
	b.KeyScope = pick(d, sandbox.ScopeMerchant, sandbox.ScopeOperation)
	b.ReplayRefusals = d.oneIn(2) || t.twoMachines
	b.InProgressError = pick(d, sandbox.InProgressID, sandbox.InProgressCode)
	b.KeyWindow = t.keyWindow + time.Hour
	_, b.CaptureAmountUnit = unit(t.hundredths)
	if d.oneIn(5) || t.hurried && d.oneIn(2) {
		b.ReadLag = d.span(time.Second, 2*time.Minute)
	}
	if t.jumps && d.oneIn(2) {
		b.ClockSkew = -1
	}
	return b
}

// drawFaults draws which faults strike, and how often.
func drawFaults(d *draw, t traits) (out []sandbox.Fault) {
	if d.oneIn(8) {
		return nil
	}
	for _, f := range []sandbox.Fault{
		{Kind: sandbox.RequestLost},
		{Kind: sandbox.AnswerLost},
		{Kind: sandbox.Delay, Delay: d.span(time.Second, 30*time.Second)},
		{Kind: sandbox.Delay, Delay: d.span(time.Second, 200*time.Second), Commit: true},
		{Kind: sandbox.Delay, Delay: d.span(20*time.Second, 200*time.Second)},
		{Kind: sandbox.Reset},
		{Kind: sandbox.Reset, Commit: true},
		{Kind: sandbox.Status, Status: pick(d, 500, 502, 503, 504, 408, 425, 429)},
		{Kind: sandbox.Status, Status: pick(d, 500, 502, 503, 504), Commit: true},
		{Kind: sandbox.Status, Status: pick(d, 500, 502, 504), Stored: true},
		{Kind: sandbox.Status, Status: pick(d, 500, 502, 504), Stored: true, Commit: true},
		{Kind: sandbox.Status, Status: pick(d, 429, 503), RetryAfter: d.span(time.Second, 90*time.Second)},
		{Kind: sandbox.Status, Status: 409},
		{Kind: sandbox.Status, Status: 409, Commit: true},
		{Kind: sandbox.Truncated},
		{Kind: sandbox.NotJSON},
		staleRead(d, t),
	} {
		if !d.oneIn(4) {
			continue
		}
		f.Times, f.Probability = -1, float64(d.between(5, 250))/1000
		if d.oneIn(12) {
			f.Probability = float64(d.between(400, 1000)) / 1000
		}
		if f.Kind == sandbox.StaleRead || d.oneIn(4) {
			out = append(out, f)
			continue
		}
		for _, f.Operation = range []string{"capturePayment", "refundPayment", "cancelPayment"} {
			out = append(out, f)
		}
		if f.Operation = "getPaymentDetails"; d.oneIn(4) {
			f.Probability /= 4
			out = append(out, f)
		}
	}
	return out
}

// staleRead draws a read that shows what was. For longer than the ten minutes
// after which a look counts it misses an operation only where nobody concludes
// anything from that.
func staleRead(d *draw, t traits) sandbox.Fault {
	if t.short {
		return sandbox.Fault{Kind: sandbox.StaleRead, Hide: 1 + d.intn(2)}
	}
	return sandbox.Fault{Kind: sandbox.StaleRead, Age: d.span(time.Second, mostLag)}
}

// mostLag is how far a read lags behind at most.
const mostLag = 9 * time.Minute

// drawOptions draws how a run is run. Either one call goes at a time or none
// has to wait for another: who would wait for whom at one instant is chance.
func drawOptions(d *draw, t traits) apply.Options {
	o := apply.Options{Parallelism: 1, Continue: d.intn(4) > 0, CallTimeout: t.callTimeout, KeyWindow: t.keyWindow}
	if d.intn(3) > 0 {
		o.Parallelism = t.payments + d.intn(3)
	}
	if d.oneIn(4) {
		o.MaxFailures = 1 + d.intn(3)
	}
	if d.oneIn(6) {
		o.Caps.Calls = d.between(1, 5)
	}
	if d.oneIn(6) {
		o.Caps.Money = map[spec.Currency]int64{"EUR": 10 * d.between(10, 2500), "JPY": 10 * d.between(10, 2500)}
	}
	if d.oneIn(6) {
		o.Breaker = apply.Breaker{InARow: d.intn(4), RefusedRate: pick(d, 0, 30)}
	}
	if d.oneIn(4) {
		o.Wait, o.WaitTimeout = pick(d, apply.WaitAccepted, apply.WaitSettled), d.span(10*time.Second, time.Hour)
	}
	return o
}

package apply

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/payreconcile/payreconcile/pkg/plan"
)

// A stopReason says why a run sends nothing more.
type stopReason string

const (
	stopInterrupt   stopReason = "interrupted"
	stopCredentials stopReason = "the platform refused our credentials"
	stopWrong       stopReason = "the platform made something else than was asked"
	stopCap         stopReason = "a cap is reached"
	stopFailure     stopReason = "stopped after a failure"
	stopJournal     stopReason = "the journal cannot be written"
	stopExpired     stopReason = "the plan has expired"
	stopClock       stopReason = "this machine's clock is behind the journal"
	stopSkew        stopReason = "this machine's clock and the platform's differ by more than 5 minutes; set the clock"
	stopCrash       stopReason = "this program failed"
	stopLease       stopReason = "another process may take over the journal soon"
	stopInARow      stopReason = "too many calls failed one after the other"
	stopRefused     stopReason = "the platform refuses too many calls"
)

// soft reports that only calls that were never made have to stay undone: one
// that is under way, or in doubt, is still brought to its end.
func (s stopReason) soft() bool { return s == stopFailure || s == stopCap || s == stopRefused }

// halted reports that no call is to be begun, and notices an interrupt.
func (r *run) halted() bool {
	r.noticeInterrupt()
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stopped != ""
}

// barred reports that nothing at all is to be sent, and notices an interrupt.
func (r *run) barred() bool {
	r.noticeInterrupt()
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stopped != "" && !r.stopped.soft()
}

func (r *run) noticeInterrupt() {
	if r.interrupt.Err() != nil {
		r.halt(stopInterrupt, "")
	}
}

// halt stops the run. The first reason counts, but for a soft one.
func (r *run) halt(why stopReason, detail string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped == "" || (r.stopped.soft() && !why.soft()) {
		r.stopped, r.detail = why, detail
	}
}

// broken stops the run because the journal cannot be written.
func (r *run) broken(err error) {
	r.halt(stopJournal, "")
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fatal == nil {
		r.fatal = err // which says that it is the journal
	}
}

func (r *run) why() stopReason {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stopped
}

// over reports that the plan has expired. Its calls that were never made are
// not made any more; what is in doubt is still settled.
func (r *run) over() bool {
	if r.now().Before(r.plan.Expires) {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.expired = true
	return true
}

// holds reports that this run begins no call. What is in doubt is still settled.
func (r *run) holds() bool {
	if r.Options.Hold == "" {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held = true
	return true
}

// leaseMargin is what is left of a lease beyond a call's timeout when nothing
// is sent any more.
const leaseMargin = 10 * time.Second

// errOld withholds the first send of a call whose payment was read too long
// ago: it is read again.
var errOld = errors.New("not sent: the platform is too busy to read the payment and move its money within 5 seconds")

// guard is asked before every send of an intent. It waits for its turn, and is
// then asked by what is stopped, by the clock, by the lease on the journal, by
// the plan's expiry, by how old the last read is, and by how long the platform
// keeps the key. Of a call that was never sent, anything that stops the run
// withholds it; one that was is withheld only where nothing at all is sent any
// more.
func (r *run) guard(w *work, i plan.Intent, again bool) Guard {
	return func(ctx context.Context, send int) error {
		waited := r.pace.Wait(ctx)
		never := send == 1 && !again
		lease := r.Journal.Lease()
		newest := r.Journal.Newest() // before now: what is recorded meanwhile may be younger
		now := r.now()
		switch {
		case r.barred(), never && r.halted():
			return fmt.Errorf("not sent: %s", r.why())
		case waited != nil:
			return fmt.Errorf("not sent: %w", waited)
		case lease < r.callTimeout()+leaseMargin:
			r.halt(stopLease, "")
			return fmt.Errorf("not sent: %s", stopLease)
		case r.skewed():
			r.halt(stopSkew, "")
			return fmt.Errorf("not sent: %s", stopSkew)
		case now.Before(newest):
			r.halt(stopClock, "")
			return fmt.Errorf("not sent: %s", stopClock)
		case never && r.over():
			return fmt.Errorf("not sent: %s", stopExpired)
		case now.After(lastRecord(i).Add(callBudget)):
			return fmt.Errorf("not sent: %v have passed since it was recorded that it would be", now.Sub(lastRecord(i)))
		case !r.inWindow(i, now):
			return fmt.Errorf("not sent: the platform may have forgotten the key, which was first used at %s", i.At.UTC().Format(time.RFC3339))
		case send == 1 && now.Sub(w.readAt) >= freshFor:
			return errOld
		}
		return nil
	}
}

// mostSkew is how far the platform's clock may be from ours. How old a key is,
// and how long ago a byte was sent, is measured on ours, now and by whoever
// reads the journal later: a time that is wrong is not written into it.
const mostSkew = 5 * time.Minute

func (r *run) skewed() bool { return r.Gateway.Skew() > mostSkew }

// lastRecord is when the journal last said that an intent was about to be sent.
func lastRecord(i plan.Intent) time.Time {
	if i.LastSendAt.After(i.At) {
		return i.LastSendAt
	}
	return i.At
}

// lastByte is a time after which no byte of an intent was sent, also where the
// process died before it could record a send: the guard lets none begin later
// than callBudget behind the last record, and a send ends by its timeout.
func (r *run) lastByte(i plan.Intent) time.Time {
	return lastRecord(i).Add(callBudget + r.callTimeout())
}

// inWindow reports that a send that starts now ends while the platform still
// keeps the key of an intent.
func (r *run) inWindow(i plan.Intent, now time.Time) bool {
	return now.Add(r.callTimeout() + r.Gateway.Skew()).Before(i.At.Add(r.keyWindow()))
}

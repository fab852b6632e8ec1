package apply

import (
	"context"
	"errors"
	"io"
	"math"
	"time"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A Gateway reads payments and makes the calls that move money. A call carries
// the key it is given: made twice with one key inside the key window, it moves
// the money once. A Gateway is safe for concurrent use.
type Gateway interface {
	// Observe reads one payment. An id that the platform does not know is an
	// Observed that does not exist, not an error.
	Observe(ctx context.Context, id spec.PaymentID) (plan.Observed, error)
	// Do makes one call, with as many sends as the transport's policy and the
	// guard allow. It never returns without saying how many there were.
	Do(ctx context.Context, c Call, g Guard) Answer
	// Skew is how far the platform's clock was seen from ours at most.
	Skew() time.Duration
}

// A Call is a signed, keyed request to move money. Amount is always explicit:
// a call without one would move everything that is left.
type Call struct {
	Key     plan.Key
	Payment spec.PaymentID
	Op      spec.Op
	Ref     string
	Amount  spec.Money
	Final   bool
	Note    string
	Unit    plan.CaptureUnit
}

// A Guard is asked before every send, the first included. An error means that
// nothing is sent now, nor later in this call.
type Guard func(ctx context.Context, send int) error

// An Answer is what became of a call, as far as the transport can tell.
type Answer struct {
	Status   int             // HTTP status of the last answer; 0 when there was none
	Made     *plan.Operation // what a 2xx says was made; nil when it does not say
	BodySHA  [32]byte        // SHA-256 of the body as sent
	APIError bool            // the body is an error of the API, not of something in between
	ErrorID  string          // the platform's id of the error, for its support
	Errors   []string        // the API's error ids or codes, in order
	Replayed time.Time       // time of the first request when this is a stored answer; else zero
	Sends    []Send          // every attempt that may have left this process
	Withheld error           // the guard's error when it ended the call
	NotSent  bool            // provably no byte of any attempt left this process
	Err      error           // for a person, when there is no usable 2xx
}

// A Send is the evidence of one attempt.
type Send struct {
	At         time.Time `json:"at"`
	Status     int       `json:"status,omitempty"`
	ErrorID    string    `json:"error_id,omitempty"`
	Replayed   time.Time `json:"replayed,omitzero"`
	ServerDate time.Time `json:"server_date,omitzero"`
	Failure    string    `json:"failure,omitempty"` // "timeout", "reset", …; "" when an answer was read
}

// A Pace says when the platform may be called. It is safe for concurrent use.
type Pace interface {
	// Acquire waits for one of the calls that may run at the same time and
	// returns the function that ends it, or the context's error.
	Acquire(ctx context.Context) (release func(), err error)
	// Wait waits until a request may go out. A context that has ended ends a
	// wait, and does not keep what need not wait.
	Wait(ctx context.Context) error
}

// steady is the Pace of a fixed number of calls at the same time.
type steady chan struct{}

func (s steady) Acquire(ctx context.Context) (func(), error) {
	select {
	case s <- struct{}{}:
		return func() { <-s }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (steady) Wait(context.Context) error { return nil }

// A Journal is the durable record of what was decided and what became of it.
// It is append-only; only one process writes at a time, which its constructor
// ensures. Methods are safe for concurrent use.
//
// Durable means: written and synced to storage before the call returns.
type Journal interface {
	// Ref returns the journal's id and the number of its newest record.
	Ref() plan.JournalRef
	// Newest returns the time of the newest record, zero when there is none.
	Newest() time.Time
	// Lease returns for how long from now no other process can work with this
	// journal: Forever under a lock that lives as long as the process, and 0
	// once it is lost. It is asked before every send and reads no clock that
	// can be set.
	Lease() time.Duration
	// Known returns every intent recorded for the payments with these canonical
	// base ids, in this journal's environment and merchant, oldest first.
	Known(ctx context.Context, bases []string) (map[string][]plan.Intent, error)
	// Open returns the intents whose outcome nobody knows, oldest first, at
	// most limit of them.
	Open(ctx context.Context, limit int) ([]plan.Intent, error)
	// Accepted returns the intents that the platform took and has not settled
	// as far as the journal knows, oldest first: at most limit of those with
	// numbers above after.
	Accepted(ctx context.Context, after int64, limit int) ([]plan.Intent, error)
	// Intend records an intent, durably, and returns its number. A key that
	// was recorded before is refused with ErrKeyUsed, unless every intent
	// under it was withdrawn.
	Intend(ctx context.Context, i plan.Intent) (int64, error)
	// Conclude records what became of an intent. It returns at once; the
	// returned function waits until the record is durable.
	Conclude(seq int64, o Outcome) (wait func() error)
	// Echoed reports whether this environment and merchant were ever seen to
	// return the reference sent with an operation of this kind.
	Echoed(op spec.Op) bool
	// NoteEcho records such a sight. It is a no-op after the first.
	NoteEcho(op spec.Op, operationID string, at time.Time)

	// Accept stores a whole plan with its approvals, durably, and marks it as
	// begun; in the same step it marks every plan that was begun before and not finished as
	// finished, with SupersededBy as its result. A plan id that was accepted
	// before is refused with ErrPlanUsed. The reader's error is returned as it
	// is, and then nothing is stored; nor is it when CheckApprovals refuses the
	// approvals.
	Accept(ctx context.Context, r io.Reader, begin func() (PlanRecord, error)) error
	// Unfinished returns the newest plan that was begun and not finished;
	// ErrNoPlan when there is none.
	Unfinished(ctx context.Context) (PlanRecord, error)
	// Plan returns the record of a plan that was accepted; ErrNoPlan.
	Plan(ctx context.Context, planID string) (PlanRecord, error)
	// ReadPlan streams the bytes of a stored plan.
	ReadPlan(ctx context.Context, planID string) (io.ReadCloser, error)
	// Finish marks a plan as finished.
	Finish(ctx context.Context, planID, result string, at time.Time) error
}

// Forever is the Lease of a journal whose lock lives as long as the process.
const Forever time.Duration = math.MaxInt64

// SupersededBy is how a plan ended in whose place another one was begun.
func SupersededBy(planID string) string { return "superseded by plan " + planID }

// A PlanRecord is what the journal knows of a plan that was accepted.
type PlanRecord struct {
	PlanID, ContentID string
	AcceptedAt        time.Time
	Expires           time.Time
	FinishedAt        time.Time // zero while it is unfinished
	Result            string    // how it ended, for people
	Payments, Calls   int64     // from the plan's footer
	Approvals         []Approval
}

// An Outcome is what became of an intent, with the evidence.
type Outcome struct {
	At          time.Time
	State       plan.State
	OperationID string
	Code        int
	Status      int
	ErrorID     string
	Message     string
	BodySHA     [32]byte // of the body that was sent; zero when nothing was
	Sends       []Send
	Absent      bool // a complete read did not show it: evidence, State stays unknown
}

// What a Journal refuses.
var (
	ErrKeyUsed  = errors.New("this key is in the journal already")
	ErrPlanUsed = errors.New("this plan was applied already")
	ErrNoPlan   = errors.New("no such plan in the journal")
	ErrLocked   = errors.New("another process is working with this journal")
)

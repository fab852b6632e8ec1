package sdk

import (
	"errors"
	"fmt"
	"net/http"
)

// ErrNotFound is behind a [*CommunicationError] whose answer is 404 without an error
// of the API: the address is most likely not that of the platform. It says nothing
// about a payment; an unknown payment is a [*ReferenceError].
var ErrNotFound = errors.New("nothing of the API is at this address")

// A CommunicationError says that the platform gave no answer, or that the answer
// cannot be the platform's: a broken connection, a time-out, a redirect, HTML from a
// proxy, half of a body. Whether the call took effect is not known, unless Unsent.
type CommunicationError struct {
	Method, Path   string
	StatusCode     int // 0 without an answer
	Failure        Failure
	Sends          int
	IdempotenceKey string
	// Unsent reports that provably no byte of the request left, in any send.
	Unsent bool
	Err    error
}

// Error says what was asked, how often, and what went wrong last.
func (e *CommunicationError) Error() string {
	times := "1 send"
	if e.Sends != 1 {
		times = fmt.Sprintf("%d sends", e.Sends)
	}
	if e.StatusCode == 0 {
		return fmt.Sprintf("%s %s: no answer after %s: %v", e.Method, e.Path, times, e.Err)
	}
	return fmt.Sprintf("%s %s: status %d after %s: %v", e.Method, e.Path, e.StatusCode, times, e.Err)
}

// Unwrap returns the cause.
func (e *CommunicationError) Unwrap() error { return e.Err }

// A GuardError says that a guard ended the call. The send that it was asked about was
// not made; Sends were made before.
type GuardError struct {
	Sends int
	Err   error
}

// Error says which send was stopped, and why.
func (e *GuardError) Error() string { return fmt.Sprintf("stop before send %d: %v", e.Sends+1, e.Err) }

// Unwrap returns the guard's error.
func (e *GuardError) Unwrap() error { return e.Err }

func (x *exchange) communicationError(err error) error {
	o := &x.last
	if o.status == http.StatusNotFound && o.failure == FailureForeign {
		err = fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	return &CommunicationError{
		Method: x.req.method, Path: x.req.url.Path, StatusCode: o.status, Failure: o.failure,
		Sends: x.sends, IdempotenceKey: x.opts.key, Unsent: !x.reached, Err: err,
	}
}

package sdk

import "time"

// CallInfo tells what happened to each send of one call. It is evidence: fields
// hold what was seen, not what was concluded.
type CallInfo struct {
	Sends []Send
}

// A Send is one attempt to have a request answered.
type Send struct {
	At       time.Time     // when it began, after the guard agreed
	Duration time.Duration // until the answer was read, or was given up
	Status   int           // HTTP status, 0 without an answer
	ErrorID  string        // the platform's id of an error, if it gave one
	Failure  Failure       // what went wrong below the API, if anything
	// ReplayedAt is when the request was first received, if the platform says that it
	// answers with a stored outcome.
	ReplayedAt time.Time
	ServerDate time.Time // the answer's Date, if any
	// Unsent reports that no connection was made, so that provably no byte of the
	// request left. (A GET is no proof of anything: net/http sends it again by itself
	// when a kept connection turns out to be closed.)
	Unsent bool
	// Verdict says why the call went on or ended here.
	Verdict string
}

// Unsent reports whether provably no byte of the request left this machine, in any
// send. It is true when there was no send at all.
func (i *CallInfo) Unsent() bool {
	for _, s := range i.Sends {
		if !s.Unsent {
			return false
		}
	}
	return true
}

// Last returns the last send, or the zero Send when there was none.
func (i *CallInfo) Last() Send {
	if len(i.Sends) == 0 {
		return Send{}
	}
	return i.Sends[len(i.Sends)-1]
}

// A Failure says what kept an answer from being the platform's.
type Failure string

// The failures of a send.
const (
	FailureNone       Failure = ""           // the platform answered
	FailureDial       Failure = "dial"       // no connection was made
	FailureTLS        Failure = "tls"        // the other side did not prove who it is
	FailureTimeout    Failure = "timeout"    // no complete answer within Config.Timeout
	FailureCanceled   Failure = "canceled"   // the caller's context ended
	FailureNetwork    Failure = "network"    // the connection broke
	FailureUnreadable Failure = "unreadable" // the body was cut off, or not what was expected
	FailureTooLarge   Failure = "too large"  // the body was over Config.MaxResponseBytes
	FailureRedirect   Failure = "redirect"   // 3xx; never followed
	FailureForeign    Failure = "foreign"    // an error status without an error of the API
)

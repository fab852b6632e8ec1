package sdk

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// An outcome is what one send came to. Its bodies are only valid until the next send.
type outcome struct {
	status     int
	failure    Failure
	err        error // with a failure, what is behind it
	unsent     bool
	header     http.Header
	raw        []byte   // the body as far as it was read
	body       []byte   // raw, when it is an error of the API
	problem    *problem // the API's error, when the body holds one
	replayed   bool
	replayedAt time.Time
	retryAfter string
	date       string
}

// readHeader keeps what later decisions need from an answer's header.
func (o *outcome) readHeader(h http.Header) {
	o.retryAfter = h.Get("Retry-After")
	o.date = h.Get("Date")
	if stamp := h.Get(headerReplay); stamp != "" {
		o.replayed = true
		if ms, err := strconv.ParseInt(stamp, 10, 64); err == nil {
			o.replayedAt = time.UnixMilli(ms)
		}
	}
}

// fail records a failure, unless the caller's own context is what ended the send.
func (o *outcome) fail(caller context.Context, f Failure, err error) {
	o.failure, o.err = f, outsideError{err}
	if ctxErr := caller.Err(); ctxErr != nil {
		o.failure, o.err = FailureCanceled, ctxErr
		return
	}
	if f == FailureNetwork || f == FailureUnreadable {
		o.failure = networkFailure(f, err)
	}
}

func networkFailure(otherwise Failure, err error) Failure {
	var certificate *tls.CertificateVerificationError
	var op *net.OpError
	switch {
	case errors.As(err, &certificate):
		return FailureTLS
	case errors.As(err, &op) && op.Op == "dial":
		return FailureDial
	case errors.Is(err, context.DeadlineExceeded) || isTimeout(err):
		return FailureTimeout
	default:
		return otherwise
	}
}

func isTimeout(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout()
}

// An outsideError is an error that may repeat in its text what came from outside.
type outsideError struct{ err error }

func (e outsideError) Error() string {
	text := e.err.Error()
	if before, _, quotes := strings.Cut(text, `"`); quotes &&
		(strings.Contains(before, "transport connection broken") || strings.Contains(before, "malformed MIME header")) {
		text = strings.TrimRight(before, " :[")
	}
	return cleanTo(text, 300)
}

func (e outsideError) Unwrap() error { return e.err }

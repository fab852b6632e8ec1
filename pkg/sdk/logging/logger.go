package logging

import (
	"context"
	"net/http"
	"time"
)

// A Logger takes note of what goes over the wire. What it is given is obfuscated
// already, so that one's own Logger can leak nothing. It is called for every send of
// a call, by many goroutines at a time, and must not change the headers.
type Logger interface {
	LogRequest(ctx context.Context, r Request)
	LogResponse(ctx context.Context, r Response)
	LogError(ctx context.Context, f Failure)
}

// A Request is about to be sent.
type Request struct {
	ID          string // of this send; the answer or the failure carries the same
	Method      string
	URI         string // path and query
	Header      http.Header
	ContentType string // empty when there is no body
	Body        string
}

// A Response is an answer, read as far as it came.
type Response struct {
	RequestID   string
	Duration    time.Duration
	StatusCode  int
	Header      http.Header
	ContentType string
	Body        string
}

// A Failure is a send without an answer. It holds the text of the error and not the
// error, which could be unwrapped to what it was made of.
type Failure struct {
	RequestID string
	Duration  time.Duration
	Err       string
}

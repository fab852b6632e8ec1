package sdk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// A CallOption changes one call. It is reported before anything is sent when it
// cannot be used.
type CallOption func(*callOptions)

type callOptions struct {
	key      string
	guard    func(ctx context.Context, send int) error
	waits    context.Context
	info     *CallInfo
	response *Response
	retry    RetryPolicy
	query    url.Values
	header   http.Header
	gzip     bool
	err      error
}

// WithIdempotenceKey makes the platform recognise a repeated call: for about a day
// it answers the same key with the first outcome, whatever the body says. The key
// has 1 to 40 printable ASCII characters and no space. Only calls with a key are
// sent again when they change something.
func WithIdempotenceKey(key string) CallOption {
	return func(o *callOptions) {
		if err := checkKey(key); err != nil {
			o.fail(err)
			return
		}
		o.key = key
	}
}

func checkKey(key string) error {
	if key == "" || len(key) > 40 {
		return fmt.Errorf("idempotence key has %d characters: use 1 to 40", len(key))
	}
	for i := range len(key) {
		if key[i] <= ' ' || key[i] > '~' {
			return errors.New("idempotence key has a space or a character that is not printable ASCII")
		}
	}
	return nil
}

// WithWaits lets ctx end the waits between sends as well: the call then ends with the
// outcome of its last send. A send that is under way goes on.
func WithWaits(ctx context.Context) CallOption {
	return func(o *callOptions) { o.waits = ctx }
}

// WithGuard asks guard before every send, with the number of the send, 1 for the
// first. When it returns an error nothing more is sent and the call ends with a
// [*GuardError]. It may wait; its context also ends with that of [WithWaits]. While a guard is set, no part of the client sends
// a body that it was not asked about.
func WithGuard(guard func(ctx context.Context, send int) error) CallOption {
	return func(o *callOptions) { o.guard = guard }
}

// WithCallInfo fills info with what happened to each send, also when the call
// fails. What info held before is dropped.
func WithCallInfo(info *CallInfo) CallOption {
	return func(o *callOptions) {
		if info == nil {
			return
		}
		info.Sends = info.Sends[:0]
		o.info = info
	}
}

// WithResponse fills resp with the answer to the last send, also when it is an error
// or not the platform's: what a type of package model does not know is still there.
// Without an answer resp is emptied.
func WithResponse(resp *Response) CallOption {
	return func(o *callOptions) {
		if resp == nil {
			return
		}
		*resp = Response{}
		o.response = resp
	}
}

// A Response is an answer as it came. It may hold personal data.
type Response struct {
	StatusCode int
	Header     http.Header
	Body       []byte // decompressed; nil when it was over Config.MaxResponseBytes
}

// WithGzip compresses the body of the request. SubmitBatch always does.
func WithGzip() CallOption { return func(o *callOptions) { o.gzip = true } }

// WithRetry replaces the fields of the client's policy that are not zero.
func WithRetry(p RetryPolicy) CallOption {
	return func(o *callOptions) {
		if err := p.check(); err != nil {
			o.fail(err)
			return
		}
		o.retry = p
	}
}

// WithQuery adds query parameters.
func WithQuery(q url.Values) CallOption {
	return func(o *callOptions) {
		if o.query == nil {
			o.query = url.Values{}
		}
		for name, values := range q {
			o.query[name] = append(o.query[name], values...)
		}
	}
}

// WithHeader adds a request header. Names that the client sets itself are refused,
// among them Date, Content-Type, Authorization and X-GCS-Idempotence-Key. A name
// that begins with X-GCS is signed.
func WithHeader(name, value string) CallOption {
	return func(o *callOptions) {
		name = http.CanonicalHeaderKey(name)
		if reserved(name) {
			o.fail(fmt.Errorf("header %s is set by the client itself", name))
			return
		}
		if err := checkHeader(name, value); err != nil {
			o.fail(err)
			return
		}
		if o.header == nil {
			o.header = http.Header{}
		}
		o.header[name] = []string{value}
	}
}

func (o *callOptions) fail(err error) { o.err = errors.Join(o.err, err) }

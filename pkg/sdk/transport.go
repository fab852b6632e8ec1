package sdk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"time"
)

// RoundTrip makes one send for go-retryablehttp: guard, then sign, send and read,
// then record.
func (x *exchange) RoundTrip(outer *http.Request) (*http.Response, error) {
	if err := x.admit(outer.Context()); err != nil {
		closeBody(outer)
		return nil, err
	}
	header, err := x.signed()
	if err != nil {
		closeBody(outer)
		x.ended = err
		return nil, err
	}
	x.sends++
	if x.opts.response != nil {
		*x.opts.response = Response{}
	}
	start := x.client.now()
	x.last = outcome{}
	if l := x.client.log.on.Load(); l != nil {
		x.logged(l, outer, header)
	} else {
		x.once(x.caller, outer, header)
	}
	x.reached = x.reached || !x.last.unsent
	x.record(start)
	if x.last.failure != FailureNone && x.last.failure != FailureForeign && x.last.failure != FailureRedirect {
		return nil, x.last.err
	}
	x.reply = http.Response{StatusCode: x.last.status, Header: noHeader, Body: http.NoBody, Request: outer}
	return &x.reply, nil
}

// admit asks the guard, and does not send for a caller who has gone.
func (x *exchange) admit(waits context.Context) error {
	if x.opts.guard != nil {
		if err := x.opts.guard(waits, x.sends+1); err != nil {
			x.ended = &GuardError{Sends: x.sends, Err: err}
			return x.ended
		}
	}
	if err := x.caller.Err(); err != nil {
		x.ended = x.interrupted(err)
		return x.ended
	}
	return nil
}

// once sends and reads, and leaves the outcome in x.last.
func (x *exchange) once(caller context.Context, outer *http.Request, header http.Header) {
	ctx, cancel := context.WithTimeout(caller, x.client.timeout)
	defer cancel()
	req := outer.WithContext(settling(ctx))
	req.Header = header
	if x.opts.guard != nil {
		req.GetBody = nil // net/http would use it to send again unasked
	}
	resp, err := x.client.connection.RoundTrip(req)
	if err != nil {
		x.last.fail(caller, FailureNetwork, err)
		x.last.unsent = networkFailure(FailureNetwork, err) == FailureDial
		return
	}
	defer func() { _ = resp.Body.Close() }()
	x.read(caller, resp)
}

// signed returns the headers of one send, new for each: net/http may still read
// those of an earlier one, and the signature covers the date.
func (x *exchange) signed() (http.Header, error) {
	h := make(http.Header, 8)
	for name, values := range x.client.metadata {
		h[name] = values
	}
	for name, values := range x.opts.header {
		h[name] = values
	}
	h["Date"] = x.client.dates.header(x.client.now())
	if x.req.body != nil {
		h["Content-Type"] = x.req.format
	}
	if x.req.encoding != nil {
		h["Content-Encoding"] = x.req.encoding
	}
	if x.opts.key != "" {
		h[headerIdempotenceKey] = []string{x.opts.key}
	}
	authorization, err := x.client.authenticator.Authorization(x.req.method, x.req.resource, h)
	if err != nil {
		return nil, fmt.Errorf("sign request: %w", err)
	}
	h["Authorization"] = []string{authorization}
	return h, nil
}

// read takes in an answer and decides what it is.
func (x *exchange) read(caller context.Context, resp *http.Response) {
	o := &x.last
	o.status, o.header = resp.StatusCode, resp.Header
	o.readHeader(resp.Header)
	body, err := readBody(x.buf, resp, x.client.maxBody)
	x.buf, o.raw = body, body
	if x.opts.response != nil {
		*x.opts.response = Response{StatusCode: o.status, Header: resp.Header, Body: bytes.Clone(body)}
	}
	contentType := resp.Header.Get("Content-Type")
	switch {
	case o.status >= 300 && o.status < 400:
		o.failure, o.err = FailureRedirect, errors.New("redirects are not followed")
	case o.status >= 400 && errors.Is(err, errTooLarge):
		o.failure, o.err = FailureForeign, errors.New("not an error of the API, too large for one")
	case errors.Is(err, errTooLarge):
		o.fail(caller, FailureTooLarge, fmt.Errorf("answer is over %d bytes", x.client.maxBody))
	case err != nil:
		o.fail(caller, FailureUnreadable, err)
	case o.status >= 400:
		o.body, o.problem = body, x.parseProblem(contentType, body)
		if o.problem == nil {
			o.failure, o.err = FailureForeign, errors.New("not an error of the API")
		}
	case o.status < 200:
		o.failure, o.err = FailureUnreadable, errors.New("unexpected informational answer")
	default:
		x.decode(contentType, body)
	}
}

// decode reads the body of a success into what the caller waits for.
func (x *exchange) decode(contentType string, body []byte) {
	o := &x.last
	switch {
	case x.req.out == nil:
		if len(body) > 0 && !isJSON(contentType, body) { // a portal's page, not the platform
			o.failure, o.err = FailureUnreadable, fmt.Errorf("answer is not JSON in UTF-8 but %s", mediaType(contentType))
		}
	case len(body) == 0:
		o.failure, o.err = FailureUnreadable, errors.New("answer has no body")
	case !isJSON(contentType, body):
		o.failure, o.err = FailureUnreadable, fmt.Errorf("answer is not JSON in UTF-8 but %s", mediaType(contentType))
	case string(bytes.TrimSpace(body)) == "null":
		o.failure, o.err = FailureUnreadable, errors.New("answer is null")
	default:
		if x.sends > 1 {
			reset(x.req.out) // an answer that broke off may have filled a part
		}
		if err := x.client.marshaller.Unmarshal(body, x.req.out); err != nil {
			o.failure, o.err = FailureUnreadable, decodeError(err)
		}
	}
}

// mediaType returns a content type that is safe to print.
func mediaType(contentType string) string {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil || len(media) > 60 {
		return "of an unknown type"
	}
	return media
}

// record writes what is known of a send into the caller's CallInfo.
func (x *exchange) record(start time.Time) {
	if x.opts.info == nil {
		return
	}
	o := &x.last
	s := Send{
		At: start, Duration: x.client.now().Sub(start),
		Status: o.status, Failure: o.failure, ReplayedAt: o.replayedAt, Unsent: o.unsent,
	}
	if o.problem != nil {
		s.ErrorID = o.problem.ErrorID
	}
	if date, err := http.ParseTime(o.date); err == nil {
		s.ServerDate = date
	}
	x.opts.info.Sends = append(x.opts.info.Sends, s)
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}

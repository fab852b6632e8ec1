package sdk

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// A request is a call, ready to be sent any number of times.
type request struct {
	method   string
	url      *url.URL
	resource string   // path and query as on the request line
	body     []byte   // never changed once built: net/http may still read it after an answer
	format   []string // the Content-Type of body
	encoding []string // its Content-Encoding, nil for none
	repeat   repeat
	out      any // nil when the answer's body does not matter
}

// An exchange carries one call through its sends. go-retryablehttp counts and waits;
// the exchange is also the transport under it, so that each send is asked about,
// signed, read to the end and judged in one place. Exchanges are used again, which
// saves building the chain for every call.
type exchange struct {
	retry retryablehttp.Client
	http  http.Client
	shell http.Request  // what go-retryablehttp sees of the request
	reply http.Response // what it sees of an answer
	buf   []byte

	state
}

// A state is what an exchange knows of the call that it carries.
type state struct {
	client *Client
	opts   callOptions
	policy RetryPolicy
	req    request
	caller context.Context // of the sends; the waits between them may end before

	sends   int
	reached bool // a byte may have left, in any send
	last    outcome
	ended   error         // ends the call whatever the outcome: guard, signature
	pause   time.Duration // before the next send, 0 when there is none
}

func newExchange() *exchange {
	x := &exchange{}
	x.http = http.Client{
		Transport:     x,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	x.retry = retryablehttp.Client{
		HTTPClient:   &x.http,
		CheckRetry:   x.checkRetry,
		Backoff:      func(time.Duration, time.Duration, int, *http.Response) time.Duration { return x.pause },
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	return x
}

// noHeader is what go-retryablehttp sees: headers belong to a send.
var noHeader = http.Header{}

// run makes the call and returns its error.
func (x *exchange) run(ctx context.Context) error {
	x.retry.RetryMax = x.policy.MaxSends - 1
	x.caller = ctx
	waits := ctx
	if x.opts.waits != nil {
		var end context.CancelFunc
		waits, end = context.WithCancel(ctx)
		defer end()
		defer context.AfterFunc(x.opts.waits, end)()
	}
	x.shell = http.Request{Method: x.req.method, URL: x.req.url, Host: x.req.url.Host, Header: noHeader}
	outer := retryablehttp.Request{Request: x.shell.WithContext(waits)}
	if x.req.body != nil {
		if err := outer.SetBody(x.req.body); err != nil {
			return fmt.Errorf("build request: %w", err)
		}
	}
	resp, err := x.retry.Do(&outer)
	if resp != nil {
		_ = resp.Body.Close() // read to its end already
	}
	return x.result(ctx, err)
}

// result turns the last outcome into the call's error. err is what go-retryablehttp
// says: beyond the outcome it only knows that the wait was interrupted.
func (x *exchange) result(ctx context.Context, err error) error {
	if x.ended != nil {
		return x.ended
	}
	if x.pause > 0 && ctx.Err() != nil {
		return x.interrupted(ctx.Err())
	}
	if failed := x.failure(); failed != nil {
		return failed
	}
	if err != nil {
		return x.communicationError(fmt.Errorf("send request: %w", err))
	}
	return nil
}

// interrupted is the error of a call whose context ended before a send.
func (x *exchange) interrupted(cause error) error {
	if x.sends > 0 {
		cause = fmt.Errorf("%w, before sending again after %s", cause, x.failure().Error())
	}
	x.last = outcome{failure: FailureCanceled}
	return x.communicationError(cause)
}

// checkRetry judges the outcome of the send that just ended.
func (x *exchange) checkRetry(ctx context.Context, _ *http.Response, _ error) (bool, error) {
	x.pause = 0
	if x.ended != nil {
		return false, nil
	}
	again, why := x.last.verdict(x.req.repeat)
	if again && x.sends >= x.policy.MaxSends {
		again, why = false, why+", sends used up"
	}
	if again {
		wait := x.policy.wait(x.sends, &x.last, x.client.now(), x.client.random)
		if ctx.Err() != nil {
			again, why = false, why+", not waited for"
		} else if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= wait {
			again, why = false, why+", no time left"
		} else {
			x.pause = max(wait, 1)
			why += ", sent again"
		}
	}
	if x.opts.info != nil {
		x.opts.info.Sends[len(x.opts.info.Sends)-1].Verdict = why
	}
	return again, nil
}

// release makes x ready for another call. It keeps no reference to this one.
func (x *exchange) release(c *Client) {
	x.shell, x.reply = http.Request{}, http.Response{}
	x.state = state{}
	if cap(x.buf) > 64<<10 {
		x.buf = nil
	}
	c.exchanges.Put(x)
}

package sdk

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// RetryPolicy says how often and how fast a call is sent again. Which calls are, and
// after what, is fixed:
//
//	                                only    POST that the platform     any other
//	                                reads   recognises by its key
//	no answer, or half of one       again   again                      ends
//	2xx without readable JSON       again   again                      ends
//	408 425 429 500 502 503 504     again   again                      ends
//	 - with a replay timestamp      again   ends: stored outcome       ends
//	409, first send still running   ends    again                      ends
//	anything else, guard, context   ends    ends                       ends
//
// What only reads is every GET, and getDccRateInquiry, getIinDetails,
// surchargeCalculation and validateWebhookCredentials.
// The platform recognises the key of createPayment, capturePayment, refundPayment,
// cancelPayment, completePayment, subsequentPayment and createPayout. A wait that
// would outlast the context's deadline is not begun. A body over the limit and a
// certificate that is not trusted would be the same again, and end the call.
//
// A zero field stands for the client's value, and there for the default.
type RetryPolicy struct {
	// MaxSends limits the sends of a call, the first included; 1 never sends again.
	// Default 4.
	MaxSends int
	// MinWait and MaxWait bound the wait before the next send, which doubles each time
	// and is spread at random over its upper half. Defaults 500 ms and 8 s.
	MinWait, MaxWait time.Duration
	// MaxRetryAfter limits the wait that a Retry-After header asks for. Default 60 s.
	MaxRetryAfter time.Duration
}

var defaultRetry = RetryPolicy{
	MaxSends: 4, MinWait: 500 * time.Millisecond, MaxWait: 8 * time.Second, MaxRetryAfter: time.Minute,
}

func (p RetryPolicy) or(fallback RetryPolicy) RetryPolicy {
	setDefault(&p.MaxSends, fallback.MaxSends)
	setDefault(&p.MinWait, fallback.MinWait)
	setDefault(&p.MaxWait, fallback.MaxWait)
	setDefault(&p.MaxRetryAfter, fallback.MaxRetryAfter)
	p.MaxWait = max(p.MinWait, p.MaxWait)
	return p
}

func (p RetryPolicy) check() error {
	if p.MaxSends < 0 || p.MinWait < 0 || p.MaxWait < 0 || p.MaxRetryAfter < 0 {
		return errors.New("retry policy must not have negative fields")
	}
	return nil
}

// verdict reports whether a request may be sent again after outcome o, and why.
func (o *outcome) verdict(r repeat) (again bool, why string) {
	switch o.failure {
	case FailureCanceled, FailureTooLarge, FailureTLS, FailureRedirect:
		return false, string(o.failure)
	case FailureDial, FailureTimeout, FailureNetwork, FailureUnreadable:
		return r != repeatNever, string(o.failure)
	case FailureNone, FailureForeign:
	}
	if o.status < http.StatusMultipleChoices {
		return false, "done"
	}
	why = fmt.Sprintf("status %d", o.status)
	switch o.status {
	case http.StatusConflict:
		if r == repeatKeyed && o.problem.inProgress() {
			return true, "the first send is still in progress"
		}
		return false, why
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests,
		http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		if o.replayed && r != repeatSafe {
			return false, why + ", a stored outcome"
		}
		return r != repeatNever, why
	}
	return false, why
}

// wait returns how long to wait after the n-th send, counted from 1.
func (p RetryPolicy) wait(n int, o *outcome, now time.Time, random func() uint64) time.Duration {
	d := p.MinWait
	for range n - 1 {
		if d >= p.MaxWait/2 {
			d = p.MaxWait
			break
		}
		d *= 2
	}
	d = d/2 + spread(d-d/2, random)
	if asked, ok := retryAfter(o.retryAfter, now); ok {
		// All callers are told the same moment: spread them a little beyond it.
		d = max(d, min(asked, p.MaxRetryAfter)+spread(p.MinWait/2, random))
	}
	return d
}

// spread returns a random duration from 0 to d, which must not be negative.
func spread(d time.Duration, random func() uint64) time.Duration {
	return time.Duration(random() % uint64(d+1))
}

// retryAfter reads a Retry-After header: seconds, or a date.
func retryAfter(header string, now time.Time) (time.Duration, bool) {
	header = strings.TrimSpace(header)
	if header == "" {
		return 0, false
	}
	seconds, err := strconv.ParseInt(header, 10, 64)
	if err == nil || errors.Is(err, strconv.ErrRange) { // then it is the largest, or the smallest
		const most = int64(365 * 24 * time.Hour / time.Second)
		return time.Duration(min(max(seconds, 0), most)) * time.Second, seconds >= 0
	}
	t, err := http.ParseTime(header)
	if err != nil {
		return 0, false
	}
	return max(0, t.Sub(now)), true
}

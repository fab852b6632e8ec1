package pace

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"time"
)

// Watch returns next, with the Pacer told of what the platform answers.
func (p *Pacer) Watch(next http.RoundTripper) http.RoundTripper { return &watcher{p, next} }

type watcher struct {
	pacer *Pacer
	next  http.RoundTripper
}

// RoundTrip makes a request. A caller who went away says nothing of the
// platform, nor does a connection that could not be made.
func (w *watcher) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := w.next.RoundTrip(r)
	switch {
	case err == nil && busy(resp.StatusCode):
		w.pacer.complained(retryAfter(resp.Header.Get("Retry-After"), time.Now()))
	case err == nil:
		w.pacer.went()
	case errors.Is(r.Context().Err(), context.Canceled):
	case timedOut(err):
		w.pacer.complained(0)
	}
	return resp, err
}

// CloseIdleConnections passes on to the connections.
func (w *watcher) CloseIdleConnections() {
	if c, ok := w.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// busy reports a status that asks for fewer requests.
func busy(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

func timedOut(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || (errors.As(err, &timeout) && timeout.Timeout())
}

// retryAfter reads a Retry-After header, seconds or a date; 0 for none.
func retryAfter(header string, now time.Time) time.Duration {
	if header == "" {
		return 0
	}
	if seconds, err := strconv.ParseInt(header, 10, 64); err == nil {
		return time.Duration(min(max(seconds, 0), int64(mostPause/time.Second))) * time.Second
	}
	if t, err := http.ParseTime(header); err == nil {
		return max(0, t.Sub(now))
	}
	return 0
}

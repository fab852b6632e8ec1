package sdk_test

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/payreconcile/payreconcile/pkg/sdk"
)

// A happening is what one send comes to, and what the call then has to do.
type happening struct {
	step                step
	failure             sdk.Failure
	err                 string // the error's type
	safe, keyed, stored bool   // sent again when it only reads, when it has a key; a stored outcome
	why                 string
	needsBody           bool // only an operation whose answer has a body can tell
	retryAfter          func(now time.Time) time.Duration
}

const (
	communication = "*sdk.CommunicationError"
	timeout       = 20 * time.Second
)

func hangs(req *http.Request) (*http.Response, error) {
	<-req.Context().Done()
	return nil, req.Context().Err()
}

func happenings() map[string]happening {
	written := &net.OpError{Op: "write", Net: "tcp", Err: errors.New("broken pipe")}
	all := map[string]happening{
		"no connection":     {step: breaks(refused), failure: sdk.FailureDial, err: communication, safe: true, keyed: true, why: "dial"},
		"reset at first":    {step: breaks(written), failure: sdk.FailureNetwork, err: communication, safe: true, keyed: true, why: "network"},
		"reset at last":     {step: breaks(reset), failure: sdk.FailureNetwork, err: communication, safe: true, keyed: true, why: "network"},
		"time-out":          {step: hangs, failure: sdk.FailureTimeout, err: communication, safe: true, keyed: true, why: "timeout"},
		"half a success":    {step: cutsOff(201, `{"id":`), failure: sdk.FailureUnreadable, err: communication, safe: true, keyed: true, why: "unreadable"},
		"a success of HTML": {step: says(200, `<html>`, "Content-Type", "text/html"), failure: sdk.FailureUnreadable, err: communication, safe: true, keyed: true, why: "unreadable", needsBody: true},
		"an empty success":  {step: says(201, ``), failure: sdk.FailureUnreadable, err: communication, safe: true, keyed: true, why: "unreadable", needsBody: true},
		"redirect":          {step: says(307, ``, "Location", "https://evil.example/"), failure: sdk.FailureRedirect, err: communication, why: "redirect"},
		"a huge success":    {step: says(200, strings.Repeat(" ", 1001)), failure: sdk.FailureTooLarge, err: communication, why: "too large"},
		"bad certificate":   {step: breaks(badCert), failure: sdk.FailureTLS, err: communication, why: "tls"},
		"success":           {step: says(200, `{}`), why: "done"},
		"stored success":    {step: says(201, `{}`, replay, "1700000000000"), why: "done"},
		"409, in progress":  {step: says(409, inProgress), err: "*sdk.IdempotenceError", keyed: true, why: "the first send is still in progress"},
		"409, code 1409":    {step: says(409, code1409), err: "*sdk.IdempotenceError", keyed: true, why: "the first send is still in progress"},
		"409, and replayed": {step: says(409, inProgress, replay, "1700000000000"), err: "*sdk.IdempotenceError", keyed: true, why: "the first send is still in progress"},
	}
	for status, kind := range map[int]string{
		400: "*sdk.ValidationError", 401: "*sdk.APIError", 402: "*sdk.APIError", 403: "*sdk.AuthorizationError", 404: "*sdk.ReferenceError",
		405: "*sdk.APIError", 409: "*sdk.ReferenceError", 410: "*sdk.ReferenceError", 422: "*sdk.APIError", 501: "*sdk.APIError",
	} {
		all[fmt.Sprint(status)] = happening{step: says(status, apiProblem), err: kind, why: fmt.Sprintf("status %d", status)}
		all[fmt.Sprint(status, ", stored")] = happening{step: says(status, apiProblem, replay, "1700000000000"), err: kind, why: fmt.Sprintf("status %d", status)}
	}
	for status, kind := range map[int]string{
		408: "*sdk.APIError", 425: "*sdk.APIError", 429: "*sdk.APIError", 500: "*sdk.PlatformError",
		502: "*sdk.PlatformError", 503: "*sdk.PlatformError", 504: "*sdk.APIError",
	} {
		why := fmt.Sprintf("status %d", status)
		all[fmt.Sprint(status)] = happening{step: says(status, apiProblem), err: kind, safe: true, keyed: true, why: why}
		all[fmt.Sprint(status, " of a proxy")] = happening{step: says(status, `<html>`, "Content-Type", "text/html"), failure: sdk.FailureForeign, err: communication, safe: true, keyed: true, why: why}
		all[fmt.Sprint(status, ", stored")] = happening{step: says(status, apiProblem, replay, "1700000000000"), err: kind, safe: true, stored: true, why: why}
	}
	// The bubble's clock begins at midnight of 2000-01-01.
	begin := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	until := func(t time.Time) func(time.Time) time.Duration {
		return func(now time.Time) time.Duration { return t.Sub(now) }
	}
	for header, asked := range map[string]func(time.Time) time.Duration{
		"17":                  func(time.Time) time.Duration { return 17 * time.Second },
		"0":                   func(time.Time) time.Duration { return 0 },
		"86400":               func(time.Time) time.Duration { return 24 * time.Hour },
		"9223372036854775807": func(time.Time) time.Duration { return 24 * time.Hour },
		"-17":                 nil,
		"soon":                nil,
		"1.5":                 nil,
		begin.Add(19 * time.Second).Format(http.TimeFormat): until(begin.Add(19 * time.Second)),
		begin.Add(-time.Hour).Format(http.TimeFormat):       until(begin.Add(-time.Hour)),
		begin.AddDate(90, 0, 0).Format(http.TimeFormat):     until(begin.AddDate(90, 0, 0)),
	} {
		all["429, after "+header] = happening{step: says(429, apiProblem, "Retry-After", header), err: "*sdk.APIError", safe: true, keyed: true, why: "status 429", retryAfter: asked}
		all["503, after "+header] = happening{step: says(503, ``, "Retry-After", header), failure: sdk.FailureForeign, err: communication, safe: true, keyed: true, why: "status 503", retryAfter: asked}
	}
	return all
}

package gateway

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/payreconcile/payreconcile/pkg/sdk"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A Probe is what a request that changes nothing showed.
type Probe struct {
	Status  int      // HTTP status of the last answer, 0 without one
	Errors  []string // what the platform calls its errors
	Foreign bool     // something in front of the platform answered, or nobody did
	Failure string   // what kept an answer from coming
	Took    time.Duration
	// Offset is how far the platform's clock is ahead of ours; below zero it is
	// behind. It means something when Dated is set.
	Offset time.Duration
	Dated  bool
	Err    error // nil when the request was answered as asked
}

// Refused reports that the platform refused the credentials.
func (p Probe) Refused() bool {
	return !p.Foreign && (p.Status == http.StatusUnauthorized || p.Status == http.StatusForbidden)
}

// TestConnection asks the platform's test service whether endpoint, key and
// merchant fit.
func (g *Gateway) TestConnection(ctx context.Context) Probe {
	return g.probe(ctx, "services", "testconnection")
}

// TestReading reads a payment, which need not exist: 404 proves the right to
// read as well as an answer does.
func (g *Gateway) TestReading(ctx context.Context, id spec.PaymentID) Probe {
	return g.probe(ctx, "payments", id.Wire(), "details")
}

func (g *Gateway) probe(ctx context.Context, path ...string) (p Probe) {
	var info sdk.CallInfo
	var ignored struct{}
	p.Err = sdk.Do(ctx, g.merchant, sdk.Request{Method: http.MethodGet, Path: path}, &ignored,
		append(g.repeat[:len(g.repeat):len(g.repeat)], sdk.WithCallInfo(&info))...)
	last := info.Last()
	p.Status, p.Took, p.Failure = last.Status, last.Duration, string(last.Failure)
	p.Foreign = last.Failure != sdk.FailureNone
	var api *sdk.APIError
	if errors.As(p.Err, &api) {
		p.Foreign = p.Foreign || !ofThePlatform(p.Err)
		for _, e := range api.Errors {
			id := e.ErrorCode
			if e.ID != nil && *e.ID != "" {
				id = *e.ID
			}
			p.Errors = append(p.Errors, id)
		}
	}
	if p.Dated = !last.ServerDate.IsZero() && !p.Foreign; p.Dated {
		p.Offset = offset(last)
	}
	return p
}

// offset is how far the Date of an answer is ahead of our clock, which a second
// that it cuts off and the time on the way do not count to.
func offset(s sdk.Send) time.Duration {
	switch arrived := s.At.Add(s.Duration); {
	case s.ServerDate.After(arrived):
		return s.ServerDate.Sub(arrived)
	case s.ServerDate.Add(time.Second).Before(s.At):
		return s.ServerDate.Add(time.Second).Sub(s.At)
	}
	return 0
}

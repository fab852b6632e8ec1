// Package gateway is the one place that knows both the platform's API and the
// reconciler's words: it turns answers into plan values and actions into
// requests.
package gateway

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/sdk"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A Gateway reads payments of one merchant and makes the calls that move
// money. It is safe for concurrent use.
type Gateway struct {
	merchant *sdk.MerchantClient
	repeat   []sdk.CallOption // of reads that are sent again
	waits    context.Context
	skew     atomic.Int64
}

// New returns a gateway for a merchant. Its client should use JSON as
// marshaller.
func New(m *sdk.MerchantClient) *Gateway { return &Gateway{merchant: m, waits: context.Background()} }

// Paced lets a read that is sent again wait for its turn, as its caller did
// before the first send, and lets every wait between two sends end with ctx; a
// send under way goes on. It is called before the first use.
func (g *Gateway) Paced(ctx context.Context, p apply.Pace) *Gateway {
	g.waits = ctx
	g.repeat = []sdk.CallOption{sdk.WithWaits(ctx), sdk.WithGuard(func(ctx context.Context, send int) error {
		if send == 1 {
			return nil
		}
		return p.Wait(ctx)
	})}
	return g
}

// Skew returns how far the platform's clock was seen from ours at most; the
// seconds that its Date header cuts off do not count.
func (g *Gateway) Skew() time.Duration { return time.Duration(g.skew.Load()) }

// Observe reads a payment with all its operations. A payment that the platform
// does not know is an Observed that does not exist; refused credentials are an
// *apply.CredentialError.
func (g *Gateway) Observe(ctx context.Context, id spec.PaymentID) (plan.Observed, error) {
	var details paymentDetails
	var info sdk.CallInfo
	err := sdk.Do(ctx, g.merchant, sdk.Request{Method: http.MethodGet, Path: []string{"payments", id.Wire(), "details"}}, &details, append(g.repeat[:len(g.repeat):len(g.repeat)], sdk.WithCallInfo(&info))...)
	last := info.Last()
	g.measure(last)
	at := last.At.Add(last.Duration)
	var api *sdk.APIError
	switch {
	case err == nil:
		return plan.Observe(reading(&details), at), nil
	case errors.As(err, &api) && api.StatusCode == http.StatusNotFound && ofThePlatform(err):
		return plan.Observed{At: at}, nil
	case sdk.IsAuthorization(err):
		return plan.Observed{}, &apply.CredentialError{Err: err}
	}
	return plan.Observed{}, fmt.Errorf("read payment %s: %w", id, err)
}

// measure keeps the largest difference between the platform's clock and ours.
// What something between us and the platform says counts for nothing: it may be
// a page that was kept for hours.
func (g *Gateway) measure(s sdk.Send) {
	if s.ServerDate.IsZero() || s.Failure != sdk.FailureNone {
		return
	}
	off := offset(s).Abs()
	for {
		old := g.skew.Load()
		if int64(off) <= old || g.skew.CompareAndSwap(old, int64(off)) {
			return
		}
	}
}

// Do makes one call under its key. A call without an explicit amount, ref and
// key is not built.
func (g *Gateway) Do(ctx context.Context, c apply.Call, guard apply.Guard) apply.Answer {
	path, request, err := build(c)
	if err != nil {
		return apply.Answer{NotSent: true, Err: err}
	}
	encoded, err := JSON{}.Marshal(request)
	if err != nil {
		return apply.Answer{NotSent: true, Err: fmt.Errorf("encode the %s: %w", c.Op, err)}
	}
	var info sdk.CallInfo
	var made answer
	err = sdk.Do(ctx, g.merchant,
		sdk.Request{Method: http.MethodPost, Path: []string{"payments", c.Payment.Wire(), path}, Body: body(encoded)}, made.into(c.Op),
		sdk.WithIdempotenceKey(string(c.Key)), sdk.WithGuard(guard), sdk.WithWaits(g.waits), sdk.WithCallInfo(&info))
	a := apply.Answer{Err: err, NotSent: info.Unsent(), BodySHA: sha256.Sum256(encoded)}
	for _, s := range info.Sends {
		g.measure(s)
		if s.Unsent {
			continue
		}
		a.Sends = append(a.Sends, apply.Send{
			At: s.At.UTC(), Status: s.Status, ErrorID: s.ErrorID, Replayed: s.ReplayedAt, ServerDate: s.ServerDate, Failure: string(s.Failure),
		})
	}
	last := info.Last()
	a.Status, a.ErrorID, a.Replayed = last.Status, last.ErrorID, last.ReplayedAt
	if err == nil {
		a.Made = made.operation(c.Op)
		return a
	}
	g.explain(&a, err)
	return a
}

// ofThePlatform reports that an API error comes from the platform's payment
// services: problem details are what gateways in front of it speak.
func ofThePlatform(err error) bool {
	var problem *sdk.ProblemDetailsError
	return !errors.As(err, &problem)
}

// explain fills in what an error of the SDK says.
func (g *Gateway) explain(a *apply.Answer, err error) {
	var withheld *sdk.GuardError
	if errors.As(err, &withheld) {
		a.Withheld = withheld.Err
	}
	var api *sdk.APIError
	if errors.As(err, &api) {
		a.APIError = ofThePlatform(err)
		a.Status = api.StatusCode
		for _, e := range api.Errors {
			id := e.ErrorCode
			if e.ID != nil && *e.ID != "" {
				id = *e.ID
			}
			a.Errors = append(a.Errors, id)
		}
	}
	var declined *sdk.DeclinedRefundError
	if errors.As(err, &declined) && declined.Result != nil && declined.Result.ID != nil {
		a.Made = &plan.Operation{ID: *declined.Result.ID}
		if s := declined.Result.StatusOutput; s != nil && s.StatusCode != nil {
			a.Made.Code = int(*s.StatusCode)
		}
	}
}

// build returns the last segment of a call's path and its body.
func build(c apply.Call) (string, any, error) {
	if c.Amount.Minor <= 0 || c.Amount.Minor > spec.MaxMinor || c.Amount.Currency == "" || c.Ref == "" || c.Key == "" {
		return "", nil, fmt.Errorf("build the %s of payment %s: it has no amount, reference or key", c.Op, c.Payment)
	}
	refs := references{MerchantReference: c.Ref}
	amount := amountOfMoney{Amount: &c.Amount.Minor, CurrencyCode: string(c.Amount.Currency)}
	switch c.Op {
	case spec.Capture:
		bare, err := c.Unit.Amount(c.Amount)
		if err != nil {
			return "", nil, fmt.Errorf("build the capture of payment %s: %w", c.Payment, err)
		}
		return "capture", captureRequest{Amount: bare, IsFinal: c.Final, OperationReferences: refs}, nil
	case spec.Cancel:
		return "cancel", moneyRequest{AmountOfMoney: amount, OperationReferences: refs}, nil
	case spec.Refund:
		return "refund", moneyRequest{AmountOfMoney: amount, OperationReferences: refs, Reason: c.Note}, nil
	}
	return "", nil, fmt.Errorf("build the call of payment %s: unknown kind %q", c.Payment, c.Op)
}

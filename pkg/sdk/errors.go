package sdk

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/payreconcile/payreconcile/pkg/sdk/model"
)

// An APIError is an answer of the platform that says no. It is the base of every
// more precise kind, and stands alone for statuses without one, such as 401 and 429.
// Its text holds neither body nor key.
type APIError struct {
	StatusCode int
	ErrorID    string           // the platform's id of this answer, for its support
	Errors     []model.APIError // what is wrong, at least one entry unless ErrorID is set
	Body       []byte           // as it came; may hold personal data
	// Retriable reports that the platform says the same request may succeed later. It
	// then needs a new idempotence key, since the old one repeats this answer.
	Retriable      bool
	Method, Path   string
	IdempotenceKey string
	Sends          int // how often the request was sent
	// ReplayedAt is when the request was first received, if this is the stored outcome
	// of an earlier send with the same key.
	ReplayedAt time.Time

	kind string
}

// Error says what was refused and why, by the platform's ids.
func (e *APIError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: %s with status %d", e.Method, e.Path, cmp.Or(e.kind, "refused"), e.StatusCode)
	for i, d := range e.Errors {
		if i == 3 {
			fmt.Fprintf(&b, "; and %d more", len(e.Errors)-i)
			break
		}
		b.WriteString("; ")
		b.WriteString(describe(d))
	}
	if e.ErrorID != "" {
		fmt.Fprintf(&b, " (error id %s)", clean(e.ErrorID))
	}
	return b.String()
}

func describe(d model.APIError) string {
	text := clean(d.ErrorCode)
	if d.ID != nil && *d.ID != "" {
		text = clean(*d.ID) + " " + text
	}
	if d.PropertyName != nil && *d.PropertyName != "" {
		text += " at " + clean(*d.PropertyName)
	}
	return strings.TrimSpace(text)
}

// clean makes a text from outside fit for one line of an error.
func clean(s string) string { return cleanTo(s, 80) }

func cleanTo(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
	if len(s) > most {
		return s[:most] + "..."
	}
	return s
}

// A ValidationError says that the request, or the state of the payment, does not
// allow the call: status 400.
type ValidationError struct{ *APIError }

// An AuthorizationError says that the key may not do this, or not for this merchant:
// status 403. See [IsAuthorization] for 401 as well.
type AuthorizationError struct{ *APIError }

// A ReferenceError says that what the path names does not exist, is gone, or is in
// conflict: status 404, 410 or 409.
type ReferenceError struct{ *APIError }

// An IdempotenceError says that an earlier request with the same key is still being
// worked on: status 409. Its outcome is not known yet; ask again with the same key.
type IdempotenceError struct {
	*APIError
	// RequestedAt is when the platform received that earlier request, zero when it does
	// not say.
	RequestedAt time.Time
}

// A PlatformError says that the platform or something behind it failed: status 500,
// 502 or 503. Whether the call took effect is not known.
type PlatformError struct{ *APIError }

// A DeclinedPaymentError says that a payment was made and refused.
type DeclinedPaymentError struct {
	*APIError
	Result *model.CreatePaymentResponse
}

// A DeclinedPayoutError says that a payout was made and refused.
type DeclinedPayoutError struct {
	*APIError
	Result *model.PayoutResult
}

// A DeclinedRefundError says that a refund was made and refused.
type DeclinedRefundError struct {
	*APIError
	Result *model.RefundResponse
}

// A ProblemDetailsError is an error in the form of application/problem+json.
type ProblemDetailsError struct {
	*APIError
	Details model.ProblemDetailsResponse
}

// Unwrap returns the APIError that e makes precise.
func (e *ValidationError) Unwrap() error { return e.APIError }

// Unwrap returns the APIError that e makes precise.
func (e *AuthorizationError) Unwrap() error { return e.APIError }

// Unwrap returns the APIError that e makes precise.
func (e *ReferenceError) Unwrap() error { return e.APIError }

// Unwrap returns the APIError that e makes precise.
func (e *IdempotenceError) Unwrap() error { return e.APIError }

// Unwrap returns the APIError that e makes precise.
func (e *PlatformError) Unwrap() error { return e.APIError }

// Unwrap returns the APIError that e makes precise.
func (e *DeclinedPaymentError) Unwrap() error { return e.APIError }

// Unwrap returns the APIError that e makes precise.
func (e *DeclinedPayoutError) Unwrap() error { return e.APIError }

// Unwrap returns the APIError that e makes precise.
func (e *DeclinedRefundError) Unwrap() error { return e.APIError }

// Unwrap returns the APIError that e makes precise.
func (e *ProblemDetailsError) Unwrap() error { return e.APIError }

// IsAuthorization reports whether err is an answer 401 or 403, from the platform or
// from something in front of it: key, secret, clock or merchant do not fit. Such an
// answer says nothing about the payment.
func IsAuthorization(err error) bool {
	var api *APIError
	if errors.As(err, &api) {
		return refusesCredentials(api.StatusCode)
	}
	var comm *CommunicationError
	return errors.As(err, &comm) && refusesCredentials(comm.StatusCode)
}

func refusesCredentials(status int) bool {
	return status == http.StatusUnauthorized || status == http.StatusForbidden
}

package sdk

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/payreconcile/payreconcile/pkg/sdk/model"
)

// A problem is the body of an answer that says no, in any of the forms the API has.
// Results stay undecoded until they are asked for: one of an unexpected shape must
// not hide the error around it.
type problem struct {
	ErrorID       string           `json:"errorId"`
	Errors        []model.APIError `json:"errors"`
	PaymentResult json.RawMessage  `json:"paymentResult"`
	PayoutResult  json.RawMessage  `json:"payoutResult"`
	RefundResult  json.RawMessage  `json:"refundResult"`

	details *model.ProblemDetailsResponse
}

// parseProblem returns the API's error in a body, or nil when there is none: proxies
// answer with HTML, and with JSON of their own.
func (x *exchange) parseProblem(contentType string, body []byte) *problem {
	if len(body) == 0 || !isJSON(contentType, body) {
		return nil
	}
	p := &problem{}
	if err := x.client.marshaller.Unmarshal(body, p); err != nil {
		return nil
	}
	if p.ErrorID != "" || len(p.Errors) > 0 || present(p.PaymentResult) || present(p.PayoutResult) || present(p.RefundResult) {
		return p
	}
	if !isProblem(contentType) {
		return nil
	}
	p.details = &model.ProblemDetailsResponse{}
	if err := x.client.marshaller.Unmarshal(body, p.details); err != nil || p.details.Type == nil && p.details.Title == nil {
		return nil
	}
	return p
}

func present(raw json.RawMessage) bool { return len(raw) > 0 && raw[0] == '{' }

// inProgress reports that the platform is still working on an earlier request with
// the same key, in either of the forms it says so.
func (p *problem) inProgress() bool {
	return p != nil && len(p.Errors) == 1 &&
		(p.Errors[0].ErrorCode == "1409" || p.Errors[0].ID != nil && *p.Errors[0].ID == "DUPLICATE_REQUEST_IN_PROGRESS")
}

func (p *problem) retriable() bool {
	for _, e := range p.Errors {
		if e.Retriable == nil || !*e.Retriable {
			return false
		}
	}
	return len(p.Errors) > 0
}

// failure returns the error that the last outcome is, or nil for a success.
func (x *exchange) failure() error {
	o := &x.last
	if o.failure != FailureNone {
		return x.communicationError(o.err)
	}
	if o.status < http.StatusBadRequest {
		return nil
	}
	p := o.problem
	base := &APIError{
		StatusCode: o.status, ErrorID: p.ErrorID, Errors: p.Errors, Body: bytes.Clone(o.body),
		Retriable: p.retriable(), Method: x.req.method, Path: x.req.url.Path,
		IdempotenceKey: x.opts.key, Sends: x.sends, ReplayedAt: o.replayedAt, kind: "refused",
	}
	if declined := x.declined(base, p); declined != nil {
		return declined
	}
	return kindOf(base, p)
}

// declined returns the error of a payment, payout or refund that was made and
// refused, whatever the status.
func (x *exchange) declined(base *APIError, p *problem) error {
	base.kind = "declined"
	if r := (*model.CreatePaymentResponse)(nil); x.decodeResult(p.PaymentResult, &r) {
		return &DeclinedPaymentError{base, r}
	}
	if r := (*model.PayoutResult)(nil); x.decodeResult(p.PayoutResult, &r) {
		return &DeclinedPayoutError{base, r}
	}
	if r := (*model.RefundResponse)(nil); x.decodeResult(p.RefundResult, &r) {
		return &DeclinedRefundError{base, r}
	}
	return nil
}

func (x *exchange) decodeResult(raw json.RawMessage, out any) bool {
	return present(raw) && x.client.marshaller.Unmarshal(raw, out) == nil
}

// kindOf makes an error precise by its status.
func kindOf(base *APIError, p *problem) error {
	base.kind = "refused"
	if p.details != nil {
		return &ProblemDetailsError{base, *p.details}
	}
	switch base.StatusCode {
	case http.StatusBadRequest:
		base.kind = "invalid"
		return &ValidationError{base}
	case http.StatusForbidden:
		base.kind = "not authorised"
		return &AuthorizationError{base}
	case http.StatusConflict:
		if base.IdempotenceKey != "" && p.inProgress() {
			base.kind = "still in progress"
			return &IdempotenceError{base, base.ReplayedAt}
		}
		base.kind = "conflict"
		return &ReferenceError{base}
	case http.StatusNotFound, http.StatusGone:
		base.kind = "not found"
		return &ReferenceError{base}
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable:
		base.kind = "platform failed"
		return &PlatformError{base}
	default:
		return base
	}
}

// decodeError says why an answer could not be decoded without repeating it.
func decodeError(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return errors.New("answer is not complete JSON")
	case errors.As(err, &kind) && kind.Field == "":
		return errors.New("answer is JSON of another kind than expected")
	case errors.As(err, &kind):
		return errors.New("answer has the wrong type at " + clean(kind.Field))
	default:
		return errors.New("answer cannot be decoded")
	}
}

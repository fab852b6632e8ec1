package gateway

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/sdk/webhooks"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// ErrOtherMerchant is what EventOf returns of an event that was signed with a
// known key and is for somebody else.
var ErrOtherMerchant = errors.New("the event is of another merchant")

// What is read of an event, under the platform's names, and no more.
type webhookEvent struct {
	ID         string        `json:"id,omitzero"`
	Type       string        `json:"type,omitzero"`
	Created    string        `json:"created,omitzero"`
	MerchantID string        `json:"merchantId,omitzero"`
	Payment    *eventPayment `json:"payment,omitzero"`
	Refund     *eventRefund  `json:"refund,omitzero"`
}

type eventPayment struct {
	ID            string        `json:"id,omitzero"`
	StatusOutput  *statusOutput `json:"statusOutput,omitzero"`
	PaymentOutput *eventOutput  `json:"paymentOutput,omitzero"`
}

type eventRefund struct {
	ID           string        `json:"id,omitzero"`
	StatusOutput *statusOutput `json:"statusOutput,omitzero"`
	RefundOutput *eventOutput  `json:"refundOutput,omitzero"`
}

type eventOutput struct {
	AmountOfMoney       *amountOfMoney `json:"amountOfMoney,omitzero"`
	OperationReferences *references    `json:"operationReferences,omitzero"`
}

// withheld stands in the place of what seems to be a card number.
const withheld = "(withheld: it looks like a card number)"

// longest is how many bytes a name in an event has at most.
const longest = 200

// EventOf takes an event apart that was validated and received at that time. An
// event with ambiguous names, or names too long, is an error, as is one of
// another merchant. It reads no card data.
func EventOf(e *webhooks.Event, merchant string, received time.Time) (apply.Event, error) {
	var w webhookEvent
	if err := (JSON{}).Unmarshal(e.Raw, &w); err != nil {
		return apply.Event{}, errors.New("read event: it is ambiguous, or a value has the wrong type")
	}
	if w.MerchantID != merchant {
		return apply.Event{}, fmt.Errorf("read event: %w", ErrOtherMerchant)
	}
	out := apply.Event{
		Identity: e.Identity(), ID: w.ID, Type: w.Type, Created: created(w.Created), Received: received, BodySHA: sha256.Sum256(e.Raw),
	}
	switch {
	case w.Payment != nil && w.Refund != nil:
		return apply.Event{}, errors.New("read event: it is about a payment and a refund")
	case w.Payment != nil:
		fill(&out, *w.Payment)
	case w.Refund != nil:
		fill(&out, eventPayment{w.Refund.ID, w.Refund.StatusOutput, w.Refund.RefundOutput})
	}
	for _, name := range [...]string{out.ID, out.Type, out.OperationID, out.Ref, string(out.Amount.Currency)} {
		if len(name) > longest {
			return apply.Event{}, fmt.Errorf("read event: a name in it is longer than %d bytes", longest)
		}
	}
	for _, name := range [...]*string{&out.ID, &out.Type, &out.Ref} {
		if spec.HasCard(*name) {
			*name = withheld
		}
	}
	return out, nil
}

// fill takes over what an event says of a payment's operation.
func fill(out *apply.Event, p eventPayment) {
	out.OperationID, out.Payment = p.ID, spec.BaseOf(p.ID)
	if _, err := spec.ParsePaymentID(p.ID); err != nil && spec.HasCard(p.ID) {
		out.OperationID, out.Payment = withheld, ""
	}
	if s := p.StatusOutput; s != nil && s.StatusCode != nil {
		out.Code, out.HasCode = *s.StatusCode, true
	}
	o := p.PaymentOutput
	if o == nil {
		return
	}
	if m := o.AmountOfMoney; m != nil && m.Amount != nil {
		out.Amount = spec.Money{Minor: *m.Amount, Currency: spec.Currency(m.CurrencyCode)}
	}
	if o.OperationReferences != nil {
		out.Ref = o.OperationReferences.MerchantReference
	}
}

// created reads the time of an event; zones occur with and without a colon.
// What cannot be read is the zero time.
func created(text string) time.Time {
	for _, layout := range [...]string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700"} {
		if at, err := time.Parse(layout, strings.TrimSpace(text)); err == nil && at.Year() >= 2000 && at.Year() < 2200 {
			return at.UTC()
		}
	}
	return time.Time{}
}

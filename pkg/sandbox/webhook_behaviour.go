package sandbox

import (
	"fmt"
	"slices"
)

// The values that the text switches for webhooks take.
const (
	EventOfOperation = "operation"
	EventOfPayment   = "payment"
	EventPending     = "pending_capture"
	EventRejected    = "rejected"
	EventNone        = "none"
)

// validateWebhooks is the part of Validate for the switches of webhooks.
func (b *Behaviour) validateWebhooks() error {
	for _, c := range []struct {
		name, value string
		allowed     []string
	}{
		{"webhookCaptureAmount", b.WebhookCaptureAmount, []string{EventOfOperation, EventOfPayment}},
		{"webhookCancelRefused", b.WebhookCancelRefused, []string{EventPending, EventRejected, EventNone}},
	} {
		if !slices.Contains(c.allowed, c.value) {
			return fmt.Errorf("behaviour %s: %q is none of %q", c.name, c.value, c.allowed)
		}
	}
	for _, c := range []struct {
		name  string
		value float64
	}{{"webhookDuplicates", b.WebhookDuplicates}, {"webhookDisorder", b.WebhookDisorder}} {
		if !(c.value >= 0 && c.value <= 1) {
			return fmt.Errorf("behaviour %s: %v is not between 0 and 1", c.name, c.value)
		}
	}
	return nil
}

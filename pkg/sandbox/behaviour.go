package sandbox

import (
	"fmt"
	"slices"
	"time"
)

// A Behaviour sets everything that is not known for certain about the real
// platform, and how quickly money settles. Start from [DefaultBehaviour]: the
// zero Behaviour is not valid.
type Behaviour struct {
	// SettleAfter is how long a requested capture, cancel or refund takes to
	// settle or to be refused, and a batch to run. At zero the answer shows the
	// requested state and the next request finds the settled one.
	SettleAfter time.Duration `json:"settleAfter"`
	// AnswerSettled makes the answer itself show the settled state (9, 6, 8).
	// It takes effect only while SettleAfter is zero.
	AnswerSettled bool `json:"answerSettled"`
	// Uncertain says what becomes of uncertain operations (92, 82, 62) after
	// SettleAfter: "stay", "settle" or "refuse".
	Uncertain string `json:"uncertain"`
	// MagicAmounts makes the test amounts work; see the package documentation.
	MagicAmounts bool `json:"magicAmounts"`

	// EchoReferences makes answers and reads carry the references that came
	// with an operation. Without it they carry the reference of the order.
	EchoReferences bool `json:"echoReferences"`
	// CancelAnswersInitialID makes the answer of a cancel carry the id _0
	// instead of that of the cancel.
	CancelAnswersInitialID bool `json:"cancelAnswersInitialId"`
	// AuthorizationMovesToCaptured shows entry _0 of Operations as 9 once
	// nothing is left to capture, instead of keeping it at 5.
	AuthorizationMovesToCaptured bool `json:"authorizationMovesToCaptured"`
	// RefundOnOpenCapture accepts refunds while more could still be captured.
	RefundOnOpenCapture bool `json:"refundOnOpenCapture"`
	// RefundWhileCaptureRequested accepts refunds of captures at 91, 99 or 4.
	// Such a refund settles after the captures it draws on.
	RefundWhileCaptureRequested bool `json:"refundWhileCaptureRequested"`
	// RefusedPaymentStatus is the HTTP status of a refused createPayment: 402 or 201.
	RefusedPaymentStatus int `json:"refusedPaymentStatus"`
	// RefuseRefundsAtOnce answers a refund of the amount 1303 with an error
	// (400) that holds the refused refund as refundResult, instead of 81 and
	// later 83.
	RefuseRefundsAtOnce bool `json:"refuseRefundsAtOnce"`
	// ExpiredCheckout says what becomes of a hosted checkout whose session ended
	// without a payment: "cancelled" (CANCELLED_BY_CONSUMER), "in-progress"
	// (IN_PROGRESS) or "unknown" (404).
	ExpiredCheckout string `json:"expiredCheckout"`
	// CaptureAmountUnit is the unit of the capture amount in currencies without
	// two decimals: "minor" or "hundredths".
	CaptureAmountUnit string `json:"captureAmountUnit"`
	// UnknownFields is "accept" where members of a request that the contract does not
	// have are passed over, or "refuse".
	UnknownFields string `json:"unknownFields"`
	// ReusedBatchStatus is the HTTP status of a batch whose reference was used
	// before: 400 or 409.
	ReusedBatchStatus int `json:"reusedBatchStatus"`
	// RestartedBatchStatus is the HTTP status of starting a batch again: 400, 409
	// or 202. Nothing runs twice.
	RestartedBatchStatus int `json:"restartedBatchStatus"`
	// StateErrorStatus is the HTTP status of a capture or cancel that the state
	// of the payment does not allow: 400 or 409.
	StateErrorStatus int `json:"stateErrorStatus"`
	// FinalAuthorizationLife and PreAuthorizationLife are how long an authorisation
	// lives that is made from now on, as a final one or as a pre-authorisation; 0
	// is for ever. A payment of no known mode is a final one.
	FinalAuthorizationLife time.Duration `json:"finalAuthorizationLife"`
	PreAuthorizationLife   time.Duration `json:"preAuthorizationLife"`
	// ExpiredAuthorization says what becomes of an authorisation made from now on
	// when its time is over: "released", so that what is open is gone, the payment
	// is 6 where nothing was captured, and captures and cancels are refused as by
	// the state; or "refused", so that it looks as before and the issuer refuses
	// every capture that is accepted (91, then 93). Either way, what was requested
	// in time settles.
	ExpiredAuthorization string `json:"expiredAuthorization"`
	// PartialCapture says what code a payment has while a part of it is captured
	// and the rest is open: "authorized" (5) or "captured" (that of the captures, 9
	// or 91). Either way its flags say that the rest is open.
	PartialCapture string `json:"partialCapture"`
	// ReferenceLimit is how many characters of the merchant reference of an
	// operation answers and reads carry; 0 is all. The ledger has the whole of it.
	ReferenceLimit int `json:"referenceLimit"`
	// EncryptedInput says what becomes of data that a client encrypted, which the
	// sandbox cannot read: "refuse" (INVALID_VALUE) or "accept", as if it held the
	// card 4330264936344675 with the expiry date 1299.
	EncryptedInput string `json:"encryptedInput"`
	// RateLimit is how many requests a second the merchant may make; those above
	// it are answered with 429 and Retry-After. 0 is no limit.
	RateLimit int `json:"rateLimit"`
	// ReadLag makes every read show the state of that long ago.
	ReadLag time.Duration `json:"readLag"`

	// SignatureStatus is the HTTP status of a missing, wrong or stale
	// signature: 401 or 403.
	SignatureStatus int `json:"signatureStatus"`
	// SignedResource is the form of path and query that must be signed: "any",
	// "raw" (as sent) or "decoded".
	SignedResource string `json:"signedResource"`
	// ClockSkew is how far the Date of a request may be from the clock, either
	// way. A negative value switches the check off.
	ClockSkew time.Duration `json:"clockSkew"`

	// KeyWindow is how long an idempotence key is remembered.
	KeyWindow time.Duration `json:"keyWindow"`
	// KeyScope is "merchant", so that a key used on another operation replays
	// the first answer, or "operation".
	KeyScope string `json:"keyScope"`
	// ReplayRefusals replays a 4xx answer under its key. Without it the key of
	// a refused request is forgotten.
	ReplayRefusals bool `json:"replayRefusals"`
	// ReplayDatetime adds the header IdempotencyResponseDatetime, which clients read.
	ReplayDatetime bool `json:"replayDatetime"`
	// InProgressError is the error of a duplicate whose first request still
	// runs: "DUPLICATE_REQUEST_IN_PROGRESS" or "1409".
	InProgressError string `json:"inProgressError"`

	// WebhookCaptureAmount is the amount in payment events of captures and
	// refunds: that of the "operation" or of the "payment". The acquired amount
	// in the event of a capture is that of the operation as well, or all that is
	// captured or on its way.
	WebhookCaptureAmount string `json:"webhookCaptureAmount"`
	// WebhookCancelRefused is the event of a refused cancel: "pending_capture",
	// "rejected" or "none".
	WebhookCancelRefused string `json:"webhookCancelRefused"`
	// WebhookOperationFlag adds containsAnOperation to events of payments and refunds.
	WebhookOperationFlag bool `json:"webhookOperationFlag"`
	// WebhookPayouts sends events of payouts, whose types are not proven.
	WebhookPayouts bool `json:"webhookPayouts"`
	// WebhookBatches sends an event for each batch that has run, whose type is
	// not known.
	WebhookBatches bool `json:"webhookBatches"`
	// WebhookDuplicates is the probability that an event is sent again, under
	// another event id.
	WebhookDuplicates float64 `json:"webhookDuplicates"`
	// WebhookDisorder is the probability that an event waits for the next one
	// about the same payment and is sent after it, or after a minute.
	WebhookDisorder float64 `json:"webhookDisorder"`
}

// The values that the text switches of a [Behaviour] take.
const (
	UncertainStays   = "stay"
	UncertainSettles = "settle"
	UncertainRefused = "refuse"
	AcceptUnknown    = "accept"
	RefuseUnknown    = "refuse"
	UnitMinor        = "minor"
	UnitHundredths   = "hundredths"
	ResourceAny      = "any"
	ResourceRaw      = "raw"
	ResourceDecoded  = "decoded"
	ScopeMerchant    = "merchant"
	ScopeOperation   = "operation"
	InProgressID     = "DUPLICATE_REQUEST_IN_PROGRESS"
	InProgressCode   = "1409"
	ExpiredCancelled = "cancelled"
	ExpiredOpen      = "in-progress"
	ExpiredUnknown   = "unknown"
	defaultClockSkew = 5 * time.Minute
	defaultKeyWindow = 24 * time.Hour
	longestDuration  = 10 * 365 * 24 * time.Hour
)

// DefaultBehaviour returns what the platform most probably does, with
// settlement at once.
func DefaultBehaviour() Behaviour {
	return Behaviour{
		Uncertain:         UncertainStays,
		MagicAmounts:      true,
		EchoReferences:    true,
		ExpiredCheckout:   ExpiredCancelled,
		CaptureAmountUnit: UnitMinor,
		UnknownFields:     AcceptUnknown,
		ReusedBatchStatus: 400,
		StateErrorStatus:  400,
		SignatureStatus:   403,
		SignedResource:    ResourceAny,
		ClockSkew:         defaultClockSkew,
		KeyWindow:         defaultKeyWindow,
		KeyScope:          ScopeMerchant,
		ReplayRefusals:    true,
		InProgressError:   InProgressID,

		FinalAuthorizationLife: defaultFinalLife,
		PreAuthorizationLife:   defaultPreLife,
		ExpiredAuthorization:   ExpiredReleased,
		RestartedBatchStatus:   400,
		PartialCapture:         PartialAuthorized,
		EncryptedInput:         EncryptedRefused,
		WebhookCaptureAmount:   EventOfOperation,
		WebhookCancelRefused:   EventPending,
		WebhookPayouts:         true,
		WebhookOperationFlag:   true,
		RefusedPaymentStatus:   402,
	}
}

// Validate returns an error that names the first switch with a value it cannot
// have.
func (b Behaviour) Validate() error {
	for _, c := range []struct {
		name, value string
		allowed     []string
	}{
		{"uncertain", b.Uncertain, []string{UncertainStays, UncertainSettles, UncertainRefused}},
		{"captureAmountUnit", b.CaptureAmountUnit, []string{UnitMinor, UnitHundredths}},
		{"unknownFields", b.UnknownFields, []string{AcceptUnknown, RefuseUnknown}},
		{"expiredCheckout", b.ExpiredCheckout, []string{ExpiredCancelled, ExpiredOpen, ExpiredUnknown}},
		{"expiredAuthorization", b.ExpiredAuthorization, []string{ExpiredReleased, ExpiredRefused}},
		{"signedResource", b.SignedResource, []string{ResourceAny, ResourceRaw, ResourceDecoded}},
		{"keyScope", b.KeyScope, []string{ScopeMerchant, ScopeOperation}},
		{"inProgressError", b.InProgressError, []string{InProgressID, InProgressCode}},
		{"reusedBatchStatus", fmt.Sprint(b.ReusedBatchStatus), []string{"400", "409"}},
		{"refusedPaymentStatus", fmt.Sprint(b.RefusedPaymentStatus), []string{"201", "402"}},
		{"partialCapture", b.PartialCapture, []string{PartialAuthorized, PartialCaptured}},
		{"encryptedInput", b.EncryptedInput, []string{EncryptedRefused, EncryptedAccepted}},
		{"restartedBatchStatus", fmt.Sprint(b.RestartedBatchStatus), []string{"202", "400", "409"}},
		{"stateErrorStatus", fmt.Sprint(b.StateErrorStatus), []string{"400", "409"}},
		{"signatureStatus", fmt.Sprint(b.SignatureStatus), []string{"401", "403"}},
	} {
		if !slices.Contains(c.allowed, c.value) {
			return fmt.Errorf("behaviour %s: %q is none of %q", c.name, c.value, c.allowed)
		}
	}
	for _, c := range []struct {
		name  string
		value time.Duration
	}{
		{"settleAfter", b.SettleAfter},
		{"readLag", b.ReadLag},
		{"keyWindow", b.KeyWindow},
		{"finalAuthorizationLife", b.FinalAuthorizationLife},
		{"preAuthorizationLife", b.PreAuthorizationLife},
	} {
		if c.value < 0 || c.value > longestDuration {
			return fmt.Errorf("behaviour %s: %v is not between 0 and ten years", c.name, c.value)
		}
	}
	for _, c := range []struct {
		name  string
		value int
	}{{"referenceLimit", b.ReferenceLimit}, {"rateLimit", b.RateLimit}} {
		if c.value < 0 || c.value > maxCount {
			return fmt.Errorf("behaviour %s: %d is not between 0 and %d", c.name, c.value, maxCount)
		}
	}
	return b.validateWebhooks()
}

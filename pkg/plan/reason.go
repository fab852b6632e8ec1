package plan

// A Reason is the machine-readable cause of an action that makes no call. The
// set only grows.
type Reason string

// Reasons for Blocked.
const (
	ReasonInDoubt           Reason = "in_doubt"              // an earlier call of this kind has no known outcome
	ReasonDuplicate         Reason = "duplicate_on_platform" // two live operations under one reference
	ReasonUnknownPayment    Reason = "unknown_payment"       // the platform does not know the id
	ReasonWrongPayment      Reason = "wrong_payment"         // the answer is about another payment
	ReasonWrongMerchant     Reason = "wrong_merchant"
	ReasonWrongCurrency     Reason = "wrong_currency"
	ReasonWrongReference    Reason = "wrong_reference"
	ReasonWrongAuthorized   Reason = "wrong_authorized_amount"
	ReasonUnreadable        Reason = "unreadable"     // the answer cannot be added up
	ReasonUnknownStatus     Reason = "unknown_status" // a status code that nobody has described
	ReasonUncertain         Reason = "uncertain"      // the platform itself does not know (52, 62, 72, 82, 92)
	ReasonUnmanaged         Reason = "unmanaged"      // an operation that no item names
	ReasonAmountDiffers     Reason = "amount_differs" // the ref exists with another amount
	ReasonOverCaptured      Reason = "over_captured"
	ReasonOverCancelled     Reason = "over_cancelled"
	ReasonOverRefunded      Reason = "over_refunded"
	ReasonMoreThanOpen      Reason = "more_than_open"       // more than is left to capture or cancel
	ReasonMoreThanCaptured  Reason = "more_than_captured"   // more than can be refunded
	ReasonNotAuthorized     Reason = "not_authorized"       // the authorisation is closed, expired or was never given
	ReasonNotCancellable    Reason = "not_cancellable"      //
	ReasonNotRefundable     Reason = "not_refundable"       //
	ReasonNeedsCaptureID    Reason = "needs_capture_id"     // several captures of a product that refunds by capture
	ReasonCaptureUnit       Reason = "capture_unit_not_set" // exponent is not 2 and nobody said how amounts are read
	ReasonFinalReleasesRest Reason = "final_releases_rest"  // a cancel is wanted behind a final capture
	ReasonRefusalUnknown    Reason = "refusal_not_in_journal"
	ReasonAdoptMissing      Reason = "adopt_not_found"
	ReasonAdoptDiffers      Reason = "adopt_differs"
	ReasonAdoptRefused      Reason = "adopt_refused"
	ReasonAdoptTwice        Reason = "adopt_twice"
	ReasonConservation      Reason = "conservation" // what is declared, or the plan itself, does not add up: a fault of this program
)

// Reasons for Pending.
const (
	ReasonInProgress    Reason = "in_progress"     // requested, not settled yet
	ReasonNotYetVisible Reason = "not_yet_visible" // accepted, but a read does not show it yet
	ReasonAuthorizing   Reason = "authorizing"     // the authorisation itself is not through
)

// Reasons for Deferred.
const (
	ReasonBehindCapture   Reason = "behind_capture"    // waits until captures settle
	ReasonCaptureOpen     Reason = "capture_not_final" // refunds wait until no more can be captured
	ReasonBehindRequest   Reason = "behind_request"    // waits until what the platform is working on is through
	ReasonBehindUnsettled Reason = "behind_blocked"    // a blocked action of this payment has to be resolved first
)

package documents

// A Manifest is what payments should look like in the end: every capture,
// cancel and refund that should exist, not what to do today. Applied a second
// time it does nothing. Run "payreconcile validate" too: it also sees what an
// editor cannot, such as decimals that a currency lacks, control totals that
// differ, a payment or ref that occurs twice, keys behind the payments that
// belong before them, anchors and tags.
type Manifest struct {
	// What reads this file. Always payreconcile/v1.
	APIVersion string `json:"apiVersion" jsonschema:"title=Version,enum=payreconcile/v1"`
	// What this file is. Always Settlement.
	Kind string `json:"kind" jsonschema:"title=Kind,enum=Settlement"`
	// A name and labels. Neither is sent to the platform.
	Metadata *Metadata `json:"metadata,omitempty" jsonschema:"title=Name and labels"`
	// What the payments should look like.
	Spec Spec `json:"spec" jsonschema:"title=Payments and what they share"`
}

// Metadata is what names a manifest for people and for selections.
type Metadata struct {
	// Shown in plans and reports, and nothing else.
	Name Name `json:"name,omitempty" jsonschema:"title=Name" example:"shop-eu-2026-11-22"`
	// What --selector looks at, as in --selector desk=eu.
	Labels Labels `json:"labels,omitempty" jsonschema:"title=Labels"`
}

// A Spec is what the payments share, and the payments. What they share stands
// before them; only expect may stand behind.
type Spec struct {
	// Optional guard: the manifest is refused when this is not the merchant (PSPID) that payreconcile is connected to.
	MerchantID Name `json:"merchantId,omitempty" jsonschema:"title=Merchant" example:"shop-eu"`
	// Currency of every amount, in three capital letters, unless a payment has its own. Without it every payment needs one.
	Currency Currency `json:"currency,omitempty" jsonschema:"title=Currency" example:"EUR"`
	// Optional control totals of everything declared in this document. A difference is refused, so that a file that was cut off is not taken for a whole one.
	Expect *Expect `json:"expect,omitempty" jsonschema:"title=Control totals"`
	// The payments, each once in all manifests of a run, whatever the spelling of its id. Write [] when there are none.
	Payments []Payment `json:"payments" jsonschema:"title=Payments"`
}

// Expect is what the declared payments must add up to. A kind in which "all"
// occurs has no total.
type Expect struct {
	// How many payments are declared.
	Payments Count `json:"payments,omitempty" jsonschema:"title=Number of payments" example:"4"`
	// Sum of all captures that are declared.
	Captures ControlTotal `json:"captures,omitempty" jsonschema:"title=Sum of the captures" example:"245.00 EUR"`
	// Sum of all cancels that are declared.
	Cancels ControlTotal `json:"cancels,omitempty" jsonschema:"title=Sum of the cancels" example:"20.00 EUR"`
	// Sum of all refunds that are declared.
	Refunds ControlTotal `json:"refunds,omitempty" jsonschema:"title=Sum of the refunds" example:"32.50 EUR"`
}

// A Payment is what one payment should look like in the end. A kind of
// operation that is not mentioned is left alone. Each kind is written either as
// items (captures) or as a total (captured), not both.
type Payment struct {
	// The payment's id as the platform shows it, in any of its spellings: 3066177123_0, 3066177123 or 9000003066177123000. Not the id of a capture or refund on it (3066177123_1).
	ID PaymentID `json:"id" jsonschema:"title=Payment id" example:"3066177123_0"`
	// Optional guard: the payment is blocked when the platform has another reference for it. Up to 40 characters.
	MerchantReference MerchantReference `json:"merchantReference,omitempty" jsonschema:"title=Your reference" example:"order-1001"`
	// Currency of this payment's amounts, if it is another than the document's.
	Currency Currency `json:"currency,omitempty" jsonschema:"title=Currency of this payment" example:"USD"`
	// Optional guard: the payment is blocked when the authorised amount is another.
	Authorized Amount `json:"authorized,omitempty" jsonschema:"title=Authorised amount" example:"125.00 EUR"`
	// Every capture that should exist, one item each. [] says that there should be none.
	Captures []CaptureItem `json:"captures,omitempty" jsonschema:"title=Captures"`
	// Instead of captures: the sum that should be captured, whoever captured it. "all" is everything that was authorised and not cancelled.
	Captured TotalOrAll `json:"captured,omitempty" jsonschema:"title=Sum captured" example:"60.00 EUR|all"`
	// Every cancel that should exist, one item each. [] says that there should be none.
	Cancels []CancelItem `json:"cancels,omitempty" jsonschema:"title=Cancels"`
	// Instead of cancels: the sum that should be cancelled, whoever cancelled it. "all" is what is left after the declared captures.
	Cancelled TotalOrAll `json:"cancelled,omitempty" jsonschema:"title=Sum cancelled" example:"20.00 EUR|all"`
	// Every refund that should exist, one item each. [] says that there should be none.
	Refunds []RefundItem `json:"refunds,omitempty" jsonschema:"title=Refunds"`
	// Instead of refunds: the sum that should be refunded, whoever refunded it. It cannot be "all": money given back needs its amount.
	Refunded Total `json:"refunded,omitempty" jsonschema:"title=Sum refunded" example:"12.50 EUR"`
}

// A CaptureItem is one capture that should exist.
type CaptureItem struct {
	// Name of this capture, of its own among the payment's captures, and not the payment's merchantReference. Keep it in later runs: it says which capture is meant. 1 to 30 letters, digits and . _ : -
	Ref Ref `json:"ref" jsonschema:"title=Name of the capture" example:"ship-1"`
	// Amount to capture.
	Amount Amount `json:"amount" jsonschema:"title=Amount" example:"80.00 EUR"`
	// This is the last capture, and what it leaves of the authorisation is released. Possible in the last item only.
	Final bool `json:"final,omitempty" jsonschema:"title=Last capture"`
	// Adopts a capture that somebody else made, by its id. Such an item never makes a call.
	Operation OperationID `json:"operation,omitempty" jsonschema:"title=Adopted operation" example:"3066177123_1"`
}

// A CancelItem is one cancel that should exist.
type CancelItem struct {
	// Name of this cancel, of its own among the payment's cancels, and not the payment's merchantReference. Keep it in later runs: it says which cancel is meant. 1 to 30 letters, digits and . _ : -
	Ref Ref `json:"ref" jsonschema:"title=Name of the cancel" example:"void-1"`
	// Amount to cancel.
	Amount Amount `json:"amount" jsonschema:"title=Amount" example:"20.00 EUR"`
	// Adopts a cancel that somebody else made, by its id. Such an item never makes a call.
	Operation OperationID `json:"operation,omitempty" jsonschema:"title=Adopted operation" example:"3066177123_2"`
}

// A RefundItem is one refund that should exist.
type RefundItem struct {
	// Name of this refund, of its own among the payment's refunds, and not the payment's merchantReference. Keep it in later runs: it says which refund is meant. 1 to 30 letters, digits and . _ : -
	Ref Ref `json:"ref" jsonschema:"title=Name of the refund" example:"rma-77"`
	// Amount to give back.
	Amount Amount `json:"amount" jsonschema:"title=Amount" example:"20.00 EUR"`
	// Why, in up to 100 characters; shown in the platform's portal. No card numbers.
	Reason Reason `json:"reason,omitempty" jsonschema:"title=Reason" example:"damaged"`
	// Adopts a refund that somebody else made, by its id. Such an item never makes a call.
	Operation OperationID `json:"operation,omitempty" jsonschema:"title=Adopted operation" example:"3066177123_3"`
}

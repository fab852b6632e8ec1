package render

import (
	"io"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// An ImportDocument is what "import --json" prints: what became a manifest, and
// what did not.
type ImportDocument struct {
	// Version of this document's format.
	FormatVersion string `json:"format_version"`
	// What this document is.
	Kind string `json:"kind" jsonschema:"enum=import"`
	// Where the payments came from.
	Source string `json:"source" jsonschema:"enum=platform,enum=csv"`
	// The manifest that was written; absent when there was nothing to write.
	File string `json:"file,omitempty"`
	// SHA-256 of its bytes, in hexadecimal; absent when it is not a file.
	SHA256 string `json:"sha256,omitempty"`
	// How much was read and declared.
	Counts ImportCounts `json:"counts"`
	// What is declared, a sum for each currency in the order of the manifest.
	Money []ImportMoney `json:"money"`
	// What is not declared and why; the first 1000.
	LeftOut []ImportLeftOut `json:"left_out"`
}

// ImportCounts are the counts of an import.
type ImportCounts struct {
	// Payments in the manifest.
	Payments int64 `json:"payments"`
	// Payments and parts of payments that are left out.
	LeftOut int64 `json:"left_out"`
	// Ids that named a payment again; from the platform only.
	Repeated int64 `json:"repeated"`
	// Rows that were read; from CSV only.
	Rows int64 `json:"rows"`
}

// ImportMoney is what is declared in one currency.
type ImportMoney struct {
	// ISO 4217 code.
	Currency string `json:"currency"`
	// Payments in it.
	Payments int64 `json:"payments"`
	// The captures; absent when no payment declares any.
	Captures *ImportKind `json:"captures,omitempty"`
	// The cancels; absent when no payment declares any.
	Cancels *ImportKind `json:"cancels,omitempty"`
	// The refunds; absent when no payment declares any.
	Refunds *ImportKind `json:"refunds,omitempty"`
}

// An ImportKind is what is declared of one kind of operation.
type ImportKind struct {
	// Operations that are declared as items.
	Items int64 `json:"items"`
	// What items and totals come to: the control total of the manifest.
	Amount Money `json:"amount"`
}

// An ImportLeftOut is what is not declared of a payment.
type ImportLeftOut struct {
	// Id of the payment, as it was given.
	Payment string `json:"payment"`
	// The part that is not declared: captures, cancels, refunds or merchantReference; absent when it is all of it.
	Part string `json:"part,omitempty"`
	// The operation that is why.
	Operation string `json:"operation,omitempty"`
	// Machine-readable cause, as in plans.
	Reason string `json:"reason"`
	// The cause for people.
	Message string `json:"message"`
}

// NewImportKind returns what is declared of a kind; nil when no payment does.
func NewImportKind(payments, items, minor int64, c spec.Currency) *ImportKind {
	if payments == 0 {
		return nil
	}
	return &ImportKind{Items: items, Amount: moneyOf(minor, c)}
}

// ImportJSON writes an ImportDocument, whose version and kind it sets.
func ImportJSON(w io.Writer, d ImportDocument) error {
	d.FormatVersion, d.Kind = FormatVersion, "import"
	if d.Money == nil {
		d.Money = []ImportMoney{}
	}
	if d.LeftOut == nil {
		d.LeftOut = []ImportLeftOut{}
	}
	return WriteJSON(w, d)
}

package render

import (
	"io"
	"time"

	"github.com/payreconcile/payreconcile/internal/approval"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

// An ApprovalDocument is what "approve --json" prints: what was signed.
type ApprovalDocument struct {
	// Version of this document's format.
	FormatVersion string `json:"format_version"`
	// What this document is.
	Kind string `json:"kind" jsonschema:"enum=approval"`
	// Id of the plan that was approved.
	PlanID string `json:"plan_id"`
	// The file that was written.
	File string `json:"file"`
	// Name of the approver; absent when no approvers were configured.
	By string `json:"by,omitempty"`
	// Public key of the approver.
	PublicKey string `json:"public_key"`
	// When it was signed.
	Signed time.Time `json:"signed"`
	// Until when it counts.
	Expires time.Time `json:"expires"`
	// The statement that was signed, word for word.
	Statement string `json:"statement"`
}

// ApprovalJSON writes an ApprovalDocument.
func ApprovalJSON(w io.Writer, file, by, publicKey string, s approval.Statement) error {
	return WriteJSON(w, ApprovalDocument{
		FormatVersion: FormatVersion, Kind: "approval", PlanID: s.Plan, File: file, By: by, PublicKey: publicKey,
		Signed: s.Signed, Expires: s.Expires, Statement: s.String(),
	})
}

// An ApprovalsDocument is what "approve check --json" prints: who approved a
// plan, and what does not count.
type ApprovalsDocument struct {
	// Version of this document's format.
	FormatVersion string `json:"format_version"`
	// What this document is.
	Kind string `json:"kind" jsonschema:"enum=approvals"`
	// Id of the plan.
	PlanID string `json:"plan_id"`
	// Where the plan is for.
	Environment string `json:"environment"`
	// Merchant id (PSPID).
	Merchant string `json:"merchant"`
	// Who made the plan.
	Maker string `json:"maker,omitempty"`
	// Enough people approved the plan.
	Approved bool `json:"approved"`
	// How many people have to.
	Needed int `json:"needed"`
	// How many are missing.
	Missing int `json:"missing"`
	// Approvals that count, one a person.
	Counted []CountedApproval `json:"counted"`
	// Approvals that do not count.
	Refused []RefusedApproval `json:"refused"`
}

// A CountedApproval is an approval that counts.
type CountedApproval struct {
	// Name of the approver.
	By string `json:"by"`
	// The file of the approval.
	File string `json:"file"`
	// Public key of the approver.
	PublicKey string `json:"public_key"`
	// When it was signed, by the approver's clock.
	Signed time.Time `json:"signed"`
	// Until when it counts.
	Expires time.Time `json:"expires"`
	// What the approver had to say.
	Comment string `json:"comment,omitempty"`
}

// A RefusedApproval is an approval that does not count.
type RefusedApproval struct {
	// The file of the approval.
	File string `json:"file"`
	// Who it claims to be of, when that is known.
	By string `json:"by,omitempty"`
	// Why it does not count, as a word.
	Reason string `json:"reason" jsonschema:"enum=unreadable,enum=unlisted,enum=altered,enum=other-plan,enum=differs,enum=expired,enum=revoked,enum=future,enum=environment,enum=limit,enum=maker,enum=duplicate"`
	// Why it does not count, for a person.
	Message string `json:"message"`
	// What a person can do.
	Hint string `json:"hint,omitempty"`
}

// ApprovalsJSON writes an ApprovalsDocument.
func ApprovalsJSON(w io.Writer, h plan.Header, f plan.Footer, r approval.Result) error {
	doc := ApprovalsDocument{
		FormatVersion: FormatVersion, Kind: "approvals", PlanID: f.PlanID, Environment: h.Environment, Merchant: h.Merchant, Maker: h.Maker,
		Approved: r.Missing() == 0, Needed: r.Needed, Missing: r.Missing(),
		Counted: []CountedApproval{}, Refused: []RefusedApproval{},
	}
	for _, a := range r.Counted {
		doc.Counted = append(doc.Counted, CountedApproval{By: a.By, File: a.File, PublicKey: a.Key, Signed: a.At, Expires: a.Expires, Comment: a.Comment})
	}
	for _, x := range r.Refused {
		doc.Refused = append(doc.Refused, RefusedApproval{File: x.File, By: x.By, Reason: string(x.Reason), Message: x.Text, Hint: x.Hint})
	}
	return WriteJSON(w, doc)
}

// A KeyDocument is what "approve keygen --json" prints.
type KeyDocument struct {
	// Version of this document's format.
	FormatVersion string `json:"format_version"`
	// What this document is.
	Kind string `json:"kind" jsonschema:"enum=key"`
	// Name of the key.
	Name string `json:"name"`
	// Public half, for approvers.yaml.
	PublicKey string `json:"public_key"`
	// File of the private half, encrypted.
	File string `json:"file"`
}

// KeyJSON writes a KeyDocument.
func KeyJSON(w io.Writer, name, publicKey, file string) error {
	return WriteJSON(w, KeyDocument{FormatVersion: FormatVersion, Kind: "key", Name: name, PublicKey: publicKey, File: file})
}

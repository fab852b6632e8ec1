package render

import (
	"io"
	"time"

	"github.com/payreconcile/payreconcile/pkg/plan"
)

// PlanProof says of a plan file that plan.Verify found whole and unaltered
// what that proves, in words for the people who answer for the money.
func PlanProof(w io.Writer, h plan.Header, f plan.Footer, now time.Time, s Style) error {
	v := &planView{printer: newPrinter(w, s), options: PlanOptions{Now: now}, header: h, footer: f}
	v.line(v.paint(good, "Verified: this plan file is whole, and agrees with itself to the last cent."))
	v.line()
	v.heading()
	v.line()
	v.line(v.paint(strong, "Computed again, from the file alone:"))
	for _, x := range proved(h, f) {
		v.line("  ", x)
	}
	v.line()
	v.line(countsLine(f.Counts))
	v.money()
	if j := f.Judgement; j != nil {
		v.line("policy: ", count(j.Denied, "denial"), ", ", count(int64(j.Approvals), "approval"), " asked for; apply asks the policy again")
	}
	v.line()
	v.line("plan id     ", v.word(f.PlanID))
	v.line("content id  ", v.word(f.ContentID))
	v.line()
	v.line("Whoever makes a whole new file gives it another plan id. That this is the plan which")
	v.line("was reviewed is proved by its plan id, or by the approvals of it.")
	return v.close()
}

// proved are the things that a verified file cannot be wrong about.
func proved(h plan.Header, f plan.Footer) []string {
	content := "the content id is that of what is wanted, observed and to be done"
	if h.Newer() {
		content = "not the content id: format " + Clean(h.FormatVersion) + " is newer than " + plan.FormatVersion + ", and may cover more than this version knows"
	}
	each := "what was observed of each adds up to its totals, within what was authorised"
	return []string{
		"the plan id is that of every byte before it (SHA-256)",
		count(f.Counts.Payments, "payment") + ", none of them twice; " + each,
		count(f.Counts.Calls, "call") + "; each moves what it says, from what is there, within what is open or captured",
		"each call has the one key that its payment, kind, reference and amount give, so that it is made once",
		"the counts and sums below are those of the payments",
		content,
	}
}

// A VerifyDocument is what "verify --json" prints of a file that is whole and
// unaltered.
type VerifyDocument struct {
	// Version of this document's format.
	FormatVersion string `json:"format_version"`
	// What this document is.
	Kind string `json:"kind" jsonschema:"enum=plan_verify"`
	// Version of the plan file's format.
	PlanFormat string `json:"plan_format"`
	// Name of the environment, such as live or test.
	Environment string `json:"environment"`
	// Merchant id (PSPID).
	Merchant string `json:"merchant"`
	// Program that made the plan.
	Tool string `json:"tool"`
	// Who made the plan; absent when it does not say.
	Maker string `json:"maker,omitempty"`
	// When the plan was made.
	Created time.Time `json:"created"`
	// When it ceases to count.
	Expires time.Time `json:"expires"`
	// Whether that time is over.
	Expired bool `json:"expired"`
	// SHA-256 of the policy that the plan was made under; absent without one.
	Policy string `json:"policy,omitempty"`
	// SHA-256 of the approvers that were configured; absent without any.
	Approvers string `json:"approvers,omitempty"`
	// Approvals that the policy asked for when the plan was made.
	Approvals int `json:"approvals"`
	// Denials of the policy when the plan was made.
	Denied int64 `json:"denied"`
	// Numbers of payments and calls, counted again.
	Counts PlanCounts `json:"counts"`
	// Money that the calls move, added up again.
	Money []PlanMoney `json:"money"`
	// Id of what is wanted, observed and to be done.
	ContentID string `json:"content_id"`
	// Whether the content id was computed again; false for a file of a newer minor version.
	ContentIDProved bool `json:"content_id_proved"`
	// Id of this very plan, computed again.
	PlanID string `json:"plan_id"`
}

// PlanProofJSON writes a VerifyDocument.
func PlanProofJSON(w io.Writer, h plan.Header, f plan.Footer, now time.Time) error {
	t, j := planTail(f), judgementIn(f)
	return WriteJSON(w, VerifyDocument{
		FormatVersion: FormatVersion, Kind: "plan_verify", PlanFormat: h.FormatVersion, Environment: h.Environment, Merchant: h.Merchant,
		Tool: h.Tool, Maker: h.Maker, Created: h.Created, Expires: h.Expires, Expired: !now.Before(h.Expires),
		Policy: h.Policy, Approvers: h.Approvers, Approvals: j.Approvals, Denied: j.Denied, Counts: t.Counts, Money: t.Money,
		ContentID: t.ContentID, ContentIDProved: !h.Newer(), PlanID: t.PlanID,
	})
}

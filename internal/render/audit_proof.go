package render

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/payreconcile/payreconcile/internal/audit"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// AuditProof says what a proof of a movement proves, in words for whoever has
// nothing else, and what it does not.
func AuditProof(w io.Writer, x *audit.Proved, s Style) error {
	v := proofView{newPrinter(w, s)}
	l := x.Head.Log
	v.line(v.paint(good, "Proved: these records stand, unaltered, in the audit log of"))
	v.line("journal ", v.clean(l.Journal), ", environment ", v.clean(l.Environment), ", merchant ", v.clean(l.Merchant), ",")
	v.line("as it was with ", count(x.Head.Size, "record"), " at ", utc(x.Head.At), "; ", v.signed(x))
	v.line("head ", x.Head.Short())
	v.line()
	v.line(v.paint(strong, "movement "), v.clean(x.Movement.String()))
	for _, p := range x.Plans {
		v.plan(p)
	}
	for _, a := range x.Attempts {
		v.attempt(a)
	}
	sentences(v.printer, "What it does not prove:", notProved(x))
	return v.close()
}

// notProved are the limits of a proof.
func notProved(x *audit.Proved) []string {
	open := []string{
		"that nothing else happened to this payment: other calls, what others did on the platform, and records behind the head are not in it; " +
			"audit verify of the whole log and drift look for those",
		"that what was recorded is true: it is what payreconcile wrote down at the time",
	}
	if x.Head.Signer == "" && !x.Head.Outside {
		open = append([]string{"that this log ever was: no key was given (--key) that signed its head, nor a head that you kept (--head); " +
			"whoever makes up a proof makes up a head for it"}, open...)
	}
	for _, p := range x.Plans {
		for _, a := range p.Approvals {
			if a.How == "signature" {
				return append(open, "that an approver's signature is right: it was checked when the plan was applied, and is in the record; approve check does it again with the approvers of that time")
			}
		}
	}
	return open
}

// A proofView writes what a proof proves.
type proofView struct{ *printer }

func (v proofView) signed(x *audit.Proved) string {
	switch {
	case x.Head.Signer != "":
		return "its head is signed by " + v.clean(x.Head.Signer)
	case x.Head.Outside:
		return "its head is one that was kept"
	case len(x.Head.Signers) > 0:
		return "its head says that " + v.clean(strings.Join(x.Head.Signers, ", ")) + " signed it, which was not checked"
	}
	return "nobody signed its head"
}

func utc(t time.Time) string {
	if t.IsZero() {
		return "an unknown time"
	}
	return t.UTC().Format(time.DateTime) + " UTC"
}

func (v proofView) plan(p audit.ProvedPlan) {
	v.line()
	v.line(v.paint(strong, "plan "), v.clean(p.PlanID), fmt.Sprintf(" (record %d)", p.Seq))
	maker := "the plan does not say who made it"
	if p.Maker != "" {
		maker = "made by " + v.clean(p.Maker)
	}
	v.line("  ", maker, "; ", count(p.Payments, "payment"), ", ", count(p.Calls, "call"))
	v.line("  its bytes have the SHA-256 ", v.clean(p.SHA256))
	for _, x := range []struct{ what, hash string }{{"policy", p.Policy}, {"approvers", p.Approvers}} {
		if x.hash != "" {
			v.line("  under the ", x.what, " with the SHA-256 ", v.clean(x.hash))
		}
	}
	if d := p.Planned; d != nil {
		a := d.Action
		v.line("  it says of this movement: ", v.clean(fmt.Sprintf("%s %s, from %s to %s, reference %s (%s)", a.Kind,
			money(a.Amount, d.Entry.Content.Currency), money(a.Before, d.Entry.Content.Currency), money(a.After, d.Entry.Content.Currency), a.Ref, d.Entry.Source)))
	} else {
		v.line(fmt.Sprintf("  its text (%d bytes) is not in this proof: --plan FILE holds the plan's file against that SHA-256", p.Size))
	}
	for _, a := range p.Approvals {
		v.line("  approved by ", v.clean(a.By), ", by ", v.clean(how(a.How)), ", at ", utc(a.At), fmt.Sprintf(" (record %d)", a.Seq))
	}
	if len(p.Approvals) == 0 {
		v.line("  no approval was recorded with it")
	}
	v.line("  accepted to be applied at ", utc(p.AcceptedAt), " by ", v.clean(p.Run.Actor), ", with payreconcile ", v.clean(p.Run.ToolVersion))
	for _, f := range p.Finishes {
		v.line("  ended at ", utc(f.At), ": ", v.clean(f.Result), fmt.Sprintf(" (record %d)", f.Seq))
	}
}

// how says in words how somebody approved.
func how(text string) string {
	switch text {
	case "terminal":
		return "typing yes at a terminal"
	case "accept":
		return "naming its totals"
	case "auto-approve":
		return "--auto-approve"
	case "signature":
		return "a signature"
	}
	return text
}

func (v proofView) attempt(a audit.Attempt) {
	v.line()
	v.line(v.paint(strong, "call"), fmt.Sprintf(" (record %d, attempt %d)", a.Seq, a.Attempt))
	final := ""
	if a.Final {
		final = ", the last one of its payment"
	}
	v.line("  ", v.clean(fmt.Sprintf("%s %s of payment %s, reference %s%s", a.Op, money(a.Amount, spec.Currency(a.Currency)), a.Payment, a.Ref, final)))
	v.line("  written down at ", utc(a.At), ", before anything was sent, by ", v.clean(a.Run.Actor), ", with payreconcile ", v.clean(a.Run.ToolVersion))
	v.line("  idempotence key ", v.clean(a.Key), ", of plan ", v.clean(a.PlanID))
	for _, o := range a.Outcomes {
		if o.Type == "event" {
			v.event(o)
			continue
		}
		v.outcome(o)
	}
	if len(a.Outcomes) == 0 {
		v.line("  no outcome was recorded up to the head: it may have been sent")
	}
}

// event writes what the platform said by itself.
func (v proofView) event(o audit.Line) {
	v.line("  the platform's webhook ", v.clean(o.EventType), " came at ", utc(o.ReceivedAt), ", recorded by ", v.clean(o.Run.Actor), fmt.Sprintf(" (record %d)", o.Seq))
	v.line("    event ", v.clean(o.EventID), ", taken as ", v.clean(o.Effect), "; its body has the SHA-256 ", v.clean(o.BodySHA256))
	if o.Message != "" {
		v.line("    ", v.clean(o.Message))
	}
}

func (v proofView) outcome(o audit.Line) {
	state := o.State
	if state == "unknown" {
		state = "in doubt"
	}
	v.line("  ", v.paint(strong, v.clean(state)), " at ", utc(o.At), ", recorded by ", v.clean(o.Run.Actor), fmt.Sprintf(" (record %d)", o.Seq))
	if o.OperationID != "" {
		v.line("    the platform's operation ", v.clean(o.OperationID), fmt.Sprintf(", status code %d", o.Code))
	}
	if !o.SentAt.IsZero() {
		v.line("    last sent at ", utc(o.SentAt), fmt.Sprintf(", HTTP status %d", o.Status))
	}
	if o.BodySHA256 != "" {
		v.line("    the body that was sent has the SHA-256 ", v.clean(o.BodySHA256))
	}
	if o.Message != "" {
		v.line("    ", v.clean(o.Message))
	}
}

func money(minor int64, c spec.Currency) string {
	return spec.Money{Minor: minor, Currency: c}.String()
}

// An AuditProveDocument is what "audit prove --json" prints.
type AuditProveDocument struct {
	// Version of this document's format.
	FormatVersion string `json:"format_version"`
	// What this document is.
	Kind string `json:"kind" jsonschema:"enum=audit_prove"`
	AuditProved
	// The file that was written.
	File string `json:"file"`
}

// An AuditCheckDocument is what "audit check --json" prints.
type AuditCheckDocument struct {
	// Version of this document's format.
	FormatVersion string `json:"format_version"`
	// What this document is.
	Kind string `json:"kind" jsonschema:"enum=audit_check"`
	AuditProved
	// What it does not prove, for people.
	NotProved []string `json:"not_proved"`
}

// AuditProved is what a proof proves.
type AuditProved struct {
	// Whose log it is.
	Log AuditLog `json:"log"`
	// PAYMENT/KIND/REF.
	Movement string `json:"movement"`
	// The head under which the records stand.
	Head AuditVerdict `json:"head"`
	// Plans that have a call of it.
	Plans []AuditProvedPlan `json:"plans"`
	// Calls of it that were decided on, oldest first.
	Calls []AuditCall `json:"calls"`
}

// An AuditProvedPlan is a plan that has a call of a movement.
type AuditProvedPlan struct {
	// Number of its record.
	Sequence int64 `json:"sequence"`
	// Its id.
	PlanID string `json:"plan_id"`
	// SHA-256 of its bytes, in hexadecimal.
	SHA256 string `json:"sha256"`
	// Number of its bytes.
	Size int64 `json:"size"`
	// Who made it; absent when it does not say.
	Maker string `json:"maker,omitempty"`
	// SHA-256 of the policy that it was made under; absent without one.
	Policy string `json:"policy,omitempty"`
	// SHA-256 of the approvers that were configured; absent without any.
	Approvers string `json:"approvers,omitempty"`
	// Who had it applied.
	Actor string `json:"actor"`
	// When it was begun.
	AcceptedAt time.Time `json:"accepted_at"`
	// Its text was there, and was held against its SHA-256.
	TextProved bool `json:"text_proved"`
	// On whose word it ran.
	Approvals []JournalApproval `json:"approvals"`
	// How it ended, for people.
	Results []string `json:"results"`
}

// An AuditCall is a call that was decided on, with what became of it.
type AuditCall struct {
	// Number of its record.
	Sequence int64 `json:"sequence"`
	// Who ran the process that recorded it.
	Actor string `json:"actor"`
	// What it moves.
	Amount Money `json:"amount"`
	// Number of the attempt.
	Attempt int64 `json:"attempt"`
	// Idempotence key.
	Key string `json:"key"`
	// Plan that it belongs to.
	PlanID string `json:"plan_id"`
	// When it was written down, before the first byte was sent.
	At time.Time `json:"at"`
	// What became of it, oldest first.
	Outcomes []JournalEvent `json:"outcomes"`
	// What the platform said of it by itself, in webhooks, oldest first.
	Webhooks []AuditWebhook `json:"webhooks"`
}

// An AuditWebhook is an event that the platform sent by itself.
type AuditWebhook struct {
	// Number of its record.
	Sequence int64 `json:"sequence"`
	// Who ran the process that recorded it.
	Actor string `json:"actor"`
	// The platform's id of the event.
	EventID string `json:"event_id"`
	// Its type, such as payment.captured.
	EventType string `json:"event_type"`
	// When it came.
	ReceivedAt time.Time `json:"received_at"`
	// What it was taken as.
	Effect string `json:"effect"`
	// SHA-256 of its body, in hexadecimal.
	BodySHA256 string `json:"body_sha256"`
}

// AuditProveJSON writes an AuditProveDocument.
func AuditProveJSON(w io.Writer, x *audit.Proved, file string) error {
	return WriteJSON(w, AuditProveDocument{FormatVersion, "audit_prove", auditProved(x), file})
}

// AuditCheckJSON writes an AuditCheckDocument.
func AuditCheckJSON(w io.Writer, x *audit.Proved) error {
	return WriteJSON(w, AuditCheckDocument{FormatVersion, "audit_check", auditProved(x), notProved(x)})
}

func auditProved(x *audit.Proved) AuditProved {
	out := AuditProved{
		Log: auditLog(x.Head.Log), Movement: x.Movement.String(), Head: auditVerdict(x.Head), Plans: []AuditProvedPlan{}, Calls: []AuditCall{},
	}
	for _, p := range x.Plans {
		shown := AuditProvedPlan{
			Sequence: p.Seq, PlanID: p.PlanID, SHA256: p.SHA256, Size: p.Size, Maker: p.Maker, Policy: p.Policy, Approvers: p.Approvers,
			Actor: p.Run.Actor, AcceptedAt: p.AcceptedAt, TextProved: p.Planned != nil, Approvals: []JournalApproval{}, Results: []string{},
		}
		for _, a := range p.Approvals {
			shown.Approvals = append(shown.Approvals, JournalApproval{By: a.By, How: a.How, At: a.At, Statement: a.Statement})
		}
		for _, f := range p.Finishes {
			shown.Results = append(shown.Results, f.Result)
		}
		out.Plans = append(out.Plans, shown)
	}
	for _, a := range x.Attempts {
		shown := AuditCall{
			Sequence: a.Seq, Actor: a.Run.Actor, Amount: moneyOf(a.Amount, spec.Currency(a.Currency)), Attempt: a.Attempt, Key: a.Key, PlanID: a.PlanID,
			At: a.At, Outcomes: []JournalEvent{}, Webhooks: []AuditWebhook{},
		}
		for _, o := range a.Outcomes {
			if o.Type == "event" {
				shown.Webhooks = append(shown.Webhooks, AuditWebhook{o.Seq, o.Run.Actor, o.EventID, o.EventType, o.ReceivedAt, o.Effect, o.BodySHA256})
				continue
			}
			shown.Outcomes = append(shown.Outcomes, JournalEvent{
				Sequence: o.Seq, Actor: o.Run.Actor, ToolVersion: o.Run.ToolVersion, At: o.At, State: o.State, OperationID: o.OperationID,
				StatusCode: int(o.Code), HTTPStatus: int(o.Status), Message: o.Message, BodySHA256: o.BodySHA256,
			})
		}
		out.Calls = append(out.Calls, shown)
	}
	return out
}

package approval

import (
	"fmt"
	"strings"
	"time"

	"github.com/payreconcile/payreconcile/pkg/apply"
)

// A File is an approval as it was found: a name for people, and its bytes.
type File struct {
	Name string
	Data []byte
}

// A Reason says in a word why something does not count.
type Reason string

// Why an approval does not count.
const (
	ReasonUnreadable  Reason = "unreadable"  // not a signed statement
	ReasonUnlisted    Reason = "unlisted"    // signed with a key that is not listed
	ReasonAltered     Reason = "altered"     // the signature is not of these bytes
	ReasonOtherPlan   Reason = "other-plan"  // the statement is about another plan
	ReasonDiffers     Reason = "differs"     // the statement is not what the plan says
	ReasonExpired     Reason = "expired"     // the statement, the key or the plan
	ReasonRevoked     Reason = "revoked"     // the key
	ReasonFuture      Reason = "future"      // signed later than now
	ReasonEnvironment Reason = "environment" // the key is not for this environment
	ReasonLimit       Reason = "limit"       // the plan moves more than the person may agree to
	ReasonMaker       Reason = "maker"       // the person made the plan
	ReasonDuplicate   Reason = "duplicate"   // the person counts already
)

// An Approval is a signed statement that counts.
type Approval struct {
	By      string // name of the approver
	Key     string // public key
	File    string
	Note    string // statement and signature, as they were found
	At      time.Time
	Expires time.Time
	Comment string
}

// A Refusal is an approval that does not count.
type Refusal struct {
	File   string
	By     string // name of the approver or the key, when it is known; it may be a lie
	Reason Reason
	Text   string // one clause for a person
	Hint   string // what to do
}

// A Result is what became of the approvals of a plan.
type Result struct {
	Needed  int
	Counted []Approval
	Refused []Refusal
}

// Missing is how many more people have to agree.
func (r Result) Missing() int { return max(0, r.Needed-len(r.Counted)) }

// Approvals are the ones that count, as the journal keeps them beside the plan.
func (r Result) Approvals() []apply.Approval {
	all := make([]apply.Approval, len(r.Counted))
	for i, a := range r.Counted {
		all[i] = apply.Approval{By: a.By, How: apply.HowSignature, Statement: a.Note, At: a.At}
	}
	return all
}

// Err is a *MissingError when not enough people agreed, else nil.
func (r Result) Err() error {
	if r.Missing() == 0 {
		return nil
	}
	return &MissingError{Result: r}
}

// A MissingError says that not enough people agreed to a plan, and why what
// there is does not count.
type MissingError struct{ Result Result }

func (e *MissingError) Error() string {
	r := e.Result
	var b strings.Builder
	fmt.Fprintf(&b, "the plan needs %s and has %d", Count(r.Needed, "approval"), len(r.Counted))
	for _, x := range r.Refused {
		b.WriteString("\n" + x.String())
		if x.Hint != "" {
			b.WriteString("\n  hint: " + x.Hint)
		}
	}
	return b.String()
}

// String returns "p.plan.ada.approval (Ada Example) does not count: …".
func (r Refusal) String() string {
	by := ""
	if r.By != "" {
		by = " (" + clean(r.By) + ")"
	}
	return clean(r.File) + by + " does not count: " + r.Text
}

// A PlanError says why no approval of a plan can count, or none of one person.
type PlanError struct {
	Reason Reason // "" when it is about no one person
	Msg    string
	Hint   string
}

func (e *PlanError) Error() string { return e.Msg }

// Count writes "1 approval", "2 approvals".
func Count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

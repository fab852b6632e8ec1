package apply

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// How a plan can be approved.
const (
	HowSignature   = "signature"    // the statement is the signed note, byte for byte
	HowTerminal    = "terminal"     // somebody was asked, and typed yes
	HowAccept      = "accept"       // the statement is the totals that were said to be accepted
	HowAutoApprove = "auto-approve" // nobody was asked
)

// What an approval may be at most.
const (
	MaxApprovals = 100      // of one plan
	MaxStatement = 64 << 10 // bytes of one statement
	maxApprover  = 1 << 10  // bytes of one name
)

// An Approval says on whose word a plan runs.
type Approval struct {
	By        string    // who approved
	How       string    // one of HowSignature, HowTerminal, HowAccept and HowAutoApprove
	Statement string    // what was said, if anything was; UTF-8 without the zero character
	At        time.Time // when, by the approver's clock; zero is when the plan is accepted
}

// A Permit is the plan that was judged and approved, and by whom. The zero
// Permit is for any plan, and says nothing of who wants it.
type Permit struct {
	PlanID    string // "" for whichever plan is in the file
	Approvals []Approval
}

// CheckApprovals refuses what cannot be the approvals of a plan: too many or too
// large ones, such as were given in no known way, and statements that are no
// text, of which no journal could return the bytes.
func CheckApprovals(all []Approval) error {
	if len(all) > MaxApprovals {
		return fmt.Errorf("a plan has %d approvals, and %d at most are stored: give those that are needed", len(all), MaxApprovals)
	}
	for i := range all {
		if err := all[i].check(); err != nil {
			return fmt.Errorf("approval %d: %w", i+1, err)
		}
	}
	return nil
}

func (a *Approval) check() error {
	switch {
	case a.How != HowSignature && a.How != HowTerminal && a.How != HowAccept && a.How != HowAutoApprove:
		return fmt.Errorf("%q is no way to approve a plan", a.How)
	case a.By == "":
		return errors.New("it does not say by whom")
	case len(a.By) > maxApprover:
		return fmt.Errorf("the approver's name has %d bytes, and may have %d", len(a.By), maxApprover)
	case !isText(a.By):
		return errors.New("the approver's name is no text")
	case len(a.Statement) > MaxStatement:
		return fmt.Errorf("the statement of %s has %d bytes, and may have %d", a.By, len(a.Statement), MaxStatement)
	case !isText(a.Statement):
		return fmt.Errorf("the statement of %s is no text", a.By)
	case !a.At.IsZero() && (a.At.Before(time.Unix(0, 1)) || a.At.Year() > lastYear):
		return fmt.Errorf("the approval of %s is of the year %d, which cannot be", a.By, a.At.Year())
	}
	return nil
}

// lastYear is the last whole one of which a journal can store every moment.
const lastYear = 2261

// isText reports that every journal can store s as it is.
func isText(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

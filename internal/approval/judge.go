package approval

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/note"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// MaxNote is the longest approval that is read.
const MaxNote = 64 << 10

// judge says whether an approval counts for the plan, and for whom.
func (c *checker) judge(f File) (v Approval, person int, no *Refusal) {
	n, no := c.open(f.Data)
	if no != nil {
		return v, 0, no
	}
	i := slices.IndexFunc(c.People, func(p Approver) bool {
		return p.key.verifier.Name() == n.Sigs[0].Name && p.key.verifier.KeyHash() == n.Sigs[0].Hash
	})
	p := &c.People[i]
	s, err := ParseStatement(n.Text)
	if err != nil {
		return v, 0, &Refusal{By: p.Name, Reason: ReasonUnreadable, Text: "its statement cannot be read: " + err.Error(), Hint: approveAgain}
	}
	for _, check := range []func() *Refusal{
		func() *Refusal { return c.same(s) },
		func() *Refusal { return c.timely(s) },
		func() *Refusal { return c.person(i) },
	} {
		if no := check(); no != nil {
			no.By = p.Name
			return v, 0, no
		}
	}
	v = Approval{By: p.Name, Key: p.Key, File: f.Name, Note: string(f.Data), At: s.Signed, Expires: s.Expires, Comment: s.Comment}
	return v, c.persons[i], nil
}

// What to do about most of what is wrong with an approval.
const approveAgain = "ask for it again: payreconcile approve PLAN"

// open checks that data is a note with exactly one signature, by a listed key,
// in its one form.
func (c *checker) open(data []byte) (*note.Note, *Refusal) {
	if len(data) > MaxNote {
		return nil, &Refusal{Reason: ReasonUnreadable, Text: fmt.Sprintf("it is longer than %d bytes", MaxNote), Hint: "check that it is an approval"}
	}
	n, err := note.Open(data, c.verifiers)
	if e, is := errors.AsType[*note.UnverifiedNoteError](err); is {
		by := e.Note.UnverifiedSigs[0]
		key := fmt.Sprintf("%s+%08x", Word(by.Name), by.Hash)
		return nil, &Refusal{Reason: ReasonUnlisted, Text: "it is signed with the key " + key + ", which is not in the approvers file", Hint: "ask an approver who is listed; or have the key listed, and plan again"}
	}
	if e, is := errors.AsType[*note.InvalidSignatureError](err); is {
		return nil, &Refusal{By: e.Name, Reason: ReasonAltered, Text: "it was altered after it was signed, or somebody else signed it", Hint: approveAgain}
	}
	switch {
	case err != nil:
		return nil, &Refusal{Reason: ReasonUnreadable, Text: "it is not a signed statement, or it was cut or altered", Hint: approveAgain}
	case len(n.Sigs)+len(n.UnverifiedSigs) != 1:
		return nil, &Refusal{Reason: ReasonUnreadable, Text: "it has several signatures", Hint: "every approver signs a file of their own: payreconcile approve PLAN"}
	case n.Text+"\n— "+n.Sigs[0].Name+" "+canonical(n.Sigs[0].Base64)+"\n" != string(data):
		return nil, &Refusal{Reason: ReasonAltered, Text: "it is not written as payreconcile approve writes it", Hint: approveAgain}
	}
	return n, nil
}

// canonical returns the one text of what a base64 text stands for.
func canonical(text string) string {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return ""
	}
	return base64.StdEncoding.EncodeToString(raw)
}

// same holds what a statement says against the plan.
func (c *checker) same(s Statement) *Refusal {
	w := &c.want
	if s.Plan != w.Plan {
		return &Refusal{
			Reason: ReasonOtherPlan, Text: "it is for the plan " + short(s.Plan) + ", and this is " + short(w.Plan),
			Hint: "have this plan approved, or apply the one that was",
		}
	}
	for _, x := range [...]struct {
		what string
		same bool
	}{
		{"content id", s.Content == w.Content},
		{"environment", s.Environment == w.Environment},
		{"merchant", s.Merchant == w.Merchant},
		{"maker", s.Maker == w.Maker},
		{"number of payments", s.Payments == w.Payments},
		{"number of calls", s.Calls == w.Calls},
		{"money", slices.Equal(s.Money, w.Money)},
		{"expiry of the plan", s.PlanExpires.Equal(w.PlanExpires)},
		{"policy", s.Policy == w.Policy},
		{"approvers", s.Approvers == w.Approvers},
	} {
		if !x.same {
			return &Refusal{Reason: ReasonDiffers, Text: "its " + x.what + " is not that of the plan" + moneyOf(x.what, s), Hint: approveAgain}
		}
	}
	return nil
}

// moneyOf says what money a statement is about, when that is what differs.
func moneyOf(what string, s Statement) string {
	if what != "money" {
		return ""
	}
	text := ""
	for _, m := range s.Money {
		text += ", " + amount(m)
	}
	if text == "" {
		return ": it says none"
	}
	return ": it says " + text[2:]
}

func amount(m plan.Sum) string {
	return string(m.Action) + " " + spec.Money{Minor: m.Amount, Currency: m.Currency}.String()
}

// timely holds the times of a statement against the clock.
func (c *checker) timely(s Statement) *Refusal {
	switch {
	case s.Signed.After(c.now.Add(maxAhead)):
		return &Refusal{
			Reason: ReasonFuture, Text: "it was signed at " + clock(s.Signed) + ", which is later than now (" + clock(c.now) + ")",
			Hint: "set the clocks of both machines right, then ask for it again",
		}
	case !c.now.Before(s.PlanExpires):
		return &Refusal{Reason: ReasonExpired, Text: "the plan expired at " + clock(s.PlanExpires), Hint: "plan again, and have the new plan approved"}
	case !c.now.Before(s.Expires):
		return &Refusal{Reason: ReasonExpired, Text: "it expired at " + clock(s.Expires), Hint: approveAgain}
	}
	return nil
}

package approval

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// maxAhead is how far the clock of an approver may be ahead of this one.
const maxAhead = 5 * time.Minute

// Check says which of the approvals count for a plan that was verified, and
// whether they are enough: as many people as the approvers file requires for
// what the plan moves, or as a policy asks for, whichever is more. The plan's
// own word about what its policy asked for is not relied on.
//
// Not enough is a *MissingError, beside the Result; a *PlanError says that no
// approval of this plan can count here. A nil a asks for none, but for a plan
// whose policy asks for some, or that was made under approvers.
func (a *Approvers) Check(h plan.Header, f plan.Footer, files []File, asked int, now time.Time) (Result, error) {
	c, err := a.checker(h, f, now)
	if err != nil {
		return Result{}, err
	}
	if a == nil {
		if asked > 0 {
			return Result{}, &PlanError{
				Msg:  "the policy asks for " + Count(asked, "approval") + " and no approvers are configured",
				Hint: "write who may approve into approvers.yaml, name it in payreconcile.yaml (approvers: approvers.yaml), and plan again",
			}
		}
		return Result{}, nil
	}
	r := Result{Needed: max(asked, a.needed(c.sums))}
	files = slices.Clone(files)
	slices.SortStableFunc(files, func(x, y File) int { return cmp.Compare(x.Name, y.Name) })
	counted := map[int]string{}
	for _, file := range files {
		v, person, no := c.judge(file)
		if no == nil && counted[person] != "" {
			no = &Refusal{
				By: v.By, Reason: ReasonDuplicate, Text: "this person counts already, by " + counted[person],
				Hint: "ask somebody else: one person counts once, whatever keys and names there are",
			}
		}
		if no != nil {
			no.File = file.Name
			r.Refused = append(r.Refused, *no)
			continue
		}
		counted[person] = file.Name
		r.Counted = append(r.Counted, v)
	}
	return r, r.Err()
}

// Eligible says whether a signature of this public key on the plan would count
// now. It returns the approver's name, or a *PlanError with what is against it.
func (a *Approvers) Eligible(public string, h plan.Header, f plan.Footer, now time.Time) (string, error) {
	c, err := a.checker(h, f, now)
	if err != nil || a == nil {
		return "", err
	}
	if !now.Before(h.Expires) {
		return "", &PlanError{Reason: ReasonExpired, Msg: "the plan expired at " + clock(h.Expires), Hint: "plan again"}
	}
	i := slices.IndexFunc(a.People, func(p Approver) bool { return p.Key == public })
	if i < 0 {
		return "", &PlanError{Reason: ReasonUnlisted, Msg: "this key is not in the approvers file", Hint: "ask whoever keeps it to list " + public}
	}
	if no := c.person(i); no != nil {
		return "", &PlanError{Reason: no.Reason, Msg: "an approval of " + a.People[i].Name + " would not count: " + no.Text, Hint: no.Hint}
	}
	return a.People[i].Name, nil
}

// Able returns the people whose approval of a plan that maker made for this
// environment could count now, limits aside: the first name of each.
func (a *Approvers) Able(environment, maker string, now time.Time) (names []string) {
	c := &checker{Approvers: a, header: plan.Header{Environment: environment, Maker: maker}, now: now}
	seen := map[int]bool{}
	for i, p := range a.People {
		if !seen[a.persons[i]] && c.person(i) == nil {
			seen[a.persons[i]] = true
			names = append(names, p.Name)
		}
	}
	return names
}

// Needed is how many people have to agree to a plan: what is asked for, or what
// the approvers file requires for what it moves. Without approvers it is asked.
func (a *Approvers) Needed(f plan.Footer, asked int) (int, error) {
	sums, err := sumsOf(f)
	if err != nil || a == nil {
		return asked, err
	}
	return max(asked, a.needed(sums)), nil
}

// A checker holds approvals against one plan.
type checker struct {
	*Approvers
	header plan.Header
	want   Statement
	sums   map[spec.Currency]int64
	now    time.Time
}

// checker returns what holds approvals against a plan, or why none can count.
func (a *Approvers) checker(h plan.Header, f plan.Footer, now time.Time) (*checker, error) {
	sums, err := sumsOf(f)
	switch {
	case err != nil:
		return nil, err
	case a == nil && h.Approvers != "":
		return nil, &PlanError{
			Msg:  "the plan was made under approvers (sha256 " + short(h.Approvers) + "), and none are configured here",
			Hint: "name the same file by --approvers or PAYRECONCILE_APPROVERS",
		}
	case a == nil:
	case h.Approvers == "":
		return nil, &PlanError{Msg: "the plan was made without approvers, and they are configured here", Hint: "plan again, with the approvers configured"}
	case h.Approvers != a.sha256:
		return nil, &PlanError{
			Msg:  fmt.Sprintf("the plan was made under other approvers (sha256 %s) than the ones configured here (%s)", short(h.Approvers), short(a.sha256)),
			Hint: "use the file that the plan was made with; or plan again, and have the new plan approved",
		}
	case fold(h.Maker) == "":
		return nil, &PlanError{
			Msg:  "the plan does not say who made it, so that nobody can tell whether its maker approves it",
			Hint: "plan again, with PAYRECONCILE_ACTOR set to who it is",
		}
	}
	return &checker{Approvers: a, header: h, want: of(h, f), sums: sums, now: now}, nil
}

// person says what is against the approver behind an entry of the file. What is
// said of one key, under whatever name, counts for the key.
func (c *checker) person(i int) *Refusal {
	for j := range c.People {
		p := &c.People[j]
		if c.persons[j] == c.persons[i] && c.isMaker(p) {
			return &Refusal{
				Reason: ReasonMaker, Text: "whoever makes a plan does not approve it, and it was made by " + Word(c.header.Maker),
				Hint: "ask somebody else to approve it",
			}
		}
		if p.key.public != c.People[i].key.public {
			continue
		}
		if no := c.key(p); no != nil {
			return no
		}
	}
	return nil
}

func (c *checker) key(p *Approver) *Refusal {
	switch {
	case !p.Revoked.IsZero() && !c.now.Before(p.Revoked):
		return &Refusal{Reason: ReasonRevoked, Text: "the key is revoked since " + p.Revoked.Format(time.DateOnly), Hint: "ask for an approval with another key"}
	case !p.Expires.IsZero() && !c.now.Before(p.Expires):
		return &Refusal{
			Reason: ReasonExpired, Text: "the key expired on " + p.Expires.AddDate(0, 0, -1).Format(time.DateOnly),
			Hint: "ask for an approval with another key, or have the date in the approvers file moved",
		}
	case p.Environments != nil && !slices.Contains(p.Environments, c.header.Environment):
		return &Refusal{
			Reason: ReasonEnvironment, Text: "the key is for " + strings.Join(p.Environments, ", ") + " and the plan for " + Word(c.header.Environment),
			Hint: "ask somebody who may approve there",
		}
	}
	return c.limit(p)
}

// limit says whether a plan moves more than one person may agree to.
func (c *checker) limit(p *Approver) *Refusal {
	if p.Limits == nil {
		return nil
	}
	for _, m := range c.want.Money {
		i := slices.IndexFunc(p.Limits, func(l spec.Money) bool { return l.Currency == m.Currency })
		moved := spec.Money{Minor: c.sums[m.Currency], Currency: m.Currency}
		text := ""
		switch {
		case i < 0:
			text = fmt.Sprintf("the plan moves %v, and the limits of this person name no %s", moved, m.Currency)
		case moved.Minor > p.Limits[i].Minor:
			text = fmt.Sprintf("the plan moves %v, over the limit of %v", moved, p.Limits[i])
		default:
			continue
		}
		return &Refusal{Reason: ReasonLimit, Text: text, Hint: "ask somebody with a higher limit, or split the plan"}
	}
	return nil
}

// isMaker reports that the plan was made under a name or account of p.
func (c *checker) isMaker(p *Approver) bool {
	maker := fold(c.header.Maker)
	if maker == fold(p.Name) || maker == fold(p.key.verifier.Name()) {
		return true
	}
	return slices.ContainsFunc(p.Accounts, func(account string) bool { return fold(account) == maker })
}

// short returns as much of a hash as people compare.
func short(hash string) string {
	if len(hash) > 12 {
		hash = hash[:12]
	}
	return Word(hash)
}

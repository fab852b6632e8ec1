package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/payreconcile/payreconcile/pkg/plan"
)

// An Expect says what whoever checks a proof knows of it.
type Expect struct {
	Keys     Keys      // that are trusted to sign heads; none checks no signature
	Movement *Movement // that it has to be of; nil is any
	Heads    []Claim   // that were kept elsewhere
	Plan     []byte    // the plan's file, if it is not in the proof; nil for none
}

// A Proved is what a proof proves: that these records were in the log of the head.
type Proved struct {
	Movement Movement
	Head     Verdict
	Plans    []ProvedPlan
	Attempts []Attempt
}

// A ProvedPlan is a plan that has a call of the movement.
type ProvedPlan struct {
	Line
	Approvals []Line
	Finishes  []Line
	Planned   *Planned // what the plan says of the movement; nil when its text is not there
}

// Planned is what a plan's text says of a movement.
type Planned struct {
	Header plan.Header
	Entry  plan.Entry
	Action plan.Action
}

// An Attempt is a call that was decided on, with what became of it.
type Attempt struct {
	Line
	Outcomes []Line // and events that are about it, in the order of their records
}

// Check holds a proof against itself and against what is expected. It needs
// nothing else. An error says what is wrong, and Altered of it is true.
func Check(data []byte, x Expect) (*Proved, error) {
	p, err := parseProof(data)
	if err != nil {
		return nil, err
	}
	c := &proofChecker{proof: p, expect: &x, texts: map[int64]string{}, proved: &Proved{}}
	for _, step := range []func() error{c.movement, c.head, c.records, c.plans} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrAltered, err)
		}
	}
	return c.proved, nil
}

// A proofChecker checks one proof.
type proofChecker struct {
	proof  *Proof
	expect *Expect
	texts  map[int64]string
	proved *Proved
}

func (c *proofChecker) movement() error {
	m, err := ParseMovement(c.proof.Movement)
	if err != nil || m.String() != c.proof.Movement {
		return fmt.Errorf("it does not say which movement it is of")
	}
	if want := c.expect.Movement; want != nil && *want != m {
		return fmt.Errorf("it is a proof of %s, and not of %s", m, *want)
	}
	c.proved.Movement = m
	return nil
}

// head reads the head, and holds it against the keys and the heads that are known.
func (c *proofChecker) head() error {
	claim, err := ParseClaim([]byte(c.proof.Head))
	if err != nil || claim.At.IsZero() {
		return fmt.Errorf("its head cannot be read")
	}
	v := Verdict{Claim: claim, Fits: true}
	if v.Signer, err = c.expect.Keys.Signer(claim); err != nil {
		return fmt.Errorf("its head: %w", err)
	}
	if len(c.expect.Keys) > 0 && v.Signer == "" {
		by := "nobody"
		if len(claim.Signers) > 0 {
			by = names(claim.Signers)
		}
		return fmt.Errorf("its head is signed by %s, with none of the keys that were given", by)
	}
	for _, known := range c.expect.Heads {
		switch {
		case known.Log != Log{} && known.Log != claim.Log:
			return fmt.Errorf("it is of the log %s, and the head (%s) of %s", claim.Log, known.From, known.Log)
		case known.Size == claim.Size && known.Root != claim.Root:
			return fmt.Errorf("its head of %d records has another root than the one that was kept (%s): the log was forked", claim.Size, known.From)
		case known.Size == claim.Size:
			v.Outside = true
		}
	}
	v.From = "in the proof"
	c.proved.Head = v
	return nil
}

// records holds every record against the root, and against the others.
func (c *proofChecker) records() error {
	n, seq := int64(-1), int64(0)
	for i := range c.proof.Records {
		r := &c.proof.Records[i]
		l, err := ParseLine(r.Record)
		if err != nil {
			return fmt.Errorf("the record at place %d: %w", r.N, err)
		}
		if err := r.included(c.proved.Head.Head); err != nil {
			return fmt.Errorf("record %d: %w", l.Seq, err)
		}
		if r.N <= n || l.Seq <= seq {
			return fmt.Errorf("record %d does not stand in its order", l.Seq)
		}
		n, seq = r.N, l.Seq
		if !c.sort(l) {
			return fmt.Errorf("record %d is not one of the movement %s", l.Seq, c.proved.Movement)
		}
	}
	if len(c.proved.Attempts) == 0 {
		return fmt.Errorf("it has no call of the movement %s", c.proved.Movement)
	}
	for _, a := range c.proved.Attempts {
		if a.PlanID != "" && !slices.ContainsFunc(c.proved.Plans, func(p ProvedPlan) bool { return p.PlanID == a.PlanID }) {
			return fmt.Errorf("the plan of record %d is not in it", a.Seq)
		}
	}
	return nil
}

// sort puts a record where it belongs, or returns false.
func (c *proofChecker) sort(l Line) bool {
	p := c.proved
	byPlan := func(x ProvedPlan) bool { return x.Seq == l.Plan }
	switch l.Type {
	case "plan":
		p.Plans = append(p.Plans, ProvedPlan{Line: l})
		return true
	case "approval", "finish":
		i := slices.IndexFunc(p.Plans, byPlan)
		if i < 0 {
			return false
		}
		if l.Type == "approval" {
			p.Plans[i].Approvals = append(p.Plans[i].Approvals, l)
		} else {
			p.Plans[i].Finishes = append(p.Plans[i].Finishes, l)
		}
		return true
	case "intent":
		p.Attempts = append(p.Attempts, Attempt{Line: l})
		return p.Movement.of(&l)
	case "outcome", "event":
		i := slices.IndexFunc(p.Attempts, func(x Attempt) bool { return x.Seq == l.Intent })
		if i >= 0 {
			p.Attempts[i].Outcomes = append(p.Attempts[i].Outcomes, l)
		}
		return i >= 0
	}
	return false
}

// plans holds the texts of plans against their records, and finds in them what
// they say of the movement.
func (c *proofChecker) plans() error {
	for _, t := range c.proof.Plans {
		if _, twice := c.texts[t.Record]; twice {
			return fmt.Errorf("the text of plan record %d is there twice", t.Record)
		}
		c.texts[t.Record] = t.Text
	}
	used, given := 0, false
	for i := range c.proved.Plans {
		p := &c.proved.Plans[i]
		if !slices.ContainsFunc(c.proved.Attempts, func(a Attempt) bool { return a.PlanID == p.PlanID }) {
			return fmt.Errorf("plan record %d has no call of the movement", p.Seq)
		}
		text, there := c.texts[p.Seq]
		if there {
			used++
		} else if c.expect.Plan != nil && sumOf(c.expect.Plan) == p.SHA256 {
			text, there, given = string(c.expect.Plan), true, true
		}
		if !there {
			continue
		}
		if err := c.planned(p, text); err != nil {
			return fmt.Errorf("the text of plan record %d: %w", p.Seq, err)
		}
		given = given || c.expect.Plan != nil && string(c.expect.Plan) == text
	}
	switch {
	case used != len(c.proof.Plans):
		return fmt.Errorf("it has the text of a plan that is not in it")
	case c.expect.Plan != nil && !given:
		return fmt.Errorf("the plan that was given is none of those in it")
	}
	return nil
}

func sumOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// planned proves a plan's text and finds the movement in it.
func (c *proofChecker) planned(p *ProvedPlan, text string) error {
	if int64(len(text)) != p.Size || sumOf([]byte(text)) != p.SHA256 {
		return fmt.Errorf("its SHA-256 is not the one in the record")
	}
	header, footer, err := plan.Verify(strings.NewReader(text))
	if err != nil {
		return err
	}
	if footer.PlanID != p.PlanID {
		return fmt.Errorf("it is the text of another plan")
	}
	for entry, err := range plan.Entries(strings.NewReader(text)) {
		if err != nil {
			return err
		}
		if entry.Content.Payment.Base() != c.proved.Movement.Payment {
			continue
		}
		for _, a := range entry.Content.Actions {
			if a.Op == c.proved.Movement.Op && a.Ref == c.proved.Movement.Ref {
				p.Planned = &Planned{header, *entry, a}
				return nil
			}
		}
	}
	return fmt.Errorf("it has no action of the movement")
}

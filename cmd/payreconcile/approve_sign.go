package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/payreconcile/payreconcile/internal/approval"
	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// eligible refuses to sign what would not count.
func (e *env) eligible(who *approval.Approvers, key approval.Key, p *writtenPlan) (string, error) {
	if who == nil {
		e.say("warning: no approvers are configured here, so that nobody has checked whether this approval counts")
		return "", nil
	}
	by, err := who.Eligible(key.Public(), p.header, p.footer, e.now())
	if no, is := errors.AsType[*approval.PlanError](err); is {
		return "", refused(no.Msg, no.Hint)
	}
	return by, err
}

func (o *approveOptions) statement(p *writtenPlan, now time.Time) (approval.Statement, error) {
	s, err := approval.New(p.header, p.footer, now, o.comment)
	if err != nil {
		return s, refused(err.Error(), "plan again")
	}
	if end := s.Signed.Add(o.validFor); o.validFor > 0 && end.Before(s.Expires) {
		s.Expires = end
	}
	return s, nil
}

// inWords says the money of a statement as people write it: in the statement
// itself it is a whole number of the smallest unit.
func inWords(s approval.Statement) string {
	var b strings.Builder
	for _, m := range s.Money {
		fmt.Fprintf(&b, "The line \"money %s %s %d %d\" says: %s of %v in all, in %s.\n",
			m.Action, m.Currency, m.Amount, m.Count, m.Action, spec.Money{Minor: m.Amount, Currency: m.Currency}, plural(int(m.Count), "call"))
	}
	return b.String()
}

// signStatement shows what is to be signed, asks, signs, writes, and tells.
func (e *env) signStatement(ctx context.Context, s approval.Statement, key approval.Key, by string, o approveOptions, then func()) error {
	if !e.json {
		if _, err := fmt.Fprintf(e.stdout, "\nThis is what you sign, word for word:\n\n%s\n%s", s, inWords(s)); err != nil {
			return fmt.Errorf("write output: %w", err)
		}
	}
	if e.stdinTTY && !e.json {
		answer, err := e.ask(ctx, "sign it with the key "+key.Name()+"? Only \"yes\" does: ")
		if err != nil {
			return err
		}
		if answer != "yes" {
			return refused("not confirmed", "")
		}
	}
	note, err := key.Sign(s)
	if err != nil {
		return err
	}
	if err := writeApproval(o.out, note, o.replace); err != nil {
		return err
	}
	if e.json {
		return render.ApprovalJSON(e.stdout, o.out, by, key.Public(), s)
	}
	if by == "" {
		by = key.Name()
	}
	if _, err := fmt.Fprintf(e.stdout, "Signed: %s, by %s.\n", render.Clean(o.out), render.Clean(by)); err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	then()
	return nil
}

// tellStanding says how many approvals lie beside the plan now.
func (e *env) tellStanding(who *approval.Approvers, p *writtenPlan, path string) {
	files, err := readApprovals(path, nil)
	if who == nil || err != nil {
		return
	}
	r, _ := who.Check(p.header, p.footer, files, asked(p.footer), e.now())
	e.say("%s beside the plan; %d of the %d that are needed count", approval.Count(len(files), "approval"), len(r.Counted), r.Needed)
}

// asked is how many approvals a plan says that its policy asked for.
func asked(f plan.Footer) int {
	if f.Judgement == nil {
		return 0
	}
	return f.Judgement.Approvals
}

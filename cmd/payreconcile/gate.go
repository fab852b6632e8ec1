package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/payreconcile/payreconcile/internal/approval"
	"github.com/payreconcile/payreconcile/internal/config"
	"github.com/payreconcile/payreconcile/internal/policy"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

// A gate is what a plan has to pass before it runs: the policy, asked again,
// and the people who have to agree. Both are read once, so that what is judged
// and what is recorded is under the same rules.
type gate struct {
	env       *env
	policy    *policy.Policy      // nil when there is none
	approvers *approval.Approvers // nil when there are none
}

// gate reads the policy and the approvers, which have to be those that the
// environment pins.
func (e *env) gate(cfg *config.Config) (*gate, error) {
	rules, err := e.policy(cfg)
	if err != nil {
		return nil, err
	}
	who, err := approversOf(cfg)
	if err != nil {
		return nil, err
	}
	return &gate{env: e, policy: rules, approvers: who}, nil
}

// strict reports that --auto-approve does not suffice.
func (g *gate) strict() bool { return g.policy != nil || g.approvers != nil }

// judge says what the policy denies of a plan as it is now, and how many people
// have to agree to it, by the policy and the approvers. open gives the bytes of
// the plan, of which none can have changed since its id was told.
func (g *gate) judge(h plan.Header, f plan.Footer, open func() (io.ReadCloser, error)) (*plan.Judgement, error) {
	j, err := g.ask(h, f, open)
	if err == nil && f.HasChanges() {
		j.Approvals, err = g.approvers.Needed(f, j.Approvals)
	}
	return j, err
}

// ask is judge for the policy alone.
func (g *gate) ask(h plan.Header, f plan.Footer, open func() (io.ReadCloser, error)) (*plan.Judgement, error) {
	switch {
	case g.policy == nil && h.Policy == "":
		return &plan.Judgement{}, nil
	case g.policy == nil:
		return nil, &codeError{
			code: exitPolicy, err: fmt.Errorf("the plan was made under a policy (sha256 %.12s), and none is configured here; nothing was sent", h.Policy),
			hint: "name the same file by --policy or PAYRECONCILE_POLICY",
		}
	case h.Policy != g.policy.SHA256():
		was := "under the policy with sha256 " + h.Policy
		if h.Policy == "" {
			was = "without a policy"
		}
		return nil, &codeError{
			code: exitPolicy, err: fmt.Errorf("the plan was made %.60s, and the policy here has %.12s; nothing was sent", was, g.policy.SHA256()),
			hint: "plan again, so that people read what this policy says of it",
		}
	}
	body, err := open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = body.Close() }()
	v := plan.NewVerifier()
	bytes := io.TeeReader(body, v)
	j, err := policy.Judge(g.policy, h, f, plan.Entries(bytes), policy.Applying, g.env.now())
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(io.Discard, bytes); err != nil {
		return nil, fmt.Errorf("read the plan: %w", err)
	}
	if _, judged, err := v.Result(); err != nil {
		return nil, err
	} else if judged.PlanID != f.PlanID {
		return nil, fmt.Errorf("%w while it was judged", plan.ErrAltered)
	}
	return j, nil
}

// denied is the error of a plan that the policy denies, nil when it does not.
func denied(j *plan.Judgement) error {
	if j.Denied == 0 {
		return nil
	}
	const few = 10
	var b strings.Builder
	fmt.Fprintf(&b, "the policy denies this plan (%s); nothing was sent", approval.Count(int(j.Denied), "denial"))
	for _, d := range j.Denials[:min(few, len(j.Denials))] {
		b.WriteString("\n" + denialText(d))
	}
	if rest := j.Denied - int64(min(few, len(j.Denials))); rest > 0 {
		fmt.Fprintf(&b, "\nand %d more: payreconcile show lists them", rest)
	}
	return &codeError{code: exitPolicy, err: errors.New(b.String()), hint: "mend what is denied, or do what the rule says overrides it, and plan again"}
}

// denialText is a denial on a line: rule, payment, call, and what overrides it.
func denialText(d plan.Denial) string {
	about := "the whole plan"
	if d.Payment != "" {
		about = strings.TrimSpace("payment " + d.Payment + " " + d.Ref)
	}
	text := d.Rule + ": " + about + ": " + d.Message
	if d.Override != "" {
		text += " (" + d.Override + ")"
	}
	return text
}

// permit decides whether the plan may run, and on whose word. planPath is where
// approvals are looked for; "" for a plan that was never written to a file.
func (g *gate) permit(ctx context.Context, p *writtenPlan, asked int, planPath string, o *applyOptions) (apply.Permit, error) {
	permit := apply.Permit{PlanID: p.footer.PlanID}
	if o.run.calls(p.footer) == 0 {
		return permit, nil
	}
	if g.strict() && o.run.wait != "" && p.footer.Counts.Actions[plan.Deferred] > 0 {
		return permit, &codeError{
			code: exitApproval, err: errors.New("--wait makes calls that the plan defers, and nobody can approve them yet; nothing was sent"),
			hint: "leave --wait out, and plan again once what they wait for has settled",
		}
	}
	signed, err := g.signed(p, asked, planPath, o.approvals)
	if err != nil {
		return permit, err
	}
	if len(o.accept) > 0 {
		if err := accepts(p.footer, o.accept); err != nil {
			return permit, err
		}
	}
	permit.Approvals = signed
	if len(signed) > 0 {
		return permit, nil
	}
	word, err := g.word(ctx, p, o)
	permit.Approvals = []apply.Approval{word}
	return permit, err
}

// signed returns the approvals that count; none when there are no approvers.
func (g *gate) signed(p *writtenPlan, asked int, planPath string, from []string) ([]apply.Approval, error) {
	if g.approvers == nil && len(from) > 0 {
		return nil, &codeError{
			code: exitApproval, err: errors.New("there are approvals and no approvers are configured: nobody can tell whose count; nothing was sent"),
			hint: "name the file of the approvers by --approvers or PAYRECONCILE_APPROVERS",
		}
	}
	var files []approval.File
	if g.approvers != nil && (planPath != "" || len(from) > 0) {
		var err error
		if files, err = readApprovals(planPath, from); err != nil {
			return nil, err
		}
	}
	r, err := g.approvers.Check(p.header, p.footer, files, asked, g.env.now())
	if missing, few := errors.AsType[*approval.MissingError](err); few {
		return nil, &codeError{code: exitApproval, err: fmt.Errorf("%w\nnothing was sent", missing), hint: missingHint(planPath)}
	}
	return r.Approvals(), err
}

func missingHint(planPath string) string {
	if planPath == "" {
		return "write the plan with plan --out, have it approved with payreconcile approve, and apply that file"
	}
	return "have it approved: payreconcile approve " + planPath + "; the approvals lie beside the plan, or are named by --approval"
}

// word takes the word of whoever runs this: totals that were accepted, a yes at
// the terminal or, where neither policy nor approvers are configured,
// --auto-approve.
func (g *gate) word(ctx context.Context, p *writtenPlan, o *applyOptions) (apply.Approval, error) {
	e := g.env
	word := apply.Approval{By: e.actor(), At: e.now()}
	switch {
	case len(o.accept) > 0:
		word.How, word.Statement = apply.HowAccept, strings.Join(o.accept, " ")
		return word, nil
	case o.autoApprove && !g.strict():
		word.How = apply.HowAutoApprove
		return word, nil
	case !e.stdinTTY || e.json:
		return word, g.nobody(p.footer, o.autoApprove)
	}
	answer, err := e.ask(ctx, fmt.Sprintf("make %s? Only \"yes\" does: ", noun(o.run.calls(p.footer), "call")))
	if err == nil && answer != "yes" {
		err = &codeError{code: exitApproval, err: errors.New("not approved; nothing was sent")}
	}
	word.How = apply.HowTerminal
	return word, err
}

// nobody is the error of a plan that nobody approved.
func (g *gate) nobody(f plan.Footer, auto bool) error {
	if !g.strict() {
		return &codeError{
			code: exitApproval, err: errors.New("nobody approved this plan, and there is no terminal to ask at; nothing was sent"),
			hint: "look at it with payreconcile show, then apply it with --auto-approve",
		}
	}
	why := "nobody approved this plan, and there is no terminal to ask at; nothing was sent"
	if auto {
		why = "under a policy, --auto-approve does not suffice: what is accepted has to be said; nothing was sent"
	}
	all, err := f.Totals()
	if err != nil {
		return err
	}
	args := make([]string, len(all))
	for i, t := range all {
		args[i] = "--accept=" + t.String()
	}
	return &codeError{code: exitApproval, err: errors.New(why), hint: "look at it with payreconcile show, then accept exactly what it comes to: " + strings.Join(args, " ")}
}

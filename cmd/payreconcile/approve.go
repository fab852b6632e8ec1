package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/payreconcile/payreconcile/internal/approval"
	"github.com/payreconcile/payreconcile/internal/config"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

type approveOptions struct {
	planOptions
	key      string
	planID   string
	comment  string
	validFor time.Duration
	replace  bool
}

func newApprove(e *env, g *globals) *cobra.Command {
	var o approveOptions
	c := &cobra.Command{
		Use:   "approve [flags] PLAN",
		Short: "Sign that a plan may be applied",
		Long: "approve checks a whole plan file, shows it, shows the statement that is to be signed, asks, and\n" +
			"signs it. The approval is a file of its own, beside the plan, and counts for exactly this plan.\n" +
			"What could never count is not signed. The private key comes from --key, a file that approve\n" +
			"keygen made, or from PAYRECONCILE_APPROVAL_KEY or PAYRECONCILE_APPROVAL_KEY_FILE.\n" +
			"Without a terminal, --plan-id says which plan was read and is meant." +
			exits(exitOK, exitUsage, exitPolicy, exitApproval, exitStalePlan, exitInterrupted, exitInternal),
		Args: oneArg("plan"),
		RunE: func(c *cobra.Command, args []string) error { return runApprove(c.Context(), e, g, o, args[0]) },
	}
	f := c.Flags()
	o.show(f)
	f.StringVar(&o.key, "key", "", "file of the private key, as approve keygen wrote it")
	f.StringVarP(&o.out, "out", "o", "", "write the approval to this file (default PLAN.KEYNAME.approval)")
	f.StringVar(&o.planID, "plan-id", "", "at least 12 characters of the id of the plan that is meant")
	f.StringVar(&o.comment, "comment", "", "one line that is signed too")
	f.DurationVar(&o.validFor, "valid-for", 0, "count for no longer than this (default until the plan expires)")
	f.BoolVar(&o.replace, "replace", false, "take the place of an approval that was signed with the same key")
	c.AddCommand(newApproveKeygen(e), newApproveCheck(e, g))
	return c
}

func runApprove(ctx context.Context, e *env, g *globals, o approveOptions, path string) error {
	if err := o.check(); err != nil {
		return err
	}
	cfg, err := e.settings(g)
	if err != nil {
		return err
	}
	who, err := approversOf(cfg)
	if err != nil {
		return err
	}
	p, err := ownPlan(path)
	if err != nil {
		return err
	}
	defer p.close()
	if !e.json {
		if err := e.showForApproval(p, o); err != nil {
			return err
		}
	}
	if err := e.mayApprove(p, o); err != nil {
		return err
	}
	key, err := e.signingKey(ctx, approvalKeys, o.key)
	if err != nil {
		return err
	}
	by, err := e.eligible(who, key, p)
	if err != nil {
		return err
	}
	if o.out == "" {
		o.out = path + "." + key.Name() + approvalSuffix
	}
	if err := mayWrite(o.out, key, o.replace); err != nil {
		return err
	}
	s, err := o.statement(p, e.now())
	if err != nil {
		return err
	}
	return e.signStatement(ctx, s, key, by, o, func() { e.tellStanding(who, p, path) })
}

// ownPlan copies a plan file and checks the copy, so that what is shown and
// signed are the bytes that were checked, whoever writes to the file meanwhile.
func ownPlan(path string) (_ *writtenPlan, err error) {
	in, err := open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = in.Close() }()
	f, _, err := planFile("")
	if err != nil {
		return nil, err
	}
	p := &writtenPlan{file: f, temp: true}
	defer func() {
		if err != nil {
			p.close()
		}
	}()
	if p.header, p.footer, err = plan.Verify(io.TeeReader(in, f)); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

// showForApproval shows a plan, and how much of it cannot be taken back.
func (e *env) showForApproval(p *writtenPlan, o approveOptions) error {
	if err := e.showPlan(p, o.verbose, o.concise); err != nil {
		return err
	}
	var final int64
	for entry, err := range p.entries() {
		if err != nil {
			return err
		}
		for _, a := range entry.Content.Actions {
			if a.Kind.Calls() && a.Undo != plan.UndoRefund {
				final++
			}
		}
	}
	text := "\n" + finality(final, p.footer.Counts.Calls) + "\n"
	if n := p.footer.Counts.Actions[plan.Deferred]; n > 0 {
		text += fmt.Sprintf("With --wait, apply also makes %d deferred calls, which are in no sum.\n", n)
	}
	if _, err := io.WriteString(e.stdout, text); err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}

// finality says how many of the calls cannot be taken back, and what the others
// are.
func finality(final, calls int64) string {
	switch others := calls - final; {
	case calls == 0:
		return "This plan makes no call."
	case others == 0:
		return "None of these calls can be taken back."
	case others == 1:
		return fmt.Sprintf("Of these calls, %d cannot be taken back. The other one is a capture: its money goes back only by a refund.", final)
	default:
		return fmt.Sprintf("Of these calls, %d cannot be taken back. The other %d are captures: their money goes back only by refunds.", final, others)
	}
}

// check refuses options that cannot be meant.
func (o *approveOptions) check() error {
	if o.planID != "" && (len(o.planID) < minPlanID || len(o.planID) > 64 || strings.Trim(o.planID, "0123456789abcdef") != "") {
		return usage("approve: --plan-id: give the first %d or more characters of the plan's id", minPlanID)
	}
	if o.validFor < 0 {
		return usage("approve: --valid-for %v: it is a time, such as 4h", o.validFor)
	}
	if _, err := approval.Comment(o.comment); err != nil {
		return usage("approve: --comment: %v", err)
	}
	return nil
}

// minPlanID is how many characters of a plan's id somebody has to have read.
const minPlanID = 12

// mayApprove refuses plans that nobody can approve, and another one than the one
// that is meant.
func (e *env) mayApprove(p *writtenPlan, o approveOptions) error {
	if j := p.footer.Judgement; j != nil && j.Denied > 0 {
		return &codeError{
			code: exitPolicy, err: fmt.Errorf("the policy denies this plan (%d times): nobody can approve it", j.Denied),
			hint: "payreconcile show says what it denies, and what to do about it",
		}
	}
	if !e.now().Before(p.header.Expires) {
		return refused("the plan expired at "+p.header.Expires.UTC().Format(time.DateTime)+" UTC", "plan again")
	}
	switch {
	case o.planID != "" && !strings.HasPrefix(p.footer.PlanID, o.planID):
		return refused(fmt.Sprintf("this is the plan %.12s, and --plan-id is of another", p.footer.PlanID), "sign only the plan that you have read: compare its id with the one on the page")
	case o.planID == "" && (!e.stdinTTY || e.json):
		return refused("nobody confirmed this plan, and there is no terminal to ask at", "say which plan was read: --plan-id, with the first 12 or more characters of its id")
	}
	return nil
}

func refused(msg, hint string) error {
	return &codeError{code: exitApproval, err: errors.New(msg + "; nothing was signed"), hint: hint}
}

// approversOf reads the approvers that are configured, nil for none. They have
// to be the ones that the environment pins.
func approversOf(cfg *config.Config) (*approval.Approvers, error) {
	var who *approval.Approvers
	if cfg.Approvers != "" {
		var err error
		if who, err = approval.Load(cfg.Approvers); err != nil {
			return nil, err
		}
	}
	if pin := cfg.ApproversSHA256; pin != "" && pin != who.SHA256() {
		have := "none are configured"
		if who != nil {
			have = fmt.Sprintf("%s has %s", cfg.Approvers, who.SHA256())
		}
		return nil, &codeError{
			code: exitApproval, err: fmt.Errorf("the approvers have to have the SHA-256 %s, and %s", pin, have),
			hint: "if the file was changed on purpose, have PAYRECONCILE_APPROVERS_SHA256 changed where it is set",
		}
	}
	return who, nil
}

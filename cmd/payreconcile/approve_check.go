package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/payreconcile/payreconcile/internal/approval"
	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

func newApproveCheck(e *env, g *globals) *cobra.Command {
	var from []string
	c := &cobra.Command{
		Use:   "check [flags] PLAN",
		Short: "Say who approved a plan, and how many are missing",
		Long: "check checks a whole plan file and every approval beside it (PLAN.*.approval), or the ones that\n" +
			"--approval names, and says who counts, what does not count and why, and how many are missing. It\n" +
			"needs the approvers and no connection. What a policy asks for it takes from the plan; apply asks\n" +
			"the policy again." +
			exits(exitOK, exitUsage, exitPolicy, exitApproval, exitStalePlan, exitInternal),
		Args: oneArg("plan"),
		RunE: func(_ *cobra.Command, args []string) error { return runApproveCheck(e, g, from, args[0]) },
	}
	registerApprovals(c, &from)
	return c
}

// registerApprovals registers where approvals are.
func registerApprovals(c *cobra.Command, from *[]string) {
	c.Flags().StringArrayVar(from, "approval", nil, "file of an approval, or folder of some (repeatable; default PLAN.*.approval)")
}

func runApproveCheck(e *env, g *globals, from []string, path string) error {
	cfg, err := e.settings(g)
	if err != nil {
		return err
	}
	who, err := approversOf(cfg)
	if err != nil {
		return err
	}
	p, err := readPlan(path, plan.Verify)
	if err != nil {
		return err
	}
	defer p.close()
	if who == nil {
		return &codeError{
			code: exitApproval, err: errors.New("no approvers are configured: nobody can tell whose approval counts"),
			hint: "name the file of the approvers by --approvers or PAYRECONCILE_APPROVERS",
		}
	}
	files, err := readApprovals(path, from)
	if err != nil {
		return err
	}
	r, err := who.Check(p.header, p.footer, files, asked(p.footer), e.now())
	missing, few := errors.AsType[*approval.MissingError](err)
	if err != nil && !few {
		return err
	}
	if e.json {
		err = render.ApprovalsJSON(e.stdout, p.header, p.footer, r)
	} else {
		err = render.Approvals(e.stdout, p.header, p.footer, r, e.style(e.stdout))
	}
	switch j := p.footer.Judgement; {
	case err != nil:
		return err
	case j != nil && j.Denied > 0:
		return &codeError{code: exitPolicy, err: errors.New("the policy denies this plan, whoever approves it"), hint: "payreconcile show says what it denies"}
	case missing != nil:
		return &codeError{code: exitApproval}
	}
	return nil
}

package main

import (
	"github.com/spf13/cobra"

	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

func newPlanDiff(e *env) *cobra.Command {
	var detailed bool
	c := &cobra.Command{
		Use:   "diff [flags] OLD NEW",
		Short: "Say what changed from one plan to another",
		Long: "diff verifies two plan files and compares what they want, saw and do: payments added, removed and\n" +
			"changed, the actions that differ, what moved on the platform, and the money old and new. Plans of\n" +
			"the same content id are the same, whoever made them and when; sentences are no change. Only plans\n" +
			"for one environment and merchant can be compared. One of them may be - for standard input." +
			exits(exitOK, exitChanges, exitUsage, exitStalePlan, exitInternal),
		Args: upTo(2, 2, "two plans"),
		RunE: func(_ *cobra.Command, args []string) error { return runPlanDiff(e, args[0], args[1], detailed) },
	}
	c.Flags().BoolVar(&detailed, "detailed-exitcode", false, "exit with 2 when the plans differ")
	return c
}

func runPlanDiff(e *env, before, after string, detailed bool) error {
	if before == "-" && after == "-" {
		return usage("plan diff: one of the plans can come from standard input, not both")
	}
	a, err := e.planArg(before)
	if err != nil {
		return err
	}
	defer a.close()
	b, err := e.planArg(after)
	if err != nil {
		return err
	}
	defer b.close()
	if a.header.Environment != b.header.Environment || a.header.Merchant != b.header.Merchant {
		return usage("plan diff: %s is for merchant %s in %s and %s for merchant %s in %s, which cannot be compared",
			before, render.Clean(a.header.Merchant), render.Clean(a.header.Environment), after, render.Clean(b.header.Merchant), render.Clean(b.header.Environment))
	}
	c := render.Compared{
		OldHeader: a.header, OldFooter: a.footer, NewHeader: b.header, NewFooter: b.footer,
		Payments: func(found func(plan.Change) error) (plan.Comparison, error) {
			return plan.Compare(a.file, b.file, found)
		},
	}
	if e.json {
		err = render.PlanDiffJSON(e.stdout, c)
	} else {
		err = render.PlanDiff(e.stdout, c, e.style(e.stdout))
	}
	if err == nil && detailed && !c.SameWorld() {
		return &codeError{code: exitChanges}
	}
	return err
}

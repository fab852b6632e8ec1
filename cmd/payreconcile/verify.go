package main

import (
	"github.com/spf13/cobra"

	"github.com/payreconcile/payreconcile/internal/render"
)

// newVerify makes the command verify, which is plan verify as well.
func newVerify(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "verify [flags] PLAN",
		Short: "Prove that a plan file is whole and agrees with itself",
		Long: "verify computes everything in a plan file again, from the file alone: its ids, the sums of every\n" +
			"payment, what every call moves and under which key, and the counts and sums of the whole. A file\n" +
			"in which one minor unit was changed is refused with what is wrong and in which line. It needs no\n" +
			"connection and no configuration. PLAN is a file, or - for standard input." +
			exits(exitOK, exitUsage, exitStalePlan, exitInternal),
		Args: oneArg("plan"),
		RunE: func(_ *cobra.Command, args []string) error {
			p, err := e.planArg(args[0])
			if err != nil {
				return err
			}
			defer p.close()
			if e.json {
				return render.PlanProofJSON(e.stdout, p.header, p.footer, e.now())
			}
			return render.PlanProof(e.stdout, p.header, p.footer, e.now(), e.style(e.stdout))
		},
	}
}

package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/payreconcile/payreconcile/pkg/plan"
)

func newShow(e *env) *cobra.Command {
	var o planOptions
	c := &cobra.Command{
		Use:   "show [flags] PLAN",
		Short: "Show a plan file",
		Long: "show prints a plan that was written by plan --out, after checking that every byte of it is as\n" +
			"it was written. It needs no connection and no configuration." +
			exits(exitOK, exitUsage, exitStalePlan, exitInternal),
		Args: oneArg("plan"),
		RunE: func(_ *cobra.Command, args []string) error {
			p, err := readPlan(args[0], plan.Verify)
			if err != nil {
				return err
			}
			defer p.close()
			e.tellPlan(p, "")
			return e.showPlan(p, o.verbose, o.concise)
		},
	}
	o.show(c.Flags())
	return c
}

// show registers how much of a plan is printed.
func (o *planOptions) show(f *pflag.FlagSet) {
	f.BoolVarP(&o.verbose, "verbose", "v", false, "also show hints, keys, totals and places")
	f.BoolVar(&o.concise, "concise", false, "show counts and money only")
}

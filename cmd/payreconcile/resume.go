package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/pkg/apply"
)

func newResume(e *env, g *globals) *cobra.Command {
	var o runFlags
	var concise bool
	c := &cobra.Command{
		Use:   "resume [flags]",
		Short: "Finish the newest unfinished plan",
		Long: "resume finds the newest plan in the journal that was begun and not finished. It settles first what\n" +
			"is in doubt (by a look at the platform, or the same call again under the same key), then makes the\n" +
			"calls that were not made, under every check that apply makes." + applyExits,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runResume(c.Context(), e, g, o, concise) },
	}
	o.register(c.Flags(), g)
	o.registerApply(c.Flags(), g)
	c.Flags().BoolVar(&concise, "concise", false, "show counts and money, and what did not go well")
	return c
}

func runResume(ctx context.Context, e *env, g *globals, o runFlags, concise bool) error {
	if err := o.check(); err != nil {
		return err
	}
	cfg, err := e.settings(g)
	if err != nil {
		return err
	}
	if err := cfg.RequireConnection(); err != nil {
		return err
	}
	j, err := journal.Open(ctx, e.journalConfig(cfg, journal.Write))
	if err != nil {
		return err
	}
	defer func() { _ = j.Close() }()
	header, rec, err := apply.Resume(ctx, j, cfg.Env())
	if errors.Is(err, apply.ErrNoPlan) {
		e.say("nothing to resume: every plan in this journal is finished")
		return nil
	}
	if err != nil {
		return err
	}
	e.say("resuming plan %.12s of %s", rec.PlanID, rec.AcceptedAt.UTC().Format("2006-01-02 15:04:05 MST"))
	return e.execute(ctx, cfg, j, header, rec, o, concise)
}

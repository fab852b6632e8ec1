package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/payreconcile/payreconcile/internal/config"
	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/internal/render"
)

func newAuditHead(e *env, g *globals) *cobra.Command {
	var o runFlags
	c := &cobra.Command{
		Use:   "head [flags]",
		Short: "Print a head of the audit log, to be kept elsewhere",
		Long: "head brings the hashes of the audit log up to the newest record, makes a head, keeps it in the journal\n" +
			"and prints it: whose log, how many records, the root of the hash tree over them, and the time. It is\n" +
			"signed with the key of PAYRECONCILE_AUDIT_KEY or PAYRECONCILE_AUDIT_KEY_FILE, if there is one.\n" +
			"Every apply and resume does the same. Nothing is sent." +
			exits(exitOK, exitError, exitUsage, exitLocked, exitInterrupted, exitInternal),
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runAuditHead(c.Context(), e, g, o) },
	}
	c.Flags().DurationVar(&o.lockTimeout, "lock-timeout", 0, "wait for so long for another process that works with the journal")
	return c
}

func runAuditHead(ctx context.Context, e *env, g *globals, o runFlags) error {
	if o.lockTimeout < 0 {
		return usage("--lock-timeout %v: it is a time, such as 5m", o.lockTimeout)
	}
	a, err := e.auditor(ctx)
	if err != nil {
		return err
	}
	r, err := e.openJournal(ctx, g) // which begins none
	if err != nil {
		return err
	}
	if err := r.Close(); err != nil {
		return err
	}
	cfg, err := config.Load(g.config, e.getenv)
	if err != nil {
		return err
	}
	j, err := e.lockedJournal(ctx, cfg, o)
	if err != nil {
		return err
	}
	defer func() { _ = j.Close() }()
	head, err := a.head(ctx, j)
	if err != nil {
		return err
	}
	return e.printHead(j, head)
}

// printHead prints the note of a head, and nothing beside it: it is there to be
// kept as it is.
func (e *env) printHead(j *journal.Journal, head *render.AuditHead) error {
	if e.json {
		return render.AuditHeadJSON(e.stdout, j.AuditLog(), head)
	}
	if head == nil {
		e.say("nothing is recorded of this environment and merchant, so that there is no head")
		return nil
	}
	if _, err := fmt.Fprint(e.stdout, head.Note); err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	e.tellHead(head)
	return nil
}

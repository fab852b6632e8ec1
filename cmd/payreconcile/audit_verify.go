package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/payreconcile/payreconcile/internal/audit"
	"github.com/payreconcile/payreconcile/internal/render"
)

func newAuditVerify(e *env, g *globals) *cobra.Command {
	var o auditArgs
	c := &cobra.Command{
		Use:   "verify [flags] [FILE]",
		Short: "Find whether the audit log was altered, cut off or forked",
		Long: "verify computes the hash tree over every record again, and holds it against the hashes and heads that\n" +
			"the journal keeps, and against the heads that you kept (--head). It finds edits, removed, added and\n" +
			"moved records, two heads that exclude one another, and, with a head that was kept elsewhere, an end\n" +
			"that was cut off; and says what it proves and what it cannot exclude. FILE is a log that audit export\n" +
			"wrote, or - for standard input; without it the journal is read, and not touched." +
			auditExits(exitOK, exitError, exitUsage, exitStalePlan, exitInternal),
		Args: upTo(0, 1, "at most one file"),
		RunE: func(c *cobra.Command, args []string) error { return runAuditVerify(c.Context(), e, g, o, args) },
	}
	o.register(c)
	return c
}

func runAuditVerify(ctx context.Context, e *env, g *globals, o auditArgs, args []string) error {
	heads, keys, err := o.read()
	if err != nil {
		return err
	}
	s, done, err := e.auditSource(ctx, g, args)
	if err != nil {
		return err
	}
	defer done()
	s.Heads, s.Keys = append(s.Heads, heads...), keys
	r, err := audit.Verify(s)
	if err != nil {
		return err
	}
	if e.json {
		err = render.AuditVerifyJSON(e.stdout, r)
	} else {
		err = render.Audit(e.stdout, r, e.style(e.stdout))
	}
	if err == nil && !r.Sound() {
		err = altered("the audit log is not what it was: %s", first(r.Faults))
	}
	return err
}

// first is the fault to tell of when there is room for one.
func first(faults []audit.Fault) string {
	for _, f := range faults {
		if f.Seq > 0 {
			return f.What
		}
	}
	return faults[0].What
}

// auditSource reads the log of the journal, or of the file that is named.
func (e *env) auditSource(ctx context.Context, g *globals, args []string) (s audit.Source, done func(), err error) {
	if len(args) == 0 {
		j, err := e.openJournal(ctx, g)
		if err != nil {
			return s, nil, err
		}
		if s, err = j.AuditSource(ctx); err != nil {
			return s, nil, errors.Join(err, j.Close())
		}
		return s, func() { _ = j.Close() }, nil
	}
	in, name := io.NopCloser(e.stdin), "standard input"
	if args[0] != "-" {
		name = args[0]
		if in, err = open(name); err != nil {
			return s, nil, err
		}
	}
	if s, err = audit.Read(in); err != nil {
		err = fmt.Errorf("%s: %w", name, err)
		if audit.Altered(err) {
			err = altered("%w", err)
		}
		return s, nil, errors.Join(err, in.Close())
	}
	return s, func() { _ = in.Close() }, nil
}

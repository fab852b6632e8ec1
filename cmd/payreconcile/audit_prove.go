package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/payreconcile/payreconcile/internal/audit"
	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/internal/render"
)

func newAuditProve(e *env, g *globals) *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "prove [flags] PAYMENT/KIND/REF",
		Short: "Write a proof of what was recorded of one movement",
		Long: "prove writes the records of one movement (its plans, their approvals, the calls and their outcomes) with\n" +
			"the hashes that lead from each to the newest head of the audit log, as a small file of its own: payreconcile\n" +
			"audit check needs nothing else. The text of a plan goes with it up to 256 KiB. A movement is named as in\n" +
			"3066177123/capture/ship-1. The journal is read and not touched." +
			auditExits(exitOK, exitError, exitUsage, exitStalePlan, exitInternal),
		Args: oneArg("movement, as PAYMENT/KIND/REF"),
		RunE: func(c *cobra.Command, args []string) error { return runAuditProve(c.Context(), e, g, out, args[0]) },
	}
	c.Flags().StringVarP(&out, "out", "o", "", "write the proof to this file instead of standard output")
	return c
}

func runAuditProve(ctx context.Context, e *env, g *globals, out, text string) error {
	m, err := audit.ParseMovement(text)
	if err != nil {
		return usage("audit prove: %v", err)
	}
	if e.json && out == "" {
		return usage("audit prove: the proof itself is JSON: with --json, name a file by --out")
	}
	j, err := e.openJournal(ctx, g)
	if err != nil {
		return err
	}
	defer func() { _ = j.Close() }()
	proof, err := prove(ctx, j, m)
	if err != nil {
		return err
	}
	write := func(w io.Writer) error { _, err := w.Write(proof); return err }
	if out == "" {
		if err := write(e.stdout); err != nil {
			return fmt.Errorf("write output: %w", err)
		}
		return nil
	}
	if err := wholeFile(out, write); err != nil {
		return fmt.Errorf("write the proof: %w", err)
	}
	x, err := audit.Check(proof, audit.Expect{Movement: &m})
	if err != nil {
		return err
	}
	if e.json {
		return render.AuditProveJSON(e.stdout, x, out)
	}
	if _, err := fmt.Fprintf(e.stdout, "Written: %s. Whoever gets it runs payreconcile audit check, with the key of the head (--key).\n\n", render.Clean(out)); err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return render.AuditProof(e.stdout, x, e.style(e.stdout))
}

// prove makes a proof under the newest head that is signed, or the newest one.
func prove(ctx context.Context, j *journal.Journal, m audit.Movement) ([]byte, error) {
	s, err := j.AuditSource(ctx)
	if err != nil {
		return nil, err
	}
	records, err := audit.Collect(s, m)
	switch {
	case audit.Altered(err):
		return nil, altered("%w", err)
	case err != nil:
		return nil, &codeError{code: exitUsage, err: err, hint: "payreconcile journal show lists what was recorded, with payment, kind and reference"}
	}
	last := records[len(records)-1].N
	var head audit.Claim
	for _, c := range s.Heads {
		if better := len(c.Signers) > 0 || len(head.Signers) == 0; c.Size > last && !c.At.IsZero() && better {
			head = c
		}
	}
	if head.Size == 0 {
		return nil, &codeError{
			code: exitError, err: errors.New("there is no head yet that counts all records of this movement"),
			hint: "run payreconcile audit head, then this again",
		}
	}
	proof, err := audit.Prove(m, records, head, j.AuditHashes(ctx), func(p audit.Line) ([]byte, error) { return planText(ctx, j, p.PlanID) })
	if audit.Altered(err) {
		return nil, altered("%w; run payreconcile audit verify", err)
	}
	return proof, err
}

// planText is the text of a plan that is not long.
func planText(ctx context.Context, j *journal.Journal, planID string) ([]byte, error) {
	r, err := j.ReadPlan(ctx, planID)
	if err != nil {
		return nil, fmt.Errorf("read the plan from the journal: %w", err)
	}
	defer func() { _ = r.Close() }()
	return io.ReadAll(io.LimitReader(r, audit.MaxPlan+1))
}

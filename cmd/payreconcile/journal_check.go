package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

func newJournalCheck(e *env, g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Prove that the journal is whole",
		Long: "check reads the whole journal and looks for keys used twice, outcomes that cannot follow one another,\n" +
			"records without their intent, plans whose bytes were altered, and damage to the file." + exits(exitOK, exitError, exitUsage, exitInternal),
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runJournalCheck(c.Context(), e, g) },
	}
}

func runJournalCheck(ctx context.Context, e *env, g *globals) error {
	j, err := e.openJournal(ctx, g)
	if err != nil {
		return err
	}
	defer func() { _ = j.Close() }()
	report, err := j.Check(ctx, verifyStored)
	if err != nil {
		return err
	}
	if err := e.showReport(report); err != nil {
		return err
	}
	if n := len(report.Faults); n > 0 {
		return &codeError{
			code: exitError, err: fmt.Errorf("the journal has %d faults: the disk damaged it, or somebody altered it", n),
			hint: "apply nothing with it; restore the newest copy that payreconcile journal check finds sound",
		}
	}
	return nil
}

func (e *env) showReport(r journal.Report) error {
	if e.json {
		var faults []render.CheckFault
		for _, f := range r.Faults {
			faults = append(faults, render.CheckFault{Seq: f.Seq, Message: f.What})
		}
		return render.CheckJSON(e.stdout, r.ID, r.Records, faults)
	}
	for _, f := range r.Faults {
		if _, err := fmt.Fprintf(e.stdout, "record %d: %s\n", f.Seq, render.Clean(f.What)); err != nil {
			return err
		}
	}
	if len(r.Faults) > 0 {
		return nil
	}
	_, err := fmt.Fprintf(e.stdout, "Sound: journal %s with %d records.\n", r.ID, r.Records)
	return err
}

// verifyStored proves that the bytes of a stored plan are those of its id.
func verifyStored(p apply.PlanRecord, stored io.Reader) error {
	_, f, err := plan.Verify(stored)
	if err == nil && f.PlanID != p.PlanID {
		err = errors.New("its bytes are those of another plan")
	}
	return err
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/payreconcile/payreconcile/internal/approval"
	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

// hold says why nothing more of a plan that was begun may be sent: the policy,
// asked again, denies it, or an approval that it was begun on does not count any
// more. It is "" when the plan may go on. What is in doubt is settled either
// way. The error is that the journal could not be read.
func (g *gate) hold(ctx context.Context, j *journal.Journal, h plan.Header, rec apply.PlanRecord, wait apply.Wait) (string, error) {
	if !g.strict() && h.Policy == "" && h.Approvers == "" {
		return "", nil
	}
	open := func() (io.ReadCloser, error) { return j.ReadPlan(ctx, rec.PlanID) }
	f, err := storedFooter(open)
	if err != nil {
		return "", err
	}
	judged, err := g.judge(h, f, open)
	if err == nil {
		err = denied(judged)
	}
	if err == nil && g.strict() && wait != "" && f.Counts.Actions[plan.Deferred] > 0 {
		err = errors.New("--wait makes calls that the plan defers, and nobody approved them")
	}
	if err == nil && f.HasChanges() {
		_, err = g.approvers.Check(h, f, recorded(rec.Approvals), judged.Approvals, g.env.now())
	}
	if err == nil {
		return "", nil
	}
	if code := exitCode(err); code != exitPolicy && code != exitApproval {
		return "", err
	}
	for line := range strings.Lines(err.Error()) {
		g.env.say("%s", line)
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return strings.TrimSuffix(first, "; nothing was sent"), nil
}

// storedFooter reads the footer of a plan that the journal has stored.
func storedFooter(open func() (io.ReadCloser, error)) (plan.Footer, error) {
	body, err := open()
	if err != nil {
		return plan.Footer{}, fmt.Errorf("read the plan from the journal: %w", err)
	}
	defer func() { _ = body.Close() }()
	_, f, err := plan.VerifySeal(body)
	if err != nil {
		return f, fmt.Errorf("read the plan from the journal: %w", err)
	}
	return f, nil
}

// recorded are the signed approvals that a plan was begun on.
func recorded(all []apply.Approval) []approval.File {
	var files []approval.File
	for _, a := range all {
		if a.How == apply.HowSignature {
			files = append(files, approval.File{Name: "journal: " + a.By, Data: []byte(a.Statement)})
		}
	}
	return files
}

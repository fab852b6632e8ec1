package main

import (
	"context"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/payreconcile/payreconcile/internal/config"
	"github.com/payreconcile/payreconcile/internal/drift"
	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/internal/planner"
	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// sinceDefault is how far back plans are looked at.
const sinceDefault = "30d"

type driftOptions struct {
	since     string
	late      time.Duration
	detailed  bool
	selection selectionFlags
	run       runFlags
}

func newDrift(e *env, g *globals) *cobra.Command {
	var o driftOptions
	c := &cobra.Command{
		Use:   "drift [flags] [MANIFEST...]",
		Short: "Say what has moved away from what was applied",
		Long: "drift compares what was last applied, the journal and the platform: what others did, what the platform\n" +
			"refused after it had accepted it, what is late, in doubt or missing, and what is no longer as it was\n" +
			"wanted. Without arguments it looks at every payment of the plans that were applied with this journal;\n" +
			"the newest plan that contains a payment counts. With manifests it looks at the payments that they\n" +
			"declare. It is made for a daily job: nothing is changed on the platform or in the journal." +
			exits(exitOK, exitError, exitChanges, exitUsage, exitInDoubt, exitInterrupted, exitInternal, exitCredentials),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 && c.Flags().Changed("since") {
				return usage("drift: --since is about the plans in the journal; with manifests leave it out")
			}
			return runDrift(c.Context(), e, g, o, args)
		},
	}
	f := c.Flags()
	f.StringVar(&o.since, "since", sinceDefault, "look at plans applied in this last time, as 24h or 30d, or since this day, as 2026-11-01")
	f.DurationVar(&o.late, "late", drift.DefaultLate, "what was accepted or pending for longer than this is late")
	f.BoolVar(&o.detailed, "detailed-exitcode", false, "exit with 2 when there is drift")
	o.selection.register(f)
	o.run.register(f, g)
	return c
}

func runDrift(ctx context.Context, e *env, g *globals, o driftOptions, args []string) error {
	selection, err := o.selection.selection()
	if err != nil {
		return err
	}
	now := e.now()
	since, err := sinceTime(o.since, now)
	if err != nil {
		return err
	}
	if o.late <= 0 {
		return usage("--late %v: it is a time, such as 72h", o.late)
	}
	cfg, err := e.settings(g)
	if err != nil {
		return err
	}
	if err := cfg.RequireConnection(); err != nil {
		return err
	}
	j, err := e.existingJournal(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { _ = j.Close() }()
	found, err := drift.NewReport()
	if err != nil {
		return err
	}
	defer func() { _ = found.Close() }()
	d := render.DriftReport{
		Environment: cfg.Environment, Merchant: cfg.MerchantID, At: now, Late: o.late,
		Summary: &found.Summary, Findings: found.Findings,
	}
	var subjects iter.Seq2[drift.Subject, error]
	if len(args) > 0 {
		srcs, err := spec.OpenSources(args, e.stdin)
		if err != nil {
			return err
		}
		defer func() { _ = srcs.Close() }()
		payments := spec.Decode(ctx, srcs, spec.Options{Selection: selection, MerchantID: cfg.MerchantID})
		subjects = drift.FromManifests(planner.CheckAhead(payments, nil))
	} else if subjects, err = appliedSubjects(ctx, j, cfg, &d, since, selection); err != nil {
		return err
	}
	if err := e.lookForDrift(ctx, cfg, j, subjects, drift.Options{Now: now, Late: o.late}, found); err != nil {
		return err
	}
	if found.Payments == 0 && !selection.All() {
		return usage("drift: no payment that was looked at is selected")
	}
	return e.tellDrift(d, o.detailed)
}

// sinceTime reads a time before now, or a day.
func sinceTime(text string, now time.Time) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	d, err := time.ParseDuration(text)
	if days, is := strings.CutSuffix(text, "d"); is {
		var n uint64
		if n, err = strconv.ParseUint(days, 10, 16); err == nil {
			return now.UTC().AddDate(0, 0, -int(n)), nil
		}
	}
	if err != nil || d <= 0 {
		return time.Time{}, usage("--since %s: it is a time, such as 24h or 30d, or a day, such as 2026-11-01", text)
	}
	return now.Add(-d), nil
}

// appliedSubjects are the payments of the plans that were applied since. A
// journal in which this merchant has none is the wrong one, more likely than a
// new one, and its silence would pass for good news.
func appliedSubjects(ctx context.Context, j *journal.Journal, cfg *config.Config, d *render.DriftReport, since time.Time, chosen *spec.Selection) (iter.Seq2[drift.Subject, error], error) {
	plans, err := drift.ListPlans(ctx, j, since)
	if err != nil {
		return nil, err
	}
	if plans.Newer.IsZero() {
		return nil, &codeError{
			code: exitUsage,
			err:  fmt.Errorf("the journal %s holds no plan that was applied for merchant %s in %s", cfg.Journal, cfg.MerchantID, cfg.Environment),
			hint: "check --journal, --merchant-id and --environment; before the first apply, name manifests: payreconcile drift MANIFEST",
		}
	}
	d.Since, d.Plans, d.Newest = since, int64(len(plans.Since)), plans.Newer
	return drift.FromPlans(ctx, j, plans.Since, func(id spec.PaymentID, labels map[string]string) bool {
		return chosen.Match(&spec.Payment{ID: id, Manifest: &spec.Manifest{Labels: labels}})
	}), nil
}

// lookForDrift looks at payments and keeps what is found.
func (e *env) lookForDrift(ctx context.Context, cfg *config.Config, j *journal.Journal, subjects iter.Seq2[drift.Subject, error], o drift.Options, found *drift.Report) error {
	gate, pace, err := e.gateway(ctx, cfg)
	if err != nil {
		return err
	}
	if e.stream != nil {
		_ = e.stream.Header(render.StreamHeader{Command: e.command}) // the stream keeps its error
	}
	bar := e.progress(0)
	defer bar.Finish()
	c := drift.Checker{
		Reader: planner.Paced(gate, pace), History: j, Parallelism: cfg.Parallelism, Options: o,
		Env: plan.Env{Name: cfg.Environment, Merchant: cfg.MerchantID, CaptureUnit: cfg.CaptureAmountUnit, RefundOpen: cfg.RefundOnOpenCapture},
	}
	for checked, err := range c.Check(ctx, subjects) {
		if err != nil {
			return err
		}
		if err := found.Add(checked); err != nil {
			return err
		}
		bar.Add(1, 0)
		e.stream.Looked()
		if e.stream == nil {
			continue
		}
		for _, f := range checked.Findings {
			if err := e.stream.Found(f); err != nil {
				return err
			}
		}
	}
	return nil
}

// tellDrift shows what was found, and ends as it deserves.
func (e *env) tellDrift(d render.DriftReport, detailed bool) (err error) {
	e.ci.Drift(d)
	switch {
	case e.stream != nil:
		e.stream.Drifted(d.Summary)
	case e.json:
		err = render.DriftJSON(e.stdout, d)
	default:
		err = render.DriftText(e.stdout, d, e.style(e.stdout))
	}
	switch {
	case err != nil:
		return err
	case d.Summary.Counts[drift.InDoubt] > 0:
		return &codeError{code: exitInDoubt}
	case detailed && d.Summary.Found() > 0:
		return &codeError{code: exitChanges}
	}
	return nil
}

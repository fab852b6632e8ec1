package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/payreconcile/payreconcile/internal/ci"
	"github.com/payreconcile/payreconcile/internal/config"
	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

type applyOptions struct {
	autoApprove bool
	accept      []string
	approvals   []string
	verbose     bool
	concise     bool
	selection   selectionFlags
	run         runFlags
}

var applyExits = exits(exitOK, exitError, exitUsage, exitPolicy, exitApproval, exitStalePlan, exitPartial, exitInDoubt, exitLocked,
	exitInterrupted, exitInternal, exitCredentials)

func newApply(e *env, g *globals) *cobra.Command {
	var o applyOptions
	c := &cobra.Command{
		Use:   "apply [flags] PLAN | MANIFEST...",
		Short: "Make the calls of a plan, once",
		Long: "apply checks a whole plan file, then makes its calls: each is compared with the platform again,\n" +
			"written to the journal, sent under its own key, and its outcome written down. A plan runs once.\n" +
			"Given manifests (files that end in .yaml or .yml, folders, or -), it plans, shows the plan, asks,\n" +
			"and applies it.\n\n" +
			"Under approvers, the plan needs their signatures (payreconcile approve). Under a policy, which is\n" +
			"asked again, somebody has to say yes at the terminal, or the plan's totals with --accept." + applyExits,
		Args: someArgs("a plan or a manifest"),
		RunE: func(c *cobra.Command, args []string) error { return runApply(c.Context(), e, g, o, args) },
	}
	f := c.Flags()
	f.BoolVar(&o.autoApprove, "auto-approve", false, "do not ask before the first call; not enough under a policy or approvers")
	f.StringArrayVar(&o.accept, "accept", nil, "accept exactly these totals, as 3:EUR:125.00 for three calls over 125.00 EUR (repeatable, one a currency)")
	registerApprovals(c, &o.approvals)
	f.BoolVarP(&o.verbose, "verbose", "v", false, "also show hints, keys, totals and places")
	f.BoolVar(&o.concise, "concise", false, "show counts and money, and what did not go well")
	o.selection.register(f)
	o.run.register(f, g)
	o.run.registerApply(f, g)
	return c
}

func runApply(ctx context.Context, e *env, flags *globals, o applyOptions, args []string) error {
	if err := o.run.check(); err != nil {
		return err
	}
	var p *writtenPlan
	var err error
	planPath := ""
	if areManifests(args) {
		p, err = e.writePlan(ctx, flags, "", o.selection, args)
	} else if len(args) > 1 {
		return usage("apply: takes one plan, or manifests that end in .yaml or .yml")
	} else {
		planPath = args[0]
		p, err = readPlan(planPath, plan.VerifySeal) // Accept verifies the rest of it
	}
	if err != nil {
		return err
	}
	defer p.close()
	cfg, err := e.settings(flags)
	if err != nil {
		return err
	}
	if err := cfg.RequireConnection(); err != nil {
		return err
	}
	g, err := e.gate(cfg)
	if err != nil {
		return err
	}
	judged, err := g.judge(p.header, p.footer, p.open)
	if err != nil {
		return err
	}
	if g.strict() {
		p.footer.Judgement = judged // as of now
	}
	if !e.json {
		if err := e.showPlan(p, o.verbose, o.concise); err != nil {
			return err
		}
	}
	if err := denied(judged); err != nil {
		return err
	}
	permit, err := g.permit(ctx, p, judged.Approvals, planPath, &o)
	if err != nil {
		return err
	}
	if o.run.auditor, err = e.auditor(ctx); err != nil {
		return err
	}
	j, err := e.lockedJournal(ctx, cfg, o.run)
	if err != nil {
		return err
	}
	defer func() { _ = j.Close() }()
	header, rec, err := apply.Accept(ctx, j, io.NewSectionReader(p.file, 0, 1<<62), cfg.Env(), permit, e.now())
	if err != nil {
		return err
	}
	return e.execute(ctx, cfg, j, header, rec, o.run, o.concise)
}

// areManifests tells manifests from a plan by their names: a plan is any file
// that is not called .yaml or .yml.
func areManifests(args []string) bool {
	for _, a := range args {
		ext := strings.ToLower(filepath.Ext(a))
		if info, err := os.Stat(a); a != "-" && ext != ".yaml" && ext != ".yml" && (err != nil || !info.IsDir()) {
			return false
		}
	}
	return true
}

// execute runs a plan that the journal has accepted and reports what became of
// it.
func (e *env) execute(ctx context.Context, cfg *config.Config, j *journal.Journal, h plan.Header, rec apply.PlanRecord, o runFlags, concise bool) (err error) {
	defer e.doubtGoesFirst(j, &err)
	gate, pacer, err := e.gateway(ctx, cfg)
	if err != nil {
		return err
	}
	body, err := j.ReadPlan(ctx, rec.PlanID)
	if err != nil {
		return fmt.Errorf("read the plan from the journal: %w", err)
	}
	defer func() { _ = body.Close() }()
	report, err := e.reporter(concise)
	if err != nil {
		return err
	}
	report.begin(h, &rec, o.junit)
	var bar *render.Progress
	if concise || !e.stdoutTTY { // else the lines of the results are the progress
		bar = e.progress(rec.Payments)
	}
	money := barMoney{bar: bar}
	x := apply.Executor{
		Gateway: gate, Pace: pacer, Journal: j, Env: h.Env(), Now: e.now, Options: o.options(cfg),
		Report: func(r apply.Result) { report.result(r); money.add(r) },
		Looked: func() { bar.Add(1, 0); e.stream.Looked() },
	}
	sum, err := x.Run(ctx, h, rec, plan.Entries(body))
	bar.Finish()
	report.headAfter(ctx, j, o.auditor)
	if closeErr := report.close(sum); closeErr != nil && err == nil {
		err = closeErr
	}
	return verdictOf(sum, err)
}

// doubtGoesFirst turns a panic that left a call in doubt into that: nobody may
// read the exit code of a fault of ours as "nothing is in doubt".
func (e *env) doubtGoesFirst(j *journal.Journal, err *error) {
	p := recover()
	if p == nil {
		return
	}
	if open, failed := j.Open(context.Background(), 1); failed != nil || len(open) == 0 {
		panic(p)
	}
	e.explainPanic(p)
	*err = &codeError{code: exitInDoubt}
}

// barMoney shows the money that moved beside a progress bar, as long as it is
// all in one currency.
type barMoney struct {
	bar      *render.Progress
	currency spec.Currency
	mixed    bool
}

func (m *barMoney) add(r apply.Result) {
	if m.mixed || (r.Status != apply.StatusAccepted && r.Status != apply.StatusSettled) {
		return
	}
	if m.currency == "" {
		m.currency = r.Currency
		m.bar.MoneyIn(r.Currency)
	}
	if m.mixed = m.currency != r.Currency; m.mixed {
		m.bar.MoneyIn("")
		return
	}
	m.bar.Add(0, r.Action.Amount)
}

// verdictOf is the exit code of a run: doubt goes before everything.
func verdictOf(sum apply.Summary, err error) error {
	code := exitOK
	switch {
	case sum.Counts[apply.StatusUnknown] > 0:
		code = exitInDoubt
	case sum.Credential:
		code = exitCredentials
	case err != nil && sum.Counts[apply.StatusAccepted]+sum.Counts[apply.StatusSettled]+sum.Counts[apply.StatusRefused] > 0:
		code = exitInterrupted // exitError says that nothing was sent
	case err != nil:
		return err
	case sum.Counts[apply.StatusRefused]+sum.Counts[apply.StatusBlocked]+sum.Counts[apply.StatusStale] > 0:
		code = exitPartial
	case sum.Interrupt:
		code = exitInterrupted
	case sum.Counts[apply.StatusSkipped] > 0 || sum.Unsent > 0 || sum.Late > 0:
		code = exitPartial
	}
	if code == exitOK {
		return nil
	}
	return &codeError{code: code, err: err}
}

// A reporter tells of results as they come, as text or as JSON.
type reporter struct {
	env     *env
	json    *render.ApplyJSON
	header  plan.Header
	junit   *ci.JUnit
	concise bool              // what went well is only counted
	head    *render.AuditHead // of the audit log, after the run; nil when there is none
	failed  error
}

func (e *env) reporter(concise bool) (*reporter, error) {
	r := &reporter{env: e, concise: concise}
	if e.json && e.stream == nil {
		j, err := render.NewApplyJSON(e.stdout)
		if err != nil {
			return nil, err
		}
		r.json = j
	}
	return r, nil
}

// result never fails: money moved whether or not somebody reads about it.
func (r *reporter) result(x apply.Result) {
	r.env.ci.Result(x)
	r.junit.Result(x)
	var err error
	switch {
	case r.env.stream != nil:
		err = r.env.stream.Result(x)
	case r.json != nil:
		err = r.json.Result(x)
	case r.concise && x.Message == "" && (x.Status == apply.StatusSettled || x.Status == apply.StatusAccepted):
	default:
		err = render.Result(r.env.stdout, x, r.env.style(r.env.stdout))
	}
	r.failed = errors.Join(r.failed, err)
}

func (r *reporter) close(s apply.Summary) error {
	r.env.ci.Run(r.header, s)
	r.env.closeJUnit(r.junit, func() { r.junit.Run(s) })
	var err error
	switch {
	case r.env.stream != nil:
		r.env.stream.Ran(s, r.head)
	case r.json != nil:
		err = r.json.Close(s, r.head)
	default:
		err = render.Summary(r.env.stdout, s, r.env.style(r.env.stdout))
	}
	r.env.tellHead(r.head)
	return errors.Join(r.failed, err)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/payreconcile/payreconcile/internal/config"
	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

func newResume(e *env, g *globals) *cobra.Command {
	var o resumeOptions
	c := &cobra.Command{
		Use:   "resume [flags]",
		Short: "Finish the newest unfinished plan",
		Long: "resume finds the newest plan in the journal that was begun and not finished. It settles first what\n" +
			"is in doubt (by a look at the platform, or the same call again under the same key), then makes the\n" +
			"calls that were not made, under every check that apply makes, the policy and the approvals that the\n" +
			"plan was begun on among them: what these do not allow any more is not sent. With no plan to finish it looks again\n" +
			"at what the platform accepted: it may have settled since, or been refused.\n\n" +
			"What the platform does not show, a person may have to decide: --settle takes your word that a call was\n" +
			"made or was not, and records it with --reason and your name. A \"not done\" is refused while the\n" +
			"platform may still carry the call out, or shows an operation that may be it." + applyExits,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runResume(c.Context(), e, g, o) },
	}
	f := c.Flags()
	o.run.register(f, g)
	o.run.registerApply(f, g)
	f.BoolVar(&o.concise, "concise", false, "show counts and money, and what did not go well")
	f.StringArrayVar(&o.settle, "settle", nil, "take your word for a call in doubt, as PAYMENT/KIND/REF=done or =not-done (repeatable)")
	f.StringVar(&o.reason, "reason", "", "why you are sure, for --settle; it goes on record with your name")
	return c
}

type resumeOptions struct {
	run     runFlags
	concise bool
	settle  []string
	reason  string
}

// words are what --settle says, checked before anything is touched.
func (o resumeOptions) words(by string) ([]apply.Word, error) {
	if len(o.settle) > 0 && strings.TrimSpace(o.reason) == "" {
		return nil, usage("--settle needs --reason: your word goes on record")
	}
	words := make([]apply.Word, len(o.settle))
	for i, text := range o.settle {
		w, err := apply.ParseWord(text)
		if err != nil {
			return nil, usage("--settle: %v", err)
		}
		w.Reason, w.By = o.reason, by
		words[i] = w
	}
	return words, nil
}

func runResume(ctx context.Context, e *env, g *globals, o resumeOptions) error {
	if err := o.run.check(); err != nil {
		return err
	}
	words, err := o.words(e.actor())
	if err != nil {
		return err
	}
	cfg, err := e.settings(g)
	if err != nil {
		return err
	}
	if err := cfg.RequireConnection(); err != nil {
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
	header, rec, err := apply.Resume(ctx, j, cfg.Env())
	if errors.Is(err, apply.ErrNoPlan) {
		e.say("nothing to resume: every plan in this journal is finished; looking again at what was accepted")
		return e.revisit(ctx, cfg, j, o)
	}
	if err != nil {
		return err
	}
	rules, err := e.gate(cfg)
	if err != nil {
		return err
	}
	hold, err := rules.hold(ctx, j, header, rec, apply.Wait(o.run.wait))
	if err != nil {
		return err
	}
	o.run.hold = hold
	if err := e.settleByWord(ctx, cfg, j, header, rec, words); err != nil {
		return err
	}
	e.say("resuming plan %.12s of %s", rec.PlanID, rec.AcceptedAt.UTC().Format("2006-01-02 15:04:05 MST"))
	return e.execute(ctx, cfg, j, header, rec, o.run, o.concise)
}

// revisit looks again at what the platform took and had not settled yet.
func (e *env) revisit(ctx context.Context, cfg *config.Config, j *journal.Journal, o resumeOptions) error {
	gate, pacer, err := e.gateway(ctx, cfg)
	if err != nil {
		return err
	}
	report, err := e.reporter(o.concise)
	if err != nil {
		return err
	}
	report.begin(plan.Header{Merchant: cfg.MerchantID, Environment: cfg.Environment}, nil, o.run.junit)
	x := apply.Executor{Gateway: gate, Pace: pacer, Journal: j, Env: cfg.Env(), Now: e.now, Options: o.run.options(cfg), Report: report.result}
	before := j.Ref().Seq
	sum, err := x.Revisit(ctx)
	if j.Ref().Seq != before {
		report.headAfter(ctx, j, o.run.auditor)
	}
	if closeErr := report.close(sum); closeErr != nil && err == nil {
		err = closeErr
	}
	return verdictOf(sum, err)
}

// settleByWord records what a person says of calls in doubt.
func (e *env) settleByWord(ctx context.Context, cfg *config.Config, j *journal.Journal, h plan.Header, rec apply.PlanRecord, words []apply.Word) error {
	if len(words) == 0 {
		return nil
	}
	gate, _, err := e.gateway(ctx, cfg)
	if err != nil {
		return err
	}
	x := apply.Executor{Gateway: gate, Journal: j, Env: h.Env(), Now: e.now, Options: apply.Options{CallTimeout: cfg.CallTimeout, KeyWindow: cfg.KeyWindow}}
	for _, w := range words {
		if err := x.Settle(ctx, h, rec, w); err != nil {
			return fmt.Errorf("settle the %s %s of payment %s: %w", w.Op, w.Ref, w.Payment, err)
		}
		e.say("on record: the %s %s of payment %s is settled by the word of %s", w.Op, w.Ref, w.Payment, w.By)
	}
	return nil
}

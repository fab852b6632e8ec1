package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/payreconcile/payreconcile/internal/approval"
	"github.com/payreconcile/payreconcile/internal/config"
	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/internal/planner"
	"github.com/payreconcile/payreconcile/internal/policy"
	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

type planOptions struct {
	out       string
	junit     string
	detailed  bool
	verbose   bool
	concise   bool
	selection selectionFlags
	run       runFlags
}

func newPlan(e *env, g *globals) *cobra.Command {
	var o planOptions
	c := &cobra.Command{
		Use:   "plan [flags] MANIFEST...",
		Short: "Show what would change, and write it as a plan",
		Long: "plan reads manifests (files, folders, - for standard input), reads every declared payment from\n" +
			"the platform, and shows the calls that would make it as declared, and what the policy says of\n" +
			"them when there is one. With --out the plan is also written to a file, for review and for apply.\n" +
			"Nothing is changed on the platform." +
			exits(exitOK, exitError, exitChanges, exitUsage, exitPolicy, exitPartial, exitInDoubt, exitInterrupted, exitInternal, exitCredentials),
		Args: someArgs("a manifest"),
		RunE: func(c *cobra.Command, args []string) error { return runPlan(c.Context(), e, g, o, args) },
	}
	f := c.Flags()
	f.StringVarP(&o.out, "out", "o", "", "write the plan to this file")
	f.BoolVar(&o.detailed, "detailed-exitcode", false, "exit with 2 when the plan has changes")
	f.StringVar(&o.junit, "junit", "", "also write a JUnit report to this file, a case an action")
	o.show(f)
	o.selection.register(f)
	o.run.register(f, g)
	c.AddCommand(newPlanDiff(e), newVerify(e))
	return c
}

func runPlan(ctx context.Context, e *env, g *globals, o planOptions, args []string) error {
	p, err := e.writePlan(ctx, g, o.out, o.selection, args)
	if err != nil {
		return err
	}
	defer p.close()
	e.tellPlan(p, o.junit)
	if err := e.showPlan(p, o.verbose, o.concise); err != nil {
		return err
	}
	if o.out != "" && !e.json {
		e.sayWhere(o.out, p)
	}
	switch {
	case p.footer.Counts.InDoubt > 0:
		return &codeError{code: exitInDoubt}
	case p.denied():
		return &codeError{code: exitPolicy}
	case p.footer.Counts.Blocked+p.footer.Counts.Drifted > 0:
		return &codeError{code: exitPartial}
	case o.detailed && p.footer.HasChanges():
		return &codeError{code: exitChanges}
	}
	return nil
}

// sayWhere tells where the plan is, and what to do with it.
func (e *env) sayWhere(out string, p *writtenPlan) {
	switch n := asked(p.footer); {
	case p.denied():
		e.say("the plan is in %s; apply refuses it for as long as the policy denies it", out)
	case n > 0:
		e.say("the plan is in %s; have it approved by %s: payreconcile approve %s; then: payreconcile apply %s", out, numberOfPeople(n), out, out)
	default:
		e.say("the plan is in %s; apply it with: payreconcile apply %s", out, out)
	}
}

func numberOfPeople(n int) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}

// A writtenPlan is a plan file that can be read again from its start.
type writtenPlan struct {
	file   *os.File
	header plan.Header
	footer plan.Footer
	temp   bool
}

func (p *writtenPlan) close() {
	_ = p.file.Close()
	if p.temp {
		_ = os.Remove(p.file.Name())
	}
}

// denied reports that a policy denied something when the plan was made.
func (p *writtenPlan) denied() bool {
	return p.footer.Judgement != nil && p.footer.Judgement.Denied > 0
}

// open gives the bytes of the plan, from the first.
func (p *writtenPlan) open() (io.ReadCloser, error) {
	return io.NopCloser(io.NewSectionReader(p.file, 0, 1<<62)), nil
}

// entries streams the payments of the plan, from the first.
func (p *writtenPlan) entries() iter.Seq2[*plan.Entry, error] {
	return plan.Entries(io.NewSectionReader(p.file, 0, 1<<62))
}

// writePlan plans the manifests. The plan appears under its name only when it
// is complete; without a name it is a temporary file.
func (e *env) writePlan(ctx context.Context, g *globals, out string, sel selectionFlags, args []string) (*writtenPlan, error) {
	selection, err := sel.selection()
	if err != nil {
		return nil, err
	}
	cfg, err := e.settings(g)
	if err != nil {
		return nil, err
	}
	if err := cfg.RequireConnection(); err != nil {
		return nil, err
	}
	rules, err := e.gate(cfg)
	if err != nil {
		return nil, err
	}
	srcs, err := spec.OpenSources(args, e.stdin)
	if err != nil {
		return nil, err
	}
	defer func() { _ = srcs.Close() }()
	history, err := journal.Open(ctx, e.journalConfig(cfg, journal.ReadOnly))
	if err != nil {
		return nil, err
	}
	defer func() { _ = history.Close() }()
	gate, p, err := e.gateway(ctx, cfg)
	if err != nil {
		return nil, err
	}
	header := e.header(cfg, history.Ref(), srcs, selection)
	header.Approvers = rules.approvers.SHA256()
	var judge *policy.Run
	if rules.policy != nil {
		header.Policy = rules.policy.SHA256()
		judge = rules.policy.Run(header, policy.Planning, header.Created)
	}
	bar := e.progress(0)
	defer bar.Finish()
	pl := planner.Planner{
		Reader: gate, History: history, Env: header.Env(), Parallelism: cfg.Parallelism, Judge: judge, Pace: p,
		Looked: func(n int64) { bar.Add(n, 0) },
	}
	return createPlan(out, header, func(w *plan.Writer) (plan.Footer, error) {
		payments := spec.Decode(ctx, srcs, spec.Options{Selection: selection, MerchantID: cfg.MerchantID})
		if err := pl.Write(ctx, payments, w); err != nil {
			return plan.Footer{}, err
		}
		return closePlan(w, judge, rules.approvers)
	})
}

func (e *env) header(cfg *config.Config, ref plan.JournalRef, srcs *spec.Sources, sel *spec.Selection) plan.Header {
	now := e.now().UTC()
	h := plan.Header{
		CaptureUnit: cfg.CaptureAmountUnit, Created: now, Environment: cfg.Environment, Expires: now.Add(cfg.PlanTTL),
		Journal: ref, Maker: e.actor(), Merchant: cfg.MerchantID, Nonce: nonce(), RefundOpen: cfg.RefundOnOpenCapture,
		Tool: "payreconcile " + version,
	}
	if !sel.All() {
		h.Selection = sel.String()
	}
	for _, s := range srcs.List() {
		h.Manifests = append(h.Manifests, plan.ManifestFile{Name: s.Name, SHA256: hex.EncodeToString(s.SHA256[:])})
	}
	return h
}

func nonce() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// closePlan closes a plan that was written. Under a policy or approvers its
// footer says what is denied and how many people have to agree.
func closePlan(w *plan.Writer, judge *policy.Run, who *approval.Approvers) (f plan.Footer, err error) {
	if judge == nil && who == nil {
		f, err = w.Close()
	} else {
		var failed error
		f, err = w.CloseJudged(func(f plan.Footer) *plan.Judgement {
			j := &plan.Judgement{}
			if judge != nil {
				j = judge.Plan(f)
			}
			if f.HasChanges() {
				j.Approvals, failed = who.Needed(f, j.Approvals)
			}
			return j
		})
		err = errors.Join(err, failed)
	}
	if err != nil {
		return f, fmt.Errorf("%w; nothing was sent", err)
	}
	return f, nil
}

// createPlan writes a plan file by write. A file under its final name is always
// complete: it is written beside it and renamed. A device or a pipe is written
// as it is.
func createPlan(out string, h plan.Header, write func(*plan.Writer) (plan.Footer, error)) (_ *writtenPlan, err error) {
	f, rename, err := planFile(out)
	if err != nil {
		return nil, err
	}
	p := &writtenPlan{file: f, header: h, temp: out == ""}
	defer func() {
		if err != nil {
			_ = f.Close()
			if out == "" || rename {
				_ = os.Remove(f.Name())
			}
		}
	}()
	w, err := plan.NewWriter(f, h)
	if err != nil {
		return nil, err
	}
	if p.footer, err = write(w); err != nil {
		return nil, err
	}
	if !rename {
		return p, nil
	}
	if err = f.Sync(); err != nil {
		return nil, fmt.Errorf("write the plan: %w; nothing was sent", err)
	}
	if err = os.Rename(f.Name(), out); err != nil {
		return nil, fmt.Errorf("write the plan: %w", err)
	}
	return p, nil
}

func planFile(out string) (f *os.File, rename bool, err error) {
	if out == "" {
		f, err = os.CreateTemp("", "payreconcile-*.plan")
	} else {
		f, rename, err = beside(out)
	}
	if err != nil {
		return nil, false, fmt.Errorf("write the plan: %w", err)
	}
	return f, rename, nil
}

// beside creates a file that takes the name out once it is complete. A device
// or a pipe is opened as it is.
func beside(out string) (f *os.File, rename bool, err error) {
	if info, statErr := os.Stat(out); statErr == nil && !info.Mode().IsRegular() {
		if info.IsDir() {
			return nil, false, usage("--out %s is a folder; name a file in it", out)
		}
		f, err = os.OpenFile(out, os.O_RDWR, 0)
		return f, false, err
	}
	f, err = os.CreateTemp(filepath.Dir(out), "."+filepath.Base(out)+".*")
	return f, true, err
}

// showPlan prints a plan.
func (e *env) showPlan(p *writtenPlan, verbose, concise bool) error {
	if e.stream != nil {
		return e.streamPlan(p)
	}
	if e.json {
		return render.PlanJSON(e.stdout, p.header, p.footer, p.entries())
	}
	return render.Plan(e.stdout, p.header, p.footer, p.entries, render.PlanOptions{Style: e.style(e.stdout), Verbose: verbose, Concise: concise, Now: e.now()})
}

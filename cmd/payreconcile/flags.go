package main

import (
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/payreconcile/payreconcile/internal/config"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// selectionFlags say which of the declared payments are meant.
type selectionFlags struct {
	selectors, notSelectors []string
	payments, notPayments   []string
	idsFile                 string
}

func (s *selectionFlags) register(f *pflag.FlagSet) {
	f.StringArrayVar(&s.selectors, "selector", nil, "only manifests with these labels, as desk=eu,team!=b (repeatable: all must hold)")
	f.StringArrayVar(&s.notSelectors, "exclude-selector", nil, "leave out manifests with these labels (repeatable)")
	f.StringArrayVar(&s.payments, "payment", nil, "only this payment (repeatable)")
	f.StringArrayVar(&s.notPayments, "exclude", nil, "leave out this payment (repeatable)")
	f.StringVar(&s.idsFile, "ids-file", "", "only the payments in this file, one id a line")
}

func (s *selectionFlags) selection() (*spec.Selection, error) {
	args := spec.SelectionArgs{
		Selectors: s.selectors, ExcludeSelectors: s.notSelectors, Payments: s.payments, Exclude: s.notPayments,
	}
	if s.idsFile != "" {
		f, err := open(s.idsFile)
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }()
		args.IDsFile, args.IDsFileName = f, s.idsFile
	}
	sel, err := spec.NewSelection(args)
	if err != nil {
		return nil, &codeError{code: exitUsage, err: err, hint: "see payreconcile plan --help"}
	}
	return sel, nil
}

// runFlags say how the platform is called.
type runFlags struct {
	onError     string
	maxFailures int
}

func (r *runFlags) register(f *pflag.FlagSet, g *globals) {
	f.IntVar(&g.config.Parallelism, "parallelism", 0, "calls at the same time (default 16)")
}

func (r *runFlags) registerApply(f *pflag.FlagSet, g *globals) {
	f.StringVar(&r.onError, "on-error", "continue", "after a payment fails: continue with the others, or stop")
	f.IntVar(&r.maxFailures, "max-failures", 25, "stop after so many payments have failed; 0 never does")
	f.Int64Var(&g.config.MaxCalls, "max-calls", 0, "send at most so many calls in this run")
	f.StringArrayVar(&g.config.MaxAmount, "max-amount", nil, "move at most so much in this run, as 1000.00 EUR (repeatable, one a currency)")
}

func (r *runFlags) check() error {
	if r.onError != "continue" && r.onError != "stop" {
		return usage("--on-error %s: it is continue or stop", r.onError)
	}
	if r.maxFailures < 0 {
		return usage("--max-failures %d: it is a number of payments", r.maxFailures)
	}
	return nil
}

func (r *runFlags) options(cfg *config.Config) apply.Options {
	return apply.Options{
		Parallelism: cfg.Parallelism, Continue: r.onError == "continue", MaxFailures: r.maxFailures,
		Caps:        apply.Caps{Calls: cfg.MaxCalls, Money: cfg.MaxAmount},
		CallTimeout: cfg.CallTimeout, KeyWindow: cfg.KeyWindow,
	}
}

// actor is who runs this, for the journal.
func (e *env) actor() string {
	for _, name := range []string{"PAYRECONCILE_ACTOR", "GITHUB_ACTOR", "GITLAB_USER_LOGIN", "USER", "LOGNAME", "USERNAME"} {
		if v := strings.TrimSpace(e.getenv(name)); v != "" {
			return v
		}
	}
	if host, err := os.Hostname(); err == nil {
		return "unknown@" + host
	}
	return "unknown"
}

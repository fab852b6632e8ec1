package main

import (
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/payreconcile/payreconcile/internal/config"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
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
	inARow      int
	refusedRate int
	wait        string
	waitTimeout time.Duration
	lockTimeout time.Duration
	junit       string
	hold        string // why nothing new is sent; "" when it may be
	auditor     *auditor
}

func (r *runFlags) register(f *pflag.FlagSet, g *globals) {
	f.IntVar(&g.config.Parallelism, "parallelism", 0, "calls at the same time (default 16)")
	f.IntVar(&g.config.Rate, "rate", 0, "requests a second at most (default no limit)")
}

func (r *runFlags) registerApply(f *pflag.FlagSet, g *globals) {
	f.StringVar(&r.onError, "on-error", "continue", "after a payment fails: continue with the others, or stop")
	f.IntVar(&r.maxFailures, "max-failures", 25, "stop after so many payments have failed; 0 never does")
	f.IntVar(&r.inARow, "max-failures-in-a-row", 10, "stop after so many calls have failed one after the other; 0 never does")
	f.IntVar(&r.refusedRate, "max-refused", 50, "stop when the platform refuses more than so many percent, from 20 calls on; 0 never does")
	f.StringVar(&r.wait, "wait", "", "before the end, wait until everything is accepted (deferred calls are then made too) or settled")
	f.DurationVar(&r.waitTimeout, "wait-timeout", apply.DefaultWaitTimeout, "with --wait: wait for so long at most")
	f.DurationVar(&r.lockTimeout, "lock-timeout", 0, "wait for so long for another process that works with the journal")
	f.StringVar(&r.junit, "junit", "", "also write a JUnit report to this file, a case an action")
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
	switch apply.Wait(r.wait) {
	case "", apply.WaitAccepted, apply.WaitSettled:
	default:
		return usage("--wait %s: it is accepted or settled", r.wait)
	}
	switch {
	case r.waitTimeout <= 0:
		return usage("--wait-timeout %v: it is a time, such as 10m", r.waitTimeout)
	case r.lockTimeout < 0:
		return usage("--lock-timeout %v: it is a time, such as 5m", r.lockTimeout)
	case r.inARow < 0:
		return usage("--max-failures-in-a-row %d: it is a number of calls", r.inARow)
	case r.refusedRate < 0 || r.refusedRate > 100:
		return usage("--max-refused %d: it is a percentage, from 0 to 100", r.refusedRate)
	}
	return nil
}

// calls is how many calls an apply may make.
func (r *runFlags) calls(f plan.Footer) int64 {
	if r.wait == "" {
		return f.Counts.Calls
	}
	return f.Counts.Calls + f.Counts.Actions[plan.Deferred]
}

func (r *runFlags) options(cfg *config.Config) apply.Options {
	return apply.Options{
		Parallelism: cfg.Parallelism, Continue: r.onError == "continue", MaxFailures: r.maxFailures,
		Caps:        apply.Caps{Calls: cfg.MaxCalls, Money: cfg.MaxAmount},
		Breaker:     apply.Breaker{InARow: r.inARow, RefusedRate: r.refusedRate},
		CallTimeout: cfg.CallTimeout, KeyWindow: cfg.KeyWindow,
		Wait: apply.Wait(r.wait), WaitTimeout: r.waitTimeout, Hold: r.hold,
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

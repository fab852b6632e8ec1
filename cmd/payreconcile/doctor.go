package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/payreconcile/payreconcile/internal/approval"
	"github.com/payreconcile/payreconcile/internal/config"
	"github.com/payreconcile/payreconcile/internal/doctor"
	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

func newDoctor(e *env, g *globals) *cobra.Command {
	offline := false
	c := &cobra.Command{
		Use:   "doctor [flags]",
		Short: "Look whether a run would work, and say what to do where it would not",
		Long: "doctor looks at everything that a run needs: configuration and where it came from, the way to the\n" +
			"platform, credentials, clocks, the journal, policy and approvers. It moves no money and changes\n" +
			"nothing: in the folder of the journal it makes a file, and removes it. Each check is ok, a warning,\n" +
			"a problem, or was left out; a problem says what to do.\n\n" +
			"Which exit code counts when several could: 8 > 12 > 3 > 4 > 5 > 9 > 1." +
			exits(exitOK, exitError, exitUsage, exitPolicy, exitApproval, exitInDoubt, exitLocked, exitInterrupted, exitInternal, exitCredentials),
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runDoctor(c.Context(), e, g, offline) },
	}
	c.Flags().BoolVar(&offline, "offline", false, "leave out the platform: call nobody")
	return c
}

func runDoctor(ctx context.Context, e *env, g *globals, offline bool) error {
	r := &doctor.Report{}
	if cfg, err := config.Load(g.config, e.getenv); err != nil {
		r.Add(doctor.Unreadable(err)...)
	} else {
		e.ci.Mask(cfg.APISecret.Reveal)
		e.examine(ctx, r, cfg, offline)
	}
	r.Add(doctor.SigningKey(e.getenv), e.auditKey(ctx, r.Environment), doctor.Program(version, commit(), runtime.Version(), runtime.GOOS+"/"+runtime.GOARCH, plan.FormatVersion))
	if err := ctx.Err(); err != nil {
		return err
	}
	code := illness(r)
	if err := e.showDoctor(r, code); err != nil || code == exitOK {
		return err
	}
	return &codeError{code: code, err: fmt.Errorf("%s", plural(r.Count(doctor.Problem), "problem")), hint: "what to do is said beside each"}
}

func (e *env) showDoctor(r *doctor.Report, code int) error {
	if e.json {
		return render.DoctorJSON(e.stdout, r, code)
	}
	return render.Doctor(e.stdout, r, e.style(e.stdout))
}

// examine makes every check that the configuration allows.
func (e *env) examine(ctx context.Context, r *doctor.Report, cfg *config.Config, offline bool) {
	r.Environment, r.Merchant, r.Endpoint = cfg.Environment, cfg.MerchantID, cfg.Endpoint
	r.Add(doctor.Settings(cfg, offline)...)
	if e.environ != nil {
		r.Add(doctor.Variables(e.environ(), otherVariables...))
	}
	r.Add(doctor.Secret(cfg))
	r.Add(doctor.Files(cfg)...)
	r.Add(doctor.Captures(cfg), doctor.Environment(cfg))
	switch {
	case offline:
		r.Add(doctor.Offline()...)
	case cfg.RequireConnection() != nil:
		r.Add(doctor.NotReached("what is missing above has to be set first")...)
	default:
		r.Add(e.visit(ctx, cfg)...)
	}
	if cfg.RequireMerchant() != nil {
		r.Add(doctor.Whose())
	} else {
		r.Add(doctor.Storage(ctx, e.journalConfig(cfg, journal.ReadOnly))...)
	}
	r.Add(doctor.Policy(cfg)...)
	r.Add(doctor.Approvers(cfg, e.actor(), e.now())...)
}

// auditKey tries the key that heads of the audit log are signed with. Nobody is
// asked for its passphrase.
func (e *env) auditKey(ctx context.Context, environment string) doctor.Check {
	text, err := e.fromEnvironment(auditKeys.key)
	if err != nil || !text.IsSet() {
		return doctor.AuditKey("", err, environment)
	}
	if approval.IsSealed([]byte(text.Reveal())) {
		if word, err := e.fromEnvironment(auditKeys.passphrase); err != nil || !word.IsSet() {
			return doctor.AuditKey("", cmp.Or(err, errors.New("it is encrypted, and "+auditKeys.passphrase+" is not set")), environment)
		}
	}
	key, found, err := e.environmentKey(ctx, auditKeys)
	if !found {
		return doctor.AuditKey("", err, environment)
	}
	return doctor.AuditKey(key.Name(), nil, environment)
}

// visitTime is how long the platform is given for each of the two questions.
const visitTime = 30 * time.Second

// visit goes to the platform and asks what can be asked without moving money.
func (e *env) visit(ctx context.Context, cfg *config.Config) []doctor.Check {
	way := doctor.Way{Endpoint: cfg.Endpoint, Timeout: cfg.ConnectTimeout, Now: e.now, Proxy: http.ProxyFromEnvironment}
	checks := way.Look(ctx)
	for _, c := range checks {
		if c.Status == doctor.Problem {
			return append(checks, doctor.NotReached("nobody could be asked")...)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, visitTime)
	defer cancel()
	gw, _, err := e.gateway(ctx, cfg)
	if err != nil {
		return append(checks, doctor.NotReached(err.Error())...)
	}
	test := gw.TestConnection(ctx)
	checks = append(checks, doctor.Credentials(test, cfg.MerchantID), doctor.Clock(test))
	if test.Err != nil {
		return append(checks, doctor.Unread(), doctor.Moving())
	}
	return append(checks, doctor.Reading(gw.TestReading(ctx, doctor.NoPayment)), doctor.Moving())
}

// illness is the exit code of a report.
func illness(r *doctor.Report) int {
	for _, x := range []struct {
		cause doctor.Cause
		code  int
	}{
		{doctor.CauseDoubt, exitInDoubt},
		{doctor.CauseCredentials, exitCredentials},
		{doctor.CauseConfiguration, exitUsage},
		{doctor.CausePolicy, exitPolicy},
		{doctor.CauseApproval, exitApproval},
		{doctor.CauseLocked, exitLocked},
		{doctor.CauseOther, exitError},
	} {
		if r.Has(x.cause) {
			return x.code
		}
	}
	return exitOK
}

// otherVariables are read, and are no settings.
var otherVariables = []string{
	"PAYRECONCILE_ACTOR", "PAYRECONCILE_CI", "PAYRECONCILE_CI_MASK",
	approvalKeys.key, approvalKeys.key + "_FILE", approvalKeys.passphrase, approvalKeys.passphrase + "_FILE",
	auditKeys.key, auditKeys.key + "_FILE", auditKeys.passphrase, auditKeys.passphrase + "_FILE",
	"PAYRECONCILE_WEBHOOK_KEYS", "PAYRECONCILE_WEBHOOK_KEYS_FILE",
	"PAYRECONCILE_APPROVALS_REF", "PAYRECONCILE_APPROVALS_DIR", "PAYRECONCILE_NOTE_TOKEN", "PAYRECONCILE_MANIFESTS", // by the jobs of examples/ci
	// What plan and apply hand to later jobs of GitLab.
	"PAYRECONCILE_HAS_CHANGES", "PAYRECONCILE_PLAN_ID", "PAYRECONCILE_CONTENT_ID", "PAYRECONCILE_PAYMENTS", "PAYRECONCILE_CALLS",
	"PAYRECONCILE_IN_DOUBT", "PAYRECONCILE_BLOCKED", "PAYRECONCILE_DENIED", "PAYRECONCILE_APPROVALS", "PAYRECONCILE_TOTALS",
	"PAYRECONCILE_EXIT_CODE", "PAYRECONCILE_ACCEPT", "PAYRECONCILE_RESUME_NEEDED", "PAYRECONCILE_UNSENT",
}

package main

import (
	"context"
	"time"

	"github.com/payreconcile/payreconcile/internal/config"
	"github.com/payreconcile/payreconcile/internal/gateway"
	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/internal/pace"
	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/sdk"
)

// sends is how often one call is sent at most before its outcome is looked up.
const sends = 4

// settings loads the configuration and tells what is not well about it.
func (e *env) settings(g *globals) (*config.Config, error) {
	cfg, err := config.Load(g.config, e.getenv)
	if err != nil {
		return nil, err
	}
	e.ci.Mask(cfg.APISecret.Reveal)
	for _, w := range cfg.Warnings {
		e.say("warning: %s", w)
		e.streamWarning("configuration", w)
	}
	return cfg, nil
}

// gateway connects to the platform; nothing is sent yet. Its waits end with
// ctx, and so do those of the pace that everything which calls it keeps.
func (e *env) gateway(ctx context.Context, cfg *config.Config) (*gateway.Gateway, *pace.Pacer, error) {
	p := pace.New(cfg.Parallelism, cfg.Rate)
	client, err := sdk.NewClient(sdk.Config{
		Endpoint: cfg.Endpoint, APIKeyID: cfg.APIKeyID, APISecret: cfg.APISecret.Reveal(), Integrator: cfg.Integrator,
		Timeout: cfg.CallTimeout, Now: e.now,
		Retry: sdk.RetryPolicy{MaxSends: sends},
	}, sdk.WithMarshaller(gateway.JSON{}), sdk.WithConnection(p.Watch(sdk.NewConnection(cfg.Parallelism, cfg.ConnectTimeout))))
	if err != nil {
		return nil, nil, &codeError{code: exitUsage, err: err}
	}
	return gateway.New(client.Merchant(cfg.MerchantID)).Paced(ctx, p), p, nil
}

// shortestLease is for how long another process is kept out of a journal on
// PostgreSQL by the last word of one that died.
const shortestLease = 3 * time.Minute

// lockedJournal opens the journal for writing, and waits for another process
// that works with it for as long as it was told to.
func (e *env) lockedJournal(ctx context.Context, cfg *config.Config, o runFlags) (*journal.Journal, error) {
	c := e.journalConfig(cfg, journal.Write)
	c.LockTimeout = o.lockTimeout
	c.Waiting = func(err error) { e.say("waiting for up to %v: %v", o.lockTimeout, err) }
	return journal.Open(ctx, c)
}

func (e *env) journalConfig(cfg *config.Config, mode journal.Mode) journal.Config {
	return journal.Config{
		Path: cfg.Journal, Environment: cfg.Environment, Merchant: cfg.MerchantID, Mode: mode, Pin: cfg.JournalID,
		Actor: e.actor(), ToolVersion: version, Now: e.now, Written: e.written,
		CallTimeout: cfg.CallTimeout, Lease: max(shortestLease, 3*cfg.CallTimeout),
	}
}

// progress shows how far long work is, on standard error: a bar on a terminal,
// a line now and then otherwise.
func (e *env) progress(total int64) *render.Progress {
	switch {
	case e.stream != nil:
		return render.NewStreamProgress(e.stream, total)
	case e.json:
		return nil
	}
	return render.NewProgress(e.stderr, e.stderrTTY, total)
}

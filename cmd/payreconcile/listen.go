package main

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/payreconcile/payreconcile/internal/config"
	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/internal/listen"
	"github.com/payreconcile/payreconcile/internal/render"
)

type listenOptions struct {
	address        string
	path           string
	cert, key      string
	plain          bool
	lockTimeout    time.Duration
	maxConnections int
}

func newListen(e *env, g *globals) *cobra.Command {
	var o listenOptions
	c := &cobra.Command{
		Use:   "listen [flags]",
		Short: "Receive the platform's webhooks, and settle what was accepted",
		Long: "listen receives the platform's webhooks until it is interrupted. Each is recorded in the journal, as evidence,\n" +
			"before it is answered. One about a call that the platform accepted settles it, or says that it was refused\n" +
			"afterwards; resume then need not look at it again. It never calls the platform and never moves money.\n\n" +
			"The keys come from PAYRECONCILE_WEBHOOK_KEYS (ID=SECRET, several with commas between them) or from the file\n" +
			"that PAYRECONCILE_WEBHOOK_KEYS_FILE names (one a line), which is read again when it changes and on SIGHUP.\n" +
			"Each batch takes the journal for a moment. While another process works with it events are answered with\n" +
			"503, and the platform sends them again: after 10 minutes, 1 hour, 2, 8 and 24 hours." +
			exits(exitOK, exitError, exitUsage, exitLocked, exitInternal),
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runListen(c.Context(), e, g, o) },
	}
	f := c.Flags()
	f.StringVar(&o.address, "listen", "127.0.0.1:8443", "address to listen on")
	f.StringVar(&o.path, "path", "/webhooks", "path that events are sent to")
	f.StringVar(&o.cert, "tls-cert", "", "certificate chain, in PEM; read again on SIGHUP")
	f.StringVar(&o.key, "tls-key", "", "its private key, in PEM")
	f.BoolVar(&o.plain, "insecure-plain-http", false, "speak HTTP without TLS on an address that others reach")
	f.DurationVar(&o.lockTimeout, "lock-timeout", 2*time.Second, "wait for so long for another process that works with the journal, before an event is put off")
	f.IntVar(&o.maxConnections, "max-connections", 64, "connections at the same time")
	return c
}

// check refuses what cannot be meant.
func (o *listenOptions) check() error {
	host, _, err := net.SplitHostPort(o.address)
	switch {
	case err != nil:
		return usage("--listen %s: it is an address and a port, as 127.0.0.1:8443", o.address)
	case !strings.HasPrefix(o.path, "/") || strings.ContainsAny(o.path, "?#% {}"):
		return usage("--path %s: it is a path, as /webhooks", o.path)
	case (o.cert == "") != (o.key == ""):
		return usage("--tls-cert and --tls-key belong together")
	case o.cert != "" && o.plain:
		return usage("--insecure-plain-http: there is a certificate, so this is no plain HTTP")
	case o.lockTimeout < 0 || o.lockTimeout > time.Minute:
		return usage("--lock-timeout %v: it is a time of up to a minute, such as 2s: the platform waits for the answer", o.lockTimeout)
	case o.maxConnections < 1 || o.maxConnections > 10_000:
		return usage("--max-connections %d: it is a number of connections, from 1 to 10000", o.maxConnections)
	case o.cert == "" && !o.plain && !isLoopback(host):
		return &codeError{
			code: exitUsage, err: fmt.Errorf("listen: others reach %s, and nothing encrypts what is sent there", o.address),
			hint: "give --tls-cert and --tls-key, or listen on 127.0.0.1 behind a proxy that does, or say --insecure-plain-http",
		}
	}
	return nil
}

// isLoopback reports that only this machine reaches a host.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

func runListen(ctx context.Context, e *env, g *globals, o listenOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	cfg, err := e.settings(g)
	if err != nil {
		return err
	}
	if err := cfg.RequireMerchant(); err != nil {
		return err
	}
	keys, err := newWebhookKeys(e)
	if err != nil {
		return err
	}
	open := func(ctx context.Context) (*journal.Journal, error) { return journal.Open(ctx, e.momentJournal(cfg, o)) }
	// What is wrong with the journal is said now, and not at the first event.
	j, err := open(ctx)
	if err != nil {
		return err
	}
	if err := j.Close(); err != nil {
		return err
	}
	if e.json && e.stream == nil {
		e.stream = render.NewStream(e.stdout, e.now)
	}
	if e.stream != nil {
		_ = e.stream.Header(render.StreamHeader{Command: "listen"}) // the stream keeps its error
	}
	r := listen.NewRecorder(func(ctx context.Context) (listen.Book, error) { return open(ctx) }, nil)
	defer r.Close()
	l := &listener{env: e, merchant: cfg.MerchantID, keys: keys, record: r.Record}
	return l.serve(ctx, o)
}

// momentJournal is the configuration of a journal that is kept for a moment.
func (e *env) momentJournal(cfg *config.Config, o listenOptions) journal.Config {
	c := e.journalConfig(cfg, journal.Write)
	c.Brief, c.LockTimeout = true, o.lockTimeout
	return c
}

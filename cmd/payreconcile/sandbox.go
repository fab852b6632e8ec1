package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

type sandboxOptions struct {
	listen      string
	merchant    string
	keyID       string
	secret      string
	seed        string
	payments    int
	settleAfter time.Duration
	settles     bool // whether settleAfter was given
	behaviour   string
	random      int64
	faultRate   float64
	state       string
	publicURL   string
	noPages     bool
	webhooks    sandboxWebhooks
}

func newSandbox(e *env) *cobra.Command {
	var o sandboxOptions
	c := &cobra.Command{
		Use:   "sandbox [flags]",
		Short: "Run an emulator of the payment platform",
		Long: "sandbox runs an emulator of the payment platform in this process, with the payments of a seed file.\n" +
			"It prints the environment to use, says when it listens, and runs until it is interrupted. What it\n" +
			"holds is gone then, unless --state names a file to keep it in. The subcommands look into a running sandbox and change it." +
			exits(exitOK, exitError, exitUsage, exitInternal),
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			o.settles = c.Flags().Changed("settle-after")
			return runSandbox(c.Context(), e, o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.listen, "listen", "127.0.0.1:8080", "address to listen on")
	f.StringVar(&o.merchant, "merchant-id", "shop-eu", "merchant id that clients use")
	f.StringVar(&o.keyID, "api-key-id", "sandbox-key", "API key id that clients use")
	f.StringVar(&o.secret, "api-secret", "sandbox-secret", "API secret that clients use; made up, and not a secret")
	f.StringVar(&o.seed, "seed", "", "file of payments to start with, one JSON object a line")
	f.IntVar(&o.payments, "payments", 0, "number of made-up payments to start with")
	f.DurationVar(&o.settleAfter, "settle-after", 0, "how long captures, cancels and refunds take to settle")
	f.StringVar(&o.behaviour, "behaviour", "", `switches as JSON, as {"echoReferences":false}`)
	f.Int64Var(&o.random, "random-seed", 1, "seed of everything that is drawn by chance")
	f.StringVar(&o.state, "state", "", "file that keeps what the sandbox holds between runs; --seed and --payments fill a new one")
	f.StringVar(&o.publicURL, "public-url", "", "scheme and host that browsers reach the sandbox at (default: what each request used)")
	f.BoolVar(&o.noPages, "no-pages", false, "no pages for browsers, neither hosted ones nor the one at /")
	f.Float64Var(&o.faultRate, "fault-rate", 0, "share of the requests that a fault of any kind hits, between 0 and 1; which ones follows from --random-seed")
	o.webhooks.add(f)
	c.AddCommand(newSandboxControls(e)...)
	c.AddCommand(newWebhooks(e))
	return c
}

func runSandbox(ctx context.Context, e *env, o sandboxOptions) (err error) {
	sb, state, err := buildSandbox(o)
	if err != nil {
		return err
	}
	defer sb.Close()
	if state != nil {
		saving, stop := context.WithCancel(ctx)
		kept := make(chan struct{})
		go func() {
			defer close(kept)
			state.keep(saving, sb, func(err error) { e.say("%v", err) })
		}()
		defer func() {
			stop()
			<-kept
			err = errors.Join(err, state.close(sb))
		}()
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.listen)
	if err != nil {
		return fmt.Errorf("start the sandbox: %w", err)
	}
	if err := announce(e, o, "http://"+l.Addr().String()); err != nil {
		return errors.Join(err, l.Close())
	}
	return serve(ctx, sb, l)
}

// announce prints what clients need, and says that the sandbox listens.
func announce(e *env, o sandboxOptions, url string) (err error) {
	if e.json {
		err = render.SandboxJSON(e.stdout, url, o.merchant, o.keyID, o.secret)
	} else {
		_, err = fmt.Fprintf(e.stdout, "export PAYRECONCILE_ENDPOINT=%s\nexport PAYRECONCILE_MERCHANT_ID=%s\n"+
			"export PAYRECONCILE_API_KEY_ID=%s\nexport PAYRECONCILE_API_SECRET=%s\n",
			url, quoteShell(o.merchant), quoteShell(o.keyID), quoteShell(o.secret))
	}
	if err == nil {
		e.say("the sandbox is listening on %s", url)
	}
	return err
}

// serve answers until the context ends; requests under way have two seconds then.
func serve(ctx context.Context, sb *sandbox.Sandbox, l net.Listener) error {
	server := sandboxServer(sb)
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		err := server.Shutdown(grace)
		if err != nil {
			err = server.Close()
		}
		stopped <- err
	}()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("run the sandbox: %w", err)
	}
	return <-stopped
}

// sandboxServer cuts off clients that are slow to say what they want, and those that
// want nothing more.
func sandboxServer(h http.Handler) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
}

// buildSandbox makes the sandbox, and its state file where there is to be one. A
// state that is found there goes before --seed and --payments.
func buildSandbox(o sandboxOptions) (sb *sandbox.Sandbox, state *stateFile, err error) {
	if o.payments < 0 {
		return nil, nil, usage("--payments: %d is not a number of payments", o.payments)
	}
	cfg := sandbox.Config{MerchantID: o.merchant, APIKeyID: o.keyID, APISecret: o.secret, Seed: o.random}
	cfg.PublicURL, cfg.NoPages = o.publicURL, o.noPages
	o.webhooks.set(&cfg)
	sb, err = sandbox.New(cfg)
	if err != nil {
		return nil, nil, usage("%v", err)
	}
	found := false
	if o.state != "" {
		if state, found, err = openState(o.state, sb); err != nil {
			return nil, nil, err
		}
	}
	if err = o.configure(sb); err == nil && !found {
		err = o.fill(sb)
	}
	if err != nil && state != nil {
		err = errors.Join(err, state.lock.Unlock())
	}
	return sb, state, err
}

// configure sets how the sandbox behaves, and the faults.
func (o *sandboxOptions) configure(sb *sandbox.Sandbox) error {
	b := sb.Behaviour()
	if o.settles {
		b.SettleAfter = o.settleAfter
	}
	if o.behaviour != "" {
		if err := json.Unmarshal([]byte(o.behaviour), &b); err != nil {
			return usage("--behaviour: %v", err)
		}
	}
	if err := sb.SetBehaviour(b); err != nil {
		return usage("%v", err)
	}
	if o.faultRate != 0 {
		if _, err := sb.AddFault(sandbox.Fault{Kind: sandbox.Any, Probability: o.faultRate, Times: -1}); err != nil {
			return usage("--fault-rate: %v", err)
		}
	}
	return nil
}

// fill makes the payments that the sandbox starts with.
func (o *sandboxOptions) fill(sb *sandbox.Sandbox) error {
	if o.seed != "" {
		f, err := open(o.seed)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		if _, err := sb.LoadSeed(f); err != nil {
			return usage("%s: %v", o.seed, err)
		}
	}
	if o.payments > 0 {
		sb.SeedPayments(o.payments)
	}
	return nil
}

// quoteShell makes a value safe to paste into a shell.
func quoteShell(s string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)

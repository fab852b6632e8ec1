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
	behaviour   string
	random      int64
	faultRate   float64
}

func newSandbox(e *env) *cobra.Command {
	var o sandboxOptions
	c := &cobra.Command{
		Use:   "sandbox [flags]",
		Short: "Run an emulator of the payment platform",
		Long: "sandbox runs an emulator of the payment platform in this process, with the payments of a seed file.\n" +
			"It prints the environment to use, says when it listens, and runs until it is interrupted. Its\n" +
			"payments are gone then. The subcommands look into a running sandbox and change it." +
			exits(exitOK, exitError, exitUsage, exitInternal),
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runSandbox(c.Context(), e, o) },
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
	f.Float64Var(&o.faultRate, "fault-rate", 0, "share of the requests that a fault of any kind hits, between 0 and 1; which ones follows from --random-seed")
	c.AddCommand(newSandboxControls(e)...)
	return c
}

func runSandbox(ctx context.Context, e *env, o sandboxOptions) error {
	sb, err := buildSandbox(o)
	if err != nil {
		return err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.listen)
	if err != nil {
		return fmt.Errorf("start the sandbox: %w", err)
	}
	server := &http.Server{Handler: sb, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	url := "http://" + l.Addr().String()
	if e.json {
		err = render.SandboxJSON(e.stdout, url, o.merchant, o.keyID, o.secret)
	} else {
		_, err = fmt.Fprintf(e.stdout, "export PAYRECONCILE_ENDPOINT=%s\nexport PAYRECONCILE_MERCHANT_ID=%s\n"+
			"export PAYRECONCILE_API_KEY_ID=%s\nexport PAYRECONCILE_API_SECRET=%s\n",
			url, quoteShell(o.merchant), quoteShell(o.keyID), quoteShell(o.secret))
	}
	if err != nil {
		return err
	}
	e.say("the sandbox is listening on %s", url)
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

func buildSandbox(o sandboxOptions) (*sandbox.Sandbox, error) {
	b := sandbox.DefaultBehaviour()
	b.SettleAfter = o.settleAfter
	if o.behaviour != "" {
		if err := json.Unmarshal([]byte(o.behaviour), &b); err != nil {
			return nil, usage("--behaviour: %v", err)
		}
	}
	if o.payments < 0 {
		return nil, usage("--payments: %d is not a number of payments", o.payments)
	}
	sb, err := sandbox.New(sandbox.Config{MerchantID: o.merchant, APIKeyID: o.keyID, APISecret: o.secret, Seed: o.random, Behaviour: &b})
	if err != nil {
		return nil, usage("%v", err)
	}
	if o.faultRate != 0 {
		if _, err := sb.AddFault(sandbox.Fault{Kind: sandbox.Any, Probability: o.faultRate, Times: -1}); err != nil {
			return nil, usage("--fault-rate: %v", err)
		}
	}
	if o.seed != "" {
		f, err := open(o.seed)
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }()
		if _, err := sb.LoadSeed(f); err != nil {
			return nil, usage("%s: %v", o.seed, err)
		}
	}
	if o.payments > 0 {
		sb.SeedPayments(o.payments)
	}
	return sb, nil
}

// quoteShell makes a value safe to paste into a shell.
func quoteShell(s string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)

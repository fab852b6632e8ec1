package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/sandbox"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// newSandboxControls are the commands that talk to a running sandbox, at
// --endpoint or PAYRECONCILE_ENDPOINT.
func newSandboxControls(e *env) []*cobra.Command {
	ledger := &cobra.Command{
		Use:   "ledger [PAYMENT]",
		Short: "Show what moved in a running sandbox",
		Args:  upTo(0, 1, "at most one payment"),
		RunE: func(c *cobra.Command, args []string) error {
			return runLedger(c.Context(), e, endpointOf(c, e), strings.Join(args, ""))
		},
	}
	var f sandbox.Fault
	fault := &cobra.Command{
		Use:   "fault KIND",
		Short: "Make a running sandbox fail: " + strings.Join(sandbox.FaultKinds(), ", ") + ", or clear",
		Args:  oneArg("kind of fault"),
		RunE: func(c *cobra.Command, args []string) error {
			if args[0] == "clear" {
				return control(c.Context(), endpointOf(c, e), http.MethodDelete, "faults", nil, nil)
			}
			f.Kind = args[0]
			return control(c.Context(), endpointOf(c, e), http.MethodPost, "faults", f, nil)
		},
	}
	fault.Flags().StringVar(&f.Operation, "operation", "", "only calls of this operation, as capturePayment")
	fault.Flags().StringVar(&f.Payment, "payment", "", "only calls for this payment")
	fault.Flags().IntVar(&f.Nth, "nth", 0, "strike from the nth such call on (default 1)")
	fault.Flags().IntVar(&f.Times, "times", 0, "strike so often, -1 for ever (default 1)")
	fault.Flags().Float64Var(&f.Probability, "probability", 0, "strike with this probability (default 1)")
	fault.Flags().DurationVar(&f.Delay, "delay", 0, "wait so long before")
	fault.Flags().BoolVar(&f.Commit, "commit", false, "strike after the call was carried out")
	fault.Flags().IntVar(&f.Status, "status", 0, "HTTP status of the kind status")
	fault.Flags().DurationVar(&f.RetryAfter, "retry-after", 0, "Retry-After of the kind status")
	fault.Flags().IntVar(&f.Size, "size", 0, "bytes of an answer of the kind large")
	fault.Flags().IntVar(&f.Hide, "hide", 0, "operations that a stale read misses")
	var advance time.Duration
	clock := &cobra.Command{
		Use:   "clock",
		Short: "Show the clock of a running sandbox, or move it",
		Args:  noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			method, body := http.MethodGet, any(nil)
			if advance != 0 {
				method, body = http.MethodPost, map[string]string{"advance": advance.String()}
			}
			var now struct {
				Now string `json:"now"`
			}
			if err := control(c.Context(), endpointOf(c, e), method, "clock", body, &now); err != nil {
				return err
			}
			_, err := fmt.Fprintln(e.stdout, now.Now)
			return err
		},
	}
	clock.Flags().DurationVar(&advance, "advance", 0, "move it ahead by so much")
	portal := &cobra.Command{
		Use:   "portal PAYMENT capture|refund|cancel AMOUNT",
		Short: "Move money as a colleague in the portal would; AMOUNT in minor units",
		Args:  upTo(3, 3, "a payment, a kind and an amount"),
		RunE: func(c *cobra.Command, args []string) error {
			body := map[string]any{"payment": args[0], "kind": args[1], "amount": json.Number(args[2])}
			return control(c.Context(), endpointOf(c, e), http.MethodPost, "portal", body, nil)
		},
	}
	return []*cobra.Command{ledger, fault, clock, portal}
}

func endpointOf(c *cobra.Command, e *env) string {
	if v, err := c.Flags().GetString("endpoint"); err == nil && v != "" {
		return v
	}
	if v := e.getenv("PAYRECONCILE_ENDPOINT"); v != "" {
		return v
	}
	return "http://127.0.0.1:8080"
}

// control makes one call to the control API of a sandbox.
func control(ctx context.Context, endpoint, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(endpoint, "/")+"/_sandbox/v1/"+path, body)
	if err != nil {
		return usage("%v", err)
	}
	req.Header.Set("X-Sandbox-Control", "1")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("reach the sandbox at %s: %w", endpoint, err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode/100 != 2 {
		var fault struct {
			Error string `json:"error"`
		}
		_ = json.NewDecoder(resp.Body).Decode(&fault)
		if fault.Error == "" {
			return fmt.Errorf("the sandbox at %s answered %s; is it a sandbox?", endpoint, resp.Status)
		}
		return usage("%s", fault.Error)
	}
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		return fmt.Errorf("read the sandbox's answer: %w", err)
	}
	return nil
}

// A movement is one line of a sandbox's ledger, as its control API writes it.
type movement struct {
	Time      time.Time `json:"time"`
	Payment   string    `json:"payment"`
	Operation string    `json:"operation"`
	Kind      string    `json:"kind"`
	Event     string    `json:"event"`
	Amount    int64     `json:"amount"`
	Currency  string    `json:"currency"`
	Reference string    `json:"reference"`
	Source    string    `json:"source"`
}

type book struct {
	Movements []movement `json:"movements"`
}

func runLedger(ctx context.Context, e *env, endpoint, payment string) error {
	var raw json.RawMessage
	path := "ledger"
	if payment != "" {
		path += "?payment=" + url.QueryEscape(payment)
	}
	if err := control(ctx, endpoint, http.MethodGet, path, nil, &raw); err != nil {
		return err
	}
	if e.json {
		_, err := fmt.Fprintf(e.stdout, "%s\n", raw)
		return err
	}
	var all struct {
		Books []book `json:"books"`
	}
	var one book
	if err := json.Unmarshal(raw, &all); err != nil {
		return err
	}
	if err := json.Unmarshal(raw, &one); err != nil {
		return err
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	moved := false
	for _, b := range append(all.Books, one) {
		for _, m := range b.Movements {
			if m.Source == "seed" {
				continue
			}
			moved = true
			_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", m.Time.UTC().Format(time.DateTime), m.Operation, m.Kind, m.Event,
				spec.Money{Minor: m.Amount, Currency: spec.Currency(m.Currency)}, render.Clean(orDash(m.Reference)), m.Source)
		}
	}
	if !moved {
		e.say("nothing has moved since the seed")
	}
	return w.Flush()
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

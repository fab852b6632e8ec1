package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

// sandboxWebhooks are the flags that say where a sandbox sends its events.
type sandboxWebhooks struct {
	urls, hosts   []string
	keyID, secret string
}

func (w *sandboxWebhooks) add(f *pflag.FlagSet) {
	f.StringArrayVar(&w.urls, "webhook", nil, "URL to send every event to; up to five times")
	f.StringArrayVar(&w.hosts, "webhook-host", nil, "host that events may be sent to beside this machine, or * for any; repeatable")
	f.StringVar(&w.keyID, "webhook-key-id", "", "key id that events are signed with (default: that of the API)")
	f.StringVar(&w.secret, "webhook-secret", "", "secret that events are signed with (default: that of the API)")
}

func (w *sandboxWebhooks) set(cfg *sandbox.Config) {
	cfg.Webhooks, cfg.WebhookHosts, cfg.WebhookKeyID, cfg.WebhookSecret = w.urls, w.hosts, w.keyID, w.secret
}

// newWebhooks is the command that looks into the webhooks of a running sandbox.
func newWebhooks(e *env) *cobra.Command {
	c := &cobra.Command{
		Use:   "webhooks",
		Short: "Show the webhooks of a running sandbox, newest last",
		Args:  noArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return runWebhooks(c.Context(), e, endpointOf(c, e)) },
	}
	c.AddCommand(&cobra.Command{
		Use:   "resend ID",
		Short: "Send an event once more to everybody it was for",
		Args:  oneArg("id of an event"),
		RunE: func(c *cobra.Command, args []string) error {
			body := map[string]string{"action": "resend", "id": args[0]}
			return control(c.Context(), endpointOf(c, e), http.MethodPost, "webhooks", body, nil)
		},
	})
	return c
}

func runWebhooks(ctx context.Context, e *env, endpoint string) error {
	var raw json.RawMessage
	if err := control(ctx, endpoint, http.MethodGet, "webhooks", nil, &raw); err != nil {
		return err
	}
	if e.json {
		_, err := fmt.Fprintf(e.stdout, "%s\n", raw)
		return err
	}
	var log struct {
		Deliveries []sandbox.WebhookDelivery `json:"deliveries"`
	}
	if err := json.Unmarshal(raw, &log); err != nil {
		return fmt.Errorf("read the sandbox's answer: %w", err)
	}
	if len(log.Deliveries) == 0 {
		e.say("no webhook was due; see --webhook of payreconcile sandbox")
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	for _, d := range log.Deliveries {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%d\t%s\n", d.ID, d.Type, d.Object, render.Clean(d.URL), d.State, len(d.Attempts), render.Clean(outcomeOf(&d)))
	}
	return w.Flush()
}

// outcomeOf says how the newest attempt went or why there was none, and when the
// next one is.
func outcomeOf(d *sandbox.WebhookDelivery) string {
	text := orDash(d.Reason)
	if n := len(d.Attempts); n > 0 {
		if text = d.Attempts[n-1].Error; text == "" {
			text = strconv.Itoa(d.Attempts[n-1].Status)
		}
	}
	if d.Next != nil {
		text += ", next " + d.Next.UTC().Format(time.DateTime)
	}
	return text
}

package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/payreconcile/payreconcile/internal/config"
	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// doubtsShown is how many calls in doubt are proposed.
const doubtsShown = 200

// doubts proposes both words for every call in doubt, where the journal can be
// looked at without touching it.
func (e *env) doubts(g *globals) completer {
	return func(c *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		none := cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
		cfg, err := config.Load(g.config, e.getenv)
		if err != nil || cfg.RequireMerchant() != nil {
			return nil, none
		}
		ctx := c.Context()
		if ctx == nil {
			ctx = context.Background()
		}
		ctx, cancel := context.WithTimeout(ctx, completionTime)
		defer cancel()
		open, err := journal.Glance(ctx, cfg.Journal, cfg.Environment, cfg.MerchantID, doubtsShown)
		if err != nil {
			return nil, none
		}
		var proposals []cobra.Completion
		for _, i := range open {
			call := i.Payment + "/" + string(i.Op) + "/" + i.Ref
			for _, word := range []string{"done", "not-done"} {
				text, ok := proposal(call+"="+word, spec.Money{Minor: i.Amount, Currency: i.Currency}.String())
				if ok && strings.HasPrefix(text, begun) {
					proposals = append(proposals, text)
				}
			}
		}
		return proposals, none
	}
}

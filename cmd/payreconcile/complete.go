package main

import (
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/payreconcile/payreconcile/internal/config"
	"github.com/payreconcile/payreconcile/internal/csvimport"
	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// completionTime bounds how long a shell waits for proposals.
const completionTime = 200 * time.Millisecond

// A completer proposes what a word can be. It never fails aloud, changes
// nothing and calls nobody.
type completer = cobra.CompletionFunc

// complete gives every command and flag below c its proposals.
func (e *env) complete(c *cobra.Command, g *globals) {
	flags, args := e.flagCompleters(g), argumentCompleters()
	_, path, _ := strings.Cut(c.CommandPath(), " ")
	if f, ok := args[path]; ok && c.ValidArgsFunction == nil && len(c.ValidArgs) == 0 {
		c.ValidArgsFunction = f
	}
	each := func(f *pflag.Flag) {
		propose, ok := flags[strings.TrimPrefix(path+" "+f.Name, " ")]
		if !ok {
			propose, ok = flags[f.Name]
		}
		if !ok && f.Value.Type() != "string" && f.Value.Type() != "stringArray" {
			propose, ok = cobra.NoFileCompletions, true // a number or a time
		}
		if ok {
			// The one error is that a flag has its proposals already.
			_ = c.RegisterFlagCompletionFunc(f.Name, propose)
		}
	}
	c.LocalNonPersistentFlags().VisitAll(each)
	c.PersistentFlags().VisitAll(each)
	for _, sub := range c.Commands() {
		e.complete(sub, g)
	}
}

// flagCompleters are the proposals for values of flags, by name, or by command
// and name where a flag means something of its own.
func (e *env) flagCompleters(g *globals) map[string]completer {
	yaml := extensions("yaml", "yml")
	return map[string]completer{
		"payment":              e.paymentIDs("payment"),
		"exclude":              e.paymentIDs("exclude"),
		"journal show payment": cobra.NoFileCompletions,
		"selector":             e.labels,
		"exclude-selector":     e.labels,
		"settle":               e.doubts(g),
		"environment":          e.environments(g),
		"on-error":             words("continue\tgo on with the other payments", "stop\tmake no more calls"),
		"wait":                 words("accepted\tuntil the platform took everything; deferred calls are made too", "settled\tuntil everything is settled"),
		"ci":                   words("github", "gitlab", "none"),
		"state":                words("intended", "accepted", "settled", "refused", "unknown", "withdrawn"),
		"format":               words("text", "json", "md", "html", "csv"),
		"statement format":     words("text", "csv", "html", "json"),
		"statement plan":       cobra.NoFileCompletions,
		"statement since":      cobra.NoFileCompletions,
		"until":                cobra.NoFileCompletions,
		"reads":                extensions("reads"),
		"config":               yaml,
		"policy":               yaml,
		"approvers":            yaml,
		"ci-dir":               folders,
		"schema out":           folders,
		"sandbox state":        anyFile,
		"endpoint":             words("https://payment.payone.com\tlive", "https://payment.preprod.payone.com\ttest", "http://127.0.0.1:8080\ta sandbox on this machine"),
		"key":                  extensions("key"),
		"listen listen":        words("127.0.0.1:8443\tthis machine alone, behind a proxy"),
		"listen path":          words("/webhooks"),
		"tls-cert":             extensions("pem", "crt"),
		"tls-key":              extensions("pem", "key"),
		"approval":             extensions("approval"),
		"audit verify key":     anyFile, // of a public key
		"audit check key":      anyFile,
		"audit check plan":     extensions("plan"),
		"head":                 anyFile,
		"movement":             cobra.NoFileCompletions,
		"name":                 cobra.NoFileCompletions,
		"since":                cobra.NoFileCompletions,
		"comment":              cobra.NoFileCompletions,
		"plan-id":              cobra.NoFileCompletions,
		"merchant-id":          cobra.NoFileCompletions,
		"api-key-id":           cobra.NoFileCompletions,
		"max-amount":           cobra.NoFileCompletions,
		"reason":               cobra.NoFileCompletions,
		"accept":               cobra.NoFileCompletions, // whoever accepts totals writes them
		"journal show plan":    cobra.NoFileCompletions,
		"import payment":       cobra.NoFileCompletions,
		"import as":            words("items\teach operation by its ref", "totals\twhat the operations come to"),
		"csv":                  extensions("csv", "txt", "tsv"),
		"map":                  yaml,
		"columns":              cobra.NoFileCompletions,
		"control":              cobra.NoFileCompletions, // whoever tells totals writes them
		"currency":             cobra.NoFileCompletions,
		"label":                cobra.NoFileCompletions,
		"decimal":              words(",", "."),
		"delimiter":            words("tab"),
		"encoding":             words(csvimport.Encodings...),
		"negative":             words("refuse\tnegative amounts are faults", "refund\tnegative amounts are refunds"),
	}
}

// argumentCompleters are the proposals for arguments, by command.
func argumentCompleters() map[string]completer {
	manifests, plans := extensions("yaml", "yml"), extensions("plan")
	return map[string]completer{
		"validate":       manifests,
		"plan":           manifests,
		"apply":          extensions("plan", "yaml", "yml"),
		"drift":          manifests,
		"show":           plans,
		"approve":        plans,
		"approve check":  plans,
		"approve keygen": cobra.NoFileCompletions,
		"audit head":     cobra.NoFileCompletions,
		"audit export":   cobra.NoFileCompletions,
		"audit prove":    cobra.NoFileCompletions,
		"audit keygen":   cobra.NoFileCompletions,
		"verify":         plans,
		"plan diff":      plans,
		"plan verify":    plans,
		"resume":         cobra.NoFileCompletions,
		"statement":      cobra.NoFileCompletions,
		"doctor":         cobra.NoFileCompletions,
		"listen":         cobra.NoFileCompletions,
		"import":         cobra.NoFileCompletions,
		"version":        cobra.NoFileCompletions,
	}
}

// words proposes fixed values, each with what it means behind a tab, if need be.
func words(values ...string) completer {
	return cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveKeepOrder)
}

// extensions proposes files with these extensions, and folders on the way.
func extensions(of ...string) completer {
	return cobra.FixedCompletions(of, cobra.ShellCompDirectiveFilterFileExt)
}

// anyFile proposes files.
func anyFile(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveDefault
}

// folders proposes folders.
func folders(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

// environments proposes the names that are known and the configured one.
func (e *env) environments(g *globals) completer {
	return func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		names := []cobra.Completion{"live", "test", "sandbox"}
		if cfg, err := config.Load(g.config, e.getenv); err == nil && cfg.Environment != "" {
			names = append(names, cfg.Environment)
		}
		return distinct(names), cobra.ShellCompDirectiveNoFileComp
	}
}

// proposal is a value with a description, when both are such that no shell
// takes any of it for more than text: a value is left out otherwise, and a
// description cleaned.
func proposal(value, description string) (cobra.Completion, bool) {
	if value == "" || strings.Trim(value, shellPlain) != "" || spec.HasCard(value) {
		return "", false
	}
	if spec.HasCard(description) {
		description = ""
	}
	text := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(" "+shellPlain, r) {
			return r
		}
		return '?'
	}, render.Clean(description))
	if runes := []rune(text); len(runes) > 60 {
		text = string(runes[:60])
	}
	return cobra.CompletionWithDesc(value, text), true
}

// shellPlain are characters that mean themselves in every shell.
const shellPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:/=!,@+-"

// distinct drops repeated values and keeps the order.
func distinct(values []cobra.Completion) []cobra.Completion {
	seen := map[string]bool{}
	kept := values[:0]
	for _, v := range values {
		if !seen[v] {
			seen[v] = true
			kept = append(kept, v)
		}
	}
	return kept
}

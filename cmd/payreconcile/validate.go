package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/payreconcile/payreconcile/internal/approval"
	"github.com/payreconcile/payreconcile/internal/config"
	"github.com/payreconcile/payreconcile/internal/policy"
	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

func newValidate(e *env, g *globals) *cobra.Command {
	var sel selectionFlags
	c := &cobra.Command{
		Use:   "validate [flags] [MANIFEST...]",
		Short: "Check manifests, policy and approvers, and list every fault with its place",
		Long: "validate reads manifests (files, folders, - for standard input), and the policy and the approvers, if\n" +
			"they are configured, and lists every fault with file, line and column and what to do about it. With\n" +
			"--policy or --approvers these can be checked by themselves. It needs no connection." + exits(exitOK, exitUsage, exitInternal),
		Args: func(c *cobra.Command, args []string) error {
			if c.Flags().Changed("policy") || c.Flags().Changed("approvers") {
				return nil
			}
			return someArgs("a manifest")(c, args)
		},
		RunE: func(c *cobra.Command, args []string) error { return runValidate(c.Context(), e, g, sel, args) },
	}
	sel.register(c.Flags())
	return c
}

func runValidate(ctx context.Context, e *env, g *globals, sel selectionFlags, args []string) error {
	if e.stream != nil {
		if err := e.stream.Header(render.StreamHeader{Command: e.command}); err != nil {
			return err
		}
	}
	selection, err := sel.selection()
	if err != nil {
		return err
	}
	cfg, err := e.settings(g)
	if err != nil {
		return err
	}
	rules, faults, err := validRules(cfg)
	if err != nil {
		return err
	}
	m := validated{}
	if len(args) > 0 {
		if m, err = validateManifests(ctx, args, e.stdin, spec.Options{Selection: selection, MerchantID: cfg.MerchantID}); err != nil {
			return err
		}
	}
	payments, faults := m.payments, append(faults, m.faults...)
	if e.stream != nil {
		e.stream.Validated(payments)
		if len(faults) > 0 {
			return faults
		}
		return nil
	}
	if e.json {
		e.ci.Faults(faults)
		if err := render.ValidateJSON(e.stdout, payments, rules, faults); err != nil {
			return err
		}
		if len(faults) > 0 {
			return &codeError{code: exitUsage}
		}
		return nil
	}
	if len(faults) > 0 {
		return faults
	}
	return e.sayValid(m, rules)
}

// validated is what became of reading manifests.
type validated struct {
	files    int
	payments int64
	faults   spec.Errors
}

func validateManifests(ctx context.Context, args []string, stdin io.Reader, o spec.Options) (v validated, err error) {
	srcs, err := spec.OpenSources(args, stdin)
	if err != nil {
		return v, err
	}
	defer func() { _ = srcs.Close() }()
	v.files = len(srcs.List())
	for _, err := range spec.Decode(ctx, srcs, o) {
		switch {
		case err == nil:
			v.payments++
		case !errors.As(err, &v.faults):
			return v, err
		}
	}
	return v, nil
}

// validRules reads the policy and the approvers that are configured. Their
// faults are returned beside those of the manifests.
func validRules(cfg *config.Config) (rules render.ValidatedRules, faults spec.Errors, err error) {
	if cfg.Policy != "" {
		p, err := policy.Load(cfg.Policy)
		if err == nil {
			rules.Policy = &render.ValidatedPolicy{File: cfg.Policy, Rules: p.Rules(), SHA256: p.SHA256()}
		}
		if faults, err = withFaults(faults, err); err != nil {
			return rules, nil, err
		}
	}
	if cfg.Approvers != "" {
		a, err := approval.Load(cfg.Approvers)
		if err == nil {
			rules.Approvers = &render.ValidatedApprovers{File: cfg.Approvers, Keys: len(a.People), SHA256: a.SHA256()}
		}
		if faults, err = withFaults(faults, err); err != nil {
			return rules, nil, err
		}
	}
	return rules, faults, nil
}

// withFaults adds the faults that err is, and returns any other error.
func withFaults(faults spec.Errors, err error) (spec.Errors, error) {
	var found spec.Errors
	if err != nil && !errors.As(err, &found) {
		return faults, err
	}
	return append(faults, found...), nil
}

// sayValid says that nothing is wrong, and with what.
func (e *env) sayValid(m validated, rules render.ValidatedRules) error {
	var text string
	if m.files > 0 {
		text = fmt.Sprintf("Valid: %s in %s.\n", noun(m.payments, "payment"), noun(int64(m.files), "file"))
	}
	if p := rules.Policy; p != nil {
		text += fmt.Sprintf("Valid: %s in %s (sha256 %s).\n", noun(int64(p.Rules), "rule"), render.Clean(p.File), p.SHA256)
	}
	if a := rules.Approvers; a != nil {
		text += fmt.Sprintf("Valid: %s in %s (sha256 %s).\n", noun(int64(a.Keys), "approver"), render.Clean(a.File), a.SHA256)
	}
	_, err := io.WriteString(e.stdout, text)
	return err
}

// noun counts things.
func noun(n int64, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

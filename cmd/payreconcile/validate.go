package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/payreconcile/payreconcile/internal/config"
	"github.com/payreconcile/payreconcile/internal/policy"
	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

func newValidate(e *env, g *globals) *cobra.Command {
	var sel selectionFlags
	c := &cobra.Command{
		Use:   "validate [flags] [MANIFEST...]",
		Short: "Check manifests and the policy, and list every fault with its place",
		Long: "validate reads manifests (files, folders, - for standard input) and the policy, if one is configured,\n" +
			"and lists every fault with file, line and column and what to do about it. With --policy the policy\n" +
			"can be checked by itself. It needs no connection." + exits(exitOK, exitUsage, exitInternal),
		Args: func(c *cobra.Command, args []string) error {
			if c.Flags().Changed("policy") {
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
	rules, faults, err := validPolicy(cfg)
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

// validPolicy compiles the policy that is configured, if there is one. Its
// faults are returned beside those of the manifests.
func validPolicy(cfg *config.Config) (*render.ValidatedPolicy, spec.Errors, error) {
	if cfg.Policy == "" {
		return nil, nil, nil
	}
	p, err := policy.Load(cfg.Policy)
	var faults spec.Errors
	switch {
	case errors.As(err, &faults):
		return nil, faults, nil
	case err != nil:
		return nil, nil, err
	}
	return &render.ValidatedPolicy{File: cfg.Policy, Rules: p.Rules(), SHA256: p.SHA256()}, nil, nil
}

// sayValid says that nothing is wrong, and with what.
func (e *env) sayValid(m validated, rules *render.ValidatedPolicy) error {
	var text string
	if m.files > 0 {
		text = fmt.Sprintf("Valid: %s in %s.\n", noun(m.payments, "payment"), noun(int64(m.files), "file"))
	}
	if rules != nil {
		text += fmt.Sprintf("Valid: %s in %s (sha256 %s).\n", noun(int64(rules.Rules), "rule"), render.Clean(rules.File), rules.SHA256)
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

package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

func newValidate(e *env, g *globals) *cobra.Command {
	var sel selectionFlags
	c := &cobra.Command{
		Use:   "validate [flags] MANIFEST...",
		Short: "Check manifests, and list every fault with its place",
		Long: "validate reads manifests (files, folders, - for standard input) and lists every fault with file, line\n" +
			"and column and what to do about it. It needs no connection." + exits(exitOK, exitUsage, exitInternal),
		Args: someArgs("a manifest"),
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
	srcs, err := spec.OpenSources(args, e.stdin)
	if err != nil {
		return err
	}
	defer func() { _ = srcs.Close() }()
	var payments int64
	var faults spec.Errors
	for _, err := range spec.Decode(ctx, srcs, spec.Options{Selection: selection, MerchantID: cfg.MerchantID}) {
		switch {
		case err == nil:
			payments++
		case !errors.As(err, &faults):
			return err
		}
	}
	if e.stream != nil {
		e.stream.Validated(payments)
		if len(faults) > 0 {
			return faults
		}
		return nil
	}
	if e.json {
		e.ci.Faults(faults)
		if err := render.ValidateJSON(e.stdout, payments, faults); err != nil {
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
	noun := "payments"
	if payments == 1 {
		noun = "payment"
	}
	_, err = fmt.Fprintf(e.stdout, "Valid: %d %s in %s.\n", payments, noun, files(len(srcs.List())))
	return err
}

func files(n int) string {
	if n == 1 {
		return "1 file"
	}
	return fmt.Sprintf("%d files", n)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/payreconcile/payreconcile/internal/audit"
	"github.com/payreconcile/payreconcile/internal/render"
)

func newAuditExport(e *env, g *globals) *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "export [flags]",
		Short: "Write the audit log as JSON Lines, for an auditor",
		Long: "export writes every record of the audit log with the hash that was stored of it, and the heads, one JSON\n" +
			"object a line, with a header and a footer that holds the SHA-256 of all lines before it. audit verify\n" +
			"reads it, on any machine. The format is described at go doc ./internal/audit Export." +
			exits(exitOK, exitError, exitUsage, exitInternal),
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runAuditExport(c.Context(), e, g, out) },
	}
	c.Flags().StringVarP(&out, "out", "o", "", "file to write")
	return c
}

func runAuditExport(ctx context.Context, e *env, g *globals, out string) error {
	if out == "" {
		return usage("audit export: --out is missing")
	}
	j, err := e.openJournal(ctx, g)
	if err != nil {
		return err
	}
	defer func() { _ = j.Close() }()
	s, err := j.AuditSource(ctx)
	if err != nil {
		return err
	}
	var x audit.Exported
	err = wholeFile(out, func(w io.Writer) (err error) {
		x, err = audit.Export(w, s, e.now())
		return err
	})
	if err != nil {
		return fmt.Errorf("export the audit log: %w", err)
	}
	if e.json {
		return render.AuditExportJSON(e.stdout, s.Log, out, x)
	}
	_, err = fmt.Fprintf(e.stdout, "Written: %s. Records: %d, heads: %d.\nroot    %s\nSHA-256 %s of all but the last line\n",
		render.Clean(out), x.Records, x.Heads, x.Root, x.SHA256)
	if err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}

// wholeFile writes a file. Under its name it is always complete.
func wholeFile(out string, write func(io.Writer) error) (err error) {
	f, rename, err := beside(out)
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, f.Close())
		switch {
		case !rename:
		case err != nil:
			_ = os.Remove(f.Name())
		default:
			err = os.Rename(f.Name(), out)
		}
	}()
	if err := buffered(f, write); err != nil || !rename {
		return err
	}
	return f.Sync()
}

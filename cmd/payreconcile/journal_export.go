package main

import (
	"bufio"
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

func newJournalExport(e *env, g *globals) *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "export [flags]",
		Short: "Write the whole journal as JSON Lines",
		Long: "export writes every record of the configured environment and merchant, oldest first, one JSON object a\n" +
			"line, with a header and a footer that holds the SHA-256 of all lines before it. It may run while a plan\n" +
			"is applied. The format is described at go doc ./internal/journal Journal.Export." + exits(exitOK, exitError, exitUsage, exitInternal),
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runJournalExport(c.Context(), e, g, out) },
	}
	c.Flags().StringVarP(&out, "out", "o", "", "write to this file instead of standard output")
	return c
}

// runJournalExport writes an export. A file under its final name is always
// complete.
func runJournalExport(ctx context.Context, e *env, g *globals, out string) error {
	j, err := e.openJournal(ctx, g)
	if err != nil {
		return err
	}
	defer func() { _ = j.Close() }()
	if out == "" {
		return buffered(e.stdout, func(w io.Writer) error { return j.Export(ctx, w) })
	}
	if err := wholeFile(out, func(w io.Writer) error { return j.Export(ctx, w) }); err != nil {
		return fmt.Errorf("write the export: %w", err)
	}
	return nil
}

func buffered(w io.Writer, write func(io.Writer) error) error {
	b := bufio.NewWriterSize(w, 64<<10)
	if err := write(b); err != nil {
		return err
	}
	return b.Flush()
}

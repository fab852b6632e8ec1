package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"runtime/debug"

	"github.com/spf13/pflag"

	"github.com/payreconcile/payreconcile/internal/csvimport"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// csvFlags say how an export is read. All but the file and the columns may
// stand in a map file as well, which they go before.
type csvFlags struct {
	file, mapFile                          string
	columns                                []string
	decimal, delimiter, encoding, negative string
	noHeader                               bool
	given                                  map[string]string // flags that were written, with their values
}

func (c *csvFlags) register(f *pflag.FlagSet) {
	f.StringVar(&c.file, "csv", "", "read this CSV file instead of the platform; - is standard input")
	f.StringArrayVar(&c.columns, "columns", nil, "which column means what, as id=PaymentId,capture=Amount,ref=DocumentNo (repeatable)")
	f.StringVar(&c.mapFile, "map", "", "file that says so, and how numbers are written")
	f.StringVar(&c.decimal, "decimal", "", `what sets decimals apart: "," or "." (default "." where nothing else can be meant)`)
	f.StringVar(&c.delimiter, "delimiter", "", `what separates columns: ";", ",", "|" or tab (default found from the header)`)
	f.StringVar(&c.encoding, "encoding", "", "encoding of the file: utf-8, windows-1252 or latin1 (default utf-8)")
	f.StringVar(&c.negative, "negative", "", "negative captures and refunds: refuse, or refund, which makes refunds of them (default refuse)")
	f.BoolVar(&c.noHeader, "no-header", false, "the first line is a row like the others; columns are given by number")
}

// unused refuses flags that mean nothing without a CSV file.
func (c *csvFlags) unused() error {
	for _, name := range []string{"columns", "map", "decimal", "delimiter", "encoding", "negative", "no-header"} {
		if _, is := c.given[name]; is {
			return usage("import: --%s belongs to --csv", name)
		}
	}
	return nil
}

// options are those of the map file, with the flags before them.
func (i *importer) options() (csvimport.Options, error) {
	c := i.o.csv
	o := csvimport.Options{Columns: csvimport.Columns{}, As: spec.Items}
	if c.mapFile != "" {
		var err error
		if o, err = csvimport.LoadMap(c.mapFile); err != nil {
			return o, err
		}
	}
	over := csvimport.Columns{}
	for _, text := range c.columns {
		if err := over.Set(text); err != nil {
			return o, flagFault("columns", err)
		}
	}
	maps.Copy(o.Columns, over)
	var faults spec.Errors
	for _, name := range []string{"as", "currency", "decimal", "delimiter", "encoding", "negative"} {
		if text, is := c.given[name]; is {
			if err := flagFault(name, o.Set(name, text)); err != nil {
				var found spec.Errors
				_ = errors.As(err, &found)
				faults = append(faults, found...)
			}
		}
	}
	o.NoHeader = o.NoHeader || c.noHeader
	if len(faults) > 0 {
		return o, faults
	}
	return o, nil
}

// csv reads an export.
func (i *importer) csv(ctx context.Context) error {
	o, err := i.options()
	if err != nil {
		return err
	}
	file := i.o.csv.file
	if info, err := os.Stat(file); file != "-" && err == nil && info.IsDir() {
		return &codeError{code: exitUsage, err: fmt.Errorf("%s is a folder, not a CSV file", file), hint: "name one file"}
	}
	srcs, err := spec.OpenSources([]string{file}, i.env.stdin)
	if err != nil {
		return err
	}
	defer func() { _ = srcs.Close() }()
	if i.env.getenv("GOGC") == "" {
		defer debug.SetGCPercent(debug.SetGCPercent(50)) // rows that stand apart are kept until their payment comes
	}
	counts, err := csvimport.Read(ctx, srcs.List()[0], o, i.w.Add)
	i.doc.Counts.Rows = counts.Rows
	return err
}

package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/payreconcile/payreconcile/internal/config"
	"github.com/payreconcile/payreconcile/internal/manifest"
	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

type importOptions struct {
	payments []string
	idsFile  string
	out      string
	name     string
	labels   []string
	controls []string
	as       string
	currency string
	csv      csvFlags
	run      runFlags
}

func newImport(e *env, g *globals) *cobra.Command {
	var o importOptions
	c := &cobra.Command{
		Use:   "import [flags] [ID...]",
		Short: "Write a manifest of what is on the platform, or in a CSV export",
		Long: "import reads payments from the platform by their ids and writes the manifest under which a plan has\n" +
			"nothing to do: every capture, cancel and refund becomes an item, adopted by its id where its reference\n" +
			"does not identify it. What cannot be read, or not with certainty, is left out, and told.\n\n" +
			"With --csv it reads the export of another program instead, by a map from columns to what they mean,\n" +
			"and asks nobody. Nothing that could change an amount is guessed.\n\n" +
			"Targets of --columns: id, merchantReference, currency, authorized, capture, cancel, refund, ref,\n" +
			"captureRef, cancelRef, refundRef, final, reason; a column is its name in the header, or its number.\n\n" +
			"Nothing is changed on the platform, and no file is written half." +
			exits(exitOK, exitError, exitUsage, exitPartial, exitInterrupted, exitInternal, exitCredentials),
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			o.csv.given = given(c.Flags())
			return runImport(c.Context(), e, g, o, args)
		},
	}
	f := c.Flags()
	f.StringArrayVar(&o.payments, "payment", nil, "import this payment, as an argument does (repeatable)")
	f.StringVar(&o.idsFile, "ids-file", "", "import the payments in this file, one id a line; - is standard input")
	f.StringVarP(&o.out, "out", "o", "", "write the manifest to this file (default standard output)")
	f.StringVar(&o.name, "name", "", "name of the manifest")
	f.StringArrayVar(&o.labels, "label", nil, "label of the manifest, as desk=eu (repeatable)")
	f.StringArrayVar(&o.controls, "control", nil, "refuse to write unless this total is right, as payments=120 or captures=12345.67 (repeatable)")
	f.StringVar(&o.as, "as", "", "declare items or totals (default items)")
	f.StringVar(&o.currency, "currency", "", "only payments in this currency; with --csv that of rows that name none")
	o.csv.register(f)
	o.run.register(f, g)
	return c
}

// given are the flags that were written.
func given(f *pflag.FlagSet) map[string]string {
	values := map[string]string{}
	f.Visit(func(x *pflag.Flag) { values[x.Name] = x.Value.String() })
	return values
}

func runImport(ctx context.Context, e *env, g *globals, o importOptions, args []string) error {
	ids := len(args)+len(o.payments) > 0 || o.idsFile != ""
	switch {
	case e.json && o.out == "":
		return usage("import: with --json, --out says where the manifest goes")
	case o.csv.file != "" && ids:
		return usage("import: payments come from the platform by their ids, or from --csv, not both")
	case o.csv.file == "" && !ids:
		return usage("import: no payment is named; write ids, --ids-file or --csv")
	}
	if o.csv.file == "" {
		if err := o.csv.unused(); err != nil {
			return err
		}
	}
	controls, err := readControls(o.controls)
	if err != nil {
		return err
	}
	cfg, err := e.settings(g)
	if err != nil {
		return err
	}
	i := &importer{env: e, cfg: cfg, o: o, doc: render.ImportDocument{Source: "platform"}}
	read := func() error { return i.platform(ctx, args) }
	origin := "Written by payreconcile import, from the platform."
	if o.csv.file != "" {
		i.doc.Source = "csv"
		read = func() error { return i.csv(ctx) }
		origin = "Written by payreconcile import, from CSV."
	}
	if err := i.begin(origin); err != nil {
		return err
	}
	defer func() { _ = i.w.Close() }()
	if err := read(); err != nil {
		return err
	}
	if err := i.w.Check(controls); err != nil {
		return err
	}
	return i.finish(ctx)
}

func readControls(texts []string) (all []manifest.Control, err error) {
	for _, text := range texts {
		c, err := manifest.ParseControl(text)
		if err != nil {
			return nil, flagFault("control", err)
		}
		all = append(all, c)
	}
	return all, nil
}

// flagFault gives an error of what a flag says its place.
func flagFault(flag string, err error) error {
	var fault *spec.Error
	if !errors.As(err, &fault) {
		return err
	}
	at := *fault
	at.Pos = spec.Pos{File: "--" + flag}
	return spec.Errors{&at}
}

// An importer is the state of one import.
type importer struct {
	env *env
	cfg *config.Config
	o   importOptions
	w   *manifest.Writer
	doc render.ImportDocument
}

// begin opens the manifest.
func (i *importer) begin(origin string) error {
	head := manifest.Head{Name: i.o.name, MerchantID: i.cfg.MerchantID, Origin: origin, Labels: map[string]string{}}
	for _, text := range i.o.labels {
		name, value, ok := strings.Cut(text, "=")
		if _, twice := head.Labels[name]; !ok || twice {
			return usage("import: --label %q: write each label once, as desk=eu", text)
		}
		head.Labels[name] = value
	}
	w, err := manifest.NewWriter(head)
	i.w = w
	return err
}

// finish writes the manifest and says what is in it.
func (i *importer) finish(ctx context.Context) error {
	sums := i.w.Sums()
	for _, s := range sums {
		kind := func(k manifest.Kind) *render.ImportKind {
			return render.NewImportKind(k.Payments, k.Items, k.Minor, s.Currency)
		}
		i.doc.Counts.Payments += s.Payments
		i.doc.Money = append(i.doc.Money, render.ImportMoney{
			Currency: string(s.Currency), Payments: s.Payments,
			Captures: kind(s.Captures), Cancels: kind(s.Cancels), Refunds: kind(s.Refunds),
		})
	}
	if len(sums) > 0 {
		if err := i.write(ctx); err != nil {
			return err
		}
	}
	if err := i.tell(); err != nil {
		return err
	}
	if i.doc.Counts.LeftOut > 0 {
		return &codeError{code: exitPartial}
	}
	return nil
}

// write writes the manifest, a file in one piece.
func (i *importer) write(ctx context.Context) error {
	err := i.env.writeOut(i.o.out, func(w io.Writer) error {
		h := sha256.New()
		if err := i.w.WriteTo(ctx, io.MultiWriter(w, h)); err != nil {
			return err
		}
		i.doc.SHA256 = hex.EncodeToString(h.Sum(nil))
		return nil
	})
	if err == nil {
		i.doc.File = i.o.out
	}
	return err
}

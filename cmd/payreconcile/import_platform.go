package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/payreconcile/payreconcile/internal/adopt"
	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// Bounds of what is told of payments that are left out.
const (
	importLeftOut = 1000 // kept for the document
	importSaid    = 20   // said to people
)

// platform reads the payments that were named.
func (i *importer) platform(ctx context.Context, args []string) error {
	as := spec.Items
	switch i.o.as {
	case "", "items":
	case "totals":
		as = spec.Total
	default:
		return usage("import: --as %s: it is items or totals", i.o.as)
	}
	currency := spec.Currency("")
	if i.o.currency != "" {
		c, err := spec.ParseCurrency(i.o.currency)
		if err != nil {
			return flagFault("currency", err)
		}
		currency = c
	}
	if err := i.cfg.RequireConnection(); err != nil {
		return err
	}
	ids, err := i.ids(args)
	if err != nil {
		return err
	}
	i.doc.Counts.Repeated = ids.Repeated()
	gate, pace, err := i.env.gateway(ctx, i.cfg)
	if err != nil {
		return err
	}
	bar := i.env.progress(ids.Count())
	defer bar.Finish()
	a := adopt.Adopter{
		Reader: gate, Pace: pace, Parallelism: i.cfg.Parallelism, As: as, Currency: currency,
		Looked: func(n int64) { bar.Add(n, 0) }, LeftOut: i.leftOut, Add: i.w.Add,
	}
	return a.Run(ctx, ids.All())
}

// ids gathers the payments that were named; every fault of them is found
// before anything is read from the platform.
func (i *importer) ids(args []string) (*adopt.IDs, error) {
	ids := &adopt.IDs{}
	for _, text := range args {
		ids.Add(text, "argument")
	}
	for _, text := range i.o.payments {
		ids.Add(text, "--payment")
	}
	if i.o.idsFile != "" {
		in := i.env.stdin
		if i.o.idsFile != "-" {
			f, err := open(i.o.idsFile)
			if err != nil {
				return nil, err
			}
			defer func() { _ = f.Close() }()
			in = f
		}
		if err := ids.Read(in, i.o.idsFile); err != nil {
			return nil, &codeError{code: exitUsage, err: err, hint: "write one payment id a line"}
		}
	}
	return ids, ids.Err()
}

// leftOut takes note of what is not declared.
func (i *importer) leftOut(l adopt.LeftOut) {
	i.doc.Counts.LeftOut++
	out := render.ImportLeftOut{
		Payment: string(l.Payment), Part: l.Part, Operation: l.Operation, Reason: string(l.Reason), Message: l.Message,
	}
	i.w.Note("left out: " + leftOutText(out))
	if len(i.doc.LeftOut) < importLeftOut {
		i.doc.LeftOut = append(i.doc.LeftOut, out)
	}
}

func leftOutText(l render.ImportLeftOut) string {
	of := l.Payment
	if l.Part != "" {
		of = l.Part + " of " + of
	}
	return of + ": " + l.Message
}

// tell says what was imported, and what was not.
func (i *importer) tell() error {
	if i.env.json {
		return render.ImportJSON(i.env.stdout, i.doc)
	}
	e := i.env
	for n, l := range i.doc.LeftOut {
		if n == importSaid {
			e.say("… and %d more; --json lists up to %d", i.doc.Counts.LeftOut-importSaid, importLeftOut)
			break
		}
		e.say("left out: %s", leftOutText(l))
	}
	if n := i.doc.Counts.Repeated; n > 0 {
		e.say("%s named a payment again, which is declared once", noun(n, "id"))
	}
	for _, m := range i.doc.Money {
		e.say("%s in %s: %s", noun(m.Payments, "payment"), m.Currency, kindsText(m))
	}
	switch {
	case len(i.doc.Money) == 0:
		e.say("nothing can be declared, and no manifest was written")
	case i.doc.File != "":
		e.say("the manifest is in %s; see what it would do: payreconcile plan %s", i.o.out, i.o.out)
	}
	return nil
}

func kindsText(m render.ImportMoney) string {
	var parts []string
	for _, k := range []struct {
		name string
		kind *render.ImportKind
	}{{"captures", m.Captures}, {"cancels", m.Cancels}, {"refunds", m.Refunds}} {
		if k.kind == nil {
			continue
		}
		text := k.name + " " + k.kind.Amount.Text
		if k.kind.Items > 0 {
			text += fmt.Sprintf(" (%s)", noun(k.kind.Items, "item"))
		}
		parts = append(parts, text)
	}
	if len(parts) == 0 {
		return "no operations"
	}
	return strings.Join(parts, ", ")
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/payreconcile/payreconcile/internal/config"
	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/internal/statement"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

type statementOptions struct {
	plans        []string
	since, until string
	format, out  string
	offline      bool
	reads, save  string
	run          runFlags
}

// statementMemory is what a statement may hold before it collects more often:
// what is alive is little, whatever the number of movements.
const statementMemory = 160 << 20

// statementKept is how many movements of each list are held.
const statementKept = 500

func newStatement(e *env, g *globals) *cobra.Command {
	var o statementOptions
	c := &cobra.Command{
		Use:   "statement [flags]",
		Short: "Show what became of the money of applied plans: plan, journal and platform side by side",
		Long: "statement takes the plans that were applied in the last 30 days, or those asked for, reads their payments\n" +
			"from the platform, and says of every planned cent whether it is settled, accepted, refused, in doubt or not\n" +
			"sent, with the records of the journal that say so. Sums stand per run, currency and kind, and have to agree.\n" +
			"What the journal and the platform see differently comes first. Nothing is changed anywhere.\n\n" +
			"--save-reads keeps what the platform showed, and --reads makes the same statement again from it and the\n" +
			"journal, byte for byte. With --offline the platform is not asked and nothing is compared. DATE is 2026-11-01,\n" +
			"in UTC; the day of --until is included.\n\n" +
			"It exits with 7 when journal and platform differ, with 8 when something is in doubt, and with 11, before\n" +
			"both, when the sums do not agree; the statement is written all the same." +
			exits(exitOK, exitError, exitUsage, exitStalePlan, exitPartial, exitInDoubt, exitInterrupted, exitInternal, exitCredentials),
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runStatement(c.Context(), e, g, o) },
	}
	f := c.Flags()
	f.StringArrayVar(&o.plans, "plan", nil, "the plan whose id begins so (repeatable)")
	f.StringVar(&o.since, "since", "", "plans accepted on this day or later (default 30 days ago)")
	f.StringVar(&o.until, "until", "", "plans accepted on this day or earlier")
	f.StringVar(&o.format, "format", "", "form of the statement: text, csv, html or json (default text)")
	f.StringVarP(&o.out, "out", "o", "", "write to this file instead of standard output")
	f.BoolVar(&o.offline, "offline", false, "do not ask the platform: only what the journal has")
	f.StringVar(&o.reads, "reads", "", "do not ask the platform: take what --save-reads has kept in this file")
	f.StringVar(&o.save, "save-reads", "", "keep what the platform shows in this file")
	o.run.register(f, g)
	return c
}

// check refuses flags that do not go together, and returns the form.
func (o *statementOptions) check(asJSON bool) (form string, err error) {
	form = o.format
	switch {
	case asJSON && form != "" && form != "json":
		return "", usage("statement: --json and --format %s ask for two forms", form)
	case asJSON:
		form = "json"
	case form == "":
		form = "text"
	}
	switch {
	case form != "text" && form != "csv" && form != "html" && form != "json":
		return "", usage("statement: --format %s: it is text, csv, html or json", render.Clean(form))
	case len(o.plans) > 0 && (o.since != "" || o.until != ""):
		return "", usage("statement: --plan says which plans; leave out --since and --until")
	case o.offline && (o.reads != "" || o.save != ""):
		return "", usage("statement: --offline has no reads; leave out --reads and --save-reads")
	case o.reads != "" && o.save != "":
		return "", usage("statement: --reads has the reads already; leave out --save-reads")
	case o.reads != "" && (len(o.plans) > 0 || o.since != "" || o.until != ""):
		return "", usage("statement: the file of --reads says which plans it is for; leave out --plan, --since and --until")
	case o.out != "" && (sameFile(o.out, o.reads) || sameFile(o.out, o.save)):
		return "", usage("statement: --out %s is the file of the reads", o.out)
	}
	return form, nil
}

// sameFile reports that two names are of one file, there or not.
func sameFile(a, b string) bool {
	if a == b {
		return true
	}
	x, err := os.Stat(a)
	y, err2 := os.Stat(b)
	return err == nil && err2 == nil && x.Mode().IsRegular() && os.SameFile(x, y)
}

func runStatement(ctx context.Context, e *env, g *globals, o statementOptions) error {
	form, err := o.check(e.json)
	if err != nil {
		return err
	}
	period, err := o.period(e.now())
	if err != nil {
		return err
	}
	if e.getenv("GOMEMLIMIT") == "" {
		defer debug.SetMemoryLimit(debug.SetMemoryLimit(statementMemory))
	}
	cfg, j, err := e.statementJournal(ctx, g, !o.offline && o.reads == "")
	if err != nil {
		return err
	}
	defer func() { _ = j.Close() }()
	src := &statement.Source{
		Environment: cfg.Environment, Merchant: cfg.MerchantID, Journal: j, Workers: 2, Period: period,
		Ref: plan.JournalRef{ID: j.Ref().ID, Seq: j.Ref().Seq},
	}
	runs, closeReads, err := e.statementReads(ctx, cfg, src, o)
	if err != nil {
		return err
	}
	defer closeReads()
	st, err := statement.Make(ctx, src, runs, statementKept)
	if err != nil {
		return err
	}
	if err := e.writeOut(o.out, func(w io.Writer) error { return e.writeStatement(ctx, w, form, st) }); err != nil {
		return err
	}
	return e.judgeStatement(st)
}

func (e *env) writeStatement(ctx context.Context, w io.Writer, form string, st *statement.Statement) error {
	switch form {
	case "csv":
		return render.StatementCSV(ctx, w, st)
	case "html":
		return render.StatementHTML(ctx, w, st)
	case "json":
		return render.StatementJSON(ctx, w, st)
	}
	return render.Statement(ctx, w, st, e.style(w))
}

// judgeStatement says on standard error what a person has to know of a
// statement, and how the command exits for it.
func (e *env) judgeStatement(st *statement.Statement) error {
	var faults []string
	for _, r := range st.Runs {
		for _, f := range r.Faults {
			faults = append(faults, fmt.Sprintf("plan %s: %s", r.PlanID, f))
		}
	}
	doubt, differ := st.Standing[statement.InDoubt].Count, st.Differing[statement.Differs].Count
	switch {
	case len(faults) > 0:
		return &codeError{
			code: exitInternal, err: errors.New("the figures of the statement do not agree: " + strings.Join(faults, "; ")),
			hint: "do not rely on it; check the journal: payreconcile journal check",
		}
	case doubt > 0:
		e.say("%s in doubt: payreconcile resume", plural(int(doubt), "movement"))
		return &codeError{code: exitInDoubt}
	case differ > 0:
		e.say("journal and platform differ on %s", plural(int(differ), "movement"))
		return &codeError{code: exitPartial}
	}
	return nil
}

// statementJournal opens the journal for reading; with what is needed to
// connect, if the platform is to be asked.
func (e *env) statementJournal(ctx context.Context, g *globals, connect bool) (*config.Config, *journal.Journal, error) {
	cfg, err := e.settings(g)
	if err != nil {
		return nil, nil, err
	}
	need := cfg.RequireMerchant
	if connect {
		need = cfg.RequireConnection
	}
	if err := need(); err != nil {
		return nil, nil, err
	}
	j, err := e.existingJournal(ctx, cfg)
	return cfg, j, err
}

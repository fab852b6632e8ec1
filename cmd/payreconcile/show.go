package main

import (
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/payreconcile/payreconcile/internal/render"
)

type showOptions struct {
	plan     planOptions
	format   string
	out      string
	maxBytes int
}

// A showFormat is a form in which a plan is shown.
type showFormat struct {
	name  string
	write func(e *env, w io.Writer, p *writtenPlan, o showOptions) error
}

// showFormats are the forms of a plan; the first one is shown unless another is
// asked for.
var showFormats = []showFormat{
	{"text", func(e *env, w io.Writer, p *writtenPlan, o showOptions) error {
		return render.Plan(w, p.header, p.footer, p.entries, render.PlanOptions{
			Style: e.style(w), Verbose: o.plan.verbose, Concise: o.plan.concise, Now: e.now(),
		})
	}},
	{"json", func(e *env, w io.Writer, p *writtenPlan, _ showOptions) error {
		if e.stream != nil {
			return e.streamPlan(p)
		}
		return render.PlanJSON(w, p.header, p.footer, p.entries())
	}},
	{"md", func(e *env, w io.Writer, p *writtenPlan, o showOptions) error {
		return render.PlanMarkdown(w, p.header, p.footer, p.entries, render.MarkdownOptions{Budget: o.maxBytes, Now: e.now()})
	}},
	{"html", func(e *env, w io.Writer, p *writtenPlan, _ showOptions) error {
		return render.PlanHTML(w, p.header, p.footer, p.entries, render.HTMLOptions{Now: e.now()})
	}},
	{"csv", func(_ *env, w io.Writer, p *writtenPlan, _ showOptions) error {
		return render.PlanCSV(w, p.header, p.footer, p.entries)
	}},
}

func formatNames() string {
	names := make([]string, len(showFormats))
	for i, f := range showFormats {
		names[i] = f.name
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}

func newShow(e *env, g *globals) *cobra.Command {
	var o showOptions
	c := &cobra.Command{
		Use:   "show [flags] PLAN",
		Short: "Show a plan file",
		Long: "show prints a plan that was written by plan --out, after checking that every byte of it is as\n" +
			"it was written. It needs no connection and no configuration. PLAN is a file, or - for standard\n" +
			"input. With --format it comes as Markdown for a pull request, which --max-bytes keeps within\n" +
			"what a comment holds (65536 on GitHub), as a page to read, filter and print (html), or as CSV\n" +
			"for a spreadsheet. With --policy it says what that policy says of the plan now, instead of what\n" +
			"one said when the plan was made." +
			exits(exitOK, exitUsage, exitPolicy, exitStalePlan, exitInternal),
		Args: oneArg("plan"),
		RunE: func(_ *cobra.Command, args []string) error { return runShow(e, g, o, args[0]) },
	}
	f := c.Flags()
	o.plan.show(f)
	f.StringVar(&o.format, "format", "", "form of the plan: "+formatNames()+" (default text)")
	f.StringVarP(&o.out, "out", "o", "", "write to this file instead of standard output")
	f.IntVar(&o.maxBytes, "max-bytes", 0, "with --format md: write no more than so many bytes; what does not fit is counted (0 is no limit)")
	return c
}

func runShow(e *env, g *globals, o showOptions, path string) error {
	format, err := o.chosen(e.json)
	if err != nil {
		return err
	}
	if e.stream != nil && o.out != "" {
		return usage("show: --json=stream goes to standard output; leave out --out")
	}
	if o.replaces(path) {
		return usage("show: --out %s is the plan itself", o.out)
	}
	p, err := e.planArg(path)
	if err != nil {
		return err
	}
	defer p.close()
	denied, err := e.judgeAgain(p, g.config.Policy)
	if err != nil {
		return err
	}
	if err := e.writeOut(o.out, func(w io.Writer) error { return format.write(e, w, p, o) }); err != nil || !denied {
		return err
	}
	return &codeError{code: exitPolicy}
}

// chosen is the form that the flags ask for.
func (o *showOptions) chosen(asJSON bool) (showFormat, error) {
	name := o.format
	switch {
	case asJSON && name != "" && name != "json":
		return showFormat{}, usage("show: --json and --format %s ask for two forms", name)
	case asJSON:
		name = "json"
	case name == "":
		name = showFormats[0].name
	}
	switch {
	case o.maxBytes != 0 && name != "md":
		return showFormat{}, usage("show: --max-bytes is for --format md")
	case o.maxBytes < 0 || (o.maxBytes > 0 && o.maxBytes < render.MarkdownSmallest):
		return showFormat{}, usage("show: --max-bytes %d: give at least %d, or 0 for no limit", o.maxBytes, render.MarkdownSmallest)
	case (o.plan.verbose || o.plan.concise) && name != "text" && !asJSON:
		return showFormat{}, usage("show: --verbose and --concise are for --format text")
	}
	for _, f := range showFormats {
		if f.name == name {
			return f, nil
		}
	}
	return showFormat{}, usage("show: --format %s: it is %s", render.Clean(name), formatNames())
}

// replaces reports that --out names the plan that is read.
func (o *showOptions) replaces(path string) bool {
	if o.out == "" || path == "-" {
		return false
	}
	from, err := os.Stat(path)
	if err != nil {
		return false
	}
	to, err := os.Stat(o.out)
	return err == nil && from.Mode().IsRegular() && os.SameFile(from, to)
}

// show registers how much of a plan is printed.
func (o *planOptions) show(f *pflag.FlagSet) {
	f.BoolVarP(&o.verbose, "verbose", "v", false, "also show hints, keys, totals and places")
	f.BoolVar(&o.concise, "concise", false, "show counts and money only")
}

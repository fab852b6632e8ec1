package main

import (
	"errors"
	"slices"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/payreconcile/payreconcile/internal/ci"
	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// ciFlags say which CI system is told.
type ciFlags struct{ system, dir string }

func (c *ciFlags) register(f *pflag.FlagSet) {
	f.StringVar(&c.system, "ci", "", "tell this CI system: github, gitlab or none (default from the environment)")
	f.StringVar(&c.dir, "ci-dir", "", "folder of the files that are written for GitLab (default the working directory)")
}

// A jsonFlag is --json, or --json=stream.
type jsonFlag struct{ env *env }

// String implements pflag.Value.
func (j jsonFlag) String() string { return strconv.FormatBool(j.env != nil && j.env.json) }

// Type implements pflag.Value: a flag that needs no value.
func (j jsonFlag) Type() string { return "bool" }

// Set implements pflag.Value.
func (j jsonFlag) Set(text string) error {
	j.env.stream = nil
	if text == "stream" {
		j.env.json, j.env.stream = true, render.NewStream(j.env.stdout, j.env.now)
		return nil
	}
	on, err := strconv.ParseBool(text)
	if err != nil {
		return errors.New("it is true, false or stream")
	}
	j.env.json = on
	return nil
}

// telling are the commands that tell a CI system what they found and did.
// They write streams, too.
var telling = []string{"validate", "plan", "apply", "resume", "drift"}

// streaming are the commands that write streams and tell no CI system.
var streaming = []string{"show", "listen"}

// begin prepares what every command writes beside its result.
func (e *env) begin(c *cobra.Command) error {
	e.command = c.Name()
	top := c.Parent() == c.Root()
	tells := top && slices.Contains(telling, e.command)
	if e.stream != nil && !tells && (!top || !slices.Contains(streaming, e.command)) {
		return usage("%s--json=stream: this command prints one document; leave out =stream", before(c))
	}
	system, err := ci.Detect(e.ciFlags.system, e.getenv)
	switch {
	case err != nil && (tells || e.ciFlags.system != ""):
		return usage("%v", err)
	case !tells:
		return nil
	}
	e.ci = ci.New(ci.Config{
		System: system, Dir: e.ciFlags.dir, Command: e.command, Getenv: e.getenv, Stderr: e.stderr,
		Warn: func(text string) { e.say("warning: %s", text) }, Now: e.now,
	})
	return nil
}

// conclude tells the CI system and the reader of a stream how the command
// ended.
func (e *env) conclude(code int, err error) {
	var said *codeError
	unsaid := err
	if errors.As(err, &said) && said.err == nil {
		unsaid = nil
	}
	e.ci.Finish(ci.Ending{
		Code: code, Meaning: exitTexts[code], Err: unsaid, Hint: hintOf(err), Runs: e.command == "apply" || e.command == "resume",
		Resume: code == exitInDoubt || code == exitInterrupted || errors.Is(err, apply.ErrUnfinished),
	})
	if e.stream != nil {
		_ = e.stream.Close(code, exitTexts[code]) // nobody reads
	}
}

// tellPlan tells the CI system of a plan, and writes its test report.
func (e *env) tellPlan(p *writtenPlan, junit string) {
	e.ci.Plan(p.header, p.footer, p.entries)
	if junit == "" {
		return
	}
	j := ci.NewJUnit(junit, "payreconcile "+e.command, p.header.Merchant, e.now())
	e.closeJUnit(j, func() {
		j.Property("environment", p.header.Environment)
		j.Plan(p.footer, p.entries())
	})
}

// closeJUnit completes a test report, if there is one. One that cannot be
// written is a warning.
func (e *env) closeJUnit(j *ci.JUnit, last func()) {
	if j == nil {
		return
	}
	last()
	if err := j.Close(e.now()); err != nil {
		e.say("warning: the JUnit report cannot be written: %v; nothing else is affected", err)
	}
}

// begin says what is about to run: a plan, or without a record a look at what
// earlier ones left.
func (r *reporter) begin(h plan.Header, rec *apply.PlanRecord, junit string) {
	r.header = h
	if junit != "" {
		r.junit = ci.NewJUnit(junit, "payreconcile "+r.env.command, h.Merchant, r.env.now())
		r.junit.Property("environment", h.Environment)
	}
	if r.env.stream == nil {
		return
	}
	head := render.StreamHeader{Command: r.env.command}
	if rec != nil {
		head = render.PlanHeader(r.env.command, rec.PlanID, rec.ContentID, rec.Payments, rec.Calls, h)
	}
	_ = r.env.stream.Header(head) // the stream keeps its error
}

// streamPlan prints a plan as messages.
func (e *env) streamPlan(p *writtenPlan) error {
	c := p.footer.Counts
	if err := e.stream.Header(render.PlanHeader(e.command, p.footer.PlanID, p.footer.ContentID, c.Payments, c.Calls, p.header)); err != nil {
		return err
	}
	for entry, err := range p.entries() {
		if err == nil {
			err = e.stream.Payment(entry)
		}
		if err != nil {
			return err
		}
	}
	e.stream.Planned(p.footer)
	return nil
}

// streamWarning is a warning as a message.
func (e *env) streamWarning(code, text string) {
	if e.stream != nil {
		_ = e.stream.Diagnostic(render.StreamDiagnostic{Severity: "warning", Code: code, Message: text}) // the stream keeps its error
	}
}

// streamError is an error as messages, one a fault.
func (e *env) streamError(err error) {
	var faults spec.Errors
	var fault *spec.Error
	if !errors.As(err, &faults) && errors.As(err, &fault) {
		faults = spec.Errors{fault}
	}
	for _, f := range faults {
		_ = e.stream.Diagnostic(render.StreamDiagnostic{
			Severity: "error", Code: "fault", Message: f.Msg, Hint: f.Hint,
			File: f.Pos.File, Line: f.Pos.Line, Column: f.Pos.Col, Path: f.Path,
		})
	}
	if len(faults) == 0 {
		_ = e.stream.Diagnostic(render.StreamDiagnostic{Severity: "error", Code: exitNames[exitCode(err)], Message: err.Error(), Hint: hintOf(err)})
	}
}

// exitNames are the exit codes for programs that read a stream.
var exitNames = map[int]string{
	exitError: "error", exitUsage: "usage", exitPolicy: "policy_denied", exitApproval: "not_approved", exitStalePlan: "plan_stale",
	exitPartial: "partial", exitInDoubt: "in_doubt", exitLocked: "locked", exitInterrupted: "interrupted",
	exitInternal: "internal", exitCredentials: "credentials",
}

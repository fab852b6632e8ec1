package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/payreconcile/payreconcile/internal/approval"
	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// The exit codes. Which one counts when several could: 8 > 11 > 12 > 7 > 10.
const (
	exitOK          = 0
	exitError       = 1
	exitChanges     = 2
	exitUsage       = 3
	exitPolicy      = 4
	exitApproval    = 5
	exitStalePlan   = 6
	exitPartial     = 7
	exitInDoubt     = 8
	exitLocked      = 9
	exitInterrupted = 10
	exitInternal    = 11
	exitCredentials = 12
)

// exitTexts say the codes in a command's help.
var exitTexts = map[int]string{
	exitOK:          "done, or nothing to do",
	exitError:       "error before anything was sent",
	exitChanges:     "only with --detailed-exitcode: changes present",
	exitUsage:       "usage, configuration or manifest invalid",
	exitPolicy:      "policy denied",
	exitApproval:    "approval missing or invalid",
	exitStalePlan:   "plan stale as a whole, expired, altered or already used",
	exitPartial:     "some refused, blocked, stale or skipped; none unknown",
	exitInDoubt:     "in doubt: at least one outcome unknown; run payreconcile resume",
	exitLocked:      "locked by another process",
	exitInterrupted: "interrupted, journal clean; run payreconcile resume",
	exitInternal:    "internal error",
	exitCredentials: "the platform refused our credentials",
}

// exits is the part of a command's help that lists its exit codes.
func exits(codes ...int) string {
	var b strings.Builder
	b.WriteString("\n\nExit codes:\n")
	for _, c := range codes {
		fmt.Fprintf(&b, "  %2d  %s\n", c, exitTexts[c])
	}
	return strings.TrimRight(b.String(), "\n")
}

// A codeError is an error whose exit code the command itself decided.
type codeError struct {
	code int
	err  error // nil when everything was said already
	hint string
}

func (e *codeError) Error() string {
	if e.err == nil {
		return exitTexts[e.code]
	}
	return e.err.Error()
}

func (e *codeError) Unwrap() error { return e.err }

// usage is an error in how the command was called.
func usage(format string, args ...any) error {
	return &codeError{code: exitUsage, err: fmt.Errorf(format, args...), hint: "see payreconcile --help, or --help of the command"}
}

// exitCode maps every error to its code. It is the only place that does.
func exitCode(err error) int {
	var (
		code        *codeError
		faults      spec.Errors
		fault       *spec.Error
		credentials *apply.CredentialError
		missing     *approval.MissingError
		nobody      *approval.PlanError
	)
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &code):
		return code.code
	case errors.Is(err, apply.ErrInDoubt):
		return exitInDoubt
	case errors.As(err, &credentials):
		return exitCredentials
	case errors.As(err, &faults), errors.As(err, &fault), errors.Is(err, apply.ErrOtherWorld), errors.Is(err, apply.ErrWord):
		return exitUsage
	case errors.As(err, &missing), errors.As(err, &nobody):
		return exitApproval
	case errors.Is(err, plan.ErrAltered), errors.Is(err, plan.ErrTruncated), errors.Is(err, plan.ErrFormat),
		errors.Is(err, apply.ErrExpired), errors.Is(err, apply.ErrPlanUsed), errors.Is(err, apply.ErrUnfinished):
		return exitStalePlan
	case errors.Is(err, apply.ErrLocked):
		return exitLocked
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	}
	return exitError
}

// explain writes an error for a person: what is wrong, and what to do.
func (e *env) explain(err error) {
	if err == nil {
		return
	}
	var code *codeError
	if errors.As(err, &code) && code.err == nil {
		return
	}
	if e.stream != nil {
		e.streamError(err)
	} else if e.json {
		_ = render.ErrorJSON(e.stderr, exitCode(err), err, hintOf(err))
		return
	}
	var faults spec.Errors
	if errors.As(err, &faults) {
		var list strings.Builder
		_ = render.Faults(&list, faults, e.style(e.stderr))
		for line := range strings.Lines(list.String()) {
			_, _ = io.WriteString(e.stderr, "payreconcile: "+line)
		}
		return
	}
	e.say("%v", err)
	if hint := hintOf(err); hint != "" {
		e.say("hint: %s", hint)
	}
}

// hintOf is what a person can do about an error.
func hintOf(err error) string {
	var code *codeError
	var credentials *apply.CredentialError
	var nobody *approval.PlanError
	switch {
	case errors.As(err, &code):
		return code.hint
	case errors.As(err, &nobody):
		return nobody.Hint
	case errors.As(err, &credentials):
		return "check key id, secret, merchant and environment: test and live have keys of their own; nothing was sent that moves money"
	case errors.Is(err, plan.ErrAltered), errors.Is(err, plan.ErrTruncated), errors.Is(err, plan.ErrFormat):
		return "nothing was sent; if the file was copied or downloaded, fetch it again, else plan again"
	case errors.Is(err, apply.ErrLocked):
		return "wait until the other run has ended; its lock goes with it"
	}
	return ""
}

// say writes to standard error. What others wrote, such as the name of a file,
// can neither begin a line nor control a terminal there.
func (e *env) say(format string, args ...any) {
	for line := range strings.Lines(fmt.Sprintf(format, args...)) {
		_, _ = fmt.Fprintln(e.stderr, "payreconcile: "+render.Clean(strings.TrimRight(line, "\n")))
	}
}

// Command payreconcile declares what payments should look like, shows to the
// cent what would change, and makes it so, once.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/payreconcile/payreconcile/internal/ci"
	"github.com/payreconcile/payreconcile/internal/render"
)

// version is set when the program is built.
var version = "dev"

// An env is what a command sees of the world around it.
type env struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
	now            func() time.Time
	stdinTTY       bool
	stdoutTTY      bool
	stderrTTY      bool
	json           bool
	stream         *render.Stream // with --json=stream; then json is true as well
	ci             *ci.Report     // nil outside of a CI system
	ciFlags        ciFlags
	command        string
	environ        func() []string // every variable; only their names are used
	keyWork        int             // of encrypting a new key; 0 is approval.WorkFactor
	written        func(n int64)   // told of every durable write of the journal; may be nil
}

func main() {
	signal.Ignore(syscall.SIGPIPE) // a closed pipe is a write error, and the journal is written all the same
	ignoreFileSizeSignal()
	collectLess()
	ctx, stop := interruptible(context.Background())
	code := run(ctx, os.Args[1:], &env{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv, environ: os.Environ, now: time.Now,
		stdinTTY: isTerminal(os.Stdin), stdoutTTY: isTerminal(os.Stdout), stderrTTY: isTerminal(os.Stderr),
	})
	stop()
	os.Exit(code)
}

// collectLess lets the heap grow to five times what is alive before it is
// collected: little is alive at any time, and collecting it all the time costs
// CPU that an apply needs. GOGC overrides it.
func collectLess() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
}

// interruptible returns a context that the first SIGINT or SIGTERM ends: what
// is in flight finishes and nothing more is sent. The second one kills the
// process in the ordinary way, which loses nothing either.
func interruptible(parent context.Context) (context.Context, func()) {
	ctx, stop := signal.NotifyContext(parent, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// run executes one command line and returns the exit code. A panic is an
// internal error, told apart from every other.
func run(ctx context.Context, args []string, e *env) (code int) {
	defer func() {
		if p := recover(); p != nil {
			e.explainPanic(p)
			code = exitInternal
			e.conclude(code, nil)
		}
	}()
	cmd := newRoot(e)
	cmd.SetArgs(args)
	cmd.SetIn(e.stdin)
	cmd.SetOut(e.stdout)
	cmd.SetErr(e.stderr)
	err := cmd.ExecuteContext(ctx)
	e.explain(err)
	code = exitCode(err)
	e.conclude(code, err)
	return code
}

func (e *env) explainPanic(p any) {
	for line := range strings.Lines(fmt.Sprintf("payreconcile: internal error: %v\n%s", p, frames(debug.Stack()))) {
		text := strings.TrimLeft(strings.TrimRight(line, "\n"), "\t")
		indent := line[:len(strings.TrimRight(line, "\n"))-len(text)]
		_, _ = fmt.Fprintln(e.stderr, indent+render.Inert(render.Clean(text)))
	}
	_, _ = fmt.Fprintln(e.stderr, "payreconcile: hint: nothing that was sent is lost; run payreconcile resume, and report this")
}

// frames keeps the functions of a stack and drops their arguments, which could
// hold anything.
func frames(stack []byte) string {
	var out strings.Builder
	for line := range strings.Lines(string(stack)) {
		if i := strings.LastIndexByte(line, '('); i > 0 && !strings.HasPrefix(line, "\t") {
			line = line[:i] + "\n"
		}
		out.WriteString(line)
	}
	return out.String()
}

func isTerminal(f *os.File) bool {
	return term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb"
}

package main

import (
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

type sandboxKey struct{}

// TestScripts runs testdata/script: one behaviour each, judged by the ledger of
// a sandbox.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			s := &scriptSandbox{}
			e.Values[sandboxKey{}] = s
			e.Defer(s.stop)
			e.Setenv("PAYRECONCILE_JOURNAL", e.WorkDir+"/journal.db")
			e.Setenv("PAYRECONCILE_ACTOR", "script")
			e.Setenv("GORACE", os.Getenv("GORACE"))
			examples, err := os.Getwd()
			if err != nil {
				return err
			}
			e.Setenv("EXAMPLES", examples+"/../../examples")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"sandbox":  cmdSandbox,
			"exits":    cmdExits,
			"alter":    cmdAlter,
			"readonly": cmdReadonly,
			"big":      cmdBig,
			"find":     cmdFind,
			"keys":     cmdKeys,
			"remake":   cmdRemake,
			"planid":   cmdPlanID,
			"sum":      cmdSum,
			"reseal":   cmdReseal,
			"refused":  cmdRefused,
			"latin1":   cmdLatin1,
			"port":     cmdPort,
			"webhook":  cmdWebhook,
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// cmdExits runs a command and checks its exit code: exits 3 payreconcile …
func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND …")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	if err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("exits: %v", err)
		}
		code = exit.ExitCode()
	}
	if want := atoi(ts, args[0]); code != want {
		ts.Fatalf("exits: code %d instead of %d", code, want)
	}
}

// cmdAlter replaces the first occurrence of a text in a file: alter FILE OLD NEW
func cmdAlter(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: alter FILE OLD NEW")
	}
	before := ts.ReadFile(args[0])
	after := strings.Replace(before, args[1], args[2], 1)
	if after == before {
		ts.Fatalf("alter: %s does not hold %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(after), 0o600))
}

// cmdReadonly sets a variable to a folder that nothing can be written to, not
// even by root.
func cmdReadonly(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: readonly VARIABLE")
	}
	dir := ts.MkAbs("readonly")
	ts.Check(os.Mkdir(dir, 0o555))
	if f, err := os.Create(dir + "/probe"); err == nil {
		ts.Check(f.Close())
		dir = "/sys"
	}
	ts.Setenv(args[0], dir)
}

// cmdBig writes a file of so many bytes of one letter between two texts:
// big FILE BEFORE COUNT AFTER
func cmdBig(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: big FILE BEFORE COUNT AFTER")
	}
	text := strings.ReplaceAll(args[1], `\n`, "\n") + strings.Repeat("x", atoi(ts, args[2])) + strings.ReplaceAll(args[3], `\n`, "\n")
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}

// cmdFind sets a variable to what the first group of a pattern matches in a file:
// find VARIABLE FILE PATTERN
func cmdFind(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: find VARIABLE FILE PATTERN")
	}
	found := regexp.MustCompile(args[2]).FindStringSubmatch(ts.ReadFile(args[1]))
	if len(found) < 2 {
		ts.Fatalf("find: %s does not hold %s", args[1], args[2])
	}
	ts.Setenv(args[0], found[1])
}

func atoi(ts *testscript.TestScript, s string) int {
	n, err := strconv.Atoi(s)
	ts.Check(err)
	return n
}

func span(ts *testscript.TestScript, text string) time.Duration {
	d, err := time.ParseDuration(text)
	ts.Check(err)
	return d
}

package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// Variables by which a test reaches into the program that it starts.
const (
	envKillAfter = "PAYRECONCILE_TEST_KILL_AFTER_COMMIT" // the journal's n-th durable write is the last thing it does
	envHeard     = "PAYRECONCILE_TEST_HEARD"             // a file that it makes once it was interrupted and would die of another signal
	envClock     = "PAYRECONCILE_TEST_CLOCK"             // how far its clock is ahead, as 24h
	envKeyWork   = "PAYRECONCILE_TEST_KEY_WORK"          // how much work it takes to try a passphrase
)

// TestMain lets the test binary stand in for the program, so that tests run the
// real command line in processes of their own.
func TestMain(m *testing.M) {
	if _, set := os.LookupEnv("GORACE"); !set {
		// A program under the race detector sleeps for a second when it ends,
		// and the tests start hundreds of them.
		if err := os.Setenv("GORACE", "atexit_sleep_ms=0"); err != nil {
			panic(err)
		}
	}
	testscript.Main(m, map[string]func(){"payreconcile": program})
}

// program is main, unless a test asked for something that main has no flag for.
func program() {
	kill, heard, clock, work := os.Getenv(envKillAfter), os.Getenv(envHeard), os.Getenv(envClock), os.Getenv(envKeyWork)
	if kill == "" && heard == "" && clock == "" && work == "" {
		main()
		return
	}
	e := &env{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv, environ: os.Environ, now: time.Now}
	if work != "" {
		n, err := strconv.Atoi(work)
		if err != nil {
			panic(err)
		}
		e.keyWork, e.stdinTTY = n, isTerminal(os.Stdin)
	}
	if clock != "" {
		ahead, err := time.ParseDuration(clock)
		if err != nil {
			panic(err)
		}
		e.now = func() time.Time { return time.Now().Add(ahead) }
	}
	if kill != "" {
		last, err := strconv.ParseInt(kill, 10, 64)
		if err != nil {
			panic(err)
		}
		e.written = func(n int64) {
			if n == last {
				dieNow()
			}
		}
	}
	ignoreFileSizeSignal()
	collectLess()
	ctx, stop := interruptible(context.Background())
	if heard != "" {
		context.AfterFunc(ctx, func() {
			stop()
			if err := os.WriteFile(heard, nil, 0o600); err != nil {
				panic(err)
			}
		})
	}
	code := run(ctx, os.Args[1:], e)
	stop()
	os.Exit(code)
}

// dieNow ends this process as a power cut would. Nothing that the caller was
// about to do happens any more.
func dieNow() {
	self, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = self.Kill()
	}
	if err != nil {
		panic(err)
	}
	select {}
}

// mustRun runs the program and returns its exit code and output; the code of a
// program that was killed is -1.
func mustRun(ctx context.Context, t *testing.T, dir string, environ []string, args ...string) (int, string) {
	t.Helper()
	cmd := exec.CommandContext(ctx, "payreconcile", args...)
	cmd.Dir, cmd.Env = dir, environ
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("run %v: %v", args, err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// few returns all of them, or every third under the race detector, which takes
// five times as long.
func few[T any](all ...T) (some []T) {
	for i, x := range all {
		if !raceDetector || i%3 == 0 {
			some = append(some, x)
		}
	}
	return some
}

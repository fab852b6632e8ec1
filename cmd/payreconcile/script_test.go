package main

import (
	"context"
	"errors"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

// TestMain lets the test binary stand in for the program, so that scripts run
// the real command line in processes of their own.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"payreconcile": main})
}

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
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

type sandboxKey struct{}

// A scriptSandbox is the platform of one script.
type scriptSandbox struct {
	*sandbox.Sandbox
	server *httptest.Server
}

func (s *scriptSandbox) stop() {
	if s.server != nil {
		s.ClearFaults()
		s.server.CloseClientConnections()
		s.server.Close()
	}
}

// cmdSandbox is the script command sandbox:
//
//	sandbox start SEED [settle=DURATION] [switch=JSON] [payments=N]
//	sandbox fault KIND [operation=…] [payment=…] [nth=N] [times=N] [status=N] [retry-after=D] [delay=D] [commit]
//	sandbox clear
//	sandbox portal PAYMENT KIND AMOUNT
//	sandbox advance DURATION
//	sandbox ledger captures|cancels|refunds PAYMENT COUNT [SUM]
//	sandbox requests OPERATION AT-LEAST    waits until it has seen so many
func cmdSandbox(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: sandbox start|fault|clear|portal|advance|ledger|requests …")
	}
	s := ts.Value(sandboxKey{}).(*scriptSandbox)
	switch args[0] {
	case "start":
		s.start(ts, args[1:])
	case "fault":
		_, err := s.AddFault(parseFault(ts, args[1:]))
		ts.Check(err)
	case "clear":
		s.ClearFaults()
	case "portal":
		var kind sandbox.Kind
		ts.Check(kind.UnmarshalText([]byte(args[2])))
		_, err := s.Portal(args[1], kind, int64(atoi(ts, args[3])))
		ts.Check(err)
	case "advance":
		d, err := time.ParseDuration(args[1])
		ts.Check(err)
		s.Advance(d)
	case "ledger":
		s.ledger(ts, args[1:])
	case "requests":
		deadline := time.Now().Add(20 * time.Second)
		for s.Requests()[args[1]] < int64(atoi(ts, args[2])) {
			if time.Now().After(deadline) {
				ts.Fatalf("sandbox: only %d requests for %s", s.Requests()[args[1]], args[1])
			}
			<-time.After(2 * time.Millisecond)
		}
	default:
		ts.Fatalf("sandbox: unknown command %s", args[0])
	}
}

func (s *scriptSandbox) start(ts *testscript.TestScript, args []string) {
	b := sandbox.DefaultBehaviour()
	payments, seed := 0, ""
	for _, a := range args {
		name, value, is := strings.Cut(a, "=")
		switch {
		case !is:
			seed = ts.ReadFile(a)
		case name == "settle":
			d, err := time.ParseDuration(value)
			ts.Check(err)
			b.SettleAfter = d
		case name == "switch":
			ts.Check(b.UnmarshalJSON([]byte(value)))
		case name == "payments":
			payments = atoi(ts, value)
		default:
			ts.Fatalf("sandbox start: unknown argument %s", a)
		}
	}
	sb, err := sandbox.New(sandbox.Config{MerchantID: "shop-eu", APIKeyID: "key", APISecret: "correct horse", Seed: 1, Behaviour: &b})
	ts.Check(err)
	_, err = sb.LoadSeed(strings.NewReader(seed))
	ts.Check(err)
	if payments > 0 {
		sb.SeedPayments(payments)
	}
	s.Sandbox, s.server = sb, httptest.NewServer(sb)
	for name, value := range map[string]string{
		"ENDPOINT": s.server.URL, "MERCHANT_ID": "shop-eu", "API_KEY_ID": "key", "API_SECRET": "correct horse",
	} {
		ts.Setenv("PAYRECONCILE_"+name, value)
	}
}

func parseFault(ts *testscript.TestScript, args []string) sandbox.Fault {
	f := sandbox.Fault{Kind: args[0]}
	for _, a := range args[1:] {
		name, value, _ := strings.Cut(a, "=")
		switch name {
		case "operation":
			f.Operation = value
		case "payment":
			f.Payment = value
		case "nth":
			f.Nth = atoi(ts, value)
		case "times":
			f.Times = atoi(ts, value)
		case "status":
			f.Status = atoi(ts, value)
		case "hide":
			f.Hide = atoi(ts, value)
		case "commit":
			f.Commit = true
		case "retry-after", "delay":
			d, err := time.ParseDuration(value)
			ts.Check(err)
			if name == "delay" {
				f.Delay = d
			} else {
				f.RetryAfter = d
			}
		default:
			ts.Fatalf("sandbox fault: unknown argument %s", a)
		}
	}
	return f
}

func (s *scriptSandbox) ledger(ts *testscript.TestScript, args []string) {
	book, err := s.LedgerOf(args[1])
	ts.Check(err)
	kind, known := map[string]sandbox.Kind{"captures": sandbox.Capture, "cancels": sandbox.Cancel, "refunds": sandbox.Refund}[args[0]]
	if !known {
		ts.Fatalf("sandbox ledger: unknown kind %s", args[0])
	}
	if got, want := book.Count(kind), atoi(ts, args[2]); got != want {
		ts.Fatalf("sandbox ledger: %d %s of %s instead of %d: %+v", got, args[0], args[1], want, book.Movements)
	}
	if len(args) > 3 {
		if got, want := book.Sum(kind), int64(atoi(ts, args[3])); got != want {
			ts.Fatalf("sandbox ledger: %s of %s come to %d instead of %d", args[0], args[1], got, want)
		}
	}
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

func atoi(ts *testscript.TestScript, s string) int {
	n, err := strconv.Atoi(s)
	ts.Check(err)
	return n
}

// mustRun runs the program and returns its exit code and output.
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

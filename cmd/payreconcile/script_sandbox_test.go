package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

// A scriptSandbox is the platform of one script.
type scriptSandbox struct {
	*sandbox.Sandbox
	front  *front
	server *httptest.Server
	ahead  atomic.Int64 // of this machine's clock
	events atomic.Int64 // that a receiver of webhooks has heard
	read   int64        // requests that had read a payment at the mark
}

func (s *scriptSandbox) stop() {
	if s.server != nil {
		s.ClearFaults()
		s.server.CloseClientConnections()
		s.server.Close()
	}
}

// scriptSandboxUse says what a script can do with its platform. WHICH are words
// that choose requests: operation=NAME, payment=ID, nth=N, times=N (-1: always).
const scriptSandboxUse = `
	sandbox start SEED [settle=DURATION] [switch=JSON] [payments=N] [secret=TEXT] [webhooks] [webhook=URL]
	sandbox switch JSON                       the switches to change
	sandbox fault KIND [WHICH] [status=N] [retry-after=D] [delay=D] [hide=N] [size=N] [commit] [stored]
	sandbox answer STATUS FILE|- [WHICH] [header=NAME:VALUE] [commit]
	                                          answers in the sandbox's place; with commit it is done all the same
	sandbox rewrite OLD NEW [WHICH] [ask]     alters answers, or with ask what is asked
	sandbox hangup [WHICH]                    after such an answer nobody can be reached any more
	sandbox reopen                            until somebody can, under another address
	sandbox clear                             no more faults and alterations
	sandbox portal PAYMENT KIND AMOUNT
	sandbox advance DURATION                  the platform's books alone
	sandbox later DURATION                    everybody's clock
	sandbox ledger captures|cancels|refunds PAYMENT COUNT [SUM]
	sandbox requests OPERATION AT-LEAST       waits until it has seen so many
	sandbox heard COUNT                       waits until so many webhooks have come; the id of the newest becomes $EVENT
	sandbox delivered COUNT                   waits until so many webhooks were answered with success
	sandbox reads mark|COUNT                  so many requests have read a payment since the mark
	sandbox sends OPERATION PAYMENT COUNT [keys=N] [gap=DURATION]
	                                          so many have arrived, under one key, the second so much after the first`

func cmdSandbox(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage:%s", scriptSandboxUse)
	}
	s := ts.Value(sandboxKey{}).(*scriptSandbox)
	run, known := map[string]func(*testscript.TestScript, []string){
		"start": s.start, "switch": s.change, "fault": s.fault, "answer": s.answer, "rewrite": s.rewrite, "clear": s.clear,
		"hangup": s.hangUp, "reopen": s.reopen,
		"portal": s.portal, "advance": s.advance, "later": s.later, "ledger": s.ledger, "requests": s.requests, "sends": s.sends,
		"heard": s.heard, "delivered": s.delivered, "reads": s.reads,
	}[args[0]]
	if !known {
		ts.Fatalf("sandbox: unknown command %s; there are:%s", args[0], scriptSandboxUse)
	}
	run(ts, args[1:])
}

func (s *scriptSandbox) start(ts *testscript.TestScript, args []string) {
	b := sandbox.DefaultBehaviour()
	payments, seed, secret := 0, "", "correct horse"
	var hooks []string
	for _, a := range args {
		name, value, is := strings.Cut(a, "=")
		switch {
		case a == "webhooks":
			hooks = []string{s.receive(ts)}
		case name == "webhook":
			hooks = append(hooks, value)
		case !is:
			seed = ts.ReadFile(a)
		case name == "secret":
			secret = value
		case name == "settle":
			b.SettleAfter = span(ts, value)
		case name == "switch":
			ts.Check(b.UnmarshalJSON([]byte(value)))
		case name == "payments":
			payments = atoi(ts, value)
		default:
			ts.Fatalf("sandbox start: unknown argument %s", a)
		}
	}
	sb, err := sandbox.New(sandbox.Config{
		MerchantID: "shop-eu", APIKeyID: "key", APISecret: secret, Seed: 1, Behaviour: &b,
		Now:      func() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) },
		Webhooks: hooks,
	})
	ts.Check(err)
	ts.Defer(sb.Close)
	_, err = sb.LoadSeed(strings.NewReader(seed))
	ts.Check(err)
	if payments > 0 {
		sb.SeedPayments(payments)
	}
	s.Sandbox, s.front = sb, &front{sb: sb}
	s.reopen(ts, nil)
	for name, value := range map[string]string{
		"MERCHANT_ID": "shop-eu", "API_KEY_ID": "key", "API_SECRET": secret,
	} {
		ts.Setenv("PAYRECONCILE_"+name, value)
	}
}

func (s *scriptSandbox) change(ts *testscript.TestScript, args []string) {
	b := s.Behaviour()
	ts.Check(b.UnmarshalJSON([]byte(args[0])))
	ts.Check(s.SetBehaviour(b))
}

func (s *scriptSandbox) fault(ts *testscript.TestScript, args []string) {
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
		case "size":
			f.Size = atoi(ts, value)
		case "commit":
			f.Commit = true
		case "stored":
			f.Stored = true
		case "delay":
			f.Delay = span(ts, value)
		case "retry-after":
			f.RetryAfter = span(ts, value)
		default:
			ts.Fatalf("sandbox fault: unknown argument %s", a)
		}
	}
	_, err := s.AddFault(f)
	ts.Check(err)
}

func (s *scriptSandbox) answer(ts *testscript.TestScript, args []string) {
	r := &rule{status: atoi(ts, args[0]), header: http.Header{"Content-Type": {"application/json"}}}
	if args[1] != "-" {
		body, err := os.ReadFile(ts.MkAbs(args[1]))
		ts.Check(err)
		r.body = body
	}
	ts.Check(r.parse(args[2:]))
	s.front.add(r)
}

func (s *scriptSandbox) rewrite(ts *testscript.TestScript, args []string) {
	r := &rule{old: args[0], new: args[1]}
	ts.Check(r.parse(args[2:]))
	s.front.add(r)
}

func (s *scriptSandbox) hangUp(ts *testscript.TestScript, args []string) {
	listener := s.server.Listener
	r := &rule{hangUp: func() { _ = listener.Close() }}
	ts.Check(r.parse(args))
	s.front.add(r)
}

func (s *scriptSandbox) reopen(ts *testscript.TestScript, _ []string) {
	s.stop()
	s.server = httptest.NewServer(s.front)
	ts.Setenv("PAYRECONCILE_ENDPOINT", s.server.URL)
}

func (s *scriptSandbox) clear(*testscript.TestScript, []string) {
	s.ClearFaults()
	s.front.clear()
}

func (s *scriptSandbox) portal(ts *testscript.TestScript, args []string) {
	var kind sandbox.Kind
	ts.Check(kind.UnmarshalText([]byte(args[1])))
	_, err := s.Portal(args[0], kind, int64(atoi(ts, args[2])))
	ts.Check(err)
}

func (s *scriptSandbox) advance(ts *testscript.TestScript, args []string) {
	s.Advance(span(ts, args[0]))
}

func (s *scriptSandbox) later(ts *testscript.TestScript, args []string) {
	ahead := s.ahead.Add(int64(span(ts, args[0])))
	ts.Setenv(envClock, time.Duration(ahead).String())
}

func (s *scriptSandbox) requests(ts *testscript.TestScript, args []string) {
	deadline := time.Now().Add(20 * time.Second)
	for s.Requests()[args[0]] < int64(atoi(ts, args[1])) {
		if time.Now().After(deadline) {
			ts.Fatalf("sandbox: only %d requests for %s", s.Requests()[args[0]], args[0])
		}
		<-time.After(2 * time.Millisecond)
	}
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

func (s *scriptSandbox) sends(ts *testscript.TestScript, args []string) {
	of := s.front.sends(args[0], args[1])
	want, keys, gap := atoi(ts, args[2]), 1, time.Duration(0)
	for _, a := range args[3:] {
		switch name, value, _ := strings.Cut(a, "="); name {
		case "keys":
			keys = atoi(ts, value)
		case "gap":
			gap = span(ts, value)
		default:
			ts.Fatalf("sandbox sends: unknown argument %s", a)
		}
	}
	if len(of) != want {
		ts.Fatalf("sandbox sends: %d of %s for %s instead of %d: %+v", len(of), args[0], args[1], want, of)
	}
	seen := map[string]bool{}
	for _, a := range of {
		seen[a.key] = true
	}
	if want > 0 && len(seen) != keys {
		ts.Fatalf("sandbox sends: %d keys instead of %d: %+v", len(seen), keys, of)
	}
	if gap > 0 && of[1].at.Sub(of[0].at) < gap {
		ts.Fatalf("sandbox sends: the second came %v after the first, which is less than %v", of[1].at.Sub(of[0].at), gap)
	}
}

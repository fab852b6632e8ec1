package apply_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/gateway"
	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/sandbox"
	"github.com/payreconcile/payreconcile/pkg/sandbox/sandboxtest"
	"github.com/payreconcile/payreconcile/pkg/sdk"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A clock is the time of the platform, the journal and the executor alike.
type clock struct{ ns atomic.Int64 }

func (c *clock) Now() time.Time          { return time.Unix(0, c.ns.Load()).UTC() }
func (c *clock) advance(d time.Duration) { c.ns.Add(int64(d)) }

// A world is a platform with a ledger, and everything that is needed to plan
// and apply on it. What processes leave behind is the journal file.
type world struct {
	t    testing.TB
	sb   *sandbox.Sandbox
	clk  *clock
	env  plan.Env
	path string  // of the journal file
	mem  *memory // the journal of most tests; nil is one on disk
	url  string

	meddle atomic.Pointer[meddler] // may answer in the place of the platform
	nonces atomic.Int64
}

// A meddler stands between client and platform. It returns false to let the
// platform answer.
type meddler func(w http.ResponseWriter, r *http.Request, platform http.Handler) bool

// posts limits a meddler to the calls that move money.
func posts(m meddler) meddler {
	return func(w http.ResponseWriter, r *http.Request, platform http.Handler) bool {
		return r.Method == http.MethodPost && m(w, r, platform)
	}
}

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// newWorld starts a platform with these payments, each a line of a seed.
func newWorld(t testing.TB, change func(*sandbox.Behaviour), seed ...string) *world {
	t.Helper()
	w := &world{
		t: t, clk: &clock{}, path: filepath.Join(t.TempDir(), "journal.db"),
		env: plan.Env{Name: "test", Merchant: "merchant"}, mem: newMemory(),
	}
	if long() {
		w.mem = nil
	}
	w.clk.ns.Store(noon.UnixNano())
	b := sandbox.DefaultBehaviour()
	if change != nil {
		change(&b)
	}
	w.sb = sandboxtest.New(t, sandbox.Config{Now: w.clk.Now, Behaviour: &b})
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header()["Date"] = nil // the sandbox sets its own; a meddler has none
		if m := w.meddle.Load(); m != nil && (*m)(rw, r, w.sb) {
			return
		}
		w.sb.ServeHTTP(rw, r)
	}))
	w.url = server.URL
	t.Cleanup(func() {
		w.sb.ClearFaults()
		server.Close()
	})
	_, err := w.sb.LoadSeed(strings.NewReader(strings.Join(seed, "\n")))
	require.NoError(t, err)
	return w
}

// long reports that tests are to take their time.
func long() bool { return os.Getenv("PAYRECONCILE_TEST_LONG") != "" }

// onDisk makes the world keep its journal in a file.
func (w *world) onDisk() *world {
	w.mem = nil
	return w
}

// seed is the line of a payment that is authorised over so much.
func seed(id string, minor int64) string {
	return fmt.Sprintf(`{"id":%q,"amount":%d,"currency":"EUR","merchantReference":"order-%s"}`, id, minor, id)
}

func (w *world) interfere(m meddler) {
	if m == nil {
		w.meddle.Store(nil)
		return
	}
	w.meddle.Store(&m)
}

func (w *world) fault(f sandbox.Fault) {
	w.t.Helper()
	_, err := w.sb.AddFault(f)
	require.NoError(w.t, err)
}

// gateway returns a gateway whose retries do not wait.
func (w *world) gateway() *gateway.Gateway {
	w.t.Helper()
	c, err := sdk.NewClient(sdk.Config{
		Endpoint: w.url, APIKeyID: "key", APISecret: "secret", Integrator: "tests", Now: w.clk.Now, Timeout: 5 * time.Second,
		Retry: sdk.RetryPolicy{MaxSends: 3, MinWait: time.Microsecond, MaxWait: time.Microsecond, MaxRetryAfter: time.Millisecond},
	}, sdk.WithMarshaller(gateway.JSON{}))
	require.NoError(w.t, err)
	w.t.Cleanup(c.CloseIdleConnections)
	return gateway.New(c.Merchant("merchant"))
}

// moves lists the operations of a payment that stand, as the ledger has them:
// "capture 8000 ship-1". Those of a seed are not in it.
func (w *world) moves(id string) []string {
	w.t.Helper()
	book, err := w.sb.LedgerOf(id)
	require.NoError(w.t, err)
	live := map[string]string{}
	var order []string
	for _, m := range book.Movements {
		switch {
		case m.Kind == sandbox.Authorization || m.Source == "seed":
		case m.Event == sandbox.Requested:
			order = append(order, m.Operation)
			live[m.Operation] = strings.TrimSpace(fmt.Sprintf("%s %d %s", m.Kind, m.Amount, m.Reference))
		case m.Event == sandbox.Refused:
			delete(live, m.Operation)
		}
	}
	out := []string{}
	for _, o := range order {
		if m, ok := live[o]; ok {
			out = append(out, m)
		}
	}
	return out
}

// ledger requires that exactly these operations stand.
func (w *world) ledger(id string, want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(append([]string{}, want...), w.moves(id)); diff != "" {
		w.t.Errorf("ledger of %s (-want +got):\n%s", id, diff)
	}
}

// A process is one run of the program on the world's journal.
type process struct {
	w    *world
	j    apply.Journal
	end  func() error
	gate apply.Gateway
	opts apply.Options
	pace apply.Pace
	now  func() time.Time
	wrap func(apply.Journal) apply.Journal // of what the executor sees

	permit apply.Permit // for every plan
}

func (w *world) start() *process {
	w.t.Helper()
	p := &process{w: w, now: w.clk.Now, end: func() error { return nil }}
	if w.url != "" {
		p.gate = w.gateway()
	}
	if w.mem != nil {
		p.j = w.mem.next()
		return p
	}
	j, err := journal.Open(context.Background(), journal.Config{
		Path: w.path, Environment: w.env.Name, Merchant: w.env.Merchant, Mode: journal.Write, Now: w.clk.Now,
	})
	require.NoError(w.t, err)
	p.j, p.end = j, j.Close
	w.t.Cleanup(func() { _ = j.Close() })
	return p
}

// restart ends the process and starts another one.
func (p *process) restart() *process {
	p.w.t.Helper()
	require.NoError(p.w.t, p.end())
	next := p.w.start()
	next.opts = p.opts
	return next
}

const header = "apiVersion: payreconcile/v1\nkind: Settlement\nspec:\n  currency: EUR\n  payments:\n"

// plan plans payments, each a YAML flow mapping.
func (p *process) plan(payments ...string) []byte {
	p.w.t.Helper()
	text := header
	for _, pay := range payments {
		text += "    - " + pay + "\n"
	}
	return p.planText(text, func(*plan.Header) {})
}

func (p *process) planText(text string, change func(*plan.Header)) []byte {
	t, w := p.w.t, p.w
	t.Helper()
	ctx := context.Background()
	h := plan.Header{
		Created: p.now(), Environment: w.env.Name, Merchant: w.env.Merchant, Expires: p.now().Add(time.Hour),
		CaptureUnit: w.env.CaptureUnit, RefundOpen: w.env.RefundOpen, Journal: p.j.Ref(), Nonce: fmt.Sprint(w.nonces.Add(1)), Tool: "test",
	}
	change(&h)
	var out bytes.Buffer
	pw, err := plan.NewWriter(&out, h)
	require.NoError(t, err)
	gate := p.reader()
	for pay, err := range spec.Decode(ctx, spec.SourcesOf(spec.Inline("m.yaml", text)), spec.Options{}) {
		require.NoError(t, err)
		have, err := gate.Observe(ctx, pay.ID)
		require.NoError(t, err)
		known, err := p.j.Known(ctx, []string{pay.ID.Base()})
		require.NoError(t, err)
		e := plan.Diff(pay, have, plan.Known{Env: h.Env(), Intents: known[pay.ID.Base()]})
		l, err := plan.Encode(&e)
		require.NoError(t, err)
		require.NoError(t, pw.Write(l))
	}
	_, err = pw.Close()
	require.NoError(t, err)
	return out.Bytes()
}

// reader reads for a plan: by a gateway of its own where there is a server.
func (p *process) reader() apply.Gateway {
	if p.w.url == "" {
		return p.gate
	}
	return p.w.gateway()
}

// revisit looks again at what was accepted.
func (p *process) revisit() (o outcome) {
	p.w.t.Helper()
	o.t = p.w.t
	x := apply.Executor{
		Gateway: p.gate, Journal: p.j, Env: p.w.env, Options: p.opts, Now: p.now,
		Report: func(r apply.Result) { o.results = append(o.results, r) },
	}
	o.sum, o.err = x.Revisit(context.Background())
	return o
}

// An outcome is what became of a run.
type outcome struct {
	t       testing.TB
	sum     apply.Summary
	results []apply.Result
	err     error
	died    any // what it panicked with
}

// is requires these statuses, in the order of results: "settled", "unknown".
func (o outcome) is(want ...string) outcome {
	o.t.Helper()
	require.NoError(o.t, o.err)
	got := []string{}
	for _, r := range o.results {
		got = append(got, string(r.Status))
	}
	if diff := cmp.Diff(append([]string{}, want...), got); diff != "" {
		o.t.Errorf("statuses (-want +got):\n%s\nresults: %+v", diff, o.results)
	}
	return o
}

// sent is like is, but for calls that were not begun because the run had
// stopped: how many of them it still gets to say so is a matter of chance.
func (o outcome) sent(want ...string) outcome {
	o.t.Helper()
	o.results = slices.DeleteFunc(o.results, func(r apply.Result) bool {
		return r.Status == apply.StatusSkipped && r.Resumable && !r.Unread && r.Action.Kind.Calls() && strings.HasPrefix(r.Message, "not sent: ") &&
			!strings.Contains(r.Message, "its intent")
	})
	return o.is(want...)
}

// says requires that the message of the i-th result contains a text.
func (o outcome) says(i int, text string) outcome {
	o.t.Helper()
	require.Greater(o.t, len(o.results), i)
	require.Contains(o.t, o.results[i].Message, text)
	return o
}

func (o outcome) complete(want bool) outcome {
	o.t.Helper()
	require.Equal(o.t, want, o.sum.Complete, "complete: %+v", o.sum)
	return o
}

func (p *process) accept(file []byte) (plan.Header, apply.PlanRecord) {
	p.w.t.Helper()
	h, rec, err := apply.Accept(context.Background(), p.j, bytes.NewReader(file), p.w.env, p.permit, p.now())
	require.NoError(p.w.t, err)
	return h, rec
}

// apply accepts a plan and runs it.
func (p *process) apply(file []byte) outcome {
	p.w.t.Helper()
	h, rec := p.accept(file)
	return p.run(context.Background(), h, rec)
}

// resume runs the newest unfinished plan.
func (p *process) resume() outcome {
	p.w.t.Helper()
	h, rec, err := apply.Resume(context.Background(), p.j, p.w.env)
	require.NoError(p.w.t, err)
	return p.run(context.Background(), h, rec)
}

// nothingToResume requires that no plan is unfinished.
func (p *process) nothingToResume() {
	p.w.t.Helper()
	_, _, err := apply.Resume(context.Background(), p.j, p.w.env)
	require.ErrorIs(p.w.t, err, apply.ErrNoPlan)
}

func (p *process) run(ctx context.Context, h plan.Header, rec apply.PlanRecord) (o outcome) {
	o.t = p.w.t
	p.w.t.Helper()
	body, err := p.j.ReadPlan(context.WithoutCancel(ctx), rec.PlanID)
	require.NoError(p.w.t, err)
	defer func() { _ = body.Close() }()
	j := p.j
	if p.wrap != nil {
		j = p.wrap(j)
	}
	var mu sync.Mutex
	x := apply.Executor{
		Gateway: p.gate, Journal: j, Env: p.w.env, Options: p.opts, Now: p.now, Pace: p.pace,
		Report: func(r apply.Result) {
			if !mu.TryLock() {
				panic("two results at once")
			}
			defer mu.Unlock()
			o.results = append(o.results, r)
		},
	}
	defer func() { o.died = recover() }()
	o.sum, o.err = x.Run(ctx, h, rec, plan.Entries(body))
	return o
}

// intents returns what the journal holds of a payment, oldest first.
func (p *process) intents(id string) []plan.Intent {
	p.w.t.Helper()
	base := spec.BaseOf(id)
	known, err := p.j.Known(context.Background(), []string{base})
	require.NoError(p.w.t, err)
	return known[base]
}

// states are those of the intents of a payment.
func (p *process) states(id string) []plan.State {
	p.w.t.Helper()
	out := []plan.State{}
	for _, i := range p.intents(id) {
		out = append(out, i.State)
	}
	return out
}

// calls returns the actions of a plan that make calls.
func calls(file []byte) (out []plan.Action) {
	for e, err := range plan.Entries(bytes.NewReader(file)) {
		if err != nil {
			panic(err)
		}
		out = append(out, e.Content.Actions...)
	}
	return slices.DeleteFunc(out, func(a plan.Action) bool { return !a.Kind.Calls() })
}

package apply_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/sandbox"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// altered changes what reads show.
func altered(old, by string) meddler {
	return func(w http.ResponseWriter, r *http.Request, platform http.Handler) bool {
		if r.Method != http.MethodGet {
			return false
		}
		rec := httptest.NewRecorder()
		platform.ServeHTTP(rec, r)
		write(w, rec.Code, asJSON, strings.ReplaceAll(rec.Body.String(), old, by))
		return true
	}
}

// TestStale lets something happen between plan and apply. Nothing is sent then.
func TestStale(t *testing.T) {
	t.Parallel()
	portal := func(k sandbox.Kind, minor int64) func(*world) {
		return func(w *world) {
			_, err := w.sb.Portal(one, k, minor)
			require.NoError(w.t, err)
		}
	}
	reads := func(old, by string) func(*world) {
		return func(w *world) { w.interfere(altered(old, by)) }
	}
	with := func(ops string) string {
		return `{"id":"3066177123_0","amount":12500,"currency":"EUR","merchantReference":"order-1","operations":[` + ops + `]}`
	}
	for name, tt := range map[string]struct {
		seed, declare string
		happens       func(*world)
		says          string
	}{
		"a capture":             {with(""), declareCapture, portal(sandbox.Capture, 100), "a capture of 1.00 EUR was made meanwhile (operation 3066177123_1)"},
		"the very same capture": {with(""), declareCapture, portal(sandbox.Capture, 6000), "a capture of 60.00 EUR was made meanwhile"},
		"a cancel":              {with(""), declareCapture, portal(sandbox.Cancel, 100), "a cancel of 1.00 EUR was made meanwhile"},
		"a refund":              {sale, declareRefund, portal(sandbox.Refund, 100), "a refund of 1.00 EUR was made meanwhile"},
		"a capture that was refused": {
			with(""), declareCapture, portal(sandbox.Capture, 1309), "a capture of 13.09 EUR was made meanwhile",
		},
		"an uncertain capture": {with(""), declareCapture, portal(sandbox.Capture, 1209), "a capture of 12.09 EUR was made meanwhile"},
		"a requested capture was refused": {
			with(`{"kind":"capture","amount":2000,"ref":"a","code":91}`), `{id: "3066177123_0", captured: 60.00}`,
			reads(`"statusCode":91,"statusCategory":"PENDING_CONNECT_OR_3RD_PARTY"`, `"statusCode":93,"statusCategory":"UNSUCCESSFUL"`), "operation 3066177123_1 was requested and is now refused (status 93)",
		},
		"a settled capture was refused": {
			with(`{"kind":"capture","amount":2000,"ref":"a"}`), `{id: "3066177123_0", captured: 60.00}`,
			reads(`"statusCode":9,"statusCategory":"COMPLETED"`, `"statusCode":93,"statusCategory":"UNSUCCESSFUL"`), "operation 3066177123_1 was settled and is now refused (status 93)",
		},
		"an operation has another amount": {
			with(`{"kind":"capture","amount":2000,"ref":"a"}`), `{id: "3066177123_0", captured: 60.00}`,
			reads(`"amount":2000`, `"amount":2001`), "operation 3066177123_1 was a capture of 20.00 EUR and is now a capture of 20.01 EUR",
		},
		"an operation is of another kind": {
			with(`{"kind":"capture","amount":2000,"ref":"a"}`), `{id: "3066177123_0", captured: 60.00}`,
			reads(`"statusCode":9,"statusCategory":"COMPLETED"`, `"statusCode":6,"statusCategory":"UNSUCCESSFUL"`), "is now a cancel of 20.00 EUR",
		},
		"an operation has gone": {
			with(`{"kind":"capture","amount":2000,"ref":"a"}`), `{id: "3066177123_0", captured: 60.00}`,
			func(w *world) { w.fault(sandbox.Fault{Kind: sandbox.StaleRead, Hide: 1, Times: -1}) }, "operation 3066177123_1 is not shown any more",
		},
		"it has another reference":   {with(""), declareCapture, reads(`order-1`, `order-2`), `its reference was "order-1" and is now "order-2"`},
		"it has another amount":      {with(""), declareCapture, reads(`"amount":12500`, `"amount":12400`), "it was authorised over 125.00 EUR and is now over 124.00 EUR"},
		"it has another currency":    {with(""), declareCapture, reads(`EUR`, `USD`), "it was authorised over 125.00 EUR and is now over 125.00 USD"},
		"it is another payment":      {with(""), declareCapture, reads(`3066177123`, `3066177999`), "the platform answered for payment 3066177999_0"},
		"it is not known any more":   {with(""), declareCapture, func(w *world) { w.interfere(gone) }, "does not know the payment any more"},
		"it cannot be read any more": {with(""), declareCapture, reads(`"statusCode":5,`, `"statusCode":56,`), "status code 56"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil, tt.seed)
			p := w.start()
			file := p.plan(tt.declare)
			require.Len(t, calls(file), 1)
			tt.happens(w)
			before := w.moves(one)
			p.apply(file).is("stale").says(0, tt.says).complete(true)
			require.Equal(t, before, w.moves(one))
			require.Empty(t, p.intents(one))
			p.nothingToResume()
		})
	}
}

var gone meddler = func(w http.ResponseWriter, _ *http.Request, _ http.Handler) bool {
	write(w, 404, asJSON, `{"errorId":"e","errors":[{"errorCode":"50001130","id":"UNKNOWN_PAYMENT_ID","httpStatusCode":404}]}`)
	return true
}

// Progress of what was requested is no change.
func TestProgressIsNotStale(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(b *sandbox.Behaviour) { b.SettleAfter = time.Hour }, seed(one, 12500))
	p := w.start()
	_, err := w.sb.Portal(one, sandbox.Capture, 2000)
	require.NoError(t, err)
	file := p.planText(header+"    - {id: \"3066177123_0\", captured: 60.00}\n", farAway)
	w.clk.advance(2 * time.Hour)
	p.apply(file).is("accepted")
	w.ledger(one, "capture 2000", "capture 4000 pr:c:2000-6000")
}

// What another plan of ours did since is as foreign as what a person did: two
// plans of one world never add up.
func TestAnotherPlanCameFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, seed(one, 12500))
	p := w.start()
	first, second := p.plan(`{id: "3066177123_0", captured: 50.00}`), p.plan(`{id: "3066177123_0", captured: 60.00}`)
	p.apply(first).is("settled")
	p.apply(second).is("stale").says(0, "another plan made the capture pr:c:0-5000 of 50.00 EUR").complete(true)
	w.ledger(one, "capture 5000 pr:c:0-5000")
}

// A call that two plans have in common is made by one of them.
func TestTheSameCallInTwoPlans(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, seed(one, 12500))
	p := w.start()
	first, second := p.plan(declareCapture), p.plan(`{id: "3066177123_0", captures: [{ref: ship-1, amount: 60.00}, {ref: ship-2, amount: 5.00}]}`)
	p.apply(first).is("settled")
	o := p.apply(second).is("settled", "settled")
	require.Equal(t, []bool{true, false}, []bool{o.results[0].Earlier, o.results[1].Earlier})
	w.ledger(one, "capture 6000 ship-1", "capture 500 ship-2")
}

// A movement between two calls of one payment stops the second.
func TestStaleBetweenCalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, seed(one, 12500))
	p := w.start()
	file := p.plan(`{id: "3066177123_0", captures: [{ref: a, amount: 10.00}, {ref: b, amount: 20.00}]}`)
	p.gate = &after{Gateway: p.gate, do: func() {
		_, err := w.sb.Portal(one, sandbox.Capture, 700)
		require.NoError(t, err)
	}}
	p.apply(file).is("stale", "settled").says(0, "a capture of 7.00 EUR was made meanwhile")
	w.ledger(one, "capture 1000 a", "capture 700")
}

// after does something once, after the first call.
type after struct {
	apply.Gateway
	do func()
}

func (g *after) Do(ctx context.Context, c apply.Call, guard apply.Guard) apply.Answer {
	a := g.Gateway.Do(ctx, c, guard)
	if g.do != nil {
		g.do()
		g.do = nil
	}
	return a
}

// A read that became old while the call waited is made again before it goes.
func TestStaleWhileWaiting(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, seed(one, 12500))
	p := w.start()
	file := p.plan(declareCapture)
	p.wrap = func(j apply.Journal) apply.Journal {
		return slowJournal{j, func() {
			w.clk.advance(5 * time.Second)
			_, err := w.sb.Portal(one, sandbox.Capture, 700)
			require.NoError(t, err)
		}}
	}
	p.apply(file).is("stale").says(0, "a capture of 7.00 EUR was made meanwhile").complete(true)
	w.ledger(one, "capture 700")
	require.Equal(t, []plan.State{plan.StateWithdrawn}, p.states(one))
}

// A slowJournal lets time pass behind an intent.
type slowJournal struct {
	apply.Journal
	meanwhile func()
}

func (j slowJournal) Intend(ctx context.Context, i plan.Intent) (int64, error) {
	defer j.meanwhile()
	return j.Journal.Intend(ctx, i)
}

// A plan whose keys are not those of its calls is not carried out: a key of
// somebody's choice could pay twice.
func TestForeignKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, seed(one, 12500))
	p := w.start()
	file := p.plan(declareCapture)
	h, rec := p.accept(file)
	x := apply.Executor{Gateway: p.gate, Journal: p.j, Env: w.env, Now: w.clk.Now}
	sum, err := x.Run(t.Context(), h, rec, func(yield func(*plan.Entry, error) bool) {
		have, err := p.gate.Observe(t.Context(), one)
		require.NoError(t, err)
		e := plan.Diff(&spec.Payment{ID: one, Currency: "EUR", Captures: spec.Desired{Mode: spec.Total, Total: 100}}, have, plan.Known{Env: w.env})
		e.Content.Actions[0].Key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		yield(&e, nil)
	})
	require.NoError(t, err)
	require.EqualValues(t, 1, sum.Counts[apply.StatusStale])
	w.ledger(one)
}

// A plan that was made before another one was applied is overtaken by it, also
// where a read does not show yet what that one did.
func TestOvertaken(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ old, between string }{
		"items behind totals":  {"{id: 1000000001_0, captures: [{ref: a, amount: 31.10}]}", "{id: 1000000001_0, captured: 40.10}"},
		"totals behind items":  {"{id: 1000000001_0, captured: 40.10}", "{id: 1000000001_0, captures: [{ref: a, amount: 31.10}]}"},
		"a cancel, a capture":  {"{id: 1000000001_0, cancelled: 20.00}", "{id: 1000000001_0, captured: 40.10}"},
		"two totals":           {"{id: 1000000001_0, captured: 50.00}", "{id: 1000000001_0, captured: 40.00}"},
		"other items of a sum": {"{id: 1000000001_0, captures: [{ref: a, amount: 1.00}]}", "{id: 1000000001_0, captures: [{ref: b, amount: 2.00}]}"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil, seed("1000000001_0", 10000))
			p := w.start()
			old := p.plan(tt.old)
			p.apply(p.plan(tt.between)).complete(true)
			was := w.moves("1000000001_0")
			w.fault(sandbox.Fault{Kind: sandbox.StaleRead, Hide: 1, Times: -1})
			p = p.restart()
			p.apply(old).is("stale").says(0, "another plan made the")
			w.ledger("1000000001_0", was...)
		})
	}
}

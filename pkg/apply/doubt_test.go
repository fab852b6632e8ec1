package apply_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

const cancelledInitial = `{"payment":{"id":"3066177123_0","status":"CANCELLED","statusOutput":{"statusCode":61}}}`

// afterCall changes what reads show once a call has been answered. What m
// returns for the call itself is the answer; nil lets the platform answer.
func afterCall(m meddler, old, by string) meddler {
	var called atomic.Bool
	return func(w http.ResponseWriter, r *http.Request, platform http.Handler) bool {
		switch {
		case r.Method == http.MethodPost:
			called.Store(true)
			return m != nil && m(w, r, platform)
		case !called.Load():
			return false
		}
		return altered(old, by)(w, r, platform)
	}
}

// A cancel that names no operation is only taken for ours where it cannot be
// anybody else's.
func TestWhoseCancel(t *testing.T) {
	t.Parallel()
	notMade := answer(200, asJSON, cancelledInitial)
	t.Run("the platform returns references and this one has none", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, nil, seed(one, 12500), seed(two, 12500))
		p := w.start()
		p.apply(p.plan(`{id: "3066177124_0", cancels: [{ref: v, amount: 1.00}]}`)).is("settled")
		file := p.plan(declareCancel)
		w.interfere(posts(func(rw http.ResponseWriter, r *http.Request, _ http.Handler) bool {
			_, err := w.sb.Portal(one, sandbox.Cancel, 2500)
			require.NoError(t, err)
			return notMade(rw, r, nil)
		}))
		p.apply(file).is("unknown")
		w.ledger(one, "cancel 2500")
	})
	t.Run("it was there before", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, func(b *sandbox.Behaviour) { b.EchoReferences = false }, seed(one, 12500))
		p := w.start()
		_, err := w.sb.Portal(one, sandbox.Cancel, 2500)
		require.NoError(t, err)
		file := p.plan(`{id: "3066177123_0", cancelled: 50.00}`)
		w.interfere(notMade)
		p.apply(file).is("unknown")
		w.ledger(one, "cancel 2500")
	})
	t.Run("it is that of the item before", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, func(b *sandbox.Behaviour) { b.EchoReferences, b.CancelAnswersInitialID = false, true }, seed(one, 12500))
		p := w.start()
		file := p.plan(`{id: "3066177123_0", cancels: [{ref: v-1, amount: 25.00}, {ref: v-2, amount: 25.00}]}`)
		w.interfere(inTurn(func(rw http.ResponseWriter, r *http.Request, platform http.Handler) bool {
			platform.ServeHTTP(rw, r)
			return true
		}, notMade))
		p.apply(file).is("unknown", "settled")
		w.ledger(one, "cancel 2500 v-1")
	})
	t.Run("two of them", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, func(b *sandbox.Behaviour) { b.EchoReferences, b.CancelAnswersInitialID = false, true }, seed(one, 12500))
		p := w.start()
		file := p.plan(declareCancel)
		w.interfere(posts(func(http.ResponseWriter, *http.Request, http.Handler) bool {
			_, err := w.sb.Portal(one, sandbox.Cancel, 2500)
			require.NoError(t, err)
			return false
		}))
		p.apply(file).is("unknown")
		require.Len(t, w.moves(one), 2)
	})
}

// Our own cancel, shown on the authorisation itself, does not make what follows
// it stale.
func TestRefundBehindCancelOnTheAuthorization(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(b *sandbox.Behaviour) {
		b.EchoReferences, b.CancelAnswersInitialID, b.RefundOnOpenCapture = false, true, true
	},
		`{"id":"3066177123_0","amount":12500,"currency":"EUR","operations":[{"kind":"capture","amount":6000,"ref":"a"}]}`)
	w.env.RefundOpen = true
	p := w.start()
	file := p.plan(`{id: "3066177123_0", cancelled: all, refunded: 10.00}`)
	require.Len(t, calls(file), 2)
	var cancelled atomic.Bool
	w.interfere(func(rw http.ResponseWriter, r *http.Request, platform http.Handler) bool {
		if r.Method == http.MethodPost {
			cancelled.Store(true)
			return false
		}
		rec := httptest.NewRecorder()
		platform.ServeHTTP(rec, r)
		body := rec.Body.String()
		if cancelled.Load() { // the cancel _2 is not shown; _0 has its status
			if a := strings.Index(body, `,{"id":"3066177123_2"`); a >= 0 {
				end := strings.Index(body[a+1:], `,{"id":`)
				if end < 0 {
					body = body[:a] + "]}"
				} else {
					body = body[:a] + body[a+1+end:]
				}
			}
			ops := strings.Index(body, `"Operations"`)
			body = body[:ops] + strings.Replace(body[ops:], `"statusCode":5,`, `"statusCode":6,`, 1)
		}
		write(rw, rec.Code, asJSON, body)
		return true
	})
	p.apply(file).is("settled", "settled")
	require.Len(t, w.moves(one), 2)
}

// A read that cannot be added up settles nothing.
func TestUnreadableSettlesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, seed(one, 12500))
	p := w.start()
	file := p.plan(declareCapture)
	w.interfere(afterCall(hangUp(true), `"statusCode":5,`, `"statusCode":56,`))
	p.apply(file).is("unknown")
	p = p.restart()
	p.resume().is("unknown").says(0, "status code 56")
	w.interfere(nil)
	p.resume().is("settled").complete(true)
	w.ledger(one, "capture 6000 ship-1")
}

// The closing read has the last word: what was accepted and then made
// differently stops the run, and nobody calls it done.
func TestMadeWrongAfterwards(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, seed(one, 12500), seed(two, 12500))
	p := w.start()
	p.opts.Continue = true
	file := p.plan(declareCapture, `{id: "3066177124_0", captured: all}`)
	w.interfere(afterCall(nil, `"amount":6000`, `"amount":6100`))
	o := p.apply(file).sent("unknown").says(0, "made a capture of 61.00 EUR of it").complete(false)
	require.Contains(t, o.sum.Stopped, "something else")
	w.ledger(two)
}

// An older call of ours that the platform takes back does not break the
// journal's rules; it is told.
func TestTakenBackLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, seed(one, 12500))
	p := w.start()
	p.apply(p.plan(`{id: "3066177123_0", captured: 20.00}`)).is("settled")
	file := p.plan(`{id: "3066177123_0", captured: 60.00}`)
	w.interfere(afterCall(nil, `"amountOfMoney":{"amount":2000,"currencyCode":"EUR"},"paymentMethod":"card","status":"CAPTURED","statusOutput":{"statusCode":9,"statusCategory":"COMPLETED"`,
		`"amountOfMoney":{"amount":2000,"currencyCode":"EUR"},"paymentMethod":"card","status":"REJECTED_CAPTURE","statusOutput":{"statusCode":93,"statusCategory":"UNSUCCESSFUL"`))
	p.apply(file).is("settled").says(0, "not as planned afterwards")
	require.Equal(t, []plan.State{plan.StateSettled, plan.StateSettled}, p.states(one))
}

// A second attempt in doubt is not settled by what became of the first.
func TestSecondAttemptInDoubt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, seed(one, 12500))
	p := w.start()
	const declare = `{id: "3066177123_0", captures: [{ref: s, amount: 13.09}]}`
	p.apply(p.plan(declare)).is("refused")
	b := w.sb.Behaviour()
	b.MagicAmounts = false
	require.NoError(t, w.sb.SetBehaviour(b))
	file := p.plan(declare)
	require.Equal(t, 2, calls(file)[0].Attempt)
	p.mortal(beforeSend)
	require.NotNil(t, p.apply(file).died)
	p = p.restart()
	p.resume().is("settled").complete(true)
	w.ledger(one, "capture 1309 s")
}

// A call in doubt that the plan does not hold stands in the way of its kind,
// and is named.
func TestForeignDoubt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, seed(one, 12500))
	p := w.start()
	h, rec := p.accept(p.plan(declareCapture))
	_, err := p.j.Intend(t.Context(), plan.Intent{
		Payment: "3066177123", Op: "capture", Ref: "other", Amount: 100, Currency: "EUR", Attempt: 1, Key: "K", At: noon, State: plan.StateIntended,
	})
	require.NoError(t, err)
	o := p.run(t.Context(), h, rec).is("stale", "unknown").complete(false)
	o.says(0, "another capture of it, other, is in doubt").says(1, "not in this plan")
	require.Equal(t, "other", o.results[1].Action.Ref)
	w.ledger(one)
}

// Doubt about one payment does not hold up the others, when told to go on.
func TestContinueBehindDoubt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, seed(one, 12500), seed(two, 12500))
	p := w.start()
	p.opts = apply.Options{Continue: true}
	file := p.plan(declareCapture, `{id: "3066177124_0", captured: all}`)
	w.interfere(inTurn(hangUp(false), hangUp(false), hangUp(false)))
	o := p.apply(file).is("unknown", "settled").complete(false)
	require.Zero(t, o.sum.Unsent)
	w.clk.advance(time.Minute)
	p.resume().is("settled", "settled").complete(true)
	w.ledger(one, "capture 6000 ship-1")
}

// Two reads have to lie ten minutes apart from the end of the first: what a slow
// one showed may be as young as its end.
func TestSlowFirstLook(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, seed("1000000001_0", 10000), seed("1000000002_0", 10000))
	p := w.start()
	p.apply(p.plan("{id: 1000000002_0, captures: [{ref: b, amount: 1.00}]}")).is("settled") // its reference comes back
	file := p.planText(manifest([]string{"{id: 1000000001_0, captures: [{ref: a, amount: 1.00}]}"}), farAway)
	w.interfere(posts(func(http.ResponseWriter, *http.Request, http.Handler) bool { panic(http.ErrAbortHandler) }))
	p.apply(file).is("unknown")
	w.clk.advance(30 * time.Hour)
	w.interfere(func(rw http.ResponseWriter, r *http.Request, platform http.Handler) bool {
		platform.ServeHTTP(rw, r)
		w.clk.advance(4 * time.Minute)
		return true
	})
	p = p.restart()
	p.resume().is("unknown").says(0, "a first complete read does not show it")
	w.interfere(nil)
	w.clk.advance(7 * time.Minute)
	p = p.restart()
	p.resume().is("unknown").says(0, "a first complete read does not show it")
	w.clk.advance(11 * time.Minute)
	p = p.restart()
	p.resume().is("refused").says(0, "two complete reads do not show it")
	w.ledger("1000000001_0")
}

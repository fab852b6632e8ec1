package apply_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

// kinds are the calls that a process can die in.
var kinds = map[string]struct {
	seed    string // of payments one and two; %s is the id
	declare string // the same
	moves   string
}{
	"capture":       {`{"id":"%s","amount":12500,"currency":"EUR"}`, `{id: "%s", captures: [{ref: ship-1, amount: 60.00}]}`, "capture 6000 ship-1"},
	"final capture": {`{"id":"%s","amount":12500,"currency":"EUR"}`, `{id: "%s", captures: [{ref: ship-1, amount: 60.00, final: true}]}`, "capture 6000 ship-1"},
	"total":         {`{"id":"%s","amount":12500,"currency":"EUR"}`, `{id: "%s", captured: 60.00}`, "capture 6000 pr:c:0-6000"},
	"cancel":        {`{"id":"%s","amount":12500,"currency":"EUR"}`, `{id: "%s", cancels: [{ref: void-1, amount: 25.00}]}`, "cancel 2500 void-1"},
	"refund":        {`{"id":"%s","amount":12500,"currency":"EUR","mode":"SALE"}`, `{id: "%s", refunds: [{ref: rma-1, amount: 12.00}]}`, "refund 1200 rma-1"},
}

func farAway(h *plan.Header) { h.Expires = h.Expires.Add(100 * time.Hour) }

// dead plans a payment and applies it in a process that dies. Where the
// platform returns references, the journal has seen it do so.
func dead(t *testing.T, kind, cut string, echo bool) *world {
	t.Helper()
	k := kinds[kind]
	w := newWorld(t, func(b *sandbox.Behaviour) { b.EchoReferences = echo }, fmt.Sprintf(k.seed, one), fmt.Sprintf(k.seed, two))
	if kind == "final capture" {
		w.onDisk()
	}
	p := w.start()
	p.apply(p.plan(fmt.Sprintf(k.declare, two))).is("settled")
	file := p.planText(header+"    - "+fmt.Sprintf(k.declare, one)+"\n", farAway)
	reaper := p.mortal(cut)
	o := p.apply(file)
	require.NotNil(t, o.died)
	require.True(t, reaper.dead.Load())
	require.Contains(t, o.died, cut)
	require.NoError(t, p.end())
	if made(cut) {
		require.Len(t, w.moves(one), 1)
	} else {
		require.Empty(t, w.moves(one))
	}
	return w
}

// TestCrash kills a process in every place of every kind of call and lets
// another one resume, inside the key window and after it.
func TestCrash(t *testing.T) {
	t.Parallel()
	for kind, k := range kinds {
		for _, cut := range cuts {
			for _, echo := range []bool{true, false} {
				for _, late := range []bool{false, true} {
					t.Run(strings.Join([]string{kind, cut, fmt.Sprint("echo ", echo), fmt.Sprint("late ", late)}, ","), func(t *testing.T) {
						t.Parallel()
						w := dead(t, kind, cut, echo)
						if late {
							w.clk.advance(24 * time.Hour)
						}
						p := w.start()
						o := p.resume()
						switch {
						case cut == beforeIntent:
							o.is("settled").complete(true) // nothing was in doubt
						case cut == afterOutcome || cut == beforeClosing && kind != "cancel": // whose first read is the one that judges it
							o.complete(true)
							require.True(t, o.results[0].Earlier)
							require.Contains(t, []apply.Status{"accepted", "settled"}, o.results[0].Status)
						case made(cut) && echo:
							o.is("settled").complete(true) // found
						case made(cut):
							o.is("unknown").says(0, "may be it or somebody else's").complete(false)
						case late && echo:
							o.is("unknown").says(0, "a first complete read does not show it").complete(false)
						case late:
							o.is("unknown").says(0, "never seen to return our references").complete(false)
						default:
							o.is("settled").complete(true) // sent again
						}
						switch {
						case o.sum.Complete:
							w.ledger(one, k.moves)
							p.nothingToResume()
						case made(cut):
							require.Len(t, w.moves(one), 1)
						default:
							require.Empty(t, w.moves(one))
						}
					})
				}
			}
		}
	}
}

// A call that two complete reads do not show, late enough and far enough apart,
// was never made. It is then made as a second attempt, after a new plan.
func TestConclusiveLook(t *testing.T) {
	t.Parallel()
	for kind, k := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := dead(t, kind, beforeSend, true)
			w.clk.advance(24 * time.Hour)
			p := w.start()
			p.resume().is("unknown")
			w.clk.advance(9*time.Minute + 59*time.Second)
			p.resume().is("unknown").says(0, "a first complete read")
			w.clk.advance(time.Second)
			p.resume().is("refused").says(0, "never made").complete(true)
			require.Empty(t, w.moves(one))
			file := p.plan(fmt.Sprintf(k.declare, one))
			require.Equal(t, 2, calls(file)[0].Attempt)
			p.apply(file).is("settled")
			w.ledger(one, k.moves)
		})
	}
}

// A resend counts as a byte that may have been sent, also when the process dies
// in it: the reads have to be later than that.
func TestConclusiveLookAfterResend(t *testing.T) {
	t.Parallel()
	w := dead(t, "capture", beforeSend, true)
	w.clk.advance(22*time.Hour + 55*time.Minute)
	p := w.start()
	p.mortal(beforeSend)
	require.NotNil(t, p.resume().died)
	p = p.restart()
	for range 2 { // the key is not kept any more
		w.clk.advance(7*time.Minute + 59*time.Second)
		p.resume().is("unknown").says(0, "look again after")
		require.Empty(t, p.intents(one)[0].Absent)
	}
	w.clk.advance(8 * time.Minute)
	p.resume().is("unknown").says(0, "a first complete read")
	w.clk.advance(10 * time.Minute)
	p.resume().is("refused")
	require.Empty(t, w.moves(one))
}

// A process that dies in a resume is resumed like any other.
func TestCrashInResume(t *testing.T) {
	t.Parallel()
	for _, cut := range cuts[2:] {
		t.Run(cut, func(t *testing.T) {
			t.Parallel()
			w := dead(t, "capture", beforeSend, true)
			p := w.start()
			p.mortal(cut)
			require.NotNil(t, p.resume().died)
			p = p.restart()
			o := p.resume().complete(true)
			require.Contains(t, []apply.Status{"accepted", "settled"}, o.results[0].Status)
			w.ledger(one, "capture 6000 ship-1")
		})
	}
}

// What others did while a call was in doubt is never met by a second movement.
func TestDoubtAndTheWorldMovesOn(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		cut    string
		echo   bool
		late   bool
		portal int64 // captured in the portal
		says   string
	}{
		"the same amount":                 {beforeSend, false, false, 6000, "may be it"},
		"the same amount, echo":           {beforeSend, true, false, 6000, "may be it"},
		"the same amount, late":           {beforeSend, true, true, 6000, "may be it"},
		"another amount":                  {beforeSend, true, false, 100, "the payment changed meanwhile"},
		"another amount, late":            {beforeSend, true, true, 100, "the payment changed meanwhile"},
		"the same amount beside ours":     {betweenSends, false, false, 6000, "may be it"},
		"another amount beside ours":      {betweenSends, false, false, 100, "may be it"},
		"the same amount, ours is shown":  {betweenSends, true, false, 6000, ""},
		"late, the same, ours is shown":   {betweenSends, true, true, 6000, ""},
		"another amount, ours is shown":   {betweenSends, true, false, 100, ""},
		"nothing left, ours not recorded": {betweenSends, false, true, 6500, "may be it"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := dead(t, "capture", tt.cut, tt.echo)
			_, err := w.sb.Portal(one, sandbox.Capture, tt.portal)
			require.NoError(t, err)
			if tt.late {
				w.clk.advance(24 * time.Hour)
			}
			before := len(w.moves(one))
			p := w.start()
			for range 3 {
				o := p.resume()
				if tt.says == "" {
					o.is("settled").says(0, "")
					break
				}
				o.is("unknown").says(0, tt.says).complete(false)
				w.clk.advance(15 * time.Minute)
			}
			require.Len(t, w.moves(one), before)
		})
	}
}

// An operation that the platform named and does not show is waited for. It is
// not sent again, and never taken for one that was not made.
func TestNamedAndNotShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, seed(one, 12500), seed(two, 12500))
	p := w.start()
	p.apply(p.plan(`{id: "3066177124_0", cancels: [{ref: v, amount: 1.00}]}`)).is("settled")
	file := p.plan(declareCancel)
	w.fault(sandbox.Fault{Kind: sandbox.StaleRead, Payment: one, Nth: 2, Times: -1, Hide: 1})
	p.apply(file).is("unknown").says(0, "does not show it yet")
	sends := w.sb.Requests()["cancelPayment"]
	for range 4 {
		w.clk.advance(12 * time.Hour)
		p = p.restart()
		p.resume().is("unknown").says(0, "does not show it")
	}
	require.Equal(t, sends, w.sb.Requests()["cancelPayment"])
	w.sb.ClearFaults()
	p.resume().is("settled").complete(true)
	w.ledger(one, "cancel 2500 void-1")
}

// What the platform made wrong stays unknown, however often it is looked at.
func TestMadeWrongStaysUnknown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, seed(one, 12500))
	p := w.start()
	file := p.plan(declareCancel)
	w.interfere(cancelAll)
	p.apply(file).is("unknown").says(0, "something else: a cancel of 125.00 EUR")
	w.interfere(nil)
	for range 3 {
		p = p.restart()
		p.resume().is("unknown").says(0, "something else").complete(false)
		w.clk.advance(12 * time.Hour)
	}
	w.ledger(one, "cancel 12500 void-1")
}

// An intent that cannot be recorded is not sent; an outcome that cannot be
// recorded is unknown. Both stop the run.
func TestJournalFails(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		intend, conclude bool
		is               string
		ledger           []string
	}{
		"intent":  {true, false, "skipped", nil},
		"outcome": {false, true, "unknown", []string{"capture 1000 pr:c:0-1000"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil, seed(one, 1000), seed(two, 1000)).onDisk()
			p := w.start()
			file := p.plan(`{id: "3066177123_0", captured: all}`, `{id: "3066177124_0", captured: all}`)
			p.opts.Continue = true
			p.wrap = func(j apply.Journal) apply.Journal { return failingJournal{j, tt.intend, tt.conclude} }
			o := p.apply(file)
			require.ErrorContains(t, o.err, "the disk is full")
			require.Equal(t, tt.is, string(o.results[0].Status))
			require.False(t, o.sum.Complete)
			require.EqualValues(t, 2-len(tt.ledger), o.sum.Unsent)
			w.ledger(one, tt.ledger...)
			w.ledger(two)
			p = p.restart()
			p.resume().is("settled", "settled").complete(true)
			w.ledger(one, "capture 1000 pr:c:0-1000")
			w.ledger(two, "capture 1000 pr:c:0-1000")
		})
	}
}

// A failingJournal cannot be written.
type failingJournal struct {
	apply.Journal
	intend, conclude bool
}

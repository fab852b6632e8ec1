package apply_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

// word settles a call of the newest unfinished plan by hand.
func (p *process) word(w apply.Word) error {
	p.w.t.Helper()
	h, rec, err := apply.Resume(p.w.t.Context(), p.j, p.w.env)
	require.NoError(p.w.t, err)
	x := apply.Executor{Gateway: p.gate, Journal: p.j, Env: p.w.env, Now: p.w.clk.Now}
	return x.Settle(p.w.t.Context(), h, rec, w)
}

func shipOne(done bool) apply.Word {
	return apply.Word{Payment: one, Op: "capture", Ref: "ship-1", Done: done, Reason: "seen in the portal", By: "ada"}
}

// TestWordDone takes a person's word that a call was made.
func TestWordDone(t *testing.T) {
	t.Parallel()
	w := dead(t, "capture", betweenSends, false)
	p := w.start()
	require.ErrorIs(t, p.word(shipOne(false)), apply.ErrWord, "not while the key is kept")
	w.clk.advance(25 * time.Hour)
	require.ErrorContains(t, p.word(shipOne(false)), "operation 3066177123_1, a capture of 60.00 EUR, may be it")
	require.NoError(t, p.word(shipOne(true)))
	p = p.restart()
	in := p.intents(one)[0]
	require.Equal(t, []string{"settled", "3066177123_1"}, []string{string(in.State), in.OperationID})
	p.resume().is("settled").complete(true)
	require.Empty(t, calls(p.plan(declareCapture)))
	require.Len(t, w.moves(one), 1)
}

// TestWordNotDone takes a person's word that a call was not made, as soon as
// nothing speaks against it, and makes it as a second attempt.
func TestWordNotDone(t *testing.T) {
	t.Parallel()
	w := dead(t, "capture", beforeSend, false)
	w.clk.advance(22*time.Hour + 55*time.Minute)
	p := w.start()
	require.ErrorContains(t, p.word(shipOne(false)), "under its key, until 2026-11-23T11:00:00Z")
	p.mortal(beforeSend)
	require.NotNil(t, p.resume().died, "on record as sent again at 10:55")
	p = p.restart()
	w.clk.advance(10 * time.Minute)
	require.ErrorContains(t, p.word(shipOne(false)), "look again after 2026-11-23T11:11:00Z")
	w.clk.advance(6 * time.Minute)
	require.NoError(t, p.word(shipOne(false)))
	p.resume().is("refused").complete(true)
	file := p.plan(declareCapture)
	require.Equal(t, 2, calls(file)[0].Attempt)
	p.apply(file).is("settled")
	require.Len(t, w.moves(one), 1)
}

// What the platform named, shows as uncertain, or made wrong can only be called
// done.
func TestWordAgainstThePlatform(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		amount string
		meddle meddler
		says   string
		moves  []string
	}{
		"uncertain":  {"12.09", nil, "operation 3066177123_1, a capture of 12.09 EUR, may be it", []string{"capture 1209 ship-1"}},
		"never seen": {"60.00", replaced(`"statusCode":91`, `"statusCode":92`), "the platform named operation 3066177123_1 as it, and does not show it", []string{"capture 6000 ship-1"}},
		"wrong":      {"60.00", nil, "operation 3066177123_1, a capture of 61.00 EUR, may be it", []string{"capture 6100"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil, seed(one, 12500))
			p := w.start()
			file := p.plan(`{id: "3066177123_0", captures: [{ref: ship-1, amount: ` + tt.amount + `}]}`)
			if name == "wrong" {
				tt.meddle = w.makes(6100)
			}
			if name == "never seen" {
				w.fault(sandbox.Fault{Kind: sandbox.StaleRead, Payment: one, Nth: 2, Times: -1, Hide: 1})
			}
			w.interfere(tt.meddle)
			p.apply(file).is("unknown")
			w.interfere(nil)
			w.clk.advance(48 * time.Hour)
			p = p.restart()
			require.ErrorContains(t, p.word(shipOne(false)), tt.says)
			require.NoError(t, p.word(shipOne(true)))
			p.resume().is("settled").complete(true)
			w.sb.ClearFaults()
			require.Empty(t, calls(p.plan(`{id: "3066177123_0", captures: [{ref: ship-1, amount: `+tt.amount+`}]}`)))
			if diff := cmp.Diff(tt.moves, w.moves(one)); diff != "" {
				t.Errorf("ledger (-want +got):\n%s", diff)
			}
		})
	}
}

// makes lets the platform capture another amount than is asked, and say so.
func (w *world) makes(minor int64) meddler {
	return posts(func(rw http.ResponseWriter, _ *http.Request, _ http.Handler) bool {
		id, err := w.sb.Portal(one, sandbox.Capture, minor)
		require.NoError(w.t, err)
		write(rw, 201, asJSON, fmt.Sprintf(`{"id":%q,"statusOutput":{"statusCode":91},"captureOutput":{"amountOfMoney":{"amount":%d,"currencyCode":"EUR"}}}`, id, minor))
		return true
	})
}

// Where no word is needed, none is taken.
func TestWordNotNeeded(t *testing.T) {
	t.Parallel()
	w := dead(t, "capture", betweenSends, true)
	p := w.start()
	for _, done := range []bool{true, false} {
		require.ErrorContains(t, p.word(shipOne(done)), "the platform shows it as operation 3066177123_1, settled")
	}
	other := shipOne(true)
	other.Ref = "ship-2"
	require.ErrorContains(t, p.word(other), "no capture ship-2 of payment 3066177123_0 is in doubt")
	mute := shipOne(true)
	mute.Reason = " "
	require.ErrorIs(t, p.word(mute), apply.ErrWord)
	require.Equal(t, []plan.State{plan.StateIntended}, p.states(one))
}

func TestParseWord(t *testing.T) {
	t.Parallel()
	got, err := apply.ParseWord("3066177123_0/refund/rma-7=not-done")
	require.NoError(t, err)
	require.Equal(t, apply.Word{Payment: one, Op: "refund", Ref: "rma-7"}, got)
	for _, text := range []string{
		"", "3066177123_0/refund/rma-7", "3066177123_0/refund=done", "3066177123_0/refund/rma-7=maybe", "3066177123_1/refund/rma-7=done",
		"3066177123_0/payout/rma-7=done", "a/b/c/d=done", "/refund/x=done",
	} {
		_, err := apply.ParseWord(text)
		require.Error(t, err, text)
	}
}

func TestWordOf(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]string{
		"done, by the word of ada: seen: in the portal": "ada: seen: in the portal", "": "", "the platform refused it": "",
	} {
		word, is := apply.WordOf(plan.Intent{State: plan.StateSettled, Message: message})
		require.Equal(t, want != "", is)
		require.Equal(t, want, word)
	}
	word, is := apply.WordOf(plan.Intent{State: plan.StateRefused, Message: "not done, by the word of ada: not there"})
	require.True(t, is)
	require.Equal(t, "ada: not there", word)
	_, is = apply.WordOf(plan.Intent{State: plan.StateUnknown, Message: "done, by the word of ada: x"})
	require.False(t, is, "nothing is settled")
}

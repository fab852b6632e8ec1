package apply_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

// A wish is what one payment of a stress run should come to.
type wish struct {
	id, declare               string
	capture, cancel, refunded int64
}

func randomWish(r *rand.Rand, i int) (w wish, seedLine string) {
	w.id = fmt.Sprintf("50000000%02d_0", i)
	seedLine = seed(w.id, 12500)
	switch r.IntN(7) {
	case 0:
		w.capture = 6000
		w.declare = `captures: [{ref: a, amount: 10.00}, {ref: b, amount: 20.00}, {ref: c, amount: 30.00}]`
	case 1:
		w.capture = 3000
		w.declare = `captures: [{ref: a, amount: 10.00}, {ref: b, amount: 20.00, final: true}]`
	case 2:
		w.capture, w.declare = 12500, `captured: all`
	case 3:
		w.cancel, w.declare = 12500, `cancelled: all`
	case 4:
		w.cancel, w.declare = 2500, `cancels: [{ref: v, amount: 25.00}]`
	case 5:
		w.capture, w.refunded, w.declare = 12500, 700, `captured: all, refunded: 7.00`
	default:
		seedLine = fmt.Sprintf(`{"id":%q,"amount":12500,"currency":"EUR","mode":"SALE"}`, w.id)
		w.refunded, w.declare = 3300, `refunds: [{ref: x, amount: 11.00}, {ref: y, amount: 22.00}]`
	}
	w.declare = fmt.Sprintf(`{id: %q, %s}`, w.id, w.declare)
	return w, seedLine
}

// trouble is what can go wrong between us and the platform.
var trouble = []sandbox.Fault{
	{Kind: sandbox.RequestLost},
	{Kind: sandbox.AnswerLost},
	{Kind: sandbox.Reset},
	{Kind: sandbox.Reset, Commit: true},
	{Kind: sandbox.Status, Status: 500},
	{Kind: sandbox.Status, Status: 500, Commit: true},
	{Kind: sandbox.Status, Status: 502, Stored: true},
	{Kind: sandbox.Status, Status: 503, RetryAfter: time.Second},
	{Kind: sandbox.Status, Status: 429, RetryAfter: time.Second},
	{Kind: sandbox.Status, Status: 409},
	{Kind: sandbox.Truncated},
	{Kind: sandbox.NotJSON},
	{Kind: sandbox.StaleRead, Hide: 1},
}

// A stress is one story: payments, troubles, deaths and resumes, all drawn from
// a seed.
type stress struct {
	*world
	r      *rand.Rand
	p      *process
	wishes []wish
}

// step plans and applies what is missing, or resumes, in a process that may
// die.
func (s *stress) step(mortal bool) {
	s.t.Helper()
	s.p = s.p.restart()
	s.p.opts = apply.Options{Parallelism: 1 + s.r.IntN(6), Continue: s.r.IntN(4) > 0}
	h, rec, err := apply.Resume(context.Background(), s.p.j, s.env)
	if errors.Is(err, apply.ErrNoPlan) {
		declare := make([]string, len(s.wishes))
		for i, w := range s.wishes {
			declare[i] = w.declare
		}
		h, rec = s.p.accept(s.quietly(declare))
		err = nil
	}
	require.NoError(s.t, err)
	if mortal && s.r.IntN(3) > 0 {
		s.p.mortal(cuts[s.r.IntN(len(cuts))]).pass.Store(int64(s.r.IntN(10)))
	}
	o := s.p.run(context.Background(), h, rec)
	require.True(s.t, o.died != nil || o.err == nil, "%v", o.err)
	s.check()
}

// quietly plans while nothing goes wrong: what is planned is not what is tested.
func (s *stress) quietly(declare []string) []byte {
	s.sb.ClearFaults()
	return s.p.planText(manifest(declare), farAway)
}

func manifest(declare []string) string {
	text := header
	for _, d := range declare {
		text += "    - " + d + "\n"
	}
	return text
}

// check holds the ledger against what is wished and what the journal says it
// knows. It must hold at any time.
func (s *stress) check() {
	s.t.Helper()
	for _, w := range s.wishes {
		book, err := s.sb.LedgerOf(w.id)
		require.NoError(s.t, err)
		byKey := map[string]int{}
		for _, m := range book.Movements {
			if m.Key != "" && m.Event == sandbox.Requested {
				byKey[m.Key]++
			}
		}
		for key, n := range byKey {
			require.Equal(s.t, 1, n, "key %s of %s moved money %d times", key, w.id, n)
		}
		paid := int64(0)
		for _, m := range book.Movements {
			if m.Source == "api" && m.Kind == sandbox.Refund && m.Event == sandbox.Requested {
				paid += m.Amount
			}
		}
		require.LessOrEqual(s.t, paid, w.refunded, w.id)
		if w.capture > 0 {
			require.LessOrEqual(s.t, book.Sum(sandbox.Capture), w.capture, w.id)
		}
		require.LessOrEqual(s.t, book.Sum(sandbox.Cancel), w.cancel, w.id)
		for _, in := range s.p.intents(w.id) {
			switch n := byKey[string(in.Key)]; {
			case in.Made():
				require.Equal(s.t, 1, n, "the journal calls it made: %+v", in)
			case in.State == plan.StateRefused, in.State == plan.StateWithdrawn && countKey(s.p.intents(w.id), in.Key) == 1:
				require.Zero(s.t, n, "the journal calls it not made: %+v", in)
			}
		}
	}
}

func countKey(own []plan.Intent, k plan.Key) (n int) {
	for _, i := range own {
		if i.Key == k {
			n++
		}
	}
	return n
}

// reached reports that a payment is as it is wished.
func (s *stress) reached(w wish) bool {
	book, err := s.sb.LedgerOf(w.id)
	require.NoError(s.t, err)
	return (w.capture == 0 || book.Sum(sandbox.Capture) == w.capture) && book.Sum(sandbox.Cancel) == w.cancel && book.Sum(sandbox.Refund) == w.refunded
}

// TestStress tells many such stories. Whatever goes wrong, no intent moves its
// money twice, nothing gets past what is wished, and the journal never says
// something that the ledger denies. Where the platform returns references, all
// ends well once the trouble is over.
func TestStress(t *testing.T) {
	t.Parallel()
	stories := 25
	if long() {
		stories = 1500
	}
	for n := range stories {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(uint64(n), 7))
			s := &stress{r: r}
			var seeds []string
			for i := range 2 + r.IntN(6) {
				w, line := randomWish(r, i)
				s.wishes, seeds = append(s.wishes, w), append(seeds, line)
			}
			echo, portal := r.IntN(3) > 0, r.IntN(4) == 0
			s.world = newWorld(t, func(b *sandbox.Behaviour) {
				b.EchoReferences, b.ReplayRefusals = echo, r.IntN(2) == 0
				b.CancelAnswersInitialID = r.IntN(2) == 0
				if r.IntN(2) == 0 {
					b.SettleAfter = time.Duration(r.IntN(3)) * time.Hour
				}
			}, seeds...)
			s.p = s.start()
			for range 6 {
				for range r.IntN(4) {
					f := trouble[r.IntN(len(trouble))]
					f.Probability, f.Times = 0.4, 5
					s.fault(f)
				}
				if portal && r.IntN(3) == 0 {
					_, _ = s.sb.Portal(s.wishes[r.IntN(len(s.wishes))].id, sandbox.Refund, 100) // where it is possible
				}
				s.step(true)
				s.clk.advance(time.Duration(r.Int64N(int64(5 * time.Hour))))
			}
			s.sb.ClearFaults()
			for range 12 {
				s.clk.advance(20 * time.Minute)
				s.step(false)
				s.clk.advance(6 * time.Hour)
			}
			if echo && !portal {
				s.endsWell()
			}
		})
	}
}

// endsWell requires that every payment is as it is wished. Only a call in doubt
// of a kind whose references the platform was never seen to return excuses one:
// then nothing else is begun either.
func (s *stress) endsWell() {
	s.t.Helper()
	open, err := s.p.j.Open(context.Background(), 100)
	require.NoError(s.t, err)
	for _, in := range open {
		require.False(s.t, s.p.j.Echoed(in.Op), "in doubt for good: %+v", in)
	}
	if len(open) > 0 {
		return
	}
	for _, w := range s.wishes {
		require.True(s.t, s.reached(w), "%s: %s: %v, %+v", w.id, w.declare, s.moves(w.id), s.p.intents(w.id))
	}
}

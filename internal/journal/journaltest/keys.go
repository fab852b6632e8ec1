package journaltest

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

func testKeyOnce(t *testing.T, s *store) {
	i := intent(1)
	seq := s.mustIntend(i)
	again := func(i plan.Intent) {
		t.Helper()
		before := s.Ref()
		_, err := s.Intend(t.Context(), i)
		require.ErrorIs(t, err, apply.ErrKeyUsed)
		require.ErrorContains(t, err, "capture ship-1 of payment 3066177001")
		require.Equal(t, before, s.Ref())
	}
	again(i)
	s.restart()
	again(i) // nobody asked Known for it
	for _, state := range []plan.State{plan.StateUnknown, plan.StateRefused} {
		s.mustConclude(seq, state)
		again(i)
		s.restart()
		again(i)
	}
}

func testKeyRace(t *testing.T, s *store) {
	var won, lost atomic.Int64
	var g sync.WaitGroup
	for range 64 {
		g.Go(func() {
			switch _, err := s.Intend(t.Context(), intent(1)); {
			case err == nil:
				won.Add(1)
			case errors.Is(err, apply.ErrKeyUsed):
				lost.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	g.Wait()
	require.EqualValues(t, 1, won.Load())
	require.EqualValues(t, 63, lost.Load())
	s.wantKnown(intent(1).Payment, recorded(intent(1), 1))
}

func testKeyFree(t *testing.T, s *store) {
	for range 2 {
		first := s.mustIntend(intent(1))
		s.mustConclude(first, plan.StateWithdrawn)
		second := s.mustIntend(intent(1))
		// More about the first is no word about the second.
		s.mustConclude(first, plan.StateWithdrawn)
		_, err := s.Intend(t.Context(), intent(1))
		require.ErrorIs(t, err, apply.ErrKeyUsed)
		s.mustConclude(second, plan.StateWithdrawn)
		s.restart()
	}
	s.mustIntend(intent(1))
	s.restart()
	_, err := s.Intend(t.Context(), intent(1))
	require.ErrorIs(t, err, apply.ErrKeyUsed)
}

func testConcurrent(t *testing.T, s *store) {
	const callers, each = 32, 20
	var g sync.WaitGroup
	var seen sync.Map
	for c := range callers {
		g.Go(func() {
			for n := range each {
				seq, err := s.Intend(t.Context(), intent(c*each+n))
				if err != nil {
					t.Error(err)
					return
				}
				if _, twice := seen.LoadOrStore(seq, true); twice {
					t.Errorf("number %d was given twice", seq)
				}
				wait := s.Conclude(seq, apply.Outcome{At: noon, State: plan.StateAccepted, Code: 91})
				if n%2 == 0 {
					if err := wait(); err != nil {
						t.Error(err)
					}
				}
				if _, err := s.Known(t.Context(), []string{intent(n).Payment}); err != nil {
					t.Error(err)
				}
				_, _ = s.Ref(), s.Newest()
			}
		})
	}
	g.Wait()
	s.restart() // waits for the outcomes that nobody awaited
	require.EqualValues(t, 2*callers*each, s.Ref().Seq)
	var payments []string
	for n := range callers * each {
		payments = append(payments, intent(n).Payment)
	}
	known, err := s.Known(t.Context(), payments)
	require.NoError(t, err)
	for _, p := range payments {
		require.Len(t, known[p], 1)
		require.Equal(t, plan.StateAccepted, known[p][0].State)
		require.Equal(t, 91, known[p][0].Code)
	}
}

package journaltest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

func testEmpty(t *testing.T, s *store) {
	ref := s.Ref()
	require.NotEmpty(t, ref.ID)
	require.Equal(t, plan.JournalRef{ID: ref.ID, New: true}, ref)
	require.True(t, s.Newest().IsZero())
	known, err := s.Known(t.Context(), []string{"1", "2"})
	require.NoError(t, err)
	require.Empty(t, known)
	open, err := s.Open(t.Context(), 10)
	require.NoError(t, err)
	require.Empty(t, open)
	_, err = s.Unfinished(t.Context())
	require.ErrorIs(t, err, apply.ErrNoPlan)
	s.restart()
	require.Equal(t, ref, s.Ref())
}

func testKnown(t *testing.T, s *store) {
	one, two, other := intent(1), intent(1), intent(2)
	two.Op, two.Ref, two.Final, two.Attempt, two.Key = spec.Refund, "pr:r:0-5", true, 3, keyOf("two")
	two.Amount, two.Currency, two.At = spec.MaxMinor, "JPY", noon.Add(123456789)
	a, b, c := s.mustIntend(one), s.mustIntend(two), s.mustIntend(other)
	for range 2 {
		s.wantKnown(one.Payment, recorded(one, a), recorded(two, b))
		s.wantKnown("3066177999")
		all, err := s.Known(t.Context(), []string{other.Payment, one.Payment, "3066177999", other.Payment})
		require.NoError(t, err)
		want := map[string][]plan.Intent{
			one.Payment:   {recorded(one, a), recorded(two, b)},
			other.Payment: {recorded(other, c)},
		}
		if diff := cmp.Diff(want, all); diff != "" {
			t.Errorf("known (-want +got):\n%s", diff)
		}
		s.restart()
	}
}

// testNumbers counts: a record has the next number, and what is refused none.
func testNumbers(t *testing.T, s *store) {
	id, at := s.Ref().ID, int64(0)
	grown := func(n int64, what string) {
		t.Helper()
		at += n
		require.Equal(t, plan.JournalRef{ID: id, Seq: at}, s.Ref(), what)
	}
	for n := range 2 {
		seq := s.mustIntend(intent(n))
		grown(1, "intent")
		require.Equal(t, at, seq)
		_, err := s.Intend(t.Context(), intent(n))
		require.Error(t, err)
		grown(0, "refused intent")
		s.mustConclude(seq, plan.StateUnknown)
		grown(1, "outcome")
		require.Error(t, s.conclude(seq, plan.StateWithdrawn))
		grown(0, "refused outcome")
		planID := fmt.Sprint("plan-", n)
		require.NoError(t, s.accept(planID, "bytes"))
		grown(1, "plan")
		require.Error(t, s.accept(planID, "bytes"))
		grown(0, "refused plan")
		require.NoError(t, s.accept(planID+" again", "bytes"))
		grown(2, "plan and the end of the one before")
		require.NoError(t, s.Finish(t.Context(), planID+" again", "done", noon))
		grown(1, "finish")
		require.Error(t, s.Finish(t.Context(), "none", "done", noon))
		grown(0, "refused finish")
		s.restart()
		grown(0, "restart")
	}
}

// testLease asks for it all the time that the journal is open.
func testLease(t *testing.T, s *store) {
	for n := range 2 {
		require.Positive(t, s.Lease())
		s.mustIntend(intent(n))
		require.Positive(t, s.Lease())
		s.restart()
	}
}

func testNewest(t *testing.T, s *store) {
	i := intent(1)
	i.At = noon.Add(time.Hour)
	seq := s.mustIntend(i)
	require.Equal(t, noon.Add(time.Hour), s.Newest())
	s.mustConclude(seq, plan.StateUnknown) // an earlier time
	require.Equal(t, noon.Add(time.Hour), s.Newest())
	later := noon.Add(2 * time.Hour)
	require.NoError(t, s.Conclude(seq, apply.Outcome{At: later, State: plan.StateSettled})())
	require.Equal(t, later, s.Newest())
	s.restart()
	require.Equal(t, later, s.Newest())
}

func testEcho(t *testing.T, s *store) {
	require.False(t, s.Echoed(spec.Capture))
	for range 3 {
		s.NoteEcho(spec.Capture, "3066177001_1", noon)
	}
	seq := s.mustIntend(intent(1)) // recorded after the echo, and awaited
	require.Equal(t, int64(2), seq, "an echo is recorded once")
	for range 2 {
		require.True(t, s.Echoed(spec.Capture))
		require.False(t, s.Echoed(spec.Refund))
		s.NoteEcho(spec.Capture, "3066177001_2", noon)
		s.restart()
	}
	require.Equal(t, seq, s.Ref().Seq)
}

func testCancelled(t *testing.T, s *store) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("enough"))
	_, err := s.Intend(ctx, intent(1))
	require.ErrorIs(t, err, context.Canceled)
	s.wantKnown(intent(1).Payment)
	s.mustIntend(intent(1)) // its key was not used
}

func testInvalid(t *testing.T, s *store) {
	for name, spoil := range map[string]func(*plan.Intent){
		"no payment":       func(i *plan.Intent) { i.Payment = "" },
		"no operation":     func(i *plan.Intent) { i.Op = "" },
		"no amount":        func(i *plan.Intent) { i.Amount = 0 },
		"negative amount":  func(i *plan.Intent) { i.Amount = -1 },
		"too large amount": func(i *plan.Intent) { i.Amount = spec.MaxMinor + 1 },
		"no currency":      func(i *plan.Intent) { i.Currency = "" },
		"no attempt":       func(i *plan.Intent) { i.Attempt = 0 },
		"no key":           func(i *plan.Intent) { i.Key = "" },
		"long key":         func(i *plan.Intent) { i.Key = "12345678901234567890123456789012345678901" },
	} {
		i := intent(1)
		spoil(&i)
		_, err := s.Intend(t.Context(), i)
		require.Error(t, err, name)
	}
	require.Zero(t, s.Ref().Seq)
	s.mustIntend(intent(1)) // the journal is none the worse
}

// Package journaltest is what every [apply.Journal] has to do, whatever it
// keeps its records in.
package journaltest

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// Run judges a store. setUp makes a new, empty journal for one environment and
// merchant and returns a function that opens it for writing, as a new process
// would: the suite closes a journal that is an io.Closer before it opens it
// again.
func Run(t *testing.T, setUp func(t *testing.T) (open func() apply.Journal)) {
	for name, test := range map[string]func(*testing.T, *store){
		"a new journal is empty":                         testEmpty,
		"an intent is known as it was recorded":          testKnown,
		"every record has a number":                      testNumbers,
		"a key is used once":                             testKeyOnce,
		"a key is used once by concurrent callers":       testKeyRace,
		"a withdrawn key is free":                        testKeyFree,
		"a state follows from the one before":            testTransitions,
		"only its own process withdraws an intent":       testWithdrawLater,
		"an outcome needs an intent":                     testNoIntent,
		"outcomes add up":                                testEvidence,
		"open intents are listed":                        testOpen,
		"an echo is remembered":                          testEcho,
		"the newest time is kept":                        testNewest,
		"a cancelled caller records nothing":             testCancelled,
		"what cannot be an intent is refused":            testInvalid,
		"concurrent callers lose nothing":                testConcurrent,
		"a plan is stored whole":                         testPlan,
		"a plan whose reader fails is not stored":        testPlanReader,
		"a plan is accepted once":                        testPlanOnce,
		"the newest unfinished plan is found":            testUnfinished,
		"any sequence of records does as the model says": testModel,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newStore(t, setUp(t)))
		})
	}
}

// A store is the journal of a test.
type store struct {
	apply.Journal
	t      testing.TB
	reopen func() apply.Journal
}

// newStore opens the journal of a test.
func newStore(t testing.TB, open func() apply.Journal) *store {
	s := &store{t: t, reopen: open, Journal: open()}
	t.Cleanup(s.close)
	return s
}

func (s *store) close() {
	if c, ok := s.Journal.(io.Closer); ok {
		require.NoError(s.t, c.Close())
	}
}

// restart ends the process that works with the journal and begins another.
func (s *store) restart() {
	s.close()
	s.Journal = s.reopen()
}

// noon is when the suite's records begin.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// keyOf is a key as they are derived.
func keyOf(text string) plan.Key {
	sum := sha256.Sum256([]byte(text))
	return plan.Key(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:24]))
}

// intent is a capture of the n-th payment, to be recorded.
func intent(n int) plan.Intent {
	payment := fmt.Sprint(3_066_177_000 + n)
	return plan.Intent{
		Payment: payment, Op: spec.Capture, Ref: "ship-1", Amount: 12_500, Currency: "EUR", Attempt: 1,
		Key: keyOf(payment), PlanID: "plan-1", At: noon,
	}
}

// recorded is what is known of i once it has its number.
func recorded(i plan.Intent, seq int64) plan.Intent {
	i.Seq, i.State, i.StateAt = seq, plan.StateIntended, i.At
	return i
}

func (s *store) mustIntend(i plan.Intent) int64 {
	s.t.Helper()
	seq, err := s.Intend(context.Background(), i)
	require.NoError(s.t, err)
	return seq
}

func (s *store) conclude(seq int64, state plan.State) error {
	return s.Conclude(seq, apply.Outcome{At: noon.Add(time.Second), State: state})()
}

func (s *store) mustConclude(seq int64, state plan.State) {
	s.t.Helper()
	require.NoError(s.t, s.conclude(seq, state))
}

// wantKnown compares what is known of a payment.
func (s *store) wantKnown(payment string, want ...plan.Intent) {
	s.t.Helper()
	got, err := s.Known(context.Background(), []string{payment})
	require.NoError(s.t, err)
	if diff := cmp.Diff(want, got[payment]); diff != "" {
		s.t.Errorf("known of %s (-want +got):\n%s", payment, diff)
	}
}

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

func testNumbers(t *testing.T, s *store) {
	id, at := s.Ref().ID, int64(0)
	grown := func(what string) {
		t.Helper()
		ref := s.Ref()
		require.Greater(t, ref.Seq, at, what)
		require.Equal(t, plan.JournalRef{ID: id, Seq: ref.Seq}, ref)
		at = ref.Seq
	}
	for n := range 2 {
		seq := s.mustIntend(intent(n))
		grown("intent")
		require.Equal(t, seq, at)
		s.mustConclude(seq, plan.StateUnknown)
		grown("outcome")
		planID := fmt.Sprint("plan-", n)
		require.NoError(t, s.accept(planID, "bytes"))
		grown("plan")
		require.NoError(t, s.Finish(t.Context(), planID, "done", noon))
		grown("finish")
		s.restart()
		require.Equal(t, at, s.Ref().Seq)
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

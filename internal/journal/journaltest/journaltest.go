// Package journaltest is what every [apply.Journal] has to do, whatever it
// keeps its records in.
package journaltest

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
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
		"the unfinished plan is found":                   testUnfinished,
		"a new plan supersedes those before":             testSupersede,
		"approvals are stored with their plan":           testApprovals,
		"approvals go the way of their plan":             testApprovalsRefused,
		"an approver's clock is not the journal's":       testApprovalTime,
		"accepted intents are listed in pages":           testAccepted,
		"whoever writes has a lease":                     testLease,
		"what others said is recorded, text or not":      testText,
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

package journaltest

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

// next is what each state may become; staying what it is adds evidence.
var next = map[plan.State][]plan.State{
	plan.StateIntended:  {plan.StateAccepted, plan.StateSettled, plan.StateRefused, plan.StateUnknown, plan.StateWithdrawn},
	plan.StateUnknown:   {plan.StateUnknown, plan.StateAccepted, plan.StateSettled, plan.StateRefused},
	plan.StateAccepted:  {plan.StateAccepted, plan.StateSettled, plan.StateRefused},
	plan.StateSettled:   {plan.StateSettled},
	plan.StateRefused:   {plan.StateRefused},
	plan.StateWithdrawn: {plan.StateWithdrawn},
}

// states are all states, and one that is none.
var states = []plan.State{
	plan.StateIntended, plan.StateAccepted, plan.StateSettled, plan.StateRefused,
	plan.StateUnknown, plan.StateWithdrawn, "lost",
}

func testTransitions(t *testing.T, s *store) {
	type step struct {
		seq      int64
		from, to plan.State
	}
	n := 0
	for _, later := range []bool{false, true} { // by the process that wrote the intent, by another
		var steps []step
		for from := range next {
			for _, to := range states {
				n++
				seq := s.mustIntend(intent(n))
				if from != plan.StateIntended {
					s.mustConclude(seq, from)
				}
				steps = append(steps, step{seq, from, to})
			}
		}
		if later {
			s.restart()
		}
		for _, step := range steps {
			before := s.Ref().Seq
			err := s.conclude(step.seq, step.to)
			if slices.Contains(next[step.from], step.to) && (!later || step.to != plan.StateWithdrawn) {
				require.NoError(t, err, "%v", step)
				require.Equal(t, before+1, s.Ref().Seq)
			} else {
				require.Error(t, err, "%v", step)
				require.Equal(t, before, s.Ref().Seq, "a refused outcome leaves no record")
			}
		}
	}
}

func testWithdrawLater(t *testing.T, s *store) {
	seq := s.mustIntend(intent(1))
	s.restart()
	require.Error(t, s.conclude(seq, plan.StateWithdrawn), "the process that wrote it may have sent it")
	s.mustConclude(seq, plan.StateUnknown)
	_, err := s.Intend(t.Context(), intent(1))
	require.ErrorIs(t, err, apply.ErrKeyUsed)
}

func testNoIntent(t *testing.T, s *store) {
	seq := s.mustIntend(intent(1))
	s.mustConclude(seq, plan.StateAccepted) // the record seq+1 is an outcome
	for range 2 {
		for _, none := range []int64{-1, 0, seq + 1, seq + 2, 1 << 40} {
			require.Error(t, s.conclude(none, plan.StateSettled), "%d", none)
		}
		s.restart()
	}
	s.mustConclude(seq, plan.StateSettled)
}

func testEvidence(t *testing.T, s *store) {
	at := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Minute) }
	want := recorded(intent(1), s.mustIntend(intent(1)))
	for _, step := range []struct {
		outcome apply.Outcome
		then    func()
	}{
		{
			apply.Outcome{At: at(1), State: plan.StateUnknown, Sends: []apply.Send{{At: at(2)}, {At: at(1), Failure: "reset"}}},
			func() { want.State, want.StateAt, want.LastSendAt = plan.StateUnknown, at(1), at(2) },
		},
		{
			apply.Outcome{At: at(3), State: plan.StateUnknown, Absent: true, Code: 99},
			func() { want.StateAt, want.Absent, want.Code = at(3), []time.Time{at(3)}, 99 },
		},
		{
			apply.Outcome{At: at(14), State: plan.StateUnknown, Absent: true},
			func() { want.StateAt, want.Absent, want.Code = at(14), []time.Time{at(3), at(14)}, 0 },
		},
		{
			apply.Outcome{
				At: at(15), State: plan.StateAccepted, OperationID: "3066177001_1", Code: 91, Status: 201,
				BodySHA: [32]byte{1, 2, 3}, Sends: []apply.Send{{At: at(1), Status: 201, Replayed: at(1), ServerDate: at(15)}},
			},
			func() {
				want.State, want.StateAt, want.OperationID, want.Code = plan.StateAccepted, at(15), "3066177001_1", 91
			},
		},
		{
			apply.Outcome{At: at(16), State: plan.StateSettled, Code: 9, Message: "it's \"done\""},
			func() {
				want.State, want.StateAt, want.Code, want.Message = plan.StateSettled, at(16), 9, `it's "done"`
			},
		},
	} {
		require.NoError(t, s.Conclude(want.Seq, step.outcome)())
		step.then()
		s.wantKnown(want.Payment, want)
		s.restart()
		s.wantKnown(want.Payment, want)
	}
}

func testOpen(t *testing.T, s *store) {
	var want []plan.Intent
	for n, state := range states[:6] {
		i := intent(n)
		seq := s.mustIntend(i)
		in := recorded(i, seq)
		if state != plan.StateIntended {
			s.mustConclude(seq, state)
			in.State, in.StateAt = state, noon.Add(time.Second)
		}
		if in.Open() {
			want = append(want, in)
		}
	}
	require.Len(t, want, 2)
	for _, limit := range []int{0, 1, 2, 3} {
		got, err := s.Open(t.Context(), limit)
		require.NoError(t, err)
		expect := want
		if limit == 1 {
			expect = want[:1]
		}
		if diff := cmp.Diff(expect, got); diff != "" {
			t.Errorf("open, limit %d (-want +got):\n%s", limit, diff)
		}
	}
	// What was unknown and is known now is not open, though it was.
	s.mustConclude(want[1].Seq, plan.StateSettled)
	got, err := s.Open(t.Context(), 0)
	require.NoError(t, err)
	require.Len(t, got, 1)
}

// testAccepted reads what the platform took in pages of two.
func testAccepted(t *testing.T, s *store) {
	var want []plan.Intent
	for n := range 15 {
		i, state := intent(n), states[n%6]
		in := recorded(i, s.mustIntend(i))
		if state != plan.StateIntended {
			s.mustConclude(in.Seq, state)
			in.State, in.StateAt = state, noon.Add(time.Second)
		}
		if state == plan.StateAccepted {
			want = append(want, in)
		}
	}
	// What was accepted and is settled now is not there any more.
	s.mustConclude(want[0].Seq, plan.StateSettled)
	want = want[1:]
	require.Len(t, want, 2)
	s.mustConclude(s.mustIntend(intent(99)), plan.StateAccepted)
	for after, got := int64(0), 0; got < 3; {
		page, err := s.Accepted(t.Context(), after, 2)
		require.NoError(t, err)
		require.NotEmpty(t, page)
		for _, i := range page {
			if got < len(want) {
				if diff := cmp.Diff(want[got], i); diff != "" {
					t.Errorf("accepted (-want +got):\n%s", diff)
				}
			}
			require.Greater(t, i.Seq, after)
			after = i.Seq
			got++
		}
		if got == 3 {
			page, err = s.Accepted(t.Context(), after, 2)
			require.NoError(t, err)
			require.Empty(t, page)
		}
	}
}

// testText records an answer that is no text: what others said must not be
// what a record fails of.
func testText(t *testing.T, s *store) {
	seq := s.mustIntend(intent(1))
	require.NoError(t, s.Conclude(seq, apply.Outcome{
		At: noon, State: plan.StateUnknown, OperationID: "a\x00b", ErrorID: "\xff", Message: "caf\xe9 \x00 \u2028",
		Sends: []apply.Send{{At: noon, Failure: "odd\x00\xff"}},
	})())
	spoilt := intent(2)
	spoilt.Ref = "a\x00b"
	_, err := s.Intend(t.Context(), spoilt)
	require.Error(t, err, "we write no such thing")
	require.NoError(t, s.accept("plan", "a\x00b\xff"))
	s.wantPlan("plan", []byte("a\x00b\xff"))
	require.NoError(t, s.Finish(t.Context(), "plan", "done\x00", noon))
	s.restart()
	known, err := s.Known(t.Context(), []string{intent(1).Payment})
	require.NoError(t, err)
	require.Equal(t, plan.StateUnknown, known[intent(1).Payment][0].State)
	s.mustConclude(seq, plan.StateSettled)
}

package journaltest

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

// A model is a journal that is obviously right: a list.
type model struct {
	intents []plan.Intent
	seq     int64
	since   int64 // records after it were written by this process
	clock   time.Time
	base    int // payments of this run of the test begin here
}

// testModel draws sequences of records and restarts, of few payments and keys
// so that they meet, and compares the journal with the model at each restart
// and at the end. One journal serves all sequences: what earlier ones left
// must not matter.
func testModel(t *testing.T, s *store) {
	base, since := 0, int64(0)
	rapid.Check(t, func(r *rapid.T) {
		base += 10
		m := &model{base: base, clock: noon, seq: s.Ref().Seq, since: since}
		for range rapid.IntRange(1, 14).Draw(r, "steps") {
			switch rapid.IntRange(0, 20).Draw(r, "step") {
			case 0:
				m.compare(r, s)
				s.restart()
				m.since, since = m.seq, m.seq
			case 1, 2, 3, 4, 5, 6, 7:
				m.intend(r, s)
			default:
				m.conclude(r, s)
			}
		}
		m.compare(r, s)
	})
}

func (m *model) intend(r *rapid.T, s *store) {
	i := intent(m.base + rapid.IntRange(0, 2).Draw(r, "payment"))
	i.Attempt = rapid.IntRange(1, 2).Draw(r, "attempt")
	i.Key = keyOf(i.Payment + string(rune('0'+i.Attempt)))
	m.clock = m.clock.Add(time.Second)
	i.At = m.clock
	used := slices.ContainsFunc(m.intents, func(o plan.Intent) bool { return o.Key == i.Key && o.State != plan.StateWithdrawn })
	seq, err := s.Intend(r.Context(), i)
	if used {
		require.ErrorIs(r, err, apply.ErrKeyUsed)
		return
	}
	require.NoError(r, err)
	m.seq++
	require.Equal(r, m.seq, seq)
	m.intents = append(m.intents, recorded(i, seq))
}

func (m *model) conclude(r *rapid.T, s *store) {
	if len(m.intents) == 0 {
		return
	}
	i := &m.intents[rapid.IntRange(0, len(m.intents)-1).Draw(r, "intent")]
	to := rapid.SampledFrom(states).Draw(r, "state")
	m.clock = m.clock.Add(time.Second)
	err := s.Conclude(i.Seq, apply.Outcome{At: m.clock, State: to})()
	if !slices.Contains(next[i.State], to) || to == plan.StateWithdrawn && i.Seq <= m.since {
		require.Error(r, err, "%s to %s", i.State, to)
		return
	}
	require.NoError(r, err, "%s to %s", i.State, to)
	m.seq++
	i.State, i.StateAt = to, m.clock
}

func (m *model) compare(r *rapid.T, s *store) {
	require.Equal(r, m.seq, s.Ref().Seq)
	want := map[string][]plan.Intent{}
	var bases []string
	for _, i := range m.intents {
		want[i.Payment] = append(want[i.Payment], i)
		bases = append(bases, i.Payment)
	}
	got, err := s.Known(r.Context(), bases)
	require.NoError(r, err)
	if diff := cmp.Diff(want, got); diff != "" {
		r.Errorf("known (-want +got):\n%s", diff)
	}
}

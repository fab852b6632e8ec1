package plan_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/payreconcile/payreconcile/pkg/plan"
)

// TestCompare draws two plans of the same payments and holds what Compare finds
// against what was drawn.
func TestCompare(t *testing.T) {
	t.Parallel()
	base := make([]plan.Entry, 12)
	for i := range base {
		base[i] = diff(t, fmt.Sprintf("captured %d.00", i+1), authed, "")
	}
	base = numbered(base)
	rapid.Check(t, func(r *rapid.T) {
		var before, after []plan.Entry
		want := plan.Comparison{}
		for i := range base {
			switch rapid.SampledFrom([]string{"same", "same", "prose", "added", "removed", "changed"}).Draw(r, "what") {
			case "same":
				before, after = append(before, base[i]), append(after, base[i])
				want.Same++
			case "prose": // another place, time and sentence are no change
				other := base[i]
				other.Source, other.ObservedAt = "other.yaml:99", other.ObservedAt.Add(time.Hour)
				other.Content.Actions = slices.Clone(other.Content.Actions)
				other.Content.Actions[0].Hint = "a hint"
				before, after = append(before, base[i]), append(after, other)
				want.Same++
			case "added":
				after = append(after, base[i])
				want.Added++
			case "removed":
				before = append(before, base[i])
				want.Removed++
			case "changed":
				other := base[i]
				other.Content.Have.CanRefund = !other.Content.Have.CanRefund
				before, after = append(before, base[i]), append(after, other)
				want.Changed++
			}
		}
		if n := len(after); n > 1 && rapid.Bool().Draw(r, "reversed") {
			slices.Reverse(after)
			want.Reordered = want.Same+want.Changed > 1
		}
		a, _ := write(t, header(), before)
		b, _ := write(t, header(), after)
		var added, removed, changed int64
		got, err := plan.Compare(bytes.NewReader(a), bytes.NewReader(b), func(c plan.Change) error {
			switch {
			case c.Before == nil:
				added++
			case c.After == nil:
				removed++
			default:
				changed++
				require.Equal(t, c.Before.Content.Payment, c.After.Content.Payment)
				require.NotEqual(t, c.Before.Content.Have.CanRefund, c.After.Content.Have.CanRefund)
			}
			return nil
		})
		require.NoError(t, err)
		require.Empty(t, cmp.Diff(want, got))
		require.Equal(t, []int64{want.Added, want.Removed, want.Changed}, []int64{added, removed, changed})
	})
}

func TestCompareErrors(t *testing.T) {
	t.Parallel()
	a, b := small(t), small(t)
	broken := errors.New("broken")
	none := func(plan.Change) error { return nil }
	empty, _ := write(t, header(), nil)
	_, err := plan.Compare(bytes.NewReader(empty), bytes.NewReader(b), func(plan.Change) error { return broken })
	require.ErrorIs(t, err, broken)
	_, err = plan.Compare(bytes.NewReader(a), bytes.NewReader(empty), func(plan.Change) error { return broken })
	require.ErrorIs(t, err, broken)
	_, err = plan.Compare(bytes.NewReader(a[:len(a)/2]), bytes.NewReader(b), none)
	require.Error(t, err)
	_, err = plan.Compare(bytes.NewReader(a), bytes.NewReader(b[:len(b)/2]), none)
	require.Error(t, err)
}

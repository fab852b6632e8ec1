package approval_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/approval"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// The example says what its comments say.
func TestExampleFile(t *testing.T) {
	t.Parallel()
	a, err := approval.Load("../../examples/approvers.yaml")
	require.NoError(t, err)
	needed := func(c spec.Currency, minor int64) int {
		n, err := a.Needed(plan.Footer{Money: []plan.Sum{{Action: plan.Capture, Currency: c, Amount: minor, Count: 1}}}, 0)
		require.NoError(t, err)
		return n
	}
	require.Equal(t, []int{1, 2, 1, 2, 1}, []int{
		needed("EUR", 1000000), needed("EUR", 1000001), needed("JPY", 1500000), needed("JPY", 1500001), needed("USD", 99999999999),
	})
	against := map[string]approval.Reason{}
	h := plan.Header{Approvers: a.SHA256(), Maker: "ci-bot", Environment: "live", Expires: now.AddDate(1, 0, 0)}
	f := plan.Footer{Money: []plan.Sum{{Action: plan.Capture, Currency: "EUR", Amount: 500001, Count: 1}}}
	for _, p := range a.People {
		_, err := a.Eligible(p.Key, h, f, now.AddDate(0, 0, 14))
		against[p.Name] = ""
		var no *approval.PlanError
		if err != nil {
			require.ErrorAs(t, err, &no)
			against[p.Name] = no.Reason
		}
	}
	want := map[string]approval.Reason{
		"Ada Example": "", "Bob Example": approval.ReasonLimit, "Cy Example": approval.ReasonRevoked, "Release Bot": approval.ReasonEnvironment,
	}
	if diff := cmp.Diff(want, against); diff != "" {
		t.Errorf("what is against them (-want +got):\n%s", diff)
	}
}

package planner_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/planner"
	"github.com/payreconcile/payreconcile/internal/policy"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

// Judged by many workers, a plan has the judgement that it has when its file is
// read again, payment by payment.
func TestWorkersJudgeAsOneDoes(t *testing.T) {
	t.Parallel()
	rules, err := policy.Parse("policy.yaml", []byte(`apiVersion: payreconcile/v1
kind: Policy
spec:
  rules:
    - {name: sevens, over: call, when: 'payment.matches("7_0$")', deny: it ends in seven}
    - {name: breaks, over: payment, when: 'payment.matches("33_0$") && 1 / (capturing - 1000) == 1', deny: never}
    - {name: many, over: plan, when: 'moved("capture", "EUR") > minor("9.99 EUR") * payments', approvals: 3}
`))
	require.NoError(t, err)
	h := plan.Header{Environment: "test", Merchant: "M"}
	now := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	for _, workers := range []int{1, 16} {
		var out bytes.Buffer
		w, err := plan.NewWriter(&out, h)
		require.NoError(t, err)
		run := rules.Run(h, policy.Planning, now)
		p := planner.Planner{Reader: &platform{}, History: &noHistory{}, Parallelism: workers, Env: h.Env(), Judge: run}
		require.NoError(t, p.Write(t.Context(), declared(6000, nil), w))
		f, err := w.CloseJudged(run.Plan)
		require.NoError(t, err)
		require.Equal(t, int64(600+60), f.Judgement.Denied)
		require.Equal(t, 3, f.Judgement.Approvals)
		again, err := policy.Judge(rules, h, f, plan.Entries(&out), policy.Planning, now)
		require.NoError(t, err)
		if diff := cmp.Diff(f.Judgement, again); diff != "" {
			t.Errorf("%d workers (-planned +read again):\n%s", workers, diff)
		}
	}
}

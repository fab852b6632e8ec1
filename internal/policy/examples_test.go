package policy_test

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/policy"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// An asked is one plan that an example is asked about.
type asked struct {
	header    func(*plan.Header)
	footer    func(*plan.Footer)
	phase     policy.Phase
	at        time.Time
	entries   []*plan.Entry
	denied    []string // rules, in order
	approvals int
}

func captured(amount int64, changes ...change) *plan.Entry {
	return entry(append([]change{actions(call(spec.Capture, "s", amount)), func(e *plan.Entry) { e.Content.Have.Totals = plan.Totals{} }}, changes...)...)
}

func refunded(amount int64, changes ...change) *plan.Entry {
	return entry(append([]change{actions(call(spec.Refund, "r", amount))}, changes...)...)
}

func elsewhere(h *plan.Header) { h.Environment, h.Selection = "test", "" }

func day(d, hour int) time.Time { return time.Date(2026, 12, d, hour, 0, 0, 0, time.UTC) }

// examples say of every rule when it applies, and when it does not.
var examples = map[string]map[string]asked{
	"01-caps.yaml": {
		"at the caps":     {entries: []*plan.Entry{refunded(500_00), captured(5_000_00)}},
		"a large refund":  {entries: []*plan.Entry{refunded(500_01)}, denied: []string{"refund-cap"}},
		"with its label":  {entries: []*plan.Entry{refunded(500_01, labels(plan.Labels{"refund-cap": "off"}))}},
		"a large capture": {entries: []*plan.Entry{captured(5_000_01)}, denied: []string{"payment-cap"}},
		"a large run":     {entries: []*plan.Entry{captured(10)}, footer: func(f *plan.Footer) { f.Money[0].Amount = 250_000_01 }, denied: []string{"run-cap"}},
		"a long run":      {entries: []*plan.Entry{captured(10)}, footer: func(f *plan.Footer) { f.Counts.Calls = 50_001 }, denied: []string{"many-calls"}},
	},
	"02-refund-ratio.yaml": {
		"some":           {entries: []*plan.Entry{refunded(80_00)}},
		"most":           {entries: []*plan.Entry{refunded(80_01)}, denied: []string{"mostly-refunded"}},
		"all":            {entries: []*plan.Entry{refunded(100_00)}, denied: []string{"mostly-refunded"}},
		"all, as it is":  {entries: []*plan.Entry{refunded(100_00, labels(plan.Labels{"returns": "full"}))}},
		"a hundred":      {entries: slices.Repeat([]*plan.Entry{refunded(1)}, 100)},
		"more than them": {entries: slices.Repeat([]*plan.Entry{refunded(1)}, 101), denied: []string{"refunds-of-a-run"}},
	},
	"03-hours.yaml": {
		"planned at night":   {at: day(1, 23), entries: []*plan.Entry{refunded(1)}},
		"applied at night":   {at: day(1, 23), phase: policy.Applying, entries: []*plan.Entry{refunded(1)}, denied: []string{"office-hours"}},
		"elsewhere":          {at: day(1, 23), phase: policy.Applying, header: elsewhere, entries: []*plan.Entry{refunded(1)}},
		"applied by day":     {at: day(1, 6), phase: policy.Applying, entries: []*plan.Entry{refunded(1)}},
		"on a Saturday":      {at: day(5, 12), phase: policy.Applying, entries: []*plan.Entry{refunded(1), captured(1)}, denied: []string{"no-weekend"}},
		"on Christmas Day":   {at: day(25, 12), entries: []*plan.Entry{captured(1)}, denied: []string{"freeze"}},
		"nothing to be done": {at: day(25, 12), entries: []*plan.Entry{entry(actions())}},
	},
	"04-labels.yaml": {
		"a refund with all": {entries: []*plan.Entry{refunded(1, labels(plan.Labels{"desk": "eu", "ticket": "OPS-1"}), noted)}},
		"without":           {entries: []*plan.Entry{refunded(1, labels(nil))}, denied: []string{"desk", "ticket", "reason"}},
		"another desk":      {entries: []*plan.Entry{captured(1, labels(plan.Labels{"desk": "mars"}))}, denied: []string{"desk"}},
		"no ticket":         {entries: []*plan.Entry{refunded(1, labels(plan.Labels{"desk": "uk", "ticket": "soon"}), noted)}, denied: []string{"ticket"}},
		"its currency":      {entries: []*plan.Entry{captured(1, in("CHF"))}, denied: []string{"desk-currency"}},
	},
	"05-approvals.yaml": {
		"test":            {header: elsewhere, entries: []*plan.Entry{captured(1)}},
		"live":            {entries: []*plan.Entry{captured(1)}, approvals: 1},
		"many refunds":    {entries: slices.Repeat([]*plan.Entry{refunded(2_500_00)}, 5), approvals: 2},
		"a large refund":  {header: elsewhere, entries: []*plan.Entry{refunded(2_500_01)}, approvals: 2},
		"a later attempt": {header: elsewhere, entries: []*plan.Entry{captured(1, func(e *plan.Entry) { e.Content.Actions[0].Attempt = 2 })}, approvals: 2},
		"a large run":     {entries: slices.Repeat([]*plan.Entry{captured(10_000_00)}, 101), approvals: 3},
	},
	"06-world.yaml": {
		"sound":   {header: elsewhere, entries: []*plan.Entry{captured(1), captured(1, in("CHF"))}},
		"dollars": {header: elsewhere, entries: []*plan.Entry{captured(1, in("USD"))}, denied: []string{"currencies"}},
		"in doubt": {header: elsewhere, entries: []*plan.Entry{captured(1, func(e *plan.Entry) {
			e.Content.Actions = append(e.Content.Actions, plan.Action{Kind: plan.Blocked, Reason: plan.ReasonInDoubt})
		})}, denied: []string{"in-doubt-first", "too-many-blocked"}},
		"a part": {entries: []*plan.Entry{captured(1)}, denied: []string{"whole-live-runs"}},
	},
}

func noted(e *plan.Entry) { e.Content.Actions[0].Note = "damaged" }

// TestExamples asks every policy of examples/policy, and holds that each of
// their rules has applied once.
func TestExamples(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../examples/policy/*.yaml")
	require.NoError(t, err)
	require.Len(t, files, len(examples))
	for _, file := range files {
		cases := examples[filepath.Base(file)]
		p, err := policy.Load(file)
		require.NoError(t, err)
		applied := map[string]bool{}
		for name, c := range cases {
			h, f := header(), footer(c.entries...)
			if c.header != nil {
				c.header(&h)
			}
			if c.footer != nil {
				c.footer(&f)
			}
			if c.at.IsZero() {
				c.at = morning
			}
			if c.phase == "" {
				c.phase = policy.Planning
			}
			j, err := policy.Judge(p, h, f, all(c.entries...), c.phase, c.at)
			require.NoError(t, err)
			var denied []string
			for _, d := range j.Denials {
				require.NotContains(t, d.Message, "cannot be judged", name)
				denied = append(denied, d.Rule)
				applied[d.Rule] = true
			}
			if diff := cmp.Diff(c.denied, denied); diff != "" {
				t.Errorf("%s, %s: rules (-want +got):\n%s", file, name, diff)
			}
			require.Equal(t, c.approvals, j.Approvals, "%s, %s", file, name)
		}
		if filepath.Base(file) != "05-approvals.yaml" {
			require.Len(t, applied, p.Rules(), "%s: rules that never applied", file)
		}
	}
}

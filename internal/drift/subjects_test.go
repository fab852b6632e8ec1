package drift_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/payreconcile/payreconcile/internal/drift"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A memory is a journal that holds what a test says.
type memory struct {
	plans    []apply.PlanRecord
	files    map[string][]byte
	open     []plan.Intent
	accepted []plan.Intent
}

func (m *memory) Plans(context.Context) iter.Seq2[apply.PlanRecord, error] {
	return func(yield func(apply.PlanRecord, error) bool) {
		for _, p := range m.plans {
			if !yield(p, nil) {
				return
			}
		}
	}
}

func (m *memory) ReadPlan(_ context.Context, id string) (io.ReadCloser, error) {
	if m.files[id] == nil {
		return nil, apply.ErrNoPlan
	}
	return io.NopCloser(bytes.NewReader(m.files[id])), nil
}

func (m *memory) Open(context.Context, int) ([]plan.Intent, error) { return m.open, nil }

func (m *memory) Accepted(_ context.Context, after int64, limit int) ([]plan.Intent, error) {
	left := slices.DeleteFunc(slices.Clone(m.accepted), func(i plan.Intent) bool { return i.Seq <= after })
	return left[:min(limit, len(left))], nil
}

// begin adds a plan that wants so much of some payments.
func (m *memory) begin(t *testing.T, id string, at time.Time, captured int64, payments ...spec.PaymentID) {
	t.Helper()
	var out bytes.Buffer
	w, err := plan.NewWriter(&out, plan.Header{Environment: "test", Merchant: "shop"})
	require.NoError(t, err)
	for _, p := range payments {
		e := plan.Entry{Content: plan.Content{Payment: p, Currency: "EUR", Want: plan.Want{Captured: &captured}, Labels: plan.Labels{"plan": id}}}
		line, err := plan.Encode(&e)
		require.NoError(t, err)
		require.NoError(t, w.Write(line))
	}
	_, err = w.Close()
	require.NoError(t, err)
	if m.files == nil {
		m.files = map[string][]byte{}
	}
	m.files[id] = out.Bytes()
	m.plans = append(m.plans, apply.PlanRecord{PlanID: id, AcceptedAt: at, Payments: int64(len(payments))})
}

func all(spec.PaymentID, map[string]string) bool { return true }

// A payment counts once, with the newest plan that has it, in any spelling;
// behind them comes what is not settled, however old.
func TestNewestPlanCounts(t *testing.T) {
	t.Parallel()
	m := &memory{
		open:     []plan.Intent{{Seq: 1, Payment: "3066177105"}, {Seq: 2, Payment: "3066177105"}},
		accepted: []plan.Intent{{Seq: 3, Payment: "3066177101"}, {Seq: 4, Payment: "3066177106"}},
	}
	m.begin(t, "ancient", now.AddDate(0, 0, -60), 1, "3066177104_0", "3066177106_0")
	m.begin(t, "old", now.AddDate(0, 0, -3), 1, "3066177101_0", "3066177102_0")
	m.begin(t, "new", now.AddDate(0, 0, -1), 2, "3066177103_0", "3066177101")
	plans, err := drift.ListPlans(t.Context(), m, now.AddDate(0, 0, -30))
	require.NoError(t, err)
	require.Equal(t, now.AddDate(0, 0, -1), plans.Newer)
	var got []string
	for s, err := range drift.FromPlans(t.Context(), m, plans.Since, all) {
		require.NoError(t, err)
		got = append(got, s.PlanID+" "+string(s.Payment))
	}
	if diff := cmp.Diff([]string{"new 3066177103_0", "new 3066177101", "old 3066177102_0", " 3066177105", " 3066177106"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	got = nil
	for s, err := range drift.FromPlans(t.Context(), m, plans.Since, func(_ spec.PaymentID, l map[string]string) bool { return l["plan"] == "old" }) {
		require.NoError(t, err)
		got = append(got, string(s.Payment))
	}
	require.Equal(t, []string{"3066177102_0"}, got, "the newest plan of a payment decides whether it is selected")
}

func TestPlanThatCannotBeReadIsAnError(t *testing.T) {
	t.Parallel()
	m := &memory{}
	m.begin(t, "torn", now, 1, "3066177101_0", "3066177102_0")
	m.files["torn"] = m.files["torn"][:len(m.files["torn"])/2]
	var last error
	for _, err := range drift.FromPlans(t.Context(), m, []drift.Applied{{ID: "torn", At: now}}, all) {
		last = err
	}
	require.ErrorContains(t, last, "read plan torn from the journal")
	for _, err := range drift.FromPlans(t.Context(), m, []drift.Applied{{ID: "none", At: now}}, all) {
		require.ErrorIs(t, err, apply.ErrNoPlan)
	}
}

// A late journal learns of a call only when it is asked again.
type lateJournal struct {
	intents []plan.Intent
	asked   int
}

func (l *lateJournal) Known(context.Context, []string) (map[string][]plan.Intent, error) {
	if l.asked++; l.asked == 1 {
		return nil, nil
	}
	return map[string][]plan.Intent{base: l.intents}, nil
}

type reader struct {
	have plan.Observed
	err  error
}

func (r reader) Observe(context.Context, spec.PaymentID) (plan.Observed, error) { return r.have, r.err }

// What another process makes between the look into the journal and the read is
// not what others did.
func TestRunBesideApplyFindsNothing(t *testing.T) {
	t.Parallel()
	s := applied(t, "captures a=6000", "5 12500", time.Minute)
	l := &lateJournal{intents: journal(t, "capture a 6000 settled _1")}
	c := drift.Checker{
		Reader: reader{have: have(t, "5 12500; _1 9 6000 a", now)}, History: l, Env: env, Parallelism: 2,
		Options: drift.Options{Now: now, Late: drift.DefaultLate},
	}
	one := func(yield func(drift.Subject, error) bool) { yield(s, nil) }
	for checked, err := range c.Check(t.Context(), one) {
		require.NoError(t, err)
		require.Empty(t, checked.Findings)
	}
	require.Equal(t, 2, l.asked)
	l.asked, l.intents = 0, nil
	for checked, err := range c.Check(t.Context(), one) {
		require.NoError(t, err)
		require.Equal(t, drift.Others, checked.Findings[0].Code)
	}
	c.Reader = reader{err: errors.New("it burns")}
	for _, err := range c.Check(t.Context(), one) {
		require.ErrorContains(t, err, "it burns")
	}
}

// A report gives back what it was given, by code, as often as it is asked, and
// adds up what others moved.
func TestReport(t *testing.T) {
	t.Parallel()
	r, err := drift.NewReport()
	require.NoError(t, err)
	defer func() { require.NoError(t, r.Close()) }()
	f := func(c drift.Code, op spec.Op, amount int64, currency spec.Currency) drift.Finding {
		return drift.Finding{Code: c, Payment: "3066177101_0", Op: op, Amount: amount, Currency: currency, Message: "it is\u2028so", Hint: "x"}
	}
	found := []drift.Finding{
		f(drift.Late, spec.Capture, 1, "EUR"), f(drift.Others, spec.Refund, 2, "EUR"), f(drift.Others, spec.Refund, 3, "EUR"),
		f(drift.Others, spec.Capture, 4, "EUR"), f(drift.Others, spec.Refund, 5, "CHF"),
	}
	require.NoError(t, r.Add(drift.Checked{Payment: "3066177101_0", Findings: found}))
	require.NoError(t, r.Add(drift.Checked{Payment: "3066177102_0"}))
	for range 2 {
		var got []drift.Finding
		for x, err := range r.Findings() {
			require.NoError(t, err)
			got = append(got, x)
		}
		if diff := cmp.Diff(found, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	n := 0
	for x, err := range r.Findings(drift.Late) {
		require.NoError(t, err)
		require.Equal(t, drift.Late, x.Code)
		n++
	}
	require.Equal(t, 1, n)
	if diff := cmp.Diff(drift.Summary{
		Payments: 2, Drifted: 1, Counts: map[drift.Code]int64{drift.Late: 1, drift.Others: 4},
		Others: []drift.Sum{{spec.Refund, "CHF", 1, 5}, {spec.Capture, "EUR", 1, 4}, {spec.Refund, "EUR", 2, 5}},
	}, r.Summary); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	require.ErrorContains(t, r.Add(drift.Checked{Findings: []drift.Finding{f(drift.Others, spec.Refund, 1<<63-1, "CHF")}}), "too large")
}

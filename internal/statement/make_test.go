package statement_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/internal/statement"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// month is a journal with two runs of three payments.
func month(t testing.TB) (s *store, plans []string) {
	t.Helper()
	s = newStore()
	first := s.applied(t, 1, map[string]int64{"11": 8000, "12": 12500, "13": 0}, "11", "12", "13")
	second := s.applied(t, 2, map[string]int64{"14": 500}, "14")
	return s, []string{first, second}
}

func made(t testing.TB, s *store, plans []string) *statement.Statement {
	t.Helper()
	reads, err := openReads(s.reads(readsHeader(plans...), "11", "12", "14"))
	require.NoError(t, err)
	runs, err := reads.ChooseFor(t.Context(), s, "test", "shop", "j-1", 1000)
	require.NoError(t, err)
	st, err := statement.Make(t.Context(), s.source(reads), runs, 10)
	require.NoError(t, err)
	return st
}

func TestMake(t *testing.T) {
	t.Parallel()
	s, plans := month(t)
	st := made(t, s, plans)
	require.False(t, st.Faulty())
	require.EqualValues(t, 3, st.Movements)
	require.EqualValues(t, 21000, st.Totals[0].Amounts[statement.Settled])
	require.EqualValues(t, 20500, st.Runs[0].Sums[0].Planned)
	require.EqualValues(t, 3, st.Runs[0].Differing[statement.Agrees]+st.Runs[1].Differing[statement.Agrees])
	var found []spec.PaymentID
	for m, err := range st.All(t.Context(), st.Runs[0]) {
		require.NoError(t, err)
		found = append(found, m.Payment)
	}
	require.Equal(t, []spec.PaymentID{"11_0", "12_0"}, found)
	for _, err := range st.All(t.Context(), st.Runs[0]) {
		require.NoError(t, err)
		break
	}
	var asked []spec.PaymentID
	for id, err := range st.Payments(t.Context(), append(s.runs, s.runs[0])) {
		require.NoError(t, err)
		asked = append(asked, id)
	}
	require.Equal(t, []spec.PaymentID{"11_0", "12_0", "14_0"}, asked, "each once, and those of which there is something to tell")
}

// TestFiguresThatCannotBeTrusted alters a journal behind its back: the statement
// is made, and says so.
func TestFiguresThatCannotBeTrusted(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		alter func(*store)
		says  string
	}{
		"another amount":       {func(s *store) { s.records["11"][0].Amount++ }, "do not add up: 205.00 EUR planned, and 205.01 EUR in all columns"},
		"another currency":     {func(s *store) { s.records["11"][0].Currency = "USD" }, "do not add up"},
		"a call of no payment": {func(s *store) { s.records["77"] = []journal.Record{s.records["11"][0]} }, "the journal has 3 calls of the plan, and its payments have 2 of them"},
		"a call too many": {func(s *store) {
			r := s.records["13"]
			x := s.records["11"][0]
			x.Key, x.Payment = "another", "13"
			s.records["13"] = append(r, x)
		}, "do not add up"},
	} {
		s, plans := month(t)
		tt.alter(s)
		st := made(t, s, plans)
		require.True(t, st.Faulty(), name)
		require.Contains(t, st.Runs[0].Faults[0], tt.says, name)
		require.Empty(t, st.Runs[1].Faults, name)
	}
}

// TestMakeRefuses goes through what no statement is made of.
func TestMakeRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		alter func(*store, *statement.Source, []string)
		is    error
		says  string
	}{
		"an altered plan": {func(s *store, _ *statement.Source, p []string) {
			s.bodies[p[1]] = bytes.Replace(s.bodies[p[1]], []byte(`"amount":500`), []byte(`"amount":501`), 1)
		}, plan.ErrAltered, "in the journal"},
		"another plan in its place": {func(s *store, _ *statement.Source, p []string) { s.bodies[p[1]] = s.bodies[p[0]] }, plan.ErrAltered, "its bytes are those of plan"},
		"no plan":                   {func(s *store, _ *statement.Source, p []string) { delete(s.bodies, p[0]) }, apply.ErrNoPlan, ""},
		"another merchant":          {func(_ *store, src *statement.Source, _ []string) { src.Merchant = "elsewhere" }, nil, "it is for merchant shop in test"},
		"reads without a payment": {func(s *store, src *statement.Source, p []string) {
			src.Reads, _ = openReads(s.reads(readsHeader(p...), "11", "12"))
		}, statement.ErrOtherReads, "they do not have payment 14 of plan"},
	} {
		s, plans := month(t)
		reads, err := openReads(s.reads(readsHeader(plans...), "11", "12", "14"))
		require.NoError(t, err)
		src := s.source(reads)
		tt.alter(s, src, plans)
		_, err = statement.Make(t.Context(), src, s.runs, 10)
		require.ErrorContains(t, err, tt.says, name)
		if tt.is != nil {
			require.ErrorIs(t, err, tt.is, name)
		}
	}
	s, _ := month(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := statement.Make(ctx, s.source(nil), s.runs, 10)
	require.ErrorIs(t, err, context.Canceled)
}

func TestListsKeepTheFirst(t *testing.T) {
	t.Parallel()
	s, plans := month(t)
	reads, err := openReads(s.reads(readsHeader(plans...), "11", "12", "14"))
	require.NoError(t, err)
	for _, id := range []string{"11", "12", "14"} {
		s.records[id][0].State = plan.StateAccepted
	}
	st, err := statement.Make(t.Context(), s.source(reads), s.runs, 2)
	require.NoError(t, err)
	l := st.Differing[statement.Further]
	require.EqualValues(t, 3, l.Count)
	require.Len(t, l.First, 2)
	require.EqualValues(t, 21000, l.Sums[0].Planned, "its sums are of all")
}

func TestChoose(t *testing.T) {
	t.Parallel()
	s := newStore()
	for i, id := range []string{"aa11", "aa22", "bb33", "aa"} {
		s.runs = append(s.runs, journal.Run{PlanRecord: apply.PlanRecord{PlanID: id, AcceptedAt: noon.AddDate(0, 0, i)}, Seq: int64(i)})
	}
	day := func(n int) statement.Period {
		return statement.Period{Since: noon.AddDate(0, 0, n), Until: noon.AddDate(0, 0, n+1)}
	}
	for name, tt := range map[string]struct {
		period statement.Period
		want   []string
		says   string
	}{
		"all":       {statement.Period{}, []string{"aa11", "aa22", "bb33", "aa"}, ""},
		"a day":     {day(1), []string{"aa22"}, ""},
		"since":     {statement.Period{Since: noon.AddDate(0, 0, 2)}, []string{"bb33", "aa"}, ""},
		"prefixes":  {statement.Period{Plans: []string{"bb", "aa1"}}, []string{"aa11", "bb33"}, ""},
		"unknown":   {statement.Period{Plans: []string{"cc"}}, nil, `no plan whose id begins with "cc"`},
		"ambiguous": {statement.Period{Plans: []string{"a"}}, nil, `3 plans have an id that begins with "a": aa11, aa22, aa`},
		"empty":     {day(9), nil, "no plan was accepted from 2026-12-01 to 2026-12-02"},
	} {
		got, err := statement.Choose(tt.period, s.RunsAt(t.Context(), 1000))
		if tt.says != "" {
			var choice *statement.ChoiceError
			require.ErrorAs(t, err, &choice, name)
			require.ErrorContains(t, err, tt.says, name)
			require.NotEmpty(t, choice.Hint)
			continue
		}
		require.NoError(t, err, name)
		var ids []string
		for _, r := range got {
			ids = append(ids, r.PlanID)
		}
		require.Equal(t, tt.want, ids, name)
	}
	_, err := statement.Choose(statement.Period{}, newStore().RunsAt(t.Context(), 1))
	require.ErrorContains(t, err, "no plan was ever applied")
	broken := errors.New("broken")
	_, err = statement.Choose(statement.Period{}, func(yield func(journal.Run, error) bool) { yield(journal.Run{}, broken) })
	require.ErrorIs(t, err, broken)
}

// TestReadsOfAnotherWorld are refused.
func TestReadsOfAnotherWorld(t *testing.T) {
	t.Parallel()
	s, plans := month(t)
	for name, tt := range map[string]struct {
		change func(*statement.ReadsHeader)
		says   string
	}{
		"environment": {func(h *statement.ReadsHeader) { h.Environment = "live" }, "for merchant shop in live"},
		"merchant":    {func(h *statement.ReadsHeader) { h.Merchant = "other" }, "for merchant other in test"},
		"journal":     {func(h *statement.ReadsHeader) { h.Journal.ID = "j-2" }, "for journal j-2"},
		"later":       {func(h *statement.ReadsHeader) { h.Journal.Seq = 1001 }, "it is an older copy"},
		"plan":        {func(h *statement.ReadsHeader) { h.Plans = []string{"zz"} }, "name plan zz"},
		"plan, then":  {func(h *statement.ReadsHeader) { h.Journal.Seq = 150 }, "which is not in this journal"},
	} {
		h := readsHeader(plans...)
		tt.change(&h)
		r, err := openReads(s.reads(h, "11"))
		require.NoError(t, err)
		_, err = r.ChooseFor(t.Context(), s, "test", "shop", "j-1", 1000)
		require.ErrorIs(t, err, statement.ErrOtherReads, name)
		require.ErrorContains(t, err, tt.says, name)
	}
	r, err := openReads(s.reads(readsHeader(), "11"))
	require.NoError(t, err)
	_, err = r.ChooseFor(t.Context(), s, "test", "shop", "j-1", 1000)
	require.ErrorIs(t, err, statement.ErrReadsFormat)
}

package journaltest

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

// record is that of a plan with this id.
func record(planID string) apply.PlanRecord {
	return apply.PlanRecord{
		PlanID: planID, ContentID: "content of " + planID, AcceptedAt: noon, Expires: noon.Add(time.Hour),
		Payments: 3, Calls: 2,
	}
}

// accept accepts a plan of these bytes.
func (s *store) accept(planID, text string) error {
	return s.Accept(s.t.Context(), strings.NewReader(text),
		func() (apply.PlanRecord, error) { return record(planID), nil })
}

// wantPlan compares the bytes of a stored plan.
func (s *store) wantPlan(planID string, want []byte) {
	s.t.Helper()
	r, err := s.ReadPlan(s.t.Context(), planID)
	require.NoError(s.t, err)
	got, err := io.ReadAll(r)
	require.NoError(s.t, err)
	require.NoError(s.t, r.Close())
	require.True(s.t, bytes.Equal(want, got), "%d bytes were stored, %d came back", len(want), len(got))
}

func testPlan(t *testing.T, s *store) {
	noise := make([]byte, 700_000)
	src := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = byte(src.Uint32())
	}
	plans := map[string][]byte{
		"none":  {},
		"one":   {0},
		"text":  bytes.Repeat([]byte(`{"payment":"3066177123","actions":[]}`+"\n"), 30_000),
		"piece": noise[:256<<10],
		"more":  noise[:256<<10+1],
		"noise": noise,
	}
	for id, text := range plans {
		read := false
		r := iotest.DataErrReader(&endSeen{bytes.NewReader(text), &read})
		require.NoError(t, s.Accept(t.Context(), r, func() (apply.PlanRecord, error) {
			require.True(t, read, "begin is asked after the last byte")
			return record(id), nil
		}))
	}
	for range 2 {
		unfinished := 0
		for id, text := range plans {
			s.wantPlan(id, text)
			got, err := s.Plan(t.Context(), id)
			require.NoError(t, err)
			if got.FinishedAt.IsZero() {
				unfinished++
			}
			got.FinishedAt, got.Result = time.Time{}, ""
			if diff := cmp.Diff(record(id), got); diff != "" {
				t.Errorf("plan %s (-want +got):\n%s", id, diff)
			}
		}
		require.Equal(t, 1, unfinished, "the last one")
		s.restart()
	}
}

// endSeen notes that its reader came to its end.
type endSeen struct {
	io.Reader
	seen *bool
}

func (r *endSeen) Read(b []byte) (int, error) {
	n, err := r.Reader.Read(b)
	*r.seen = *r.seen || errors.Is(err, io.EOF)
	return n, err
}

func testPlanReader(t *testing.T, s *store) {
	s.mustIntend(intent(1))
	before := s.Ref()
	lots := strings.NewReader(strings.Repeat("x", 600_000))
	for _, broken := range []error{errors.New("broken"), io.ErrUnexpectedEOF, io.ErrNoProgress} {
		err := s.Accept(t.Context(), io.MultiReader(lots, iotest.ErrReader(broken)),
			func() (apply.PlanRecord, error) { panic("the reader failed") })
		require.Equal(t, broken, err)
	}
	refused := errors.New("refused")
	err := s.Accept(t.Context(), strings.NewReader("text"),
		func() (apply.PlanRecord, error) { return record("plan"), refused })
	require.Equal(t, refused, err)
	for range 2 {
		require.Equal(t, before, s.Ref())
		_, err = s.Unfinished(t.Context())
		require.ErrorIs(t, err, apply.ErrNoPlan)
		_, err = s.Plan(t.Context(), "plan")
		require.ErrorIs(t, err, apply.ErrNoPlan)
		_, err = s.ReadPlan(t.Context(), "plan")
		require.ErrorIs(t, err, apply.ErrNoPlan)
		s.restart()
	}
	require.NoError(t, s.accept("plan", "short"))
	s.wantPlan("plan", []byte("short"))
	s.mustConclude(s.mustIntend(intent(2)), plan.StateSettled) // numbers are in step
}

func testPlanOnce(t *testing.T, s *store) {
	require.NoError(t, s.accept("plan", "first"))
	again := func() {
		t.Helper()
		require.ErrorIs(t, s.accept("plan", "second"), apply.ErrPlanUsed)
		s.wantPlan("plan", []byte("first"))
	}
	again()
	s.restart()
	again()
	require.NoError(t, s.Finish(t.Context(), "plan", "done", noon))
	again()
}

func testUnfinished(t *testing.T, s *store) {
	want := func(planID string) {
		t.Helper()
		got, err := s.Unfinished(t.Context())
		if planID == "" {
			require.ErrorIs(t, err, apply.ErrNoPlan)
			return
		}
		require.NoError(t, err)
		if diff := cmp.Diff(record(planID), got); diff != "" {
			t.Errorf("unfinished (-want +got):\n%s", diff)
		}
	}
	want("")
	for _, id := range []string{"a", "b", "c"} {
		require.NoError(t, s.accept(id, id))
		want(id)
		s.restart()
		want(id)
	}
	require.NoError(t, s.Finish(t.Context(), "b", "1 settled", noon.Add(time.Minute)))
	want("c")
	require.NoError(t, s.Finish(t.Context(), "c", "2 settled", noon.Add(time.Minute)))
	want("")
	require.ErrorIs(t, s.Finish(t.Context(), "d", "", noon), apply.ErrNoPlan)

	done := record("b")
	done.FinishedAt, done.Result = noon.Add(time.Minute), "1 settled"
	s.wantRecord(done)
}

// wantRecord compares what is known of a plan.
func (s *store) wantRecord(want apply.PlanRecord) {
	s.t.Helper()
	got, err := s.Plan(s.t.Context(), want.PlanID)
	require.NoError(s.t, err)
	if diff := cmp.Diff(want, got); diff != "" {
		s.t.Errorf("plan %s (-want +got):\n%s", want.PlanID, diff)
	}
}

// testSupersede begins plan after plan; each ends what was unfinished, and
// nothing else.
func testSupersede(t *testing.T, s *store) {
	require.NoError(t, s.accept("a", "a"))
	require.NoError(t, s.Finish(t.Context(), "a", "1 settled", noon.Add(time.Minute)))
	require.NoError(t, s.accept("b", "b"))
	before := s.Ref()
	require.ErrorIs(t, s.accept("a", "a"), apply.ErrPlanUsed)
	refused := errors.New("refused")
	require.Equal(t, refused, s.Accept(t.Context(), strings.NewReader("x"),
		func() (apply.PlanRecord, error) { return record("x"), refused }))
	require.Equal(t, before, s.Ref())
	s.wantRecord(record("b")) // what was refused ended nothing
	s.restart()
	later := record("c")
	later.AcceptedAt = noon.Add(time.Hour)
	require.NoError(t, s.Accept(t.Context(), strings.NewReader("c"),
		func() (apply.PlanRecord, error) { return later, nil }))
	for range 2 {
		a, b := record("a"), record("b")
		a.FinishedAt, a.Result = noon.Add(time.Minute), "1 settled"
		b.FinishedAt, b.Result = noon.Add(time.Hour), apply.SupersededBy("c")
		s.wantRecord(a)
		s.wantRecord(b)
		s.wantRecord(later)
		got, err := s.Unfinished(t.Context())
		require.NoError(t, err)
		require.Equal(t, "c", got.PlanID)
		s.restart()
	}
}

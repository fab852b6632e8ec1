package render_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/drift"
	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/apply"
)

func atNoon() time.Time { return noon }

// streamed is a plan, what became of it, and everything else that a stream can
// say, one message a line.
func streamed(t *testing.T) []string {
	t.Helper()
	f := written(t, header(), world())
	return strings.Split(strings.TrimSuffix(lines(t, func(w io.Writer) error {
		s := render.NewStream(w, atNoon)
		require.NoError(t, s.Header(render.PlanHeader("plan", f.PlanID, f.ContentID, f.Counts.Payments, f.Counts.Calls, header())))
		require.NoError(t, s.Progress(3, 0))
		for _, e := range world() {
			require.NoError(t, s.Payment(e))
		}
		for _, r := range results() {
			s.Looked()
			require.NoError(t, s.Result(r))
		}
		for _, e := range received() {
			require.NoError(t, s.Event(e))
		}
		require.NoError(t, s.Diagnostic(render.StreamDiagnostic{
			Severity: "error", Code: "fault", Message: "wrong", Hint: "mend it", File: "orders.yaml", Line: 12, Column: 5, Path: "spec.payments[3]",
		}))
		require.NoError(t, s.Found(drift.Finding{Code: drift.Others, Payment: "3066177123_0", Message: "somebody did", Hint: "ask", Amount: 5, Currency: "EUR"}))
		s.Planned(f)
		s.Ran(summary(), nil)
		s.Drifted(&drift.Summary{Payments: 3, Drifted: 1, Counts: map[drift.Code]int64{drift.Others: 1}})
		return s.Close(8, "in doubt")
	}), "\n"), "\n")
}

func TestStreamGolden(t *testing.T) {
	t.Parallel()
	golden(t, "stream.jsonl", strings.Join(streamed(t), "\n")+"\n")
}

// The last totals of a plan are what its footer says.
func TestStreamTotals(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	s := render.NewStream(&b, atNoon)
	for _, e := range world() {
		require.NoError(t, s.Payment(e))
	}
	require.NoError(t, s.Close(0, "done"))
	f := written(t, header(), world())
	last := b.String()[strings.LastIndex(strings.TrimSuffix(b.String(), "\n"), "\n")+1:]
	var m render.StreamMessage
	require.NoError(t, json.Unmarshal([]byte(last), &m))
	require.Equal(t, f.Counts.Payments, m.Totals.Payments)
	require.Equal(t, f.Counts.Calls, m.Totals.Calls)
	require.Len(t, m.Totals.Money, len(f.Money))
	for _, sum := range f.Money {
		found := false
		for _, x := range m.Totals.Money {
			if x.Action == string(sum.Action) && x.Amount.Currency == string(sum.Currency) {
				found = true
				require.Equal(t, sum.Amount, x.Amount.Minor)
				require.Equal(t, sum.Count, x.Calls)
				require.Equal(t, render.StatusPlanned, x.Status)
			}
		}
		require.True(t, found, "%+v", sum)
	}
}

// A sum past the largest number stays there and never turns negative.
func TestStreamTotalsDoNotOverflow(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	s := render.NewStream(&b, atNoon)
	r := results()[0]
	r.Action.Amount = math.MaxInt64 - 1
	require.NoError(t, s.Result(r))
	require.NoError(t, s.Result(r))
	require.Contains(t, b.String(), `"calls":2,"amount":{"minor":9223372036854775807,`)
}

// A type that a reader does not know is a message like any other; one without
// its envelope is none.
func TestStreamSchemaTakesUnknownTypes(t *testing.T) {
	t.Parallel()
	schema, err := jsonschema.NewCompiler().Compile("../../docs/schema/stream.json")
	require.NoError(t, err)
	const envelope = `{"format_version":"1.7","type":"weather","time":"2026-11-22T12:00:00Z","totals":{"payments":0,"calls":0,"money":[]},"weather":{"rain":true}}`
	for text, takes := range map[string]bool{
		envelope: true,
		strings.Replace(envelope, `"type":"weather",`, "", 1):           false,
		strings.Replace(envelope, `"format_version":"1.7",`, "", 1):     false,
		strings.Replace(envelope, `"payments":0,`, "", 1):               false,
		strings.Replace(envelope, `"payments":0`, `"payments":"0"`, 1):  false,
		strings.Replace(envelope, `"weather":{`, `"result":{`, 1):       false,
		strings.Replace(envelope, `"type":"weather"`, `"type":null`, 1): false,
	} {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		require.NoError(t, err)
		require.Equal(t, takes, schema.Validate(value) == nil, text)
	}
}

type closedPipe struct{ writes int }

func (c *closedPipe) Write([]byte) (int, error) {
	c.writes++
	return 0, errors.New("broken pipe")
}

// Nothing is written after the reader has gone, and the first error stays.
func TestStreamWithoutReader(t *testing.T) {
	t.Parallel()
	w := &closedPipe{}
	s := render.NewStream(w, atNoon)
	for _, r := range results() {
		require.ErrorContains(t, s.Result(r), "write output: broken pipe")
	}
	require.ErrorContains(t, s.Close(0, "done"), "broken pipe")
	require.ErrorContains(t, s.Err(), "broken pipe")
	require.Equal(t, 1, w.writes)
}

// Messages of several goroutines do not run into each other.
func TestStreamConcurrently(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	s := render.NewStream(&b, atNoon)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for _, r := range results() {
				_ = s.Result(r)
				s.Looked()
				_ = s.Progress(1, 2)
			}
		})
	}
	wg.Wait()
	require.NoError(t, s.Err())
	n := 0
	for line := range strings.Lines(b.String()) {
		var m render.StreamMessage
		require.NoError(t, json.Unmarshal([]byte(line), &m))
		n++
	}
	require.Equal(t, 8*2*len(results()), n)
}

// A long run says every ten seconds how far it is.
func TestStreamProgress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var b bytes.Buffer
		p := render.NewStreamProgress(render.NewStream(&b, atNoon), 5)
		p.Add(2, 0)
		time.Sleep(21 * time.Second)
		p.Finish()
		require.Equal(t, 2, strings.Count(b.String(), `"progress":{"done":2,"total":5}`), b.String())
	})
}

// Actions that move nothing have no money in the totals.
func TestStreamTotalsOfNoCall(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	s := render.NewStream(&b, atNoon)
	for _, r := range results() {
		if r.Status == apply.StatusBlocked {
			require.NoError(t, s.Result(r))
		}
	}
	require.Contains(t, b.String(), `"totals":{"payments":0,"calls":0,"money":[]}`)
}

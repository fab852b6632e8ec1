package render_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/internal/statement"
)

// statementForms are the forms of a statement, by the name of their golden file.
var statementForms = map[string]func(context.Context, io.Writer, *statement.Statement) error{
	"statement.txt": func(ctx context.Context, w io.Writer, st *statement.Statement) error {
		return render.Statement(ctx, w, st, render.Style{})
	},
	"statement.csv":  render.StatementCSV,
	"statement.json": render.StatementJSON,
	"statement.html": render.StatementHTML,
}

func TestStatement(t *testing.T) {
	t.Parallel()
	for name, write := range statementForms {
		got := lines(t, func(w io.Writer) error { return write(t.Context(), w, statementOf(t, "order 1001", false)) })
		golden(t, name, got)
		again := lines(t, func(w io.Writer) error { return write(t.Context(), w, statementOf(t, "order 1001", false)) })
		require.Equal(t, got, again, "equal worlds give equal bytes")
		offline := lines(t, func(w io.Writer) error { return write(t.Context(), w, statementOf(t, "order 1001", true)) })
		require.NotContains(t, strings.ToLower(offline), "differ: ")
		require.Contains(t, strings.ReplaceAll(offline, "_", " "), "not compared")
	}
}

// TestStatementCSVAddsUp adds the columns of the table up again.
func TestStatementCSVAddsUp(t *testing.T) {
	t.Parallel()
	got := lines(t, func(w io.Writer) error { return render.StatementCSV(t.Context(), w, statementOf(t, "x", false)) })
	sums := map[string]map[string]int64{}
	for _, r := range table(t, []byte(got)) {
		if sums[r["currency"]] == nil {
			sums[r["currency"]] = map[string]int64{}
		}
		var row int64
		for _, c := range []string{"planned", "settled", "accepted", "refused", "in_doubt", "not_sent"} {
			n, err := strconv.ParseInt(r[c+"_minor"], 10, 64)
			require.NoError(t, err)
			sums[r["currency"]][c] += n
			if c != "planned" {
				row += n
			}
		}
		require.Equal(t, r["planned_minor"], strconv.FormatInt(row, 10))
	}
	if d := cmp.Diff(map[string]map[string]int64{
		"EUR": {"planned": 38330, "settled": 21508, "accepted": 500, "refused": 1812, "in_doubt": 501, "not_sent": 14009},
		"JPY": {"planned": 1200, "settled": 1200, "accepted": 0, "refused": 0, "in_doubt": 0, "not_sent": 0},
	}, sums); d != "" {
		t.Errorf("sums (-want +got):\n%s", d)
	}
}

func TestStatementJSONIsADocument(t *testing.T) {
	t.Parallel()
	got := lines(t, func(w io.Writer) error { return render.StatementJSON(t.Context(), w, statementOf(t, "x", false)) })
	var d render.StatementDocument
	dec := json.NewDecoder(strings.NewReader(got))
	dec.DisallowUnknownFields()
	require.NoError(t, dec.Decode(&d))
	require.Len(t, d.Runs, 2)
	require.Len(t, d.Runs[0].Movements, 11)
	require.True(t, d.Agrees)
	require.Equal(t, []string{"no", "by word", "further"}, []string{d.Differences[0].Agree, d.Differences[1].Agree, d.Differences[2].Agree})
}

// TestStatementSaysThatItDoesNotAgree alters what was planned.
func TestStatementSaysThatItDoesNotAgree(t *testing.T) {
	t.Parallel()
	for name, write := range statementForms {
		if name == "statement.csv" {
			continue // it has no sums
		}
		st := statementOf(t, "x", false)
		r := st.Runs[0]
		r.Sums[0].Planned++
		r.Faults = r.Sums.Faults(r.Footer)
		got := lines(t, func(w io.Writer) error { return write(t.Context(), w, st) })
		require.Contains(t, got, "do not add up", name)
		require.Regexp(t, `DOES NOT HOLD|"holds":false`, got, name)
		require.Regexp(t, `(?i)do not agree|"sums_agree":false`, got, name)
	}
}

// TestLargeStatementPage lists what needs a person, and says where the rest is.
func TestLargeStatementPage(t *testing.T) {
	t.Parallel()
	st := statementOf(t, "x", false)
	st.Movements = 3_000_000
	got := lines(t, func(w io.Writer) error { return render.StatementHTML(t.Context(), w, st) })
	require.Contains(t, got, "11 movements: payreconcile statement --format csv lists every one")
	require.Contains(t, got, ">Refused: 2<")
	require.Contains(t, got, ">Not sent: 3<")
	require.NotContains(t, got, "Movements of this run")
	st.Differing[statement.Differs].Count = 700
	require.Contains(t, lines(t, func(w io.Writer) error { return render.StatementHTML(t.Context(), w, st) }), "698 more: payreconcile statement --format csv lists every one.")
	require.Contains(t, lines(t, func(w io.Writer) error { return render.Statement(t.Context(), w, st, render.Style{}) }), "and 698 more")
}

func TestStatementErrors(t *testing.T) {
	t.Parallel()
	for name, write := range statementForms {
		require.ErrorContains(t, write(t.Context(), full{}, statementOf(t, "x", false)), "write output: no space left", name)
		ctx, cancel := context.WithCancelCause(t.Context())
		gone := errors.New("gone")
		cancel(gone)
		require.ErrorIs(t, write(ctx, io.Discard, statementOf(t, "x", false)), gone, name)
		st := statementOf(t, "x", false)
		st.Runs[0].Movements++
		require.ErrorContains(t, write(t.Context(), io.Discard, st), "it changed while it was read", name)
	}
}

// TestHostileTextInAStatement holds that whatever stands in a name, a page
// keeps its shape, a table has no formula, and nothing acts.
func TestHostileTextInAStatement(t *testing.T) {
	t.Parallel()
	tags := regexp.MustCompile(`<[^>]*>`)
	shape := func(text string) string {
		html := lines(t, func(w io.Writer) error { return render.StatementHTML(t.Context(), w, statementOf(t, text, false)) })
		require.NotContains(t, html, "<script")
		_, html, _ = strings.Cut(html, "</style>")
		return strings.Join(tags.FindAllString(html, -1), "\n")
	}
	want := shape("word")
	for _, text := range hostileTexts {
		if d := cmp.Diff(want, shape(text)); d != "" {
			t.Errorf("%q changes the page (-want +got):\n%s", text, d)
		}
		for name, write := range statementForms {
			got := lines(t, func(w io.Writer) error { return write(t.Context(), w, statementOf(t, text, false)) })
			for _, r := range got {
				if r != '\n' && r != '\r' && !unicode.IsPrint(r) {
					t.Fatalf("%q puts %U into %s", text, r, name)
				}
			}
		}
	}
	for _, formula := range []string{"=1+1", "+1", "-1", "@SUM(1)", "a,=1+1"} {
		got := lines(t, func(w io.Writer) error { return render.StatementCSV(t.Context(), w, statementOf(t, formula, false)) })
		for _, r := range table(t, []byte(got)) {
			require.NotRegexp(t, `(^|[,;|"] *)[=+@-]`, r["merchant_reference"])
			require.Contains(t, r["merchant_reference"], "'")
		}
	}
}

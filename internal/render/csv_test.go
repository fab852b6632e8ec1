package render_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"iter"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

// table reads a table back: its rows by the names of their columns.
func table(t *testing.T, text []byte) []map[string]string {
	t.Helper()
	r := csv.NewReader(bytes.NewReader(text))
	head, err := r.Read()
	require.NoError(t, err)
	var rows []map[string]string
	for {
		cells, err := r.Read() // refuses another number of cells than the first row has
		if errors.Is(err, io.EOF) {
			return rows
		}
		require.NoError(t, err)
		row := map[string]string{}
		for i, name := range head {
			if cells[i] != "" {
				row[name] = cells[i]
			}
		}
		rows = append(rows, row)
	}
}

func TestPlanCSV(t *testing.T) {
	t.Parallel()
	f := written(t, header(), world())
	got := lines(t, func(w io.Writer) error { return render.PlanCSV(w, header(), f, all(world())) })
	golden(t, "plan.csv", got)
	rows := table(t, []byte(got))
	require.Len(t, rows, 13) // 11 actions, and two payments as declared
	if d := cmp.Diff(map[string]string{
		"plan_id": f.PlanID, "source": "orders.yaml:7", "payment": "3066177123_0", "merchant_reference": "order-1001",
		"kind": "refund", "operation": "refund", "ref": "rma-77", "currency": "EUR", "amount_minor": "2000", "amount": "20.00",
		"before_minor": "0", "before": "0.00", "after_minor": "2000", "after": "20.00", "attempt": "3", "undo": "final",
		"note": "damaged in transit", "key": string(key), "observed_at": "2026-11-22T11:59:30Z", "status_code": "5", "observed_currency": "EUR",
		"authorized_minor": "12500", "authorized": "125.00", "captured_minor": "0", "captured": "0.00",
		"capture_requested_minor": "8000", "capture_requested": "80.00", "cancelled_minor": "0", "cancelled": "0.00",
		"cancel_requested_minor": "0", "cancel_requested": "0.00", "refunded_minor": "0", "refunded": "0.00",
		"refund_requested_minor": "0", "refund_requested": "0.00", "uncertain_minor": "0", "uncertain": "0.00",
		"uncertain_refund_minor": "0", "uncertain_refund": "0.00",
	}, rows[1]); d != "" {
		t.Errorf("row (-want +got):\n%s", d)
	}
	labelled := world()[:1]
	labelled[0].Content.Labels = plan.Labels{"desk": "eu", "=cmd": "1"}
	got = lines(t, func(w io.Writer) error { return render.PlanCSV(w, header(), footerOf(labelled), all(labelled)) })
	require.Equal(t, "'=cmd=1,desk=eu", table(t, []byte(got))[0]["labels"])
	require.Equal(t, "as declared", rows[4]["kind"])
	require.Equal(t, "refused_after_acceptance refund rma-9 3066177127_3", rows[5]["drift"])
	require.NotContains(t, strings.ReplaceAll(got, "\r\n", ""), "\n")
}

func TestCSVRefusesLiesAndErrors(t *testing.T) {
	t.Parallel()
	f := written(t, header(), world())
	require.ErrorContains(t, render.PlanCSV(full{}, header(), f, all(world())), "write output: no space left")
	broken := errors.New("broken")
	require.ErrorIs(t, render.PlanCSV(io.Discard, header(), f, func() iter.Seq2[*plan.Entry, error] {
		return func(yield func(*plan.Entry, error) bool) { yield(nil, broken) }
	}), broken)
	f.Money[0].Amount++
	require.ErrorIs(t, render.PlanCSV(io.Discard, header(), f, all(world())), plan.ErrAltered)
}

// FuzzCSV puts text into every place that text from outside can be: the table
// keeps its rows and columns, and no cell begins a formula, whatever a
// spreadsheet splits it at.
func FuzzCSV(f *testing.F) {
	for _, seed := range []string{
		"order-1001", "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "a;=1", `a",=cmd|' /C calc'!A0`, "＝1", "\x1b[31m", "\u202e", "a,b\n=c", `"`, `""=1`, "'=1", "\u00a0=1",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, x string) {
		h, foot, entries := hostilePlan(x)
		var b bytes.Buffer
		require.NoError(t, render.PlanCSV(&b, h, foot, all(entries)))
		rows := table(t, b.Bytes())
		require.Len(t, rows, 5)
		for _, row := range rows {
			for name, cell := range row {
				require.False(t, strings.ContainsFunc(cell, func(r rune) bool { return !unicode.IsPrint(r) }), "%s: %q", name, cell)
				for _, part := range strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune(",;|\"\t\r\n", r) }) {
					part = strings.TrimSpace(part)
					require.False(t, part != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(part)[0]), "%s: %q", name, cell)
				}
			}
			if !strings.ContainsAny(x, "=+-@＝＋－＠") { // the text itself stays
				require.Equal(t, render.Clean(x), row["merchant_reference"])
			}
		}
	})
}

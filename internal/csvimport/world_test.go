package csvimport_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/payreconcile/payreconcile/internal/csvimport"
	"github.com/payreconcile/payreconcile/internal/manifest"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A world is what an ERP means, and how it writes it.
type world struct {
	payments []spec.Payment
	rows     [][]string // in the order of worldColumns
	options  csvimport.Options
	columns  []string // in the order of the file
	text     string
}

var worldColumns = []string{"id", "merchantReference", "currency", "authorized", "capture", "cancel", "refund", "captureRef", "cancelRef", "refundRef", "final", "reason", "nothing"}

// drawWorld draws payments, and the rows that tell of them, in any order in
// which their operations keep theirs.
func drawWorld(t *rapid.T) *world {
	w := &world{options: csvimport.Options{As: spec.Items, Columns: csvimport.Columns{}}}
	w.options.Decimal = rapid.SampledFrom([]byte(".,")).Draw(t, "decimal")
	for i := range rapid.IntRange(1, 6).Draw(t, "payments") {
		w.payment(t, i)
	}
	w.shuffle(t)
	w.write(t)
	return w
}

func (w *world) amount(minor int64, c spec.Currency) string {
	return strings.ReplaceAll(spec.Money{Minor: minor, Currency: c}.Decimal(), ".", string(w.options.Decimal))
}

func (w *world) payment(t *rapid.T, i int) {
	p := spec.Payment{
		ID:                spec.PaymentID(fmt.Sprintf("30661771%02d_0", i)),
		Currency:          rapid.SampledFrom([]spec.Currency{"EUR", "JPY", "KWD"}).Draw(t, "currency"),
		MerchantReference: rapid.SampledFrom([]string{"", "order 1", `"`, "a;b,c\td", "- x: #", "Müller", "null", "0x1"}).Draw(t, "reference"),
	}
	if strings.Contains(p.MerchantReference, "\t") {
		p.MerchantReference = "a;b,c"
	}
	sums := map[spec.Op]int64{}
	var rows [][]string
	for n := range rapid.IntRange(1, 5).Draw(t, "operations") {
		op := rapid.SampledFrom(spec.Ops[:]).Draw(t, "op")
		k := slices.Index(spec.Ops[:], op)
		it := spec.Item{Ref: fmt.Sprintf("d-%d", n), Amount: rapid.Int64Range(1, 99999999).Draw(t, "amount")}
		row := make([]string, len(worldColumns))
		row[0], row[2] = string(p.ID), string(p.Currency)
		if n == 0 {
			row[1] = p.MerchantReference
		}
		if op == spec.Refund {
			if it.Amount > sums[spec.Capture]-sums[op] {
				continue
			}
			it.Reason = rapid.SampledFrom([]string{"", "too big", "\"quoted\"", "ä; b", "50%"}).Draw(t, "reason")
			row[11] = it.Reason
		}
		sums[op] += it.Amount
		row[4+[]int{0, 1, 2}[k]], row[7+k] = w.amount(it.Amount, p.Currency), it.Ref
		d := p.Desired(op)
		d.Mode, d.Items = spec.Items, append(d.Items, it)
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		row := make([]string, len(worldColumns))
		row[0], row[1], row[2] = string(p.ID), p.MerchantReference, string(p.Currency)
		rows = append(rows, row)
	} else {
		rows[0][1] = p.MerchantReference
	}
	if rapid.Bool().Draw(t, "guarded") {
		p.Authorized = sums[spec.Capture] + sums[spec.Cancel] + 1
		rows[len(rows)-1][3] = w.amount(p.Authorized, p.Currency)
	}
	w.payments, w.rows = append(w.payments, p), append(w.rows, rows...)
}

// shuffle mixes the rows of payments, and keeps the order within each.
func (w *world) shuffle(t *rapid.T) {
	if !rapid.Bool().Draw(t, "shuffled") {
		return
	}
	order := rapid.Permutation(w.rows).Draw(t, "order")
	next := map[string][][]string{}
	for _, r := range w.rows {
		next[r[0]] = append(next[r[0]], r)
	}
	mixed := make([][]string, len(order))
	var ids []string
	for i, r := range order {
		mixed[i] = next[r[0]][0]
		next[r[0]] = next[r[0]][1:]
		if !slices.Contains(ids, r[0]) {
			ids = append(ids, r[0])
		}
	}
	w.rows = mixed
	slices.SortFunc(w.payments, func(a, b spec.Payment) int {
		return slices.Index(ids, string(a.ID)) - slices.Index(ids, string(b.ID))
	})
}

// write writes the rows as one of many programs would.
func (w *world) write(t *rapid.T) {
	delim := rapid.SampledFrom([]string{";", ",", "\t"}).Draw(t, "delimiter")
	end := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "end")
	always := rapid.Bool().Draw(t, "quoted")
	w.columns = rapid.Permutation(worldColumns).Draw(t, "columns")
	for i, c := range w.columns {
		if c == "nothing" {
			continue
		}
		name := "Column " + c
		if rapid.Bool().Draw(t, "by number") {
			name = fmt.Sprint(i + 1)
		}
		w.options.Columns[csvimport.Target(c)] = name
	}
	if rapid.Bool().Draw(t, "said") {
		w.options.Delimiter = delim[0]
	}
	var b strings.Builder
	b.WriteString(rapid.SampledFrom([]string{"", "\ufeff"}).Draw(t, "mark"))
	line := func(cell func(string) string) {
		var cells []string
		for _, c := range w.columns {
			text := cell(c)
			if always || strings.ContainsAny(text, "\"\n\r"+delim) {
				text = `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
			}
			cells = append(cells, text)
		}
		b.WriteString(strings.Join(cells, delim) + end)
	}
	line(func(c string) string { return "Column " + c })
	for _, r := range w.rows {
		line(func(c string) string { return r[slices.Index(worldColumns, c)] })
	}
	w.text = b.String()
}

// plain drops the places of a payment.
func plain(p spec.Payment) spec.Payment {
	p.Pos, p.Manifest = spec.Pos{}, nil
	for _, op := range spec.Ops {
		d := p.Desired(op)
		d.Pos, d.Items = spec.Pos{}, slices.Clone(d.Items)
		for i := range d.Items {
			d.Items[i].Pos = spec.Pos{}
		}
	}
	return p
}

// However an export is written, its manifest says what was meant, to the minor
// unit and in its order, a currency after the other.
func TestWorlds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		out, err := manifest.NewWriter(manifest.Head{Name: "world"})
		require.NoError(t, err)
		defer func() { require.NoError(t, out.Close()) }()
		counts, err := csvimport.Read(context.Background(), spec.Inline("e.csv", w.text), w.options, out.Add)
		if err != nil && strings.Contains(err.Error(), "not clear what separates") {
			require.Zero(t, w.options.Delimiter)
			return
		}
		require.NoError(t, err, w.text)
		require.EqualValues(t, len(w.payments), counts.Payments)
		require.EqualValues(t, len(w.rows), counts.Rows)
		var text bytes.Buffer
		require.NoError(t, out.WriteTo(context.Background(), &text))
		var want, got []spec.Payment
		for _, s := range out.Sums() {
			for _, p := range w.payments {
				if p.Currency == s.Currency {
					want = append(want, plain(p))
				}
			}
		}
		for p, err := range spec.Decode(context.Background(), spec.SourcesOf(spec.Inline("m.yaml", text.String())), spec.Options{}) {
			require.NoError(t, err)
			got = append(got, plain(*p))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("meant and read (-meant +read):\n%s\n%s", diff, w.text)
		}
	})
}

// Whatever a file holds, it is read or refused, and what is read is a manifest.
func FuzzRead(f *testing.F) {
	f.Add("Id;Cap;Doc\n1_0;1.00;a\n", byte(0))
	f.Add("sep=,\r\nId,Cap,Doc\r\n1_0,\"1,00\",a\r\n2,\"\",\r\n1,\"2,00\",b", byte(','))
	f.Add("Id\tCap\tDoc\n=A1\t\xff\t\"", byte('.'))
	f.Fuzz(func(t *testing.T, text string, decimal byte) {
		o := options(t, "id=Id,capture=Cap,ref=Doc")
		if decimal == ',' || decimal == '.' {
			o.Decimal = decimal
		}
		_ = imported(t, o, text)
	})
}

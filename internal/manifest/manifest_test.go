package manifest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/payreconcile/payreconcile/internal/manifest"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// decode reads a manifest without the places.
func decode(text string) (all []spec.Payment, faults error) {
	for p, err := range spec.Decode(context.Background(), spec.SourcesOf(spec.Inline("m.yaml", text)), spec.Options{}) {
		if err != nil {
			return all, err
		}
		all = append(all, plain(*p))
	}
	return all, nil
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

func TestWriter(t *testing.T) {
	t.Parallel()
	w, err := manifest.NewWriter(manifest.Head{
		Name: "shop: #1", MerchantID: "shop-eu", Labels: map[string]string{"team": "a", "desk": "eu"}, Origin: "Made by a test.",
	})
	require.NoError(t, err)
	defer func() { require.NoError(t, w.Close()) }()
	for i := range 52 {
		w.Note(fmt.Sprintf("note %d\n\u202e##[add-mask]", i))
	}
	for _, p := range []spec.Payment{
		{
			ID: "3066177123_0", MerchantReference: `- "order" #1: {x}`, Currency: "EUR", Authorized: 12500,
			Captures: spec.Desired{Mode: spec.Items, Items: []spec.Item{{Ref: "1", Amount: 8000}, {Ref: "null", Amount: 4500, Final: true, Operation: "3066177123_2"}}},
			Refunds:  spec.Desired{Mode: spec.Items, Items: []spec.Item{{Ref: "rma-77", Amount: 2000, Reason: "Größe \u05d0"}}},
		},
		{ID: "3066177125", Currency: "JPY", Captures: spec.Desired{Mode: spec.All}, Refunds: spec.Desired{Mode: spec.Total, Total: 1250}},
		{ID: "3066177124_0", Currency: "EUR", Cancels: spec.Desired{Mode: spec.Items}},
	} {
		require.NoError(t, w.Add(&p))
	}
	var out bytes.Buffer
	require.NoError(t, w.WriteTo(t.Context(), &out))
	text := out.String()
	require.Equal(t, 50, strings.Count(text, `# note `))
	require.Contains(t, text, `# note 0\n\u202e##(add-mask]`)
	require.Contains(t, text, "# and 2 more\n")
	_, text, _ = strings.Cut(text, "# and 2 more\n")
	require.Empty(t, cmp.Diff(`apiVersion: payreconcile/v1
kind: Settlement
metadata:
  name: "shop: #1"
  labels: {desk: eu, team: a}
spec:
  merchantId: shop-eu
  currency: EUR
  expect: {payments: 2, captures: 125.00, cancels: 0.00, refunds: 20.00}
  payments:
    - {id: "3066177123_0", merchantReference: "- \"order\" #1: {x}", authorized: 125.00, captures: [{ref: "1", amount: 80.00}, {ref: "null", amount: 45.00, final: true, operation: "3066177123_2"}], refunds: [{ref: "rma-77", amount: 20.00, reason: "Größe \u05D0"}]}
    - {id: "3066177124_0", cancels: []}
---
apiVersion: payreconcile/v1
kind: Settlement
metadata:
  name: "shop: #1"
  labels: {desk: eu, team: a}
spec:
  merchantId: shop-eu
  currency: JPY
  expect: {payments: 1, refunds: 1250}
  payments:
    - {id: "3066177125", captured: all, refunded: 1250}
`, text))
	require.Equal(t, []manifest.Sum{
		{Currency: "EUR", Payments: 2, Captures: manifest.Kind{Payments: 1, Items: 2, Minor: 12500}, Cancels: manifest.Kind{Payments: 1}, Refunds: manifest.Kind{Payments: 1, Items: 1, Minor: 2000}},
		{Currency: "JPY", Payments: 1, Captures: manifest.Kind{All: true}, Refunds: manifest.Kind{Payments: 1, Minor: 1250}},
	}, w.Sums())
}

func TestWriterRefuses(t *testing.T) {
	t.Parallel()
	_, err := manifest.NewWriter(manifest.Head{Name: "a\nb", Labels: map[string]string{"a b": "c"}})
	require.ErrorContains(t, err, "metadata.name: has a line break")
	require.ErrorContains(t, err, `label "a b"`)
	w, err := manifest.NewWriter(manifest.Head{})
	require.NoError(t, err)
	defer func() { require.NoError(t, w.Close()) }()
	var faults spec.Errors
	for name, p := range map[string]spec.Payment{
		"a line break":     {ID: "3066177123_0", Currency: "EUR", MerchantReference: "a\nb"},
		"not UTF-8":        {ID: "3066177123_0", Currency: "EUR", MerchantReference: "a\xffb"},
		"no currency":      {ID: "3066177123_0"},
		"the id of a card": {ID: "4111111111111111", Currency: "EUR"},
		"a ref with quote": {ID: "3066177123_0", Currency: "EUR", Refunds: spec.Desired{Mode: spec.Items, Items: []spec.Item{{Ref: `a"b`, Amount: 1}}}},
	} {
		require.ErrorAs(t, w.Add(&p), &faults, name)
	}
	require.Empty(t, w.Sums())

	// Sums that overflow, and a payment that was added twice.
	huge := spec.Payment{ID: "3066177123_0", Currency: "EUR", Captures: spec.Desired{Mode: spec.Total, Total: spec.MaxMinor}}
	require.NoError(t, w.Add(&huge))
	require.NoError(t, w.Add(&huge))
	var out bytes.Buffer
	require.ErrorContains(t, w.WriteTo(t.Context(), &out), "declared twice")
	require.Empty(t, out.String())
	require.Equal(t, int64(2*spec.MaxMinor), w.Sums()[0].Captures.Minor)
	require.Less(t, w.Sums()[0].Captures.Minor, int64(math.MaxInt64))
}

func TestNothingIsWrittenWhenItIsTooLate(t *testing.T) {
	t.Parallel()
	w, err := manifest.NewWriter(manifest.Head{})
	require.NoError(t, err)
	defer func() { require.NoError(t, w.Close()) }()
	require.NoError(t, w.Add(&spec.Payment{ID: "3066177123_0", Currency: "EUR"}))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out bytes.Buffer
	require.ErrorIs(t, w.WriteTo(ctx, &out), context.Canceled)
	require.Empty(t, out.String())
	require.ErrorContains(t, w.WriteTo(t.Context(), failing{}), "disk full")
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("disk full") }

// drawPayment draws a payment that may break rules.
func drawPayment(t *rapid.T, i int) spec.Payment {
	text := rapid.OneOf(
		rapid.Just(""), rapid.StringMatching(`[A-Za-z0-9._:-]{1,30}`), rapid.String(), rapid.StringMatching(`[-#"'\\{}\[\],&*!|>%@? :a]{1,12}`),
		rapid.SampledFrom([]string{"null", "~", "true", "0x1f", "1e3", "---", "...", "<<", "=", "##[x]", "a\tb", "\u2028", "שלום", "😀", "\x00", "\xff", " a", "a "}),
	)
	p := spec.Payment{
		ID:                spec.PaymentID(fmt.Sprintf("30661%d_0", i)),
		Currency:          rapid.SampledFrom([]spec.Currency{"EUR", "JPY", "KWD"}).Draw(t, "currency"),
		MerchantReference: text.Draw(t, "reference"), Authorized: rapid.SampledFrom([]int64{0, 1, 10, spec.MaxMinor}).Draw(t, "authorized"),
	}
	for _, op := range spec.Ops {
		d := p.Desired(op)
		d.Mode = rapid.SampledFrom([]spec.Mode{spec.Unmanaged, spec.Items, spec.Total, spec.All}).Draw(t, "mode")
		switch d.Mode {
		case spec.Total:
			d.Total = rapid.Int64Range(0, 12).Draw(t, "total")
		case spec.Items:
			for range rapid.IntRange(0, 3).Draw(t, "items") {
				it := spec.Item{Ref: text.Draw(t, "ref"), Amount: rapid.Int64Range(0, 5).Draw(t, "amount")}
				it.Final = op == spec.Capture && rapid.Bool().Draw(t, "final")
				if op == spec.Refund {
					it.Reason = text.Draw(t, "reason")
				}
				d.Items = append(d.Items, it)
			}
		case spec.Unmanaged, spec.All:
		}
	}
	return p
}

// Whatever is added is refused, or read again as it was meant.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w, err := manifest.NewWriter(manifest.Head{Name: "x", Origin: rapid.String().Draw(t, "origin")})
		require.NoError(t, err)
		defer func() { require.NoError(t, w.Close()) }()
		w.Note(rapid.String().Draw(t, "note"))
		meant := map[spec.Currency][]spec.Payment{}
		var order []spec.Currency
		for i := range rapid.IntRange(0, 6).Draw(t, "payments") {
			p := drawPayment(t, i+1)
			err := w.Add(&p)
			var faults spec.Errors
			if err != nil {
				require.ErrorAs(t, err, &faults)
				continue
			}
			if meant[p.Currency] == nil {
				order = append(order, p.Currency)
			}
			meant[p.Currency] = append(meant[p.Currency], plain(p))
		}
		var want []spec.Payment
		for _, c := range order {
			want = append(want, meant[c]...)
		}
		if len(want) == 0 {
			return
		}
		var out bytes.Buffer
		require.NoError(t, w.WriteTo(context.Background(), &out))
		got, err := decode(out.String())
		require.NoError(t, err, out.String())
		for _, list := range [][]spec.Payment{want, got} {
			for i := range list {
				for _, op := range spec.Ops { // an empty list is an empty list
					if d := list[i].Desired(op); len(d.Items) == 0 {
						d.Items = nil
					}
				}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("meant and read (-meant +read):\n%s\n%s", diff, out.String())
		}
	})
}

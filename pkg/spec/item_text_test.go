package spec_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// An item that is read alone is what it is in a manifest, and has the faults
// that it has there.
func TestParseItem(t *testing.T) {
	t.Parallel()
	for name, item := range map[string]string{
		"one line":          `- {id: "3066177123_0", captured: 60.00}`,
		"items":             `- {id: "3066177123_0", captures: [{ref: "a", amount: 1.00}], refunds: [{ref: "b", amount: 0.50, reason: "it's \"new\""}]}`,
		"escapes":           `- {id: "3066177123_0", merchantReference: "\xe4 \u05d0 \\ \U0001f600"}`,
		"letters":           `- {id: "3066177123_0", merchantReference: "Müller 店"}`,
		"own currency":      `- {id: "3066177123_0", currency: JPY, captured: 60}`,
		"cents":             `- {id: "3066177123_0", captured: 6000}`,
		"a tab":             `- {id: "3066177123_0", merchantReference: "a` + "\t" + `b"}`,
		"an escaped tab":    `- {id: "3066177123_0", merchantReference: "a\tb"}`,
		"not UTF-8":         `- {id: "3066177123_0", merchantReference: "a` + "\xe4" + `b"}`,
		"more than there":   `- {id: "3066177123_0", captured: 1.00, refunded: 2.00}`,
		"the order's ref":   `- {id: "3066177123_0", merchantReference: "a", captures: [{ref: "a", amount: 1.00}]}`,
		"adopts the wrong":  `- {id: "3066177123_0", refunds: [{ref: "a", amount: 1.00, operation: "3066177123_0"}]}`,
		"adopts of another": `- {id: "3066177123_0", refunds: [{ref: "a", amount: 1.00, operation: "3066177124_1"}]}`,
		"not YAML":          `- {id: "3066177123_0"`,
		"two items":         "- {id: \"3066177123_0\"}\n- {id: \"3066177124_0\"}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := spec.ParseItem(item, "EUR")
			indented := "    " + strings.ReplaceAll(item, "\n", "\n    ") + "\n"
			r := decode(t, spec.Options{}, head+indented)
			require.Equal(t, err == nil, r.Faults == "" && len(r.Payments) == 1, "%v\n%s", err, r.Faults)
			if err != nil {
				var faults spec.Errors
				require.ErrorAs(t, err, &faults)
				return
			}
			want := r.Payments[0]
			require.Equal(t, plainOf(want), plainOf(*p))
		})
	}
	_, err := spec.ParseItem(`- {id: "3066177123_0", captures: [{ref: "a", amount: 1.00}, {ref: "a b", amount: 1.00}]}`, "EUR")
	require.EqualError(t, err, `1:67: captures[1].ref: "a b" has a character that a ref cannot have`)
	_, err = spec.ParseItem(`- {id: "3066177123_0", captured: 1.00}`, "")
	require.ErrorContains(t, err, "payment has no currency")
	_, err = spec.ParseItem("- {id: \""+strings.Repeat("x", 70_000)+"\"}", "EUR")
	require.ErrorContains(t, err, "64 KiB")
}

// plainOf drops the places of a payment.
func plainOf(p spec.Payment) spec.Payment {
	p.Pos, p.Manifest = spec.Pos{}, nil
	for _, op := range spec.Ops {
		d := p.Desired(op)
		d.Pos = spec.Pos{}
		for i := range d.Items {
			d.Items[i].Pos = spec.Pos{}
		}
	}
	return p
}

func TestCheckOperationID(t *testing.T) {
	t.Parallel()
	got := map[string]string{}
	for _, c := range []struct {
		op spec.Op
		id string
	}{
		{spec.Capture, "3066177123_0"},
		{spec.Refund, "9000003066177123001"},
		{spec.Cancel, "3066177123_0"},
		{spec.Refund, "3066177124_1"},
		{spec.Refund, "3066177123"},
		{spec.Refund, "a b"},
	} {
		got[c.id+" "+string(c.op)] = ""
		if err := spec.CheckOperationID("3066177123_0", c.op, c.id); err != nil {
			got[c.id+" "+string(c.op)] = err.Error()
		}
	}
	want := map[string]string{
		"3066177123_0 capture": "", "9000003066177123001 refund": "",
		"3066177123_0 cancel": `"3066177123_0" is the payment itself, which is no cancel`,
		"3066177124_1 refund": `"3066177124_1" is an operation of another payment`,
		"3066177123 refund":   `operation id "3066177123" does not say which operation`,
		"a b refund":          `payment id "a b" has a character that ids do not have`,
	}
	require.Empty(t, cmp.Diff(want, got))
}

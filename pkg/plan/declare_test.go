package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// declaration writes what was declared in the shorthand of want, and what was
// omitted behind a bar.
func declaration(p *spec.Payment, gaps []plan.Omission) string {
	var parts []string
	if p != nil {
		for _, op := range spec.Ops {
			want := p.Desired(op)
			switch want.Mode {
			case spec.Total:
				parts = append(parts, fmt.Sprintf("%s total %s", op, spec.Money{Minor: want.Total, Currency: p.Currency}.Decimal()))
			case spec.Items:
				for _, it := range want.Items {
					text := fmt.Sprintf("%s %s=%s", op, it.Ref, spec.Money{Minor: it.Amount, Currency: p.Currency}.Decimal())
					if it.Operation != "" {
						text += "@" + strings.TrimPrefix(it.Operation, base)
					}
					parts = append(parts, text)
				}
			case spec.Unmanaged, spec.All:
			}
		}
	}
	text := strings.Join(parts, "; ")
	for _, g := range gaps {
		text += fmt.Sprintf(" | %s %s", g.Op, g.Reason)
	}
	return text
}

func TestDeclare(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		have  string
		as    spec.Mode
		wants string
	}{
		"nothing done":                     {"5 TTF 100.00; _0 5 100.00", spec.Items, ""},
		"not authorised yet":               {"46 FFF 100.00; _0 46 100.00", spec.Items, ""},
		"a reference that identifies":      {"5 TTT 100.00; _0 5 100.00; _1 9 60.00 ship-1", spec.Items, "capture ship-1=60.00"},
		"no reference":                     {"5 TTT 100.00; _0 5 100.00; _1 9 60.00", spec.Items, "capture adopted-1=60.00@_1"},
		"the order's reference":            {"5 TTT 100.00; _0 5 100.00; _1 9 60.00 order-1001", spec.Items, "capture adopted-1=60.00@_1"},
		"a reference made for a total":     {"5 TTT 100.00; _0 5 100.00; _1 9 60.00 pr:c:0-6000", spec.Items, "capture adopted-1=60.00@_1"},
		"a reference no item can have":     {"5 TTT 100.00; _0 5 100.00; _1 9 60.00 #12/4", spec.Items, "capture adopted-1=60.00@_1"},
		"a reference like a card number":   {"5 TTT 100.00; _0 5 100.00; _1 9 60.00 4111111111111111", spec.Items, "capture total 60.00"},
		"a derived name that is taken":     {"5 TTT 100.00; _0 5 100.00; _1 9 30.00; _2 9 30.00 adopted-1", spec.Items, "capture adopted-1.2=30.00@_1; capture adopted-1=30.00"},
		"the order is called like one":     {"reference adopted-1; 5 TTT 100.00; _0 5 100.00; _1 9 30.00", spec.Items, "capture adopted-1.2=30.00@_1"},
		"a sale":                           {"9 FFT 100.00; _0 9 100.00", spec.Items, "capture adopted-0=100.00@_0"},
		"a sale with a reference":          {"9 FFT 100.00; _0 9 100.00 pos-7", spec.Items, "capture pos-7=100.00@_0"},
		"a sale that was refunded":         {"8 FFT 100.00; _0 8 100.00; _1 8 20.00 rma-1", spec.Items, "capture adopted-0=100.00@_0; refund rma-1=20.00"},
		"a void on the payment itself":     {"6 FFF 100.00; _0 6 100.00", spec.Items, "cancel total 100.00"},
		"a void of the rest":               {"6 FFT 100.00; _0 6 100.00; _1 9 60.00 a", spec.Items, "capture a=60.00; cancel total 40.00"},
		"a partial cancel":                 {"5 TTF 100.00; _0 5 100.00; _1 6 40.00 v", spec.Items, "cancel v=40.00"},
		"in progress":                      {"91 -FF 100.00; _0 5 100.00; _1 91 60.00", spec.Items, "capture adopted-1=60.00@_1"},
		"refused":                          {"5 TTF 100.00; _0 5 100.00; _1 93 60.00 a", spec.Items, ""},
		"the platform is not certain":      {"5 TTF 100.00; _0 5 100.00; _1 92 60.00; _2 6 10.00 v", spec.Items, "cancel v=10.00 | capture uncertain"},
		"totals":                           {"8 FFT 100.00; _0 5 100.00; _1 9 60.00 a; _2 9 40.00; _3 8 5.00", spec.Total, "capture total 100.00; refund total 5.00"},
		"yen":                              {"currency JPY; 5 TTT 100; _0 5 100; _1 9 60 a", spec.Items, "capture a=60"},
		"unknown":                          {"unknown", spec.Items, " |  unknown_payment"},
		"another payment":                  {"id 3066177999_0; 5 TTF 100.00; _0 5 100.00", spec.Items, " |  wrong_payment"},
		"two under one reference":          {"9 FFT 100.00; _0 5 100.00; _1 9 20.00 a; _2 9 20.00 a", spec.Items, " |  duplicate_on_platform"},
		"a surcharge":                      {"surcharge; 5 TTF 100.00; _0 5 100.00", spec.Items, " |  unreadable"},
		"a code that nobody has described": {"77 TTF 100.00; _0 77 100.00", spec.Items, " |  unknown_status"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := have(t, tt.have)
			p, gaps := plan.Declare(base, o, tt.as)
			if d := cmp.Diff(tt.wants, declaration(p, gaps)); d != "" {
				t.Errorf("declared (-want +got):\n%s", d)
			}
			if p != nil {
				require.Equal(t, o.Authorized, p.Authorized)
				require.Equal(t, o.MerchantReference, p.MerchantReference)
			}
		})
	}
}

// Whatever the platform shows, what is declared of it has no call to make, is
// not blocked, and says all the money that is not in doubt.
func TestDeclaredPlansEmpty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		o := plan.Observe(drawReading(t), readAt)
		as := rapid.SampledFrom([]spec.Mode{spec.Items, spec.Total}).Draw(t, "as")
		p, gaps := plan.Declare(base+"_0", o, as)
		if p == nil {
			require.NotEmpty(t, o.Fault, "a payment that can be read is declared: %+v", gaps)
			require.Len(t, gaps, 1)
			return
		}
		e := plan.Diff(p, o, plan.Known{Env: testEnv})
		for _, a := range e.Content.Actions {
			require.Equal(t, plan.Pending, a.Kind, "%+v", a)
		}
		omitted := map[spec.Op]bool{}
		for _, g := range gaps {
			omitted[g.Op] = true
		}
		for _, op := range spec.Ops {
			sum, _ := p.Desired(op).Sum()
			if !omitted[op] {
				require.Equal(t, o.Totals.Of(op), sum, "%s", op)
			}
		}
	})
}

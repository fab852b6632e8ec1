package plan_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

func TestObserve(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		have string
		want plan.Totals
		auth spec.Op // what _0 counts as
	}{
		"an authorisation":                {"5 TTF 100.00; _0 5 100.00", plan.Totals{}, "authorization"},
		"a sale":                          {"9 FFT 100.00; _0 9 100.00", plan.Totals{Captured: 10000}, spec.Capture},
		"a sale requested":                {"4 -FF 100.00; _0 4 100.00", plan.Totals{CaptureRequested: 10000}, spec.Capture},
		"a sale uncertain":                {"92 -FF 100.00; _0 92 100.00", plan.Totals{Uncertain: 10000}, spec.Capture},
		"a sale refused":                  {"93 --F 100.00; _0 93 100.00", plan.Totals{}, spec.Capture},
		"captured, _0 kept at 5":          {"9 FFT 100.00; _0 5 100.00; _1 9 60.00; _2 9 40.00", plan.Totals{Captured: 10000}, "authorization"},
		"captured, _0 moved to 9":         {"9 FFT 100.00; _0 9 100.00; _1 9 60.00; _2 91 30.00", plan.Totals{Captured: 6000, CaptureRequested: 3000}, "authorization"},
		"captured, _0 moved to 91":        {"91 -FF 100.00; _0 91 100.00; _1 91 60.00", plan.Totals{CaptureRequested: 6000}, "authorization"},
		"listed in another order":         {"9 FFT 100.00; _2 91 30.00; _1 9 60.00; _0 9 100.00", plan.Totals{Captured: 6000, CaptureRequested: 3000}, "authorization"},
		"a sale refunded, _0 kept at 9":   {"8 FF- 100.00; _0 9 100.00; _1 8 20.00", plan.Totals{Captured: 10000, Refunded: 2000}, spec.Capture},
		"a sale refunded, _0 moved to 8":  {"8 FF- 100.00; _0 8 100.00; _1 8 20.00; _2 81 5.00", plan.Totals{Captured: 10000, Refunded: 2000, RefundRequested: 500}, spec.Capture},
		"a sale refunded, _0 moved to 81": {"81 FF- 100.00; _0 81 100.00; _1 81 20.00", plan.Totals{Captured: 10000, RefundRequested: 2000}, spec.Capture},
		"a sale, its refund refused":      {"83 FFT 100.00; _0 83 100.00; _1 83 20.00", plan.Totals{Captured: 10000}, spec.Capture},
		"captured and refunded, _0 moved": {"81 FF- 100.00; _0 81 100.00; _1 9 60.00; _2 81 20.00", plan.Totals{Captured: 6000, RefundRequested: 2000}, "authorization"},
		"voided without an operation":     {"6 FFF 100.00; _0 6 100.00", plan.Totals{Cancelled: 10000}, spec.Cancel},
		"voiding without an operation":    {"61 TFF 100.00; _0 61 100.00", plan.Totals{CancelRequested: 10000}, spec.Cancel},
		"the rest voided without one":     {"6 FFF 100.00; _0 6 100.00; _1 9 60.00", plan.Totals{Captured: 6000, Cancelled: 4000}, spec.Cancel},
		"voided with an operation":        {"6 FFF 100.00; _0 6 100.00; _1 6 100.00", plan.Totals{Cancelled: 10000}, "authorization"},
		"voided, _0 kept at 5":            {"6 FFF 100.00; _0 5 100.00; _1 6 100.00", plan.Totals{Cancelled: 10000}, "authorization"},
		"a void refused beside a capture": {"5 TTF 100.00; _0 63 100.00; _1 9 40.00", plan.Totals{Captured: 4000}, spec.Cancel},
		"a void refused":                  {"63 --- 100.00; _0 63 100.00", plan.Totals{}, spec.Cancel},
		"uncertain states": {
			"5 --- 100.00; _0 5 100.00; _1 92 10.00; _2 62 20.00; _3 9 40.00; _4 82 5.00; _5 72 1.00",
			plan.Totals{Captured: 4000, Uncertain: 3000, UncertainRefund: 600},
			"authorization",
		},
		"refused operations count for nothing": {"9 FFT 100.00; _0 9 100.00; _1 83 200.00; _2 63 100.00; _3 2 1.00", plan.Totals{Captured: 10000}, spec.Capture},
		"suffix-less ids":                      {"id 9000003066177123000; 9 FFT 100.00; 9000003066177123000 5 100.00; 9000003066177123001 9 60.00", plan.Totals{Captured: 6000}, "authorization"},
		"two captures without names":           {"9 FFT 100.00; _0 5 100.00; _1 9 30.00; _2 9 30.00", plan.Totals{Captured: 6000}, "authorization"},
		"one name in two kinds":                {"9 FFT 100.00; _0 5 100.00; _1 9 30.00 a; _2 8 30.00 a", plan.Totals{Captured: 3000, Refunded: 3000}, "authorization"},
		"a refused and a live one of a name":   {"9 FFT 100.00; _0 5 100.00; _1 93 30.00 a; _2 9 30.00 a", plan.Totals{Captured: 3000}, "authorization"},
		"the order's name on _0 as well":       {"9 FFT 100.00; _0 9 100.00 order-1; _1 8 30.00 order-1", plan.Totals{Captured: 10000, Refunded: 3000}, spec.Capture},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := have(t, tt.have)
			require.Empty(t, got.FaultText)
			if d := cmp.Diff(tt.want, got.Totals); d != "" {
				t.Errorf("totals (-want +got):\n%s", d)
			}
			for _, o := range got.Operations {
				if plan.IsFirst(o.ID) {
					require.Equal(t, tt.auth, o.Op)
					if o.Op != spec.Cancel || !o.Live() {
						require.EqualValues(t, 10000, o.Amount)
					}
				}
			}
		})
	}
}

func TestObserveFaults(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		have   string
		mend   func(*plan.Reading)
		reason plan.Reason
		text   string
	}{
		"no operations":             {"5 TTF 100.00", nil, plan.ReasonUnreadable, "the platform lists no operations of it"},
		"too many operations":       {"5 TTF 100.00; _0 5 100.00" + strings.Repeat("; _1 9 0.00", 1000), nil, plan.ReasonUnreadable, "it has 1001 operations, more than the 1000 that are added up"},
		"no authorisation":          {"9 FFT 100.00; _1 9 60.00", nil, plan.ReasonUnreadable, "its authorisation is not among its operations"},
		"an operation without id":   {authed, func(r *plan.Reading) { r.Operations[0].ID = "" }, plan.ReasonUnreadable, "an operation has no id, status code or amount"},
		"one without code":          {authed, func(r *plan.Reading) { r.Operations[0].Code = nil }, plan.ReasonUnreadable, "an operation has no id, status code or amount"},
		"one without amount":        {authed, func(r *plan.Reading) { r.Operations[0].Amount = nil }, plan.ReasonUnreadable, "an operation has no id, status code or amount"},
		"no status code":            {authed, func(r *plan.Reading) { r.Code = -1 }, plan.ReasonUnknownStatus, "the payment has status code -1, which is not described"},
		"an unknown status code":    {"77 TTF 100.00; _0 5 100.00", nil, plan.ReasonUnknownStatus, "the payment has status code 77, which is not described"},
		"unknown, category known":   {"5 TTF 100.00; _0 5 100.00; _1 77 5.00 category=COMPLETED", nil, plan.ReasonUnknownStatus, "operation 3066177123_1 has status code 77, which is not described"},
		"56":                        {"5 TTF 100.00; _0 56 100.00", nil, plan.ReasonUnknownStatus, "operation 3066177123_0 has status code 56, which is not described"},
		"no amount":                 {"5 TTF 0.00; _0 5 0.00", nil, plan.ReasonUnreadable, "its amount is 0 minor units"},
		"a surcharge":               {"surcharge; " + authed, nil, plan.ReasonUnreadable, "it carries a surcharge"},
		"two methods in the output": {"methods 2; " + authed, nil, plan.ReasonUnreadable, "it was paid by more than one payment method"},
		"two methods in operations": {authed + "; _1 9 1.00", func(r *plan.Reading) { r.Operations[1].Method = "mobile" }, plan.ReasonUnreadable, "it was paid by more than one payment method"},
		"another payment's":         {authed + "; 999_1 9 1.00", nil, plan.ReasonUnreadable, "operation 999_1 belongs to another payment"},
		"another currency":          {authed, func(r *plan.Reading) { r.Operations[0].Currency = "USD" }, plan.ReasonUnreadable, "operation 3066177123_0 is in USD and the payment in EUR"},
		"listed twice":              {authed + "; _1 9 1.00; _01 9 1.00", nil, plan.ReasonUnreadable, "operation 3066177123_01 is listed twice"},
		"two authorisations":        {authed + "; 3066177123 5 100.00", nil, plan.ReasonUnreadable, "operation 3066177123 is listed twice"},
		"another amount on _0":      {"5 TTF 100.00; _0 5 90.00", nil, plan.ReasonUnreadable, "its authorisation is over 9000 minor units and the payment over 10000"},
		"two of one name":           {authed + "; _1 9 1.00 a; _2 91 1.00 a", nil, plan.ReasonDuplicate, "operations 3066177123_1 and 3066177123_2 are both the capture a"},
		"two of one name goes first": {
			"surcharge; 77 TTF 100.00; _0 5 90.00; _1 9 1.00 a; _2 92 1.00 a", nil, plan.ReasonDuplicate,
			"operations 3066177123_1 and 3066177123_2 are both the capture a",
		},
		"over the authorised amount": {authed + "; _1 9 60.00; _2 91 60.00", nil, plan.ReasonUnreadable, "its operations add up to more than the authorised amount"},
		"over it with cancels":       {authed + "; _1 9 60.00; _2 61 60.00", nil, plan.ReasonUnreadable, "its operations add up to more than the authorised amount"},
		"over it with uncertain":     {authed + "; _1 9 60.00; _2 62 60.00", nil, plan.ReasonUnreadable, "its operations add up to more than the authorised amount"},
		"over it in refunds":         {"9 FFT 100.00; _0 9 100.00; _1 8 60.00; _2 82 60.00", nil, plan.ReasonUnreadable, "its operations add up to more than the authorised amount"},
		"refunded over captured":     {"9 FFT 100.00; _0 5 100.00; _1 9 20.00; _2 8 30.00", nil, plan.ReasonUnreadable, "more was refunded than captured"},
		"voided beside too much":     {"6 FFF 100.00; _0 6 100.00; _1 9 90.00; _2 9 60.00", nil, plan.ReasonUnreadable, "its operations add up to more than the authorised amount"},
		"a refund that is not listed": {
			"8 FF- 100.00; _0 8 100.00", nil, plan.ReasonUnreadable,
			"its authorisation has the refund code 8 and no refund is listed that explains it",
		},
		"a refund beside refused ones": {
			"8 FF- 100.00; _0 8 100.00; _1 83 5.00", nil, plan.ReasonUnreadable,
			"its authorisation has the refund code 8 and no refund is listed that explains it",
		},
		"a capture beside refused ones": {
			"9 FFT 100.00; _0 9 100.00; _1 93 5.00", nil, plan.ReasonUnreadable,
			"its authorisation has the capture code 9 and no capture is listed that explains it",
		},
		"a void beside refused ones": {
			"6 FFT 100.00; _0 6 100.00; _1 63 5.00", nil, plan.ReasonUnreadable,
			"its authorisation has the cancel code 6 and no cancel is listed that explains it",
		},
		"an operation of no kind": {
			authed + "; _1 50 5.00", nil, plan.ReasonUnreadable,
			"operation 3066177123_1 has status code 50, which does not say what kind of call it is",
		},
		"captured without authorisation": {
			"9 FFT 100.00; _0 2 100.00; _1 9 5.00", nil, plan.ReasonUnreadable,
			"its authorisation has status code 2 and operations that need one stand beside it",
		},
		"settled but unsuccessful": {
			authed + "; _1 9 5.00 category=UNSUCCESSFUL", nil, plan.ReasonUnreadable,
			"operation 3066177123_1 has status code 9 but category UNSUCCESSFUL",
		},
		"requested but unsuccessful": {
			authed + "; _1 81 5.00 category=UNSUCCESSFUL", nil, plan.ReasonUnreadable,
			"operation 3066177123_1 has status code 81 but category UNSUCCESSFUL",
		},
		"refused but completed": {
			authed + "; _1 93 5.00 category=COMPLETED", nil, plan.ReasonUnreadable,
			"operation 3066177123_1 has status code 93 but category COMPLETED",
		},
		"refused but refunded": {
			authed + "; _1 83 5.00 category=REFUNDED", nil, plan.ReasonUnreadable,
			"operation 3066177123_1 has status code 83 but category REFUNDED",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := reading(t, tt.have)
			if tt.mend != nil {
				tt.mend(&r)
			}
			got := plan.Observe(r, readAt)
			require.Equal(t, tt.reason, got.Fault, got.FaultText)
			require.Equal(t, tt.text, got.FaultText)
			require.Zero(t, got.Totals)
			e := plan.Diff(want(t, "captured 10.00; refunded 1.00; cancelled all"), got, plan.Known{Env: testEnv})
			require.Zero(t, e.Calls())
			blocked, ok := e.Blocked(tt.reason)
			require.True(t, ok)
			require.Equal(t, blocked, e.Content.Actions[0])
		})
	}
}

// TestObserveCategories holds that categories only confirm: the finished
// states of the platform's own table contradict nothing.
func TestObserveCategories(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"6 FFF 100.00; _0 6 100.00 category=UNSUCCESSFUL", "61 TFF 100.00; _0 61 100.00 category=PENDING_MERCHANT",
		"2 FFF 100.00; _0 2 100.00 category=UNSUCCESSFUL", "9 FFT 100.00; _0 9 100.00 category=COMPLETED; _1 81 5.00 category=REVERSED",
		"9 FFT 100.00; _0 9 100.00 category=COMPLETED; _1 81 5.00 category=PENDING_CONNECT_OR_3RD_PARTY",
		"9 FFT 100.00; _0 9 100.00 category=SOMETHING_NEW; _1 83 5.00 category=UNSUCCESSFUL",
	} {
		require.Empty(t, have(t, s).FaultText, s)
	}
}

// TestObserveHostile feeds amounts from the whole range of int64: whatever
// comes, sums that were accepted are within the authorised amount.
func TestObserveHostile(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.OneOf(
			rapid.Int64(), rapid.Int64Range(0, 10), rapid.Int64Range(spec.MaxMinor-3, spec.MaxMinor+3),
			rapid.SampledFrom([]int64{math.MaxInt64, math.MinInt64, math.MaxInt64 / 2}),
		)
		r := plan.Reading{ID: base + "_0", Currency: "EUR", Code: 9, Amount: amount.Draw(t, "amount")}
		for i := range rapid.IntRange(1, 6).Draw(t, "n") {
			c, a := rapid.SampledFrom(codes).Draw(t, "code"), amount.Draw(t, "of")
			if i == 0 {
				a = r.Amount
			}
			r.Operations = append(r.Operations, plan.ReadOperation{ID: fmt.Sprintf("%s_%d", base, i), Code: &c, Amount: &a, Currency: "EUR"})
		}
		o := plan.Observe(r, readAt)
		if o.Fault != "" {
			require.Zero(t, o.Totals)
			return
		}
		require.GreaterOrEqual(t, o.Open(), int64(0))
		require.LessOrEqual(t, o.Open(), o.Authorized)
		e := plan.Diff(want(&quiet{}, ""), o, plan.Known{})
		require.NoError(t, e.Check())
	})
}

// quiet stands in where nothing can go wrong.
type quiet struct{ testing.TB }

func (*quiet) Helper() {}

func TestOperationIDs(t *testing.T) {
	t.Parallel()
	for id, first := range map[string]bool{
		"3066177123_0": true, "3066177123": true, "9000003066177123000": true, "3066177123_00": true,
		"3066177123_1": false, "9000003066177123001": false, "3066177123_10": false, "3066177123_x": false, "3066177123_-0": false,
	} {
		require.Equal(t, first, plan.IsFirst(id), id)
	}
	for _, tt := range []struct {
		a, b string
		same bool
	}{
		{"3066177123_1", "9000003066177123001", true},
		{"3066177123", "3066177123_0", true},
		{"3066177123_1", "3066177123_01", true},
		{"3066177123_1", "3066177123_2", false},
		{"3066177123_1", "3066177124_1", false},
		{"3066177123_x", "3066177123_1", false},
		{"3066177123_99999999999999999999", "3066177123_1", false},
		{"", "3066177123_1", false},
	} {
		require.Equal(t, tt.same, plan.SameOperation(tt.a, tt.b), "%s %s", tt.a, tt.b)
		require.Equal(t, tt.same, plan.SameOperation(tt.b, tt.a), "%s %s", tt.b, tt.a)
	}
}

func TestStandingOf(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		op   spec.Op
		code int
		want plan.Standing
	}{
		{spec.Capture, 9, plan.Settled},
		{spec.Capture, 4, plan.Requested},
		{spec.Capture, 99, plan.Requested},
		{spec.Capture, 92, plan.Uncertain},
		{spec.Capture, 93, plan.Refused},
		{spec.Cancel, 6, plan.Settled},
		{spec.Cancel, 61, plan.Requested},
		{spec.Cancel, 62, plan.Uncertain},
		{spec.Cancel, 63, plan.Refused},
		{spec.Refund, 8, plan.Settled},
		{spec.Refund, 81, plan.Requested},
		{spec.Refund, 82, plan.Uncertain},
		{spec.Refund, 83, plan.Refused},
		{spec.Capture, 8, plan.Undefined},
		{spec.Refund, 9, plan.Undefined},
		{spec.Cancel, 5, plan.Undefined},
		{spec.Capture, 56, plan.Undefined},
	} {
		require.Equal(t, tt.want, plan.StandingOf(tt.op, tt.code), "%s %d", tt.op, tt.code)
	}
}

package policy_test

import (
	"testing"

	"github.com/payreconcile/payreconcile/internal/policy"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// tenRules are what a careful house may have; none of them denies what the
// benchmark asks about.
var tenRules = rules(
	`call: kind == "refund" && currency == "EUR" && amount > minor("500.00 EUR") && !("refund-cap" in labels)`,
	`call: kind == "capture" && currency == "EUR" && amount > minor("5000.00 EUR")`,
	`call: kind == "refund" && note == "" && amount > 100000`,
	`call: attempt > 3`,
	`call: irreversible && now.getDayOfWeek("Europe/Berlin") in [0, 6]`,
	`payment: refunding > 0 && refunded_after * 100 > captured_after * 80`,
	`payment: !("desk" in labels) || !(labels.desk in ["eu", "uk", "us"])`,
	`payment: currency == "EUR" && captured_after > minor("50000.00 EUR")`,
	`plan: moved("refund", "EUR") > minor("10000.00 EUR") => approvals: 2`,
	`plan: moved("capture", "EUR") > minor("1000000.00 EUR") => approvals: 3`,
)

// BenchmarkEntry asks ten rules about one payment.
func BenchmarkEntry(b *testing.B) {
	p := compile(b, tenRules)
	for name, e := range map[string]*struct{ actions change }{
		"no call":   {actions()},
		"one call":  {actions(call(spec.Refund, "r", 30_00))},
		"six calls": {actions(call(spec.Capture, "a", 1), call(spec.Capture, "b", 1), call(spec.Capture, "c", 1), call(spec.Cancel, "d", 1), call(spec.Refund, "e", 1), call(spec.Refund, "f", 1))},
	} {
		entry := entry(e.actions)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			r := p.Run(header(), policy.Planning, morning)
			for b.Loop() {
				r.Add(r.Entry(entry))
			}
		})
	}
}

// BenchmarkLoad compiles ten rules.
func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		compile(b, tenRules)
	}
}

package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

// tenRules are what a careful house may have. They deny nothing of what is
// planned here.
const tenRules = `apiVersion: payreconcile/v1
kind: Policy
metadata: {name: bench}
spec:
  rules:
    - {name: a, over: call, deny: x, when: 'kind == "refund" && currency == "EUR" && amount > minor("500.00 EUR") && !("refund-cap" in labels)'}
    - {name: b, over: call, deny: x, when: 'kind == "capture" && currency == "EUR" && amount > minor("5000.00 EUR")'}
    - {name: c, over: call, deny: x, when: 'kind == "refund" && note == "" && amount > 100000'}
    - {name: d, over: call, deny: x, when: 'attempt > 3'}
    - {name: e, over: call, deny: x, when: 'irreversible && now.getDayOfWeek("Europe/Berlin") in [7, 8]'}
    - {name: f, over: payment, deny: x, when: 'refunding > 0 && refunded_after * 100 > captured_after * 80'}
    - {name: g, over: payment, deny: x, when: '"desk" in labels && !(labels.desk in ["eu", "uk", "us"])'}
    - {name: h, over: payment, deny: x, when: 'currency == "EUR" && captured_after > minor("50000.00 EUR")'}
    - {name: i, over: plan, approvals: 2, when: 'moved("refund", "EUR") > minor("10000.00 EUR")'}
    - {name: j, over: plan, approvals: 3, when: 'moved("capture", "EUR") > minor("1000000.00 EUR")'}
`

// policy measures planning with ten rules against planning without.
func (b *bench) policy() error {
	rules := b.path("policy.yaml")
	if err := os.WriteFile(rules, []byte(tenRules), 0o600); err != nil {
		return err
	}
	conns := b.connsOr(16)
	for _, items := range []string{"short", "long"} {
		manifest, err := b.manifest(items, b.payments)
		if err != nil {
			return err
		}
		p, err := b.platform("stub", b.payments, 0)
		if err != nil {
			return err
		}
		r, err := b.ratio(func() (time.Duration, error) { return b.plan(p, manifest, b.path("plan"), conns) },
			func() (time.Duration, error) {
				return timed(b.command(p, b.path("journal.db"), "plan", "--concise", "--policy", rules,
					"--parallelism", strconv.Itoa(conns), "--out", b.path("plan"), manifest))
			})
		p.stop()
		if err != nil {
			return err
		}
		r.print(fmt.Sprintf("plan under 10 rules to plan, %s items, stub", items), b.payments)
	}
	return nil
}

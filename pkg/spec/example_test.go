package spec_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

func ExampleDecode() {
	manifest := spec.Inline("orders.yaml", `apiVersion: payreconcile/v1
kind: Settlement
spec:
  currency: EUR
  payments:
    - {id: "3066177124_0", captured: 60.00}
    - {id: "3066177125_0", captured: 12500}
`)
	for p, err := range spec.Decode(context.Background(), spec.SourcesOf(manifest), spec.Options{}) {
		var faults spec.Errors
		switch {
		case errors.As(err, &faults):
			for _, f := range faults {
				fmt.Println(f)
				fmt.Println("hint:", f.Hint)
			}
		case err != nil:
			fmt.Println(err)
		default:
			fmt.Println(p.ID, spec.Money{Minor: p.Captures.Total, Currency: p.Currency})
		}
	}
	// Output:
	// 3066177124_0 60.00 EUR
	// orders.yaml:7:38: spec.payments[1].captured: amount "12500" does not show its decimals
	// hint: write 12500.00, or 125.00 if these were cents
}

func ExampleParseMoney() {
	m, err := spec.ParseMoney("80.00 EUR", "EUR")
	fmt.Println(m.Minor, m, err)
	_, err = spec.ParseMoney("80", "EUR")
	fmt.Println(err)
	// Output:
	// 8000 80.00 EUR <nil>
	// amount "80" does not show its decimals
}

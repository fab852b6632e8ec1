package plan

import (
	"fmt"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// Amount returns capture.amount for m as the platform reads it under u: minor
// units as they are, or hundredths of the currency. An amount that hundredths
// cannot express, and any amount of a currency without two decimals while u is
// not set, is an error.
func (u CaptureUnit) Amount(m spec.Money) (int64, error) {
	exponent, ok := m.Currency.Exponent()
	switch {
	case !ok:
		return 0, fmt.Errorf("currency %q has no known exponent", m.Currency)
	case exponent == 2 || u == CaptureUnitMinor:
		return m.Minor, nil
	case u != CaptureUnitHundredths:
		return 0, fmt.Errorf("captureAmountUnit is not set, and captures in %s need it", m.Currency)
	case exponent == 0 && m.Minor <= spec.MaxMinor/100:
		return m.Minor * 100, nil
	case exponent == 3 && m.Minor%10 == 0:
		return m.Minor / 10, nil
	}
	return 0, fmt.Errorf("%s cannot be written in hundredths", m)
}

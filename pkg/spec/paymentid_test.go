package spec_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

func TestPaymentID(t *testing.T) {
	t.Parallel()
	type spelled struct{ Base, Wire string }
	for text, want := range map[string]spelled{
		"3066177123_0":                 {"3066177123", "3066177123_0"},
		"3066177123":                   {"3066177123", "3066177123_0"},
		"9000003066177123000":          {"3066177123", "9000003066177123000"},
		"9000013066177123000":          {"13066177123", "9000013066177123000"},
		"13066177123":                  {"13066177123", "13066177123_0"},
		"8000003066177123001":          {"8000003066177123001", "8000003066177123001_0"}, // nineteen digits, but not that form
		"pay-A1":                       {"pay-A1", "pay-A1"},
		"pay_A1":                       {"pay_A1", "pay_A1"},
		"pay-A1_0":                     {"pay-A1", "pay-A1_0"},
		strings.Repeat("a", 48) + "_0": {strings.Repeat("a", 48), strings.Repeat("a", 48) + "_0"},
	} {
		id, err := spec.ParsePaymentID(text)
		require.NoError(t, err, text)
		require.Empty(t, cmp.Diff(want, spelled{id.Base(), id.Wire()}), text)
	}
	for _, text := range []string{
		"", "3066177123_1", "3066177123_12", "3066177123_00", "3066177123_01", "9000003066177123001",
		"9000003066177123000_0", "3066177123_0_0", "3066177123_1_0", "03066177123", "_0", "-1", "__0",
		"a b", "a/b", "a.b", "ä", "a\x00", "3066177123_0\n", strings.Repeat("a", 51),
	} {
		_, err := spec.ParsePaymentID(text)
		require.Error(t, err, "%q", text)
	}
	for text, want := range map[string]string{
		"3066177123_4": "3066177123", "9000003066177123004": "3066177123", "3066177123": "3066177123", "": "", "_": "_", "x_y": "x_y",
	} {
		require.Equal(t, want, spec.BaseOf(text), text)
	}
}

func TestSpellingsOfOnePaymentHaveOneBase(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.StringMatching(`[1-9][0-9]{9,10}`).Draw(t, "number")
		op := rapid.StringMatching(`[0-9]{3}`).Draw(t, "operation")
		long := "90000" + strings.Repeat("0", 11-len(number)) + number
		for _, text := range []string{number, number + "_0", long + "000"} {
			id, err := spec.ParsePaymentID(text)
			require.NoError(t, err)
			require.Equal(t, number, id.Base())
			wire, err := spec.ParsePaymentID(id.Wire())
			require.NoError(t, err)
			require.Equal(t, number, wire.Base())
			again, err := spec.ParsePaymentID(id.Base())
			require.NoError(t, err)
			require.Equal(t, number, again.Base())
		}
		require.Equal(t, number, spec.BaseOf(long+op))
		_, err := spec.ParsePaymentID(long + op)
		require.Equal(t, op != "000", err != nil)
	})
}

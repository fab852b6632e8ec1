package manifest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/manifest"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

func TestControls(t *testing.T) {
	t.Parallel()
	w, err := manifest.NewWriter(manifest.Head{})
	require.NoError(t, err)
	defer func() { require.NoError(t, w.Close()) }()
	check := func(texts ...string) string {
		var all []manifest.Control
		for _, text := range texts {
			c, err := manifest.ParseControl(text)
			require.NoError(t, err)
			all = append(all, c)
		}
		if err := w.Check(all); err != nil {
			return err.Error()
		}
		return ""
	}
	require.NoError(t, w.Add(&spec.Payment{ID: "1_0", Currency: "EUR", Captures: spec.Desired{Mode: spec.Total, Total: 1250}}))
	require.Empty(t, check("payments=1", "captures=12.50", "captures=12.50 EUR", "refunds=0.00"))
	require.Equal(t, "control payments: 2 payments are told, and 1 were read\ncontrol captures: 12.51 EUR are told, and 12.50 EUR were read",
		check("payments=2", "captures=12.51"))
	require.Equal(t, "control captures: 12.5 EUR are told, and 12.50 EUR were read", check("captures=12.5"))
	require.NoError(t, w.Add(&spec.Payment{ID: "2_0", Currency: "JPY", Captures: spec.Desired{Mode: spec.Total, Total: 1250}}))
	require.Empty(t, check("payments=2", "captures=12.50 EUR", "captures=1250 JPY"))
	require.Equal(t, "control captures: 12.50 names no currency, and there are several", check("captures=12.50"))
	require.Equal(t, "control captures: 1.00 USD are told, and 0.00 USD were read", check("captures=1.00 USD"))
	for text, want := range map[string]string{
		"payments=x":      "x is not a number of payments",
		"payments=-1":     "-1 is not a number of payments",
		"captures=12,50":  "12,50 is not an amount",
		"captures=":       " is not an amount",
		"captures=1.0EUR": "1.0EUR is not an amount",
		"sum=1":           "sum=1 is no control total",
		"12.50":           "12.50 is no control total",
	} {
		_, err := manifest.ParseControl(text)
		require.EqualError(t, err, want)
	}
}

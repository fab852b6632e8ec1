package config_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/config"
)

// What is set can be told with its value and where it came from, and the secret
// is not told.
func TestValuesAndOrigins(t *testing.T) {
	t.Parallel()
	cfg, dir := setup{
		env: map[string]string{
			"PAYRECONCILE_CONFIG": "DIR/payreconcile.yaml", "PAYRECONCILE_API_SECRET_FILE": "DIR/secret",
			"PAYRECONCILE_MAX_AMOUNT": "JPY:5,EUR:1.00", "PAYRECONCILE_MAX_CALLS": "7",
		},
		files: map[string]string{"payreconcile.yaml": "merchantId: shop-eu\ncallTimeout: 90s\n", "secret": "hush"},
	}.mustLoad(t)
	for name, want := range map[string]string{
		"merchantId": "shop-eu", "callTimeout": "1m30s", "apiSecret": "***", "maxAmount": "1.00 EUR, 5 JPY", "maxCalls": "7", "rate": "",
	} {
		require.Equal(t, want, cfg.Value(name), name)
	}
	require.Equal(t, []string{dir + "/payreconcile.yaml", dir + "/secret"}, cfg.Files)
	for _, s := range config.Settings() {
		if cfg.Origin(s.Name) != "" && s.Name != "" && s.Name != "apiSecretFile" {
			require.NotEmpty(t, cfg.Value(s.Name), "%s is set and has no value to show", s.Name)
		}
	}
}

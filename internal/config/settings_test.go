package config_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/config"
	"github.com/payreconcile/payreconcile/pkg/apply"
)

// Every flag and every variable that is documented sets what it says.
func TestEverySettingIsRead(t *testing.T) {
	t.Parallel()
	values := map[string]string{
		"endpoint": "https://gateway.example", "environment": "gateway", "merchantId": "m", "apiKeyId": "k", "apiSecret": "s",
		"apiSecretFile": "DIR/secret", "integrator": "i", "journal": "j", "journalId": "J", "captureAmountUnit": "minor",
		"refundOnOpenCapture": "true", "parallelism": "3", "rate": "7", "planTTL": "1h", "keyWindow": "1h", "callTimeout": "9s",
		"connectTimeout": "2s", "maxCalls": "4", "maxAmount": "EUR:1.00",
		"policy": "p.yaml", "approvers": "a.yaml", "policySHA256": strings.Repeat("0A", 32), "approversSHA256": strings.Repeat("bc", 32),
	}
	seen := map[string]bool{}
	flags := 0
	for _, s := range config.Settings() {
		for _, name := range []string{s.Env, s.Flag} {
			require.False(t, name != "" && seen[name], "%s is there twice", name)
			seen[name] = true
		}
		require.NotEmpty(t, s.Usage, s.Name)
		if s.Flag != "" {
			flags++
		}
		if s.Name == "" || s.Name == "sdkConfig" {
			continue
		}
		require.Contains(t, values, s.Name)
		cfg, _ := setup{
			env: map[string]string{s.Env: values[s.Name]}, files: map[string]string{"secret": "s"},
		}.mustLoad(t)
		origin := s.Name
		if origin == "apiSecretFile" {
			origin = "apiSecret"
		}
		require.Equal(t, s.Env, cfg.Origin(origin))
	}
	cfg, _ := setup{
		flags: config.Flags{
			Endpoint: "https://gateway.example", Environment: "gateway", MerchantID: "m", APIKeyID: "k", APISecretFile: "DIR/secret",
			Journal: "j", Policy: "p.yaml", Approvers: "a.yaml", Parallelism: 3, Rate: 7, MaxCalls: 4, MaxAmount: []string{"1.00 EUR", "JPY:5"},
		},
		files: map[string]string{"secret": "s"},
	}.mustLoad(t)
	given := 2 // --config and --sdk-config, which other tests give
	for _, s := range config.Settings() {
		if s.Flag != "" && (cfg.Origin(s.Name) == "--"+s.Flag || s.Name == "apiSecretFile" && cfg.Origin("apiSecret") == "--"+s.Flag) {
			given++
		}
	}
	require.Equal(t, flags, given, "flags that are documented and not read")
}

// The defaults are the ones that a run without options has.
func TestDefaultsOfRuns(t *testing.T) {
	t.Parallel()
	require.Equal(t, apply.DefaultKeyWindow, config.DefaultKeyWindow)
	require.Equal(t, apply.DefaultCallTimeout, config.DefaultCallTimeout)
}

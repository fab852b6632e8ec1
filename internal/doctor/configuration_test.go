package doctor_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/config"
	"github.com/payreconcile/payreconcile/internal/doctor"
)

func TestSettings(t *testing.T) {
	t.Parallel()
	cfg := load(t, map[string]string{
		"PAYRECONCILE_ENDPOINT": "https://payment.payone.com", "PAYRECONCILE_API_SECRET": "hunter2hunter2", "PAYRECONCILE_CALL_TIMEOUT": "90s",
	})
	checks := doctor.Settings(cfg, false)
	require.Equal(t, []doctor.Fact{
		{"endpoint", "https://payment.payone.com", "PAYRECONCILE_ENDPOINT"},
		{"apiSecret", "***", "PAYRECONCILE_API_SECRET"},
		{"callTimeout", "1m30s", "PAYRECONCILE_CALL_TIMEOUT"},
		{"environment", "live", "the endpoint"},
	}, checks[0].Facts)
	want{doctor.Problem, doctor.CauseConfiguration, "merchantId: is not set | set PAYRECONCILE_MERCHANT_ID"}.holds(t, checks...)
	want{doctor.Problem, doctor.CauseConfiguration, "apiKeyId: is not set"}.holds(t, checks...)
	require.Len(t, doctor.Settings(cfg, true), 2, "without the platform the merchant is all that is missing")
	want{doctor.OK, "", "LIVE: what is applied here moves REAL MONEY"}.holds(t, doctor.Environment(cfg))
}

func TestUnreadable(t *testing.T) {
	t.Parallel()
	_, err := config.Load(config.Flags{}, func(name string) string {
		return map[string]string{"PAYRECONCILE_MAX_AMOUNTS": "EUR:1.00", "PAYRECONCILE_API_SECRET": "hush \n"}[name]
	})
	checks := doctor.Unreadable(err)
	want{doctor.Problem, doctor.CauseConfiguration, "PAYRECONCILE_MAX_AMOUNTS: this variable is not read | did you mean PAYRECONCILE_MAX_AMOUNT?"}.holds(t, checks...)
	want{doctor.Problem, doctor.CauseConfiguration, "PAYRECONCILE_API_SECRET: the secret has a line break in it"}.holds(t, checks...)
	require.NotContains(t, lines(checks...), "hush")
}

func TestVariables(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		environ []string
		want    want
	}{
		"known":         {[]string{"PAYRECONCILE_MAX_CALLS=7", "PAYRECONCILE_ACTOR=ada", "HOME=/"}, want{doctor.OK, "", "2 variables"}},
		"misspelt":      {[]string{"PAYRECONCILE_MAXX_CALLS=7"}, want{doctor.Warning, "", "nothing reads \"PAYRECONCILE_MAXX_CALLS\" | did you mean PAYRECONCILE_MAX_CALLS?"}},
		"in small":      {[]string{"payreconcile_rate=7"}, want{doctor.Warning, "", "did you mean PAYRECONCILE_RATE?"}},
		"somebody else": {[]string{"PAYRECONCILE_DASHBOARD_COLOUR=red"}, want{doctor.OK, "", "0 variables"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := doctor.Variables(tt.environ, "PAYRECONCILE_ACTOR")
			tt.want.holds(t, c)
			require.NotContains(t, lines(c), "7")
		})
	}
}

func TestSecret(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]want{
		"":                           {doctor.Skipped, "", "none"},
		"c2VjcmV0LXdpdGgtbm8tc3BhY2": {doctor.OK, "", "26 characters"},
		"two words of it":            {doctor.Warning, "", "a space"},
		"zero\u200bwidthzerowidth":   {doctor.Warning, "", "copy it again"},
		"short":                      {doctor.Warning, "", "only 5 characters"},
	} {
		c := doctor.Secret(load(t, map[string]string{"PAYRECONCILE_API_SECRET": text}))
		want.holds(t, c)
		if text != "" {
			require.NotContains(t, lines(c), text)
		}
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put := func(name string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte("x"), 0o600))
		require.NoError(t, os.Chmod(path, mode))
		return path
	}
	cfg := load(t, map[string]string{
		"PAYRECONCILE_API_SECRET_FILE": put("secret", 0o604), "PAYRECONCILE_JOURNAL": put("j.db", 0o644),
		"PAYRECONCILE_APPROVERS": put("approvers.yaml", 0o666), "PAYRECONCILE_POLICY": put("policy.yaml", 0o644),
	})
	checks := doctor.Files(cfg)
	require.Len(t, checks, 3)
	want{doctor.Warning, "", "everybody on this machine can read or write it; run chmod 600"}.holds(t, checks...)
	want{doctor.Warning, "", "approvers.yaml | chmod o-w "}.holds(t, checks...)
	want{doctor.Warning, "", "the journal " + dir + "/j.db | chmod 600 "}.holds(t, checks...)

	cfg = load(t, map[string]string{"PAYRECONCILE_API_SECRET_FILE": put("safe", 0o600)})
	require.Equal(t, "ok files: "+dir+"/safe\n", lines(doctor.Files(cfg)...))
}

func TestSigningKey(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(path, []byte("PRIVATE+KEY"), 0o600))
	get := func(name, value string) func(string) string {
		return func(n string) string { return map[string]string{name: value}[n] }
	}
	want{doctor.OK, "", "none in this environment"}.holds(t, doctor.SigningKey(get("", "")))
	c := doctor.SigningKey(get("PAYRECONCILE_APPROVAL_KEY", "PRIVATE+KEY+ada+x"))
	want{doctor.Warning, "", "whoever runs here can approve what it applies"}.holds(t, c)
	require.NotContains(t, lines(c), "PRIVATE")
	want{doctor.Warning, "", "keep it to the one job"}.holds(t, doctor.SigningKey(get("PAYRECONCILE_APPROVAL_KEY_FILE", path)))
	require.NoError(t, os.Chmod(path, 0o644))
	want{doctor.Warning, "", "chmod 600"}.holds(t, doctor.SigningKey(get("PAYRECONCILE_APPROVAL_KEY_FILE", path)))
}

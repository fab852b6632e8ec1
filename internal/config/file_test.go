package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/config"
)

func TestYAMLFaults(t *testing.T) {
	t.Parallel()
	const names = "possible here: sdkConfig, endpoint, environment, merchantId, apiKeyId, apiSecretFile, integrator, journal, journalId, " +
		"captureAmountUnit, refundOnOpenCapture, parallelism, rate, planTTL, keyWindow, callTimeout, connectTimeout, maxCalls, maxAmount, policy, approvers"
	for name, tt := range map[string]struct{ yaml, want string }{
		"unknown":        {"zebra: 1\n", `1:1: unknown setting "zebra" (` + names + `)`},
		"almost known":   {"merchantid: x\n", `1:1: unknown setting "merchantid" (did you mean merchantId?)`},
		"other spelling": {"max_amount: x\n", `1:1: unknown setting "max_amount" (did you mean maxAmount?)`},
		"a letter off":   {"\nparalelism: 3\n", `2:1: unknown setting "paralelism" (did you mean parallelism?)`},
		"twice":          {"journal: a\njournal: b\n", "2:1: journal: is written twice (keep one of the two)"},
		"anchor":         {"journal: &a x\n", "1:10: journal: an anchor (&) is not possible here (write the value out)"},
		"alias":          {"journal: &a x\nendpoint: *a\n", "1:10: journal: an anchor (&) is not possible here (write the value out)\n2:11: endpoint: an alias (*) is not possible here (write the value out)"},
		"unknown alias":  {"journal: *a\n", "1:1: this is not valid YAML: an alias (*) is used (look at this line and the one above)"},
		"merge":          {"<<: {journal: x}\n", "1:1: a key that is not a name (write each setting as name: value)"},
		"tag":            {"journal: !!str x\n", "1:10: journal: a YAML tag (!) is not possible here (write the value out)"},
		"list":           {"journal: [a, b]\n", "1:10: journal: is not a single value (write journal: value)"},
		"mapping":        {"endpoint:\n  host: x\n", "2:3: endpoint: is not a single value (write endpoint: value)"},
		"list of lists":  {"maxAmount: [[EUR:1.00]]\n", "1:13: maxAmount: is not a single value (write maxAmount: value)"},
		"empty list":     {"maxAmount: []\n", "1:12: maxAmount: has no value (write a value, or leave the setting out)"},
		"empty":          {"journal:\n", "1:9: journal: has no value (write a value, or leave the setting out)"},
		"null":           {"journal: ~\n", "1:10: journal: has no value (write a value, or leave the setting out)"},
		"empty text":     {"journal: ''\n", "1:10: journal: has no value (write a value, or leave the setting out)"},
		"no mapping":     {"- journal\n", "1:1: is not a list of settings (write each setting as name: value)"},
		"two documents":  {"journal: a\n---\njournal: b\n", "2:1: this is not valid YAML: a second document begins (look at this line and the one above)"},
		"syntax":         {"journal: 'x\n", "2:1: this is not valid YAML: found unexpected end of stream (look at this line and the one above)"},
		"complex key":    {"? [a]\n: b\n", "1:3: a key that is not a name (write each setting as name: value)"},
		"parser's panic": {"? [a]\n: b\n<<: {c: d}", "1:3: a key that is not a name (write each setting as name: value)\n3:1: a key that is not a name (write each setting as name: value)"},
		"secret": {
			"apiSecret: x\n", "1:1: a secret does not belong in this file (set PAYRECONCILE_API_SECRET, or put the secret in a file of its own and name that by " +
				"PAYRECONCILE_API_SECRET_FILE or --api-secret-file, or apiSecretFile in payreconcile.yaml)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := strings.ReplaceAll(setup{yaml: tt.yaml}.faults(t), "DIR/payreconcile.yaml:", "")
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEmptyYAML(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"# nothing\n", "---\n", "~\n", "{}\n", "\n"} {
		setup{yaml: text}.mustLoad(t)
	}
}

func TestProperties(t *testing.T) {
	t.Parallel()
	cfg, dir := setup{sdk: "\ufeff; official file\r\n" + `[Other]
anything goes here
onlinePayments.api.integrator = not this

[OnlinePaymentsSDK]
# connection
onlinepayments.api..endpoint.scheme: https
onlinePayments.api.endpoint.HOST = payment.preprod.payone.com
onlinePayments.api.endpoint.port=-1
onlinePayments.api.authorizationType=v1HMAC
onlinePayments.api.connectTimeout=5
onlinePayments.api.socketTimeout=300
onlinePayments.api.maxConnections=10
onlinePayments.api.integrator = Shop ; & # Sons
onlinePayments.api.proxy.uri = http://user:pw@proxy
onlinePayments.api.shoppingCartExtension.name = ignored
other.key = a
  goes on here
`}.mustLoad(t)
	require.Equal(t, "https://payment.preprod.payone.com", cfg.Endpoint)
	require.Equal(t, "test", cfg.Environment)
	require.Equal(t, 5*time.Second, cfg.ConnectTimeout)
	require.Equal(t, 5*time.Minute, cfg.CallTimeout)
	require.Equal(t, 10, cfg.Parallelism)
	require.Equal(t, "Shop ; & # Sons", cfg.Integrator, "comments stand on lines of their own")
	require.Equal(t, []string{filepath.Join(dir, "sdk.ini") + ":16:1: proxy.uri is not used; set HTTPS_PROXY instead"}, cfg.Warnings)
	require.Equal(t, filepath.Join(dir, "sdk.ini")+":9:1", cfg.Origin("endpoint"))
}

// Java and .NET write milliseconds and no section.
func TestPropertiesOfJava(t *testing.T) {
	t.Parallel()
	cfg, _ := setup{sdk: `! Java
onlinePayments.api.endpoint.host=127.0.0.1
onlinePayments.api.endpoint.scheme=http
onlinePayments.api.endpoint.port=8080
onlinePayments.api.connectTimeout=2000
onlinePayments.api.socketTimeout=30000
`}.mustLoad(t)
	require.Equal(t, "http://127.0.0.1:8080", cfg.Endpoint)
	require.Equal(t, "sandbox", cfg.Environment)
	require.Equal(t, 2*time.Second, cfg.ConnectTimeout)
	require.Equal(t, 30*time.Second, cfg.CallTimeout)
}

func TestPropertiesDefaultSection(t *testing.T) {
	t.Parallel()
	cfg, _ := setup{sdk: "[DEFAULT]\nonlinePayments.api.integrator=a\nonlinePayments.api.maxConnections=7\n[OnlinePaymentsSDK]\nonlinePayments.api.integrator=b\n"}.mustLoad(t)
	require.Equal(t, "b", cfg.Integrator)
	require.Equal(t, 7, cfg.Parallelism)
}

func TestPropertiesFaults(t *testing.T) {
	t.Parallel()
	const section = "[OnlinePaymentsSDK]\n"
	for name, tt := range map[string]struct{ ini, want string }{
		"no such section": {"[Payments]\na=b\n", "1:1: has no section [OnlinePaymentsSDK] (write [OnlinePaymentsSDK] above the settings)"},
		"section twice":   {section + section, "2:1: section [OnlinePaymentsSDK] is there twice (keep one of the two)"},
		"key twice":       {section + "onlinePayments.api.integrator=a\nONLINEPAYMENTS.api.integrator=b\n", "3:1: onlinePayments.api.integrator is there twice (keep one of the two)"},
		"no delimiter":    {section + "onlinePayments.api.integrator\n", "2:1: is neither a setting, a section nor a comment (write key = value)"},
		"indented":        {section + "onlinePayments.api.endpoint.host=h.example\n  onlinePayments.api.integrator=a\n", "3:3: this line is indented and so belongs to the value above (write every setting on one line, from the first column)"},
		"authorization":   {section + "onlinePayments.api.authorizationType=v2\n", "2:1: authorizationType is none that is known (write v1HMAC, or leave it out)"},
		"host with path":  {section + "onlinePayments.api.endpoint.host=h.example/v2\n", "2:1: endpoint: has a path, query or fragment (leave out everything after the host; paths are added to each call)"},
		"connections":     {section + "onlinePayments.api.maxConnections=ten\n", "2:1: parallelism: is not a number of calls (write a number from 1 to 1024)"},
		"timeout":         {section + "onlinePayments.api.socketTimeout=900\n", "2:1: callTimeout: is out of bounds (write something from 1s to 5m)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := strings.ReplaceAll(setup{sdk: tt.ini}.faults(t), "DIR/sdk.ini:", "")
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

// Whatever the files hold, reading them ends in a configuration within its
// bounds or in faults that say where.
func fuzz(f *testing.F, name string, flags func(path string) config.Flags) {
	f.Helper()
	path := filepath.Join(f.TempDir(), name)
	f.Fuzz(func(t *testing.T, data []byte) {
		require.NoError(t, os.WriteFile(path, data, 0o600))
		cfg, err := config.Load(flags(path), func(string) string { return "" })
		if err != nil {
			listed(t, err, filepath.Dir(path))
			require.Contains(t, err.Error(), path)
			return
		}
		require.NotContains(t, cfg.Endpoint, "@")
		require.True(t, cfg.Endpoint == "" || strings.HasPrefix(cfg.Endpoint, "https://") || cfg.Environment != "live")
		require.True(t, cfg.KeyWindow < 24*time.Hour && cfg.CallTimeout <= 5*time.Minute && cfg.Parallelism > 0)
	})
}

func FuzzYAML(f *testing.F) {
	f.Add([]byte(everything))
	f.Add([]byte("? [a]\n: b\n<<: {c: d}"))
	f.Add([]byte("a: &a [*a]\n"))
	f.Add([]byte("maxAmount:\n  - EUR:1.00\n  - 2.00 USD\n"))
	fuzz(f, "payreconcile.yaml", func(path string) config.Flags { return config.Flags{ConfigFile: path} })
}

func FuzzProperties(f *testing.F) {
	f.Add([]byte("[OnlinePaymentsSDK]\nonlinePayments.api.endpoint.host = payment.payone.com\n more\n"))
	f.Add([]byte("onlinePayments.api..endpoint.port:1\r\n[DEFAULT]\n[]\n="))
	fuzz(f, "sdk.ini", func(path string) config.Flags { return config.Flags{SDKConfig: path} })
}

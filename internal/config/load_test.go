package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/config"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A setup is what the sources of a test say. Names of files in it stand for
// files in a folder of the test's own, whose path shows as "DIR".
type setup struct {
	flags config.Flags
	env   map[string]string
	yaml  string
	sdk   string
	files map[string]string
}

func (s setup) load(t *testing.T) (*config.Config, string, error) {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	for name, text := range s.files {
		write(name, text)
	}
	f := s.flags
	if s.yaml != "" {
		f.ConfigFile = write("payreconcile.yaml", s.yaml)
	}
	if s.sdk != "" {
		f.SDKConfig = write("sdk.ini", s.sdk)
	}
	f.APISecretFile = strings.ReplaceAll(f.APISecretFile, "DIR", dir)
	cfg, err := config.Load(f, func(name string) string { return strings.ReplaceAll(s.env[name], "DIR", dir) })
	return cfg, dir, err
}

// mustLoad is load for configurations without fault.
func (s setup) mustLoad(t *testing.T) (*config.Config, string) {
	t.Helper()
	cfg, dir, err := s.load(t)
	require.NoError(t, err)
	return cfg, dir
}

// faults lists the faults of a configuration with their hints, one a line.
func (s setup) faults(t *testing.T) string {
	t.Helper()
	_, dir, err := s.load(t)
	require.Error(t, err)
	return listed(t, err, dir)
}

func listed(t *testing.T, err error, dir string) string {
	t.Helper()
	var faults spec.Errors
	require.ErrorAs(t, err, &faults)
	var lines []string
	for _, f := range faults {
		require.NotEmpty(t, f.Hint, "%v says nothing of what to do", f)
		lines = append(lines, f.Error()+" ("+f.Hint+")")
	}
	return strings.ReplaceAll(strings.Join(lines, "\n"), dir+string(filepath.Separator), "DIR/")
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	cfg, _ := setup{}.mustLoad(t)
	want := &config.Config{
		Journal: "payreconcile.db", Integrator: "payreconcile", Parallelism: 16, PlanTTL: 24 * time.Hour,
		KeyWindow: 23 * time.Hour, CallTimeout: time.Minute, ConnectTimeout: 5 * time.Second,
		MaxAmount: map[spec.Currency]int64{},
	}
	if diff := cmp.Diff(want, cfg, cmpopts.IgnoreUnexported(config.Config{}, config.Secret{})); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
}

const everything = `
endpoint: https://payment.preprod.payone.com
environment: test
merchantId: shop-eu
apiKeyId: KEY
apiSecretFile: secret.txt
integrator: Shop GmbH
journal: state/journal.db
journalId: JRN-1
captureAmountUnit: minor
refundOnOpenCapture: true
parallelism: 32
rate: 50
planTTL: 2h
keyWindow: 20h
callTimeout: 30s
connectTimeout: 2s
maxCalls: 500
maxAmount: [EUR:1000.00, JPY:100000]
policy: rules/policy.yaml
approvers: /etc/payreconcile/approvers.yaml
`

func TestFileSetsEverything(t *testing.T) {
	t.Parallel()
	cfg, dir := setup{yaml: everything, files: map[string]string{"secret.txt": "s3cret\n"}}.mustLoad(t)
	want := &config.Config{
		Endpoint: "https://payment.preprod.payone.com", Environment: "test", MerchantID: "shop-eu", APIKeyID: "KEY",
		Integrator: "Shop GmbH", Journal: filepath.Join(dir, "state/journal.db"), JournalID: "JRN-1",
		CaptureAmountUnit: plan.CaptureUnitMinor, RefundOnOpenCapture: true, Parallelism: 32, Rate: 50, PlanTTL: 2 * time.Hour,
		KeyWindow: 20 * time.Hour, CallTimeout: 30 * time.Second, ConnectTimeout: 2 * time.Second,
		MaxCalls: 500, MaxAmount: map[spec.Currency]int64{"EUR": 1000_00, "JPY": 100000},
		Policy: filepath.Join(dir, "rules/policy.yaml"), Approvers: "/etc/payreconcile/approvers.yaml",
		Files: []string{filepath.Join(dir, "payreconcile.yaml"), filepath.Join(dir, "secret.txt")},
	}
	if diff := cmp.Diff(want, cfg, cmpopts.IgnoreUnexported(config.Config{}, config.Secret{})); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
	require.Equal(t, "s3cret", cfg.APISecret.Reveal())
	require.NoError(t, cfg.RequireConnection())
	require.Equal(t, plan.Env{Name: "test", Merchant: "shop-eu", CaptureUnit: "minor", RefundOpen: true}, cfg.Env())
	for _, s := range config.Settings() {
		if s.Name != "" && s.Name != "apiSecret" && s.Name != "sdkConfig" && !s.EnvOnly {
			require.Contains(t, everything, "\n"+s.Name+": ", "this test has to set everything")
		}
	}
}

// Every source is set, and taken away one after the other: what remains shows
// which goes before which.
func TestPrecedence(t *testing.T) {
	t.Parallel()
	const ini = "[OnlinePaymentsSDK]\nonlinePayments.api.endpoint.host = payment.payone.com\nonlinePayments.api.maxConnections = 4\n"
	s := setup{
		flags: config.Flags{Endpoint: "https://one.example", Environment: "one", Parallelism: 1},
		env:   map[string]string{"PAYRECONCILE_ENDPOINT": "https://two.example", "PAYRECONCILE_ENVIRONMENT": "two", "PAYRECONCILE_PARALLELISM": "2"},
		yaml:  "endpoint: https://three.example\nenvironment: three\nparallelism: 3\n",
		sdk:   ini,
	}
	check := func(endpoint, environment string, parallelism int, origin string) {
		t.Helper()
		cfg, dir := s.mustLoad(t)
		require.Equal(t, endpoint, cfg.Endpoint)
		require.Equal(t, environment, cfg.Environment)
		require.Equal(t, parallelism, cfg.Parallelism)
		require.Equal(t, origin, strings.ReplaceAll(cfg.Origin("parallelism"), dir, "DIR"))
	}
	check("https://one.example", "one", 1, "--parallelism")
	s.flags = config.Flags{}
	check("https://two.example", "two", 2, "PAYRECONCILE_PARALLELISM")
	s.env = map[string]string{"PAYRECONCILE_ENDPOINT": ""} // empty is none
	check("https://three.example", "three", 3, "DIR/payreconcile.yaml:3:14")
	s.yaml = "# nothing\n"
	check("https://payment.payone.com", "live", 4, "DIR/sdk.ini:3:1")
	s.sdk = ""
	check("", "", 16, "")
}

// The secret of one source must not be taken with the key of another by
// accident: the first source that has either a secret or a file of one wins.
func TestSecretPrecedence(t *testing.T) {
	t.Parallel()
	s := setup{
		flags: config.Flags{APISecretFile: "DIR/one"}, env: map[string]string{"PAYRECONCILE_API_SECRET": "two"},
		yaml: "apiSecretFile: three\n", files: map[string]string{"one": "one\r\n", "three": "three\n\n", "two": "two"},
	}
	check := func(want, origin string) {
		t.Helper()
		cfg, dir := s.mustLoad(t)
		require.Equal(t, want, cfg.APISecret.Reveal())
		require.Equal(t, origin, strings.ReplaceAll(cfg.Origin("apiSecret"), dir, "DIR"))
	}
	check("one", "--api-secret-file")
	s.flags = config.Flags{}
	check("two", "PAYRECONCILE_API_SECRET")
	s.env = map[string]string{"PAYRECONCILE_API_SECRET_FILE": "DIR/two"}
	check("two", "PAYRECONCILE_API_SECRET_FILE")
	s.env = nil
	check("three", "DIR/payreconcile.yaml:1:16")
}

func TestEnvironmentOfEndpoint(t *testing.T) {
	t.Parallel()
	for endpoint, want := range map[string][2]string{
		"https://payment.payone.com":                             {"https://payment.payone.com", "live"},
		"https://PAYMENT.payone.com:443/":                        {"https://payment.payone.com", "live"},
		"https://payment.preprod.payone.com":                     {"https://payment.preprod.payone.com", "test"},
		"https://payment.direct.worldline-solutions.com":         {"https://payment.direct.worldline-solutions.com", "live"},
		"https://payment.preprod.direct.worldline-solutions.com": {"https://payment.preprod.direct.worldline-solutions.com", "test"},
		"http://127.0.0.1:8080":                                  {"http://127.0.0.1:8080", "sandbox"},
		"http://localhost:80":                                    {"http://localhost", "sandbox"},
		"http://[::1]:9":                                         {"http://[::1]:9", "sandbox"},
		"https://gateway.example:8443":                           {"https://gateway.example:8443", ""},
	} {
		cfg, _ := setup{flags: config.Flags{Endpoint: endpoint}}.mustLoad(t)
		require.Equal(t, want, [2]string{cfg.Endpoint, cfg.Environment}, endpoint)
	}
}

func TestDefaultFile(t *testing.T) { // changes the working directory: not parallel
	dir := t.TempDir()
	t.Chdir(dir)
	require.NoError(t, os.WriteFile("payreconcile.yaml", []byte("journal: j.db\nsdkConfig: sdk.ini\n"), 0o600))
	require.NoError(t, os.WriteFile("sdk.ini", []byte("[OnlinePaymentsSDK]\nonlinepayments.api..integrator = Guide\n"), 0o600))
	cfg, err := config.Load(config.Flags{}, func(string) string { return "" })
	require.NoError(t, err)
	require.Equal(t, "j.db", cfg.Journal)
	require.Equal(t, "Guide", cfg.Integrator)
}

func TestFaults(t *testing.T) {
	t.Parallel()
	flag := func(f config.Flags) setup { return setup{flags: f} }
	env := func(name, value string) setup { return setup{env: map[string]string{"PAYRECONCILE_" + name: value}} }
	const example = "(write scheme and host only, such as https://payment.preprod.payone.com)"
	for name, tt := range map[string]struct {
		setup setup
		want  string
	}{
		"path":        {flag(config.Flags{Endpoint: "https://payment.payone.com/v2/shop"}), "--endpoint: has a path, query or fragment (leave out everything after the host; paths are added to each call)"},
		"query":       {flag(config.Flags{Endpoint: "https://payment.payone.com?x=1"}), "--endpoint: has a path, query or fragment (leave out everything after the host; paths are added to each call)"},
		"fragment":    {flag(config.Flags{Endpoint: "https://payment.payone.com#"}), "--endpoint: has a path, query or fragment (leave out everything after the host; paths are added to each call)"},
		"no scheme":   {env("ENDPOINT", "payment.payone.com"), "PAYRECONCILE_ENDPOINT: has no scheme or no host " + example},
		"host:port":   {env("ENDPOINT", "payment.payone.com:443"), "PAYRECONCILE_ENDPOINT: is not an address that can be read " + example},
		"space":       {env("ENDPOINT", " https://payment.payone.com"), "PAYRECONCILE_ENDPOINT: is not an address that can be read " + example},
		"ftp":         {env("ENDPOINT", "ftp://payment.payone.com"), "PAYRECONCILE_ENDPOINT: has a scheme other than https " + example},
		"dot":         {env("ENDPOINT", "https://payment.payone.com."), "PAYRECONCILE_ENDPOINT: has a host or port that cannot be " + example},
		"homoglyph":   {env("ENDPOINT", "https://pаyment.payone.com"), "PAYRECONCILE_ENDPOINT: has a host or port that cannot be " + example},
		"port":        {env("ENDPOINT", "https://payment.payone.com:70000"), "PAYRECONCILE_ENDPOINT: has a host or port that cannot be " + example},
		"plain http":  {env("ENDPOINT", "http://payment.payone.com"), "PAYRECONCILE_ENDPOINT: sends payments unencrypted (write https; plain http is possible only to this machine (127.0.0.1, localhost))"},
		"almost here": {env("ENDPOINT", "http://localhost.example"), "PAYRECONCILE_ENDPOINT: sends payments unencrypted (write https; plain http is possible only to this machine (127.0.0.1, localhost))"},
		"live is not test": {
			flag(config.Flags{Endpoint: "https://payment.payone.com", Environment: "test"}),
			"--environment: says something else than the endpoint, which is the platform's live environment (leave the environment out, or give the endpoint that is meant)",
		},
		"test is not live": {
			setup{yaml: "environment: live\nendpoint: https://payment.preprod.payone.com\n"},
			"DIR/payreconcile.yaml:1:14: environment: says something else than the endpoint, which is the platform's test environment (leave the environment out, or give the endpoint that is meant)",
		},
		"known host, own name":    {flag(config.Flags{Endpoint: "https://payment.payone.com", Environment: "shop"}), "--environment: says something else than the endpoint, which is the platform's live environment (leave the environment out, or give the endpoint that is meant)"},
		"this machine is no live": {flag(config.Flags{Endpoint: "http://127.0.0.1:1", Environment: "live"}), "--environment: says live, and the endpoint is this machine (leave the environment out: it is called sandbox then)"},
		"capital letters":         {env("ENVIRONMENT", "Live"), "PAYRECONCILE_ENVIRONMENT: is not a name of an environment (write up to 40 small letters, digits, dots and dashes, such as live, test or sandbox)"},
		"merchant":                {env("MERCHANT_ID", "a/b"), "PAYRECONCILE_MERCHANT_ID: is not a merchant id (write it as the platform's portal shows it (PSPID), without spaces)"},
		"key":                     {env("API_KEY_ID", "a b"), "PAYRECONCILE_API_KEY_ID: is not the id of an API key (write it as the platform's portal shows it, without spaces)"},
		"parallelism":             {env("PARALLELISM", "0"), "PAYRECONCILE_PARALLELISM: is not a number of calls (write a number from 1 to 1024)"},
		"rate":                    {env("RATE", "fast"), "PAYRECONCILE_RATE: is not a number of requests a second (write a number from 1 to 100000, or leave it out for no limit)"},
		"negative flag":           {flag(config.Flags{Parallelism: -1}), "--parallelism: is not a number of calls (write a number from 1 to 1024)"},
		"no unit":                 {env("CALL_TIMEOUT", "60"), "PAYRECONCILE_CALL_TIMEOUT: is not a span of time (write number and unit, such as 90s, 15m or 23h)"},
		"key window":              {env("KEY_WINDOW", "24h"), "PAYRECONCILE_KEY_WINDOW: is out of bounds (write something from 10m to 23h59m)"},
		"plan ttl":                {env("PLAN_TTL", "0s"), "PAYRECONCILE_PLAN_TTL: is out of bounds (write something from 1m to 168h)"},
		"timeouts":                {setup{yaml: "callTimeout: 5s\nconnectTimeout: 6s\n"}, "DIR/payreconcile.yaml:2:17: connectTimeout: is longer than callTimeout (a connection is part of a call: make it the shorter of the two)"},
		"unit":                    {env("CAPTURE_AMOUNT_UNIT", "cents"), "PAYRECONCILE_CAPTURE_AMOUNT_UNIT: is neither minor nor hundredths (ask the platform how captures are read in this environment; there is no default)"},
		"yes":                     {setup{yaml: "refundOnOpenCapture: yes\n"}, "DIR/payreconcile.yaml:1:22: refundOnOpenCapture: is neither true nor false (write true to refund while more can be captured, else leave it out)"},
		"cap without decimals":    {env("MAX_AMOUNT", "EUR:1000"), "PAYRECONCILE_MAX_AMOUNT: is not money (write currency and amount with all its decimals, such as EUR:1000.00 or JPY:100000, several with commas between them)"},
		"cap twice":               {flag(config.Flags{MaxAmount: []string{"EUR:1.00", "2.00 EUR"}}), "--max-amount: has two caps for EUR (keep one a currency)"},
		"no calls at all":         {env("MAX_CALLS", "0"), "PAYRECONCILE_MAX_CALLS: is not a number of calls (write a number from 1 on, or leave it out for no cap)"},
		"password in journal":     {env("JOURNAL", "postgres://me:pw@db/x"), "PAYRECONCILE_JOURNAL: has a password in it (leave it out, and give it by PGPASSWORD or a file that PGPASSFILE names)"},
		"password in query":       {env("JOURNAL", "postgres://db/x?sslpassword=pw"), "PAYRECONCILE_JOURNAL: has a password in it (leave it out, and give it by PGPASSWORD or a file that PGPASSFILE names)"},
		"other database":          {env("JOURNAL", "mysql://db/x"), "PAYRECONCILE_JOURNAL: is neither a path nor a URL of a database (write a path, or postgres://host/database)"},
		"tilde":                   {setup{yaml: "journal: ~/j.db\n"}, "DIR/payreconcile.yaml:1:10: journal: starts with ~, which only a shell understands (write the folder out)"},
		"misspelt variable":       {env("MERCHANTID", "x"), "PAYRECONCILE_MERCHANTID: this variable is not read (did you mean PAYRECONCILE_MERCHANT_ID?)"},
		"cap under another name":  {env("MAX_AMOUNTS", "x"), "PAYRECONCILE_MAX_AMOUNTS: this variable is not read (did you mean PAYRECONCILE_MAX_AMOUNT?)"},
		"no such file":            {flag(config.Flags{ConfigFile: "/nowhere/x.yaml"}), "--config: the file cannot be read: no such file or directory (check the path; it is relative to the working directory)"},
		"no such sdk file":        {env("SDK_CONFIG", "/nowhere/x.ini"), "PAYRECONCILE_SDK_CONFIG: the file cannot be read: no such file or directory (check the path)"},
		"no such secret":          {flag(config.Flags{APISecretFile: "/nowhere/x"}), "--api-secret-file: the file of the secret cannot be read: no such file or directory (check the path and its permissions)"},
		"secret is a folder":      {flag(config.Flags{APISecretFile: "DIR"}), "--api-secret-file: the file of the secret is none (name a file that holds nothing but the secret)"},
		"empty secret":            {setup{flags: config.Flags{APISecretFile: "DIR/s"}, files: map[string]string{"s": "\n"}}, "--api-secret-file: the secret is empty (put the secret of the API key there, as the platform's portal showed it)"},
		"two lines":               {setup{flags: config.Flags{APISecretFile: "DIR/s"}, files: map[string]string{"s": "id\nsecret\n"}}, "--api-secret-file: the secret has a line break in it, or a space around it (put nothing there but the secret, as the platform's portal showed it)"},
		"long secret":             {setup{flags: config.Flags{APISecretFile: "DIR/s"}, files: map[string]string{"s": strings.Repeat("x", 5000)}}, "--api-secret-file: the file of the secret is longer than any secret (name a file that holds nothing but the secret)"},
		"two secrets":             {setup{env: map[string]string{"PAYRECONCILE_API_SECRET": "x", "PAYRECONCILE_API_SECRET_FILE": "y"}}, "PAYRECONCILE_API_SECRET_FILE: is set beside PAYRECONCILE_API_SECRET (keep one of the two)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, tt.setup.faults(t)); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAllFaultsAtOnce(t *testing.T) {
	t.Parallel()
	got := setup{
		flags: config.Flags{Endpoint: "x", Parallelism: -1}, env: map[string]string{"PAYRECONCILE_MAX_CALLS": "many"},
		yaml: "nonsense: 1\nplanTTL: soon\n", sdk: "onlinePayments.api.socketTimeout=0\n",
	}.faults(t)
	require.Equal(t, 6, strings.Count(got, "\n")+1, got)
}

func TestMissing(t *testing.T) {
	t.Parallel()
	cfg, dir := setup{}.mustLoad(t)
	want := `endpoint: is not set (set PAYRECONCILE_ENDPOINT, or give --endpoint, or write endpoint in payreconcile.yaml, or give --sdk-config a file that has onlinePayments.api.endpoint.host)
merchantId: is not set (set PAYRECONCILE_MERCHANT_ID, or give --merchant-id, or write merchantId in payreconcile.yaml)
apiKeyId: is not set (set PAYRECONCILE_API_KEY_ID, or give --api-key-id, or write apiKeyId in payreconcile.yaml)
apiSecret: is not set (set PAYRECONCILE_API_SECRET, or put the secret in a file of its own and name that by PAYRECONCILE_API_SECRET_FILE or --api-secret-file, or apiSecretFile in payreconcile.yaml)`
	if diff := cmp.Diff(want, listed(t, cfg.RequireConnection(), dir)); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
	want = `environment: is not set (set PAYRECONCILE_ENVIRONMENT, or give --environment, or write environment in payreconcile.yaml, or give the endpoint of a known host)
merchantId: is not set (set PAYRECONCILE_MERCHANT_ID, or give --merchant-id, or write merchantId in payreconcile.yaml)`
	if diff := cmp.Diff(want, listed(t, cfg.RequireMerchant(), dir)); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}

	// An endpoint that nobody knows needs a name, for the keys.
	s := setup{
		flags: config.Flags{Endpoint: "https://gateway.example", MerchantID: "m", APIKeyID: "k"},
		env:   map[string]string{"PAYRECONCILE_API_SECRET": "s"},
	}
	cfg, dir = s.mustLoad(t)
	require.Contains(t, listed(t, cfg.RequireConnection(), dir), "environment: is not set")
	s.flags.Environment = "gateway"
	cfg, _ = s.mustLoad(t)
	require.NoError(t, cfg.RequireConnection())
	require.NoError(t, cfg.RequireMerchant())
}

// What is checked against a pin may come with the branch of the person who is
// checked; the pin may not.
func TestPins(t *testing.T) {
	t.Parallel()
	sum := strings.Repeat("Ab", 32)
	cfg, _ := setup{env: map[string]string{"PAYRECONCILE_POLICY_SHA256": sum}}.mustLoad(t)
	require.Equal(t, strings.ToLower(sum), cfg.PolicySHA256)
	for _, bad := range []string{sum[1:], sum + "00", "x" + sum[1:], "any"} {
		faults := setup{env: map[string]string{"PAYRECONCILE_APPROVERS_SHA256": bad}}.faults(t)
		require.Equal(t, "PAYRECONCILE_APPROVERS_SHA256: is not a SHA-256 (write 64 hexadecimal digits, as sha256sum prints them)", faults)
	}
	require.Contains(t, setup{yaml: "policySHA256: " + sum + "\n"}.faults(t), `unknown setting "policySHA256"`)
}

package sdk_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/payreconcile/payreconcile/pkg/sdk"
	"github.com/payreconcile/payreconcile/pkg/sdk/model"
)

const needed = "onlinePayments.api.integrator=Example Shop\nonlinePayments.api.endpoint.host=payment.example\n"

func TestReadConfig(t *testing.T) {
	t.Parallel()
	base := sdk.Config{
		Endpoint: "https://payment.example", Integrator: "Example Shop",
		ConnectTimeout: 5 * time.Second, Timeout: 5 * time.Minute, MaxConnections: 10,
	}
	for name, tt := range map[string]struct {
		text   string
		change func(*sdk.Config)
	}{
		"the least":                   {"[OnlinePaymentsSDK]\n" + needed, nil},
		"with BOM and CRLF":           {"\ufeff[OnlinePaymentsSDK]\r\n" + strings.ReplaceAll(needed, "\n", "\r\n"), nil},
		"another case":                {"[onlinepaymentssdk]\n" + strings.ToUpper(strings.Split(needed, "=")[0]) + "=Example Shop\nOnlinePayments.API.Endpoint.Host: payment.example", nil},
		"spaces, colons and comments": {"; a\n# b\n[ OnlinePaymentsSDK ]\n ; c\nonlinepayments.api.integrator : Example Shop\n\nonlinepayments.api.endpoint.host\t=payment.example ", nil},
		"other sections":              {"[a]\nx=1\n[OnlinePaymentsSDK]\n" + needed + "[b]\n" + needed + "nothing", nil},
		"foreign keys":                {"[OnlinePaymentsSDK]\n" + needed + "my.own=1\n", nil},
		"what only Java knows":        {"[OnlinePaymentsSDK]\n" + needed + "onlinePayments.api.connectionReuse=true\nonlinePayments.api.https.protocols=TLSv1.2", nil},
		"the guide's doubled dots": {
			"[OnlinePaymentsSDK]\n" + needed + "onlinepayments.api..endpoint.scheme=http\nonlinepayments.api..endpoint.port=8080\n",
			func(c *sdk.Config) { c.Endpoint = "http://payment.example:8080" },
		},
		"the guide's defaults": {
			"[OnlinePaymentsSDK]\n" + needed + "onlinepayments.api..endpoint.scheme=https\nonlinepayments.api..endpoint.port=-1\nonlinepayments.api.connectTimeout=5\n" +
				"onlinepayments.api.socketTimeout=300\nonlinepayments.api.maxConnections=10\nonlinepayments.api.authorizationType=v1HMAC", nil,
		},
		"limits": {
			"[OnlinePaymentsSDK]\n" + needed + "onlinePayments.api.connectTimeout=1\nonlinePayments.api.socketTimeout=60\nonlinePayments.api.maxConnections=64",
			func(c *sdk.Config) {
				c.ConnectTimeout, c.Timeout, c.MaxConnections = time.Second, time.Minute, 64
			},
		},
		"a proxy with user info": {
			"[OnlinePaymentsSDK]\n" + needed + "onlinePayments.api.proxy.uri=http://me:p%40ss@proxy.example:3128",
			func(c *sdk.Config) { c.Proxy = "http://me:p%40ss@proxy.example:3128" },
		},
		"a proxy with a name of its own": {
			"[OnlinePaymentsSDK]\n" + needed + "onlinePayments.api.proxy.uri=http://me:x@proxy.example\nonlinePayments.api.proxy.username=you\nonlinePayments.api.proxy.password=a=b:c;d#e%",
			func(c *sdk.Config) { c.Proxy = "http://you:a=b%3Ac;d%23e%25@proxy.example" },
		},
		"an extension": {
			"[OnlinePaymentsSDK]\n" + needed + "onlinePayments.api.shoppingCartExtension.creator=C\nonlinePayments.api.shoppingCartExtension.name=N\nonlinePayments.api.shoppingCartExtension.version=1\nonlinePayments.api.shoppingCartExtension.extensionId=E",
			func(c *sdk.Config) {
				c.ShoppingCartExtension = &model.ShoppingCartExtension{Creator: new("C"), Name: new("N"), Version: new("1"), ExtensionID: new("E")}
			},
		},
	} {
		want := base
		if tt.change != nil {
			tt.change(&want)
		}
		got, err := sdk.ReadConfig(strings.NewReader(tt.text))
		require.NoError(t, err, name)
		require.Empty(t, cmp.Diff(want, got), name)
	}
}

func TestReadConfigRefuses(t *testing.T) {
	t.Parallel()
	const head = "[OnlinePaymentsSDK]\n" + needed
	const api = "onlinePayments.api."
	for name, tt := range map[string]struct{ text, want string }{
		"nothing":                  {"", "section [OnlinePaymentsSDK] is missing"},
		"a file for Java":          {needed, "line 1: this comes before any section"},
		"another section only":     {"[Other]\n" + needed, "section [OnlinePaymentsSDK] is missing"},
		"the section twice":        {head + "[OnlinePaymentsSDK]\n", "line 4: section [OnlinePaymentsSDK] is there twice"},
		"an open section":          {"[OnlinePaymentsSDK\n", "line 1: the closing bracket"},
		"no separator":             {head + "nonsense\n", "line 4: expected key = value"},
		"no key":                   {head + "=x\n", "line 4: expected key = value"},
		"a key twice":              {head + "ONLINEPAYMENTS.api..integrator=y", "line 4: onlinepayments.api.integrator is there already, on line 2"},
		"binary":                   {"[OnlinePaymentsSDK]\n\x00\xff", "line 2: not text in UTF-8"},
		"huge":                     {head + strings.Repeat("; nothing\n", 200_000), "over 1048576 bytes"},
		"one huge line":            {head + strings.Repeat("x", 2<<20), "line 4: the file is over 1048576 bytes"},
		"no host":                  {"[OnlinePaymentsSDK]\n" + api + "integrator=x", "endpoint.host is missing"},
		"a blank integrator":       {"[OnlinePaymentsSDK]\n" + api + "integrator= \n" + api + "endpoint.host=h", "integrator is missing"},
		"an address as host":       {"[OnlinePaymentsSDK]\n" + api + "integrator=x\n" + api + "endpoint.host=https://payment.example/v2/", "line 3: onlinePayments.api.endpoint.host"},
		"an unknown scheme":        {head + api + "endpoint.scheme=ftp", "the scheme must be https or http"},
		"port 0":                   {head + api + "endpoint.port=0", "line 4: onlinePayments.api.endpoint.port"},
		"a port too large":         {head + api + "endpoint.port=65536", "line 4: onlinePayments.api.endpoint.port"},
		"another authorisation":    {head + api + "authorizationType=basic", "only v1HMAC is known"},
		"milliseconds":             {head + api + "socketTimeout=300000", "hold milliseconds"},
		"a time-out with its unit": {head + api + "connectTimeout=5s", "line 4: onlinePayments.api.connectTimeout: expected a whole number from 1 to 3600"},
		"no connections":           {head + api + "maxConnections=0", "from 1 to 10000"},
		"a misspelt key":           {head + api + "socketTimeOuts=3", "line 4: onlinepayments.api.sockettimeouts is not a known property"},
		"a secret in the file":     {head + api + "secretApiKey=hunter2", "line 4: keys and secrets do not belong into this file"},
		"a proxy without host":     {head + api + "proxy.uri=http://", "line 4: onlinePayments.api.proxy.uri: not a URL"},
		"a malformed proxy":        {head + api + "proxy.uri=http://me:hunter2@[", "line 4: onlinePayments.api.proxy.uri: not a URL"},
		"a password for no proxy":  {head + api + "proxy.password=hunter2", "proxy.uri is missing"},
		"a password without name":  {head + api + "proxy.uri=http://p\n" + api + "proxy.password=hunter2", "proxy.username is missing"},
		"half an extension":        {head + api + "shoppingCartExtension.name=N", "shopping cart extension without creator"},
	} {
		_, err := sdk.ReadConfig(strings.NewReader(tt.text))
		require.ErrorContains(t, err, tt.want, name)
		require.NotContains(t, err.Error(), "hunter2", name)
	}
	_, err := sdk.ReadConfig(strings.NewReader("[OnlinePaymentsSDK]\n" + api + "endpoint.port=x\n" + api + "typo=1"))
	for _, every := range []string{"integrator is missing", "endpoint.host is missing", "endpoint.port", "typo"} {
		require.ErrorContains(t, err, every)
	}
}

func TestClientFromFile(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "payments_sdk.prp")
	require.NoError(t, os.WriteFile(name, []byte("[OnlinePaymentsSDK]\n"+needed), 0o600))
	_, err := sdk.NewClientFromFile(name, keyID, secret)
	require.NoError(t, err)
	_, err = sdk.NewClientFromFile(name, keyID, " ")
	require.ErrorContains(t, err, "secret is blank")
	_, err = sdk.NewClientFromFile(name+"x", keyID, secret)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, os.WriteFile(name, []byte("[x]\n"), 0o600))
	_, err = sdk.NewClientFromFile(name, keyID, secret)
	require.ErrorContains(t, err, "payments_sdk.prp: read properties: section")
}

// TestValuesArriveAsWritten: a value is what stands between the separator and the end
// of the line, whatever characters other formats would give a meaning.
func TestValuesArriveAsWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		value := strings.TrimSpace(rapid.StringMatching(`[!-~]([ -~äß€]{0,40}[!-~])?`).Draw(t, "value"))
		sep := rapid.SampledFrom([]string{"=", ":", " = ", "\t: "}).Draw(t, "separator")
		end := rapid.SampledFrom([]string{"\n", "\r\n", ""}).Draw(t, "end")
		key := rapid.SampledFrom([]string{"onlinePayments.api.integrator", "ONLINEPAYMENTS.API..INTEGRATOR"}).Draw(t, "key")
		cfg, err := sdk.ReadConfig(strings.NewReader("[OnlinePaymentsSDK]\nonlinePayments.api.endpoint.host=h\n" + key + sep + value + end))
		if err != nil {
			t.Fatal(err)
		}
		if cfg.Integrator != value {
			t.Fatalf("read %q, wrote %q", cfg.Integrator, value)
		}
	})
}

func FuzzReadConfig(f *testing.F) {
	f.Add("[OnlinePaymentsSDK]\n" + needed)
	f.Add("[OnlinePaymentsSDK]\n" + needed + "onlinePayments.api.proxy.uri=http://a:b@c\n")
	f.Fuzz(func(t *testing.T, text string) {
		cfg, err := sdk.ReadConfig(strings.NewReader(text))
		if err != nil {
			require.Empty(t, cmp.Diff(sdk.Config{}, cfg))
			return
		}
		cfg.APIKeyID, cfg.APISecret = keyID, secret
		_, err = sdk.NewClient(cfg)
		require.NoError(t, err, "what ReadConfig accepts makes a client: %q", text)
		require.NotContains(t, fmt.Sprint(cfg), secret)
	})
}

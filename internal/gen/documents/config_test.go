package documents_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/payreconcile/payreconcile/internal/config"
)

// configured reports that payreconcile takes a payreconcile.yaml.
func configured(t tester, file, text string) bool {
	t.Helper()
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	_, err := config.Load(config.Flags{ConfigFile: file}, func(string) string { return "" })
	return err == nil
}

// configNames are the settings that payreconcile.yaml can have.
func configNames() (names []string) {
	for _, s := range config.Settings() {
		if s.Name != "" && s.Name != "apiSecret" && !s.EnvOnly {
			names = append(names, s.Name)
		}
	}
	return names
}

func TestConfigHasEverySetting(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../../docs/schema/config.json")
	require.NoError(t, err)
	var schema struct{ Properties map[string]any }
	require.NoError(t, json.Unmarshal(data, &schema))
	want := map[string]bool{}
	for _, name := range configNames() {
		want[name] = true
	}
	got := map[string]bool{}
	for name := range schema.Properties {
		got[name] = true
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
}

// fair are values that a setting may have, in the ways in which people write
// them.
var fair = map[string][]string{
	"endpoint":            {"https://payment.preprod.payone.com", "HTTPS://h.example:8443/", "http://127.0.0.1:8080", `"http://[::1]:8080"`},
	"environment":         {"test", "a1", `"7"`, "7", "1.5", "no"},
	"merchantId":          {"shop-eu", "123", `"123"`, "true", "a.b", "1e3"},
	"apiKeyId":            {"key", "0x1F", "ABC/1"},
	"integrator":          {"Shop & Co", "payreconcile", "12", "yes"},
	"journal":             {"payreconcile.db", "/var/j.db", "postgres://u@h/d?search_path=x", "5"},
	"journalId":           {"j-1", "12345", "a:b"},
	"captureAmountUnit":   {"minor", "hundredths", `"minor"`},
	"refundOnOpenCapture": {"true", "false", `"true"`, "'false'"},
	"parallelism":         {"1", "16", "1024", `"16"`, "016"},
	"rate":                {"1", "100000", `"50"`},
	"planTTL":             {"1m", "24h", `"90s"`, "1h30m", "1.5h", "168h", "+2h", "3600s", ".5h"},
	"keyWindow":           {"10m", "23h"},
	"callTimeout":         {"60s", "300000ms", "1m", "60000000us"},
	"connectTimeout":      {"5s", "1s", "5000ms"},
	"maxCalls":            {"1", "1000000000", `"5"`},
	"maxAmount":           {"EUR:1000.00", "1000.00 EUR", `"EUR:1.00,JPY:5"`, "[EUR:1.00, 5 JPY]", `"EUR: 1.00"`, `" EUR :1.00 , JPY:5"`, "[EUR:1.00]"},
	"policy":              {"policy.yaml", "rules/policy.yml", "5"},
	"approvers":           {"approvers.yaml"},
	"apiSecretFile":       {},
	"sdkConfig":           {},
}

// drawConfig draws a valid payreconcile.yaml.
func drawConfig(t *rapid.T) *tree {
	root := group()
	for _, name := range keysOf(fair) {
		if len(fair[name]) > 0 && rapid.IntRange(0, 2).Draw(t, name) == 0 {
			root.set(name, value(rapid.SampledFrom(fair[name]).Draw(t, name+" is")))
		}
	}
	return root
}

// The same for payreconcile.yaml as for manifests.
func TestRandomConfigs(t *testing.T) {
	t.Parallel()
	e := openEditor(t, "config")
	file := filepath.Join(t.TempDir(), "payreconcile.yaml")
	var seen outcomes
	names := append(configNames(), "apiSecret", "max_calls", "secret")
	rapid.Check(t, func(r *rapid.T) {
		for range 4 {
			doc := drawConfig(r)
			for range rapid.IntRange(0, 2).Draw(r, "changes") {
				mutate(r, doc, names)
			}
			if doc.kind == 'v' && core(doc.text) == nil {
				continue // no settings; an editor has nothing to look at
			}
			seen.hold(r, e, doc.String(), configured(r, file, doc.String()))
		}
	})
	breaks := [][2]string{
		{"zebra", "1"},
		{"apiSecret", "x"},
		{"endpoint", "payment.payone.com"},
		{"endpoint", "https://u:p@h.example"},
		{"endpoint", "https://h.example/v2"},
		{"endpoint", "ftp://h.example"},
		{"environment", "Live"},
		{"merchantId", `"a b"`},
		{"merchantId", "a/b"},
		{"captureAmountUnit", "cents"},
		{"refundOnOpenCapture", "maybe"},
		{"parallelism", "0"},
		{"parallelism", "1025"},
		{"parallelism", "many"},
		{"rate", "-1"},
		{"planTTL", "24"},
		{"planTTL", "1 day"},
		{"journal", "~/payreconcile.db"},
		{"journal", "[a]"},
		{"maxAmount", "1000"},
		{"maxAmount", "[]"},
		{"maxAmount", "eur:1000.00"},
		{"maxCalls", "{a: 1}"},
		{"policy", "~"},
		{"approvers", `"~/approvers.yaml"`},
	}
	rapid.Check(t, func(r *rapid.T) {
		doc := drawConfig(r)
		wrong := rapid.SampledFrom(breaks).Draw(r, "wrong")
		removeKey(doc, wrong[0])
		doc.set(wrong[0], value(wrong[1]))
		if configured(r, file, doc.String()) || e.see(doc.String()).accepts() {
			r.Fatalf("%v is not refused by both\n%s", wrong, doc)
		}
		seen.structural++
	})
	seen.check(t)
}

// What only payreconcile sees in payreconcile.yaml, with the reason.
func TestConfigFaultsThatNoSchemaShows(t *testing.T) {
	t.Parallel()
	e := openEditor(t, "config")
	file := filepath.Join(t.TempDir(), "payreconcile.yaml")
	for text, why := range map[string]string{
		"planTTL: 8760h\n":                                          "a pattern does not compare spans of time",
		"connectTimeout: 50s\ncallTimeout: 10s\n":                   "a schema does not compare values",
		"maxAmount: [EUR:1.00, EUR:2.00]\n":                         "a schema does not compare the items of a list",
		"maxAmount: EUR:1000\n":                                     "the decimals depend on the currency",
		"maxAmount: ABC:1000.00\n":                                  "the currency is part of a text",
		"endpoint: http://payment.payone.com\n":                     "which hosts are this machine is not a pattern",
		"journal: mysql://h/d\n":                                    "a path may have almost any shape",
		"journal: postgres://u:p@h/d\n":                             "a path may have almost any shape",
		"parallelism: 1.6e1\n":                                      "to an editor 16 and 1.6e1 are one number",
		"refundOnOpenCapture: True\n":                               "to an editor true and True are one value",
		"journal: &a x\n":                                           "an editor resolves anchors before it looks at the schema",
		"sdkConfig: nothing.ini\n":                                  "a schema does not open files",
		"environment: test\nendpoint: https://payment.payone.com\n": "a schema does not compare values",
	} {
		require.False(t, configured(t, file, text), text)
		require.True(t, e.see(text).accepts(), "%q is shown after all; it was thought that %s", strings.TrimSpace(text), why)
	}
}

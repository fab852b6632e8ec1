package sdk_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sdk"
	"github.com/payreconcile/payreconcile/pkg/sdk/model"
)

func TestNewClientTakesEndpoints(t *testing.T) {
	t.Parallel()
	for _, endpoint := range []string{
		sdk.PayoneTest, sdk.PayoneLive, sdk.WorldlineTest, sdk.WorldlineLive,
		"http://127.0.0.1:8080", "https://payment.example/", "http://[::1]:80",
	} {
		_, err := sdk.NewClient(config(endpoint))
		require.NoError(t, err, endpoint)
	}
}

func TestNewClientRefuses(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*sdk.Config){
		"no endpoint":         func(c *sdk.Config) { c.Endpoint = "" },
		"no scheme":           func(c *sdk.Config) { c.Endpoint = "payment.example" },
		"another scheme":      func(c *sdk.Config) { c.Endpoint = "ftp://payment.example" },
		"no host":             func(c *sdk.Config) { c.Endpoint = "https://:443" },
		"a path":              func(c *sdk.Config) { c.Endpoint = "https://payment.example/v2/" },
		"a query":             func(c *sdk.Config) { c.Endpoint = "https://payment.example?a=b" },
		"an empty query":      func(c *sdk.Config) { c.Endpoint = "https://payment.example?" },
		"a fragment":          func(c *sdk.Config) { c.Endpoint = "https://payment.example#a" },
		"an empty fragment":   func(c *sdk.Config) { c.Endpoint = "https://payment.example#" },
		"user info":           func(c *sdk.Config) { c.Endpoint = "https://me:hunter2@payment.example" },
		"a malformed port":    func(c *sdk.Config) { c.Endpoint = "https://me:hunter2@payment.example:x" },
		"a blank integrator":  func(c *sdk.Config) { c.Integrator = " \t" },
		"no key":              func(c *sdk.Config) { c.APIKeyID = "" },
		"no secret":           func(c *sdk.Config) { c.APISecret = "" },
		"a negative limit":    func(c *sdk.Config) { c.MaxResponseBytes = -1 },
		"a negative number":   func(c *sdk.Config) { c.Retry.MaxSends = -1 },
		"a negative time-out": func(c *sdk.Config) { c.Timeout = -1 },
	} {
		cfg := config("https://payment.example")
		change(&cfg)
		_, err := sdk.NewClient(cfg)
		require.Error(t, err, name)
		require.NotContains(t, err.Error(), secret, name)
		require.NotContains(t, err.Error(), "hunter2", name)
	}
}

func TestConfigHidesTheSecret(t *testing.T) {
	t.Parallel()
	cfg := config("https://me:hunter2@payment.example")
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("made", "config", cfg)
	client, err := sdk.NewClient(config("https://payment.example"))
	require.NoError(t, err)
	for _, text := range []string{
		fmt.Sprint(cfg), fmt.Sprintf("%+v", cfg), fmt.Sprintf("%#v", cfg), fmt.Sprintf("%s", []any{&cfg}), log.String(),
		fmt.Sprintf("%+v %#v", client, client),
	} {
		require.NotContains(t, text, secret)
		require.NotContains(t, text, "hunter2")
	}
	require.Contains(t, fmt.Sprint(cfg), keyID)
}

type metadata map[string]string

func (m metadata) MetadataHeaders() (map[string]string, error) { return m, nil }

func TestMetadata(t *testing.T) {
	t.Parallel()
	conn := &script{steps: []step{says(200, `{"result":"OK"}`)}}
	cfg := config("https://payment.example")
	cfg.ShoppingCartExtension = &model.ShoppingCartExtension{Creator: new("Maker"), Name: new("Cart"), Version: new("7")}
	client, err := sdk.NewClient(cfg, sdk.WithConnection(conn))
	require.NoError(t, err)
	client, err = client.WithClientMetaInfo(map[string]string{"screen": "1x1"})
	require.NoError(t, err)
	_, err = client.Merchant(merchant).Services().TestConnection(t.Context())
	require.NoError(t, err)
	require.NoError(t, verify(http.MethodGet, conn.sent[0].resource, conn.sent[0].header))

	got := decodeMeta[map[string]any](t, conn.sent[0].header.Get("X-GCS-ServerMetaInfo"))
	delete(got, "platformIdentifier")
	require.Empty(t, cmp.Diff(map[string]any{
		"sdkIdentifier": "PayreconcileGoSDK/v" + sdk.Version, "sdkCreator": "payreconcile", "integrator": "Example Shop",
		"shoppingCartExtension": map[string]any{"creator": "Maker", "name": "Cart", "version": "7"},
	}, got))
	require.Equal(t, map[string]string{"screen": "1x1"},
		decodeMeta[map[string]string](t, conn.sent[0].header.Get("X-GCS-ClientMetaInfo")))
}

func decodeMeta[T any](t *testing.T, header string) T {
	data, err := base64.StdEncoding.DecodeString(header)
	require.NoError(t, err)
	var v T
	require.NoError(t, json.Unmarshal(data, &v))
	return v
}

func TestMetadataProviderIsChecked(t *testing.T) {
	t.Parallel()
	for _, bad := range []metadata{{"Date": "x"}, {"authorization": "x"}, {"X-GCS-Note": "a\r\nEvil: b"}, {"a b": "c"}} {
		_, err := sdk.NewClient(config(sdk.PayoneTest), sdk.WithMetadataProvider(bad))
		require.Error(t, err, "%v", bad)
	}
	_, err := sdk.NewClient(config(sdk.PayoneTest), sdk.WithMetadataProvider(metadata{"X-GCS-ServerMetaInfo": "x", "X-GCS-Note": "y"}))
	require.NoError(t, err)
}

package config_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/payreconcile/payreconcile/internal/config"
)

const canary = "canary-7f3a"

// Whatever prints a configuration, in whatever it is wrapped, must not show
// the secret.
func TestSecretIsNeverPrinted(t *testing.T) {
	t.Parallel()
	cfg, _ := setup{env: map[string]string{"PAYRECONCILE_API_SECRET": canary}}.mustLoad(t)
	require.Equal(t, canary, cfg.APISecret.Reveal())
	type wrapper struct {
		hidden config.Config // fmt calls no methods on unexported fields
		s      *config.Secret
		Any    any
	}
	wrapped := wrapper{hidden: *cfg, s: &cfg.APISecret, Any: []any{cfg.APISecret, cfg}}
	for what, v := range map[string]any{
		"secret": cfg.APISecret, "pointer": &cfg.APISecret, "config": *cfg, "pointer to config": cfg, "wrapped": wrapped,
		"in a map": map[string]config.Secret{"x": cfg.APISecret}, "in a list": []config.Secret{cfg.APISecret},
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%p", "%t", "%10.3s"} {
			got := fmt.Sprintf(verb, v)
			for _, form := range []string{canary, fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary), canary[:3]} {
				require.NotContains(t, got, form, "%s by %s", what, verb)
			}
		}
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v)
		require.NotContains(t, log.String(), canary, "%s by slog", what)
	}
	marshalled := func(b []byte, err error) string {
		require.NoError(t, err)
		return string(b)
	}
	type document struct {
		Name   string
		Secret config.Secret
	}
	d := document{Name: "n", Secret: cfg.APISecret}
	for _, got := range []string{marshalled(json.Marshal(d)), marshalled(yaml.Marshal(d)), marshalled(xml.Marshal(d))} {
		require.NotContains(t, got, canary)
		require.Contains(t, got, "***")
	}
	var b bytes.Buffer
	require.Error(t, gob.NewEncoder(&b).Encode(d), "gob has no way to say that a value is left out")
	require.NotContains(t, b.String(), canary)

	// What testing libraries print by reflection when a comparison fails.
	var tb recorder
	assert.Equal(&tb, config.Config{}, *cfg)
	require.NotEmpty(t, tb.said)
	require.NotContains(t, tb.said, canary)
}

type recorder struct{ said string }

func (r *recorder) Errorf(format string, args ...any) { r.said += fmt.Sprintf(format, args...) }

func TestUnsetSecretShowsNothing(t *testing.T) {
	t.Parallel()
	require.False(t, config.NewSecret("").IsSet())
	require.Equal(t, "<>", fmt.Sprintf("<%v>", config.Secret{}))
	require.Equal(t, "<***>", fmt.Sprintf("<%v>", config.NewSecret("x")))
	require.Empty(t, config.Secret{}.Reveal())
}

// No error repeats a value, whatever it was given for and by whom: anything may
// have been pasted into the wrong place.
func TestErrorsRepeatNoValue(t *testing.T) {
	t.Parallel()
	for _, s := range config.Settings() {
		for _, value := range []string{
			canary + " \x01", " " + canary, "https://" + canary + "@h/" + canary, "%" + canary, canary + ":" + canary,
			"postgres://u:" + canary + "@h/d", "*" + canary, "&" + canary + " x", "!" + canary + " x", "{" + canary + "}", canary + ": " + canary, `"` + canary,
		} {
			byEnv := setup{env: map[string]string{s.Env: value}}
			byFile := setup{yaml: s.Name + ": " + value + "\n"}
			bySDK := setup{sdk: "[OnlinePaymentsSDK]\nonlinePayments.api." + s.SDK + "=" + value + "\n " + value + "\n"}
			for _, from := range []setup{byEnv, byFile, bySDK} {
				cfg, _, err := from.load(t)
				if err != nil {
					require.NotContains(t, err.Error(), canary, "%s given %q", s.Name, value)
					require.NotContains(t, fmt.Sprintf("%+v %#v", err, err), canary)
					continue
				}
				require.NotContains(t, strings.Join(cfg.Warnings, "\n"), canary)
			}
		}
	}
}

func TestReadableSecretFileWarns(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "secret")
	for mode, warned := range map[os.FileMode]bool{0o600: false, 0o640: false, 0o644: true, 0o602: true} {
		require.NoError(t, os.WriteFile(path, []byte("s"), 0o600))
		require.NoError(t, os.Chmod(path, mode))
		cfg, err := config.Load(config.Flags{APISecretFile: path}, func(string) string { return "" })
		require.NoError(t, err)
		require.Equal(t, warned, len(cfg.Warnings) == 1, "mode %o: %v", mode, cfg.Warnings)
	}
}

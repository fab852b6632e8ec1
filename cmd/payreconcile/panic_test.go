package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

// TestPanicInDoubt lets the program fail right after a call was made: that a call
// is in doubt says more than that the program failed.
func TestPanicInDoubt(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		before bool // the call is made
		want   int
		sum    int64
	}{
		"before the call": {true, exitInternal, 0},
		"after the call":  {false, exitInDoubt, 1000},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb, err := sandbox.New(sandbox.Config{MerchantID: "M", APIKeyID: "K", APISecret: "S"})
			require.NoError(t, err)
			_, err = sb.LoadSeed(strings.NewReader(`{"id":"3066177123_0","amount":1000,"currency":"EUR"}`))
			require.NoError(t, err)
			var broken atomic.Bool
			reads := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				sb.ServeHTTP(w, r)
				if r.Method == http.MethodGet {
					reads++
				}
				if (tt.before && reads == 2) || r.Method == http.MethodPost {
					broken.Store(true)
				}
			}))
			defer server.Close()
			dir := t.TempDir()
			manifest := filepath.Join(dir, "m.yaml")
			require.NoError(t, os.WriteFile(manifest, []byte(`apiVersion: payreconcile/v1
kind: Settlement
metadata: {name: x}
spec: {currency: EUR, payments: [{id: "3066177123_0", captured: all}]}
`), 0o600))
			settings := map[string]string{
				"PAYRECONCILE_ENDPOINT": server.URL, "PAYRECONCILE_MERCHANT_ID": "M", "PAYRECONCILE_API_KEY_ID": "K",
				"PAYRECONCILE_API_SECRET": "S", "PAYRECONCILE_JOURNAL": filepath.Join(dir, "journal.db"),
			}
			var said bytes.Buffer
			e := &env{stdin: strings.NewReader(""), stdout: &said, stderr: &said, getenv: func(k string) string { return settings[k] }}
			e.now = func() time.Time {
				if broken.CompareAndSwap(true, false) {
					panic("a bug")
				}
				return time.Now()
			}
			require.Equal(t, tt.want, run(context.Background(), []string{"apply", "--auto-approve", manifest}, e), said.String())
			require.Contains(t, said.String(), "internal error")
			book, err := sb.LedgerOf("3066177123_0")
			require.NoError(t, err)
			require.Equal(t, tt.sum, book.Sum(sandbox.Capture))
			e.now = time.Now
			require.Equal(t, exitOK, run(context.Background(), []string{"resume"}, e), said.String())
			book, err = sb.LedgerOf("3066177123_0")
			require.NoError(t, err)
			require.EqualValues(t, 1000, book.Sum(sandbox.Capture))
			require.Equal(t, 1, book.Count(sandbox.Capture))
		})
	}
}

// What a panic says controls neither a terminal nor a CI system.
func TestPanicIsCleaned(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	(&env{stderr: &b}).explainPanic("x\n\t::add-mask::y\r\x1b[2J##[error]z")
	require.Contains(t, b.String(), "payreconcile: internal error: x\n\t\\x3a:add-mask::y\\r\\x1b[2J##\\x5berror]z\n")
	require.Contains(t, b.String(), "explainPanic")
}

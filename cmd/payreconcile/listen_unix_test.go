//go:build unix

package main

import (
	"context"
	"crypto/tls"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestHangup has the keys and the certificate read again; one that cannot be read
// stays as it is.
func TestHangup(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key := pair(t, dir, "one")
	keys := filepath.Join(dir, "keys")
	require.NoError(t, os.WriteFile(keys, []byte("a=b\n"), 0o600))
	e, said := journalOf(t, envWebhookKeys+"=", envWebhookKeysFile+"="+keys)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, []string{"listen", "--listen", "127.0.0.1:0", "--tls-cert", cert, "--tls-key", key}, e)
	}()
	_, address, _ := strings.Cut(said.until(t, "/webhooks"), "https://")
	address, _, _ = strings.Cut(address, "/")
	name := func() string {
		c, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true}) // which certificate it is, is the question
		require.NoError(t, err)
		defer func() { require.NoError(t, c.Close()) }()
		return c.ConnectionState().PeerCertificates[0].Subject.CommonName
	}
	require.Equal(t, "one", name())
	pair(t, dir, "two")
	require.NoError(t, os.WriteFile(keys, []byte("a=b\nc=d\n"), 0o600))
	require.NoError(t, syscall.Kill(os.Getpid(), syscall.SIGHUP))
	said.until(t, "read the keys of webhooks again; keys known: 2")
	require.NoError(t, os.WriteFile(cert, []byte("none"), 0o600))
	require.NoError(t, syscall.Kill(os.Getpid(), syscall.SIGHUP))
	said.until(t, "the certificate stays as it is")
	require.Equal(t, "two", name())
	cancel()
	require.Zero(t, <-done, said)
}

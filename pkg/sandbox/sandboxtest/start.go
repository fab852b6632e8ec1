// Package sandboxtest starts sandboxes for tests.
package sandboxtest

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

// Start serves a new sandbox on a loopback address until the test ends and
// returns its URL. Credentials that cfg leaves empty become "merchant", "key"
// and "secret".
func Start(t testing.TB, cfg sandbox.Config) (sb *sandbox.Sandbox, url string) {
	t.Helper()
	sb = New(t, cfg)
	server := httptest.NewServer(sb)
	t.Cleanup(func() {
		sb.Close()
		sb.ClearFaults() // ends the delays that Close would wait for
		server.Close()
	})
	return sb, server.URL
}

// New returns a sandbox that is not served, with the credentials of [Start]. It
// is not closed, which only one that sends webhooks needs.
func New(t testing.TB, cfg sandbox.Config) *sandbox.Sandbox {
	t.Helper()
	for _, field := range []struct {
		value *string
		or    string
	}{{&cfg.MerchantID, "merchant"}, {&cfg.APIKeyID, "key"}, {&cfg.APISecret, "secret"}} {
		if *field.value == "" {
			*field.value = field.or
		}
	}
	sb, err := sandbox.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return sb
}

// StartInMemory serves a new sandbox over connections in memory, which block
// durably in a bubble of testing/synctest, and returns a client for them. The
// host of a URL does not matter. When the test or bubble is about to end, call
// stop, which waits for the server.
func StartInMemory(t testing.TB, cfg sandbox.Config) (sb *sandbox.Sandbox, client *http.Client, stop func()) {
	t.Helper()
	sb = New(t, cfg)
	l := newListener()
	server := &http.Server{Handler: sb}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l) // ends with http.ErrServerClosed
	}()
	transport := &http.Transport{DialContext: l.dial, MaxIdleConnsPerHost: 64, DisableCompression: true}
	return sb, &http.Client{Transport: transport}, func() {
		sb.Close()
		sb.ClearFaults()
		transport.CloseIdleConnections()
		_ = server.Close()
		<-done
	}
}

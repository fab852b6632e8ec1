package sdk_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sdk"
)

// TestProxy: calls go through the proxy of the configuration, which is told its own
// user and password; the platform's signature is as without it.
func TestProxy(t *testing.T) {
	t.Parallel()
	var target, credentials string
	var signature error
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		target, credentials = r.RequestURI, r.Header.Get("Proxy-Authorization")
		signature = verify(r.Method, r.URL.RequestURI(), r.Header)
		answer(w, 200, []byte(`{"result":"OK"}`))
	}))
	t.Cleanup(proxy.Close)
	cfg := config("http://payment.example")
	cfg.Proxy = strings.Replace(proxy.URL, "http://", "http://me:hunter2@", 1)
	_, err := dial(t, cfg).Services().TestConnection(t.Context())
	require.NoError(t, err)
	require.Equal(t, "http://payment.example/v2/PSPID1/services/testconnection", target)
	require.Equal(t, "Basic bWU6aHVudGVyMg==", credentials)
	require.NoError(t, signature)

	proxy.Close()
	once(&cfg)
	_, err = dial(t, cfg).Services().TestConnection(t.Context())
	var comm *sdk.CommunicationError
	require.ErrorAs(t, err, &comm)
	require.NotContains(t, err.Error(), "hunter2")
	for _, bad := range []string{"proxy.example:3128", "ftp://proxy.example", "http://me:hunter2@", "http://me:hunter2@[", "://"} {
		cfg.Proxy = bad
		_, err := sdk.NewClient(cfg)
		require.ErrorContains(t, err, "proxy", bad)
		require.NotContains(t, err.Error(), "hunter2")
	}
}

// TestIdleConnectionsAreClosed: when they are told to, and then the client goes on.
func TestIdleConnectionsAreClosed(t *testing.T) {
	t.Parallel()
	closed := make(chan struct{}, 1)
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, []byte(`{}`)) }))
	srv.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			closed <- struct{}{}
		}
	}
	srv.Start()
	t.Cleanup(srv.Close)
	client, err := sdk.NewClient(config(srv.URL))
	require.NoError(t, err)
	for range 2 {
		require.NoError(t, get(t.Context(), client.Merchant(merchant)))
		client.CloseIdleConnections()
		<-closed
	}
}

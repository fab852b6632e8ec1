package doctor_test

import (
	"context"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/doctor"
)

func noProxy(*http.Request) (*url.URL, error) { return nil, nil }

// known is a name server that knows this machine.
func known(_ context.Context, host string) ([]string, error) {
	if host != "127.0.0.1" && host != "localhost" {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	return []string{"127.0.0.1"}, nil
}

// A tunnel is a proxy that connects to one place, or refuses to.
func tunnel(t *testing.T, to string, status int) *url.URL {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := (&http.Request{Header: http.Header{"Authorization": r.Header["Proxy-Authorization"]}}).BasicAuth(); user != "ada" || password != "hunter2" {
			status = http.StatusProxyAuthRequired
		}
		if r.Method != http.MethodConnect || status != http.StatusOK {
			w.WriteHeader(status)
			return
		}
		far, err := net.Dial("tcp", to)
		if err != nil {
			return
		}
		w.WriteHeader(http.StatusOK)
		near, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		go func() { _, _ = io.Copy(far, near); _ = far.Close() }()
		_, _ = io.Copy(near, far)
		_ = near.Close()
	}))
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL)
	require.NoError(t, err)
	u.User = url.UserPassword("ada", "hunter2")
	return u
}

func TestWay(t *testing.T) {
	t.Parallel()
	plain, secure := httptest.NewServer(http.NotFoundHandler()), httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes are what is tried
	secure.StartTLS()
	t.Cleanup(plain.Close)
	t.Cleanup(secure.Close)
	dead := httptest.NewServer(nil)
	dead.Close()
	roots := x509.NewCertPool()
	roots.AddCert(secure.Certificate())
	end := secure.Certificate().NotAfter
	at := func(p *url.URL) func(*http.Request) (*url.URL, error) {
		return func(*http.Request) (*url.URL, error) { return p, nil }
	}
	address := secure.Listener.Addr().String()
	for name, tt := range map[string]struct {
		endpoint string
		proxy    func(*http.Request) (*url.URL, error)
		roots    *x509.CertPool
		now      time.Time
		want     want
	}{
		"plain":           {plain.URL, noProxy, nil, time.Now(), want{doctor.Skipped, "", "plain http"}},
		"secure":          {secure.URL, noProxy, roots, time.Now(), want{doctor.OK, "", "TLS 1.3, good until " + end.Format(time.DateOnly)}},
		"soon over":       {secure.URL, noProxy, roots, end.Add(-48 * time.Hour), want{doctor.Warning, "", "expires on " + end.Format(time.DateOnly)}},
		"over":            {secure.URL, noProxy, roots, end.Add(time.Hour), want{doctor.Problem, "", "its certificate has expired"}},
		"unknown root":    {secure.URL, noProxy, x509.NewCertPool(), time.Now(), want{doctor.Problem, "", "signed by nobody whom this machine knows"}},
		"another name":    {"https://localhost:" + secure.URL[len("https://127.0.0.1:"):], noProxy, roots, time.Now(), want{doctor.Problem, "", "is for another name"}},
		"nobody there":    {dead.URL, noProxy, nil, time.Now(), want{doctor.Problem, "", "nobody can be reached at 127.0.0.1:"}},
		"no such name":    {"https://nobody.invalid", noProxy, nil, time.Now(), want{doctor.Problem, "", "nobody.invalid is not found: no such host"}},
		"through a proxy": {secure.URL, at(tunnel(t, address, 200)), roots, time.Now(), want{doctor.OK, "", "TLS 1.3, good until"}},
		"refused there":   {secure.URL, at(tunnel(t, address, 403)), roots, time.Now(), want{doctor.Problem, "", "the proxy does not go there: it answers with status 403"}},
		"another kind":    {secure.URL, at(&url.URL{Scheme: "socks5", Host: "127.0.0.1:1"}), roots, time.Now(), want{doctor.Problem, "", `of the kind "socks5"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := doctor.Way{Endpoint: tt.endpoint, Timeout: 10 * time.Second, Now: func() time.Time { return tt.now }, Proxy: tt.proxy, Roots: tt.roots, Resolve: known}
			checks := w.Look(t.Context())
			tt.want.holds(t, checks...)
			require.NotContains(t, lines(checks...), "hunter2")
		})
	}
}

// A server that takes connections and says nothing is given up.
func TestWayGivesUp(t *testing.T) {
	t.Parallel()
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	w := doctor.Way{Endpoint: "https://" + l.Addr().String(), Timeout: 50 * time.Millisecond, Now: time.Now, Proxy: noProxy}
	want{doctor.Problem, "", "no answer in time"}.holds(t, w.Look(t.Context())...)
}

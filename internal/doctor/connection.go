package doctor

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/payreconcile/payreconcile/internal/config"
)

var (
	environment = topic{Connection, "environment"}
	proxy       = topic{Connection, "proxy"}
	dns         = topic{Connection, "name"}
	tcp         = topic{Connection, "connection"}
	certificate = topic{Connection, "certificate"}
)

// certificateWarning is how long before its end a certificate is worth a word.
const certificateWarning = 14 * 24 * time.Hour

// Environment says which platform this is. That money is real there is said
// loudly, and is not a fault.
func Environment(cfg *config.Config) Check {
	switch cfg.Environment {
	case "":
		return environment.skipped("no endpoint and no environment are set")
	case live:
		return environment.ok("LIVE: what is applied here moves REAL MONEY (%s)", fallback(cfg.Endpoint, "no endpoint"))
	}
	return environment.ok("%s, not the live one (%s)", cfg.Environment, fallback(cfg.Endpoint, "no endpoint"))
}

// A Way goes to the platform as a request would.
type Way struct {
	Endpoint string        // scheme, host and port
	Timeout  time.Duration // of each step
	Now      func() time.Time
	Proxy    func(*http.Request) (*url.URL, error)                    // http.ProxyFromEnvironment
	Roots    *x509.CertPool                                           // nil for those of this machine
	Resolve  func(ctx context.Context, host string) ([]string, error) // nil for this machine's
}

// Look goes to the platform: by way of the proxy if there is one, by name,
// connection and certificate. It sends no request, and stops at the first
// problem.
func (w Way) Look(ctx context.Context) []Check {
	u, err := url.Parse(w.Endpoint)
	if err != nil {
		return []Check{tcp.problem(CauseConfiguration, "", "the endpoint cannot be read")}
	}
	through, checks := w.proxied(u)
	if checks[0].Status == Problem {
		return checks
	}
	first := u
	if through != nil {
		first = through
	}
	c := w.resolve(ctx, first.Hostname())
	if checks = append(checks, c); c.Status == Problem {
		return checks
	}
	conn, c := w.dial(ctx, address(first))
	checks = append(checks, c)
	if conn == nil {
		return checks
	}
	defer func() { _ = conn.Close() }()
	if u.Scheme != "https" {
		return append(checks, certificate.skipped("none: plain http to this machine"))
	}
	return append(checks, w.secured(ctx, conn, u, through))
}

// address is host and port of a URL.
func address(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// proxied finds the proxy that requests take; its password is not shown.
func (w Way) proxied(u *url.URL) (*url.URL, []Check) {
	through, err := w.Proxy(&http.Request{URL: u})
	switch {
	case err != nil:
		return nil, []Check{proxy.problem(CauseOther, "mend HTTPS_PROXY or HTTP_PROXY", "the address of the proxy cannot be read")}
	case through == nil:
		return nil, []Check{proxy.ok("none")}
	case through.Scheme != "http" && through.Scheme != "https":
		return nil, []Check{proxy.problem(CauseOther, "name a proxy by http or https", "requests go through a proxy of the kind %q, which is not looked through here", through.Scheme)}
	}
	return through, []Check{proxy.ok("requests go through %s://%s (HTTPS_PROXY, HTTP_PROXY or NO_PROXY decide)", through.Scheme, through.Host)}
}

func (w Way) resolve(ctx context.Context, host string) Check {
	ctx, cancel := context.WithTimeout(ctx, w.Timeout)
	defer cancel()
	lookup := w.Resolve
	if lookup == nil {
		lookup = net.DefaultResolver.LookupHost
	}
	found, err := lookup(ctx, host)
	if err != nil {
		return dns.problem(CauseOther, "check the name, and this machine's name server", "%s is not found: %s", host, dnsError(err))
	}
	return dns.ok("%s is %s", host, strings.Join(found, ", "))
}

func dnsError(err error) string {
	var e *net.DNSError
	if errors.As(err, &e) {
		return e.Err
	}
	return err.Error()
}

func (w Way) dial(ctx context.Context, addr string) (net.Conn, Check) {
	start := w.Now()
	conn, err := (&net.Dialer{Timeout: w.Timeout}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, tcp.problem(CauseOther, "check the address, the firewall, and whether a proxy is needed (HTTPS_PROXY)", "nobody can be reached at %s: %s", addr, dialError(err))
	}
	return conn, tcp.ok("%s takes connections (%v)", addr, w.Now().Sub(start).Round(time.Millisecond))
}

func dialError(err error) string {
	var e *net.OpError
	if errors.As(err, &e) && e.Timeout() {
		return "no answer in time"
	}
	if errors.As(err, &e) {
		return e.Err.Error()
	}
	return err.Error()
}

// secured looks at the certificate on a connection to the platform, or to the
// proxy on the way there.
func (w Way) secured(ctx context.Context, conn net.Conn, u, through *url.URL) Check {
	ctx, cancel := context.WithTimeout(ctx, w.Timeout)
	defer cancel()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if through != nil {
		var err error
		if conn, err = w.tunnel(ctx, conn, u, through); err != nil {
			return certificate.problem(CauseOther, "have the proxy let this machine through to "+address(u), "the proxy does not go there: %v", err)
		}
	}
	secure := tls.Client(conn, w.tls(u.Hostname()))
	if err := secure.HandshakeContext(ctx); err != nil {
		return certificate.problem(CauseOther, "check this machine's clock and its root certificates; a proxy that opens connections needs its own root here", "%s cannot prove who it is: %s", u.Host, tlsError(err))
	}
	end := ends(secure.ConnectionState())
	if end.Before(w.Now().Add(certificateWarning)) {
		return certificate.warning("tell the platform's support, if nobody has renewed it a few days before", "good, and expires on %s", end.UTC().Format(time.DateOnly))
	}
	return certificate.ok("%s, good until %s", tls.VersionName(secure.ConnectionState().Version), end.UTC().Format(time.DateOnly))
}

func (w Way) tls(host string) *tls.Config {
	return &tls.Config{ServerName: host, RootCAs: w.Roots, Time: w.Now, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}
}

// tunnel asks a proxy to connect to the platform.
func (w Way) tunnel(ctx context.Context, conn net.Conn, u, through *url.URL) (net.Conn, error) {
	if through.Scheme == "https" {
		secure := tls.Client(conn, w.tls(through.Hostname()))
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, errors.New(tlsError(err))
		}
		conn = secure
	}
	r := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: address(u)}, Host: address(u), Header: http.Header{}}
	if through.User != nil {
		password, _ := through.User.Password()
		basic := &http.Request{Header: http.Header{}}
		basic.SetBasicAuth(through.User.Username(), password)
		r.Header.Set("Proxy-Authorization", basic.Header.Get("Authorization"))
	}
	if err := r.Write(conn); err != nil {
		return nil, errors.New("it ended the connection")
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), r) //nolint:bodyclose // what follows is the tunnel, which is closed with conn
	if err != nil {
		return nil, errors.New("it gave no answer")
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answers with status %d", answer.StatusCode)
	}
	return conn, nil
}

// tlsError says why a certificate does not do, without repeating what is in it.
func tlsError(err error) string {
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "its certificate has expired, or is not valid yet by this machine's clock"
	case errors.As(err, &unknown):
		return "its certificate is signed by nobody whom this machine knows"
	case errors.As(err, &host):
		return "its certificate is for another name"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, net.ErrClosed):
		return "no answer in time"
	}
	return err.Error()
}

// ends is when the first certificate of the chain that was accepted expires.
func ends(s tls.ConnectionState) (end time.Time) {
	if len(s.VerifiedChains) == 0 {
		return s.PeerCertificates[0].NotAfter
	}
	for _, c := range s.VerifiedChains[0] {
		if end.IsZero() || c.NotAfter.Before(end) {
			end = c.NotAfter
		}
	}
	return end
}

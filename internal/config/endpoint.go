package config

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// Names of environments that the endpoint decides.
const (
	live    = "live"
	test    = "test"
	sandbox = "sandbox"
)

// known are the hosts of the platform.
var known = map[string]string{
	"payment.payone.com":                             live,
	"payment.direct.worldline-solutions.com":         live,
	"payment.preprod.payone.com":                     test,
	"payment.preprod.direct.worldline-solutions.com": test,
}

const endpointExample = "write scheme and host only, such as https://payment.preprod.payone.com"

// endpoint takes scheme and host, and a port if need be, and nothing more: a
// path or query would change what is signed, user info would be a secret in
// the wrong place. Plain http is for this machine only.
func (l *loader) endpoint(g given) {
	u, err := url.Parse(g.text())
	if err != nil || u.Opaque != "" || strings.TrimSpace(g.text()) != g.text() {
		l.fault(g, "is not an address that can be read", endpointExample)
		return
	}
	host := strings.ToLower(u.Hostname())
	switch {
	case u.User != nil:
		l.fault(g, "has a user or password in it", "leave it out: key id and secret are given on their own")
	case u.Scheme == "" || u.Host == "":
		l.fault(g, "has no scheme or no host", endpointExample)
	case u.Scheme != "https" && u.Scheme != "http":
		l.fault(g, "has a scheme other than https", endpointExample)
	case u.Path != "" && u.Path != "/", u.RawQuery != "", u.ForceQuery, strings.Contains(g.text(), "#"):
		l.fault(g, "has a path, query or fragment", "leave out everything after the host; paths are added to each call")
	case !validHost(host) || !validPort(u):
		l.fault(g, "has a host or port that cannot be", endpointExample)
	case u.Scheme == "http" && !isLoopback(host):
		l.fault(g, "sends payments unencrypted", "write https; plain http is possible only to this machine (127.0.0.1, localhost)")
	default:
		l.cfg.Endpoint = u.Scheme + "://" + authority(u, host)
	}
}

// authority is host and port, without a port that the scheme implies.
func authority(u *url.URL, host string) string {
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	port := u.Port()
	if port == "" || (u.Scheme == "https" && port == "443") || (u.Scheme == "http" && port == "80") {
		return host
	}
	return host + ":" + port
}

// validHost reports a name or address in the one spelling that is compared
// with the known hosts.
func validHost(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.Zone() == ""
	}
	if strings.HasPrefix(host, ".") || strings.HasSuffix(host, ".") || strings.Contains(host, "..") {
		return false
	}
	for _, c := range []byte(host) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' {
			return false
		}
	}
	return host != ""
}

func validPort(u *url.URL) bool {
	if strings.HasSuffix(u.Host, ":") {
		return false
	}
	if u.Port() == "" {
		return true
	}
	n, err := strconv.Atoi(u.Port())
	return err == nil && n > 0 && n < 1<<16
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

// environment takes the name of the environment. It is part of every
// idempotence key, so it has one spelling only.
func (l *loader) environment(g given) {
	text := g.text()
	if len(text) > 40 || strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "" || text == "" || strings.ContainsAny(text[:1], "-_.") {
		l.fault(g, "is not a name of an environment", "write up to 40 small letters, digits, dots and dashes, such as live, test or sandbox")
		return
	}
	l.cfg.Environment = text
}

// where holds endpoint and environment against each other. A name that lies
// would let payments of one environment pass for those of another, in keys and
// in the journal.
func (l *loader) where() {
	if l.cfg.Endpoint == "" {
		return
	}
	u, err := url.Parse(l.cfg.Endpoint)
	if err != nil {
		return // the endpoint was made from a URL
	}
	named := l.cfg.Environment
	from, _ := l.find(setEnvironment)
	of, isKnown := known[u.Hostname()]
	switch {
	case isKnown && named != "" && named != of:
		l.fault(from, "says something else than the endpoint, which is the platform's "+of+" environment",
			"leave the environment out, or give the endpoint that is meant")
	case isKnown:
		l.cfg.Environment = of
	case isLoopback(u.Hostname()) && named == live:
		l.fault(from, "says live, and the endpoint is this machine", "leave the environment out: it is called sandbox then")
	case isLoopback(u.Hostname()) && named == "":
		l.cfg.Environment = sandbox
	}
}

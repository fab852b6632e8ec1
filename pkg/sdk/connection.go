package sdk

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"
)

// NewConnection returns a pool of at most size connections to each host, which
// several clients may share through [WithConnection].
//
// It speaks HTTP/1.1 only: with one call a connection, a connection that breaks
// leaves one outcome unknown and not that of every call in flight. Proxies are
// taken from the environment.
func NewConnection(size int, connectTimeout time.Duration) *http.Transport {
	dialer := &net.Dialer{Timeout: connectTimeout, KeepAlive: 30 * time.Second}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:                 proxyFromEnvironment,
		DialContext:           dialer.DialContext,
		TLSHandshakeTimeout:   connectTimeout,
		MaxIdleConns:          size,
		MaxIdleConnsPerHost:   size,
		MaxConnsPerHost:       size,
		IdleConnTimeout:       50 * time.Second,
		ExpectContinueTimeout: time.Second,
		Protocols:             protocols,
	}
}

// proxyFromEnvironment leaves out the address of a malformed proxy, which often
// holds a password, from the error.
func proxyFromEnvironment(req *http.Request) (*url.URL, error) {
	proxy, err := http.ProxyFromEnvironment(req)
	if err != nil {
		return nil, errors.New("read proxy from the environment: not a valid address")
	}
	return proxy, nil
}

package sdk

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// A Client calls the platform with one API key. It is safe for concurrent use and
// meant to live as long as the program: its connections are kept and reused.
type Client struct {
	scheme, host string
	timeout      time.Duration
	maxBody      int64
	retry        RetryPolicy
	now          func() time.Time
	random       func() uint64

	authenticator Authenticator
	connection    http.RoundTripper
	marshaller    Marshaller
	metadata      http.Header // sent with every request, never changed
	dates         *dateFormatter
	exchanges     *sync.Pool
	log           *log
}

// An Option replaces one part of a [Client].
type Option func(*parts)

type parts struct {
	authenticator Authenticator
	connection    http.RoundTripper
	marshaller    Marshaller
	metadata      MetadataProvider
}

// WithAuthenticator replaces the v1HMAC signature. Config's key and secret are then
// not used.
func WithAuthenticator(a Authenticator) Option { return func(p *parts) { p.authenticator = a } }

// WithConnection replaces the pool of connections, for example by one that several
// clients share; see [NewConnection]. The client's sends, with their limits, go
// through it one by one. A connection that sends again by itself, or follows
// redirects, breaks the promises of guards and of [CallInfo].
func WithConnection(rt http.RoundTripper) Option { return func(p *parts) { p.connection = rt } }

// WithMarshaller replaces encoding/json.
func WithMarshaller(m Marshaller) Option { return func(p *parts) { p.marshaller = m } }

// WithMetadataProvider replaces the headers that describe this SDK and its user.
func WithMetadataProvider(m MetadataProvider) Option { return func(p *parts) { p.metadata = m } }

// NewClient returns a client for cfg. It makes no connection; see
// [Services.TestConnection] to try one.
func NewClient(cfg Config, opts ...Option) (*Client, error) {
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("configure client: %w", err)
	}
	endpoint, err := parseEndpoint(cfg.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("configure client: %w", err)
	}
	p, err := partsOf(cfg, opts)
	if err != nil {
		return nil, fmt.Errorf("configure client: %w", err)
	}
	metadata, err := metadataHeaders(p.metadata)
	if err != nil {
		return nil, fmt.Errorf("configure client: %w", err)
	}
	c := &Client{
		scheme: endpoint.Scheme, host: endpoint.Host,
		timeout: cfg.Timeout, maxBody: cfg.MaxResponseBytes, retry: cfg.Retry,
		now: cfg.Now, random: cfg.Random,
		authenticator: p.authenticator, connection: p.connection, marshaller: p.marshaller,
		metadata: metadata, dates: new(dateFormatter), log: new(log),
	}
	c.exchanges = &sync.Pool{New: func() any { return newExchange() }}
	return c, nil
}

func partsOf(cfg Config, opts []Option) (parts, error) {
	var p parts
	for _, o := range opts {
		if o != nil {
			o(&p)
		}
	}
	if p.authenticator == nil {
		a, err := NewV1HMAC(cfg.APIKeyID, cfg.APISecret)
		if err != nil {
			return p, err
		}
		p.authenticator = a
	}
	if p.connection == nil {
		pool := NewConnection(cfg.MaxConnections, cfg.ConnectTimeout)
		if cfg.Proxy != "" {
			proxy, err := parseProxy(cfg.Proxy)
			if err != nil {
				return p, err
			}
			pool.Proxy = http.ProxyURL(proxy)
		}
		p.connection = pool
	}
	if p.marshaller == nil {
		p.marshaller = standardJSON{}
	}
	if p.metadata == nil {
		p.metadata = metaInfo{integrator: cfg.Integrator, extension: cfg.ShoppingCartExtension}
	}
	return p, nil
}

// WithClientMetaInfo returns a client that shares everything with c and also sends
// info, encoded as JSON, as the X-GCS-ClientMetaInfo header: what the platform
// should know of the consumer's device.
func (c *Client) WithClientMetaInfo(info any) (*Client, error) {
	if c.exchanges == nil {
		return nil, errNotMade
	}
	data, err := json.Marshal(info)
	if err != nil {
		return nil, fmt.Errorf("encode client meta info: %w", err)
	}
	metadata := c.metadata.Clone()
	metadata.Set(headerClientMetaInfo, base64.StdEncoding.EncodeToString(data))
	other := *c
	other.metadata = metadata
	return &other, nil
}

// CloseIdleConnections closes the connections that no call is using. The client
// stays usable.
func (c *Client) CloseIdleConnections() {
	if closer, ok := c.connection.(interface{ CloseIdleConnections() }); ok {
		closer.CloseIdleConnections()
	}
}

// Merchant returns the services of one merchant (PSPID). An id that cannot be one
// is reported by every call.
func (c *Client) Merchant(id string) *MerchantClient {
	m := &MerchantClient{client: c, id: id}
	m.path, m.rawPath, m.err = appendSegment("/v2", "/v2", id)
	return m
}

// A MerchantClient calls the platform for one merchant.
type MerchantClient struct {
	client        *Client
	id            string
	path, rawPath string
	err           error
}

// ID returns the merchant's id as it was given.
func (m *MerchantClient) ID() string { return m.id }

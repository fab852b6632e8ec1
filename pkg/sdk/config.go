package sdk

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/payreconcile/payreconcile/pkg/sdk/model"
)

// The endpoints of both brands. Test and live have keys of their own.
const (
	PayoneTest    = "https://payment.preprod.payone.com"
	PayoneLive    = "https://payment.payone.com"
	WorldlineTest = "https://payment.preprod.direct.worldline-solutions.com"
	WorldlineLive = "https://payment.direct.worldline-solutions.com"
)

// Config says where the platform is, who is calling, and within which limits.
// Endpoint, Integrator and, unless [WithAuthenticator] replaces them, APIKeyID and
// APISecret are needed; everything else has a default. It prints without the
// secret.
type Config struct {
	// Endpoint is scheme and host, with a port if need be: "https://payment.payone.com".
	Endpoint  string
	APIKeyID  string
	APISecret string
	// Integrator names the company that built this integration.
	Integrator string
	// ShoppingCartExtension tells the platform of the shop plugin that calls, if any.
	ShoppingCartExtension *model.ShoppingCartExtension

	// Proxy is the address of a proxy, which may hold user and password:
	// "http://user:password@proxy.example:3128". Empty: from the environment.
	Proxy string
	// MaxConnections limits the connections, idle or not, of a client's own pool.
	// Default 256.
	MaxConnections int
	// ConnectTimeout limits making a connection. Default 5 s.
	ConnectTimeout time.Duration
	// Timeout limits one send, from waiting for a connection to the last byte of the
	// answer. Default 60 s.
	Timeout time.Duration
	// MaxResponseBytes limits the body of an answer, after decompression. Default 10 MiB.
	MaxResponseBytes int64
	// Retry says how calls are sent again; see there for what and when.
	Retry RetryPolicy

	// Now is the clock of signatures and of [CallInfo]. Default time.Now.
	Now func() time.Time
	// Random spreads the waits between sends. It must be safe for concurrent use.
	// Default rand.Uint64 of math/rand/v2.
	Random func() uint64
}

// String describes the configuration without its secret.
func (c Config) String() string {
	return fmt.Sprintf("sdk.Config{Endpoint: %q, APIKeyID: %q, APISecret: %s, Integrator: %q}",
		redactEndpoint(c.Endpoint), c.APIKeyID, redacted(c.APISecret), c.Integrator)
}

// GoString describes the configuration without its secret.
func (c Config) GoString() string { return c.String() }

// LogValue describes the configuration without its secret.
func (c Config) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("endpoint", redactEndpoint(c.Endpoint)),
		slog.String("apiKeyId", c.APIKeyID),
		slog.String("apiSecret", redacted(c.APISecret)),
		slog.String("integrator", c.Integrator),
	)
}

func redacted(secret string) string {
	if secret == "" {
		return "none"
	}
	return "***"
}

// redactEndpoint hides user info, which is refused later but may be printed first.
func redactEndpoint(endpoint string) string {
	if i := strings.LastIndexByte(endpoint, '@'); i >= 0 {
		return "***" + endpoint[i:]
	}
	return endpoint
}

func (c Config) withDefaults() Config {
	setDefault(&c.MaxConnections, 256)
	setDefault(&c.ConnectTimeout, 5*time.Second)
	setDefault(&c.Timeout, time.Minute)
	setDefault(&c.MaxResponseBytes, 10<<20)
	c.Retry = c.Retry.or(defaultRetry)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Random == nil {
		c.Random = rand.Uint64
	}
	return c
}

func setDefault[T int | int64 | time.Duration](field *T, value T) {
	if *field == 0 {
		*field = value
	}
}

func (c Config) check() error {
	if strings.TrimSpace(c.Integrator) == "" {
		return errors.New("integrator is blank: name the company that built this integration")
	}
	if c.MaxConnections < 0 || c.ConnectTimeout < 0 || c.Timeout < 0 || c.MaxResponseBytes < 0 {
		return errors.New("limits of connections, time and bytes must not be negative")
	}
	if _, err := parseProxy(c.Proxy); c.Proxy != "" && err != nil {
		return fmt.Errorf("read proxy: %w", err)
	}
	if err := checkExtension(c.ShoppingCartExtension); err != nil {
		return err
	}
	return c.Retry.check()
}

// parseProxy accepts what net/http can use. Its errors do not repeat the text, which
// may hold a password.
func parseProxy(proxy string) (*url.URL, error) {
	u, err := url.Parse(proxy)
	if err != nil || u.Hostname() == "" {
		return nil, errors.New("not a URL like http://proxy.example:3128")
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
		return u, nil
	}
	return nil, errors.New("the scheme must be http, https, socks5 or socks5h")
}

// checkExtension wants all of an extension but its id, or none of it.
func checkExtension(e *model.ShoppingCartExtension) error {
	if e == nil {
		return nil
	}
	for _, part := range []struct {
		name  string
		value *string
	}{{"creator", e.Creator}, {"name", e.Name}, {"version", e.Version}} {
		if part.value == nil || strings.TrimSpace(*part.value) == "" {
			return fmt.Errorf("shopping cart extension without %s: give creator, name and version, or none of them", part.name)
		}
	}
	return nil
}

// parseEndpoint accepts scheme and host and nothing more: a path or query would
// change what is signed, user info would end in logs. Its errors do not repeat the
// text, which may hold a password.
func parseEndpoint(endpoint string) (*url.URL, error) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return nil, errors.New("read endpoint: not a URL like https://payment.payone.com")
	}
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("read endpoint: the scheme must be https or http")
	case u.User != nil:
		return nil, errors.New("read endpoint: user info is not allowed, keys are given separately")
	case u.Hostname() == "":
		return nil, errors.New("read endpoint: the host is missing")
	case strings.HasSuffix(u.Host, ":") || u.Port() != "" && !isPort(u.Port()):
		return nil, errors.New("read endpoint: the port must be 1 to 65535")
	case u.Path != "" && u.Path != "/":
		return nil, errors.New("read endpoint: a path is not allowed, leave out everything after the host")
	case u.RawQuery != "" || u.ForceQuery || strings.Contains(endpoint, "#"):
		return nil, errors.New("read endpoint: a query or fragment is not allowed")
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

func isPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0
}

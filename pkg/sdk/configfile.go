package sdk

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/payreconcile/payreconcile/pkg/sdk/model"
)

const (
	propertiesSection = "OnlinePaymentsSDK"
	propertiesPrefix  = "onlinepayments.api."
)

// ReadConfigFile reads the properties file of the vendor's Python SDK; see
// [ReadConfig].
func ReadConfigFile(name string) (Config, error) {
	f, err := os.Open(name)
	if err != nil {
		return Config{}, fmt.Errorf("read properties: %w", err)
	}
	defer func() { _ = f.Close() }()
	cfg, err := ReadConfig(f)
	if err != nil {
		return Config{}, fmt.Errorf("%s: %w", name, err)
	}
	return cfg, nil
}

// ReadConfig reads the properties of the vendor's Python SDK. They have no key and no
// secret: set APIKeyID and APISecret afterwards.
//
//	[OnlinePaymentsSDK]
//	onlinePayments.api.integrator = Example Shop
//	onlinePayments.api.endpoint.host = payment.preprod.payone.com
//	; optional, with their defaults
//	onlinePayments.api.endpoint.scheme = https
//	onlinePayments.api.endpoint.port = -1
//	onlinePayments.api.connectTimeout = 5
//	onlinePayments.api.socketTimeout = 300
//	onlinePayments.api.maxConnections = 10
//	onlinePayments.api.authorizationType = v1HMAC
//	; optional, without a default
//	onlinePayments.api.proxy.uri = http://proxy.example:3128
//	onlinePayments.api.proxy.username = …
//	onlinePayments.api.proxy.password = …
//	onlinePayments.api.shoppingCartExtension.creator = …
//	onlinePayments.api.shoppingCartExtension.name = …
//	onlinePayments.api.shoppingCartExtension.version = …
//	onlinePayments.api.shoppingCartExtension.extensionId = …
//
// Keys are the same in any case, and a doubled dot, as the guide prints it, is one.
// Time-outs are in seconds; socketTimeout becomes Config.Timeout, which limits a
// whole send. The keys that only the Java SDK knows (connectionReuse,
// connectionRequestTimeout, https.protocols) are accepted and have no effect. Any
// other key below onlinePayments.api is an error, as are its values that cannot be
// used; each names its line.
func ReadConfig(r io.Reader) (Config, error) {
	all, err := readProperties(r, propertiesSection)
	if err != nil {
		return Config{}, fmt.Errorf("read properties: %w", err)
	}
	f := configFile{all: all, used: map[string]bool{}}
	cfg := f.config()
	f.unknown()
	if len(f.errs) > 0 {
		return Config{}, fmt.Errorf("read properties: %w", errors.Join(f.errs...))
	}
	return cfg, nil
}

// NewClientFromFile returns a client with the properties in a file and the key and
// secret given in code.
func NewClientFromFile(name, apiKeyID, apiSecret string, opts ...Option) (*Client, error) {
	cfg, err := ReadConfigFile(name)
	if err != nil {
		return nil, err
	}
	cfg.APIKeyID, cfg.APISecret = apiKeyID, apiSecret
	return NewClient(cfg, opts...)
}

// A configFile turns properties into a Config and collects what is wrong.
type configFile struct {
	all  properties
	used map[string]bool
	errs []error
}

func (f *configFile) config() Config {
	for _, ignored := range []string{"connectionReuse", "connectionRequestTimeout", "https.protocols"} {
		f.text(ignored)
	}
	if scheme := f.text("authorizationType"); scheme != "" && !strings.EqualFold(scheme, "v1HMAC") {
		f.fail("authorizationType", "only v1HMAC is known")
	}
	return Config{
		Endpoint:              f.endpoint(),
		Integrator:            f.needed("integrator"),
		ConnectTimeout:        f.seconds("connectTimeout", 5),
		Timeout:               f.seconds("socketTimeout", 300),
		MaxConnections:        f.integer("maxConnections", 10, 1, 10_000),
		Proxy:                 f.proxy(),
		ShoppingCartExtension: f.extension(),
	}
}

func (f *configFile) endpoint() string {
	host := f.needed("endpoint.host")
	scheme := strings.ToLower(cmp.Or(f.text("endpoint.scheme"), "https"))
	if port := f.integer("endpoint.port", -1, -1, 65535); port == 0 {
		f.fail("endpoint.port", "use -1 for the scheme's own port, or 1 to 65535")
	} else if port > 0 {
		host = net.JoinHostPort(strings.Trim(host, "[]"), strconv.Itoa(port))
	}
	endpoint := scheme + "://" + host
	if _, err := parseEndpoint(endpoint); err != nil && host != "" {
		f.fail("endpoint.host", err.Error())
	}
	return endpoint
}

func (f *configFile) proxy() string {
	uri, name, password := f.text("proxy.uri"), f.text("proxy.username"), f.text("proxy.password")
	if uri == "" {
		for _, key := range []string{"proxy.username", "proxy.password"} {
			if f.text(key) != "" {
				f.fail(key, "proxy.uri is missing")
			}
		}
		return ""
	}
	u, err := parseProxy(uri)
	if err != nil {
		f.fail("proxy.uri", err.Error())
		return ""
	}
	switch {
	case name != "" && password != "":
		u.User = url.UserPassword(name, password)
	case name != "":
		u.User = url.User(name)
	case password != "":
		f.fail("proxy.password", "proxy.username is missing")
	}
	return u.String()
}

func (f *configFile) extension() *model.ShoppingCartExtension {
	const prefix = "shoppingCartExtension."
	e := &model.ShoppingCartExtension{
		Creator: f.optional(prefix + "creator"), Name: f.optional(prefix + "name"),
		Version: f.optional(prefix + "version"), ExtensionID: f.optional(prefix + "extensionId"),
	}
	if *e == (model.ShoppingCartExtension{}) {
		return nil
	}
	if err := checkExtension(e); err != nil {
		f.errs = append(f.errs, err)
	}
	return e
}

// text returns the value of a key, empty when it is absent or blank.
func (f *configFile) text(key string) string {
	key = strings.ToLower(key)
	f.used[key] = true
	return f.all[propertiesPrefix+key].value
}

func (f *configFile) optional(key string) *string {
	if value := f.text(key); value != "" {
		return &value
	}
	return nil
}

func (f *configFile) needed(key string) string {
	value := f.text(key)
	if value == "" {
		f.errs = append(f.errs, fmt.Errorf("onlinePayments.api.%s is missing", key))
	}
	return value
}

func (f *configFile) integer(key string, otherwise, least, most int) int {
	text := f.text(key)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		f.fail(key, fmt.Sprintf("expected a whole number from %d to %d", least, most))
		return otherwise
	}
	return n
}

// seconds refuses what can only be the milliseconds of a file for another language.
func (f *configFile) seconds(key string, otherwise int) time.Duration {
	return time.Duration(f.integer(key, otherwise, 1, 3600)) * time.Second
}

// fail records what is wrong with a key. It does not repeat the value.
func (f *configFile) fail(key, what string) {
	if key == "connectTimeout" || key == "socketTimeout" {
		what += " (seconds; the files for Java and .NET hold milliseconds)"
	}
	line := f.all[propertiesPrefix+strings.ToLower(key)].line
	f.errs = append(f.errs, fmt.Errorf("line %d: onlinePayments.api.%s: %s", line, key, what))
}

func (f *configFile) unknown() {
	for _, key := range slices.Sorted(maps.Keys(f.all)) {
		short, ours := strings.CutPrefix(key, propertiesPrefix)
		switch {
		case !ours || f.used[short]:
		case strings.Contains(short, "apikey"), strings.Contains(short, "secret"):
			f.errs = append(f.errs, fmt.Errorf("line %d: keys and secrets do not belong into this file: give them in code", f.all[key].line))
		default:
			f.errs = append(f.errs, fmt.Errorf("line %d: %s is not a known property", f.all[key].line, clean(key)))
		}
	}
}

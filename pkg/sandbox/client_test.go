package sandbox_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
	"github.com/payreconcile/payreconcile/pkg/sandbox/sandboxtest"
)

const (
	merchantID = "merchant"
	keyID      = "key"
	secret     = "secret"
	keyHeader  = "X-GCS-Idempotence-Key"
	replayOf   = "X-GCS-Idempotence-Request-Timestamp"
)

// signature is the signature of a text, worked out here and not by the sandbox.
func signature(secret, text string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// signedText is what a client signs: the resource as given, the headers of r.
func signedText(r *http.Request, resource string) string {
	lines := []string{r.Method, r.Header.Get("Content-Type"), r.Header.Get("Date")}
	var names []string
	for name := range r.Header {
		if lower := strings.ToLower(name); strings.HasPrefix(lower, "x-gcs") {
			names = append(names, lower)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		lines = append(lines, name+":"+r.Header.Get(name))
	}
	return strings.Join(append(lines, resource), "\n") + "\n"
}

func sign(r *http.Request, resource string) {
	r.Header.Set("Authorization", "GCS v1HMAC:"+keyID+":"+signature(secret, signedText(r, resource)))
}

// A client calls a sandbox the way the platform's own clients do. Without a URL
// it calls the handler itself.
type client struct {
	sb   *sandbox.Sandbox
	url  string
	http *http.Client
	now  func() time.Time
}

func direct(sb *sandbox.Sandbox) client { return client{sb: sb, now: time.Now} }

// start returns a client of a new sandbox that is called without a network.
func start(t *testing.T, change ...func(*sandbox.Behaviour)) client {
	t.Helper()
	b := sandbox.DefaultBehaviour()
	for _, f := range change {
		f(&b)
	}
	return direct(sandboxtest.New(t, sandbox.Config{Behaviour: &b}))
}

// serve returns a client of a new sandbox on a loopback address.
func serve(t *testing.T, change ...func(*sandbox.Behaviour)) client {
	t.Helper()
	b := sandbox.DefaultBehaviour()
	for _, f := range change {
		f(&b)
	}
	sb, url := sandboxtest.Start(t, sandbox.Config{Behaviour: &b})
	// Keep-alives are off: net/http repeats a GET by itself when a kept
	// connection breaks, which would hide a fault.
	return client{sb: sb, url: url, http: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, now: time.Now}
}

// An answer is what came back.
type answer struct {
	status int
	header http.Header
	raw    []byte
}

// at returns the value at a path such as "Operations.1.statusOutput.statusCode",
// or nil. Numbers are json.Number.
func (a answer) at(path string) any {
	dec := json.NewDecoder(bytes.NewReader(a.raw))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil {
		return nil
	}
	for name := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i >= len(x) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	if n, ok := v.(json.Number); ok {
		i, err := n.Int64()
		if err != nil {
			return err
		}
		return int(i)
	}
	return v
}

func (a answer) text(path string) string {
	s, _ := a.at(path).(string)
	return s
}

type option func(*http.Request)

func withKey(key string) option { return func(r *http.Request) { r.Header.Set(keyHeader, key) } }

var serial atomic.Int64

// request returns a signed request. The path is below the merchant; the body
// may be empty.
func (c client) request(method, path, body string, opts ...option) *http.Request {
	resource := "/v2/" + merchantID + path
	url := c.url
	if url == "" {
		url = "http://sandbox"
	}
	r, err := http.NewRequestWithContext(context.Background(), method, url+resource, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	r.Header.Set("Date", c.now().UTC().Format(http.TimeFormat))
	r.Header.Set("X-GCS-ServerMetaInfo", "eyJwbGF0Zm9ybSI6InRlc3QifQ==")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, o := range opts {
		o(r)
	}
	sign(r, resource)
	return r
}

func (c client) send(r *http.Request) (answer, error) {
	if c.url == "" {
		w := httptest.NewRecorder()
		c.sb.ServeHTTP(w, r)
		return answer{w.Code, w.Header(), w.Body.Bytes()}, nil
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return answer{}, err
	}
	body, err := io.ReadAll(resp.Body)
	if closing := resp.Body.Close(); err == nil {
		err = closing
	}
	return answer{resp.StatusCode, resp.Header, body}, err
}

func (c client) do(t require.TestingT, method, path, body string, opts ...option) answer {
	a, err := c.send(c.request(method, path, body, opts...))
	require.NoError(t, err)
	return a
}

func (c client) get(t require.TestingT, path string) answer {
	return c.do(t, http.MethodGet, path, "")
}

func (c client) post(t require.TestingT, path, body string, opts ...option) answer {
	return c.do(t, http.MethodPost, path, body, opts...)
}

// seed loads lines and fails the test when they are wrong.
func (c client) seed(t testing.TB, lines ...string) {
	t.Helper()
	n, err := c.sb.LoadSeed(strings.NewReader(strings.Join(lines, "\n")))
	require.NoError(t, err)
	require.Equal(t, len(lines), n)
}

// payment seeds an authorised payment of an amount and returns its path.
func (c client) payment(t *testing.T, amount int) string {
	t.Helper()
	id := 5_000_000_000 + serial.Add(1)
	text, err := json.Marshal(map[string]any{
		"id": itoa(id) + "_0", "amount": amount, "currency": "EUR",
		"merchantReference": "order-1", "mode": "PRE_AUTHORIZATION",
	})
	require.NoError(t, err)
	c.seed(t, string(text))
	return "/payments/" + itoa(id) + "_0"
}

func (c client) book(t require.TestingT, path string) sandbox.Book {
	b, err := c.sb.LedgerOf(strings.TrimPrefix(path, "/payments/"))
	require.NoError(t, err)
	return b
}

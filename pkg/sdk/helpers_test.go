package sdk_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sdk"
)

const (
	merchant = "PSPID1"
	keyID    = "KEYID0123456789"
	secret   = "not a real secret"
	payment  = "7301440001_0"
)

// fixture returns a recorded body.
func fixture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "testdata", "api", name+".json"))
	require.NoError(t, err)
	return data
}

func config(endpoint string) sdk.Config {
	return sdk.Config{Endpoint: endpoint, APIKeyID: keyID, APISecret: secret, Integrator: "Example Shop"}
}

// dial returns the merchant's services at endpoint.
func dial(t testing.TB, cfg sdk.Config, opts ...sdk.Option) *sdk.MerchantClient {
	t.Helper()
	c, err := sdk.NewClient(cfg, opts...)
	require.NoError(t, err)
	t.Cleanup(c.CloseIdleConnections)
	return c.Merchant(merchant)
}

// serve starts a server on loopback and returns the merchant's services at it.
func serve(t testing.TB, h http.HandlerFunc, change ...func(*sdk.Config)) *sdk.MerchantClient {
	t.Helper()
	return clientOf(t, h, change...).Merchant(merchant)
}

// clientOf starts a server on loopback and returns a client of it.
func clientOf(t testing.TB, h http.HandlerFunc, change ...func(*sdk.Config)) *sdk.Client {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	cfg := config(srv.URL)
	for _, f := range change {
		f(&cfg)
	}
	c, err := sdk.NewClient(cfg)
	require.NoError(t, err)
	t.Cleanup(c.CloseIdleConnections)
	return c
}

func quick(cfg *sdk.Config) {
	cfg.Retry.MinWait, cfg.Retry.MaxWait, cfg.Retry.MaxRetryAfter = time.Nanosecond, time.Nanosecond, time.Nanosecond
}

func once(cfg *sdk.Config) { cfg.Retry.MaxSends = 1 }

func answer(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// A step is what a script does with one send.
type step func(*http.Request) (*http.Response, error)

// A script is a connection that plays one step a send, the last one for ever, and
// keeps what it was sent. It makes no connection, so that it runs in virtual time.
type script struct {
	steps []step
	sent  []sentRequest
}

type sentRequest struct {
	method, resource string
	header           http.Header
	body             string
	at               time.Time
}

func (s *script) RoundTrip(req *http.Request) (*http.Response, error) {
	sent := sentRequest{req.Method, req.URL.RequestURI(), req.Header.Clone(), "", time.Now()}
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		sent.body = string(body)
		_ = req.Body.Close()
	}
	s.sent = append(s.sent, sent)
	return s.steps[min(len(s.sent), len(s.steps))-1](req)
}

// says answers with a status, a body and headers in pairs.
func says(status int, body string, headers ...string) step {
	return func(req *http.Request) (*http.Response, error) {
		h := http.Header{"Content-Type": {"application/json"}}
		for i := 0; i+1 < len(headers); i += 2 {
			h.Set(headers[i], headers[i+1])
		}
		return &http.Response{
			StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)),
			ContentLength: int64(len(body)), Request: req,
		}, nil
	}
}

func breaks(err error) step {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

// cutsOff answers with a body that ends before it is complete.
func cutsOff(status int, body string) step {
	return func(req *http.Request) (*http.Response, error) {
		resp, err := says(status, body)(req)
		resp.Body = io.NopCloser(io.MultiReader(bytes.NewReader([]byte(body)), brokenReader{}))
		return resp, err
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// verify checks a signature from the rules, with none of the code under test.
func verify(method, resource string, h http.Header) error {
	names := make([]string, 0, len(h))
	for name := range h {
		if strings.HasPrefix(strings.ToLower(name), "x-gcs") {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	data := method + "\n" + h.Get("Content-Type") + "\n" + h.Get("Date") + "\n"
	for _, name := range names {
		data += strings.ToLower(name) + ":" + canonical(h[name][0]) + "\n"
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(data + resource + "\n"))
	want := "GCS v1HMAC:" + keyID + ":" + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	if got := h.Get("Authorization"); got != want {
		return fmt.Errorf("authorization of %q is %q, want %q", data+resource, got, want)
	}
	return nil
}

var lineBreak = regexp.MustCompile(`\r?\n[\t\v\f \x{85}\p{Z}]*`)

// canonical is the rule for header values as it is written down.
func canonical(v string) string { return strings.TrimSpace(lineBreak.ReplaceAllString(v, " ")) }

package conformance_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	keyID  = "KEYID0123456789"
	secret = "not a real secret, äöü"
)

var lineBreak = regexp.MustCompile(`\r?\n[^\S\r\n]*`)

// sign is the signature of a request, written down a second time so that it cannot
// repeat a mistake of the SDK.
func sign(secret, method, contentType, resource string, header http.Header) string {
	lines := []string{method, contentType, header.Get("Date")}
	var gcs []string
	for name, values := range header {
		if name = strings.ToLower(name); strings.HasPrefix(name, "x-gcs") {
			value := lineBreak.ReplaceAllString(strings.Join(values, ","), " ")
			gcs = append(gcs, name+":"+strings.TrimSpace(value))
		}
	}
	slices.Sort(gcs)
	lines = append(append(lines, gcs...), resource, "")
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(strings.Join(lines, "\n")))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// The forms of signatures that clients of the platform make.
const (
	asSent        = "as sent"
	decoded       = "decoded path and query"
	noContentType = "without the Content-Type that was sent"
	badSignature  = "does not fit"
)

// signed returns the form in which a request is signed.
func signed(r *request) string {
	got, ok := strings.CutPrefix(r.Header.Get("Authorization"), "GCS v1HMAC:"+keyID+":")
	if !ok {
		return badSignature
	}
	plain, err := url.QueryUnescape(strings.ReplaceAll(r.URI, "+", "%2B"))
	if err != nil {
		plain = r.URI
	}
	contentType := r.Header.Get("Content-Type")
	for _, form := range []struct{ name, contentType, resource string }{
		{asSent, contentType, r.URI},
		{decoded, contentType, plain},
		{noContentType, "", r.URI},
		{noContentType + ", " + decoded, "", plain},
	} {
		want := sign(secret, r.Method, form.contentType, form.resource, r.Header)
		if hmac.Equal([]byte(got), []byte(want)) {
			return form.name
		}
	}
	return badSignature
}

// TestSign holds this test's own signature against those that are published.
func TestSign(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("..", "..", "testdata", "api", "signatures.json"))
	require.NoError(t, err)
	var vectors []struct {
		Secret, Method, Resource, Signature string
		Headers                             map[string]string
	}
	require.NoError(t, json.Unmarshal(data, &vectors))
	require.GreaterOrEqual(t, len(vectors), 8)
	for _, v := range vectors {
		header := http.Header{}
		for name, value := range v.Headers {
			header.Set(name, value)
		}
		got := sign(v.Secret, v.Method, header.Get("Content-Type"), v.Resource, header)
		require.Equal(t, v.Signature, got, "%s %s", v.Method, v.Resource)
	}
}

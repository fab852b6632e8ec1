package sdk_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sdk"
)

func TestSignatureVectors(t *testing.T) {
	t.Parallel()
	var vectors []struct {
		KeyID, Secret, Method, Resource, Signature string
		Headers                                    map[string]string
	}
	require.NoError(t, json.Unmarshal(fixture(t, "signatures"), &vectors))
	require.Len(t, vectors, 8)
	for _, v := range vectors {
		a, err := sdk.NewV1HMAC(v.KeyID, v.Secret)
		require.NoError(t, err)
		for _, spelled := range []func(string) string{http.CanonicalHeaderKey, func(s string) string { return s }} {
			h := http.Header{}
			for name, value := range v.Headers {
				h[spelled(name)] = []string{value}
			}
			got, err := a.Authorization(v.Method, v.Resource, h)
			require.NoError(t, err)
			require.Empty(t, cmp.Diff("GCS v1HMAC:"+v.KeyID+":"+v.Signature, got), v.Resource)
		}
	}
}

func TestSignatureIsOfTheCanonicalValue(t *testing.T) {
	t.Parallel()
	for value, same := range map[string]string{
		"aap\nnoot  ": "aap noot",
		" some value  \r\n \n with  some \r\n  spaces ": "some value    with  some  spaces",
		"a\r\n\tb":   "a b",
		"a\rb":       "a\rb",
		"\n\n":       "",
		"":           "",
		"a\n\u00a0b": "a b",
		"a\r\r\nb":   "a\r b",
	} {
		require.Equal(t, authorization(t, same), authorization(t, value), "%q", value)
	}
	require.NotEqual(t, authorization(t, "a  b"), authorization(t, "a b"), "spaces inside a line are kept")
}

func authorization(t testing.TB, value string) string {
	a, err := sdk.NewV1HMAC(keyID, secret)
	require.NoError(t, err)
	got, err := a.Authorization(http.MethodGet, "/v2/1", http.Header{"X-Gcs-Servermetainfo": {value}})
	require.NoError(t, err)
	return got
}

func FuzzSignature(f *testing.F) {
	for _, v := range []string{"", " plain ", "aap\nnoot  ", " some value  \r\n \n with  some \r\n  spaces ", "\r\n\r\n", "a\n\v\f\u2003b", "\u0085\n\u0085"} {
		f.Add(v, "/v2/1/payments/2?a=b", "application/json")
	}
	f.Fuzz(func(t *testing.T, value, resource, contentType string) {
		if !utf8.ValidString(value) {
			t.Skip("header values are checked to be ASCII before they are signed")
		}
		a, err := sdk.NewV1HMAC(keyID, secret)
		require.NoError(t, err)
		h := http.Header{
			"Content-Type": {contentType}, "Date": {"Fri, 06 Jun 2014 13:39:43 GMT"},
			"X-Gcs-Servermetainfo": {value}, "X-GCS-ClientMetaInfo": {value + value}, "x-gcs-a": {"1"}, "Other": {"unsigned"},
		}
		got, err := a.Authorization(http.MethodPost, resource, h)
		require.NoError(t, err)
		h["Authorization"] = []string{got}
		require.NoError(t, verify(http.MethodPost, resource, h))
	})
}

func TestNewV1HMACRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ id, secret string }{
		"no key":           {"", secret},
		"a blank key":      {" ", secret},
		"a line in a key":  {"a\nb", secret},
		"no secret":        {keyID, ""},
		"only white space": {keyID, "\t "},
	} {
		_, err := sdk.NewV1HMAC(tt.id, tt.secret)
		require.Error(t, err, name)
	}
}

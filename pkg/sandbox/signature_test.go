package sandbox_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
	"github.com/payreconcile/payreconcile/pkg/sandbox/sandboxtest"
)

const (
	date2014 = "Fri, 06 Jun 2014 13:39:43 GMT"
	date2020 = "Wed, 01 Jan 2020 11:00:00 GMT"
	secret1  = "6Kj5HT0MQKC6D8eb7W3lTg71kVKVDSt1"
	secret6  = "I42Zf4pVnRdroHfuHnRiJjJ2B6+22h0yQt/R3nZR8Xg="
	jsonText = "application/json"
)

// The signatures that the vendor's own clients make in their tests. An accepted
// signature of a token that there is not is answered with 404, one of a method
// that the path does not have with 405.
func TestVectorsOfTheVendor(t *testing.T) {
	t.Parallel()
	for name, v := range map[string]struct {
		keyID, secret, method, contentType, date, path string
		meta                                           bool
		signature                                      string
	}{
		"1":                                   {"EC36A74A98D21", secret1, "GET", "", date2014, "/v2/1/tokens/2", false, "vCos01y77soPNJOW6kDCm4Bu5b2darAZ09PP7Wa+jRA="},
		"2":                                   {"apiKeyId", "secretApiKey", "DELETE", jsonText, date2014, "/v2/1/tokens/2", true, "jXG/ESTtRWawO4OOyxOrtWcQA8XkrZKeoHeGGIj4jws="},
		"3":                                   {"apiKeyId", "secretApiKey", "DELETE", jsonText, date2014, "/v2/1/tokens/123456789", true, "qi/6Uo1GVIfvKQYmKoq9amJC/UD1kQX2nZAQwYM+6jQ="},
		"4":                                   {"EC36A74A98D21", secret1, "GET", "", date2014, "/v2/1/tokens/123456789", false, "miC7b0pEJ9Hx5yc4ouC54UoHwAhuPEdkwAN6NALo+Ow="},
		"5":                                   {"apiKeyId", "secretApiKey", "DELETE", "", date2020, "/v2/1/tokens", true, "zcDsJLRYsh99pqyCFdrVLyLVi+4A+QLis14rEtV8c98="},
		"6":                                   {"5e45c937b9db33ae", secret6, "GET", "", date2014, "/v2/1/tokens/123456789", false, "UpOoo/pmmj7tW03IbEcw2WtJURFCKL2/J6hqMc+1h1I="},
		"7":                                   {"5e45c937b9db33ae", secret6, "DELETE", jsonText, date2014, "/v2/1/tokens/123456789", true, "TbiTwCCsGsyFFnfWt5Rreg0cGYJeTiofxjuZNSLUuGo="},
		"8":                                   {"EC36A74A98D21", secret1, "GET", "", date2014, "/v2/9991/tokens/123456789", false, "Y3E5YaU3oQCt4osEotLGb9W0cMclIzlCpvbaD1KhWxE="},
		"6, content type sent and not signed": {"5e45c937b9db33ae", secret6, "GET", jsonText, date2014, "/v2/1/tokens/123456789", false, "UpOoo/pmmj7tW03IbEcw2WtJURFCKL2/J6hqMc+1h1I="},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now, err := time.Parse(http.TimeFormat, v.date)
			require.NoError(t, err)
			sb := sandboxtest.New(t, sandbox.Config{
				MerchantID: strings.Split(v.path, "/")[2], APIKeyID: v.keyID, APISecret: v.secret, Now: func() time.Time { return now.Add(4 * time.Minute) },
			})
			call := func(signature string) int {
				r := httptest.NewRequestWithContext(t.Context(), v.method, v.path, nil)
				r.Header.Set("Date", v.date)
				if v.contentType != "" {
					r.Header.Set("Content-Type", v.contentType)
				}
				if v.meta {
					for _, h := range []string{"X-GCS-ServerMetaInfo", "X-GCS-CustomerHeader", "X-GCS-ClientMetaInfo"} {
						r.Header.Set(h, "processed header value")
					}
				}
				r.Header.Set("Authorization", "GCS v1HMAC:"+v.keyID+":"+signature)
				w := httptest.NewRecorder()
				sb.ServeHTTP(w, r)
				return w.Code
			}
			want := 404
			if strings.HasSuffix(v.path, "/tokens") {
				want = 405
			}
			require.Equal(t, want, call(v.signature))
			altered := "A" + v.signature[1:]
			require.Equal(t, 403, call(altered))
		})
	}
}

func TestSignedHeaderValues(t *testing.T) {
	t.Parallel()
	c := start(t)
	for value, canonical := range map[string]string{
		"aap\nnoot  ": "aap noot",
		" some value  \r\n \n with  some \r\n  spaces ": "some value    with  some  spaces",
		"a\r\n\tb": "a b",
		"  ":       "",
	} {
		r := c.request(http.MethodGet, "/services/testconnection", "")
		r.Header["X-GCS-CustomerHeader"] = []string{value} // as a client in the same process may set it
		text := strings.Replace(signedText(r, r.URL.Path), "x-gcs-customerheader:\n", "x-gcs-customerheader:"+canonical+"\n", 1)
		require.Contains(t, text, "x-gcs-customerheader:"+canonical+"\nx-gcs-servermetainfo:")
		r.Header.Set("Authorization", "GCS v1HMAC:"+keyID+":"+signature(secret, text))
		a, err := c.send(r)
		require.NoError(t, err)
		require.Equal(t, 200, a.status, "%q", value)
	}
}

func TestWhatMayBeSigned(t *testing.T) {
	t.Parallel()
	const path = "/v2/merchant/payments/9000000000%5F0?aap=noot&mies=geen%20noot"
	const decoded = "/v2/merchant/payments/9000000000_0?aap=noot&mies=geen noot"
	for name, tt := range map[string]struct {
		form, resource string
		want           int
	}{
		"raw":               {sandbox.ResourceAny, path, 404},
		"decoded":           {sandbox.ResourceAny, decoded, 404},
		"raw required":      {sandbox.ResourceRaw, decoded, 403},
		"raw is fine":       {sandbox.ResourceRaw, path, 404},
		"decoded required":  {sandbox.ResourceDecoded, path, 403},
		"decoded is fine":   {sandbox.ResourceDecoded, decoded, 404},
		"query left out":    {sandbox.ResourceAny, "/v2/merchant/payments/9000000000%5F0", 403},
		"another path":      {sandbox.ResourceAny, "/v2/merchant/payments/9000000001%5F0?aap=noot&mies=geen%20noot", 403},
		"plus is not space": {sandbox.ResourceAny, strings.ReplaceAll(decoded, "geen noot", "geen+noot"), 403},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t, func(b *sandbox.Behaviour) { b.SignedResource = tt.form })
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
			r.Header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
			sign(r, tt.resource)
			a, err := c.send(r)
			require.NoError(t, err)
			require.Equal(t, tt.want, a.status)
		})
	}
}

func TestRefusedSignatures(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*http.Request){
		"unsigned":         func(r *http.Request) { r.Header.Del("Authorization") },
		"another scheme":   func(r *http.Request) { r.Header.Set("Authorization", "Basic a2V5OnNlY3JldA==") },
		"no signature":     func(r *http.Request) { r.Header.Set("Authorization", "GCS v1HMAC:key") },
		"empty signature":  func(r *http.Request) { r.Header.Set("Authorization", "GCS v1HMAC:key:") },
		"not base64":       func(r *http.Request) { r.Header.Set("Authorization", "GCS v1HMAC:key:"+strings.Repeat("!", 44)) },
		"long signature":   func(r *http.Request) { r.Header.Set("Authorization", "GCS v1HMAC:key:"+strings.Repeat("A", 5000)) },
		"no date":          func(r *http.Request) { r.Header.Del("Date"); sign(r, r.URL.Path) },
		"date is text":     func(r *http.Request) { r.Header.Set("Date", "yesterday"); sign(r, r.URL.Path) },
		"other zone":       func(r *http.Request) { r.Header.Set("Date", time.Now().Format(time.RFC1123)); sign(r, r.URL.Path) },
		"stale":            func(r *http.Request) { setDate(r, -6*time.Minute) },
		"from the future":  func(r *http.Request) { setDate(r, 6*time.Minute) },
		"header added":     func(r *http.Request) { r.Header.Set("X-GCS-ClientMetaInfo", "e30=") },
		"key header added": func(r *http.Request) { r.Header.Set(keyHeader, "k") },
		"method changed":   func(r *http.Request) { r.Method = http.MethodPost },
		"signed by another": func(r *http.Request) {
			r.Header.Set("Authorization", "GCS v1HMAC:key:"+signature("other", signedText(r, r.URL.Path)))
		},
		"unknown key id": func(r *http.Request) {
			r.Header.Set("Authorization", "GCS v1HMAC:kez:"+signature(secret, signedText(r, r.URL.Path)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, status := range []int{401, 403} {
				c := start(t, func(b *sandbox.Behaviour) { b.SignatureStatus = status })
				r := c.request(http.MethodGet, "/services/testconnection", "")
				change(r)
				a, err := c.send(r)
				require.NoError(t, err)
				require.Equal(t, status, a.status)
				require.Equal(t, "9002", a.text("errors.0.errorCode"))
				require.Equal(t, int64(0), c.sb.Requests()["testConnection"])
			}
		})
	}
}

func setDate(r *http.Request, by time.Duration) {
	r.Header.Set("Date", time.Now().Add(by).UTC().Format(http.TimeFormat))
	sign(r, r.URL.Path)
}

func TestAcceptedDates(t *testing.T) {
	t.Parallel()
	c := start(t)
	for _, layout := range []string{http.TimeFormat, "Mon, 2 Jan 2006 15:04:05 GMT"} {
		r := c.request(http.MethodGet, "/services/testconnection", "")
		r.Header.Set("Date", time.Now().Add(-4*time.Minute).UTC().Format(layout))
		sign(r, r.URL.Path)
		a, err := c.send(r)
		require.NoError(t, err)
		require.Equal(t, 200, a.status)
	}
	c.sb.Advance(48 * time.Hour)
	require.Equal(t, 200, c.get(t, "/services/testconnection").status, "clients do not see the clock move")
	loose := start(t, func(b *sandbox.Behaviour) { b.ClockSkew = -1 })
	loose.now = func() time.Time { return time.Unix(0, 0) }
	require.Equal(t, 200, loose.get(t, "/services/testconnection").status)
}

func TestWrongMerchant(t *testing.T) {
	t.Parallel()
	c := start(t)
	for _, merchant := range []string{"000000", "other", "merchant%2F", "MERCHANT"} {
		r := c.request(http.MethodGet, "", "")
		r.URL.Path, r.URL.RawPath = "", ""
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://sandbox/v2/"+merchant+"/services/testconnection", nil)
		require.NoError(t, err)
		r.Header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
		sign(r, r.URL.EscapedPath())
		a, err := c.send(r)
		require.NoError(t, err)
		require.Equal(t, 403, a.status)
		require.Equal(t, "9007 ACCESS_TO_MERCHANT_NOT_ALLOWED", a.text("errors.0.errorCode")+" "+a.text("errors.0.id"))
		require.NotEmpty(t, a.text("errorId"))
	}
}

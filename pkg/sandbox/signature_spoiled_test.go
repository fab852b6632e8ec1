package sandbox_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// parts are the texts of a request that its signature covers, or that are it.
func (w *wire) parts(signsType bool) map[string]*string {
	all := map[string]*string{"method": &w.method, "target": &w.target, "date": &w.date, "key id": &w.keyID, "signature": &w.signature}
	if signsType && w.contentType != "" {
		all["content type"] = &w.contentType
	}
	for i := range w.headers {
		if strings.HasPrefix(strings.ToLower(w.headers[i][0]), "x-gcs") {
			all[w.headers[i][0]] = &w.headers[i][1]
		}
	}
	return all
}

// TestEveryByteIsSigned changes each byte of each part of each client's requests.
func TestEveryByteIsSigned(t *testing.T) {
	t.Parallel()
	for _, c := range signingClients() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			sb := sandboxOf2014(t).sb
			for name, call := range signedCalls {
				w := c.wire(t, call)
				signsType := call.method != "GET" || c.signs["GET"] != ""
				for part, text := range w.parts(signsType) {
					whole := *text
					for i := range len(whole) {
						for _, b := range []byte{whole[i] ^ 1, whole[i] ^ 0x20} {
							if b <= ' ' || b > '~' {
								continue
							}
							*text = whole[:i] + string(b) + whole[i+1:]
							requireRefused(t, w.send(t, sb), "%s: %s %q", name, part, *text)
						}
					}
					*text = whole
				}
				require.Equal(t, call.status, w.send(t, sb).status, "%s, put together again", name)
				for _, n := range []string{"X-GCS-ClientMetaInfo", "x-gcs-other", "X-Gcs"} {
					more := w
					more.headers = append(slices.Clone(w.headers), [2]string{n, "e30="})
					requireRefused(t, more.send(t, sb), "%s with %s", name, n)
				}
				for _, contentType := range []string{"", "text/html", "application/json; charset=utf-8"} {
					if other := w; signsType && contentType != w.contentType {
						other.contentType = contentType
						requireRefused(t, other.send(t, sb), "%s of type %q", name, contentType)
					}
				}
				if path, query, ok := strings.Cut(w.target, "?"); ok {
					first, rest, _ := strings.Cut(query, "&")
					w.target = path + "?" + rest + "&" + first
					requireRefused(t, w.send(t, sb), "%s, query in another order", name)
				}
			}
		})
	}
}

// requireRefused wants an answer to a request that is not as it was signed: 403, or
// what comes before any signature, which are requests and paths that cannot be.
func requireRefused(t require.TestingT, a answer, format string, args ...any) {
	if a.raw == nil || a.text("errors.0.id") == "UNKNOWN_RESOURCE" {
		return
	}
	require.Equal(t, 403, a.status, append([]any{format}, args...)...)
	require.Equal(t, "MISSING_OR_INVALID_AUTHORIZATION", a.text("errors.0.id"))
}

// TestSpoiledRequests spoils requests in any way: a byte put in, taken out or
// changed, or two parts with each other's text.
func TestSpoiledRequests(t *testing.T) {
	t.Parallel()
	sb := sandboxOf2014(t).sb
	clients, names := signingClients(), make([]string, 0, len(signedCalls))
	for name := range signedCalls {
		names = append(names, name)
	}
	slices.Sort(names)
	rapid.Check(t, func(rt *rapid.T) {
		c := rapid.SampledFrom(clients).Draw(rt, "client")
		call := signedCalls[rapid.SampledFrom(names).Draw(rt, "call")]
		w := c.wire(t, call)
		parts := w.parts(call.method != "GET" || c.signs["GET"] != "")
		list := make([]string, 0, len(parts))
		for name := range parts {
			list = append(list, name)
		}
		slices.Sort(list)
		text := parts[rapid.SampledFrom(list).Draw(rt, "part")]
		whole := *text
		at := rapid.IntRange(0, len(whole)-1).Draw(rt, "at")
		b := string(rapid.ByteRange('!', '~').Draw(rt, "byte"))
		switch rapid.IntRange(0, 3).Draw(rt, "how") {
		case 0:
			*text = whole[:at] + b + whole[at:]
		case 1:
			*text = whole[:at] + whole[at+1:]
		case 2:
			*text = whole[:at] + b + whole[at+1:]
		case 3:
			*text = *parts[rapid.SampledFrom(list).Draw(rt, "other")]
		}
		if *text == whole {
			require.NotEqual(rt, 403, w.send(t, sb).status)
			return
		}
		requireRefused(rt, w.send(t, sb), "%q", *text)
	})
}

// A folded header value is signed with one space for the fold, which is how HTTP
// reads it too.
func TestFoldedHeaderIsSignedUnfolded(t *testing.T) {
	t.Parallel()
	sb := sandboxOf2014(t).sb
	for _, c := range signingClients() {
		w := c.wire(t, signedCalls["GET"])
		w.headers = append(w.headers, [2]string{"X-GCS-CustomerHeader", "processed header value"})
		w.signature = signature(secret, c.signed(&w, "GET", w.target))
		w.headers[len(w.headers)-1][1] = "processed\r\n  header\r\n\tvalue  "
		require.Equal(t, 200, w.send(t, sb).status, c.name)
	}
}

func TestOddAuthorizations(t *testing.T) {
	t.Parallel()
	c := start(t)
	good := c.request("GET", "/services/testconnection", "").Header.Get("Authorization")
	proof := good[strings.LastIndexByte(good, ':')+1:]
	for _, odd := range []string{
		"GCS  v1HMAC:key:" + proof, "GCS v1HMAC: key:" + proof, "GCS v1HMAC:key: " + proof, "GCS v1HMAC:key :" + proof,
		" " + good, good + " ", good + "\t", "GCS\tv1HMAC:key:" + proof, "gcs v1HMAC:key:" + proof, "GCS v1hmac:key:" + proof,
		"GCS v1HMAC:key:" + strings.TrimRight(proof, "="), good + "=", good + ":", "GCS v1HMAC:key::" + proof, "v1HMAC:key:" + proof,
		"GCS v1HMAC:key:" + proof + ", " + good, good + "," + good, "GCS v1HMAC:key:" + proof[:20] + "\n" + proof[20:], "GCS v1HMAC:KEY:" + proof,
	} {
		r := c.request("GET", "/services/testconnection", "")
		for _, values := range [][]string{{odd}, {good, odd}, {odd, good}, {good, good}} {
			r.Header["Authorization"] = values
			a, err := c.send(r)
			require.NoError(t, err)
			require.Equal(t, 403, a.status, "%q", values)
		}
	}
}

package sandbox_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

// The clocks of these tests stand on a day with one digit.
var june2014 = time.Date(2014, time.June, 6, 13, 39, 43, 0, time.UTC)

// A signingClient is how one of the vendor's clients sends and signs.
type signingClient struct {
	name, sdk    string
	decodes      bool              // signs path and query decoded
	plus         bool              // writes a space in a query as a plus sign
	day          string            // how it writes the day of a date
	sends, signs map[string]string // Content-Type by method; "" is a POST without a body
	headers      [2]string         // how it spells the names of its two headers
}

func signingClients() []signingClient {
	const text, padded, bare = "text/plain", "02", "2"
	onlyBodies := map[string]string{"POST": jsonText}
	mixed := [2]string{"X-GCS-ServerMetaInfo", "X-GCS-Idempotence-Key"}
	everything := map[string]string{"GET": jsonText, "POST": jsonText, "": jsonText, "DELETE": jsonText}
	return []signingClient{
		{"python", "PythonServerSDK/v8.4.0", false, true, padded, onlyBodies, onlyBodies, mixed},
		{"java", "JavaServerSDK/v7.4.1", true, false, bare, onlyBodies, onlyBodies, mixed},
		{"dotnet", "DotnetServerSDK/v7.4.0", true, false, padded, onlyBodies, onlyBodies, mixed},
		{"php", "PhpServerSDK/v8.4.0", false, true, padded, onlyBodies, onlyBodies, [2]string{"X-Gcs-Servermetainfo", "x-gcs-idempotence-key"}},
		{
			"ruby", "RubyServerSDK/v7.0.0", false, false, padded,
			map[string]string{"POST": jsonText, "": text},
			map[string]string{"POST": jsonText, "": text},
			[2]string{"x-gcs-servermetainfo", "X-GCS-IDEMPOTENCE-KEY"},
		},
		{
			"node", "NodejsServerSDK/v6.2.0", false, false, padded, everything,
			map[string]string{"POST": jsonText, "": jsonText, "DELETE": jsonText},
			mixed,
		},
	}
}

// A signedCall is a call that each client makes, and how it is answered.
type signedCall struct {
	method, path, query, body, key string
	gzip                           bool
	status                         int
}

var signedCalls = map[string]signedCall{
	"GET":                 {method: "GET", path: "/services/testconnection", status: 200},
	"GET with a list":     {method: "GET", path: "/products", query: "countryCode=DE&currencyCode=EUR&hide=fields&hide=accountsOnFile", status: 200},
	"GET with a space":    {method: "GET", path: "/services/testconnection", query: "aap=noot&mies=geen noot", status: 200},
	"GET of an odd path":  {method: "GET", path: "/tokens/a b", query: "x=1 2&y=3", status: 404},
	"POST":                {method: "POST", path: "/payments/3066177001_0/capture", body: `{"amount":1}`, key: "key-1", status: 201},
	"POST without a body": {method: "POST", path: "/payments/3066177002_0/cancel", key: "key-2", status: 200},
	"block":               {method: "POST", path: "/mandates/m-1/block", status: 404},
	"submit a batch":      {method: "POST", path: "/merchant-batches", body: batchOf("b", "CapturePayment", "capturePayments", item("3066177001_0", "capture", "{}")), gzip: true, status: 201},
	"process a batch":     {method: "POST", path: "/merchant-batches/none/process", key: "key-3", status: 404},
	"DELETE":              {method: "DELETE", path: "/tokens/123456789", status: 404},
}

// A wire is a request part by part, so that a test can spoil one.
type wire struct {
	method, target, contentType, date, keyID, signature string
	headers                                             [][2]string
	body                                                []byte
}

// wire writes a call as the client does.
func (c *signingClient) wire(t *testing.T, call signedCall) wire {
	t.Helper()
	kind := call.method
	if kind == "POST" && call.body == "" {
		kind = ""
	}
	path, query := "/v2/"+merchantID+call.path, call.query
	if query != "" {
		query = "?" + query
	}
	space := "%20"
	if c.plus {
		space = "+"
	}
	w := wire{
		method: call.method, contentType: c.sends[kind], keyID: keyID, body: []byte(call.body),
		target: strings.ReplaceAll(path, " ", "%20") + strings.ReplaceAll(query, " ", space),
		date:   june2014.Format("Mon, " + c.day + " Jan 2006 15:04:05 GMT"),
		headers: [][2]string{{c.headers[0], base64.StdEncoding.EncodeToString([]byte(
			`{"platformIdentifier":"Linux","sdkIdentifier":"` + c.sdk + `","sdkCreator":"OnlinePayments","integrator":"Käufer"}`))}},
	}
	if call.gzip {
		w.headers, w.body = append(w.headers, [2]string{"Content-Encoding", "gzip"}), []byte(packed(t, call.body))
	}
	if call.key != "" {
		w.headers = append(w.headers, [2]string{c.headers[1], call.key})
	}
	resource := w.target
	if c.decodes {
		resource = path + query
	}
	w.signature = signature(secret, c.signed(&w, kind, resource))
	return w
}

// signed is the text that the client signs.
func (c *signingClient) signed(w *wire, kind, resource string) string {
	text := w.method + "\n" + c.signs[kind] + "\n" + w.date + "\n"
	var lines []string
	for _, h := range w.headers {
		if name := strings.ToLower(h[0]); strings.HasPrefix(name, "x-gcs") {
			lines = append(lines, name+":"+h[1]+"\n")
		}
	}
	slices.Sort(lines)
	return text + strings.Join(lines, "") + resource + "\n"
}

// send hands a request to a sandbox as a server would; what no server takes is
// answered with 400.
func (w *wire) send(t *testing.T, sb *sandbox.Sandbox) answer {
	t.Helper()
	text := w.method + " " + w.target + " HTTP/1.1\r\nHost: sandbox\r\nDate: " + w.date + "\r\n" +
		"Authorization: GCS v1HMAC:" + w.keyID + ":" + w.signature + "\r\nContent-Length: " + itoa(len(w.body)) + "\r\n"
	if w.contentType != "" {
		text += "Content-Type: " + w.contentType + "\r\n"
	}
	for _, h := range w.headers {
		text += h[0] + ": " + h[1] + "\r\n"
	}
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(text + "\r\n")))
	if err != nil {
		return answer{status: http.StatusBadRequest}
	}
	r.Body = io.NopCloser(bytes.NewReader(w.body))
	a, err := client{sb: sb}.send(r)
	require.NoError(t, err)
	return a
}

func sandboxOf2014(t *testing.T) client {
	t.Helper()
	sb, err := sandbox.New(sandbox.Config{MerchantID: merchantID, APIKeyID: keyID, APISecret: secret, Now: func() time.Time { return june2014 }})
	require.NoError(t, err)
	c := client{sb: sb}
	c.seed(t, `{"id":"3066177001_0","amount":1000,"currency":"EUR"}`, `{"id":"3066177002_0","amount":1000,"currency":"EUR"}`)
	return c
}

// TestEveryClientIsAccepted: whatever each client of the vendor's makes of the
// rules, the sandbox takes its requests, and those only as they were signed.
func TestEveryClientIsAccepted(t *testing.T) {
	t.Parallel()
	for _, c := range signingClients() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			sb := sandboxOf2014(t).sb
			for name, call := range signedCalls {
				w := c.wire(t, call)
				require.Equal(t, c.decodes && strings.Contains(call.path+call.query, " "), !signsRaw(t, &c, &w), name)
				require.Equal(t, call.status, w.send(t, sb).status, name)
			}
			for _, id := range []string{"3066177001", "3066177002"} {
				book, err := sb.LedgerOf(id)
				require.NoError(t, err)
				require.Equal(t, 1, book.Count(sandbox.Capture)+book.Count(sandbox.Cancel))
			}
		})
	}
}

// signsRaw says whether the client signed the path and query as it sends them.
func signsRaw(t *testing.T, c *signingClient, w *wire) bool {
	t.Helper()
	kind := w.method
	if kind == "POST" && len(w.body) == 0 {
		kind = ""
	}
	raw := w.signature == signature(secret, c.signed(w, kind, w.target))
	decoded, err := url.PathUnescape(w.target)
	require.NoError(t, err)
	require.True(t, raw || w.signature == signature(secret, c.signed(w, kind, decoded)))
	return raw
}

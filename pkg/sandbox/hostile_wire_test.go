package sandbox_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
	"github.com/payreconcile/payreconcile/pkg/sandbox/sandboxtest"
)

// A head is the beginning of a request as bytes.
type head struct {
	proto, method, target, resource string // resource is what is signed; the target when empty
	headers                         string // lines that end in CRLF; those of x-gcs are signed
}

// text writes the head, signed, up to the empty line.
func (h head) text() string {
	resource := h.resource
	if resource == "" {
		resource = h.target
	}
	date := time.Now().UTC().Format(http.TimeFormat)
	contentType, signed := "", []string{}
	for line := range strings.SplitSeq(h.headers, "\r\n") {
		name, value, _ := strings.Cut(line, ": ")
		switch name = strings.ToLower(name); {
		case name == "content-type":
			contentType = value
		case strings.HasPrefix(name, "x-gcs"):
			signed = append(signed, name+":"+value+"\n")
		}
	}
	slices.Sort(signed)
	text := h.method + "\n" + contentType + "\n" + date + "\n" + strings.Join(signed, "") + resource + "\n"
	return h.method + " " + h.target + " " + h.proto + "\r\nHost: sandbox\r\nDate: " + date + "\r\n" + h.headers +
		"Authorization: GCS v1HMAC:" + keyID + ":" + signature(secret, text) + "\r\n\r\n"
}

// A safeLog is what a server logs.
type safeLog struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *safeLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *safeLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// exchange writes bytes to a server, closes its side and reads the answers.
func exchange(t *testing.T, address, text string) []answer {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	if _, err = io.WriteString(conn, text); err == nil { // a server may answer before it has read all
		_ = conn.(*net.TCPConn).CloseWrite()
	}
	var all []answer
	for from := bufio.NewReader(conn); ; {
		resp, err := http.ReadResponse(from, nil)
		if err != nil {
			return all
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		require.NoError(t, err)
		all = append(all, answer{resp.StatusCode, resp.Header, body})
	}
}

const (
	wirePayment = "/v2/merchant/payments/3066177001_0"
	wireCapture = wirePayment + "/capture"
	connection  = "/v2/merchant/services/testconnection"
	wireJSON    = "Content-Type: application/json\r\n"
)

// TestRequestsOnTheWire sends what no decent client sends. Where the status has an
// error of the platform, the answer holds it; the rest is answered by net/http.
func TestRequestsOnTheWire(t *testing.T) {
	t.Parallel()
	get := func(target string) head { return head{proto: "HTTP/1.1", method: "GET", target: target} }
	post := func(target, headers string) string {
		return head{proto: "HTTP/1.1", method: "POST", target: target, headers: headers}.text()
	}
	length := func(n int) string { return "Content-Length: " + itoa(n) + "\r\n" }
	const one = `{"amount":1}`
	old, absolute, elsewhere := get(connection), get("http://sandbox"+connection), get("http://sandbox"+connection)
	old.proto, absolute.resource = "HTTP/1.0", connection
	s := readSchema(t)
	for name, tt := range map[string]struct {
		text     string
		status   int
		error    string
		captures int
	}{
		"HTTP/1.0":                   {old.text(), 200, "", 0},
		"absolute form":              {absolute.text(), 200, "", 0},
		"absolute form, signed so":   {elsewhere.text(), 403, "MISSING_OR_INVALID_AUTHORIZATION", 0},
		"authority form":             {head{proto: "HTTP/1.1", method: "CONNECT", target: "sandbox:80"}.text(), 404, "UNKNOWN_RESOURCE", 0},
		"encoded dots":               {get("/v2/merchant/%2e%2e/merchant/services/testconnection").text(), 404, "UNKNOWN_RESOURCE", 0},
		"encoded dots as merchant":   {get("/v2/%2e%2e/services/testconnection").text(), 403, "ACCESS_TO_MERCHANT_NOT_ALLOWED", 0},
		"encoded dots and slash":     {get("/v2/merchant/tokens/..%2f..%2fpayments").text(), 404, "UNKNOWN_RESOURCE", 0},
		"encoded slash":              {get("/v2/merchant/payments/3066177001_0%2fdetails").text(), 404, "UNKNOWN_PAYMENT_ID", 0},
		"encoded slash for merchant": {get("/v2/merchant%2fservices/testconnection").text(), 404, "UNKNOWN_RESOURCE", 0},
		"encoded NUL":                {get("/v2/merchant/tokens/%00").text(), 404, "UNKNOWN_TOKEN_ID", 0},
		"not UTF-8":                  {get("/v2/merchant/tokens/%ff%fe").text(), 404, "UNKNOWN_TOKEN_ID", 0},
		"encoded line break":         {get("/v2/merchant/tokens/a%0d%0aSet-Cookie:%20a=b").text(), 404, "UNKNOWN_TOKEN_ID", 0},
		"dots":                       {get("/v2/merchant/../merchant/services/testconnection").text(), 404, "UNKNOWN_RESOURCE", 0},
		"two slashes":                {get("//v2/merchant/services/testconnection").text(), 404, "UNKNOWN_RESOURCE", 0},
		"backslashes":                {get(`/v2\merchant\services\testconnection`).text(), 404, "UNKNOWN_RESOURCE", 0},
		"bad escape":                 {get("/v2/merchant/tokens/%zz").text(), 400, "", 0},
		"bad escape in the query":    {get(connection + "?a=%zz&&&=;").text(), 200, "", 0},
		"very long path":             {get("/v2/merchant/tokens/" + strings.Repeat("x", 200_000)).text(), 404, "UNKNOWN_TOKEN_ID", 0},
		"very long payment id":       {get("/v2/merchant/payments/" + strings.Repeat("9", 200_000)).text(), 404, "UNKNOWN_PAYMENT_ID", 0},
		"very deep path":             {get("/v2/merchant" + strings.Repeat("/x", 100_000)).text(), 404, "UNKNOWN_RESOURCE", 0},
		"path beyond all bounds":     {get("/v2/merchant/tokens/" + strings.Repeat("x", 2<<20)).text(), 431, "", 0},
		"very long header":           {head{"HTTP/1.1", "GET", connection, "", "X-GCS-ClientMetaInfo: " + strings.Repeat("x", 500_000) + "\r\n"}.text(), 200, "", 0},
		"header in a header":         {strings.Replace(get(connection).text(), "Date: ", "Date: x\r\nX-GCS-Other: y\r\nDate: ", 1), 403, "MISSING_OR_INVALID_AUTHORIZATION", 0},
		"key with a header in it":    {strings.Replace(post(wireCapture, "X-GCS-Idempotence-Key: a X-GCS-Other: b\r\n"+wireJSON+length(len(one))), "a X-GCS", "a\r\nX-GCS", 1) + one, 403, "MISSING_OR_INVALID_AUTHORIZATION", 0},
		"bare line break":            {strings.Replace(get(connection).text(), "Host: sandbox", "Host: sandbox\r\nX-GCS-Other: a\rb", 1), 400, "", 0},
		"NUL in a header":            {strings.Replace(get(connection).text(), "Host: sandbox", "Host: sandbox\r\nX-GCS-Other: a\x00b", 1), 400, "", 0},
		"no host":                    {strings.Replace(get(connection).text(), "Host: sandbox\r\n", "", 1), 400, "", 0},
		"lower-case method":          {strings.Replace(get(connection).text(), "GET", "get", 1), 403, "MISSING_OR_INVALID_AUTHORIZATION", 0},
		"a method of its own":        {head{proto: "HTTP/1.1", method: "BREW", target: connection}.text(), 405, "METHOD_NOT_ALLOWED", 0},
		"TLS":                        {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, "", 0},
		"nonsense":                   {"\r\n\r\n\r\nhello\r\n\r\n", 400, "", 0},
		"half a body":                {post(wireCapture, wireJSON+length(500)) + one, 400, "INVALID_REQUEST_BODY", 0},
		"half a chunk":               {post(wireCapture, wireJSON+"Transfer-Encoding: chunked\r\n") + "ff\r\n" + one, 400, "INVALID_REQUEST_BODY", 0},
		"bad chunk":                  {post(wireCapture, wireJSON+"Transfer-Encoding: chunked\r\n") + "zz\r\n" + one + "\r\n0\r\n\r\n", 400, "INVALID_REQUEST_BODY", 0},
		"chunks":                     {post(wireCapture, wireJSON+"Transfer-Encoding: chunked\r\n") + "5\r\n" + one[:5] + "\r\n7\r\n" + one[5:] + "\r\n0\r\n\r\n", 201, "", 1},
		"two lengths":                {post(wireCapture, wireJSON+length(len(one))+length(2)) + one, 400, "", 0},
		"repeated key":               {post(wireCapture, "X-GCS-Idempotence-Key: a\r\nX-GCS-Idempotence-Key: b\r\n"+wireJSON+length(len(one))) + one, 400, "INVALID_VALUE", 0},
		"empty key":                  {post(wireCapture, "X-GCS-Idempotence-Key: \r\n"+wireJSON+length(len(one))) + one, 400, "INVALID_VALUE", 0},
		"key of 41":                  {post(wireCapture, "X-GCS-Idempotence-Key: "+strings.Repeat("k", 41)+"\r\n"+wireJSON+length(len(one))) + one, 400, "INVALID_VALUE", 0},
		"key that is not ASCII":      {post(wireCapture, "X-GCS-Idempotence-Key: schlüssel\r\n"+wireJSON+length(len(one))) + one, 400, "INVALID_VALUE", 0},
		"too long, said first":       {post(wireCapture, wireJSON+"Expect: 100-continue\r\n"+length(10<<20)), 413, "REQUEST_BODY_TOO_LARGE", 0},
		"body of a GET":              {head{"HTTP/1.1", "GET", wirePayment, "", wireJSON + length(5)}.text() + "{nope", 200, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := sandboxtest.New(t, sandbox.Config{})
			c := direct(sb)
			c.seed(t, `{"id":"3066177001_0","amount":1000,"currency":"EUR"}`)
			server := httptest.NewUnstartedServer(sb)
			var logged safeLog
			server.Config.ErrorLog = log.New(&logged, "", 0)
			server.Start()
			t.Cleanup(server.Close)
			address := server.Listener.Addr().String()
			answers := exchange(t, address, tt.text)
			require.NotEmpty(t, answers)
			a := answers[0]
			require.Equal(t, tt.status, a.status, "%s", a.raw)
			require.Equal(t, tt.error, a.text("errors.0.id"), "%s", a.raw)
			if tt.error != "" {
				var v any
				require.NoError(t, json.Unmarshal(a.raw, &v))
				require.Empty(t, s.faults("ErrorResponse", name, v))
				require.Equal(t, tt.status, a.at("errors.0.httpStatusCode"))
				require.Equal(t, "application/json", a.header.Get("Content-Type"))
			}
			require.Empty(t, a.header.Get("Set-Cookie"))
			require.Equal(t, tt.captures, c.book(t, "3066177001_0").Count(sandbox.Capture))
			require.Equal(t, 200, exchange(t, address, get(connection).text())[0].status, "it still works")
			require.NotContains(t, string(a.raw)+logged.String(), "goroutine", "a panic")
		})
	}
}

package sdk_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sdk"
)

// TestHostileFrames has answers that break the rules of HTTP itself. After each the
// server is well: a call that changes nothing when it is sent twice ends well, and
// none of them uses a connection again that is out of step.
func TestHostileFrames(t *testing.T) {
	t.Parallel()
	const body = `{"id":"7301440001_0"}`
	const head = statusOK + typeJSON
	for name, tt := range map[string]struct {
		response string
		failure  sdk.Failure
	}{
		"a length below zero":          {head + "Content-Length: -21\r\n\r\n" + body, sdk.FailureNetwork},
		"a length with a plus":         {head + "Content-Length: +21\r\n\r\n" + body, sdk.FailureNetwork},
		"a length in hexadecimal":      {head + "Content-Length: 0x15\r\n\r\n" + body, sdk.FailureNetwork},
		"a length that is a text":      {head + "Content-Length: many\r\n\r\n" + body, sdk.FailureNetwork},
		"a length over int64":          {head + "Content-Length: 9223372036854775808\r\n\r\n" + body, sdk.FailureNetwork},
		"two lengths":                  {head + "Content-Length: 21\r\nContent-Length: 20\r\n\r\n" + body, sdk.FailureNetwork},
		"two lengths on a line":        {head + "Content-Length: 21, 20\r\n\r\n" + body, sdk.FailureNetwork},
		"a length that is too small":   {head + "Content-Length: 20\r\n\r\n" + body, sdk.FailureUnreadable},
		"a length of zero":             {head + "Content-Length: 0\r\n\r\n" + body, sdk.FailureUnreadable},
		"an unknown transfer encoding": {head + "Transfer-Encoding: rot13\r\n\r\n" + body, sdk.FailureNetwork},
		"chunked twice":                {head + "Transfer-Encoding: chunked, chunked\r\n\r\n15\r\n" + body + "\r\n0\r\n\r\n", sdk.FailureNetwork},
		"a chunk without its end":      {head + "Transfer-Encoding: chunked\r\n\r\n15\r\n" + body + "0\r\n\r\n", sdk.FailureUnreadable},
		"a chunk of a negative size":   {head + "Transfer-Encoding: chunked\r\n\r\n-15\r\n" + body + "\r\n0\r\n\r\n", sdk.FailureUnreadable},
		"a chunk of a huge size":       {head + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n" + body, sdk.FailureUnreadable},
		"chunked, and it is not":       {head + "Transfer-Encoding: chunked\r\n\r\n" + body, sdk.FailureUnreadable},
		"no status":                    {"HTTP/1.1\r\n\r\n", sdk.FailureNetwork},
		"a status of two digits":       {"HTTP/1.1 20 OK\r\n\r\n", sdk.FailureNetwork},
		"a status of four digits":      {"HTTP/1.1 2000 OK\r\n\r\n", sdk.FailureNetwork},
		"a negative status":            {"HTTP/1.1 -20 OK\r\n\r\n", sdk.FailureNetwork},
		"a status that is a text":      {"HTTP/1.1 OK 200\r\n\r\n", sdk.FailureNetwork},
		"a status of 000":              {"HTTP/1.1 000 Nothing\r\n" + typeJSON + "Content-Length: 2\r\n\r\n{}", sdk.FailureUnreadable},
		"another version of HTTP":      {"HTTP/9.9 200 OK\r\n" + typeJSON + "Content-Length: x\r\n\r\n" + body, sdk.FailureNetwork},
		"no version of HTTP":           {"HTTP/x 200 OK\r\n\r\n", sdk.FailureNetwork},
		"no HTTP but JSON":             {body + "\r\n\r\n", sdk.FailureNetwork},
		"binary garbage":               {"\x00\xff\x16\x03\x01\r\n\r\n", sdk.FailureNetwork},
		"TLS where none is":            {"\x15\x03\x01\x00\x02\x02\x46", sdk.FailureNetwork},
		"HTTP/2 where none is":         {"\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x80", sdk.FailureNetwork},
		"a header without a colon":     {head + "Content-Length 21\r\n\r\n" + body, sdk.FailureNetwork},
		"a header without a name":      {head + ": 21\r\n\r\n" + body, sdk.FailureNetwork},
		"NUL in a header":              {head + "X-Note: a\x00b\r\n\r\n" + body, sdk.FailureNetwork},
		"a header of 11 MB":            {head + "X-Note: " + strings.Repeat("x", 11<<20) + "\r\nContent-Length: 21\r\n\r\n" + body, sdk.FailureNetwork},
		"headers of 11 MB":             {head + strings.Repeat("X-Note: "+strings.Repeat("x", 1000)+"\r\n", 11<<10) + "Content-Length: 21\r\n\r\n" + body, sdk.FailureNetwork},
		"early hints of 11 MB":         {strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: <"+strings.Repeat("x", 1000)+">\r\n\r\n", 11<<10) + head + "Content-Length: 21\r\n\r\n" + body, sdk.FailureNetwork},
		"a trailer that is none":       {head + "Transfer-Encoding: chunked\r\n\r\n15\r\n" + body + "\r\n0\r\nX-Note\r\n\r\n", sdk.FailureUnreadable},
		"a page after 204":             {"HTTP/1.1 204 No Content\r\n" + typeJSON + "\r\n" + body, sdk.FailureUnreadable},
		"other protocols":              {"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n", sdk.FailureUnreadable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := &wire{play: first(playsAndCloses(tt.response), plays(wellDone))}
				m := over(t, w)
				requireUnanswered(t, bare(t.Context(), m), tt.failure)
				synctest.Wait() // the connection is put back or closed
				require.NoError(t, bare(t.Context(), m))
				require.NoError(t, bare(t.Context(), m))
				dials, requests := w.count()
				require.Equal(t, 3, requests, "a call without a key is sent once")
				require.Equal(t, 2, dials, "the connection is not used again, its successor is")
			})
			for i, call := range callsOf() {
				w := &wire{play: first(playsAndCloses(tt.response), plays(wellDone))}
				err := call(t.Context(), over(t, w, quick))
				require.Equal(t, i != 2, err == nil)
			}
		})
	}
}

// TestOddFramesThatAreAnswers: HTTP allows these.
func TestOddFramesThatAreAnswers(t *testing.T) {
	t.Parallel()
	const body = `{"id":"7301440001_0"}`
	const head = statusOK + typeJSON
	for name, response := range map[string]string{
		"HTTP/1.0 up to the end":    "HTTP/1.0 200 OK\r\n" + typeJSON + "\r\n" + body,
		"no reason":                 "HTTP/1.1 200\r\n" + typeJSON + "Content-Length: 21\r\n\r\n" + body,
		"lines that end in LF":      "HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: 21\n\n" + body,
		"one length twice":          head + "Content-Length: 21\r\nContent-Length: 21\r\n\r\n" + body,
		"chunks of one byte":        head + "Transfer-Encoding: chunked\r\n\r\n" + chunks(body) + "0\r\n\r\n",
		"chunks with a trailer":     head + "Transfer-Encoding: chunked\r\n\r\n15\r\n" + body + "\r\n0\r\nX-Note: 1\r\n\r\n",
		"chunks with an extension":  head + "Transfer-Encoding: chunked\r\n\r\n15;note=1\r\n" + body + "\r\n0\r\n\r\n",
		"chunks that have a length": head + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n15\r\n" + body + "\r\n0\r\n\r\n",
		"100 fifty times":           strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 50) + wellDone,
		"103 fifty times":           strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", 50) + wellDone,
		"102, then 103, then done":  "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n" + wellDone,
		"many headers":              head + strings.Repeat("X-Note: 1\r\n", 10_000) + "Content-Length: 21\r\n\r\n" + body,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &wire{play: playsAndCloses(response)}
			m := over(t, w, once)
			for range 2 {
				got, err := m.Payments().GetPayment(t.Context(), payment)
				require.NoError(t, err)
				require.Equal(t, payment, *got.ID)
			}
		})
	}
}

func chunks(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, "1\r\n%c\r\n", s[i])
	}
	return b.String()
}

// TestConnectionClosedAtEveryByte cuts answers off at every byte: none of the parts
// is taken for an answer, least of all for one that says no.
func TestConnectionClosedAtEveryByte(t *testing.T) {
	t.Parallel()
	const done = `{"id":"7301440001_0"}`
	const chunked = "Transfer-Encoding: chunked\r\n\r\n"
	zipped := string(zip(t, []byte(done)))
	for name, tt := range map[string]struct {
		head, body string
		good       bool        // the whole is a success
		cut        sdk.Failure // in the body
	}{
		"with a length":           {statusOK + typeJSON + "Content-Length: 21\r\n\r\n", done, true, sdk.FailureUnreadable},
		"in chunks":               {statusOK + typeJSON + chunked, "7\r\n" + done[:7] + "\r\ne\r\n" + done[7:] + "\r\n0\r\n\r\n", true, sdk.FailureUnreadable},
		"up to the end":           {statusOK + typeJSON + "Connection: close\r\n\r\n", done, true, sdk.FailureUnreadable},
		"zipped up to the end":    {"HTTP/1.0 200 OK\r\n" + typeJSON + "Content-Encoding: gzip\r\n\r\n", zipped, true, sdk.FailureUnreadable},
		"an error":                {"HTTP/1.1 400 No\r\n" + typeJSON + "Content-Length: 46\r\n\r\n", apiProblem, false, sdk.FailureUnreadable},
		"an error after a hint":   {"HTTP/1.1 103 Hint\r\n\r\nHTTP/1.1 404 No\r\n" + typeJSON + "Content-Length: 46\r\n\r\n", apiProblem, false, sdk.FailureUnreadable},
		"a stored error, chunked": {"HTTP/1.1 500 No\r\n" + typeJSON + replay + ": 1700000000000\r\n" + chunked, "2e\r\n" + apiProblem + "\r\n0\r\n\r\n", false, sdk.FailureUnreadable},
		// Nothing tells that this one is not whole, but its parts are no errors of the API.
		"an error up to the end": {"HTTP/1.0 400 No\r\n" + typeJSON + "\r\n", apiProblem, false, sdk.FailureForeign},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			response := tt.head + tt.body
			for n := range len(response) {
				want := tt.cut
				if n < len(tt.head) {
					want = sdk.FailureNetwork
				}
				requireUnanswered(t, keyed(t.Context(), over(t, &wire{play: playsAndCloses(response[:n])}, once)), want)
			}
			err := keyed(t.Context(), over(t, &wire{play: playsAndCloses(response)}, once))
			var api *sdk.APIError
			require.Equal(t, tt.good, err == nil, "%v", err)
			require.Equal(t, !tt.good, errors.As(err, &api), "%v", err)
		})
	}
}

// TestRedirectsReachNobody: nothing at all goes to another host, and so no signature.
func TestRedirectsReachNobody(t *testing.T) {
	t.Parallel()
	for _, status := range []int{300, 301, 302, 303, 304, 305, 306, 307, 308, 399} {
		for _, to := range []string{"https://evil.example/v2/", "http://evil.example:8080", "//evil.example/", "/v2/elsewhere", "?a=b", "", "://%zz"} {
			response := fmt.Sprintf("HTTP/1.1 %d %s\r\nLocation: %s\r\nRefresh: 0; url=%s\r\nContent-Length: 0\r\n\r\n", status, http.StatusText(status), to, to)
			for _, call := range callsOf() {
				w := &wire{play: plays(response)}
				m := over(t, w)
				requireUnanswered(t, call(t.Context(), m), sdk.FailureRedirect)
				require.Equal(t, []string{"payment.example:80"}, w.dialed)
				require.Len(t, w.requests, 1, "%d to %q", status, to)
			}
		}
	}
}

// TestHostileHandshake: who does not prove who it is gets no request.
func TestHostileHandshake(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		says    string
		failure sdk.Failure
	}{
		"plain HTTP":  {"HTTP/1.1 400 Bad Request\r\n\r\n", sdk.FailureNetwork},
		"garbage":     {strings.Repeat("\x00garbage", 100), sdk.FailureNetwork},
		"a TLS alert": {"\x15\x03\x01\x00\x02\x02\x46", sdk.FailureNetwork},
		"nothing":     {"", sdk.FailureTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				pool := sdk.NewConnection(8, 3*time.Second)
				pool.Proxy, pool.DialContext = nil, mute(t, tt.says)
				cfg := config("https://payment.example")
				once(&cfg)
				begun := time.Now()
				requireUnanswered(t, keyed(t.Context(), dial(t, cfg, sdk.WithConnection(pool))), tt.failure)
				if tt.failure == sdk.FailureTimeout {
					require.Equal(t, 3*time.Second, time.Since(begun))
				}
			})
		})
	}
}

package sandbox_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

// FuzzHandler sends a request twice, correctly signed, to a sandbox that has one of
// everything, and then looks at every payment.
func FuzzHandler(f *testing.F) {
	for i, e := range examples() {
		for _, key := range []string{"", "X-GCS-Idempotence-Key: key-1", "x-gcs-idempotence-key: used"} {
			f.Add(e[0], "/v2/"+merchantID+e[1], key, []byte(e[2]), i%4 == 1)
		}
	}
	f.Add("GET", "/v2/"+merchantID+"/payments/%7Bopen%7D/../x?a=%zz", "Content-Encoding: br\nX-GCS-ClientMetaInfo: é", []byte("{"), true)
	f.Add("OPTIONS", "*", "X-GCS-Idempotence-Key: a\nX-GCS-Idempotence-Key: b", []byte(nil), false)
	f.Add("CONNECT", "http://other/v2/"+merchantID+"/payments", "Content-Type: text/plain\nHost: x", []byte("[]"), false)
	s := readSchema(f)
	f.Fuzz(func(t *testing.T, method, target, header string, body []byte, compress bool) {
		w := newWorld(t)
		body = []byte(w.names.Replace(string(body)))
		if compress {
			header, body = header+"\nContent-Encoding: gzip", []byte(packed(t, string(body)))
		}
		var first answer
		for range 2 {
			r := parseRequest(method, w.names.Replace(target), header)
			if r == nil {
				return // the server of net/http would not take it
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			sign(r, r.RequestURI)
			before := w.sb.Requests()
			a, err := w.send(r)
			require.NoError(t, err)
			operation := calledSince(before, w.sb)
			if r.Header.Get(keyHeader) == "used" && a.header.Get(replayOf) != "" {
				operation = "capturePayment" // whose answer any operation repeats under this key
			}
			checkAnswer(t, s, operation, a)
			if strings.HasPrefix(r.RequestURI, "/v2/") {
				require.NotEqual(t, "9002", a.text("errors.0.errorCode"), "the signature was not accepted")
			}
			if first.raw != nil && a.header.Get(replayOf) != "" && first.header.Get(replayOf) == "" {
				require.Equal(t, string(first.raw), string(a.raw))
			}
			first = a
		}
		for _, by := range []time.Duration{0, time.Hour} {
			w.sb.Advance(by)
			for b := range w.sb.Ledger() {
				checkBook(t, b)
				a := w.get(t, "/payments/"+b.Payment+"/details")
				require.Equal(t, http.StatusOK, a.status)
				checkAnswer(t, s, "getPaymentDetails", a)
			}
		}
	})
}

// parseRequest reads a request as a server does; nil when it is none.
func parseRequest(method, target, header string) *http.Request {
	text := method + " " + target + " HTTP/1.1\r\nHost: sandbox\r\n"
	for line := range strings.SplitSeq(header, "\n") {
		name, value, ok := strings.Cut(line, ":")
		odd := strings.IndexFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }) >= 0 ||
			strings.IndexFunc(name, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`()<>@,;\"/[]?={}`, r) }) >= 0
		if ok && !odd && !strings.EqualFold(name, "Transfer-Encoding") {
			text += name + ":" + value + "\r\n"
		}
	}
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(text + "\r\n")))
	if err != nil {
		return nil
	}
	for name, values := range r.Header { // signedText knows one plain value for each name
		r.Header[name] = []string{strings.TrimSpace(values[0])}
	}
	r.Header.Set("Date", worldTime.Format(http.TimeFormat))
	r.Header.Del("X-Sandbox-Control") // the control API is another one
	return r
}

// calledSince is the operation that was called, or nothing.
func calledSince(before map[string]int64, sb *sandbox.Sandbox) string {
	for name, n := range sb.Requests() {
		if n > before[name] {
			return name
		}
	}
	return ""
}

// checkAnswer wants a status that the platform has and the object that belongs to it.
func checkAnswer(t *testing.T, s *schema, operation string, a answer) {
	t.Helper()
	refusals := []int{400, 402, 403, 404, 405, 409, 413, 415}
	if operation == "completePayment" {
		refusals = append(refusals, 500)
	}
	if a.status >= 400 {
		require.Contains(t, refusals, a.status, "%s %s", operation, a.raw)
	}
	object := "ErrorResponse"
	problem := a.header.Get("Content-Type") == "application/problem+json"
	if operation != "" && (operation != "getHostedFieldsSession" || a.status < 400 || problem) {
		object = s.objectFor(operation, a.status)
	}
	if object == "" {
		require.Empty(t, a.raw)
		return
	}
	var v any
	require.NoError(t, json.Unmarshal(a.raw, &v), "%s", a.raw)
	require.Empty(t, s.faults(object, operation, v), "%d %s", a.status, a.raw)
	require.NotContains(t, string(a.raw), "goroutine ")
}

// Every operation of the sandbox has an example that it does not refuse.
func TestExamplesReachEveryOperation(t *testing.T) {
	t.Parallel()
	s := readSchema(t)
	served := map[string]bool{}
	for _, e := range examples() {
		w := newWorld(t)
		before := w.sb.Requests()
		a := w.do(t, e[0], w.names.Replace(e[1]), w.names.Replace(e[2]))
		operation := calledSince(before, w.sb)
		checkAnswer(t, s, operation, a)
		served[operation] = served[operation] || a.status < 300
	}
	for name, ok := range served {
		require.True(t, ok, "no example of %s is accepted", name)
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(newWorld(t).sb.Requests())), slices.Collect(maps.Keys(served)))
}

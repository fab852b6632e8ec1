package sdk_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sdk"
)

// FuzzAnswer: whatever an answer is, a call ends with an error of a documented type,
// or with a success that is one.
func FuzzAnswer(f *testing.F) {
	for _, body := range []string{
		`{"id":"1_0"}`, `[]`, `null`, `{"id":`, `<html>`, apiProblem, inProgress, code1409, "\xff\xfe", "\ufeff{}", strings.Repeat("[", 20_000),
		`{"errorId":"e","errors":[{"errorCode":"1","retriable":true}]}`, `{"paymentResult":{"payment":{"id":"1_0"}}}`, `{"refundResult":{"id":7}}`,
		`{"payoutResult":{}}`, `{"type":"about:blank","title":"no"}`, `{"statusOutput":{"statusCode":1e9}}`, amounts("9223372036854775808"),
	} {
		for _, status := range []int{200, 204, 302, 400, 402, 404, 409, 503} {
			f.Add(status, "application/json", "", "", []byte(body))
		}
		f.Add(404, "application/problem+json; charset=utf-8", "gzip", "1700000000000", []byte(body))
		f.Add(500, "text/html", "br", "soon", []byte(body))
	}
	f.Fuzz(func(t *testing.T, status int, contentType, encoding, stamp string, body []byte) {
		conn := &script{steps: []step{says(status, string(body), "Content-Type", contentType, "Content-Encoding", encoding, replay, stamp)}}
		cfg := config(sdk.PayoneTest)
		quick(&cfg)
		m := dial(t, cfg, sdk.WithConnection(conn))
		for i, call := range callsOf() {
			conn.sent = nil
			var info sdk.CallInfo
			err := call(t.Context(), m, sdk.WithCallInfo(&info))
			require.Len(t, info.Sends, len(conn.sent))
			require.LessOrEqual(t, len(conn.sent), [...]int{4, 4, 1}[i])
			require.False(t, info.Unsent())
			if err == nil {
				require.True(t, status >= 200 && status < 300, "a success with status %d", status)
				require.True(t, encoding != "" || json.Valid(body) && utf8.Valid(body), "a success of %q", body)
				require.Len(t, conn.sent, 1)
				continue
			}
			require.True(t, documented(err), "%T", err)
			require.False(t, strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' || r > '~' }), "%q", err.Error())
			require.Less(t, len(err.Error()), 1200)
			var api *sdk.APIError
			if !errors.As(err, &api) {
				continue
			}
			require.Equal(t, status, api.StatusCode)
			require.GreaterOrEqual(t, status, 400)
			if encoding == "" {
				require.Equal(t, string(body), string(api.Body))
				require.True(t, json.Valid(body) && utf8.Valid(body), "an API error in %q", body)
			}
			var problem *sdk.ProblemDetailsError
			require.True(t, api.ErrorID != "" || len(api.Errors) > 0 || errors.As(err, &problem) || hasResult(api.Body), "an API error without one: %q", body)
		}
	})
}

// hasResult reports whether a body has the result of a declined payment, payout or
// refund, by a name that encoding/json takes for it.
func hasResult(body []byte) bool {
	var fields map[string]json.RawMessage
	_ = json.Unmarshal(body, &fields) // compressed, or of another kind
	for name := range fields {
		for _, result := range []string{"paymentResult", "payoutResult", "refundResult"} {
			if strings.EqualFold(name, result) {
				return true
			}
		}
	}
	return len(fields) == 0
}

// FuzzWire: whatever bytes a server says before it hangs up, net/http included.
func FuzzWire(f *testing.F) {
	for _, response := range []string{
		wellDone, wellDone + wellDone, framed(400, "", "", apiProblem), framed(409, "", "", inProgress), framed(200, "", "gzip", "\x1f\x8b\x08\x00"),
		"HTTP/1.1 103 Early Hints\r\n\r\n" + wellDone, "HTTP/1.1 101 Switching Protocols\r\n\r\n", "HTTP/1.0 200 OK\r\n\r\n{}", "HTTP/1.1 302 Found\r\nLocation: https://evil.example\r\n\r\n",
		statusOK + typeJSON + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX: y\r\n\r\n", "HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\nabc", "<html>", "",
	} {
		f.Add([]byte(response))
	}
	f.Fuzz(func(t *testing.T, response []byte) {
		w := &wire{play: playsAndCloses(string(response))}
		m := over(t, w, quick)
		for i, call := range callsOf() {
			before := len(w.requests)
			err := call(t.Context(), m)
			require.True(t, err == nil || documented(err), "%T", err)
			if err != nil {
				require.False(t, strings.ContainsFunc(err.Error(), func(r rune) bool { return !unicode.IsPrint(r) }), "%q", err.Error())
			}
			if i == 2 {
				require.LessOrEqual(t, len(w.requests)-before, 1)
			}
		}
		for _, addr := range w.dialed {
			require.Equal(t, "payment.example:80", addr)
		}
	})
}

// FuzzCanonical compares what is signed of a header's value with the rule, taken byte
// by byte: \r?\n(?:(?![\r\n])\s)* becomes a space, then the ends are trimmed.
func FuzzCanonical(f *testing.F) {
	for _, v := range []string{"", " ", "aap\nnoot  ", " some value  \r\n \n with  some \r\n  spaces ", "\r\n\r\n", "a\r\r\n\tb", "\n\r", "a\n\v\f b\r", "\r \n"} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, value string) {
		ascii := []byte(value)
		for i, c := range ascii { // what white space is differs between languages beyond these
			if c > '~' || c < ' ' && !strings.ContainsRune("\t\n\v\f\r", rune(c)) {
				ascii[i] = 'x'
			}
		}
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte("GET\n\n\nx-gcs-servermetainfo:" + byTheRule(ascii) + "\n/v2/1\n"))
		require.Equal(t, "GCS v1HMAC:"+keyID+":"+base64.StdEncoding.EncodeToString(mac.Sum(nil)), authorization(t, string(ascii)), "%q", ascii)
	})
}

func byTheRule(in []byte) string {
	var out []byte
	for i := 0; i < len(in); {
		switch {
		case in[i] == '\n':
			i++
		case in[i] == '\r' && i+1 < len(in) && in[i+1] == '\n':
			i += 2
		default:
			out = append(out, in[i])
			i++
			continue
		}
		out = append(out, ' ')
		for i < len(in) && (in[i] == ' ' || in[i] == '\t' || in[i] == '\v' || in[i] == '\f') {
			i++
		}
	}
	return strings.Trim(string(out), " \t\n\v\f\r")
}

// FuzzSegments: merchant, segments and query arrive as they are given, each in its
// place, or nothing is sent.
func FuzzSegments(f *testing.F) {
	for _, s := range []string{payment, "..", ".", "a/b", "%2f", "%2e%2e", "a b", "ü", "a;b=c", "\xff", "?", "#", "...", "a\\b", "\u2028", "+", ""} {
		f.Add(s, payment, s, s)
		f.Add(merchant, s, s, "")
	}
	f.Fuzz(func(t *testing.T, id, one, two, value string) {
		conn := &script{steps: []step{says(200, `{}`)}}
		c, err := sdk.NewClient(config(sdk.PayoneTest), sdk.WithConnection(conn))
		require.NoError(t, err)
		err = sdk.Do(t.Context(), c.Merchant(id), sdk.Request{
			Method: http.MethodDelete, Path: []string{one, "fixed", two}, Query: url.Values{value: {value, one}},
		}, nil)
		if err != nil {
			require.ErrorContains(t, err, "build path: ")
			require.Empty(t, conn.sent)
			return
		}
		path, query, _ := strings.Cut(conn.sent[0].resource, "?")
		segments := strings.Split(path, "/")
		require.Len(t, segments, 6, path)
		for i, want := range []string{"", "v2", id, one, "fixed", two} {
			got, err := url.PathUnescape(segments[i])
			require.NoError(t, err)
			require.Equal(t, want, got)
			require.True(t, i == 0 || !strings.Contains("..", got), "%q leads elsewhere", got)
		}
		for i := range len(path) {
			require.True(t, path[i] > ' ' && path[i] < 0x7f, "%q", path)
		}
		values, err := url.ParseQuery(query)
		require.NoError(t, err)
		require.Equal(t, url.Values{value: {value, one}}, values)
		require.NoError(t, verify(http.MethodDelete, conn.sent[0].resource, conn.sent[0].header))
	})
}

// FuzzRetryAfter: no header makes a call wait less than its policy says, or longer
// than it allows.
func FuzzRetryAfter(f *testing.F) {
	for _, v := range []string{"", "0", "7", "-7", "+7", "86400", "9223372036854775807", "9223372036854775808", "soon", "7 s", "7.5", "٧", " 7 ", "Sat, 01 Jan 2000 00:00:08 GMT", "Fri, 31 Dec 1999 00:00:00 GMT", "Saturday, 01-Jan-00 00:00:08 GMT", "Sat Jan  1 00:00:08 2000"} {
		f.Add(v, uint64(0))
		f.Add(v, uint64(1)<<63)
	}
	seconds := regexp.MustCompile(`^[0-9]{1,18}$`)
	f.Fuzz(func(t *testing.T, header string, random uint64) {
		synctest.Test(t, func(t *testing.T) {
			const usual, longest = time.Second, 10 * time.Second
			begun := time.Now()
			conn := &script{steps: []step{says(429, ``, "Retry-After", header), says(200, `{}`)}}
			cfg := config(sdk.PayoneTest)
			cfg.Random = func() uint64 { return random }
			cfg.Retry = sdk.RetryPolicy{MaxSends: 2, MinWait: usual, MaxWait: usual, MaxRetryAfter: longest}
			require.NoError(t, get(t.Context(), dial(t, cfg, sdk.WithConnection(conn))))
			wait := conn.sent[1].at.Sub(conn.sent[0].at)
			least, most := usual/2, longest+usual/2
			trimmed := strings.TrimSpace(header)
			if seconds.MatchString(trimmed) {
				n, err := strconv.ParseInt(trimmed, 10, 64)
				require.NoError(t, err)
				asked := time.Duration(min(n, 10)) * time.Second
				least, most = max(least, asked), max(usual, asked+usual/2)
			} else if date, err := time.Parse(http.TimeFormat, trimmed); err == nil {
				asked := min(max(date.Sub(begun), 0), longest)
				least, most = max(least, asked), max(usual, asked+usual/2)
			} else if !strings.ContainsAny(trimmed, "0123456789") {
				most = usual
			}
			require.True(t, least <= wait && wait <= most, fmt.Sprintf("%q waits %v, not %v to %v", header, wait, least, most))
		})
	})
}

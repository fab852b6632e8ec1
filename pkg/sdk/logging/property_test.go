package logging_test

import (
	"bytes"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/payreconcile/payreconcile/pkg/sdk/logging"
)

// A planted document holds what must not be logged, in an alphabet of its own: the
// characters of secrets occur nowhere else, and neither do digits but in card numbers.
type planted struct {
	text  []byte
	shown []string // pieces of card numbers that may be shown
}

const secretAlphabet = "QXZW"

// TestNothingLeaks is the promise of the package: whatever the JSON, and wherever it
// is cut, no secret and no digit of a card number that may not be shown is logged.
func TestNothingLeaks(t *testing.T) {
	t.Parallel()
	o := logging.NewObfuscator()
	rapid.Check(t, func(t *rapid.T) {
		doc := drawDocument(t)
		format := rapid.SampledFrom([]string{"application/json", "", "application/problem+json; charset=utf-8"}).Draw(t, "format")
		n := len(doc.text)
		check(t, doc, o.Body(format, doc.text))
		for i := 0; i <= n; i += max(1, n/150) {
			check(t, doc, o.Body(format, doc.text[:i]))
			check(t, doc, o.Body(format, doc.text[i:]))
		}
		from := rapid.IntRange(0, n).Draw(t, "from")
		to := rapid.IntRange(from, n).Draw(t, "to")
		check(t, doc, o.Body(format, doc.text[from:to]))
		limit := rapid.IntRange(0, n).Draw(t, "limit")
		check(t, doc, logging.NewObfuscator(logging.LimitBody(limit)).Body(format, doc.text))
	})
}

// TestNothingLeaksThroughEntries looks at whole entries of a log, whose headers,
// address and error hold secrets too.
func TestNothingLeaksThroughEntries(t *testing.T) {
	t.Parallel()
	o := logging.NewObfuscator()
	rapid.Check(t, func(t *rapid.T) {
		doc := drawDocument(t)
		secret := drawSecret(t)
		card := drawCard(t)
		header := http.Header{
			"authorization": {"GCS v1HMAC:" + secret + ":" + secret + "="}, "Content-Type": {"application/json"},
			drawCase(t, rapid.SampledFrom([]string{
				"X-GCS-Authentication-Token", "X-GCS-CallerPassword", "WWW-Authenticate", "Proxy-Authenticate",
				"Proxy-Authorization", "Cookie", "Set-Cookie", "X-GCS-Signature", "X-GCS-KeyId", "X-Api-Key",
			}).Draw(t, "header")): {secret, secret},
			"Via": {"proxy " + card}, "Referer": {"https://" + secret + ":" + secret + "@shop/?cvv=" + secret},
		}
		var b bytes.Buffer
		w := logging.NewWriter(&b)
		w.LogRequest(t.Context(), o.Request("id", "POST", "https://"+secret+"@host/v2/m/payments/"+card+"?memo="+card+"&cvv="+secret, header, doc.text))
		w.LogResponse(t.Context(), o.Response("id", time.Second, 0, header, doc.text))
		w.LogError(t.Context(), o.Failure("id", time.Second, errors.New(drawError(t, secret, card, doc))))
		text := b.String()
		for _, ordinary := range []string{"requestId='id', 1000 ms", "status-code:  '0'", "/v2/", "v1HMAC", "(requestId"} {
			text = strings.ReplaceAll(text, ordinary, "")
		}
		for _, name := range []string{"X-GCS", "WWW-", "X-Api"} {
			text = regexp.MustCompile("(?i)"+name).ReplaceAllString(text, "")
		}
		check(t, doc, text)
	})
}

func drawError(t *rapid.T, secret, card string, doc planted) string {
	return rapid.SampledFrom([]string{
		`Post "https://` + secret + ":" + secret + `@host/v": dial tcp: refused`,
		"proxy me:" + secret + "@host refused",
		"card " + card + " refused",
		"wrong cvv: " + secret,
		"Authorization: GCS v1HMAC:" + secret + ":" + secret,
		"cannot read " + string(doc.text),
		"cannot read " + strconv.Quote(string(doc.text)),
		"cannot read " + string(doc.text[:len(doc.text)/2]),
		"cookie=" + secret + "; other=" + secret,
	}).Draw(t, "error")
}

// check reads the output on its own: it knows nothing of how that was made.
func check(t *rapid.T, doc planted, out string) {
	t.Helper()
	if i := strings.IndexAny(out, secretAlphabet); i >= 0 {
		t.Fatalf("a secret is logged at %d:\n%s\nof\n%s", i, out, doc.text)
	}
	plain, escape := out, regexp.MustCompile(`\\u00[0-9a-f]{2}`)
	for escape.MatchString(plain) { // an escape may have been escaped itself
		plain = escape.ReplaceAllStringFunc(plain, func(e string) string {
			code, err := strconv.ParseUint(e[len(e)-2:], 16, 8)
			if err != nil {
				t.Fatal(err)
			}
			return string(rune(code))
		})
	}
	plain = regexp.MustCompile(`\\+u[0-9a-f]*`).ReplaceAllString(plain, "")
	plain = strings.ReplaceAll(plain, `\`, "")
	for _, digits := range regexp.MustCompile(`[0-9][0-9 -]*`).FindAllString(plain, -1) {
		digits = strings.NewReplacer(" ", "", "-", "").Replace(digits)
		if !slices.Contains(doc.shown, digits) {
			t.Fatalf("digits %q are logged:\n%s\nof\n%s", digits, out, doc.text)
		}
	}
}

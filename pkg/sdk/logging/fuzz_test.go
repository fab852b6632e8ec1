package logging_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sdk/logging"
)

// FuzzBody gives any bytes to the obfuscator. What must not be logged is found by
// parsing them with encoding/json.
func FuzzBody(f *testing.F) {
	for _, body := range bodies(f) {
		f.Add(body, uint8(0))
	}
	for _, body := range []string{
		`{"cvv":"123","x":{"cardNumber":4330264936344675}}`, `{"c\u0061rdNumber":["4330","2649"],"a":"{\"secret\":\"s3cretvalue\"}"}`,
		`["4330264936344675",{"memo":"4330 2649 3634 4675"}]`, `{"memo":"%34330264936344675"}`, `4330264936344675`, "\xff\"\x00",
		`{"cvv":"longsecretvalue","cvv":"otherlongvalue"} {"keyId":"anotherlongvalue"}`,
	} {
		for kind := range uint8(4) {
			f.Add([]byte(body), kind)
		}
	}
	formats := []string{"application/json", "", "text/html; charset=utf-8", "application/x-www-form-urlencoded"}
	f.Fuzz(func(t *testing.T, body []byte, kind uint8) {
		var o logging.Obfuscator
		out := o.Body(formats[int(kind)%len(formats)], body)
		require.True(t, utf8.ValidString(out))
		requireNoCard(t, out)
		if int(kind)%len(formats) > 1 {
			return
		}
		for _, cut := range []int{len(body) / 2, len(body) / 3, max(0, len(body)-2)} {
			requireNoCard(t, o.Body("", body[:cut]))
			requireNoCard(t, o.Body("", body[cut:]))
		}
		var v any
		if json.Unmarshal(body, &v) != nil {
			return
		}
		var found findings
		found.collect(v, "")
		for _, secret := range found.secrets {
			if !found.isOpen(secret) {
				require.NotContains(t, out, secret)
			}
		}
		for _, cut := range []int{len(body) / 2, len(body) / 3, max(0, len(body)-2)} {
			part := o.Body("", body[:cut]) + " " + o.Body("", body[cut:])
			for _, secret := range found.secrets {
				if !found.isOpen(secret) {
					require.NotContains(t, part, secret)
				}
			}
		}
	})
}

// FuzzHeader gives any header to the obfuscator.
func FuzzHeader(f *testing.F) {
	f.Add("Authorization", "GCS v1HMAC:key:c2lnbmF0dXJl")
	f.Add("x-gcs-callerpassword", "hunter2hunter2")
	f.Add("Via", "1.1 proxy 4330264936344675")
	f.Add("Set-Cookie", "a=4330264936344675; b")
	f.Add("X-GCS-Idempotence-Request-Timestamp", "1411039753000")
	f.Add("Location", "https://me:hunter2hunter2@host/a?cvv=hunter2hunter2")
	f.Fuzz(func(t *testing.T, name, value string) {
		var o logging.Obfuscator
		h := http.Header{name: {value}, "Authorization": {"GCS v1HMAC:" + value}}
		before := h.Clone()
		clean := o.Header(h)
		require.Equal(t, before, h, "the caller's header is not changed")
		require.NotContains(t, strings.Join(clean["Authorization"], " "), "v1HMAC")
		for _, list := range clean {
			for _, v := range list {
				require.NotContains(t, v, "\n")
				if !strings.Contains(strings.ToLower(name), "time") {
					requireNoCard(t, v)
				}
			}
		}
		for _, secret := range []string{
			"X-GCS-Authentication-Token", "X-GCS-CallerPassword", "Authorization", "WWW-Authenticate",
			"Proxy-Authenticate", "Proxy-Authorization", "Cookie", "Set-Cookie", "X-GCS-Signature", "X-GCS-KeyId",
		} {
			if strings.EqualFold(name, secret) {
				for _, v := range clean[name] {
					require.Equal(t, "********", v)
				}
			}
		}
	})
}

// FuzzText gives any text of an error to the obfuscator.
func FuzzText(f *testing.F) {
	f.Add(`Post "https://me:hunter2hunter2@host/v2": dial tcp: refused`)
	f.Add(`malformed response "{\"cvv\":\"123\",\"cardNumber\":\"4330264936344675\"}"`)
	f.Add("4330 2649 3634 4675 &#52;330264936344675 %34330264936344675")
	f.Fuzz(func(t *testing.T, text string) {
		var o logging.Obfuscator
		out := o.Text(text)
		require.True(t, utf8.ValidString(out))
		requireNoCard(t, out)
		require.NotContains(t, out, "\n")
		const secret = "QXQXQXQX"
		if !strings.Contains(text, "QX") && len(text) < 4000 {
			require.NotContains(t, o.Text("Authorization: GCS v1HMAC:key:"+secret+"\n"+text), secret)
			require.NotContains(t, o.Text(text+"\n{\"secret\":\""+secret+"\"}"), secret)
			require.NotContains(t, o.Text(text+" cvv="+secret), secret)
		}
	})
}

// findings are the values that must not be logged, and those that may.
type findings struct{ secrets, open []string }

func (f *findings) collect(v any, name string) {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			f.open = append(f.open, key)
			f.collect(value, key)
		}
	case []any:
		for _, value := range v {
			f.collect(value, name)
		}
	case string:
		if isSecretName(name) && len(v) >= 8 && !strings.Contains(v, "*") && json.Valid([]byte(`"`+v+`"`)) {
			f.secrets = append(f.secrets, v)
			return
		}
		f.open = append(f.open, v)
	}
}

func (f *findings) isOpen(secret string) bool {
	const notes = "<not JSON, not logged><binary content>...<cut>********"
	return strings.Contains(notes, secret) || strings.Contains(strings.Join(f.open, "\x00"), secret)
}

func isSecretName(name string) bool {
	for _, secret := range []string{
		"additionalInfo", "cardholderName", "dateOfBirth", "emailAddress", "faxNumber", "firstName", "houseNumber",
		"mobilePhoneNumber", "passengerName", "phoneNumber", "street", "workPhoneNumber", "zip", "cvv", "value", "surname",
		"keyId", "secretKey", "publicKey", "userAuthenticationToken", "encryptedPayload", "decryptedPayload",
		"encryptedCustomerInput", "key", "secret", "RETURNMAC", "cardNumber", "iban",
	} {
		if strings.EqualFold(name, secret) {
			return true
		}
	}
	return false
}

// requireNoCard looks for digits in a row that a card number could be.
func requireNoCard(t *testing.T, out string) {
	t.Helper()
	plain := regexp.MustCompile(`\\u[0-9a-fA-F]{0,4}`).ReplaceAllString(out, "u")
	for _, digits := range regexp.MustCompile(`[0-9]{12,}`).FindAllString(plain, -1) {
		id := len(digits) == 19 && strings.HasPrefix(digits, "90000") || len(digits) == 20 && strings.HasPrefix(digits, "00000")
		moment := len(digits) == 13 && digits[0] == '1' || len(digits) == 14 && strings.HasPrefix(digits, "20")
		if id || moment {
			continue
		}
		require.LessOrEqual(t, len(digits), 16, digits)
		require.False(t, checksumIsRight(digits), digits)
	}
}

func checksumIsRight(digits string) bool {
	const doubled = "0246813579"
	sum := 0
	for i := range digits {
		c := digits[len(digits)-1-i]
		if i%2 == 1 {
			c = doubled[c-'0']
		}
		sum += int(c - '0')
	}
	return sum%10 == 0
}

func bodies(tb testing.TB) [][]byte {
	tb.Helper()
	names, err := filepath.Glob("../../../testdata/api/*.json")
	require.NoError(tb, err)
	require.NotEmpty(tb, names)
	var list [][]byte
	for _, name := range names {
		data, err := os.ReadFile(name)
		require.NoError(tb, err)
		list = append(list, data)
	}
	return list
}

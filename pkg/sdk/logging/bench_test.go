package logging_test

import (
	"bytes"
	"net/http"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sdk/logging"
)

// BenchmarkBody obfuscates about 2 KB: a payment as it is read, with nothing to mask
// but a card, and one with little else than what must be masked.
func BenchmarkBody(b *testing.B) {
	details, err := os.ReadFile("../../../testdata/api/payment_details.json")
	require.NoError(b, err)
	personal := []byte(`{"order":{"customer":{"firstName":"John","surname":"Doe","street":"Main Street","zip":"10115",` +
		`"emailAddress":"john@example.org"}},"card":{"cardNumber":"4330264936344675","cvv":"123","expiryDate":"1230"}}`)
	personal = append(append([]byte("["), bytes.Repeat(append(personal, ','), 2048/len(personal))...), "{}]"...)
	for name, body := range map[string][]byte{"details": details[:min(len(details), 2048)], "personal": personal} {
		b.Run(name, func(b *testing.B) {
			o := logging.NewObfuscator()
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				o.Body("application/json", body)
			}
		})
	}
}

func BenchmarkHeader(b *testing.B) {
	h := http.Header{
		"Authorization": {"GCS v1HMAC:key:c2lnbmF0dXJl"}, "Date": {"Fri, 06 Jun 2014 13:39:43 GMT"},
		"Content-Type": {"application/json"}, "X-Gcs-Idempotence-Key": {"key-1"}, "User-Agent": {"x"},
		"X-Gcs-Servermetainfo": {string(bytes.Repeat([]byte("a"), 220))},
	}
	var o logging.Obfuscator
	b.ReportAllocs()
	for b.Loop() {
		o.Header(h)
	}
}

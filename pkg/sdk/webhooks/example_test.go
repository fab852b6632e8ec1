package webhooks_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/payreconcile/payreconcile/pkg/sdk/webhooks"
)

const captured = `{"apiVersion":"v1","id":"34b8a607","merchantId":"PSPID","type":"payment.captured","payment":{"id":"4105550101_1"}}`

// While a key is rotated both are stored; then the old one is removed.
func ExampleMemoryKeyStore() {
	var keys webhooks.MemoryKeyStore
	_ = keys.Store("key-2025", "old secret")
	_ = keys.Store("key-2026", "new secret")
	secret, err := keys.SecretKey(context.Background(), "key-2025")
	fmt.Println(secret, err)
	keys.Remove("key-2025")
	_, err = keys.SecretKey(context.Background(), "key-2025")
	fmt.Println(errors.Is(err, webhooks.ErrUnknownKey))
	keys.Clear()
	// Output:
	// old secret <nil>
	// true
}

// A Helper validates and reads what came some other way than through a Handler.
func ExampleHelper_Unmarshal() {
	var keys webhooks.MemoryKeyStore
	_ = keys.Store("key-2026", "new secret")
	helper := webhooks.NewHelper(&keys)

	body, header := []byte(captured), http.Header{}
	header.Set("X-GCS-KeyId", "key-2026")
	header.Set("X-GCS-Signature", webhooks.Sign("new secret", body))
	event, err := helper.Unmarshal(context.Background(), body, header)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(*event.Type, *event.Payment.ID)
	_, err = helper.Unmarshal(context.Background(), append(body, ' '), header)
	fmt.Println(err)
	// Output:
	// payment.captured 4105550101_1
	// validate webhook: the signature does not fit the body
}

// A Handler is all that a server needs. The second delivery of an event is answered
// and not handled again.
func ExampleHandler() {
	keys := &webhooks.MemoryKeyStore{}
	_ = keys.Store("key-2026", "new secret")
	handler := &webhooks.Handler{
		Helper: webhooks.NewHelper(keys),
		Handle: func(_ context.Context, e *webhooks.Event) error {
			fmt.Println("handle", *e.Type, *e.Payment.ID)
			return nil
		},
	}
	for range 2 {
		r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/webhooks", strings.NewReader(captured))
		r.Header.Set("X-GCS-KeyId", "key-2026")
		r.Header.Set("X-GCS-Signature", webhooks.Sign("new secret", []byte(captured)))
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		fmt.Println(w.Code)
	}
	// Output:
	// handle payment.captured 4105550101_1
	// 204
	// 204
}

// vault is a KeyStore of one's own.
type vault map[string]string

func (v vault) SecretKey(_ context.Context, keyID string) (string, error) {
	if secret, ok := v[keyID]; ok {
		return secret, nil
	}
	return "", webhooks.ErrUnknownKey
}

// Any store of secrets can be used.
func ExampleKeyStore() {
	helper := webhooks.NewHelper(vault{"key-2026": "new secret"})
	header := http.Header{"X-Gcs-Keyid": {"key-2026"}, "X-Gcs-Signature": {webhooks.Sign("new secret", []byte(captured))}}
	fmt.Println(helper.Validate(context.Background(), []byte(captured), header))
	// Output: <nil>
}

package webhooks_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/payreconcile/payreconcile/pkg/sdk/webhooks"
)

const (
	keyID  = "dummy-key-id"
	secret = "hello+world"

	// The published example, minified; its signature is of the indented text.
	compact   = `{"apiVersion":"v1","id":"8ee793f6-4553-4749-85dc-f2ef095c5ab0","created":"2017-02-02T11:24:14.040+0100","merchantId":"20000","type":"payment.paid","payment":{"id":"00000200000143570012","paymentOutput":{"amountOfMoney":{"amount":1000,"currencyCode":"EUR"},"references":{"paymentReference":"200001681810"},"paymentMethod":"bankTransfer","bankTransferPaymentMethodSpecificOutput":{"paymentProductId":11}},"status":"PAID","statusOutput":{"isCancellable":false,"statusCategory":"COMPLETED","statusCode":1000,"statusCodeChangeDateTime":"20170202112414","isAuthorized":true}}}`
	signature = "2S7doBj/GnJnacIjSJzr5fxGM5xmfQyFAwxv1I53ZEk="
)

func example(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, json.Indent(&b, []byte(compact), "", "  "))
	require.Equal(t, 765, b.Len())
	return b.Bytes()
}

func keys(t testing.TB) *webhooks.MemoryKeyStore {
	t.Helper()
	store := &webhooks.MemoryKeyStore{}
	require.NoError(t, store.Store(keyID, secret))
	return store
}

func signed(body []byte) http.Header {
	return http.Header{"X-Gcs-Signature": {webhooks.Sign(secret, body)}, "X-Gcs-Keyid": {keyID}}
}

func TestPublishedExample(t *testing.T) {
	t.Parallel()
	require.Equal(t, signature, webhooks.Sign(secret, example(t)))
	require.Equal(t, "FHbwt14Rjkjdn51x5EiyjgVQ7gN6ftgh5Y2l0KpQmLw=", webhooks.Sign(secret, nil))
	e, err := webhooks.NewHelper(keys(t)).Unmarshal(t.Context(), example(t),
		http.Header{"x-gcs-signature": {signature}, "X-GCS-KEYID": {keyID}}) // in any case
	require.NoError(t, err)
	require.Equal(t, "payment.paid", *e.Type)
	require.Equal(t, "00000200000143570012", *e.Payment.ID)
	require.Equal(t, int64(1000), *e.Payment.PaymentOutput.AmountOfMoney.Amount)
	require.Equal(t, "2017-02-02T11:24:14.040+0100", *e.Created)
	require.Contains(t, string(e.Raw), "bankTransferPaymentMethodSpecificOutput", "what the type does not know is reachable")
	credentials := webhooks.Credentials(keyID, secret)
	require.Equal(t, keyID, *credentials.Key)
	require.Equal(t, "FHbwt14Rjkjdn51x5EiyjgVQ7gN6ftgh5Y2l0KpQmLw=", *credentials.Secret)
}

func TestRefused(t *testing.T) {
	t.Parallel()
	const good = `{"apiVersion":"v1","id":"1"}`
	for name, tt := range map[string]struct {
		body   string
		change func(http.Header)
		kind   any
		text   string
	}{
		"no signature":         {good, func(h http.Header) { h.Del("X-GCS-Signature") }, new(*webhooks.SignatureError), "X-Gcs-Signature is missing"},
		"no key id":            {good, func(h http.Header) { h.Del("X-GCS-KeyId") }, new(*webhooks.SignatureError), "X-Gcs-Keyid is missing"},
		"an empty key id":      {good, func(h http.Header) { h.Set("X-GCS-KeyId", "") }, new(*webhooks.SignatureError), "is empty"},
		"two signatures":       {good, func(h http.Header) { h.Add("X-GCS-Signature", "x") }, new(*webhooks.SignatureError), "more than once"},
		"two, in two cases":    {good, func(h http.Header) { h["x-gcs-signature"] = []string{"x"} }, new(*webhooks.SignatureError), "more than once"},
		"another signature":    {good, func(h http.Header) { h.Set("X-GCS-Signature", signature) }, new(*webhooks.SignatureError), "does not fit"},
		"half a signature":     {good, func(h http.Header) { h.Set("X-GCS-Signature", h.Get("X-GCS-Signature")[:20]) }, new(*webhooks.SignatureError), "does not fit"},
		"another alphabet":     {good, func(h http.Header) { h.Set("X-GCS-Signature", strings.TrimRight(h.Get("X-GCS-Signature"), "=")) }, new(*webhooks.SignatureError), "does not fit"},
		"an unknown key":       {good, func(h http.Header) { h.Set("X-GCS-KeyId", "other") }, new(*webhooks.KeyError), `"other"`},
		"another version":      {`{"apiVersion":"v2"}`, nil, new(*webhooks.VersionError), `"v2"`},
		"no version":           {`{"id":"1"}`, nil, new(*webhooks.VersionError), `""`},
		"nothing":              {``, nil, new(*webhooks.BodyError), "no JSON object"},
		"null":                 {`null`, nil, new(*webhooks.BodyError), "no JSON object"},
		"half of it":           {good[:10], nil, new(*webhooks.BodyError), "not complete"},
		"more than it":         {good + good, nil, new(*webhooks.BodyError), "not complete"},
		"HTML":                 {`<html>`, nil, new(*webhooks.BodyError), "no JSON object"},
		"a wrong type":         {`{"apiVersion":"v1","payment":{"id":5}}`, nil, new(*webhooks.BodyError), `payment.id`},
		"broken UTF-8":         {"{\"id\":\"\xff\"}", nil, new(*webhooks.BodyError), "UTF-8"},
		"a long version":       {`{"apiVersion":"` + strings.Repeat("v", 1000) + `"}`, nil, new(*webhooks.VersionError), `v"... is not`},
		"an array of none":     {`[]`, nil, new(*webhooks.BodyError), "0 events"},
		"an array of two":      {`[` + good + `,` + good + `]`, nil, new(*webhooks.BodyError), "2 events"},
		"an array of an array": {`[[` + good + `]]`, nil, new(*webhooks.BodyError), "no JSON object"},
		"half an array":        {`[` + good, nil, new(*webhooks.BodyError), "not complete"},
	} {
		h := signed([]byte(tt.body))
		if tt.change != nil {
			tt.change(h)
		}
		e, err := webhooks.NewHelper(keys(t)).Unmarshal(t.Context(), []byte(tt.body), h)
		require.Nil(t, e, name)
		require.ErrorAs(t, err, tt.kind, name)
		require.ErrorContains(t, err, tt.text, name)
		require.NotContains(t, err.Error(), secret, name)
		require.NotContains(t, err.Error(), webhooks.Sign(secret, []byte(tt.body)), name)
	}
	e, err := webhooks.NewHelper(keys(t)).Unmarshal(t.Context(), []byte(" ["+good+"] "), signed([]byte(" ["+good+"] ")))
	require.NoError(t, err, "an array of one, as the documentation shows it")
	require.Equal(t, "1", *e.ID)
	require.Equal(t, good, string(e.Raw))
	require.Zero(t, e.RetryCount)
	for count, want := range map[string]int{"3": 3, "-1": 0, "x": 0} {
		h := signed([]byte(good))
		h.Set("retry-count", count)
		e, err := webhooks.NewHelper(keys(t)).Unmarshal(t.Context(), []byte(good), h)
		require.NoError(t, err)
		require.Equal(t, want, e.RetryCount)
	}
}

type brokenStore struct{}

var errDatabase = errors.New("the database is away")

func (brokenStore) SecretKey(context.Context, string) (string, error) { return "", errDatabase }

func TestKeyStores(t *testing.T) {
	t.Parallel()
	var store webhooks.MemoryKeyStore
	_, err := store.SecretKey(t.Context(), "a")
	require.ErrorIs(t, err, webhooks.ErrUnknownKey)
	store.Remove("a")
	store.Clear()
	require.Error(t, store.Store("", "x"))
	require.Error(t, store.Store("a", ""))
	require.NoError(t, store.Store("a", "1"))
	require.NoError(t, store.Store("a", "2"))
	got, err := store.SecretKey(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, "2", got)
	store.Clear()
	_, err = store.SecretKey(t.Context(), "a")
	require.ErrorIs(t, err, webhooks.ErrUnknownKey)

	err = webhooks.NewHelper(brokenStore{}).Validate(t.Context(), nil, signed(nil))
	require.ErrorIs(t, err, errDatabase)
	require.NotErrorIs(t, err, webhooks.ErrUnknownKey)
}

// TestAnyChangeIsRefused changes one byte of a body, a signature or a key id.
func TestAnyChangeIsRefused(t *testing.T) {
	t.Parallel()
	helper := webhooks.NewHelper(keys(t))
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.SliceOfN(rapid.Byte(), 1, 200).Draw(t, "body")
		h := signed(body)
		if err := helper.Validate(context.Background(), body, h); err != nil {
			t.Fatal(err)
		}
		change := func(s []byte) []byte {
			s = bytes.Clone(s)
			s[rapid.IntRange(0, len(s)-1).Draw(t, "at")] ^= byte(rapid.IntRange(1, 255).Draw(t, "by"))
			return s
		}
		switch rapid.IntRange(0, 2).Draw(t, "what") {
		case 0:
			body = change(body)
		case 1:
			h.Set("X-GCS-Signature", string(change([]byte(h.Get("X-GCS-Signature")))))
		default:
			h.Set("X-GCS-KeyId", string(change([]byte(keyID))))
		}
		if helper.Validate(context.Background(), body, h) == nil {
			t.Fatal("accepted")
		}
	})
}

func FuzzUnmarshal(f *testing.F) {
	f.Add([]byte(compact))
	f.Add([]byte(`[{"apiVersion":"v1"}]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := webhooks.NewHelper(keys(t)).Unmarshal(t.Context(), body, signed(body))
		if err == nil {
			require.Equal(t, "v1", *e.APIVersion)
			require.True(t, json.Valid(e.Raw))
			return
		}
		var wrong *webhooks.BodyError
		var version *webhooks.VersionError
		require.True(t, errors.As(err, &wrong) || errors.As(err, &version), err)
		require.Less(t, len(err.Error()), 1000)
	})
}

package conformance_test

import (
	"context"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sdk"
	"github.com/payreconcile/payreconcile/pkg/sdk/model"
)

// TestOptions makes each call with what a caller can add to it.
func TestOptions(t *testing.T) {
	each(t, func(t *testing.T, op *operation) {
		r := record(t)
		client, err := dial(t, config(r)).WithClientMetaInfo(map[string]string{"agent": "Käufer"})
		require.NoError(t, err)
		c := op.some(t, full)
		if c.query == nil {
			c.query = url.Values{}
		}
		c.opts = []sdk.CallOption{
			sdk.WithIdempotenceKey("key-1~!"), sdk.WithGzip(), sdk.WithQuery(url.Values{"extra q": {"1 2"}}),
			sdk.WithHeader("X-GCS-Zebra", "stripes"), sdk.WithHeader("X-Other", "  two  words  "),
		}
		sent := exchange(t, op, client, r, c)
		c.query.Set("extra q", "1 2")
		checkRequest(t, op, c, c.body, sent)
		require.Equal(t, op.RequestBody != nil, sent.Header.Get("Content-Encoding") == "gzip")
		require.Equal(t, []string{"key-1~!"}, sent.Header.Values("X-GCS-Idempotence-Key"))
		require.Equal(t, []string{"stripes"}, sent.Header.Values("X-GCS-Zebra"))
		require.Equal(t, "two  words", sent.Header.Get("X-Other"))
		require.JSONEq(t, `{"agent":"Käufer"}`, unbase64(t, sent.Header.Get("X-GCS-ClientMetaInfo")))
	})
}

// TestIDs gives ids that have to be escaped, and ids that could lead elsewhere.
func TestIDs(t *testing.T) {
	each(t, func(t *testing.T, op *operation) {
		r := record(t)
		client := dial(t, config(r))
		for _, id := range []string{"a b", "ü€😀", "a+b", "a:b@c$d,e;f=g&h!i'j(k)*", "a?b", "a#b", ".x", "x..", "~-_.", `"<>^|{}[]` + "`"} {
			c := op.some(t, minimal)
			c.merchant = id
			for i, p := range op.ids() {
				if p.Type == "string" {
					c.ids[i] = id
				}
			}
			sent := exchange(t, op, client, r, c)
			decoded, err := url.PathUnescape(sent.path())
			require.NoError(t, err)
			require.Equal(t, op.fill(func(s string) string { return s }, id, c.ids), decoded)
			require.Equal(t, strings.Count(op.Path, "/"), strings.Count(sent.path(), "/"))
			require.Equal(t, asSent, signed(sent), id)
		}
		for _, id := range []string{"", ".", "..", "a/b", "/", `a\b`, "a%2Fb", "%", "a\nb", "a\x00", "a\x7f"} {
			for i := -1; i < len(op.ids()); i++ {
				c := op.some(t, minimal)
				switch {
				case i < 0:
					c.merchant = id
				case op.ids()[i].Type != "string":
					continue
				default:
					c.ids[i] = id
				}
				_, err := op.call(t, client, c)
				require.ErrorContains(t, err, "build path", "%q", id)
				require.Empty(t, r.all(t))
			}
		}
	})
}

// onlyReads are the operations that change nothing although they are a POST.
var onlyReads = []string{"getDccRateInquiry", "getIinDetails", "surchargeCalculation", "validateWebhookCredentials"}

// TestSecondSends counts the sends of each call after a 503: a call that changes
// something is sent again only when the platform recognises its key.
func TestSecondSends(t *testing.T) {
	each(t, func(t *testing.T, op *operation) {
		r := record(t)
		cfg := config(r)
		cfg.Retry.MaxSends = 2
		client := dial(t, cfg)
		for _, key := range []string{"", "key-1"} {
			c := op.some(t, full)
			if key != "" {
				c.opts = append(c.opts, sdk.WithIdempotenceKey(key))
			}
			reads := op.Method == http.MethodGet || slices.Contains(onlyReads, op.ID)
			again := reads || op.ServerIdempotent && key != ""
			r.next(says(http.StatusServiceUnavailable, body(t, "ErrorResponse", full)), op.success(t, minimal))
			_, err := op.call(t, client, c)
			sent := r.all(t)
			if !again {
				require.Equal(t, 1, len(sent))
				require.Error(t, err)
				continue
			}
			require.NoError(t, err)
			require.Equal(t, 2, len(sent))
			for i := range sent {
				checkRequest(t, op, c, c.body, &sent[i])
				require.Equal(t, key, sent[i].Header.Get("X-GCS-Idempotence-Key"))
			}
		}
	})
}

// TestCanceled makes each call for a caller who has gone.
func TestCanceled(t *testing.T) {
	each(t, func(t *testing.T, op *operation) {
		r := record(t)
		m := op.at(t, dial(t, config(r)).Merchant(merchantID))
		args := m.arguments(t, op.some(t, full))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		args[0] = reflect.ValueOf(ctx)
		results := m.fn.Call(args)
		err, _ := results[len(results)-1].Interface().(error)
		require.ErrorIs(t, err, context.Canceled)
		require.Empty(t, r.all(t))
	})
}

// TestMetaInfo looks at what the SDK says of itself and of the shop, with and without
// an extension.
func TestMetaInfo(t *testing.T) {
	each(t, func(t *testing.T, op *operation) {
		r := record(t)
		for _, extension := range []*model.ShoppingCartExtension{
			nil,
			{Creator: new("Crêpe GmbH"), Name: new("Shop"), Version: new("1.2.3"), ExtensionID: new("ext-1")},
		} {
			cfg := config(r)
			cfg.ShoppingCartExtension = extension
			sent := exchange(t, op, dial(t, cfg), r, op.some(t, minimal))
			info, _ := tree(t, []byte(unbase64(t, sent.Header.Get(metaInfo)))).(map[string]any)
			for _, name := range []string{"platformIdentifier", "sdkIdentifier", "sdkCreator"} {
				require.NotEmpty(t, info[name])
				delete(info, name)
			}
			want := map[string]any{"integrator": "Conformance"}
			if extension != nil {
				want["shoppingCartExtension"] = map[string]any{
					"creator": "Crêpe GmbH", "name": "Shop", "version": "1.2.3", "extensionId": "ext-1",
				}
			}
			require.Equal(t, want, info)
		}
	})
}

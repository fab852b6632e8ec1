package sandbox_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
	"github.com/payreconcile/payreconcile/pkg/sandbox/sandboxtest"
)

// FuzzContract sends any bytes as a request: no panic, what is not JSON is refused
// as that, and what is refused names where.
func FuzzContract(f *testing.F) {
	for _, body := range []string{
		"", "{", "null", "[]", `{"order":`, `{"order":{"amountOfMoney":{"amount":1e400,"currencyCode":"EUR"}}}`,
		createBody(5, card(goodNumber, "SALE")), `{"\u006frder":{"amountOfMoney":null}}`, `{"order":[{}],"order":{}}`, "{\"a\xff\":\"\xff\"}",
		`{"order":{"customer":{"locale":"\ud800"},"shoppingCart":{"items":[null,{"orderLineDetails":{"quantity":1.0}}]}}}`,
		` { "order" : { "amountOfMoney" : { "amount" : 5 , "currencyCode" : "EUR" } , "x" : [ [ ] , { } , "\\\"" ] } } `,
	} {
		f.Add(body)
	}
	c := direct(sandboxtest.New(f, sandbox.Config{}))
	f.Fuzz(func(t *testing.T, body string) {
		a, err := c.send(c.request(http.MethodPost, "/payments", body))
		require.NoError(t, err)
		require.True(t, json.Valid(a.raw), "%s", a.raw)
		id := a.text("errors.0.id")
		if body != "" && !json.Valid([]byte(body)) {
			require.Equal(t, "INVALID_REQUEST_BODY", id)
			return
		}
		switch a.status {
		case http.StatusCreated, http.StatusPaymentRequired:
		case http.StatusBadRequest:
			require.NotEmpty(t, id)
			if id != "INVALID_REQUEST_BODY" {
				require.NotEmpty(t, a.text("errors.0.propertyName"))
			}
		default:
			t.Fatalf("%d %s", a.status, a.raw)
		}
	})
}

// Depth is no danger, and a large body takes no more than its share of time.
func TestDeepAndLongBodies(t *testing.T) {
	t.Parallel()
	c := start(t)
	path := c.payment(t, 800)
	for body, status := range map[string]int{
		`{"x":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`:                                   400, // deeper than encoding/json goes
		`{"x":` + strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000) + `,"amount":1}`:                            201,
		`{"lineItemDetails":[` + strings.TrimSuffix(strings.Repeat(`{"quantity":1},`, 50_000), ",") + `],"amount":1}`: 201,
		`{"lineItemDetails":[` + strings.TrimSuffix(strings.Repeat(`{"quantity":-1},`, 50_000), ",") + `]}`:           400,
	} {
		require.Equal(t, status, c.post(t, path+"/capture", body).status, body[:40])
	}
}

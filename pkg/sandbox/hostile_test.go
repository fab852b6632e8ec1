package sandbox_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

func TestHostileBodies(t *testing.T) {
	t.Parallel()
	zipped := func(text string) string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, err := z.Write([]byte(text))
		require.NoError(t, err)
		require.NoError(t, z.Close())
		return b.String()
	}
	encoding := func(name string) option { return func(r *http.Request) { r.Header.Set("Content-Encoding", name) } }
	plain := func(*http.Request) {}
	for name, tt := range map[string]struct {
		body     string
		option   option
		status   int
		property any
	}{
		"half JSON":            {`{"amount":`, plain, 400, nil},
		"an array":             {`[1]`, plain, 400, nil},
		"text":                 {`amount=1`, plain, 400, nil},
		"two values":           {`{"amount":1}{"amount":2}`, plain, 400, nil},
		"deeply nested":        {strings.Repeat(`[`, 20000), plain, 400, nil},
		"10 MB":                {`{"amount":1,"x":"` + strings.Repeat("x", 10<<20) + `"}`, plain, 413, nil},
		"just too long":        {`{"amount":1}` + strings.Repeat(" ", 1<<20), plain, 413, nil},
		"null":                 {`null`, plain, 201, nil},
		"unknown field":        {`{"amount":1,"newField":{"a":[1]}}`, plain, 201, nil},
		"gzip":                 {zipped(`{"amount":1}`), encoding("gzip"), 201, nil},
		"gzip bomb":            {zipped(`{"amount":1}` + strings.Repeat(" ", 4<<20)), encoding("gzip"), 413, nil},
		"no gzip":              {`{"amount":1}`, encoding("gzip"), 400, nil},
		"half gzip":            {zipped(`{"amount":1}`)[:20], encoding("gzip"), 400, nil},
		"another encoding":     {`{"amount":1}`, encoding("br"), 415, nil},
		"amount is text":       {`{"amount":"1"}`, plain, 400, "amount"},
		"amount is a fraction": {`{"amount":1.5}`, plain, 400, "amount"},
		"amount is zero":       {`{"amount":0}`, plain, 400, "amount"},
		"amount is negative":   {`{"amount":-1}`, plain, 400, "amount"},
		"amount is too large":  {`{"amount":1000000000000}`, plain, 400, "amount"},
		"amount overflows":     {`{"amount":99999999999999999999}`, plain, 400, "amount"},
		"final is text":        {`{"isFinal":"yes"}`, plain, 400, "isFinal"},
		"long reference":       {`{"operationReferences":{"merchantReference":"` + strings.Repeat("ü", 41) + `"}}`, plain, 400, "operationReferences.merchantReference"},
		"fitting reference":    {`{"operationReferences":{"merchantReference":"` + strings.Repeat("ü", 40) + `"}}`, plain, 201, nil},
		"long group":           {`{"operationReferences":{"operationGroupReference":"` + strings.Repeat("x", 51) + `"}}`, plain, 400, "operationReferences.operationGroupReference"},
		"creditor reference":   {`{"operationReferences":{"structuredCreditorReference":"RF1"}}`, plain, 400, "operationReferences.structuredCreditorReference"},
		"old reference":        {`{"references":{"merchantReference":"` + strings.Repeat("x", 41) + `"}}`, plain, 400, "references.merchantReference"},
		"reference is a list":  {`{"operationReferences":{"merchantReference":[]}}`, plain, 400, "operationReferences.merchantReference"},
		"line item":            {`{"lineItemDetails":[{"quantity":10000}]}`, plain, 400, "lineItemDetails[0].quantity"},
		"discount":             {`{"lineItemDetails":[{"discountAmount":-1}]}`, plain, 400, "lineItemDetails[0].discountAmount"},
		"shipping":             {`{"shipping":{"shippingCost":-1}}`, plain, 400, "shipping.shippingCost"},
		"tax on shipping":      {`{"shipping":{"shippingCostTax":1000000000000}}`, plain, 400, "shipping.shippingCostTax"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t)
			path := c.payment(t, 800)
			a := c.post(t, path+"/capture", tt.body, tt.option)
			require.Equal(t, tt.status, a.status, "%s", a.raw)
			if tt.status == 201 {
				return
			}
			require.Equal(t, tt.status, a.at("errors.0.httpStatusCode"))
			require.Equal(t, tt.property, a.at("errors.0.propertyName"))
			require.NotEmpty(t, a.text("errors.0.errorCode"))
			require.Zero(t, c.book(t, path).Count(sandbox.Capture))
		})
	}
}

func TestWrongFieldsOfRefundAndCancel(t *testing.T) {
	t.Parallel()
	for text, property := range map[string]string{
		`{"amountOfMoney":{"amount":1,"currencyCode":"USD"}}`:                                              "amountOfMoney.currencyCode",
		`{"amountOfMoney":{"amount":1}}`:                                                                   "amountOfMoney.currencyCode",
		`{"amountOfMoney":{"currencyCode":"EUR"}}`:                                                         "amountOfMoney.amount",
		`{"amountOfMoney":{"amount":0,"currencyCode":"EUR"}}`:                                              "amountOfMoney.amount",
		`{"amountOfMoney":{"amount":"1","currencyCode":"EUR"}}`:                                            "amountOfMoney.amount",
		`{"operationReferences":{"merchantReference":"` + strings.Repeat("x", 41) + `"}}`:                  "operationReferences.merchantReference",
		`{"reason":"` + strings.Repeat("x", 101) + `"}`:                                                    "reason",
		`{"captureId":"3066177123_9"}`:                                                                     "captureId",
		`{"omnichannelRefundSpecificInput":{"operatorId":"` + strings.Repeat("x", 101) + `"}}`:             "omnichannelRefundSpecificInput.operatorId",
		`{"references":{"merchantParameters":"` + strings.Repeat("x", 1001) + `","merchantReference":""}}`: "references.merchantParameters",
	} {
		c := start(t)
		c.seed(t, `{"id":"3066177123_0","amount":800,"currency":"EUR","mode":"SALE"}`, `{"id":"3066177124_0","amount":800,"currency":"EUR"}`)
		a := c.post(t, "/payments/3066177123_0/refund", text)
		require.Equal(t, 400, a.status, text)
		require.Equal(t, property, a.text("errors.0.propertyName"), text)
		if strings.HasPrefix(property, "amountOfMoney") || strings.HasPrefix(property, "operationReferences") {
			require.Equal(t, property, c.post(t, "/payments/3066177124_0/cancel", text).text("errors.0.propertyName"), text)
		}
	}
}

func TestUnknownPathsAndMethods(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.payment(t, 800)
	for _, tt := range []struct {
		method, target string
		status         int
		allow          string
	}{
		{"GET", "/v2/merchant/nonsense", 404, ""},
		{"GET", "/v2/merchant/payments/5000000001_0/", 404, ""},
		{"GET", "/v2/merchant/payments//details", 404, ""},
		{"GET", "/v2/merchant/payments/./details", 404, ""},
		{"GET", "/v2/merchant/payments/../payments/5000000001_0", 404, ""},
		{"GET", "/v2/merchant/payments/5000000001_0%2Fdetails", 404, ""},
		{"POST", "/v2/merchant/payments/5000000001_0%2Fcapture", 405, "GET"},
		{"GET", "/v1/merchant/services/testconnection", 404, ""},
		{"GET", "/", 404, ""},
		{"GET", "/_sandbox/v1/ledger", 404, ""},
		{"DELETE", "/v2/merchant/payments/5000000001_0", 405, "GET"},
		{"HEAD", "/v2/merchant/payments/5000000001_0", 405, "GET"},
		{"GET", "/v2/merchant/payments/5000000001_0/capture", 405, "POST"},
		{"GET", "/v2/merchant/payments", 405, "POST"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), tt.method, tt.target, nil)
		r.Header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
		sign(r, tt.target)
		a, err := c.send(r)
		require.NoError(t, err)
		require.Equal(t, tt.status, a.status, "%s %s: %s", tt.method, tt.target, a.raw)
		require.Equal(t, tt.status, a.at("errors.0.httpStatusCode"))
		require.Equal(t, tt.allow, a.header.Get("Allow"), tt.target)
		require.NotEmpty(t, a.text("errorId"))
	}
}

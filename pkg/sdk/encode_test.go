package sdk_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sdk"
	"github.com/payreconcile/payreconcile/pkg/sdk/model"
)

func unzip(t *testing.T, s string) string {
	t.Helper()
	z, err := gzip.NewReader(strings.NewReader(s))
	require.NoError(t, err)
	data, err := io.ReadAll(z)
	require.NoError(t, err)
	return string(data)
}

func TestGzipRequest(t *testing.T) {
	t.Parallel()
	batch := &model.SubmitBatchRequestBody{Header: &model.BatchMetadata{MerchantBatchReference: "b1", OperationType: model.BatchOperationTypeCapturePayment, ItemCount: 1}}
	s := &script{steps: []step{says(201, `{"merchantBatchReference":"b1","totalCount":1}`)}}
	m := dial(t, config("https://payment.example"), sdk.WithConnection(s))
	_, err := m.MerchantBatch().SubmitBatch(t.Context(), batch)
	require.NoError(t, err)
	_, err = m.Payments().CapturePayment(t.Context(), payment, &model.CapturePaymentRequest{Amount: new(int64(5))}, sdk.WithGzip())
	require.NoError(t, err)
	_, err = m.Payments().GetPayment(t.Context(), payment, sdk.WithGzip())
	require.NoError(t, err)
	for i, body := range []string{`{"header":{"itemCount":1,"merchantBatchReference":"b1","operationType":"CapturePayment"}}`, `{"amount":5}`} {
		sent := s.sent[i]
		require.Equal(t, "gzip", sent.header.Get("Content-Encoding"))
		require.Equal(t, "application/json", sent.header.Get("Content-Type"))
		require.JSONEq(t, body, unzip(t, sent.body))
		require.NoError(t, verify(sent.method, sent.resource, sent.header))
	}
	require.Empty(t, s.sent[2].header.Get("Content-Encoding"), "nothing to compress")
}

// TestMultipart sends a form again after a lost answer: the bytes, boundary included,
// are the same.
func TestMultipart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &script{steps: []step{breaks(io.ErrUnexpectedEOF), says(201, `{}`)}}
		m := dial(t, config("https://payment.example"), sdk.WithConnection(s))
		form := &sdk.MultipartForm{
			Values: url.Values{"b": {"2", "3"}, "a": {"ä\r\n"}},
			Files:  []sdk.FormFile{{Field: "file", FileName: "an \"odd\" name.pdf", ContentType: "application/pdf", Content: []byte("%PDF\x00")}, {Field: "x", FileName: "y"}},
		}
		req := sdk.Request{Method: http.MethodPost, Path: []string{"payments"}, Body: form}
		require.NoError(t, sdk.Do(t.Context(), m, req, nil, sdk.WithIdempotenceKey("k")))
		require.Len(t, s.sent, 2)
		require.Equal(t, s.sent[0].body, s.sent[1].body)
		require.NoError(t, verify("POST", s.sent[1].resource, s.sent[1].header))

		kind, params, err := mime.ParseMediaType(s.sent[1].header.Get("Content-Type"))
		require.NoError(t, err)
		require.Equal(t, "multipart/form-data", kind)
		got, err := multipart.NewReader(strings.NewReader(s.sent[1].body), params["boundary"]).ReadForm(1 << 20)
		require.NoError(t, err)
		require.Empty(t, cmp.Diff(map[string][]string(form.Values), got.Value))
		require.Equal(t, "an \"odd\" name.pdf", got.File["file"][0].Filename)
		require.Equal(t, "application/octet-stream", got.File["x"][0].Header.Get("Content-Type"))
		f, err := got.File["file"][0].Open()
		require.NoError(t, err)
		content, err := io.ReadAll(f)
		require.NoError(t, err)
		require.True(t, bytes.Equal([]byte("%PDF\x00"), content))
	})
}

func TestMultipartRefuses(t *testing.T) {
	t.Parallel()
	s := &script{steps: []step{says(200, `{}`)}}
	m := dial(t, config("https://payment.example"), sdk.WithConnection(s))
	for _, form := range []*sdk.MultipartForm{nil, {Files: []sdk.FormFile{{Field: "a", ContentType: "a\r\nb: c"}}}} {
		require.Error(t, sdk.Do(t.Context(), m, sdk.Request{Method: http.MethodPost, Path: []string{"x"}, Body: form}, nil))
	}
	require.Empty(t, s.sent)
}

func TestResponse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const body = `{"id":"x","newField":{"deep":[1]}}`
		s := &script{steps: []step{says(503, `{"errorId":"e"}`), says(200, body, "Idempotencyresponsedatetime", "2026-01-01T00:00:00Z"), breaks(io.ErrUnexpectedEOF)}}
		m := dial(t, config("https://payment.example"), sdk.WithConnection(s))
		resp := sdk.Response{StatusCode: 1}
		_, err := m.Payments().GetPayment(t.Context(), payment, sdk.WithResponse(&resp))
		require.NoError(t, err)
		require.Equal(t, 200, resp.StatusCode)
		require.Equal(t, body, string(resp.Body), "fields that the model does not know are reachable")
		require.Equal(t, "2026-01-01T00:00:00Z", resp.Header.Get("IdempotencyResponseDatetime"))
		_, err = m.Payments().GetPayment(t.Context(), payment, sdk.WithResponse(&resp))
		require.Error(t, err)
		require.Empty(t, cmp.Diff(sdk.Response{}, resp), "no answer leaves nothing of another call")
	})
}

func TestQueries(t *testing.T) {
	t.Parallel()
	s := &script{steps: []step{says(200, `{}`)}}
	m := dial(t, config("https://payment.example"), sdk.WithConnection(s))
	params := &sdk.GetPaymentProductParams{
		CountryCode: "FR", CurrencyCode: "EUR", Amount: new(int64(9007199254740993)), Hide: []string{"fields", "accountsOnFile"},
		IsRecurring: new(false), Locale: new("fr_FR & co"),
	}
	_, err := m.Products().GetPaymentProduct(t.Context(), 3012, params, sdk.WithQuery(url.Values{"hide": {"translations"}}))
	require.NoError(t, err)
	_, err = m.Products().GetPaymentProducts(t.Context(), nil)
	require.NoError(t, err)
	_, err = m.Products().GetPaymentProducts(t.Context(), &sdk.GetPaymentProductsParams{})
	require.NoError(t, err)
	require.Equal(t, "/v2/PSPID1/products/3012?amount=9007199254740993&countryCode=FR&currencyCode=EUR&hide=fields&hide=accountsOnFile&hide=translations&isRecurring=false&locale=fr_FR%20%26%20co", s.sent[0].resource)
	require.Equal(t, "/v2/PSPID1/products", s.sent[1].resource)
	require.Equal(t, "/v2/PSPID1/products", s.sent[2].resource)
	require.Len(t, params.Hide, 2, "the caller's list is as it was")
	for _, sent := range s.sent {
		require.NoError(t, verify("GET", sent.resource, sent.header))
	}
}

func TestZeroValuesAreErrors(t *testing.T) {
	t.Parallel()
	var client sdk.Client
	for name, m := range map[string]*sdk.MerchantClient{"a zero client": client.Merchant("x"), "a zero merchant": {}, "none": nil} {
		_, err := m.Payments().GetPayment(t.Context(), payment)
		require.ErrorContains(t, err, "NewClient", name)
	}
	_, err := (&sdk.PaymentsClient{}).GetPayment(t.Context(), payment)
	require.ErrorContains(t, err, "NewClient")
	client.CloseIdleConnections()
	_, err = client.WithClientMetaInfo(map[string]string{})
	require.ErrorContains(t, err, "NewClient")
}

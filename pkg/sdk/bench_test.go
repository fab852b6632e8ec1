package sdk_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sdk"
	"github.com/payreconcile/payreconcile/pkg/sdk/model"
)

func BenchmarkSign(b *testing.B) {
	a, err := sdk.NewV1HMAC(keyID, secret)
	require.NoError(b, err)
	h := http.Header{
		"Date": {"Fri, 06 Jun 2014 13:39:43 GMT"}, "X-Gcs-Servermetainfo": {string(make([]byte, 220))}, "X-Gcs-Idempotence-Key": {"key-1"},
		"User-Agent": {"x"}, "Content-Type": {"application/json"},
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := a.Authorization(http.MethodPost, "/v2/PSPID1/payments/7301440001_0/capture", h); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeDetails(b *testing.B) {
	compact := compactDetails(b)
	b.SetBytes(int64(len(compact)))
	b.ReportAllocs()
	for b.Loop() {
		var d model.PaymentDetailsResponse
		if err := json.Unmarshal(compact, &d); err != nil {
			b.Fatal(err)
		}
	}
}

func compactDetails(b *testing.B) []byte {
	b.Helper()
	var v any
	require.NoError(b, json.Unmarshal(fixture(b, "payment_details"), &v))
	data, err := json.Marshal(v)
	require.NoError(b, err)
	return data
}

// BenchmarkCall compares whole calls over loopback: "bare" signs, sends and throws
// the body away with net/http alone; "thin" is the client with a type of the fields
// that a reconciler reads; "full" is the client's own method; "fast" decodes with
// another marshaller.
func BenchmarkCall(b *testing.B) {
	body := compactDetails(b)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = []string{"application/json"}
		_, _ = w.Write(body)
	}))
	b.Cleanup(srv.Close)
	m, quicker := dial(b, config(srv.URL)), dial(b, config(srv.URL), sdk.WithMarshaller(quickJSON{}))
	plain := &http.Client{Transport: sdk.NewConnection(256, time.Second)}
	b.Cleanup(plain.CloseIdleConnections)
	for name, call := range map[string]func() error{
		"bare":      func() error { return bareCall(plain, srv.URL) },
		"ignored":   func() error { return thinCall(m, nil) },
		"thin":      func() error { return thinCall(m, &thinDetails{}) },
		"thin-fast": func() error { return thinCall(quicker, &thinDetails{}) },
		"full": func() error {
			_, err := m.Payments().GetPaymentDetails(context.Background(), payment)
			return err
		},
		"full-fast": func() error {
			_, err := quicker.Payments().GetPaymentDetails(context.Background(), payment)
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetParallelism(8)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := call(); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}

// thinDetails holds the fields that a reconciler reads.
type thinDetails struct {
	ID         string          `json:"id"`
	Operations []thinOperation `json:"Operations"`
}

type thinOperation struct {
	ID            string              `json:"id"`
	AmountOfMoney model.AmountOfMoney `json:"amountOfMoney"`
	StatusOutput  struct {
		StatusCode int32 `json:"statusCode"`
	} `json:"statusOutput"`
}

func thinCall(m *sdk.MerchantClient, out any) error {
	return sdk.Do(context.Background(), m, sdk.Request{Method: http.MethodGet, Path: []string{"payments", payment, "details"}}, out)
}

// bareCall is what a careful program would write without the SDK.
func bareCall(c *http.Client, endpoint string) error {
	const resource = "/v2/" + merchant + "/payments/" + payment + "/details"
	req, err := http.NewRequest(http.MethodGet, endpoint+resource, http.NoBody)
	if err != nil {
		return err
	}
	date := time.Now().UTC().Format(http.TimeFormat)
	meta := base64.StdEncoding.EncodeToString([]byte(`{"platformIdentifier":"Go","sdkIdentifier":"bare","sdkCreator":"bench","integrator":"bench"}`))
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = io.WriteString(mac, "GET\n\n"+date+"\nx-gcs-servermetainfo:"+meta+"\n"+resource+"\n")
	req.Header.Set("Date", date)
	req.Header.Set("X-GCS-ServerMetaInfo", meta)
	req.Header.Set("Authorization", "GCS v1HMAC:"+keyID+":"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	resp, err := c.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

package sdk_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sdk"
	"github.com/payreconcile/payreconcile/pkg/sdk/logging"
	"github.com/payreconcile/payreconcile/pkg/sdk/model"
)

// entries keeps what a logger is told.
type entries struct {
	mu        sync.Mutex
	requests  []logging.Request
	responses []logging.Response
	failures  []logging.Failure
}

func (e *entries) LogRequest(_ context.Context, r logging.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.requests = append(e.requests, r)
}

func (e *entries) LogResponse(_ context.Context, r logging.Response) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.responses = append(e.responses, r)
}

func (e *entries) LogError(_ context.Context, f logging.Failure) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.failures = append(e.failures, f)
}

// TestEverySendIsLogged: three sends of one call are three requests, and each has an
// answer, a failure, or both.
func TestEverySendIsLogged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		conn := &script{steps: []step{breaks(io.ErrUnexpectedEOF), cutsOff(201, `{"id"`), says(201, `{"id":"7301440001_1"}`)}}
		client, err := sdk.NewClient(config(sdk.PayoneTest), sdk.WithConnection(conn))
		require.NoError(t, err)
		with, err := client.WithClientMetaInfo(map[string]string{})
		require.NoError(t, err)
		var log entries
		client.EnableLogging(&log)
		_, err = with.Merchant(merchant).Payments().CapturePayment(t.Context(), payment, &model.CapturePaymentRequest{Amount: new(int64(5))}, sdk.WithIdempotenceKey("k"))
		require.NoError(t, err, "logging takes nothing from the call")
		require.Len(t, log.requests, 3)
		ids := map[string]bool{}
		for _, r := range log.requests {
			ids[r.ID] = true
			require.Equal(t, "/v2/PSPID1/payments/7301440001_0/capture", r.URI)
			require.Equal(t, `{"amount":5}`, r.Body)
			require.Equal(t, "********", r.Header.Get("Authorization"))
			require.Equal(t, "k", r.Header.Get("X-GCS-Idempotence-Key"))
		}
		require.Len(t, ids, 3)
		var got []string
		for _, r := range log.responses {
			require.True(t, ids[r.RequestID])
			got = append(got, r.Body)
		}
		require.Len(t, got, 2)
		require.Equal(t, `{"id":"7301440001_1"}`, got[1])
		require.Len(t, log.failures, 2)
		require.Contains(t, log.failures[0].Err, "network: unexpected EOF")
		require.Contains(t, log.failures[1].Err, "unreadable: read answer")
		for _, sent := range conn.sent {
			require.True(t, strings.HasPrefix(sent.header.Get("Authorization"), "GCS v1HMAC:"), "what is sent is not obfuscated")
		}

		client.DisableLogging()
		_, err = with.Merchant(merchant).Payments().GetPayment(t.Context(), payment)
		require.NoError(t, err)
		client.EnableLogging(nil)
		require.Len(t, log.requests, 3)
	})
}

func TestNothingSecretIsLogged(t *testing.T) {
	t.Parallel()
	const card, holder = "4330264936344675", "Erika Mustermann"
	var text bytes.Buffer
	logs := logging.NewWriter(&text)
	c := clientOf(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("WWW-Authenticate", "secret-challenge")
		answer(w, 400, []byte(`{"errorId":"e","errors":[{"errorCode":"1","message":"card `+card+` is not valid"}],"echo":`+string(body)+`}`))
	})
	c.EnableLogging(logs, logging.All("merchantParameters"))
	_, err := c.Merchant(merchant).Payments().CreatePayment(t.Context(), &model.CreatePaymentRequest{
		Order: &model.Order{References: &model.OrderReferences{MerchantParameters: new("session=hunter2")}},
		CardPaymentMethodSpecificInput: &model.CardPaymentMethodSpecificInput{
			Card: &model.Card{CardNumber: new(card), Cvv: new("123"), CardholderName: new(holder), ExpiryDate: new("1230")},
		},
		EncryptedCustomerInput: new("ciphertext"),
	})
	require.Error(t, err)
	require.NotEmpty(t, text.String())
	for _, hidden := range []string{card, card[:12], "433026", holder, "Mustermann", `"123"`, `"1230"`, "ciphertext", "hunter2", "v1HMAC", "secret-challenge", secret} {
		require.False(t, strings.Contains(text.String(), hidden), hidden)
	}
	require.Contains(t, text.String(), "4675")
}

func TestZeroClientTakesALogger(t *testing.T) {
	t.Parallel()
	var c sdk.Client
	c.EnableLogging(&entries{})
	c.DisableLogging()
	_, err := c.Merchant(merchant).Services().TestConnection(t.Context())
	require.ErrorContains(t, err, "NewClient")
}

package sdk_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sdk"
	"github.com/payreconcile/payreconcile/pkg/sdk/model"
)

// mirror answers each request with what only that request said, and refuses what is
// not signed: a part of one call that gets into another shows.
func mirror(w http.ResponseWriter, r *http.Request) {
	body := new(bytes.Buffer)
	_, _ = body.ReadFrom(r.Body)
	if err := verify(r.Method, r.RequestURI, r.Header); err != nil {
		answer(w, 403, []byte(`{"errorId":"signature"}`))
		return
	}
	meta, _ := base64.StdEncoding.DecodeString(r.Header.Get("X-GCS-ClientMetaInfo"))
	parts := strings.Split(r.URL.Path, "/")
	said := fmt.Sprintf("%s|%s|%s|%s|%s", parts[2], parts[4], r.Header.Get("X-GCS-Idempotence-Key"), meta, body)
	w.Header().Set("X-Said", said)
	switch {
	case strings.HasPrefix(parts[4], "missing"):
		answer(w, 404, fmt.Appendf(nil, `{"errorId":%q,"errors":[]}`, said))
	case strings.HasPrefix(parts[4], "broken"):
		w.Header().Set("Content-Length", "1000")
		answer(w, 200, []byte(`{"id":`))
	default:
		answer(w, 200, fmt.Appendf(nil, `{"id":%q}`, said))
	}
}

// TestOneClientManyCallers: 64 callers share one client, with merchants, device
// information, keys, guards and failures of their own.
func TestOneClientManyCallers(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(mirror))
	t.Cleanup(srv.Close)
	cfg := config(srv.URL)
	quick(&cfg)
	cfg.MaxConnections = 8
	client, err := sdk.NewClient(cfg)
	require.NoError(t, err)
	t.Cleanup(client.CloseIdleConnections)
	var wg sync.WaitGroup
	faults := make(chan error, 64)
	for caller := range 64 {
		wg.Go(func() {
			for round := range 20 {
				if err := oneCaller(t.Context(), client, caller, round); err != nil {
					faults <- fmt.Errorf("caller %d, round %d: %w", caller, round, err)
					return
				}
			}
		})
	}
	wg.Wait()
	close(faults)
	for err := range faults {
		t.Error(err)
	}
}

func oneCaller(ctx context.Context, client *sdk.Client, caller, round int) error {
	meta := ""
	if caller%2 == 0 {
		var err error
		if client, err = client.WithClientMetaInfo(caller); err != nil {
			return err
		}
		meta = fmt.Sprint(caller)
	}
	id := fmt.Sprintf("%s-%d-%d", [...]string{"there", "missing", "broken"}[round%3], caller, round)
	shop, key := fmt.Sprintf("shop-%d", caller%5), fmt.Sprintf("key-%d-%d", caller, round)
	said := fmt.Sprintf(`%s|%s|%s|%s|{"amount":%d}`, shop, id, key, meta, caller)
	var info sdk.CallInfo
	var resp sdk.Response
	asked := 0
	got, err := client.Merchant(shop).Payments().CapturePayment(ctx, id, &model.CapturePaymentRequest{Amount: new(int64(caller))},
		sdk.WithIdempotenceKey(key), sdk.WithCallInfo(&info), sdk.WithResponse(&resp),
		sdk.WithGuard(func(context.Context, int) error { asked++; return nil }))
	var notFound *sdk.ReferenceError
	var comm *sdk.CommunicationError
	sends := 1
	switch {
	case err == nil && round%3 == 0 && *got.ID == said:
	case errors.As(err, &notFound) && round%3 == 1 && notFound.ErrorID == said && notFound.IdempotenceKey == key:
	case errors.As(err, &comm) && round%3 == 2 && comm.Failure == sdk.FailureUnreadable && comm.IdempotenceKey == key:
		sends = 4
	default:
		return fmt.Errorf("%q became %v, %w", said, got, err)
	}
	if asked != sends || len(info.Sends) != sends || resp.Header.Get("X-Said") != said {
		return fmt.Errorf("%d guarded and %d recorded sends of %d, answer to %q", asked, len(info.Sends), sends, resp.Header.Get("X-Said"))
	}
	return nil
}

package sdk_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/payreconcile/payreconcile/pkg/sdk"
	"github.com/payreconcile/payreconcile/pkg/sdk/model"
)

// platform stands in for the platform in the examples.
func platform() (*sdk.Client, func()) {
	reply := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { answer(w, status, []byte(body)) }
	}
	mux := http.NewServeMux()
	mux.Handle("POST /v2/PSPID/payments", reply(201, `{"payment":{"id":"7301440001_0","status":"PENDING_CAPTURE"}}`))
	mux.Handle("GET /v2/PSPID/payments/7301440001_0/details", reply(200, `{"id":"7301440001_0","Operations":[
		{"id":"7301440001_0","status":"PENDING_CAPTURE","amountOfMoney":{"amount":12500,"currencyCode":"EUR"}},
		{"id":"7301440001_1","status":"CAPTURED","amountOfMoney":{"amount":8000,"currencyCode":"EUR"}}]}`))
	mux.Handle("POST /v2/PSPID/payments/7301440001_0/capture", reply(201, `{"id":"7301440001_1","status":"CAPTURE_REQUESTED"}`))
	mux.Handle("POST /v2/PSPID/payments/7301440001_0/refund", reply(400,
		`{"errorId":"9d1c","errors":[{"errorCode":"50001127","id":"ACTION_NOT_ALLOWED_ON_TRANSACTION"}]}`))
	srv := httptest.NewServer(mux)
	client, err := sdk.NewClient(sdk.Config{Endpoint: srv.URL, APIKeyID: "key", APISecret: "secret", Integrator: "Example Shop"})
	if err != nil {
		panic(err)
	}
	return client, srv.Close
}

func ExamplePaymentsClient_CreatePayment() {
	client, stop := platform()
	defer stop()
	created, err := client.Merchant("PSPID").Payments().CreatePayment(context.Background(), &model.CreatePaymentRequest{
		Order: &model.Order{
			AmountOfMoney: &model.AmountOfMoney{Amount: new(int64(12500)), CurrencyCode: "EUR"},
			References:    &model.OrderReferences{MerchantReference: new("order-1001")},
		},
		HostedTokenizationID: new("c2f1a7f4-2b0f-4a8c-8e53-2e7d7c6a9b10"),
	}, sdk.WithIdempotenceKey("order-1001"))
	var declined *sdk.DeclinedPaymentError
	if errors.As(err, &declined) {
		fmt.Println("declined:", *declined.Result.Payment.ID)
		return
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(*created.Payment.ID, *created.Payment.Status)
	// Output: 7301440001_0 PENDING_CAPTURE
}

func ExamplePaymentsClient_GetPaymentDetails() {
	client, stop := platform()
	defer stop()
	details, err := client.Merchant("PSPID").Payments().GetPaymentDetails(context.Background(), "7301440001_0")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, op := range details.Operations {
		fmt.Println(*op.ID, *op.Status, *op.AmountOfMoney.Amount)
	}
	// Output:
	// 7301440001_0 PENDING_CAPTURE 12500
	// 7301440001_1 CAPTURED 8000
}

func ExamplePaymentsClient_CapturePayment() {
	client, stop := platform()
	defer stop()
	var info sdk.CallInfo
	capture, err := client.Merchant("PSPID").Payments().CapturePayment(context.Background(), "7301440001_0",
		&model.CapturePaymentRequest{
			Amount:              new(int64(8000)),
			OperationReferences: &model.OperationPaymentReferences{MerchantReference: new("ship-1")},
		},
		sdk.WithIdempotenceKey("order-1001/ship-1"), sdk.WithCallInfo(&info))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(*capture.ID, *capture.Status, "after", len(info.Sends), "send")
	// Output: 7301440001_1 CAPTURE_REQUESTED after 1 send
}

func ExamplePaymentsClient_RefundPayment() {
	client, stop := platform()
	defer stop()
	_, err := client.Merchant("PSPID").Payments().RefundPayment(context.Background(), "7301440001_0",
		&model.RefundRequest{AmountOfMoney: &model.AmountOfMoney{Amount: new(int64(9000)), CurrencyCode: "EUR"}},
		sdk.WithIdempotenceKey("order-1001/rma-77"))
	var invalid *sdk.ValidationError
	var silent *sdk.CommunicationError
	switch {
	case errors.As(err, &invalid):
		fmt.Println("refused:", *invalid.Errors[0].ID)
	case errors.As(err, &silent):
		fmt.Println("not known:", err)
	}
	// Output: refused: ACTION_NOT_ALLOWED_ON_TRANSACTION
}

// A call can be made without the SDK's types, to read only what is needed.
func ExampleDo() {
	client, stop := platform()
	defer stop()
	var details struct {
		Operations []struct{ Status string }
	}
	err := sdk.Do(context.Background(), client.Merchant("PSPID"), sdk.Request{
		Method: http.MethodGet, Path: []string{"payments", "7301440001_0", "details"},
	}, &details)
	fmt.Println(details.Operations[1].Status, err)
	// Output: CAPTURED <nil>
}

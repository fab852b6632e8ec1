package sandbox_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"time"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
	"github.com/payreconcile/payreconcile/pkg/sdk"
	api "github.com/payreconcile/payreconcile/pkg/sdk/model"
)

// connect starts a sandbox and a client for it. Any client of the platform will
// do: a sandbox is told apart by its address alone.
func connect() (sb *sandbox.Sandbox, merchant *sdk.MerchantClient, stop func()) {
	sb, err := sandbox.New(sandbox.Config{MerchantID: "M", APIKeyID: "K", APISecret: "S"})
	if err != nil {
		panic(err)
	}
	server := httptest.NewServer(sb)
	client, err := sdk.NewClient(sdk.Config{Endpoint: server.URL, APIKeyID: "K", APISecret: "S", Integrator: "example"})
	if err != nil {
		panic(err)
	}
	return sb, client.Merchant("M"), server.Close
}

// A capture whose answer is lost is sent again under its key: the ledger knows
// whether the money moved once.
func ExampleSandbox_AddFault() {
	sb, merchant, stop := connect()
	defer stop()
	sb.SeedPayments(1)
	if _, err := sb.AddFault(sandbox.Fault{Kind: sandbox.AnswerLost, Operation: "capturePayment"}); err != nil {
		panic(err)
	}
	capture, err := merchant.Payments().CapturePayment(context.Background(), "3000000001_0",
		&api.CapturePaymentRequest{Amount: new(int64(400))}, sdk.WithIdempotenceKey("order-1/capture-1"))
	fmt.Println(*capture.ID, err)
	book, err := sb.LedgerOf("3000000001_0")
	fmt.Println(book.Count(sandbox.Capture), book.Sum(sandbox.Capture), err)
	fmt.Println(sb.Requests()["capturePayment"], "requests")
	// Output:
	// 3000000001_1 <nil>
	// 1 400 <nil>
	// 2 requests
}

// Time passes when the test says so.
func ExampleSandbox_Advance() {
	sb, merchant, stop := connect()
	defer stop()
	sb.SeedPayments(1)
	b := sb.Behaviour()
	b.SettleAfter = 2 * time.Hour
	if err := sb.SetBehaviour(b); err != nil {
		panic(err)
	}
	ctx := context.Background()
	if _, err := merchant.Payments().CapturePayment(ctx, "3000000001_0", &api.CapturePaymentRequest{}); err != nil {
		panic(err)
	}
	for range 2 {
		payment, err := merchant.Payments().GetPayment(ctx, "3000000001_0")
		fmt.Println(*payment.Status, *payment.StatusOutput.StatusCode, err)
		sb.Advance(3 * time.Hour)
	}
	// Output:
	// CAPTURE_REQUESTED 91 <nil>
	// CAPTURED 9 <nil>
}

// A consumer pays on the hosted page.
func ExampleSandbox_PayCheckout() {
	sb, merchant, stop := connect()
	defer stop()
	ctx := context.Background()
	made, err := merchant.HostedCheckout().CreateHostedCheckout(ctx, &api.CreateHostedCheckoutRequest{
		Order: &api.Order{AmountOfMoney: &api.AmountOfMoney{Amount: new(int64(1999)), CurrencyCode: "EUR"}},
	})
	if err != nil {
		panic(err)
	}
	card := sandbox.Card{Number: "4330264936344675", Expiry: "1299"}
	if _, err := sb.PayCheckout(*made.HostedCheckoutID, card); err != nil {
		panic(err)
	}
	checkout, err := merchant.HostedCheckout().GetHostedCheckout(ctx, *made.HostedCheckoutID)
	fmt.Println(*checkout.Status, *checkout.CreatedPaymentOutput.PaymentStatusCategory, err)
	// Output: PAYMENT_CREATED SUCCESSFUL <nil>
}

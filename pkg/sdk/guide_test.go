package sdk_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
	"github.com/payreconcile/payreconcile/pkg/sdk"
	"github.com/payreconcile/payreconcile/pkg/sdk/model"
)

// The examples of this file follow the vendor's guide for its Python SDK, row by
// row. They run against the emulator of package sandbox.

// emulator starts a platform for an example.
func emulator() (sb *sandbox.Sandbox, url string, stop func()) {
	behaviour := sandbox.DefaultBehaviour()
	sb = must(sandbox.New(sandbox.Config{
		MerchantID: "PSPID", APIKeyID: "key-id", APISecret: "key-secret", Behaviour: &behaviour, PublicURL: sdk.PayoneTest,
	}))
	srv := httptest.NewServer(sb)
	return sb, srv.URL, func() {
		sb.ClearFaults()
		srv.Close()
	}
}

// shop returns a client of an emulator.
func shop(opts ...sdk.Option) (*sdk.Client, *sandbox.Sandbox, func()) {
	sb, url, stop := emulator()
	client := must(sdk.NewClient(sdk.Config{Endpoint: url, APIKeyID: "key-id", APISecret: "key-secret", Integrator: "Example Shop"}, opts...))
	return client, sb, func() {
		client.CloseIdleConnections()
		stop()
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func euros(minor int64) *model.AmountOfMoney {
	return &model.AmountOfMoney{Amount: new(minor), CurrencyCode: "EUR"}
}

// authorised makes a payment of 125.00 EUR and returns its id.
func authorised(client *sdk.Client) string {
	return paid(client, "PRE_AUTHORIZATION")
}

func paid(client *sdk.Client, mode model.AuthorizationMode) string {
	created := must(client.Merchant("PSPID").Payments().CreatePayment(context.Background(), &model.CreatePaymentRequest{
		Order: &model.Order{AmountOfMoney: euros(12500)},
		CardPaymentMethodSpecificInput: &model.CardPaymentMethodSpecificInput{
			Card:             &model.Card{CardNumber: new("4330264936344675"), Cvv: new("123"), ExpiryDate: new("1230"), CardholderName: new("John Doe")},
			PaymentProductID: new(int32(1)), AuthorizationMode: &mode,
		},
	}))
	return *created.Payment.ID
}

// Initialise: endpoint and limits come from a properties file, key and secret from
// code. One client serves any number of merchants.
func Example_propertiesFile() {
	_, url, stop := emulator()
	defer stop()
	dir := must(os.MkdirTemp("", "example"))
	defer func() { _ = os.RemoveAll(dir) }()
	file := filepath.Join(dir, "payments_sdk.prp")
	_ = os.WriteFile(file, []byte("[OnlinePaymentsSDK]\n"+
		"onlinepayments.api.integrator=Example Shop\n"+
		"onlinepayments.api.endpoint.host="+url[len("http://"):]+"\n"+
		"onlinepayments.api..endpoint.scheme=http\n"+ // the doubled dot of the guide is one
		"onlinepayments.api.socketTimeout=30\n"), 0o600)

	client, err := sdk.NewClientFromFile(file, "key-id", "key-secret")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.CloseIdleConnections()
	answer, err := client.Merchant("PSPID").Services().TestConnection(context.Background())
	fmt.Println(*answer.Result, err)
	// Output: OK <nil>
}

// Initialise: everything in code. The constants are the test and live endpoints of
// both brands.
func Example_configuration() {
	cfg := sdk.Config{
		Endpoint:   sdk.PayoneTest, // sdk.PayoneLive, sdk.WorldlineTest, sdk.WorldlineLive
		APIKeyID:   "key-id",
		APISecret:  "key-secret",
		Integrator: "Example Shop",
		ShoppingCartExtension: &model.ShoppingCartExtension{
			Creator: new("Example"), Name: new("Cart"), Version: new("2.1"),
		},
		Proxy: "http://proxy.example:3128",
	}
	_, err := sdk.NewClient(cfg)
	fmt.Println(cfg, err)
	// Output: sdk.Config{Endpoint: "https://payment.preprod.payone.com", APIKeyID: "key-id", APISecret: ***, Integrator: "Example Shop"} <nil>
}

// Server-to-server: a payment needs an order and a method.
func Example_serverToServer() {
	client, _, stop := shop()
	defer stop()
	created, err := client.Merchant("PSPID").Payments().CreatePayment(context.Background(), &model.CreatePaymentRequest{
		Order: &model.Order{AmountOfMoney: &model.AmountOfMoney{Amount: new(int64(125000)), CurrencyCode: "EUR"}},
		CardPaymentMethodSpecificInput: &model.CardPaymentMethodSpecificInput{
			Card: &model.Card{
				CardNumber: new("5137009801943438"), Cvv: new("123"), ExpiryDate: new("1230"), CardholderName: new("John Doe"),
			},
			PaymentProductID: new(int32(3)),
		},
	}, sdk.WithIdempotenceKey("order-1001"))
	if err != nil {
		fmt.Println(err)
		return
	}
	if created.MerchantAction != nil && created.MerchantAction.RedirectData != nil {
		fmt.Println("send the customer to", *created.MerchantAction.RedirectData.RedirectURL)
		return
	}
	fmt.Println(*created.Payment.Status, *created.Payment.StatusOutput.StatusCode)
	// Output: PENDING_CAPTURE 5
}

// Status: GetPayment tells the state of a payment as a whole, GetPaymentDetails every
// operation that was made on it.
func Example_transactionStatus() {
	client, _, stop := shop()
	defer stop()
	id := authorised(client)
	payments := client.Merchant("PSPID").Payments()
	_ = must(payments.CapturePayment(context.Background(), id, &model.CapturePaymentRequest{Amount: new(int64(8000))}))

	payment, err := payments.GetPayment(context.Background(), id)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(*payment.Status, *payment.StatusOutput.StatusCategory)
	details, err := payments.GetPaymentDetails(context.Background(), id)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, op := range details.Operations {
		fmt.Println(*op.Status, *op.AmountOfMoney.Amount, op.AmountOfMoney.CurrencyCode)
	}
	// Output:
	// PENDING_CAPTURE PENDING_MERCHANT
	// PENDING_CAPTURE 12500 EUR
	// CAPTURED 8000 EUR
}

// Maintenance: capture what was authorised, refund what was captured, cancel what is
// not captured yet. Each carries an idempotence key, so that it can be sent again.
func Example_maintenance() {
	client, sb, stop := shop()
	defer stop()
	ctx := context.Background()
	id := authorised(client)
	merchant := client.Merchant("PSPID")

	capture, err := merchant.Payments().CapturePayment(ctx, id,
		&model.CapturePaymentRequest{Amount: new(int64(8000))}, sdk.WithIdempotenceKey("order-1001/ship-1"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(*capture.Status)
	cancel, err := merchant.Payments().CancelPayment(ctx, id, nil, sdk.WithIdempotenceKey("order-1001/void"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(*cancel.Payment.Status)
	refund, err := merchant.Payments().RefundPayment(ctx, id,
		&model.RefundRequest{AmountOfMoney: euros(2500)}, sdk.WithIdempotenceKey("order-1001/rma-77"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(*refund.Status)

	captures := must(merchant.Captures().GetCaptures(ctx, id))
	refunds := must(merchant.Refunds().GetRefunds(ctx, id))
	fmt.Println(len(captures.Captures), "capture,", len(refunds.Refunds), "refund")
	book := must(sb.LedgerOf(id))
	fmt.Println("the platform's ledger:", book.Balances[sandbox.Captured], book.Balances[sandbox.Cancelled], book.Balances[sandbox.Refunded])
	// Output:
	// CAPTURE_REQUESTED
	// CANCELLED
	// REFUND_REQUESTED
	// 1 capture, 1 refund
	// the platform's ledger: 5500 4500 2500
}

// Exceptions: a payment that was made and refused.
func Example_declinedPayment() {
	client, _, stop := shop()
	defer stop()
	_, err := client.Merchant("PSPID").Payments().CreatePayment(context.Background(), &model.CreatePaymentRequest{
		Order: &model.Order{AmountOfMoney: euros(12500)},
		CardPaymentMethodSpecificInput: &model.CardPaymentMethodSpecificInput{
			Card:             &model.Card{CardNumber: new("4321456998744563"), Cvv: new("123"), ExpiryDate: new("1230")},
			PaymentProductID: new(int32(1)),
		},
	})
	var declined *sdk.DeclinedPaymentError
	if errors.As(err, &declined) {
		payment := declined.Result.Payment
		fmt.Println(declined.StatusCode, *payment.Status, *payment.StatusOutput.StatusCode, *declined.Errors[0].ID)
	}
	// Output: 402 REJECTED 2 REFUSED_BY_ISSUER
}

package sdk_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
	"github.com/payreconcile/payreconcile/pkg/sdk"
	"github.com/payreconcile/payreconcile/pkg/sdk/model"
)

// Exceptions: every answer that says no is a type for errors.As, and all of them are
// an APIError as well. What has no answer of the platform is a CommunicationError.
func Example_errors() {
	client, sb, stop := shop()
	defer stop()
	ctx, merchant := context.Background(), client.Merchant("PSPID")
	once := sdk.WithRetry(sdk.RetryPolicy{MaxSends: 1})
	status := func(status int) {
		_ = must(sb.AddFault(sandbox.Fault{Kind: sandbox.Status, Status: status}))
	}
	explain := func(err error) {
		var (
			invalid      *sdk.ValidationError    // 400
			unauthorised *sdk.AuthorizationError // 403
			running      *sdk.IdempotenceError   // 409, the first request with this key still runs
			reference    *sdk.ReferenceError     // 404, 409, 410
			platform     *sdk.PlatformError      // 500, 502, 503
			silence      *sdk.CommunicationError // no answer, or none of the platform
			other        *sdk.APIError           // every answer of the platform
		)
		switch {
		case errors.As(err, &invalid):
			fmt.Println("mend the request:", *invalid.Errors[0].PropertyName)
		case errors.As(err, &unauthorised):
			fmt.Println("check key and merchant:", *unauthorised.Errors[0].ID)
		case errors.As(err, &running):
			fmt.Println("ask again soon, with the same key:", running.IdempotenceKey)
		case errors.As(err, &reference):
			fmt.Println("check the id:", *reference.Errors[0].ID)
		case errors.As(err, &platform):
			fmt.Println("it is not known whether it was done:", platform.StatusCode)
		case errors.As(err, &silence):
			fmt.Println("it is not known whether it was done:", silence.Failure)
		case errors.As(err, &other):
			fmt.Println("no:", other.StatusCode, "retriable:", other.Retriable, "error id:", other.ErrorID != "", "body:", len(other.Body) > 0)
		}
	}

	_, err := merchant.Payments().CreatePayment(ctx, &model.CreatePaymentRequest{
		Order: &model.Order{AmountOfMoney: &model.AmountOfMoney{Amount: new(int64(1)), CurrencyCode: "euro"}},
	})
	explain(err)
	_, err = client.Merchant("000000").Payments().GetPayment(ctx, "1_0")
	explain(err)
	_, err = merchant.Payments().GetPayment(ctx, "9999999999_0")
	explain(err)
	id := authorised(client)
	for _, code := range []int{409, 502, 429} {
		status(code)
		_, err = merchant.Payments().CapturePayment(ctx, id, nil, sdk.WithIdempotenceKey("order-1001/all"), once)
		explain(err)
	}
	_ = must(sb.AddFault(sandbox.Fault{Kind: sandbox.AnswerLost}))
	_, err = merchant.Payments().CapturePayment(ctx, id, nil, sdk.WithIdempotenceKey("order-1001/all"), once)
	explain(err)
	// Output:
	// mend the request: order.amountOfMoney.currencyCode
	// check key and merchant: ACCESS_TO_MERCHANT_NOT_ALLOWED
	// check the id: UNKNOWN_PAYMENT_ID
	// ask again soon, with the same key: order-1001/all
	// it is not known whether it was done: 502
	// no: 429 retriable: true error id: true body: true
	// it is not known whether it was done: network
}

// Idempotent requests: a request that is repeated with its key is answered with the
// first outcome, and the answer says when that was.
func Example_idempotence() {
	client, sb, stop := shop()
	defer stop()
	ctx, payments := context.Background(), client.Merchant("PSPID").Payments()
	id := authorised(client)

	for range 2 {
		var info sdk.CallInfo
		capture, err := payments.CapturePayment(ctx, id, &model.CapturePaymentRequest{Amount: new(int64(8000))},
			sdk.WithIdempotenceKey("order-1001/ship-1"), sdk.WithCallInfo(&info))
		if err != nil {
			fmt.Println(err)
			return
		}
		first := info.Last().ReplayedAt.IsZero()
		fmt.Println("the first request:", first, "- same capture:", *capture.ID == id[:len(id)-1]+"1")
	}
	fmt.Println("captured:", must(sb.LedgerOf(id)).Balances[sandbox.Captured])
	// Output:
	// the first request: true - same capture: true
	// the first request: false - same capture: true
	// captured: 8000
}

// Idempotent requests: while the first request is still worked on, the platform says
// 409, in one of two ways. The client waits and asks again with the same key by
// itself; here it is told to give up at once.
func Example_idempotenceConflict() {
	client, sb, stop := shop()
	defer stop()
	ctx, payments := context.Background(), client.Merchant("PSPID").Payments()
	id := authorised(client)
	for _, variant := range []string{sandbox.InProgressID, sandbox.InProgressCode} {
		behaviour := sb.Behaviour()
		behaviour.InProgressError = variant
		_ = sb.SetBehaviour(behaviour)
		_ = must(sb.AddFault(sandbox.Fault{Kind: sandbox.Status, Status: 409}))

		_, err := payments.CapturePayment(ctx, id, nil,
			sdk.WithIdempotenceKey("order-1001/all"), sdk.WithRetry(sdk.RetryPolicy{MaxSends: 1}))
		var running *sdk.IdempotenceError
		if errors.As(err, &running) {
			fmt.Println(running.IdempotenceKey, running.Errors[0].ErrorCode)
		}
	}
	_, err := payments.CapturePayment(ctx, id, nil, sdk.WithIdempotenceKey("order-1001/all"))
	fmt.Println(err)
	// Output:
	// order-1001/all 50001409
	// order-1001/all 1409
	// <nil>
}

// Package sdk is a client of the Online Payments API of PAYONE and Worldline.
//
//	client, err := sdk.NewClient(sdk.Config{
//		Endpoint:   sdk.PayoneTest,
//		APIKeyID:   keyID,
//		APISecret:  secret,
//		Integrator: "Example Shop",
//	})
//	…
//	capture, err := client.Merchant("PSPID").Payments().CapturePayment(ctx, "3066177123_0",
//		&model.CapturePaymentRequest{Amount: new(int64(1250))},
//		sdk.WithIdempotenceKey(key))
//
// # Sending
//
// A call is one or more sends of the same request. Every send is signed anew with
// its own Date and carries the same idempotence key. Which calls are sent again,
// and after which failures, is told at [RetryPolicy]; a guard ([WithGuard]) can
// stop each of them, and [WithCallInfo] tells what happened to each.
//
// # Errors
//
// An answer of the platform that says no is an [*APIError], and more precisely a
// [*ValidationError], [*AuthorizationError], [*ReferenceError],
// [*IdempotenceError], [*PlatformError], [*DeclinedPaymentError],
// [*DeclinedPayoutError], [*DeclinedRefundError] or [*ProblemDetailsError]:
// errors.As finds both. No answer, or one that the platform cannot have given, is
// a [*CommunicationError]. After a CommunicationError of a call that moves money
// it is not known whether the money moved.
//
// A [Client] and everything made from it are safe for concurrent use.
package sdk

//go:generate go run ../../internal/gen/sdkmodel -schema ../../internal/gen/schema.json -dir .

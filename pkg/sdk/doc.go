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
// A [MerchantClient] has one client for each group of operations, named as in the
// official SDKs: Payments, HostedCheckout, Tokens and so on. Requests and answers are
// the types of package model. Optional values are pointers: absent differs from zero,
// and new(int64(1250)) makes one in place. Amounts are in the minor unit of their
// currency. [ReadConfig] understands the vendor's properties files.
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
// a [*CommunicationError]. After a CommunicationError or a PlatformError of a call
// that moves money it is not known whether the money moved: make the call again
// with the same key, or look.
//
// # Parts
//
// The signature, the connections, the marshaller and the metadata can be replaced,
// each by itself, when the client is made; see [Option]. [Client.EnableLogging] shows
// what goes over the wire to a logger of package logging, without card data or
// secrets. Package webhooks receives the platform's events. Package sandbox, next to
// this one, is an emulator of the platform for tests.
//
// What is documented here of the platform comes from its public contract, from its
// documentation, or from the official SDKs and their tests; where only the last two
// say so, or nobody does, the text tells.
//
// A [Client] and everything made from it are safe for concurrent use.
package sdk

//go:generate go run ../../internal/gen/sdkmodel -schema ../../internal/gen/schema.json -words ../../internal/gen/words.yaml -dir .

// Package webhooks receives the events that the platform sends to a merchant.
//
//	keys := &webhooks.MemoryKeyStore{}
//	err := keys.Store(keyID, secret)
//	…
//	http.Handle("/webhooks", &webhooks.Handler{
//		Helper: webhooks.NewHelper(keys),
//		Handle: func(ctx context.Context, e *webhooks.Event) error { … },
//	})
//
// A [Handler] does everything; a [Helper] validates and reads bytes that came some
// other way. Both find the secret of an event by its key id in a [KeyStore], so that
// an old and a new key are valid side by side while they are rotated.
//
// Events are delivered at least once and in any order. An event says that something
// happened; before acting on the state of a payment, read the payment.
//
// Headers, signature and version are those of the official SDKs; how the platform
// repeats events and what it calls a duplicate is from its documentation.
package webhooks

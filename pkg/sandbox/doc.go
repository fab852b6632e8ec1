// Package sandbox is a payment platform in memory: an [http.Handler] that
// answers the server API of PAYONE and Worldline Direct the way the platform
// does, so that clients can be tried and tested without an account.
//
// It checks signatures, keeps idempotence keys for 24 hours, walks payments
// through their states under a clock that can be moved, keeps a double-entry
// ledger of every movement of money, and fails on demand. It shares no code
// with any client, so that it cannot agree with a client's mistakes.
//
//	sb, err := sandbox.New(sandbox.Config{MerchantID: "M", APIKeyID: "K", APISecret: "S"})
//	sb.SeedPayments(10)
//	err = http.ListenAndServe("127.0.0.1:8080", sb)
//
// The package sandboxtest starts one for a test.
//
// # Operations
//
//	payments       createPayment, getPayment, getPaymentDetails, capturePayment, cancelPayment,
//	               refundPayment, getCaptures, getRefunds, subsequentPayment, completePayment
//	hosted pages   createHostedCheckout, getHostedCheckout, createHostedTokenization,
//	               getHostedTokenization, createHostedFieldsSession, getHostedFieldsSession
//	tokens         createToken, getToken, deleteToken, importCofSeries,
//	               createCertificate, getCardDataByTokens, getCardDataByPayments
//	payouts        createPayout, getPayout
//	batches        submitBatch, processBatch, getBatchStatus
//	mandates       createMandate, getMandate, blockMandate, unblockMandate, revokeMandate
//	payment links  createPaymentLink, getPaymentLinkById, cancelPaymentLinkById
//	products       getPaymentProducts, getPaymentProduct, getPaymentProductNetworks,
//	               getProductDirectory, getProductGroups, getProductGroup,
//	               createPaymentProductSession (of Apple Pay)
//	services       testConnection, getIinDetails, getDccRateInquiry, surchargeCalculation,
//	               getPrivacyPolicy, createSession (whose client-side calls are not here)
//	webhooks       validateWebhookCredentials, sendTestWebhook
//
// The items of a batch run once, [Behaviour].SettleAfter after it was started, as
// the single operations would without an idempotence key; one that is refused
// does not stop the others. Starting it again is refused
// (400; see RestartedBatchStatus). A payment that waits for completion comes from
// a seed.
//
// A payment is named by its initial id in any of the spellings 3066177123,
// 3066177123_0 and 9000003066177123000; answers use the second.
//
// A payout is credited (8) after [Behaviour].SettleAfter. It draws on no payment
// and is in no [Book]; [Sandbox.Payouts] lists all of them.
//
// # Signatures
//
// The platform's clients do not sign alike, and all of them are accepted: path and
// query may be signed as they are sent or decoded (see [Behaviour].SignedResource),
// and a GET may carry a Content-Type that is not signed. Whatever else differs from
// what was signed is refused, and so is a second Authorization.
//
// # Authorisations end
//
// A final authorisation lives seven days and a pre-authorisation 30, by the clock
// of the sandbox. What is neither captured nor cancelled by then is released: the
// ledger moves it with the event expired, the payment is CANCELLED (6) unless a
// part of it is captured, and captures and cancels are refused. Captures and
// cancels that were accepted before settle. Entry _0 of Operations stays
// PENDING_CAPTURE (5), with isAuthorized and isCancellable false.
//
// # Cards on file
//
// A card payment with tokenize keeps its card as a permanent token, also on a
// hosted page; the token of a card that is challenged appears with the
// authorisation. The first payment of a series shows the scheme's id of its own
// as schemeReferenceData, later ones as initialSchemeTransactionId.
//
// The sandbox has full card numbers in memory and shows them to nobody, with one
// exception: getCardDataByTokens and getCardDataByPayments answer them encrypted
// for the newest certificate of createCertificate. That takes a request in PEM
// for an RSA key of 2048 bits or more, or a key on P-256, P-384 or P-521; the
// certificate lives a year. The form is the sandbox's own: a JWE in compact
// serialisation (RFC 7516) with RSA-OAEP-256 or ECDH-ES, A256GCM, and as kid the
// certificateId. Its text is the digits of the number. Without a certificate that
// has not expired, both calls are refused with 403. A seeded payment has the card
// 4330264936344675.
//
// # Mandates
//
// A payment by SEPA direct debit names a mandate or makes one. A mandate that is
// not ACTIVE is refused with INVALID_VALUE; one for a single payment (UNIQUE) is
// USED by it. With a mandate that has to be signed the payment waits as
// REDIRECTED (46) for [Sandbox.SignMandate].
//
// # The consumer's side
//
// What a consumer does on a hosted page is a method or a call of the control
// API. [Sandbox.PayCheckout] enters a card on a hosted checkout and returns
// where the consumer is sent next; [Sandbox.CancelCheckout] leaves the page. A
// refused card leaves the checkout IN_PROGRESS, with the refused payment in
// createdPaymentOutput, until no attempt is left; a further attempt takes the
// place of the refused one under the same payment id. A session ends after
// sessionTimeout by the clock of the sandbox.
//
// [Sandbox.PassRedirect] passes or fails the challenge of a payment that was
// redirected (46).
//
// [Sandbox.EnterCard] enters a card on a hosted tokenization, or into hosted fields,
// which pay by hostedFieldsSessionId. The token is
// temporary, lives two hours and pays once, unless the consumer wants it kept;
// [Sandbox.PickToken] picks one of the tokens that the session offers. createPayment
// takes a token in cardPaymentMethodSpecificInput or the id of the session in
// hostedTokenizationId, which pays once and is open for two hours after its
// creation or the newest entry. A token or session that is unknown, expired or
// used is refused with INVALID_VALUE (400), and used up by a payment that is
// declined. Of two cards with the same number only one token is kept. Data that
// a client encrypted cannot be read here: it is refused, or taken for a test card
// where [Behaviour].EncryptedInput says so.
//
// # What is checked
//
// Every request is held against the contract before anything else is done with
// it: required fields, types, lengths in characters, patterns, enumerations,
// ranges and numbers of items. An answer of 400 lists one error for each fault, up to
// fifty, with its place in propertyName, such as capturePayments[3].paymentId.
// Members that the contract does not have are passed over; see UnknownFields.
//
// # Webhooks
//
// Every event is sent to the endpoints of [Config].Webhooks and to those of
// feedbacks in the request that made the payment, payment link or payout, each
// address once. Only loopback hosts and those of [Config].WebhookHosts are called;
// the log says what was not sent and why. With webhooks, what is due happens by
// itself and not only at the next request; such a sandbox is to be closed.
//
//	payment.created, then by the code of the payment or operation:
//	46  payment.redirected               9      payment.captured
//	50  payment.authorization_requested  93     payment.rejected_capture
//	5   payment.pending_capture          6      payment.cancelled
//	2   payment.rejected                 81     refund.refund_requested
//	91  payment.capture_requested        8      payment.refunded
//	63  see WebhookCancelRefused         83     payment.rejected
//	paymentlink.created, paymentlink.paid, paymentlink.cancelled, paymentlink.expired
//	payout.payout_requested, payout.account_credited, payout.rejected_credit
//	directbatch.processed, see WebhookBatches; payment.test
//
// Uncertain codes count as requested. A cancel has no event when it is requested,
// because a second event of the same type about the same id is a duplicate to the
// platform's own rule. The events of an operation carry its id. Those of payouts
// follow the pattern of the others; that they exist is not proven. Seeds send no
// events, what happens to their payments afterwards does. Tokens have none.
//
// Events of payments and refunds carry containsAnOperation, which the platform was
// seen to send and the contract does not have. It is taken to say that the event is
// about a capture, cancel or refund, and can be switched off.
//
// Any answer of 2xx is a success; redirects are not followed. A delivery that
// fails is repeated 10 minutes, 1, 2, 8 and 24 hours after the attempt before it,
// by the clock of the sandbox, with retry-count from 0. sendTestWebhook is not
// repeated. One delivery is in flight for each endpoint and sixteen are in all;
// where 50,000 wait, a further one is not sent, and the log says so.
//
// A duplicate that [Behaviour].WebhookDuplicates makes has an event id of its own
// and the same object and type; [Sandbox.ResendWebhook] sends the same bytes again.
// [Sandbox.HoldWebhooks] and [Sandbox.ReleaseWebhooks] change the order by hand.
//
// # In a browser
//
// The addresses that createHostedCheckout, createHostedTokenization,
// createPaymentLink, createMandate and a redirected payment answer with are pages
// of the sandbox itself, under the host of the request or [Config].PublicURL, so
// that a person or a browser test can pay. They are no part of the signed API and
// carry an id that nobody can guess. A form that was not sent by its own page is
// refused (403), a page that is over answers 410, and every way out leads to the
// return URL with RETURNMAC and hostedCheckoutId or paymentId. The page of a
// tokenization may be embedded in another site, the others may not. Card numbers
// are never shown.
//
// The page at / shows the operator the newest payments, and of each payment its
// operations and its ledger; besides hosted checkouts, payment links, payouts and
// faults. It only shows: nothing can be changed there. It is for browsers, which
// accept text/html, and not for other sites, nor under a foreign host name.
// Totals of more than 10000 payments are added up on demand.
//
// [Config].NoPages turns all of this off.
//
// # What is not known
//
// Where the platform's behaviour is not proven, a [Behaviour] decides. The
// defaults are the more probable or, between equals, the stricter choice.
// Numbers of errors other than 50001130 (unknown payment) and 1409 are made up.
//
// # Test cards and amounts
//
//	card 4321456998744563                          refused (402); a payout to it 400
//	cards 4874970686672022, 5130257474533310,
//	  379764422997381                              wait for the customer (46)
//	any other valid number                         authorised
//	amount 1302, new sale                          refused (402)
//	amount 1309, capture                           91, then 93
//	amount 1209, capture                           92
//	amount 1303, refund                            81, then 83; see RefuseRefundsAtOnce
//	amount 1203, refund                            82
//	amount 1306, cancel (the sandbox's own)        61, then 63
//	amount 1206, cancel (the sandbox's own)        62
//
// # Faults
//
// A [Fault] makes some requests go wrong: lost, answered late, never, slowly, with
// an error, with half an answer or one of many megabytes. Which requests of those
// that it selects are hit follows from the seed, the path and the number of the
// request on that path, so that a run with the same seed meets the same faults
// whatever else goes on. Kind [Any] draws the kind of each strike too.
//
// # Seeds
//
// [Sandbox.LoadSeed] reads one payment a line:
//
//	{"id":"3066177123_0","amount":12500,"currency":"EUR","merchantReference":"order-1001",
//	 "mode":"PRE_AUTHORIZATION","operations":[{"kind":"capture","amount":8000,"ref":"ship-1"}]}
//
// (on one line). Only id, amount and currency are required. Amounts are in the
// minor unit. Mode SALE starts captured; without a mode it is FINAL_AUTHORIZATION.
// An authorisation ends so long after it was loaded. The other fields are:
//
//	paymentProductId   default: that of the method, or 1
//	method             card, mobile, redirect or sepaDirectDebit; default: that of the product
//	code               status code of entry _0, such as 46; a capture code makes it a sale
//	operations[].kind         capture, cancel or refund
//	operations[].ref          merchant reference
//	operations[].final        whether it was the last one
//	operations[].code         status code; default: settled (9, 6, 8)
//	operations[].noReference  the ledger knows ref, answers do not show it
//
// An operation seeded as 91, 61, 81, 99 or 4 settles after
// [Behaviour].SettleAfter or, where that is zero, after an hour; one with an
// uncertain or an unknown code stays as it is.
//
// # State
//
// [Sandbox.SaveState] writes all that a sandbox holds, one JSON object a line and a
// checksum at the end, and [Sandbox.LoadState] reads it into a new sandbox of the
// same merchant. Faults are not part of it, nor is that webhooks are held. Nothing
// happens by itself before all is loaded.
//
// # Control API
//
// Requests under /_sandbox/v1/ with the header X-Sandbox-Control: 1 control the
// sandbox; without the header they are answered with 404 like any unknown path.
// So are those of a browser under a name that is neither local, an address nor that
// of Config.PublicURL. They are not signed. Bodies and answers are JSON; an error is a status of 400
// and {"error": "…"}.
//
//	GET    ledger               {"books": […]}, each a Book
//	GET    ledger?payment=ID    a Book
//	POST   faults               a Fault; answers {"id": "f1"}
//	GET    faults               all faults, with how often each struck
//	DELETE faults               removes all
//	POST   clock                {"advance": "24h"}; answers {"now": "…"}
//	GET    clock                {"now": "…"}
//	POST   payments             lines of a seed; answers {"payments": 3}
//	POST   portal               {"payment": "…", "kind": "capture", "amount": 500}; see Portal
//	POST   checkout             {"checkout": "…", "card": {"cardNumber": "…", "expiryDate": "1230"}} or
//	                            {"checkout": "…", "cancel": true}; answers a CheckoutResult
//	POST   tokenization         {"tokenization": "…", "card": {…}, "permanent": true} or
//	                            {"tokenization": "…", "token": "…"}; answers {"token": "…"}
//	POST   mandate              {"mandate": "…"}, which signs it; answers {"returnUrl": "…"}
//	POST   paymentlink          {"paymentLink": "…", "card": {…}}; answers a PaymentLinkResult
//	GET    webhooks             {"deliveries": […]}, each a WebhookDelivery, newest last
//	POST   webhooks             {"action": "resend", "id": "…"}, {"action": "hold"} or
//	                            {"action": "release", "order": "reverse"}; or "given", the default
//	POST   redirect             {"payment": "…", "ok": true}; answers {"returnUrl": "…"}
//	GET    payouts              all payouts, oldest first
//	GET    behaviour            the Behaviour
//	PUT    behaviour            the switches to change
//	GET    requests             how many requests each operation received
package sandbox

// Package logging shows what goes between an SDK client and the platform, without what
// must not stand in a log.
//
// A [Logger] is given requests, responses and failures that an [Obfuscator] has been
// through. There are two: [NewWriter], in the layout of the official SDKs, and
// [NewSlog]. Bodies are logged up to 64 KiB; see [LimitBody].
//
// # What stays of a value, by its name
//
//	names                                                      what stays
//	---------------------------------------------------------  -----------------
//	additionalInfo cardholderName dateOfBirth emailAddress      an asterisk for
//	faxNumber firstName houseNumber mobilePhoneNumber           each character
//	passengerName phoneNumber street workPhoneNumber zip cvv
//	value; surname surnamePrefix accountHolderName
//	recipientName birthCity birthZipCode fiscalNumber
//	ipAddress customerIpAddress email cvc pin securityCode …
//	cardNumber iban accountNumber reformattedAccountNumber;     the last 4
//	pan dpan maskedPan partialPan networkToken alias token      characters
//	tokens tokenId hostedTokenizationId hostedFieldsSessionId
//	sessionId loyaltyCardNumber …
//	expiryDate; cardExpiryDate tokenExpiryDate                  the last 2
//	bin                                                         the first 6
//	keyId secretKey publicKey userAuthenticationToken           eight asterisks,
//	encryptedPayload decryptedPayload encryptedCustomerInput;   whatever the length
//	key secret signature RETURNMAC sessionToken
//	clientSessionId session paymentRequestToken pairingToken
//	ephemeralKey encryptedPaymentData encryptedCardNumber
//	cryptogram cavv deviceFingerprint, and names with secret,
//	password, passphrase, apiKey or privateKey in them
//	headers: Authorization Proxy-Authorization                  eight asterisks
//	WWW-Authenticate Proxy-Authenticate
//	X-GCS-Authentication-Token X-GCS-CallerPassword;
//	X-GCS-Signature X-GCS-KeyId X-GCS-ClientMetaInfo Cookie
//	Set-Cookie, and names with auth, token, session,
//	credential or cookie in them, or that end in key
//
// The names before the first semicolon are those of the official SDKs. Tokens and
// sessions are of no use without an API key, and are what support asks for: hence
// their last four characters. The addresses of hosted pages are logged as they are,
// and idempotence keys are no secret. [Rule] adds names; no rule shows more.
//
// Names count at any depth, in any case and however they are escaped. Strings, numbers,
// true, false and null are masked; a value no longer than what stays is left as it is,
// but not in a list, of which nothing stays: a number could be spread over it. The
// fields of an object are judged by their own names, unless the object itself is a
// secret.
//
// # What is hidden whatever its name
//
//   - Card numbers: 12 to 16 digits with a right checksum, and all runs of 17 digits or
//     more, with up to three spaces, dashes, dots or the like between groups, also in
//     names, texts, addresses, JSON within strings, percent encoding and HTML entities.
//     No digit of them stays. One number in ten that is no card's has a right checksum
//     as well and is hidden too. The ids of payments that are as long (19 digits from
//     90000 on, 20 from 00000 on) are shown under names that end in id, in paths behind
//     payments, and in the parameter payments; times of 13 or 14 digits under names
//     that end in dateTime or timestamp. A card number with other digits directly in
//     front of or behind it, 16 in all at most, is not found under a name without a
//     rule.
//   - In texts, what follows a name of the table and one of ":", "=" or ">".
//   - User info in addresses, and names in mail addresses.
//
// # What is cut
//
// A body may end anywhere: digits at such an end are hidden, since they may be the
// beginning of a card number, and so is a value of which only the last characters may
// stay. JSON is read strictly. From where it is none, for example because the text is
// a piece whose beginning is missing, nothing is logged: what follows may be half a
// secret. The same goes for a value without a name. Bodies that are compressed, no
// text, multipart or of an unknown type are logged as <binary content>.
package logging

package logging

import "strings"

// A Rule hides more than the standard rules do. It applies to a name wherever that
// occurs: as a field of a body at any depth, a parameter of a query, a header.
// Names are compared without regard to case and to anything but letters and digits:
// cardNumber, card_number and Card-Number are one.
//
// Rules only ever hide more. Where several apply to a name, the standard ones
// included, a character stays if all of them let it stay.
type Rule struct {
	name   string
	mask   mask
	limits bool
	limit  int
}

// All replaces every character of the values of name by an asterisk.
func All(name string) Rule { return Rule{name: name, mask: hideAll()} }

// Fixed replaces the values of name by eight asterisks, which do not tell their
// length.
func Fixed(name string) Rule { return Rule{name: name, mask: hideFixed()} }

// KeepFirst leaves the first n characters of the values of name. A value that has no
// more than n stays as it is.
func KeepFirst(name string, n int) Rule { return Rule{name: name, mask: keepFirst(n)} }

// KeepLast leaves the last n characters of the values of name. A value that has no
// more than n stays as it is.
func KeepLast(name string, n int) Rule { return Rule{name: name, mask: keepLast(n)} }

// LimitBody logs at most the first n bytes of a body, and none at all when n is 0.
// Without it 64 KiB are logged.
func LimitBody(n int) Rule { return Rule{limits: true, limit: max(n, 0)} }

// fixedMask is what stands for a value whose length is nobody's business.
const fixedMask = "********"

// A mask says what stays of a value. The zero mask lets all of it stay.
type mask struct {
	kind        maskKind
	first, last int
}

type maskKind uint8

const (
	hideNothing maskKind = iota
	hideRest             // all but the first and the last characters
	hideValue            // the value and its length
)

func hideAll() mask        { return mask{kind: hideRest} }
func hideFixed() mask      { return mask{kind: hideValue} }
func keepFirst(n int) mask { return mask{kind: hideRest, first: max(n, 0)} }
func keepLast(n int) mask  { return mask{kind: hideRest, last: max(n, 0)} }

func (m mask) hides() bool { return m.kind != hideNothing }

// and lets stay what both masks let stay.
func (m mask) and(other mask) mask {
	switch {
	case m.kind == hideNothing:
		return other
	case other.kind == hideNothing:
		return m
	case m.kind == hideValue || other.kind == hideValue:
		return hideFixed()
	}
	return mask{hideRest, min(m.first, other.first), min(m.last, other.last)}
}

// standard returns the mask of a normalised name that every Obfuscator applies.
func standard(name string) mask {
	switch name {
	// People.
	case "additionalinfo", "cardholdername", "dateofbirth", "emailaddress", "faxnumber", "firstname",
		"housenumber", "mobilephonenumber", "passengername", "phonenumber", "street", "workphonenumber",
		"zip", "cvv", "value",
		"surname", "surnameprefix", "accountholdername", "recipientname", "birthcity", "birthzipcode",
		"fiscalnumber", "ipaddress", "customeripaddress", "email", "cvc", "cvv2", "cvc2", "cid",
		"securitycode", "cardsecuritycode", "pin":
		return hideAll()
	// What tells one card, account or token from another.
	case "cardnumber", "iban", "accountnumber", "reformattedaccountnumber",
		"pan", "fpan", "dpan", "maskedpan", "partialpan", "networktoken", "alias",
		"token", "tokens", "tokenid", "invalidtokens", "expiredcardtokens", "computedtoken",
		"gtscomputedtoken", "generatedtoken", "hostedtokenizationid", "hostedfieldssessionid", "sessionid",
		"loyaltycardnumber", "uniquecardidentifier", "uniqueaccountidentifier":
		return keepLast(4)
	case "expirydate", "cardexpirydate", "tokenexpirydate":
		return keepLast(2)
	case "bin":
		return keepFirst(6)
	// Secrets, signatures, and what opens a door by being shown.
	case "keyid", "secretkey", "publickey", "userauthenticationtoken", "encryptedpayload",
		"decryptedpayload", "encryptedcustomerinput",
		"key", "secret", "signature", "v1hmac", "returnmac", "sessiontoken", "clientsessionid", "session",
		"paymentrequesttoken", "pairingtoken", "ephemeralkey", "encryptedpaymentdata",
		"encryptedcardnumber", "cryptogram", "cavv", "devicefingerprint",
		"xgcsauthenticationtoken", "xgcscallerpassword", "authorization", "wwwauthenticate",
		"proxyauthenticate", "proxyauthorization", "authenticationinfo", "proxyauthenticationinfo",
		"xgcssignature", "xgcskeyid", "xgcsclientmetainfo", "cookie", "cookie2", "setcookie", "setcookie2":
		return hideFixed()
	// No secrets, whatever they are called.
	case "attributekey", "publickeyhash":
		return mask{}
	}
	return suspect(name)
}

// suspect judges names that the API does not have by what they are made of.
func suspect(name string) mask {
	switch {
	case strings.Contains(name, "secret"), strings.Contains(name, "password"),
		strings.Contains(name, "passphrase"), strings.Contains(name, "privatekey"),
		strings.Contains(name, "apikey"), strings.HasSuffix(name, "signature"):
		return hideFixed()
	case strings.HasSuffix(name, "cvv"), strings.HasSuffix(name, "cvc"):
		return hideAll()
	case strings.HasSuffix(name, "cardnumber"):
		return keepLast(4)
	}
	return mask{}
}

// suspectHeader judges headers that nobody named: one that carries a credential
// mostly says so.
func suspectHeader(name string) mask {
	if strings.Contains(name, "idempoten") {
		return mask{}
	}
	for _, part := range []string{"auth", "token", "session", "credential", "cookie"} {
		if strings.Contains(name, part) {
			return hideFixed()
		}
	}
	if strings.HasSuffix(name, "key") {
		return hideFixed()
	}
	return mask{}
}

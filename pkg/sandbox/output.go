package sandbox

import "strconv"

// A cardOutput is what is kept of the card of a payment. The number is shown to
// nobody but, encrypted, to the holder of a certificate.
type cardOutput struct {
	bin, last4, expiry string
	challenged         bool
	number, holder     string
	tokenize, newToken bool   // the card is to be kept, and was not before
	first              bool   // the payment may be the first one of a series
	initial            string // the scheme's id of the first payment of its series
}

func (c *wireCard) output() *cardOutput {
	return &cardOutput{
		bin: c.CardNumber[:6], last4: c.CardNumber[max(0, len(c.CardNumber)-4):], expiry: c.ExpiryDate,
		number: c.CardNumber, holder: c.Holder,
	}
}

// exampleCard is the card of payments that were seeded.
var exampleCard = &cardOutput{bin: "433026", last4: "4675", expiry: "1230", number: cardFrictionless}

// methodOutputs are the members with what is shown of a way of paying.
var methodOutputs = [...]string{
	byCard:     `,"cardPaymentMethodSpecificOutput":`,
	byMobile:   `,"mobilePaymentMethodSpecificOutput":`,
	byRedirect: `,"redirectPaymentMethodSpecificOutput":`,
	bySepa:     `,"sepaDirectDebitPaymentMethodSpecificOutput":`,
}

const (
	fraudAccepted = `,"fraudResults":{"fraudServiceResult":"accepted","avsResult":"0","cvvResult":"0"}`
	frictionless  = `,"threeDSecureResults":{"version":"2.2.0","flow":"frictionless","eci":"5","schemeEci":"05",` +
		`"authenticationStatus":"Y","liability":"issuer"}`
	challenged = `,"threeDSecureResults":{"version":"2.2.0","flow":"challenge","eci":"5","schemeEci":"05",` +
		`"authenticationStatus":"Y","liability":"issuer"}`
)

// appendMethodOutput appends the output of the method after a comma; with
// checks also the results of fraud and 3-D Secure checks.
func (s *state) appendMethodOutput(dst []byte, checks bool) []byte {
	dst = append(dst, methodOutputs[s.method]...)
	dst = append(dst, `{"paymentProductId":`...)
	dst = strconv.AppendInt(dst, int64(s.product), 10)
	if s.method != bySepa && s.ops[0].class() != classNone {
		dst = append(dst, `,"authorisationCode":"`...)
		dst = strconv.AppendUint(dst, 100000+mix(s.base)%900000, 10)
		dst = append(dst, '"')
	}
	if s.method == bySepa && s.token != "" {
		dst = append(dst, `,"paymentProduct771SpecificOutput":{`...)
		dst = append(appendField(dst, "mandateReference", s.token), '}')
	}
	if s.method == byCard {
		dst = appendField(dst, "token", s.token)
		dst = s.appendSeries(dst)
		dst = s.appendCard(dst)
		if checks {
			dst = append(dst, fraudAccepted...)
			if s.card != nil && s.card.challenged {
				dst = append(dst, challenged...)
			} else {
				dst = append(dst, frictionless...)
			}
		}
	}
	return append(dst, '}')
}

func (s *state) appendCard(dst []byte) []byte {
	if s.card == nil {
		return exampleCard.append(dst)
	}
	return s.card.append(dst)
}

// append appends the member card after a comma.
func (c *cardOutput) append(dst []byte) []byte {
	dst = append(dst, `,"card":{"bin":`...)
	dst = appendString(dst, c.bin)
	dst = append(dst, `,"cardNumber":"************`...)
	dst = append(dst, c.last4...)
	dst = append(dst, `","countryCode":"BE"`...)
	dst = appendField(dst, "expiryDate", c.expiry)
	return append(dst, '}')
}

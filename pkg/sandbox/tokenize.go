package sandbox

import "strconv"

// A cardSeries is what a request says about keeping a card and charging it again.
type cardSeries struct {
	tokenize            bool
	sequence, requestor string
	initial, scheme     string // the scheme's id of the first payment, in its two fields
}

// merchantInitiated says that the cardholder is not there to be challenged.
func (s *cardSeries) merchantInitiated() bool {
	return s.sequence == "subsequent" && s.requestor == "merchantInitiated"
}

func (c *createCard) series() cardSeries {
	return cardSeries{c.Tokenize, c.Sequence, c.Requestor, c.InitialScheme, c.SchemeReference}
}

// join gives the card of a payment its place in a series. The first payment of
// one, and one whose card is kept, shows the scheme's id of its own; a later
// one that of the first payment, as far as the request names it.
func (s *cardSeries) join(card *cardOutput) {
	card.tokenize = s.tokenize
	card.first = s.sequence == "first" || s.tokenize
	if card.initial = s.initial; card.initial == "" {
		card.initial = s.scheme
	}
}

// schemeReference is the card scheme's id of a payment, made from its number.
func schemeReference(base uint64) string {
	return strconv.FormatUint(100_000_000_000_000+mix(base)%900_000_000_000_000, 10)
}

// tokenize keeps the card of a payment that asked for it and was not refused.
// Where the cardholder is challenged, that is once the challenge is passed.
func (c *call) tokenize(p *payment) {
	if p.card == nil || !p.card.tokenize || p.ops[0].class() == classNone {
		return
	}
	t := c.s.newToken(Card{Number: p.card.number, Expiry: p.card.expiry, Holder: p.card.holder}, p.product)
	t, became := c.s.tokens.keep(t)
	p.token, p.card.newToken = t.id, became == tokenCreated
}

// What becomes of encrypted data; see Behaviour.EncryptedInput.
const (
	EncryptedRefused  = "refuse"
	EncryptedAccepted = "accept"
)

// readable says what becomes of data that a client encrypted: nobody here has
// the key, so that it is refused, or taken for that of a test card.
func (c *call) readable(property string) *refusal {
	if c.b.EncryptedInput == EncryptedAccepted {
		return nil
	}
	return invalidValue(property)
}

// encryptedCard is the card that encrypted data is taken for.
func encryptedCard() Card { return Card{Number: cardFrictionless, Expiry: "1299"} }

// decrypt puts the card that a client encrypted into a request.
func (c *call) decrypt(r *createRequest) *refusal {
	if fail := c.readable("encryptedCustomerInput"); fail != nil {
		return fail
	}
	if r.Mobile != nil || r.Redirect != nil || r.Sepa != nil {
		return nil
	}
	if r.Card == nil {
		r.Card = &createCard{}
	}
	card := encryptedCard()
	r.Card.Card = card.wire()
	return nil
}

// appendCreation appends the creationOutput that a payment is answered with.
func (s *state) appendCreation(dst []byte) []byte {
	dst = append(dst, `"creationOutput":{`...)
	if s.refs != nil {
		dst = appendField(dst, "externalReference", s.refs.merchant)
	}
	if s.card == nil || !s.card.tokenize || s.token == "" {
		return append(appendComma(dst), `"isNewToken":false,"tokenizationSucceeded":false}`...)
	}
	dst = appendField(dst, "token", s.token)
	dst = append(dst, `,"isNewToken":`...)
	dst = strconv.AppendBool(dst, s.card.newToken)
	return append(dst, `,"tokenizationSucceeded":true}`...)
}

// appendSeries appends what the scheme calls the payment and the first one of
// its series, each after a comma.
func (s *state) appendSeries(dst []byte) []byte {
	if s.card == nil {
		return dst
	}
	if s.card.first && s.ops[0].class() != classNone {
		dst = appendField(dst, "schemeReferenceData", schemeReference(s.base))
	}
	return appendField(dst, "initialSchemeTransactionId", s.card.initial)
}

package sandbox

import (
	"net/http"
	"strconv"
)

type payoutRequest struct {
	AmountOfMoney *wireMoney      `json:"amountOfMoney"`
	References    *wireReferences `json:"references"`
	Card          *struct {
		Card             *wireCard `json:"card"`
		Token            string    `json:"token"`
		PaymentProductID int32     `json:"paymentProductId"`
		PayoutReason     string    `json:"payoutReason"`
	} `json:"cardPayoutMethodSpecificInput"`

	Feedbacks *wireFeedbacks `json:"feedbacks"`
}

func (r *payoutRequest) check() *refusal {
	const prefix = "cardPayoutMethodSpecificInput."
	fail := r.AmountOfMoney.checkAny("amountOfMoney")
	switch {
	case fail != nil:
		return fail
	case r.Card == nil:
		return missingValue("cardPayoutMethodSpecificInput")
	case r.Card.Card == nil && r.Card.Token == "":
		return missingValue(prefix + "card")
	case r.Card.Card == nil:
		return nil
	}
	return r.Card.Card.check(prefix + "card.")
}

// createPayout sends money to a card.
func (c *call) createPayout() int {
	var req payoutRequest
	fail := c.decode(&req)
	if fail == nil {
		fail = req.check()
	}
	if fail != nil {
		return c.fail(fail)
	}
	var card token
	if in := req.Card.Card; in != nil {
		card = c.s.newToken(Card{Number: in.CardNumber, Expiry: in.ExpiryDate}, 0)
	} else if t, ok := c.s.tokens.take(req.Card.Token, c.now); ok {
		card = t
	} else {
		return c.fail(invalidValue("cardPayoutMethodSpecificInput.token"))
	}
	p := c.newPayout(&req, &card)
	c.s.payouts.add(p)
	p.hook = c.s.hub.hookFor(req.Feedbacks)
	p.announce(p.status(c.now-1), c.now)
	p.awaitCredit()
	if p.refused {
		return c.declinedPayout(p)
	}
	shown := PayoutRequested
	if c.b.AnswerSettled && c.b.SettleAfter == 0 {
		shown = PayoutCredited
	}
	c.out = p.append(c.out, shown)
	return http.StatusCreated
}

// declinedPayout answers with the payout that was refused.
func (c *call) declinedPayout(p *payout) int {
	fail := declined("30041001", "REFUSED_BY_ISSUER")
	fail.status = http.StatusBadRequest
	c.out = append(c.out, '{')
	c.out = fail.appendErrors(c.out, c.s.errorID(c.r.URL.Path))
	c.out = append(c.out, `,"payoutResult":`...)
	c.out = p.append(c.out, PayoutRefused)
	c.out = append(c.out, '}')
	return fail.status
}

func (c *call) getPayout() int {
	p, ok := c.s.payouts.get(c.r.PathValue("payoutId"))
	if !ok {
		return c.fail(unknownThing("UNKNOWN_PAYOUT_ID", "payoutId"))
	}
	c.out = p.append(c.out, p.status(c.now-int64(c.age)))
	return http.StatusOK
}

func payoutCode(status string) (code int64, category string) {
	switch status {
	case PayoutCredited:
		return codeRefunded, completed
	case PayoutRefused:
		return codeRefundRefused, unsuccessful
	}
	return codeRefundRequested, connecting
}

// append appends a PayoutResponse.
func (p *payout) append(dst []byte, status string) []byte {
	code, category := payoutCode(status)
	dst = append(dst, `{"id":"`...)
	dst = append(dst, p.ID...)
	dst = append(dst, `","status":"`...)
	dst = append(dst, status...)
	dst = append(dst, `","statusOutput":{"isCancellable":false,"statusCode":`...)
	dst = strconv.AppendInt(dst, code, 10)
	dst = appendField(dst, "statusCategory", category)
	dst = append(dst, `},"payoutOutput":{"amountOfMoney":`...)
	dst = appendMoney(dst, p.Amount, p.Currency)
	if p.refs != nil {
		dst = p.refs.appendAs(dst, `"references":{`, true)
	}
	dst = appendField(dst, "payoutReason", p.reason)
	dst = append(dst, `,"transactionDate":"`...)
	dst = p.Time.AppendFormat(dst, "2006-01-02T15:04:05Z")
	dst = append(dst, `","payoutCardPaymentMethodSpecificOutput":{"paymentProductId":`...)
	dst = strconv.AppendInt(dst, int64(p.product), 10)
	dst = p.card.append(dst)
	return append(dst, '}', '}', '}')
}

package sandbox

import (
	"html/template"
	"net/http"
	"net/url"
	"strings"
)

// The kinds of hosted pages.
const (
	checkoutKind     = "hosted checkout"
	redirectKind     = "redirect"
	linkKind         = "payment link"
	mandateKind      = "mandate"
	tokenizationKind = "hosted tokenization"
)

const (
	checkoutPath     = "/hostedcheckout/PaymentMethods/Selection/"
	redirectPath     = "/redirector/acs"
	linkPath         = "/paymentlink/"
	mandatePath      = "/mandates/sign/"
	tokenizationPath = "/hostedtokenization/tokenization/form/"
)

const longestForm = 16 << 10

// hostedPages are the pages of consumers, by path.
func (s *Sandbox) hostedPages() map[string]func(*http.Request) page {
	return map[string]func(*http.Request) page{
		checkoutPath + "{page}":     s.checkoutPage,
		redirectPath:                s.redirectPage,
		linkPath + "{page}":         s.linkPage,
		mandatePath + "{page}":      s.mandatePage,
		tokenizationPath + "{page}": s.tokenizationPage,
	}
}

// A hosted is what a hosted page shows.
type hosted struct {
	Title, Lead string
	Amount      string
	Facts       []fact
	Message     string // what went wrong with the last try
	Card        bool   // a card is asked for
	Keep        bool   // the consumer may keep the card
	Buttons     []button
	Back        template.URL // of the shop, when the page is over
}

type fact struct{ Name, Value string }

type button struct {
	Do, Text string
	Main     bool
}

func hostedPage(status int, h hosted) page { return page{status: status, name: "hosted.html", data: h} }

// over is a page that says how its thing ended.
func over(status int, title, lead, back string) page {
	h := hosted{Title: title, Lead: lead}
	if mayReturn(back) {
		h.Back = template.URL(back)
	}
	return hostedPage(status, h)
}

// leave sends the consumer back to the shop, or says what happened where the
// shop gave no return URL.
func leave(to string, otherwise page) page {
	if mayReturn(to) {
		return page{to: to, returnURL: to}
	}
	return otherwise
}

func noSuchPage() page {
	return over(http.StatusNotFound, "No such page", "This address leads nowhere. It may have been cut short.", "")
}

func notFromHere() page {
	return over(http.StatusForbidden, "Not from here", "Another site sent this. Open the page itself and try again.", "")
}

// submitted reads a form, which only the page itself may have sent.
func (s *Sandbox) submitted(r *http.Request) (url.Values, *page) {
	guard := http.NewCrossOriginProtection()
	if s.pages.host != "" {
		if err := guard.AddTrustedOrigin(s.pages.scheme + "://" + s.pages.host); err != nil {
			panic("sandbox: " + err.Error())
		}
	}
	if site := r.Header.Get("Sec-Fetch-Site"); guard.Check(r) != nil || (site != "" && site != "same-origin") {
		p := notFromHere()
		return nil, &p
	}
	r.Body = http.MaxBytesReader(nil, r.Body, longestForm)
	if err := r.ParseForm(); err != nil {
		p := unreadable()
		return nil, &p
	}
	return r.PostForm, nil
}

func unreadable() page {
	return over(http.StatusBadRequest, "Not understood", "This form could not be read.", "")
}

// cardOf reads a card as people write it, and says what is wrong with it.
func cardOf(form url.Values) (card Card, problem string) {
	bare := strings.NewReplacer(" ", "", "-", "", "/", "")
	card = Card{
		Number: bare.Replace(form.Get("number")), CVV: strings.TrimSpace(form.Get("cvv")),
		Expiry: bare.Replace(form.Get("expiry")), Holder: form.Get("name"),
	}
	fail := card.wire().check("")
	if fail == nil {
		return card, ""
	}
	switch fail.property {
	case "cardNumber":
		return card, "The card number is not valid."
	case "cvv":
		return card, "The security code has three or four digits."
	}
	return card, "The expiry date is a month and a year, such as 12/30."
}

// refusedCard is a card that every issuer refuses.
func refusedCard() Card { return Card{Number: cardDeclined, Expiry: "1299"} }

// payable describes what a consumer is asked to pay.
func (s *Sandbox) payable(order *wireOrder) hosted {
	h := hosted{Amount: money(*order.AmountOfMoney.Amount, order.AmountOfMoney.CurrencyCode), Card: true}
	h.Facts = []fact{{"Merchant", s.merchantID}}
	if refs := order.References; refs != nil && refs.MerchantReference != "" {
		h.Facts = append(h.Facts, fact{"Reference", refs.MerchantReference})
	}
	return h
}

package sandbox

import (
	"bytes"
	"image"
	"image/draw"
	"image/png"
	"net/http"
	"regexp"
	"slices"
	"time"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"
)

// How long a payment link lives. Neither is proven: the default is the sandbox's
// own, and a date further ahead than the limit is refused.
const (
	defaultLinkLife   = 24 * time.Hour
	longestLinkMonths = 6
)

func linkEndpoints() []endpoint {
	const path = "/paymentlinks/{paymentLinkId}"
	return []endpoint{
		{"createPaymentLink", http.MethodPost, "/paymentlinks", false, (*call).createLink},
		{"getPaymentLinkById", http.MethodGet, path, false, (*call).getLink},
		{"cancelPaymentLinkById", http.MethodPost, path + "/cancel", false, (*call).cancelLink},
	}
}

type linkRequest struct {
	Order    *wireOrder     `json:"order"`
	Card     *createMethod  `json:"cardPaymentMethodSpecificInput"`
	Mobile   *createMethod  `json:"mobilePaymentMethodSpecificInput"`
	Redirect *createMethod  `json:"redirectPaymentMethodSpecificInput"`
	Sepa     *createMethod  `json:"sepaDirectDebitPaymentMethodSpecificInput"`
	Hosted   hostedCheckout `json:"hostedCheckoutSpecificInput"`
	Reusable bool           `json:"isReusableLink"`
	Drawn    bool           `json:"displayQRCode"`
	Link     *linkInput     `json:"paymentLinkSpecificInput"`

	Feedbacks *wireFeedbacks `json:"feedbacks"`

	// Deprecated, and read when Link or Order is absent.
	LinkOrder   *linkOrder `json:"paymentLinkOrder"`
	Description string     `json:"description"`
	Expiration  string     `json:"expirationDate"`
	Recipient   string     `json:"recipientName"`
}

type linkInput struct {
	Description string `json:"description"`
	Expiration  string `json:"expirationDate"`
	Recipient   string `json:"recipientName"`
}

type linkOrder struct {
	Amount            *wireMoney `json:"amount"`
	MerchantReference string     `json:"merchantReference"`
}

// settle puts what came in deprecated fields where it belongs and checks all.
// It returns the moment at which the link expires.
func (r *linkRequest) settle(now time.Time) (ends time.Time, fail *refusal) {
	prefix := "paymentLinkSpecificInput."
	if r.Link == nil {
		r.Link, prefix = &linkInput{r.Description, r.Expiration, r.Recipient}, ""
	}
	if old := r.LinkOrder; r.Order == nil && old != nil {
		fail = old.Amount.checkAny("paymentLinkOrder.amount")
		r.Order = &wireOrder{old.Amount, &wireReferences{MerchantReference: old.MerchantReference}}
	}
	if fail == nil {
		page := checkoutRequest{r.Order, r.Card, r.Mobile, r.Redirect, r.Sepa, r.Hosted, r.Feedbacks}
		fail = page.check()
	}
	if fail != nil {
		return ends, fail
	}
	if r.Link.Expiration == "" {
		return now.Add(defaultLinkLife), nil
	}
	ends, err := time.Parse(time.RFC3339, r.Link.Expiration)
	if err != nil || !ends.After(now) || ends.After(now.AddDate(0, longestLinkMonths, 0)) {
		return ends, invalidValue(prefix + "expirationDate")
	}
	return ends, nil
}

type (
	shownLink struct {
		ExpirationDate string         `json:"expirationDate"`
		Reusable       bool           `json:"isReusableLink"`
		PaymentID      string         `json:"paymentId,omitempty"`
		Events         []linkEvent    `json:"paymentLinkEvents"`
		ID             string         `json:"paymentLinkId"`
		Order          shownLinkOrder `json:"paymentLinkOrder"`
		QRCode         []byte         `json:"qrCodeBase64,omitempty"` // a PNG
		Recipient      string         `json:"recipientName,omitempty"`
		RedirectionURL string         `json:"redirectionUrl"`
		Status         string         `json:"status"`
	}
	shownLinkOrder struct {
		Amount            *wireMoney `json:"amount"`
		MerchantReference string     `json:"merchantReference"`
	}
)

func (l *paymentLink) shown(now int64) shownLink {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.shownAt(now)
}

// shownAt is shown for a caller that holds l.mu.
func (l *paymentLink) shownAt(now int64) shownLink {
	s := shownLink{
		ExpirationDate: l.ends.UTC().Format(time.RFC3339Nano), Reusable: l.reusable, PaymentID: l.paid,
		Events: slices.Clone(l.events), ID: l.id, Order: shownLinkOrder{Amount: l.order.AmountOfMoney},
		Recipient: l.recipient, RedirectionURL: l.url, Status: l.statusAt(now),
	}
	if l.order.References != nil {
		s.Order.MerchantReference = l.order.References.MerchantReference
	}
	if l.drawn {
		s.QRCode = drawQR(l.url)
	}
	if s.Status == ExpiredLink {
		s.Events = append(s.Events, eventAt(l.ends, ExpiredLink))
	}
	return s
}

// drawQR draws an address as a QR code, in PNG, with the white frame that readers
// look for. It returns nothing for an address that is too long for one.
func drawQR(text string) []byte {
	const size, frame = 240, 30
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err == nil {
		code, err = barcode.Scale(code, size, size)
	}
	if err != nil {
		return nil
	}
	picture := image.NewGray(image.Rect(0, 0, size+2*frame, size+2*frame))
	draw.Draw(picture, picture.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(picture, code.Bounds().Add(image.Pt(frame, frame)), code, image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		panic("sandbox: a picture has no form: " + err.Error())
	}
	return b.Bytes()
}

// createLink makes a link.
func (c *call) createLink() int {
	var req linkRequest
	now := time.Unix(0, c.now).UTC()
	fail := c.decode(&req)
	var ends time.Time
	if fail == nil {
		ends, fail = req.settle(now)
	}
	if fail != nil {
		return c.fail(fail)
	}
	l := &paymentLink{
		id: c.s.uuid("payment link"), recipient: req.Link.Recipient, order: req.Order, ends: ends, reusable: req.Reusable,
		returnURL: req.Hosted.ReturnURL, drawn: req.Drawn, status: ActiveLink, events: []linkEvent{eventAt(now, linkCreated)},
	}
	l.url, _ = c.pageURL(linkPath + c.s.openPage(pageRef{kind: linkKind, id: l.id}))
	if req.Card != nil {
		l.method = *req.Card
	}
	if req.Hosted.NewSeries {
		l.method.Sequence = "first"
	}
	l.hook = c.s.hub.hookFor(req.Feedbacks)
	c.s.links.put(l.id, l)
	l.open(c.now)
	return c.answer(http.StatusCreated, l.shown(c.now))
}

var linkID = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// link returns the link that the path names.
func (c *call) link() (*paymentLink, *refusal) {
	id := c.r.PathValue("paymentLinkId")
	if !linkID.MatchString(id) {
		return nil, invalidValue("paymentLinkId")
	}
	l, ok := c.s.links.get(id)
	if !ok {
		return nil, unknownThing("UNKNOWN_PAYMENT_LINK_ID", "paymentLinkId")
	}
	return l, nil
}

func (c *call) getLink() int {
	l, fail := c.link()
	if fail != nil {
		return c.fail(fail)
	}
	return c.answer(http.StatusOK, l.shown(c.now))
}

func (c *call) cancelLink() int {
	l, fail := c.link()
	if fail != nil {
		return c.fail(fail)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.cancel(c.s.clock.now().UnixNano()) {
		return c.fail(notAllowed(http.StatusConflict))
	}
	return http.StatusNoContent
}

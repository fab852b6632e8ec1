package sandbox_test

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/png"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const linkMoney = `{"amount":1500,"currencyCode":"EUR"}`

// linkBody asks for a link; more are further members.
func linkBody(more string) string {
	return `{"order":{"amountOfMoney":` + linkMoney + `,"references":{"merchantReference":"L-1"}}` + more + `}`
}

func (c client) link(t require.TestingT, more string) string {
	a := c.post(t, "/paymentlinks", linkBody(more))
	require.Equal(t, 201, a.status, "%s", a.raw)
	return a.text("paymentLinkId")
}

func TestPaymentLinkIsPaid(t *testing.T) {
	t.Parallel()
	s, c := readSchema(t), start(t)
	made := s.check(t, "createPaymentLink", c.post(t, "/paymentlinks",
		linkBody(`,"paymentLinkSpecificInput":{"recipientName":"Ada"},"cardPaymentMethodSpecificInput":{"authorizationMode":"SALE"}`)))
	for at, want := range map[string]any{
		"status": "ACTIVE", "isReusableLink": false, "recipientName": "Ada", "paymentLinkEvents.0.type": "CREATED",
		"paymentLinkOrder.amount.amount": 1500, "paymentLinkOrder.merchantReference": "L-1", "paymentId": nil,
	} {
		require.Equal(t, want, made.at(at), at)
	}
	id := made.text("paymentLinkId")
	path := "/paymentlinks/" + id
	require.Equal(t, string(made.raw), string(c.get(t, path).raw))

	refused, err := c.sb.PayPaymentLink(id, cardOf(declinedNumber))
	require.NoError(t, err)
	require.True(t, refused.Declined)
	require.Equal(t, "ACTIVE", refused.Status)
	require.Equal(t, "REJECTED", c.get(t, "/payments/"+refused.PaymentID).text("status"))
	paid := c.control("POST", "paymentlink", `{"paymentLink":"`+id+`","card":{"cardNumber":"4330264936344675","expiryDate":"1299"}}`)
	require.Equal(t, "PAID", paid.text("status"), "%s", paid.raw)
	require.Equal(t, "CAPTURED", c.get(t, "/payments/"+paid.text("paymentId")).text("status"))

	got := s.check(t, "getPaymentLinkById", c.get(t, path))
	require.Equal(t, "PAID", got.text("status"))
	require.Equal(t, paid.text("paymentId"), got.text("paymentId"))
	require.Equal(t, "PAYMENT_DECLINED PAID", got.text("paymentLinkEvents.1.type")+" "+got.text("paymentLinkEvents.2.type"))
	_, err = c.sb.PayPaymentLink(id, cardOf(goodNumber))
	require.EqualError(t, err, "pay payment link "+id+": it is not active (PAID)")
	require.Equal(t, 409, s.check(t, "cancelPaymentLinkById", c.post(t, path+"/cancel", "")).status)
}

func TestReusablePaymentLink(t *testing.T) {
	t.Parallel()
	c := start(t)
	id := c.link(t, `,"isReusableLink":true`)
	payments := map[string]bool{}
	for range 3 {
		r, err := c.sb.PayPaymentLink(id, cardOf(goodNumber))
		require.NoError(t, err)
		require.Equal(t, "ACTIVE", r.Status)
		require.Equal(t, r.PaymentID, c.get(t, "/paymentlinks/"+id).text("paymentId"))
		payments[r.PaymentID] = true
	}
	require.Len(t, payments, 3)
	require.Equal(t, "PAID", c.get(t, "/paymentlinks/"+id).text("paymentLinkEvents.3.type"))
	require.Equal(t, 204, c.post(t, "/paymentlinks/"+id+"/cancel", "").status)
}

func TestPaymentLinkIsCancelled(t *testing.T) {
	t.Parallel()
	s, c := readSchema(t), start(t)
	path := "/paymentlinks/" + c.link(t, "")
	require.Equal(t, 204, s.check(t, "cancelPaymentLinkById", c.post(t, path+"/cancel", "")).status)
	require.Equal(t, 409, s.check(t, "cancelPaymentLinkById", c.post(t, path+"/cancel", "")).status)
	got := s.check(t, "getPaymentLinkById", c.get(t, path))
	require.Equal(t, "CANCELLED CANCELLED", got.text("status")+" "+got.text("paymentLinkEvents.1.type"))

	const unknown = "/paymentlinks/00000000-0000-4000-8000-000000000000"
	for _, a := range []answer{c.get(t, unknown), c.post(t, unknown+"/cancel", "")} {
		require.Equal(t, 404, a.status)
		require.Equal(t, "UNKNOWN_PAYMENT_LINK_ID", a.text("errors.0.id"))
	}
	require.Equal(t, 400, c.get(t, "/paymentlinks/x").status)
	require.Equal(t, 400, c.post(t, "/paymentlinks/x/cancel", "").status)
}

func TestPaymentLinkExpires(t *testing.T) {
	t.Parallel()
	for name, ends := range map[string]time.Duration{"default": 24 * time.Hour, "given": 90 * time.Minute} {
		s, c := readSchema(t), start(t)
		more := ""
		if name == "given" {
			more = `,"expirationDate":"` + c.sb.Now().Add(ends).Format(time.RFC3339) + `"`
		}
		id := c.link(t, more)
		c.sb.Advance(ends - time.Minute)
		require.Equal(t, "ACTIVE", c.get(t, "/paymentlinks/"+id).text("status"), name)
		c.sb.Advance(2 * time.Minute)
		got := s.check(t, "getPaymentLinkById", c.get(t, "/paymentlinks/"+id))
		require.Equal(t, "EXPIRED EXPIRED", got.text("status")+" "+got.text("paymentLinkEvents.1.type"), name)
		require.Equal(t, 409, c.post(t, "/paymentlinks/"+id+"/cancel", "").status)
		_, err := c.sb.PayPaymentLink(id, cardOf(goodNumber))
		require.ErrorContains(t, err, "it is not active (EXPIRED)")
	}
}

func TestPaymentLinkChecksItsFields(t *testing.T) {
	t.Parallel()
	far := time.Now().AddDate(0, 7, 0).Format(time.RFC3339)
	for body, want := range map[string][2]string{
		"":                        {"order", "PARAMETER_NOT_FOUND_IN_REQUEST"},
		`{"paymentLinkOrder":{}}`: {"paymentLinkOrder.amount", "PARAMETER_NOT_FOUND_IN_REQUEST"},
		strings.Replace(linkBody(""), "1500", "0", 1):                            {"order.amountOfMoney.amount", "INVALID_VALUE"},
		linkBody(`,"expirationDate":"2001-01-01T00:00:00Z"`):                     {"expirationDate", "INVALID_VALUE"},
		linkBody(`,"expirationDate":"tomorrow"`):                                 {"expirationDate", "INVALID_VALUE"},
		linkBody(`,"expirationDate":1`):                                          {"expirationDate", "INVALID_VALUE"},
		linkBody(`,"paymentLinkSpecificInput":{"expirationDate":"` + far + `"}`): {"paymentLinkSpecificInput.expirationDate", "INVALID_VALUE"},
		linkBody(`,"description":"` + strings.Repeat("x", 1001) + `"`):           {"description", "INVALID_VALUE"},
		linkBody(`,"hostedCheckoutSpecificInput":{"locale":"german"}`):           {"hostedCheckoutSpecificInput.locale", "INVALID_VALUE"},
	} {
		a := start(t).post(t, "/paymentlinks", body)
		require.Equal(t, 400, a.status, body)
		require.Equal(t, want, [2]string{a.text("errors.0.propertyName"), a.text("errors.0.id")}, body)
	}
	c := start(t)
	old := c.post(t, "/paymentlinks", `{"recipientName":"Ada","paymentLinkOrder":{"amount":`+linkMoney+`,"merchantReference":"L-2"}}`)
	require.Equal(t, "Ada L-2", old.text("recipientName")+" "+old.text("paymentLinkOrder.merchantReference"))
	for body, want := range map[string]string{
		`{"paymentLink":"x"}`:           "paymentlink: card is required",
		`{"paymentLink":"x","card":{}}`: "pay payment link x: the cardNumber of the card is not valid",
		`{"paymentLink":"x","card":{"cardNumber":"4330264936344675","expiryDate":"1299"}}`: "pay payment link x: there is no such link",
	} {
		require.Equal(t, want, c.control("POST", "paymentlink", body).text("error"))
	}
}

// A link is paid or cancelled once, whoever comes first.
func TestPaymentLinkUnderConcurrency(t *testing.T) {
	t.Parallel()
	c := start(t)
	id := c.link(t, "")
	var won atomic.Int32
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			if i%2 == 0 {
				if _, err := c.sb.PayPaymentLink(id, cardOf(goodNumber)); err == nil {
					won.Add(1)
				}
			} else if c.post(t, "/paymentlinks/"+id+"/cancel", "").status == 204 {
				won.Add(1)
			}
			c.get(t, "/paymentlinks/"+id)
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, won.Load())
}

// A QR code is drawn where it is asked for, and drawn again at every look.
func TestPaymentLinkAsAQRCode(t *testing.T) {
	t.Parallel()
	s, c := readSchema(t), start(t)
	require.Nil(t, c.post(t, "/paymentlinks", linkBody("")).at("qrCodeBase64"))
	var codes []string
	for range 2 {
		made := s.check(t, "createPaymentLink", c.post(t, "/paymentlinks", linkBody(`,"displayQRCode":true`)))
		code := made.text("qrCodeBase64")
		raw, err := base64.StdEncoding.DecodeString(code)
		require.NoError(t, err)
		picture, err := png.Decode(bytes.NewReader(raw))
		require.NoError(t, err)
		require.Equal(t, image.Pt(300, 300), picture.Bounds().Size())
		dark := 0
		for x := range 300 {
			for y := range 300 {
				if v := color.GrayModel.Convert(picture.At(x, y)).(color.Gray).Y; v == 0 {
					dark++
					require.True(t, x >= 30 && x < 270 && y >= 30 && y < 270, "the frame is white")
				}
			}
		}
		require.True(t, 10_000 < dark && dark < 45_000, "%d dark points", dark)
		require.Equal(t, code, s.check(t, "getPaymentLinkById", c.get(t, "/paymentlinks/"+made.text("paymentLinkId"))).text("qrCodeBase64"))
		codes = append(codes, code)
	}
	require.NotEqual(t, codes[0], codes[1])
}

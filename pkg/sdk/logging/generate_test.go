package logging_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"

	"pgregory.net/rapid"
)

func drawDocument(t *rapid.T) planted {
	d := &planted{}
	var b bytes.Buffer
	d.drawValue(t, &b, 0, "")
	d.text = b.Bytes()
	return *d
}

// drawValue writes an object, with what it holds, in any form JSON has for it.
func (d *planted) drawValue(t *rapid.T, b *bytes.Buffer, depth int, space string) {
	b.WriteString("{" + space)
	for i, n := 0, rapid.IntRange(1, 5).Draw(t, "fields"); i < n; i++ {
		if i > 0 {
			b.WriteString("," + space)
		}
		d.drawField(t, b, depth, space)
	}
	b.WriteString(space + "}")
}

func (d *planted) drawField(t *rapid.T, b *bytes.Buffer, depth int, space string) {
	name := func(names ...string) {
		text := drawCase(t, rapid.SampledFrom(names).Draw(t, "name"))
		b.WriteString(drawString(t, text) + space + ":" + space)
	}
	ordinary := []string{"memo", "amount", "note", "message", "errors", "id", "paymentOutput"}
	switch kind := rapid.IntRange(0, 9).Draw(t, "kind"); {
	case kind == 0:
		name(ordinary...)
		b.WriteString(rapid.SampledFrom([]string{"true", "null", `"ab:c"`, `"d=e \" @ \\"`, "[]", "{}", `"ü%zz&amp;"`, "-"}).Draw(t, "value"))
	case kind == 1 || kind == 2:
		name("cvv", "street", "surname", "firstName", "zip", "value", "keyId", "secretKey", "publicKey", "secret", "key",
			"encryptedCustomerInput", "userAuthenticationToken", "emailAddress", "RETURNMAC", "password", "signature")
		d.drawHidden(t, b, depth, space)
	case kind == 3 || kind == 4:
		name("cardNumber", "accountNumber", "reformattedAccountNumber", "iban")
		card := drawCard(t)
		if rapid.IntRange(0, 3).Draw(t, "list") == 0 {
			b.WriteString("[" + drawScalar(t, card) + "," + space + `"` + card[:4] + `"]`)
			return
		}
		d.mayShow(card, 4)
		b.WriteString(drawScalar(t, card))
	case kind == 5:
		name("bin")
		card := drawDigits(t)
		for i := 1; i <= 6; i++ {
			d.shown = append(d.shown, card[:i])
		}
		b.WriteString(drawString(t, card))
	case kind == 6:
		name(ordinary...)
		b.WriteString(drawScalar(t, drawCard(t)))
	case kind == 7:
		name(ordinary...)
		card, secret := drawCard(t), drawSecret(t)
		b.WriteString(drawString(t, rapid.SampledFrom([]string{
			"paid with " + card + " today", "https://u:" + secret + "@h/p?pan=" + card + "&cvv=" + secret,
			"cvv=" + secret, "<cvv>" + secret + "</cvv>", `password: "` + secret + `"`, "%22" + card + "%22",
			"Authorization: GCS v1HMAC:" + secret + ":" + secret, "&quot;cvv&quot;:&quot;" + secret + "&quot;",
		}).Draw(t, "text")))
	case depth < 3 && kind == 8:
		name(ordinary...)
		var inner bytes.Buffer
		d.drawValue(t, &inner, depth+1, "")
		b.WriteString(drawString(t, inner.String()))
	case depth < 3:
		name("order", "card", "value", "zip")
		b.WriteString("[")
		d.drawValue(t, b, depth+1, rapid.SampledFrom([]string{"", " ", "\n\t"}).Draw(t, "space"))
		b.WriteString("]")
	default:
		name(ordinary...)
		b.WriteString("true")
	}
}

func (d *planted) drawHidden(t *rapid.T, b *bytes.Buffer, depth int, space string) {
	secret := drawString(t, drawSecret(t))
	if depth < 3 && rapid.IntRange(0, 3).Draw(t, "list") == 0 {
		b.WriteString("[" + secret + "," + space + drawCard(t)[:1] + ",[" + secret + "]]")
		return
	}
	b.WriteString(secret)
}

func (d *planted) mayShow(card string, n int) {
	card = strings.NewReplacer(" ", "", "-", "").Replace(card)
	for i := 1; i <= n; i++ {
		d.shown = append(d.shown, card[len(card)-i:])
	}
}

func drawSecret(t *rapid.T) string {
	return rapid.StringOfN(rapid.RuneFrom([]rune(secretAlphabet)), 3, 12, -1).Draw(t, "secret")
}

// drawDigits draws a card number whose checksum is right.
func drawDigits(t *rapid.T) string {
	n := rapid.IntRange(12, 19).Draw(t, "length")
	number := rapid.SampledFrom([]string{"2", "3", "4", "5", "6"}).Draw(t, "scheme")
	number += rapid.StringOfN(rapid.RuneFrom([]rune("0123456789")), n-2, n-2, -1).Draw(t, "digits")
	sum := 0
	for i := range number { // from the right, where the checksum will stand at 0
		d := int(number[len(number)-1-i] - '0')
		if i%2 == 0 {
			d = d*2/10 + d*2%10
		}
		sum += d
	}
	return number + strconv.Itoa((10-sum%10)%10)
}

func drawCard(t *rapid.T) string {
	number := drawDigits(t)
	separator := rapid.SampledFrom([]string{"", "", " ", "-"}).Draw(t, "separator")
	return regexp.MustCompile(`....`).ReplaceAllStringFunc(number, func(group string) string {
		if strings.HasSuffix(number, group) {
			return group
		}
		return group + separator
	})
}

// drawScalar writes a card number as a string or, where it can be, as a number.
func drawScalar(t *rapid.T, card string) string {
	if !strings.ContainsAny(card, " -") && rapid.Bool().Draw(t, "number") {
		return card
	}
	return drawString(t, card)
}

// drawString writes a JSON string with some characters as escapes.
func drawString(t *rapid.T, s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(rapid.Bool().Draw(t, "html"))
	if err := e.Encode(s); err != nil {
		t.Fatal(err)
	}
	text := strings.TrimSpace(b.String())
	// An escape of a part of an escape is more than check could read.
	if s == "" || strings.Contains(s, `\u`) || rapid.IntRange(0, 3).Draw(t, "escaped") > 0 {
		return text
	}
	at := rapid.IntRange(0, len(s)-1).Draw(t, "escape")
	if c := s[at]; c < 0x80 {
		head, tail := mustQuote(t, s[:at]), mustQuote(t, s[at+1:])
		return head[:len(head)-1] + `\u00` + strconv.FormatUint(uint64(c)|0x100, 16)[1:] + tail[1:]
	}
	return text
}

func mustQuote(t *rapid.T, s string) string {
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// drawCase writes a name in another case now and then, but not with the letters of
// secrets in capitals.
func drawCase(t *rapid.T, name string) string {
	switch rapid.IntRange(0, 5).Draw(t, "case") {
	case 0:
		return strings.ToLower(name)
	case 1:
		return capitals(name)
	}
	return name
}

func capitals(name string) string {
	return strings.Map(func(r rune) rune {
		if upper := strings.ToUpper(string(r)); !strings.ContainsAny(upper, secretAlphabet) {
			return []rune(upper)[0]
		}
		return r
	}, name)
}

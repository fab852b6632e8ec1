package sandbox_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func byFields(id string) string { return createBody(800, `"hostedFieldsSessionId":"`+id+`"`) }

// TestHostedFields: a card is entered into the merchant's own page, and pays once.
func TestHostedFields(t *testing.T) {
	t.Parallel()
	s, c := readSchema(t), start(t)
	made := s.check(t, "createHostedFieldsSession", c.post(t, "/hostedfields/sessions", `{"locale":"de_DE","tokens":["nonsense"]}`))
	id := made.text("sessionData.hostedFieldsSessionId")
	require.Len(t, id, 32)
	require.Equal(t, "nonsense", made.text("invalidTokens.0"))
	path := "/hostedfields/sessions/" + id
	require.JSONEq(t, `{"sessionId":"`+id+`"}`, string(s.check(t, "getHostedFieldsSession", c.get(t, path)).raw))
	require.Equal(t, "hostedFieldsSessionId", c.post(t, "/payments", byFields(id)).text("errors.0.propertyName"), "nothing was entered")
	require.Equal(t, 404, c.get(t, "/hostedtokenizations/"+id).status, "it is no hosted tokenization")
	require.Equal(t, 400, c.post(t, "/payments", bySession(id)).status)

	token, err := c.sb.EnterCard(id, cardOf(goodNumber), false)
	require.NoError(t, err)
	shown := s.check(t, "getHostedFieldsSession", c.get(t, path))
	require.Equal(t, token+" ************4675 1299", shown.text("token.tokenId")+" "+shown.text("token.maskedPan")+" "+shown.text("token.expiryDate"))
	require.Equal(t, true, shown.at("token.isTemporary"))
	paid := c.post(t, "/payments", byFields(id))
	require.Equal(t, 201, paid.status, "%s", paid.raw)
	require.Equal(t, "433026", paid.text("payment.paymentOutput.cardPaymentMethodSpecificOutput.card.bin"))
	require.Equal(t, 400, c.post(t, "/payments", byFields(id)).status, "it pays once")

	c.sb.Advance(3 * time.Hour)
	for _, gone := range []string{path, "/hostedfields/sessions/" + strings.Repeat("0", 32)} {
		a := c.get(t, gone)
		require.Equal(t, 404, a.status)
		require.Equal(t, "application/problem+json", a.header.Get("Content-Type"))
		require.Equal(t, "Not Found", a.text("title"))
		require.Equal(t, 404, a.at("status"))
	}
	for body, property := range map[string]string{
		`{}`: "locale", `{"locale":"german"}`: "locale", `{"locale":"de_DE","tokens":["` + strings.Repeat("x", 51) + `"]}`: "tokens[0]",
	} {
		a := c.post(t, "/hostedfields/sessions", body)
		require.Equal(t, "400 "+property, itoa(a.status)+" "+a.text("errors.0.propertyName"), body)
	}
}

func TestSessions(t *testing.T) {
	t.Parallel()
	s, c := readSchema(t), start(t)
	token := c.post(t, "/tokens", tokenBody(goodNumber, "1299")).text("token")
	one := s.check(t, "createSession", c.post(t, "/sessions", `{"tokens":["`+token+`","x"]}`))
	two := s.check(t, "createSession", c.post(t, "/sessions", `{}`))
	require.Equal(t, 201, one.status)
	require.Equal(t, []any{"x"}, one.at("invalidTokens"))
	require.NotEqual(t, one.text("clientSessionId"), two.text("clientSessionId"))
	a := c.post(t, "/sessions", `{"tokens":["1","2","3","4","5","6","7","8","9","10","11"]}`)
	require.Equal(t, "400 tokens", itoa(a.status)+" "+a.text("errors.0.propertyName"))
	require.Equal(t, 400, c.post(t, "/sessions", `{"tokens":`).status)
}

func TestProductSessions(t *testing.T) {
	t.Parallel()
	s, c := readSchema(t), start(t)
	const input = `{"paymentProductSession302SpecificInput":{"displayName":"Shop \"A\"","domainName":"shop.example"}}`
	a := s.check(t, "createPaymentProductSession", c.post(t, "/products/302/sessions", input))
	require.Contains(t, a.text("paymentProductSession302SpecificOutput.session"), `"domainName":"shop.example"`)
	for body, property := range map[string]string{
		`{}`: "paymentProductSession302SpecificInput",
		`{"paymentProductSession302SpecificInput":{"domainName":"x"}}`:                                                  "paymentProductSession302SpecificInput.displayName",
		`{"paymentProductSession302SpecificInput":{"displayName":"x"}}`:                                                 "paymentProductSession302SpecificInput.domainName",
		`{"paymentProductSession302SpecificInput":{"displayName":"` + strings.Repeat("x", 65) + `","domainName":"x"}}`:  "paymentProductSession302SpecificInput.displayName",
		`{"paymentProductSession302SpecificInput":{"displayName":"x","domainName":"` + strings.Repeat("x", 256) + `"}}`: "paymentProductSession302SpecificInput.domainName",
	} {
		a := c.post(t, "/products/302/sessions", body)
		require.Equal(t, "400 "+property, itoa(a.status)+" "+a.text("errors.0.propertyName"), body)
	}
	require.Equal(t, "paymentProductId", c.post(t, "/products/1/sessions", input).text("errors.0.propertyName"))
}

func TestPrivacyPolicy(t *testing.T) {
	t.Parallel()
	s, c := readSchema(t), start(t)
	for query, want := range map[string]string{"": `lang="en-US"`, "?locale=de_DE": `lang="de-DE"`, "?paymentProductId=1&locale=fr_FR": `lang="fr-FR"`} {
		require.Contains(t, s.check(t, "getPrivacyPolicy", c.get(t, "/services/privacypolicy"+query)).text("htmlContent"), want)
	}
	for query, property := range map[string]string{
		"?locale=german": "locale", "?paymentProductId=x": "paymentProductId", "?paymentProductId=100000": "paymentProductId", "?paymentProductId=9999999999": "paymentProductId",
	} {
		a := c.get(t, "/services/privacypolicy"+query)
		require.Equal(t, "400 "+property, itoa(a.status)+" "+a.text("errors.0.propertyName"), query)
	}
}

package sandbox_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func seriesBody(number string) string {
	return `{"schemeReferenceData":"ref","currencyCode":"CHF","card":{"cardNumber":"` + number + `","expiryDate":"1299"}}`
}

func TestImportedSeries(t *testing.T) {
	t.Parallel()
	c := start(t)
	token := c.post(t, "/tokens", tokenBody("5399999999999999", "1299")).text("token")
	for name, tt := range map[string]struct {
		body, bin string
		status    int
	}{
		"card":          {seriesBody(goodNumber), "433026", 201},
		"token":         {`{"schemeReferenceData":"ref","tokenId":"` + token + `"}`, "539999", 201},
		"challenge":     {seriesBody(challengeNumber), "513025", 201},
		"declined card": {seriesBody(declinedNumber), "432145", 402},
		"expired card":  {strings.Replace(seriesBody(goodNumber), "1299", "0120", 1), "433026", 402},
	} {
		a := c.post(t, "/tokens/importCofSeries", tt.body)
		require.Equal(t, 201, a.status, "%s %s", name, a.raw)
		path := "/payments/" + a.text("paymentId")
		read := c.get(t, path)
		require.Equal(t, "CREATED", read.text("status"), name)
		require.Equal(t, 0, read.at("paymentOutput.amountOfMoney.amount"), name)
		require.Equal(t, tt.bin, read.text("paymentOutput.cardPaymentMethodSpecificOutput.card.bin"), name)
		for _, call := range []string{"/capture", "/cancel", "/refund", "/complete"} {
			require.Equal(t, 400, c.post(t, path+call, `{"order":{}}`).status, name+call)
		}
		for range 2 {
			a = c.post(t, path+"/subsequent", subsequentBody(700))
			require.Equal(t, tt.status, a.status, "%s %s", name, a.raw)
		}
		require.Empty(t, c.book(t, path).Movements, name)
		if tt.status == 201 {
			id := a.text("payment.id")
			require.Equal(t, 201, c.post(t, "/payments/"+id+"/capture", "").status)
			require.Equal(t, tt.bin, a.text("payment.paymentOutput.cardPaymentMethodSpecificOutput.card.bin"), name)
		}
	}
}

func TestImportChecksItsFields(t *testing.T) {
	t.Parallel()
	const missing, invalid = "PARAMETER_NOT_FOUND_IN_REQUEST", "INVALID_VALUE"
	good := seriesBody(goodNumber)
	c := start(t)
	for body, want := range map[string][2]string{
		"":                            {"schemeReferenceData", missing},
		`{"schemeReferenceData":"x"}`: {"card", missing},
		`{"schemeReferenceData":"x","tokenId":"x"}`:                                                  {"tokenId", invalid},
		strings.Replace(good, "ref", strings.Repeat("x", 51), 1):                                     {"schemeReferenceData", invalid},
		strings.Replace(good, "CHF", "chf", 1):                                                       {"currencyCode", invalid},
		strings.Replace(good, "{", `{"paymentProductId":100000,`, 1):                                 {"paymentProductId", invalid},
		strings.Replace(good, "{", `{"tokenId":"`+strings.Repeat("x", 51)+`",`, 1):                   {"tokenId", invalid},
		strings.Replace(good, "{", `{"transactionLinkIdentifier":"`+strings.Repeat("x", 37)+`",`, 1): {"transactionLinkIdentifier", invalid},
		seriesBody("123"):                      {"card.cardNumber", invalid},
		strings.Replace(good, "1299", "12", 1): {"card.expiryDate", invalid},
	} {
		a := c.post(t, "/tokens/importCofSeries", body)
		require.Equal(t, 400, a.status, body)
		require.Equal(t, want, [2]string{a.text("errors.0.propertyName"), a.text("errors.0.id")}, body)
	}
	require.Zero(t, ledgerLen(c))
}

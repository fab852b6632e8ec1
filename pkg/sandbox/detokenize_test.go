package sandbox_test

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
)

// requestFor returns a signing request of a key in PEM.
func requestFor(t testing.TB, key crypto.Signer) string {
	t.Helper()
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "shop"}}, key)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}))
}

func (c client) certificate(t testing.TB, csr string) answer {
	t.Helper()
	text, err := json.Marshal(map[string]string{"csr": csr})
	require.NoError(t, err)
	return c.post(t, "/detokenize/csr", string(text))
}

// opened decrypts a JWE in its compact form, as a merchant would.
func opened(t *testing.T, key crypto.Signer, id, text string) string {
	t.Helper()
	parts := strings.Split(text, ".")
	require.Len(t, parts, 5)
	raw := make([][]byte, len(parts))
	for i, part := range parts {
		var err error
		raw[i], err = base64.RawURLEncoding.DecodeString(part)
		require.NoError(t, err)
	}
	var head struct {
		Alg, Enc, Kid string
		Epk           struct{ Kty, Crv, X, Y string }
	}
	require.NoError(t, json.Unmarshal(raw[0], &head))
	require.Equal(t, []string{"A256GCM", id}, []string{head.Enc, head.Kid})
	var content []byte
	switch key := key.(type) {
	case *rsa.PrivateKey:
		require.Equal(t, "RSA-OAEP-256", head.Alg)
		var err error
		content, err = rsa.DecryptOAEP(sha256.New(), nil, key, raw[1], nil)
		require.NoError(t, err)
	case *ecdsa.PrivateKey:
		require.Equal(t, []string{"ECDH-ES", "EC", "P-256", ""}, []string{head.Alg, head.Epk.Kty, head.Epk.Crv, string(raw[1])})
		x, err := base64.RawURLEncoding.DecodeString(head.Epk.X)
		require.NoError(t, err)
		y, err := base64.RawURLEncoding.DecodeString(head.Epk.Y)
		require.NoError(t, err)
		point, err := ecdh.P256().NewPublicKey(bytes.Join([][]byte{{4}, x, y}, nil))
		require.NoError(t, err)
		own, err := key.ECDH()
		require.NoError(t, err)
		secret, err := own.ECDH(point)
		require.NoError(t, err)
		var round bytes.Buffer // RFC 7518, section 4.6.2
		for _, field := range []any{
			uint32(1), secret, uint32(7), []byte("A256GCM"), uint32(0), uint32(0), uint32(256),
		} {
			require.NoError(t, binary.Write(&round, binary.BigEndian, field))
		}
		sum := sha256.Sum256(round.Bytes())
		content = sum[:]
	}
	block, err := aes.NewCipher(content)
	require.NoError(t, err)
	aead, err := cipher.NewGCM(block)
	require.NoError(t, err)
	plain, err := aead.Open(nil, raw[2], append(raw[3], raw[4]...), []byte(parts[0]))
	require.NoError(t, err)
	return string(plain)
}

func keys(t *testing.T) map[string]crypto.Signer {
	t.Helper()
	long, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return map[string]crypto.Signer{"RSA": long, "curve": curve}
}

func TestCardsAreGivenBackEncrypted(t *testing.T) {
	t.Parallel()
	s := readSchema(t)
	for name, key := range keys(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t)
			made := s.check(t, "createCertificate", c.certificate(t, requestFor(t, key)))
			require.Equal(t, 201, made.status, "%s", made.raw)
			block, _ := pem.Decode([]byte(made.text("signedCertificate")))
			signed, err := x509.ParseCertificate(block.Bytes)
			require.NoError(t, err)
			require.Equal(t, key.Public(), signed.PublicKey)
			require.Equal(t, "shop", signed.Subject.CommonName)
			require.Equal(t, 365*24*time.Hour, signed.NotAfter.Sub(signed.NotBefore))
			id := made.text("certificateId")

			token := c.post(t, "/tokens", strings.Replace(tokenBody("5137009801943438", "1299"), `"paymentProductId":1,`, "", 1)).text("token")
			session := c.tokenization(t, "")
			brief := c.control("POST", "tokenization", `{"tokenization":"`+session+`","card":{"cardNumber":"371449635311004","expiryDate":"0131","cardholderName":"Ada"}}`).text("token")
			byTokens := s.check(t, "getCardDataByTokens", c.get(t, "/detokenize/tokens?tokens="+token+"&tokens="+brief))
			require.Equal(t, 201, byTokens.status, "%s", byTokens.raw)

			paid := c.post(t, "/payments", createBody(700, card("4012000033330026", "SALE"))).text("payment.id")
			byToken := c.post(t, "/payments", bySession(session)).text("payment.id")
			c.seed(t, `{"id":"7000000001_0","amount":1,"currency":"EUR"}`)
			byPayments := s.check(t, "getCardDataByPayments",
				c.get(t, "/detokenize/payments?payments="+paid+"&payments="+byToken+"&payments=7000000001_0"))
			require.Equal(t, 201, byPayments.status, "%s", byPayments.raw)

			type shown struct{ brand, expiry, holder, number, token, payment string }
			show := func(a answer, i int) shown {
				at := "tokens." + itoa(i) + "."
				require.NotContains(t, string(a.raw), "4012000033330026")
				return shown{
					a.text(at + "cardBrand"), a.text(at + "cardExpiryDate"), a.text(at + "cardHolderName"),
					opened(t, key, id, a.text(at+"encryptedCardNumber")), a.text(at + "token"), a.text(at + "paymentId"),
				}
			}
			if diff := cmp.Diff([]shown{
				{"Mastercard", "1299", "Test Holder", "5137009801943438", token, ""},
				{"American Express", "0131", "Ada", "371449635311004", brief, ""},
				{"Visa", "1299", "", "4012000033330026", "", paid},
				{"American Express", "0131", "Ada", "371449635311004", "", byToken},
				{"Visa", "1230", "", "4330264936344675", "", "7000000001_0"},
			}, []shown{show(byTokens, 0), show(byTokens, 1), show(byPayments, 0), show(byPayments, 1), show(byPayments, 2)},
				cmp.AllowUnexported(shown{})); diff != "" {
				t.Errorf("cards (-want +got):\n%s", diff)
			}
			require.NotEmpty(t, byPayments.text("tokens.0.schemeReferenceData"))
		})
	}
}

func TestNoCardsWithoutACertificate(t *testing.T) {
	t.Parallel()
	all := keys(t)
	synctest.Test(t, func(t *testing.T) {
		c := start(t)
		token := c.post(t, "/tokens", tokenBody(goodNumber, "1299")).text("token")
		redirect := c.post(t, "/payments", createBody(700, `"redirectPaymentMethodSpecificInput":{"paymentProductId":840}`)).text("payment.id")
		require.Equal(t, 403, c.get(t, "/detokenize/tokens?tokens="+token).status)
		require.Equal(t, 403, c.get(t, "/detokenize/payments?payments="+redirect).status)
		first := c.certificate(t, requestFor(t, all["RSA"])).text("certificateId")
		second := c.certificate(t, requestFor(t, all["curve"])).text("certificateId")
		require.NotEqual(t, first, second)
		opened(t, all["curve"], second, c.get(t, "/detokenize/tokens?tokens="+token).text("tokens.0.encryptedCardNumber"))
		for path, want := range map[string]struct {
			status       int
			id, property string
		}{
			"tokens": {400, "PARAMETER_NOT_FOUND_IN_REQUEST", "tokens"},
			"tokens?tokens=" + token + strings.Repeat("&tokens="+token, 10): {400, "INVALID_VALUE", "tokens"},
			"tokens?tokens=" + token + "&tokens=x":                          {404, "UNKNOWN_TOKEN_ID", "tokens"},
			"payments":                                                      {400, "PARAMETER_NOT_FOUND_IN_REQUEST", "payments"},
			"payments?payments=9999999999_0":                                {404, "UNKNOWN_PAYMENT_ID", "payments"},
			"payments?payments=" + redirect:                                 {400, "INVALID_VALUE", "payments"},
			"payments?payments=" + redirect[:10] + "_1":                     {404, "UNKNOWN_PAYMENT_ID", "payments"},
		} {
			a := c.get(t, "/detokenize/"+path)
			require.Equal(t, want.status, a.status, path)
			require.Equal(t, [2]string{want.id, want.property}, [2]string{a.text("errors.0.id"), a.text("errors.0.propertyName")}, path)
		}
		c.sb.Advance(365*day - 1)
		require.Equal(t, 201, c.get(t, "/detokenize/tokens?tokens="+token).status)
		c.sb.Advance(1)
		require.Equal(t, 403, c.get(t, "/detokenize/tokens?tokens="+token).status)
	})
}

func TestCertificateRequestsAreChecked(t *testing.T) {
	t.Parallel()
	c := start(t)
	curve := keys(t)["curve"]
	good := requestFor(t, curve)
	block, _ := pem.Decode([]byte(good))
	forged := bytes.Clone(block.Bytes)
	i := bytes.Index(forged, []byte("shop"))
	forged[i] = 'S' // the signature is that of another name
	weak, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	require.NoError(t, err)
	for csr, id := range map[string]string{
		"":                  "INVALID_VALUE",
		"csr":               "INVALID_VALUE",
		good + good:         "INVALID_VALUE",
		requestFor(t, weak): "INVALID_VALUE",
		string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: forged})):      "INVALID_VALUE",
		string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: block.Bytes})):         "INVALID_VALUE",
		string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: []byte("x")})): "INVALID_VALUE",
	} {
		a := c.certificate(t, csr)
		require.Equal(t, 400, a.status, csr)
		require.Equal(t, []string{id, "csr"}, []string{a.text("errors.0.id"), a.text("errors.0.propertyName")})
	}
	require.Equal(t, 201, c.certificate(t, good).status)
}

package sandbox_test

import (
	"encoding/base64"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// debit asks for a payment of 700 by a mandate.
func debit(members string) string {
	return createBody(700, `"sepaDirectDebitPaymentMethodSpecificInput":{"paymentProductId":771,"paymentProduct771SpecificInput":{`+members+`}}`)
}

const sepaOut = "paymentOutput.sepaDirectDebitPaymentMethodSpecificOutput."

func TestPaymentsDrawOnMandates(t *testing.T) {
	t.Parallel()
	s, c := readSchema(t), start(t)
	recurring := mandateBody("UNSIGNED", `,"uniqueMandateReference":"MANY"`)
	once := strings.Replace(mandateBody("UNSIGNED", `,"uniqueMandateReference":"ONCE"`), "RECURRING", "UNIQUE", 1)
	for _, text := range []string{recurring, once} {
		require.Equal(t, 201, c.post(t, "/mandates", text).status)
	}
	status := func(reference string) string { return c.get(t, "/mandates/"+reference).text("mandate.status") }
	for i, tt := range []struct {
		members string
		status  int
		mandate string
		became  string
	}{
		{`"existingUniqueMandateReference":"MANY"`, 201, "MANY", "ACTIVE"},
		{`"existingUniqueMandateReference":"MANY"`, 201, "MANY", "ACTIVE"},
		{`"existingUniqueMandateReference":"ONCE"`, 201, "ONCE", "USED"},
		{`"existingUniqueMandateReference":"ONCE"`, 400, "ONCE", "USED"},
		{`"mandate":` + strings.Replace(recurring, "MANY", "NEW", 1), 201, "NEW", "ACTIVE"},
		{`"mandate":` + strings.Replace(once, "ONCE", "NEW-1", 1), 201, "NEW-1", "USED"},
	} {
		a := s.check(t, "createPayment", c.post(t, "/payments", debit(tt.members)))
		require.Equal(t, tt.status, a.status, "%d %s", i, a.raw)
		require.Equal(t, tt.became, status(tt.mandate), "%d", i)
		if a.status != 201 {
			continue
		}
		require.Equal(t, 9, a.at("payment.statusOutput.statusCode"))
		path := "/payments/" + a.text("payment.id")
		read := s.check(t, "getPayment", c.get(t, path))
		require.Equal(t, tt.mandate, read.text(sepaOut+"paymentProduct771SpecificOutput.mandateReference"))
		require.Equal(t, 201, c.post(t, path+"/refund", "").status)
	}
	for _, call := range []string{"block", "revoke"} {
		require.Equal(t, 400, c.post(t, "/mandates/ONCE/"+call, "").status, "a used mandate stays used")
	}
}

func TestMandatesThatCannotBeDrawnOn(t *testing.T) {
	t.Parallel()
	c := start(t)
	for _, reference := range []string{"BLOCKED", "REVOKED"} {
		require.Equal(t, 201, c.post(t, "/mandates", mandateBody("UNSIGNED", `,"uniqueMandateReference":"`+reference+`"`)).status)
	}
	c.post(t, "/mandates/BLOCKED/block", "")
	c.post(t, "/mandates/REVOKED/revoke", "")
	c.post(t, "/mandates", mandateBody("SMS", `,"uniqueMandateReference":"UNSIGNED","returnUrl":"https://shop.example/back"`))
	const existing, at = `"existingUniqueMandateReference":"`, "sepaDirectDebitPaymentMethodSpecificInput.paymentProduct771SpecificInput."
	for members, property := range map[string]string{
		existing + `UNKNOWN"`:  at + "existingUniqueMandateReference",
		existing + `BLOCKED"`:  at + "existingUniqueMandateReference",
		existing + `REVOKED"`:  at + "existingUniqueMandateReference",
		existing + `UNSIGNED"`: at + "existingUniqueMandateReference",
		`"mandate":` + mandateBody("UNSIGNED", `,"uniqueMandateReference":"BLOCKED"`): at + "mandate.uniqueMandateReference",
		`"mandate":` + mandateBody("LATER", ""):                                       at + "mandate.signatureType",
	} {
		a := c.post(t, "/payments", debit(members))
		require.Equal(t, 400, a.status, members)
		require.Equal(t, []string{property, "INVALID_VALUE"}, []string{a.text("errors.0.propertyName"), a.text("errors.0.id")})
	}
	require.Zero(t, ledgerLen(c))
	c.post(t, "/mandates/BLOCKED/unblock", "")
	require.Equal(t, 201, c.post(t, "/payments", debit(existing+`BLOCKED"`)).status)
}

// A mandate that comes with a payment and has to be signed holds the payment up.
func TestAPaymentWaitsForTheSignature(t *testing.T) {
	t.Parallel()
	c := start(t)
	a := c.post(t, "/payments", debit(`"mandate":`+strings.Replace(
		mandateBody("SMS", `,"uniqueMandateReference":"M","returnUrl":"https://shop.example/back"`), "RECURRING", "UNIQUE", 1)))
	require.Equal(t, 46, a.at("payment.statusOutput.statusCode"))
	require.Equal(t, "REDIRECT", a.text("merchantAction.actionType"))
	path := "/payments/" + a.text("payment.id")
	require.Equal(t, 400, c.post(t, path+"/refund", "").status)
	require.Equal(t, 200, c.control("POST", "mandate", `{"mandate":"M"}`).status)
	require.Equal(t, 9, c.get(t, path).at("statusOutput.statusCode"))
	require.Equal(t, "USED", c.get(t, "/mandates/M").text("mandate.status"))
	require.Equal(t, int64(700), c.book(t, path).Authorized)
}

// A mandate that is collected with lasts three more years.
func TestACollectionRenewsTheMandate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := start(t)
		c.post(t, "/mandates", mandateBody("UNSIGNED", `,"uniqueMandateReference":"M"`))
		const twoYears = 2 * 366 * 24 * time.Hour
		for range 3 {
			c.sb.Advance(twoYears)
			require.Equal(t, 201, c.post(t, "/payments", debit(`"existingUniqueMandateReference":"M"`)).status)
		}
		c.sb.Advance(2 * twoYears)
		require.Equal(t, 400, c.post(t, "/payments", debit(`"existingUniqueMandateReference":"M"`)).status)
		require.Equal(t, "EXPIRED", c.get(t, "/mandates/M").text("mandate.status"))
	})
}

// Every object of the document is where its table says.
func TestMandatePDF(t *testing.T) {
	t.Parallel()
	c := start(t)
	made := c.post(t, "/mandates", mandateBody("UNSIGNED", `,"uniqueMandateReference":"A (1)"`))
	raw, err := base64.StdEncoding.DecodeString(made.text("mandate.mandatePdf"))
	require.NoError(t, err)
	text := string(raw)
	require.True(t, strings.HasPrefix(text, "%PDF-1.4\n"))
	require.True(t, strings.HasSuffix(text, "%%EOF\n"))
	require.Contains(t, text, `(A \(1\)) Tj`)
	start := regexp.MustCompile(`startxref\n(\d+)\n`).FindStringSubmatch(text)
	at, err := strconv.Atoi(start[1])
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(text[at:], "xref\n0 6\n"))
	for i, entry := range regexp.MustCompile(`(\d{10}) 00000 n \n`).FindAllStringSubmatch(text, -1) {
		offset, err := strconv.Atoi(entry[1])
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(text[offset:], strconv.Itoa(i+1)+" 0 obj\n"), "object %d", i+1)
	}
	length, err := strconv.Atoi(regexp.MustCompile(`/Length (\d+)`).FindStringSubmatch(text)[1])
	require.NoError(t, err)
	_, stream, _ := strings.Cut(text, "stream\n")
	require.True(t, strings.HasPrefix(stream[length:], "\nendstream"))
}

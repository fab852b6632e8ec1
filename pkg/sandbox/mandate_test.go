package sandbox_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// mandateBody asks for a mandate; more are further members.
func mandateBody(signature, more string) string {
	return `{"customerReference":"C-1","recurrenceType":"RECURRING","signatureType":"` + signature + `"` + more + `}`
}

func TestMandateWalksThroughItsStates(t *testing.T) {
	t.Parallel()
	s, c := readSchema(t), start(t)
	const customer = `,"customer":{"bankAccountIban":{"iban":"DE89370400440532013000"},` +
		`"personalInformation":{"title":"Mrs","name":{"firstName":"Ada","surname":"Test"}}}`
	made := s.check(t, "createMandate", c.post(t, "/mandates", mandateBody("UNSIGNED", customer)))
	require.Equal(t, 201, made.status, "%s", made.raw)
	require.Equal(t, "ACTIVE", made.text("mandate.status"))
	require.Equal(t, "Ada", made.text("mandate.customer.personalInformation.name.firstName"))
	require.Nil(t, made.at("merchantAction"))
	reference := made.text("mandate.uniqueMandateReference")
	require.Regexp(t, `^[0-9A-F]{32}$`, reference)
	path := "/mandates/" + reference

	for _, step := range []struct {
		action, body string
		status       int
		became       string
	}{
		{"unblock", "", 400, "ACTIVE"},
		{"block", "", 200, "BLOCKED"},
		{"block", "", 400, "BLOCKED"},
		{"unblock", "", 200, "ACTIVE"},
		{"revoke", `{"revocationReason":"because"}`, 400, "ACTIVE"},
		{"block", "", 200, "BLOCKED"},
		{"revoke", `{"revocationReason":"userAction"}`, 200, "REVOKED"},
		{"revoke", "", 400, "REVOKED"},
		{"block", "", 400, "REVOKED"},
		{"unblock", "", 400, "REVOKED"},
	} {
		a := s.check(t, step.action+"Mandate", c.post(t, path+"/"+step.action, step.body))
		require.Equal(t, step.status, a.status, step.action)
		if a.status == 200 {
			require.Equal(t, step.became, a.text("mandate.status"))
		}
		require.Equal(t, step.became, s.check(t, "getMandate", c.get(t, path)).text("mandate.status"))
	}
	for _, a := range []answer{c.get(t, "/mandates/x"), c.post(t, "/mandates/x/block", ""), c.post(t, "/mandates/x/unblock", ""), c.post(t, "/mandates/x/revoke", "")} {
		require.Equal(t, 404, a.status)
		require.Equal(t, "UNKNOWN_MANDATE_ID", a.text("errors.0.id"))
	}
}

func TestMandateIsSigned(t *testing.T) {
	t.Parallel()
	for signature, redirects := range map[string]bool{"UNSIGNED": false, "TICK_BOX": false, "SMS": true, "AIS": true} {
		s, c := readSchema(t), start(t)
		made := s.check(t, "createMandate", c.post(t, "/mandates",
			mandateBody(signature, `,"uniqueMandateReference":"M-1","returnUrl":"https://shop.example/back"`)))
		if !redirects {
			require.Nil(t, made.at("merchantAction"))
			_, err := c.sb.SignMandate("M-1")
			require.EqualError(t, err, "sign mandate M-1: it waits for no signature (ACTIVE)")
			continue
		}
		require.Equal(t, "REDIRECT", made.text("merchantAction.actionType"))
		require.NotEmpty(t, made.text("merchantAction.redirectData.redirectURL"))
		require.Equal(t, "CREATED", made.text("mandate.status"))
		require.Equal(t, 400, c.post(t, "/mandates/M-1/block", "").status)
		signed := c.control("POST", "mandate", `{"mandate":"M-1"}`)
		require.Equal(t, "https://shop.example/back?RETURNMAC="+made.text("merchantAction.redirectData.RETURNMAC"), signed.text("returnUrl"))
		require.Equal(t, "ACTIVE", c.get(t, "/mandates/M-1").text("mandate.status"))
		require.Equal(t, 400, c.control("POST", "mandate", `{"mandate":"M-1"}`).status)
	}
	c := start(t)
	require.Equal(t, "sign mandate x: there is no such mandate", c.control("POST", "mandate", `{"mandate":"x"}`).text("error"))
	require.Equal(t, "mandate: mandate is required", c.control("POST", "mandate", `{}`).text("error"))
}

func TestMandateExpires(t *testing.T) {
	t.Parallel()
	c := start(t)
	for _, reference := range []string{"kept", "revoked"} {
		require.Equal(t, 201, c.post(t, "/mandates", mandateBody("UNSIGNED", `,"uniqueMandateReference":"`+reference+`"`)).status)
	}
	require.Equal(t, 200, c.post(t, "/mandates/revoked/revoke", "").status)
	c.sb.Advance(3*365*24*time.Hour - time.Hour)
	require.Equal(t, "ACTIVE", c.get(t, "/mandates/kept").text("mandate.status"))
	c.sb.Advance(48 * time.Hour)
	require.Equal(t, "EXPIRED", c.get(t, "/mandates/kept").text("mandate.status"))
	require.Equal(t, "REVOKED", c.get(t, "/mandates/revoked").text("mandate.status"))
	require.Equal(t, 400, c.post(t, "/mandates/kept/revoke", "").status)
}

func TestMandateChecksItsFields(t *testing.T) {
	t.Parallel()
	good := mandateBody("UNSIGNED", "")
	with := func(customer string) string { return mandateBody("UNSIGNED", `,"customer":{`+customer+`}`) }
	for body, want := range map[string][2]string{
		"": {"customerReference", "PARAMETER_NOT_FOUND_IN_REQUEST"},
		strings.Replace(good, "C-1", strings.Repeat("x", 36), 1): {"customerReference", "INVALID_VALUE"},
		strings.Replace(good, "RECURRING", "ONCE", 1):            {"recurrenceType", "INVALID_VALUE"},
		mandateBody("", ""):                                                  {"signatureType", "INVALID_VALUE"},
		mandateBody("INK", ""):                                               {"signatureType", "INVALID_VALUE"},
		mandateBody("SMS", ""):                                               {"returnUrl", "PARAMETER_NOT_FOUND_IN_REQUEST"},
		mandateBody("SMS", `,"returnUrl":"back"`):                            {"returnUrl", "INVALID_VALUE"},
		mandateBody("UNSIGNED", `,"language":"deu"`):                         {"language", "INVALID_VALUE"},
		mandateBody("UNSIGNED", `,"uniqueMandateReference":"§"`):             {"uniqueMandateReference", "INVALID_VALUE"},
		with(`"mandateAddress":{"countryCode":"de"}`):                        {"customer.mandateAddress.countryCode", "INVALID_VALUE"},
		with(`"mandateAddress":{"zip":"12345678901"}`):                       {"customer.mandateAddress.zip", "INVALID_VALUE"},
		with(`"personalInformation":{"title":"Dr"}`):                         {"customer.personalInformation.title", "INVALID_VALUE"},
		with(`"bankAccountIban":{"iban":"` + strings.Repeat("1", 51) + `"}`): {"customer.bankAccountIban.iban", "INVALID_VALUE"},
	} {
		a := start(t).post(t, "/mandates", body)
		require.Equal(t, 400, a.status, body)
		require.Equal(t, want, [2]string{a.text("errors.0.propertyName"), a.text("errors.0.id")}, body)
	}
}

// Of many mandates with one reference only one is made.
func TestMandateReferenceIsTakenOnce(t *testing.T) {
	t.Parallel()
	c := start(t)
	var made atomic.Int32
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			a := c.post(t, "/mandates", mandateBody("UNSIGNED", `,"uniqueMandateReference":"M-1"`))
			if a.status == 201 {
				made.Add(1)
			} else if a.text("errors.0.propertyName") != "uniqueMandateReference" {
				t.Errorf("%d %s", a.status, a.raw)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, made.Load())
}

package sandbox

import (
	"html"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

func sessionEndpoints() []endpoint {
	return []endpoint{
		{"createSession", http.MethodPost, "/sessions", false, (*call).createSession},
		{"createHostedFieldsSession", http.MethodPost, "/hostedfields/sessions", false, (*call).createFields},
		{"getHostedFieldsSession", http.MethodGet, "/hostedfields/sessions/{sessionId}", false, (*call).getFields},
		{"createPaymentProductSession", http.MethodPost, "/products/{paymentProductId}/sessions", false, (*call).productSession},
		{"getPrivacyPolicy", http.MethodGet, "/services/privacypolicy", false, (*call).privacyPolicy},
	}
}

const platformURL = "https://payment.preprod.payone.com"

// createSession opens a session for a client-side SDK. The calls of those are
// not part of the sandbox, so that nothing else knows of it.
func (c *call) createSession() int {
	var req struct {
		Tokens []string `json:"tokens"`
	}
	fail := c.decode(&req)
	if fail != nil {
		return c.fail(fail)
	}
	_, invalid, _ := c.s.tokens.sort(strings.Join(req.Tokens, ","), c.now)
	return c.answer(http.StatusCreated, struct {
		AssetURL      string   `json:"assetUrl"`
		ClientAPIURL  string   `json:"clientApiUrl"`
		Session       string   `json:"clientSessionId"`
		Customer      string   `json:"customerId"`
		InvalidTokens []string `json:"invalidTokens"`
	}{
		platformURL + "/assets", platformURL + "/client", strings.ReplaceAll(c.s.uuid("client session"), "-", ""),
		c.s.uuid("customer"), invalid,
	})
}

// createFields opens a hosted fields session: a hosted tokenization whose form
// is on the merchant's page.
func (c *call) createFields() int {
	var req struct {
		Locale string   `json:"locale"`
		Tokens []string `json:"tokens"`
	}
	fail := c.decode(&req)
	if fail == nil {
		fail = checkLocale("locale", req.Locale)
	}
	if fail != nil {
		return c.fail(fail)
	}
	ts := &tokenization{fields: true, ends: c.now + int64(temporaryLife)}
	var invalid, outdated []string
	ts.offered, invalid, outdated = c.s.tokens.sort(strings.Join(req.Tokens, ","), c.now)
	id := strings.ReplaceAll(c.s.uuid("hosted fields"), "-", "")
	c.s.sessions.put(id, ts)
	type sessionData struct {
		ID       string   `json:"hostedFieldsSessionId"`
		Locale   string   `json:"locale"`
		Platform string   `json:"platformUrl"`
		Token    string   `json:"sessionToken"`
		Tokens   []string `json:"tokens,omitempty"`
	}
	return c.answer(http.StatusOK, struct {
		InvalidTokens []string    `json:"invalidTokens"`
		Integrity     string      `json:"sdkSri"`
		SDK           string      `json:"sdkUrl"`
		Session       sessionData `json:"sessionData"`
	}{
		append(invalid, outdated...), "sha384-" + strings.Repeat("A", 64), platformURL + "/hostedfields/sdk.js",
		sessionData{id, req.Locale, platformURL, c.s.uuid("session token"), ts.offered},
	})
}

// getFields shows the token of a session, once there is one. Only here errors
// have the form of problem details.
func (c *call) getFields() int {
	id := c.r.PathValue("sessionId")
	ts, ok := c.s.sessions.get(id)
	if !ok || !ts.fields || !ts.open(c.now) {
		c.problem = true
		return c.answer(http.StatusNotFound, struct {
			Type     string `json:"type"`
			Title    string `json:"title"`
			Status   int    `json:"status"`
			Detail   string `json:"detail"`
			Instance string `json:"instance"`
		}{
			platformURL + "/errors/not-found", "Not Found", http.StatusNotFound, "the session does not exist",
			platformURL + c.r.URL.EscapedPath(),
		})
	}
	type tokenInfo struct {
		ID        string `json:"tokenId"`
		Masked    string `json:"maskedPan"`
		Expiry    string `json:"expiryDate"`
		Temporary bool   `json:"isTemporary"`
	}
	a := struct {
		ID    string     `json:"sessionId"`
		Token *tokenInfo `json:"token,omitempty"`
	}{ID: id}
	ts.mu.Lock()
	name := ts.token
	ts.mu.Unlock()
	if t, ok := c.s.tokens.get(name, c.now); ok {
		a.Token = &tokenInfo{t.id, t.masked(), t.expiry, t.temporary}
	}
	return c.answer(http.StatusOK, a)
}

const applePay = 302

// productSession opens a session with the provider of a product. Only Apple Pay
// has one.
func (c *call) productSession() int {
	var req struct {
		ApplePay *struct {
			DomainName string `json:"domainName"`
		} `json:"paymentProductSession302SpecificInput"`
	}
	const input = "paymentProductSession302SpecificInput"
	fail := c.decode(&req)
	switch {
	case c.r.PathValue("paymentProductId") != strconv.Itoa(applePay):
		fail = invalidValue("paymentProductId")
	case fail != nil:
	case req.ApplePay == nil:
		fail = missingValue(input)
	}
	if fail != nil {
		return c.fail(fail)
	}
	type output struct {
		Session string `json:"session"`
	}
	session := `{"domainName":` + string(appendString(nil, req.ApplePay.DomainName)) + `,"nonce":"` + c.s.uuid("product session") + `"}`
	return c.answer(http.StatusOK, struct {
		Output output `json:"paymentProductSession302SpecificOutput"`
	}{output{session}})
}

// privacyPolicy answers a page in the language that was asked for, or English.
func (c *call) privacyPolicy() int {
	values, err := url.ParseQuery(c.r.URL.RawQuery)
	fail := malformed()
	if err == nil {
		fail = first(matches(values, "locale", localeText, false), policyProduct(values.Get("paymentProductId")))
	}
	if fail != nil {
		return c.fail(fail)
	}
	locale := values.Get("locale")
	if locale == "" {
		locale = "en_US"
	}
	return c.answer(http.StatusOK, struct {
		Content string `json:"htmlContent"`
	}{`<h1>Privacy policy</h1><p lang="` + html.EscapeString(strings.ReplaceAll(locale, "_", "-")) + `">The sandbox keeps what it is sent until it ends.</p>`})
}

func policyProduct(text string) *refusal {
	if text == "" {
		return nil
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return invalidValue("paymentProductId")
	}
	if n < 0 || n > 99999 {
		return invalidValue("paymentProductId")
	}
	return nil
}

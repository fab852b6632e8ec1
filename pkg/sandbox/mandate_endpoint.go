package sandbox

import (
	"net/http"
	"regexp"
	"strings"
)

func mandateEndpoints() []endpoint {
	const path = "/mandates/{uniqueMandateReference}"
	return []endpoint{
		{"createMandate", http.MethodPost, "/mandates", false, (*call).createMandate},
		{"getMandate", http.MethodGet, path, false, (*call).getMandate},
		{"blockMandate", http.MethodPost, path + "/block", false, (*call).blockMandate},
		{"unblockMandate", http.MethodPost, path + "/unblock", false, (*call).unblockMandate},
		{"revokeMandate", http.MethodPost, path + "/revoke", false, (*call).revokeMandate},
	}
}

type mandateRequest struct {
	Alias             string           `json:"alias"`
	Customer          *mandateCustomer `json:"customer"`
	CustomerReference string           `json:"customerReference"`
	Language          string           `json:"language"`
	RecurrenceType    string           `json:"recurrenceType"`
	ReturnURL         string           `json:"returnUrl"`
	SignatureType     string           `json:"signatureType"`
	Reference         string           `json:"uniqueMandateReference"`
}

type mandateCustomer struct {
	Account     *mandateAccount `json:"bankAccountIban,omitempty"`
	CompanyName string          `json:"companyName,omitempty"`
	Contact     *mandateContact `json:"contactDetails,omitempty"`
	Address     *mandateAddress `json:"mandateAddress,omitempty"`
	Person      *mandatePerson  `json:"personalInformation,omitempty"`
}

type (
	mandateAccount struct {
		IBAN string `json:"iban,omitempty"`
	}
	mandateContact struct {
		EmailAddress string `json:"emailAddress,omitempty"`
	}
	mandateAddress struct {
		City        string `json:"city,omitempty"`
		CountryCode string `json:"countryCode,omitempty"`
		HouseNumber string `json:"houseNumber,omitempty"`
		Street      string `json:"street,omitempty"`
		Zip         string `json:"zip,omitempty"`
	}
	mandatePerson struct {
		Name  *mandateName `json:"name,omitempty"`
		Title string       `json:"title,omitempty"`
	}
	mandateName struct {
		FirstName string `json:"firstName,omitempty"`
		Surname   string `json:"surname,omitempty"`
	}
)

// mandateText is what SEPA allows in a reference; the contract sets no limit.
var mandateText = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9+?/:().,' -]{0,34}$`)

// redirects says whether the debtor signs on a page: with a text message or at
// the bank. A mandate with another signature is active at once.
func (r *mandateRequest) redirects() bool {
	return r.SignatureType == "SMS" || r.SignatureType == "AIS"
}

func (r *mandateRequest) check() *refusal {
	switch {
	case r.Reference != "" && !mandateText.MatchString(r.Reference):
		return invalidValue("uniqueMandateReference")
	case r.ReturnURL != "" && !returnURLText.MatchString(r.ReturnURL):
		return invalidValue("returnUrl")
	case r.ReturnURL == "" && r.redirects():
		return missingValue("returnUrl")
	}
	return nil
}

type (
	shownMandate struct {
		Alias             string           `json:"alias,omitempty"`
		Customer          *mandateCustomer `json:"customer,omitempty"`
		CustomerReference string           `json:"customerReference"`
		PDF               string           `json:"mandatePdf"`
		RecurrenceType    string           `json:"recurrenceType"`
		Status            string           `json:"status"`
		Reference         string           `json:"uniqueMandateReference"`
	}
	mandateAnswer struct {
		Mandate shownMandate   `json:"mandate"`
		Action  *mandateAction `json:"merchantAction,omitempty"`
	}
	mandateAction struct {
		ActionType   string          `json:"actionType"`
		RedirectData mandateRedirect `json:"redirectData"`
	}
	mandateRedirect struct {
		ReturnMAC   string `json:"RETURNMAC"`
		RedirectURL string `json:"redirectURL"`
	}
)

func (m *mandate) shown(now int64) mandateAnswer {
	r := &m.request
	return mandateAnswer{Mandate: shownMandate{
		r.Alias, r.Customer, r.CustomerReference, m.pdf(), r.RecurrenceType, m.statusAt(now), m.reference,
	}}
}

// createMandate keeps a mandate under the reference of the request or one of
// its own. That a taken reference is an invalid value is the sandbox's choice.
func (c *call) createMandate() int {
	var req mandateRequest
	fail := c.decode(&req)
	if fail == nil {
		fail = req.check()
	}
	if fail != nil {
		return c.fail(fail)
	}
	m, ok := c.makeMandate(&req)
	if !ok {
		return c.fail(invalidValue("uniqueMandateReference"))
	}
	answer := m.shown(c.now)
	if req.redirects() {
		to, _ := c.pageURL(mandatePath + c.s.openPage(pageRef{kind: mandateKind, id: m.reference}))
		answer.Action = &mandateAction{"REDIRECT", mandateRedirect{m.mac, to}}
	}
	return c.answer(http.StatusCreated, answer)
}

// mandateReference makes a reference of 32 digits and letters.
func (c *call) mandateReference() string {
	return strings.ToUpper(strings.ReplaceAll(c.s.uuid("mandate"), "-", ""))
}

func unknownMandate() *refusal {
	return unknownThing("UNKNOWN_MANDATE_ID", "uniqueMandateReference")
}

func (c *call) getMandate() int {
	m, ok := c.s.mandates.get(c.r.PathValue("uniqueMandateReference"))
	if !ok {
		return c.fail(unknownMandate())
	}
	return c.answer(http.StatusOK, m.shown(c.now))
}

func (c *call) blockMandate() int { return c.moveMandate(MandateBlocked, MandateActive) }

func (c *call) unblockMandate() int {
	return c.moveMandate(MandateActive, MandateBlocked)
}

// revokeMandate ends a mandate for good. No answer has a field for the
// reason.
func (c *call) revokeMandate() int {
	return c.moveMandate(MandateRevoked, MandateCreated, MandateActive, MandateBlocked)
}

func (c *call) moveMandate(to string, from ...string) int {
	m, known, moved := c.s.mandates.move(c.now, c.r.PathValue("uniqueMandateReference"), to, from...)
	switch {
	case !known:
		return c.fail(unknownMandate())
	case !moved:
		return c.fail(notAllowed(http.StatusBadRequest))
	}
	return c.answer(http.StatusOK, m.shown(c.now))
}

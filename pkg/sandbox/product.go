package sandbox

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
)

func productEndpoints() []endpoint {
	const path, group = "/products/{paymentProductId}", "/productgroups"
	return []endpoint{
		{"getPaymentProducts", http.MethodGet, "/products", false, (*call).products},
		{"getPaymentProduct", http.MethodGet, path, false, (*call).product},
		{"getPaymentProductNetworks", http.MethodGet, path + "/networks", false, (*call).networks},
		{"getProductDirectory", http.MethodGet, path + "/directory", false, (*call).directory},
		{"getProductGroups", http.MethodGet, group, false, (*call).productGroups},
		{"getProductGroup", http.MethodGet, group + "/{paymentProductGroupId}", false, (*call).productGroup},
	}
}

type (
	shownProduct struct {
		ID             int32          `json:"id"`
		Method         string         `json:"paymentMethod"`
		Group          string         `json:"paymentProductGroup,omitempty"`
		Authentication bool           `json:"allowsAuthentication"`
		Recurring      bool           `json:"allowsRecurring"`
		Tokenization   bool           `json:"allowsTokenization"`
		Redirects      bool           `json:"usesRedirectionTo3rdParty"`
		Hints          shownHints     `json:"displayHints"`
		HintsList      []shownHints   `json:"displayHintsList"`
		Fields         []shownField   `json:"fields,omitempty"`
		Accounts       *[]struct{}    `json:"accountsOnFile,omitempty"`
		ApplePay       *shownNetworks `json:"paymentProduct302SpecificData,omitempty"`
		GooglePay      *shownNetworks `json:"paymentProduct320SpecificData,omitempty"`
	}
	shownHints struct {
		Order int    `json:"displayOrder"`
		Label string `json:"label,omitempty"`
		Logo  string `json:"logo"`
	}
	shownField struct {
		ID           string `json:"id"`
		Type         string `json:"type"`
		Restrictions struct {
			Required bool `json:"isRequired"`
		} `json:"dataRestrictions"`
	}
	shownNetworks struct {
		Networks []string `json:"networks"`
	}
)

// A productQuery is what the calls for products take.
type productQuery struct {
	recurring                      bool
	noFields, noAccounts, noLabels bool
	noProductsWithoutFields        bool
}

var countryText = regexp.MustCompile(`^[A-Z]{2}$`)

// productQuery reads and checks the query.
func (c *call) productQuery() (q productQuery, fail *refusal) {
	values, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return q, malformed()
	}
	fail = first(
		matches(values, "countryCode", countryText, true), matches(values, "currencyCode", currencyText, true),
		matches(values, "locale", localeText, false), queryAmount(values.Get("amount")), q.hide(values["hide"]),
	)
	switch values.Get("isRecurring") {
	case "true":
		q.recurring = true
	case "", "false":
	default:
		fail = first(fail, invalidValue("isRecurring"))
	}
	return q, fail
}

func matches(values url.Values, name string, form *regexp.Regexp, required bool) *refusal {
	switch value := values.Get(name); {
	case value == "" && required:
		return missingValue(name)
	case value != "" && !form.MatchString(value):
		return invalidValue(name)
	}
	return nil
}

func queryAmount(text string) *refusal {
	if amount, err := strconv.ParseInt(text, 10, 64); text != "" && (err != nil || amount < 0 || amount > maxAmount) {
		return invalidValue("amount")
	}
	return nil
}

func (q *productQuery) hide(names []string) *refusal {
	for _, name := range names {
		switch name {
		case "fields":
			q.noFields = true
		case "accountsOnFile":
			q.noAccounts = true
		case "translations":
			q.noLabels = true
		case "productsWithoutFields":
			q.noProductsWithoutFields = true
		default:
			return invalidValue("hide")
		}
	}
	return nil
}

// show returns how a product is shown.
func (q *productQuery) show(p product) shownProduct {
	m := methodOfProduct(p.id)
	s := shownProduct{
		ID: p.id, Method: methodNames[m], Authentication: m == byCard, Recurring: m != byRedirect,
		Tokenization: m == byCard, Redirects: m == byRedirect,
		Hints: q.hints(p.label, "product", int(p.id), slices.Index(allProducts, p)),
	}
	s.HintsList = []shownHints{s.Hints}
	if m == byCard {
		s.Group = cardGroup
		if !q.noFields {
			s.Fields = cardFields()
		}
	}
	if !q.noAccounts {
		s.Accounts = &[]struct{}{}
	}
	networks := networksOf(p.id)
	switch p.id {
	case 302:
		s.ApplePay = &shownNetworks{networks}
	case 320:
		s.GooglePay = &shownNetworks{networks}
	}
	return s
}

func (q *productQuery) hints(label, kind string, id, order int) shownHints {
	h := shownHints{Order: order, Label: label, Logo: "https://assets.example/" + kind + "-" + strconv.Itoa(id) + ".svg"}
	if q.noLabels {
		h.Label = ""
	}
	return h
}

func cardFields() []shownField {
	fields := []shownField{
		{ID: "cardNumber", Type: "numericstring"},
		{ID: "cardholderName", Type: "string"},
		{ID: "cvv", Type: "numericstring"},
		{ID: "expiryDate", Type: "expirydate"},
	}
	for i := range fields {
		fields[i].Restrictions.Required = fields[i].ID != "cardholderName"
	}
	return fields
}

func (c *call) products() int {
	q, fail := c.productQuery()
	if fail != nil {
		return c.fail(fail)
	}
	var a struct {
		Products []shownProduct `json:"paymentProducts"`
	}
	a.Products = make([]shownProduct, 0, len(allProducts))
	for _, p := range allProducts {
		card := methodOfProduct(p.id) == byCard
		if shown := q.show(p); (shown.Recurring || !q.recurring) && (card || !q.noProductsWithoutFields) {
			a.Products = append(a.Products, shown)
		}
	}
	return c.answer(http.StatusOK, a)
}

// knownProduct returns the product that the path names.
func (c *call) knownProduct() (product, *refusal) {
	id := c.r.PathValue("paymentProductId")
	i := slices.IndexFunc(allProducts, func(p product) bool { return strconv.Itoa(int(p.id)) == id })
	if i < 0 {
		return product{}, unknownThing("UNKNOWN_PRODUCT_ID", "paymentProductId")
	}
	return allProducts[i], nil
}

func (c *call) product() int {
	q, fail := c.productQuery()
	p, unknown := c.knownProduct()
	if fail = first(fail, unknown); fail != nil {
		return c.fail(fail)
	}
	return c.answer(http.StatusOK, q.show(p))
}

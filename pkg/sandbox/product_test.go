package sandbox_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

const inGermany = "?countryCode=DE&currencyCode=EUR"

type products struct {
	List []struct {
		ID        int    `json:"id"`
		Method    string `json:"paymentMethod"`
		Recurring bool   `json:"allowsRecurring"`
		Fields    []any  `json:"fields"`
		Accounts  *[]any `json:"accountsOnFile"`
		Hints     []struct {
			Label string `json:"label"`
		} `json:"displayHintsList"`
	} `json:"paymentProducts"`
}

func (c client) products(t *testing.T, query string) products {
	t.Helper()
	a := c.get(t, "/products"+inGermany+query)
	require.Equal(t, 200, a.status, "%s", a.raw)
	var p products
	require.NoError(t, json.Unmarshal(a.raw, &p))
	return p
}

func TestPaymentProducts(t *testing.T) {
	t.Parallel()
	c := start(t)
	all := c.products(t, "").List
	require.Len(t, all, 46)
	methods := map[int]string{}
	for _, p := range all {
		methods[p.ID] = p.Method
		require.NotEmpty(t, p.Hints[0].Label)
		require.NotNil(t, p.Accounts)
		require.Equal(t, p.Method == "card", len(p.Fields) > 0)
	}
	require.Equal(t, [4]string{"card", "mobile", "sepaDirectDebit", "redirect"}, [4]string{methods[1], methods[320], methods[771], methods[809]})
	for _, p := range c.products(t, "&hide=fields&hide=translations&hide=accountsOnFile").List {
		require.Empty(t, p.Fields)
		require.Empty(t, p.Hints[0].Label)
		require.Nil(t, p.Accounts)
	}
	for _, p := range c.products(t, "&hide=productsWithoutFields").List {
		require.Equal(t, "card", p.Method)
	}
	recurring := c.products(t, "&isRecurring=true&amount=1000&locale=de_DE").List
	require.Less(t, len(recurring), len(all))
	for _, p := range recurring {
		require.True(t, p.Recurring)
	}
}

func TestOnePaymentProduct(t *testing.T) {
	t.Parallel()
	c := start(t)
	visa := c.get(t, "/products/1"+inGermany)
	require.Equal(t, "Visa Cards", visa.text("displayHints.label")+" "+visa.text("paymentProductGroup"))
	require.Equal(t, "cardNumber", visa.text("fields.0.id"))
	require.Equal(t, true, visa.at("fields.0.dataRestrictions.isRequired"))
	require.Equal(t, "AMEX", c.get(t, "/products/302"+inGermany).text("paymentProduct302SpecificData.networks.0"))
	require.Equal(t, "AMEX", c.get(t, "/products/320/networks"+inGermany).text("networks.0"))
	require.JSONEq(t, `{"networks":[]}`, string(c.get(t, "/products/1/networks"+inGermany).raw))
	require.Equal(t, "ABN AMRO", c.get(t, "/products/809/directory"+inGermany).text("entries.0.issuerName"))
	for path, id := range map[string]string{
		"/products/4" + inGermany:            "UNKNOWN_PRODUCT_ID",
		"/products/01" + inGermany:           "UNKNOWN_PRODUCT_ID",
		"/products/x/networks" + inGermany:   "UNKNOWN_PRODUCT_ID",
		"/products/-1/directory" + inGermany: "UNKNOWN_PRODUCT_ID",
		"/products/1/directory" + inGermany:  "NO_DIRECTORY_FOR_PRODUCT",
		"/productgroups/boats" + inGermany:   "UNKNOWN_PRODUCT_GROUP_ID",
	} {
		a := c.get(t, path)
		require.Equal(t, 404, a.status, path)
		require.Equal(t, id, a.text("errors.0.id"), path)
	}
	require.Equal(t, "Cards", c.get(t, "/productgroups"+inGermany).text("paymentProductGroups.0.id"))
	require.Equal(t, "Cards", c.get(t, "/productgroups/cards"+inGermany).text("displayHints.label"))
}

func TestQueriesOfProducts(t *testing.T) {
	t.Parallel()
	c := start(t)
	for query, property := range map[string]any{
		"":                                  "countryCode",
		"?countryCode=DE":                   "currencyCode",
		"?currencyCode=EUR":                 "countryCode",
		"?countryCode=de&currencyCode=EUR":  "countryCode",
		"?countryCode=DE&currencyCode=EU":   "currencyCode",
		inGermany + "&amount=-1":            "amount",
		inGermany + "&amount=1.5":           "amount",
		inGermany + "&amount=9999999999999": "amount",
		inGermany + "&isRecurring=yes":      "isRecurring",
		inGermany + "&hide=everything":      "hide",
		inGermany + "&locale=german":        "locale",
		inGermany + "&hide=fields;x":        nil,
	} {
		for _, path := range []string{"/products", "/products/1", "/products/320/networks", "/products/809/directory", "/productgroups", "/productgroups/cards"} {
			a := c.get(t, path+query)
			require.Equal(t, 400, a.status, path+query)
			require.Equal(t, property, a.at("errors.0.propertyName"), path+query)
		}
	}
}

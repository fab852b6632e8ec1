package sandbox

import (
	"net/http"
	"strings"
)

// cardGroup is the only group that there is.
const cardGroup = "Cards"

type shownGroup struct {
	ID        string       `json:"id"`
	Hints     shownHints   `json:"displayHints"`
	HintsList []shownHints `json:"displayHintsList"`
}

// networksOf returns the card networks of a wallet; other products have none.
func networksOf(id int32) []string {
	if id == 302 || id == 320 {
		return []string{"AMEX", "MASTERCARD", "VISA"}
	}
	return []string{}
}

func (c *call) networks() int {
	_, fail := c.productQuery()
	p, unknown := c.knownProduct()
	if fail = first(fail, unknown); fail != nil {
		return c.fail(fail)
	}
	return c.answer(http.StatusOK, shownNetworks{networksOf(p.id)})
}

// directory lists the banks of iDEAL, the only product that has any here.
func (c *call) directory() int {
	_, fail := c.productQuery()
	p, unknown := c.knownProduct()
	if fail = first(fail, unknown); fail != nil {
		return c.fail(fail)
	}
	if p.id != 809 {
		return c.fail(unknownThing("NO_DIRECTORY_FOR_PRODUCT", "paymentProductId"))
	}
	type entry struct {
		ID   string `json:"issuerId"`
		List string `json:"issuerList"`
		Name string `json:"issuerName"`
	}
	return c.answer(http.StatusOK, map[string][]entry{"entries": {
		{"ABNANL2A", "short", "ABN AMRO"}, {"INGBNL2A", "short", "ING"}, {"RABONL2U", "short", "Rabobank"},
	}})
}

func (q *productQuery) showGroup() shownGroup {
	g := shownGroup{ID: cardGroup, Hints: q.hints(cardGroup, "group", 1, 0)}
	g.HintsList = []shownHints{g.Hints}
	return g
}

func (c *call) productGroups() int {
	q, fail := c.productQuery()
	if fail != nil {
		return c.fail(fail)
	}
	return c.answer(http.StatusOK, map[string][]shownGroup{"paymentProductGroups": {q.showGroup()}})
}

func (c *call) productGroup() int {
	q, fail := c.productQuery()
	if fail == nil && !strings.EqualFold(c.r.PathValue("paymentProductGroupId"), cardGroup) {
		fail = unknownThing("UNKNOWN_PRODUCT_GROUP_ID", "paymentProductGroupId")
	}
	if fail != nil {
		return c.fail(fail)
	}
	return c.answer(http.StatusOK, q.showGroup())
}

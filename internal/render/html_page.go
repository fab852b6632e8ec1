package render

import (
	"html/template"
	"strconv"
	"strings"
	"time"

	"github.com/payreconcile/payreconcile/pkg/plan"
)

// A htmlPage is what the template of a page shows. All of its text is
// harmless.
type htmlPage struct {
	Title, Policy         string
	Style                 template.CSS
	Environment, Merchant string
	Live, Expired         bool
	Letters               []string // of the plan id, those that people compare
	Until                 string   // for the script
	Lead, Facts           []htmlFact
	Manifests             []ManifestFile
	ManifestsMore         []ManifestFile // those that are folded
	Alarms                []htmlAlarm
	Directions            []htmlDirection
	Signs                 []htmlSign
	Payments              htmlPayments
	Currencies            []htmlCurrency
	Denials               []htmlDenial
	DenialsMore           int64
	Sheets                []htmlSheet
	Rows                  int
	PageSizes             []int
	Total                 string
}

// A htmlFact is a name and what it is.
type htmlFact struct {
	Name, Text string
	Head       string // what stands before Text in bold: the letters that people compare
	Code       bool   // letters and digits to compare
	Strong     bool
}

// A htmlDirection is where money goes, with the sums of each currency.
type htmlDirection struct {
	Class, Title, Text string
	Sums               []htmlSum
	Also               []htmlMoney // what final captures release besides
	AlsoText           string
}

type htmlSum struct {
	Money htmlMoney
	Calls string
}

// A htmlSheet is one table of the page, with its first rows.
type htmlSheet struct {
	Index                       int
	ID, Title, Text, What, Then string
	Amount, Count, Unit         string
	Rows                        []*htmlRow
	More                        string // how many rows do not stand in it; "" when all do
	Loud, Folded                bool
}

type htmlDenial struct{ Rule, Payment, Ref, Message, Override, Source string }

func pageOf(h plan.Header, f plan.Footer, s *htmlSurvey, o HTMLOptions) *htmlPage {
	letters := pageName(short(f.PlanID))
	p := &htmlPage{
		Environment: pageName(h.Environment), Merchant: pageName(h.Merchant), Live: h.Environment == "live",
		Expired: !o.Now.IsZero() && !o.Now.Before(h.Expires), Letters: fours(letters),
		Directions: directions(f, s), Payments: paymentsOf(f.Counts, s), Rows: o.Rows, PageSizes: pageSizes(o.Rows),
	}
	p.Title = "Plan " + letters + " for " + p.Environment + ", merchant " + p.Merchant
	p.Style = pageStyle(p.Title)
	p.Policy = contentPolicy(p.Style, pageScript())
	if !h.Expires.IsZero() {
		p.Until = h.Expires.UTC().Format(time.RFC3339)
	}
	p.Lead, p.Facts = lead(h, f), facts(h, f)
	for _, m := range h.Manifests {
		p.Manifests = append(p.Manifests, ManifestFile{Name: pageName(m.Name), SHA256: pageName(m.SHA256)})
	}
	if len(p.Manifests) > fewManifests {
		p.Manifests, p.ManifestsMore = p.Manifests[:fewManifests], p.Manifests[fewManifests:]
	}
	p.Signs, p.Alarms = signs(h, f, s), alarms(f, s)
	for _, c := range s.inOrder() {
		p.Currencies = append(p.Currencies, c.view(f))
	}
	p.denials(f.Judgement)
	var total int64
	for in := range sheets {
		total += s.rows[in]
		if s.rows[in] > 0 {
			p.Sheets = append(p.Sheets, sheetView(in, s))
		}
	}
	p.Total = number(total)
	return p
}

// fours cuts letters into groups that are easy to compare.
func fours(letters string) (groups []string) {
	for r := []rune(letters); len(r) > 0; r = r[min(4, len(r)):] {
		groups = append(groups, string(r[:min(4, len(r))]))
	}
	return groups
}

// pageSizes are how many rows a table can show at once.
func pageSizes(first int) []int {
	all := []int{first}
	for _, n := range []int{50, 200, 1000, 5000} {
		if n > first {
			all = append(all, n)
		}
	}
	return all
}

// few is how many manifests the head of the page names.
const few = 3

func lead(h plan.Header, f plan.Footer) []htmlFact {
	maker := "not named"
	if h.Maker != "" {
		maker = pageName(h.Maker)
	}
	names := make([]string, 0, few)
	for _, m := range h.Manifests[:min(few, len(h.Manifests))] {
		names = append(names, pageName(m.Name))
	}
	if rest := len(h.Manifests) - few; rest > 0 {
		names = append(names, "and "+number(int64(rest))+" more")
	}
	selection := "all payments of the manifests"
	if h.Selection != "" {
		selection = pageProse(h.Selection)
	}
	all := []htmlFact{
		{Name: "Made by", Text: maker},
		{Name: "Made", Text: clock(h.Created)},
		{Name: "Counts until", Text: clock(h.Expires), Strong: true},
		{Name: "From", Text: strings.Join(names, ", ")},
		{Name: "Selected", Text: selection},
	}
	if !f.Oldest.IsZero() {
		all = append(all, htmlFact{Name: "Platform read", Text: clock(f.Oldest) + " to " + clock(f.Newest)})
	}
	return all
}

func facts(h plan.Header, f plan.Footer) []htmlFact {
	orNone := func(sum, none string) htmlFact {
		if sum == "" {
			return htmlFact{Text: none}
		}
		return htmlFact{Text: pageName(sum), Code: true}
	}
	policy, approvers := orNone(h.Policy, "none configured"), orNone(h.Approvers, "none configured")
	policy.Name, approvers.Name = "Policy (SHA-256)", "Approvers (SHA-256)"
	journal := "new: nothing was ever applied with it"
	if j := h.Journal; j.ID != "" {
		journal = pageName(j.ID) + " at record " + strconv.FormatInt(j.Seq, 10)
		if j.New {
			journal += ", new: no history for this merchant"
		}
	}
	all := []htmlFact{
		{Name: "Plan id", Head: pageName(short(f.PlanID)), Text: pageName(f.PlanID[len(short(f.PlanID)):]), Code: true},
		{Name: "Content id", Text: pageName(f.ContentID), Code: true},
		policy, approvers,
		{Name: "Journal", Text: journal},
		{Name: "Program", Text: pageName(h.Tool)},
	}
	if h.CaptureUnit != "" {
		all = append(all, htmlFact{Name: "Captures", Text: "in currencies without two decimals, such as JPY, are sent " + captureUnit(h)})
	}
	if h.RefundOpen {
		all = append(all, htmlFact{Name: "Refunds", Text: "also while more can be captured"})
	}
	return all
}

// directions are where the money goes that the calls move.
func directions(f plan.Footer, s *htmlSurvey) []htmlDirection {
	all := []htmlDirection{
		{Class: "capture", Title: "To us", Text: "Captures: money is taken that customers have reserved"},
		{Class: "refund", Title: "Back to customers", Text: "Refunds: money is returned that was taken"},
		{Class: "cancel", Title: "Released", Text: "Cancels: reserved money that is given up"},
	}
	for i := range all {
		for _, sum := range f.Money {
			if string(sum.Action) == all[i].Class {
				all[i].Sums = append(all[i].Sums, htmlSum{moneyOfSum(sum), count(sum.Count, "call")})
			}
		}
	}
	released := &all[len(all)-1]
	released.AlsoText = either(s.releasing, "1 final capture releases", number(s.releasing)+" final captures release") + " besides"
	for _, c := range s.inOrder() {
		if c.released > 0 {
			released.Also = append(released.Also, moneyOfSum(plan.Sum{Amount: c.released, Currency: c.code}))
		}
	}
	return all
}

func (p *htmlPage) denials(j *plan.Judgement) {
	if j == nil {
		return
	}
	for _, d := range j.Denials {
		p.Denials = append(p.Denials, htmlDenial{
			pageName(d.Rule), pageName(d.Payment), pageName(d.Ref), pageProse(d.Message), pageProse(d.Override), pageName(d.Source),
		})
	}
	p.DenialsMore = max(0, j.Denied-int64(len(j.Denials)))
}

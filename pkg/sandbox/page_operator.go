package sandbox

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

const (
	listed       = 50     // rows of a list
	totalsAtOnce = 10_000 // payments that are added up without being asked
)

// operatorPages are the pages of whoever runs the sandbox, by path.
func (s *Sandbox) operatorPages() map[string]func(*http.Request) page {
	return map[string]func(*http.Request) page{
		"/{$}":           s.frontPage,
		"/payments/{id}": s.paymentPage,
		"/checkouts":     s.checkoutsPage,
		"/links":         s.linksPage,
		"/payouts":       s.payoutsPage,
		"/webhooks":      s.webhooksPage,
		"/faults":        s.faultsPage,
	}
}

// An overview is what an operator's page shows.
type overview struct {
	Title, Merchant string
	Now             string
	Tab             string // path of the tab that is open
	Live            string // address of the same page that refreshes, or no longer does
	Refresh         bool
	Search          string
	Searchable      bool
	Payments        string   // how many there are
	Totals          string   // address that adds up the totals, when they are not shown
	Payment         *summing // of the page of one payment
	Tables          []table
}

type table struct {
	Title, Empty string
	Columns      []column
	Rows         [][]cell

	Older, Newest string // addresses of other parts of the list
}

type column struct {
	Name   string
	Number bool
}

type cell struct {
	Text, Href string
	Number     bool
	Mono       bool
	Tone       string // of a status: good, wait, bad or plain
}

func plainCell(text string) cell  { return cell{Text: text} }
func numberCell(text string) cell { return cell{Text: text, Number: true} }
func monoCell(text string) cell   { return cell{Text: text, Mono: true} }

func moneyCell(amount int64, currency string) cell { return numberCell(money(amount, currency)) }

// timeCell writes a moment in UTC; never and zero are left empty.
func timeCell(at int64) cell {
	if at == never || at == 0 {
		return cell{}
	}
	return monoCell(time.Unix(0, at).UTC().Format(time.RFC3339))
}

func paymentCell(id string) cell {
	if id == "" {
		return cell{}
	}
	return cell{Text: id, Href: "/payments/" + url.PathEscape(id), Mono: true}
}

// codeCell writes a status with its code.
func codeCell(code int16) cell {
	info, tone := infoOf(code), "plain"
	switch info.category {
	case completed, refunded:
		tone = "good"
	case merchant:
		tone = "open"
	case connecting, reversed:
		tone = "wait"
	case unsuccessful:
		tone = "bad"
	}
	if code == codeCancelled {
		tone = "plain"
	}
	return cell{Text: info.status + " " + strconv.Itoa(int(code)), Tone: tone}
}

func columns(names ...string) []column {
	all := make([]column, 0, len(names))
	for _, name := range names {
		if bare := name[1:]; name[0] == '#' {
			all = append(all, column{bare, true})
			continue
		}
		all = append(all, column{name, false})
	}
	return all
}

// overview starts an operator's page. Live pages load again every few seconds.
func (s *Sandbox) overview(r *http.Request, title, tab string) overview {
	o := overview{
		Title: title, Merchant: s.merchantID, Tab: tab,
		Now: time.Unix(0, s.present()).UTC().Format(time.RFC3339),
	}
	query := r.URL.Query()
	o.Refresh = query.Has("live")
	if query.Del("live"); !o.Refresh {
		query.Set("live", "1")
	}
	o.Live = "?" + query.Encode()
	return o
}

func (o *overview) page(status int) page { return page{status: status, name: "operator.html", data: o} }

// frontPage shows the newest payments, or those that a reference leads to.
func (s *Sandbox) frontPage(r *http.Request) page {
	query := r.URL.Query()
	search := query.Get("q")
	if base, _, ok := parseID(search); ok && s.payments.get(base) != nil {
		return page{to: "/payments/" + formatID(base, 0)}
	}
	o := s.overview(r, "Payments", "/")
	n := s.payments.len()
	o.Search, o.Searchable, o.Payments = search, true, strconv.Itoa(n)
	before, cut, ok := parseID(query.Get("before"))
	if !ok || cut != 0 {
		before = never
	}
	if n <= totalsAtOnce || query.Has("totals") {
		o.Tables = append(o.Tables, s.totalsTable())
	} else {
		o.Totals = "/?totals=1"
	}
	newest := s.payments.newest(listed+1, before, search)
	t := s.paymentTable(newest[:min(listed, len(newest))], search)
	if before != never {
		t.Newest = "/?" + url.Values{"q": {search}}.Encode()
	}
	if len(newest) > listed {
		t.Older = "/?" + url.Values{"q": {search}, "before": {formatID(newest[listed-1].base, 0)}}.Encode()
	}
	o.Tables = append(o.Tables, t)
	if requests := s.requestTable(); len(requests.Rows) > 0 {
		o.Tables = append(o.Tables, requests)
	}
	return o.page(http.StatusOK)
}

func (s *Sandbox) paymentTable(newest []*payment, search string) table {
	t := table{
		Title: "Newest payments", Empty: "No payments yet.",
		Columns: columns("Payment", "Created", "Reference", "Status", "#Amount", "#Captured", "#Cancelled", "#Refunded"),
	}
	if search != "" {
		t.Title, t.Empty = "Payments found", "No payment has this id or reference."
	}
	c := s.outside()
	defer c.leave()
	for _, p := range newest {
		p.mu.Lock()
		st := p.current(c)
		reference := ""
		if p.refs != nil {
			reference = p.refs.merchant
		}
		t.Rows = append(t.Rows, []cell{
			paymentCell(formatID(p.base, 0)), timeCell(p.created), plainCell(reference), codeCell(st.code),
			moneyCell(p.amount, p.currency), amountCell(st.captured, p.currency),
			amountCell(st.cancelled, p.currency), amountCell(st.refunded, p.currency),
		})
		p.mu.Unlock()
	}
	return t
}

// amountCell leaves nothing empty.
func amountCell(amount int64, currency string) cell {
	if amount == 0 {
		return cell{Number: true}
	}
	return moneyCell(amount, currency)
}

func (s *Sandbox) requestTable() table {
	t := table{Title: "Requests", Columns: columns("Operation", "#Requests")}
	all := s.Requests()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if all[name] > 0 {
			t.Rows = append(t.Rows, []cell{monoCell(name), numberCell(strconv.FormatInt(all[name], 10))})
		}
	}
	return t
}

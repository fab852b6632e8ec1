package sandbox_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

func TestLoadSeed(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.seed(
		t,
		`{"id":"3066177123_0","amount":12500,"currency":"EUR","merchantReference":"order-1001","mode":"PRE_AUTHORIZATION","operations":[`+
			`{"kind":"capture","amount":8000,"ref":"ship-1"},{"kind":"capture","amount":1000,"ref":"hidden","noReference":true},`+
			`{"kind":"refund","amount":500,"code":81},{"kind":"cancel","amount":100,"code":62},{"kind":"capture","amount":10,"code":1234}]}`,
		`{"id":"3066177124","amount":7,"currency":"JPY","method":"redirect","paymentProductId":3203,"code":46}`,
		`{"id":"3066177125_0","amount":7,"currency":"EUR","paymentProductId":302,"mode":"SALE"}`,
	)
	details := c.get(t, "/payments/3066177123_0/details")
	require.Equal(t, "5 yes yes no 12500 | 5:12500 9:8000 9:1000 81:500 62:100 1234:10",
		strings.Replace(describe(details), "12400", "12500", 1))
	require.Equal(t, "ship-1", details.text("Operations.1.operationReferences.merchantReference"))
	require.Nil(t, details.at("Operations.2.operationReferences"))
	require.Equal(t, "hidden", c.book(t, "3066177123_0").Movements[3].Reference)
	require.Equal(t, "seed", c.book(t, "3066177123_0").Movements[0].Source)
	c.sb.Advance(time.Hour)
	require.Equal(t, "9 9 8 62 1234", c.codes(t, "/payments/3066177123_0"))
	require.Equal(t, "redirect", c.get(t, "/payments/3066177124_0").text("paymentOutput.paymentMethod"))
	require.Equal(t, 302, c.get(t, "/payments/3066177125_0").at("paymentOutput.mobilePaymentMethodSpecificOutput.paymentProductId"))
}

func TestSeedErrorsNameTheLine(t *testing.T) {
	t.Parallel()
	const good = `{"id":"3066177123_0","amount":800,"currency":"EUR"}`
	change := func(from, to string) string { return strings.Replace(good, from, to, 1) }
	with := func(more string) string { return strings.TrimSuffix(good, "}") + "," + more + "}" }
	for name, tt := range map[string]struct{ line, want string }{
		"not JSON":            {"nonsense", "line 3: invalid character 'o' in literal null (expecting 'u')"},
		"two values":          {good + good, "line 3: more than one JSON value"},
		"cut off":             {good[:20], "line 3: unexpected EOF"},
		"unknown field":       {with(`"amonut":1`), `line 3: json: unknown field "amonut"`},
		"an operation's id":   {change("_0", "_1"), `line 3: id "3066177123_1" is not the initial id of a payment, such as 3066177123_0`},
		"no amount":           {change(`"amount":800,`, ""), "line 3: amount 0 is not between 1 and 999999999999"},
		"too much":            {change("800", "1000000000000"), "line 3: amount 1000000000000 is not between 1 and 999999999999"},
		"currency":            {change("EUR", "eur"), `line 3: currency "eur" is not three capital letters`},
		"mode":                {with(`"mode":"AUTH"`), `line 3: mode "AUTH" is none of PRE_AUTHORIZATION, FINAL_AUTHORIZATION, SALE`},
		"method":              {with(`"method":"cash"`), `line 3: method "cash" is none of ["card" "mobile" "redirect" "sepaDirectDebit"]`},
		"product":             {with(`"paymentProductId":-1`), "line 3: paymentProductId -1 is not between 0 and 99999"},
		"refund code":         {with(`"code":81`), "line 3: code 81 is that of a refund: write it as an operation"},
		"sale with code 5":    {with(`"code":5,"mode":"SALE"`), "line 3: code 5 is not that of a sale"},
		"kind":                {with(`"operations":[{"kind":"void","amount":1}]`), `line 3: operations[0]: kind "void" is none of capture, cancel, refund`},
		"captured too much":   {with(`"operations":[{"kind":"capture","amount":500},{"kind":"capture","amount":301}]`), "line 3: operations[1]: capture of 301 is more than the 300 that are left"},
		"refunded too much":   {with(`"operations":[{"kind":"refund","amount":1}]`), "line 3: operations[0]: refund of 1 is more than the 0 that are left"},
		"operation of 0":      {with(`"operations":[{"kind":"cancel"}]`), "line 3: operations[0]: amount 0 is not between 1 and 999999999999"},
		"no money to move":    {with(`"code":46,"operations":[{"kind":"capture","amount":1}]`), "line 3: a payment with code 46 cannot have operations"},
		"the same payment":    {change("3066177123_0", "9000003066177122000"), `line 3: id "9000003066177122000": there is a payment with this id already`},
		"a line without end":  {strings.Repeat(" ", 2<<20), "line 3: bufio.Scanner: token too long"},
		"fraction of a cent":  {change("800", "8.5"), "line 3: json: cannot unmarshal number 8.5 into Go struct field seedLine.amount of type int64"},
		"id is not ten digit": {change("3066177123_0", "306617712"), `line 3: id "306617712" is not the initial id of a payment, such as 3066177123_0`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t)
			n, err := c.sb.LoadSeed(strings.NewReader(change("3066177123", "3066177122") + "\n\n" + tt.line))
			require.Equal(t, 1, n)
			require.EqualError(t, err, "load seed: "+tt.want)
			require.Equal(t, 200, c.get(t, "/payments/3066177122_0").status)
		})
	}
}

func TestSeedPayments(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.seed(t, `{"id":"3000000002_0","amount":1,"currency":"EUR"}`)
	c.sb.SeedPayments(2)
	c.sb.SeedPayments(3000)
	var first []int64
	n := 0
	for b := range c.sb.Ledger() {
		if n++; n <= 3 {
			first = append(first, b.Authorized)
		}
		require.NotContains(t, []int64{1302, 1303, 1306, 1309, 1203, 1206, 1209}, b.Authorized)
	}
	require.Equal(t, 3003, n)
	if diff := cmp.Diff([]int64{1000, 1, 1000 + 2*7919}, first); diff != "" {
		t.Errorf("amounts (-want +got):\n%s", diff)
	}
	require.Equal(t, "order-3", c.get(t, "/payments/3000000003_0").text("paymentOutput.references.merchantReference"))
	require.Equal(t, 200, c.get(t, "/payments/3000003003_0").status)
	require.Equal(t, 404, c.get(t, "/payments/3000003004_0").status)
	_, err := c.sb.LedgerOf("3000003004_0")
	require.EqualError(t, err, `read ledger: no payment "3000003004_0"`)
}

// FuzzLoadSeed looks for lines that break the ledger or the answers.
func FuzzLoadSeed(f *testing.F) {
	for _, line := range []string{
		`{"id":"3066177123_0","amount":12500,"currency":"EUR","operations":[{"kind":"capture","amount":8000,"ref":"ship-1"}]}`,
		`{"id":"3066177123_0","amount":1,"currency":"EUR","mode":"SALE","code":92,"operations":[{"kind":"refund","amount":1,"code":82}]}`,
		`{"id":"3066177123","amount":9,"currency":"EUR","code":93}`,
		`{"id":"3066177123","amount":9,"currency":"EUR","code":-1,"merchantReference":"\u0000\ud800"}`,
		`[]`, `null`, `{"id":`,
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		c := start(t)
		n, err := c.sb.LoadSeed(strings.NewReader(line))
		if n == 0 && err == nil && strings.TrimSpace(line) != "" {
			t.Fatal("neither a payment nor an error")
		}
		for b := range c.sb.Ledger() {
			a := c.get(t, "/payments/"+b.Payment+"/details")
			require.Equal(t, 200, a.status)
			require.Equal(t, b.Payment, a.text("id"))
		}
		c.sb.Advance(time.Hour)
		for b := range c.sb.Ledger() {
			checkBook(t, b)
		}
	})
}

// checkBook adds the movements of a book up once more.
func checkBook(t require.TestingT, b sandbox.Book) {
	balances := map[sandbox.Account]int64{}
	for _, m := range b.Movements {
		balances[m.From] -= m.Amount
		balances[m.To] += m.Amount
	}
	for account, v := range b.Balances {
		require.Equal(t, balances[account], v, "%v", account)
	}
	captured, refunded := b.Sum(sandbox.Capture), b.Sum(sandbox.Refund)
	require.LessOrEqual(t, captured+b.Sum(sandbox.Cancel), b.Authorized)
	require.LessOrEqual(t, refunded, captured)
}

package csvimport_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/csvimport"
	"github.com/payreconcile/payreconcile/internal/manifest"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// options reads a map such as "id=Id,capture=Amount".
func options(t testing.TB, columns string) csvimport.Options {
	t.Helper()
	c := csvimport.Columns{}
	require.NoError(t, c.Set(columns))
	return csvimport.Options{Columns: c, Currency: "EUR", As: spec.Items}
}

// imported is what a file became: a manifest without its head, or its faults.
func imported(t testing.TB, o csvimport.Options, text string) string {
	t.Helper()
	w, err := manifest.NewWriter(manifest.Head{})
	require.NoError(t, err)
	defer func() { require.NoError(t, w.Close()) }()
	_, err = csvimport.Read(t.Context(), spec.Inline("e.csv", text), o, w.Add)
	if err != nil {
		var faults spec.Errors
		require.ErrorAs(t, err, &faults)
		for _, f := range faults {
			require.NotEmpty(t, f.Hint, f.Error())
		}
		return err.Error()
	}
	var out bytes.Buffer
	require.NoError(t, w.WriteTo(t.Context(), &out))
	var lines []string
	for line := range strings.Lines(out.String()) {
		if rest, is := strings.CutPrefix(line, "    - "); is {
			lines = append(lines, strings.TrimSpace(rest))
		}
	}
	return strings.Join(lines, "\n")
}

const all = "id=Id,merchantReference=Order,currency=Cur,authorized=Auth,capture=Cap,cancel=Void,refund=Back,ref=Doc,final=Last,reason=Why"

func TestRead(t *testing.T) {
	t.Parallel()
	comma := func(o *csvimport.Options) { o.Decimal = ',' }
	for name, tt := range map[string]struct {
		columns string
		with    func(*csvimport.Options)
		text    string
		want    string
	}{
		"everything": {
			all, nil,
			"Id;Order;Cur;Auth;Cap;Void;Back;Doc;Last;Why\n3066177123_0;order-1;EUR;125.00;80.00;;;d-1;;\n3066177123_0;;;;45.00;;20.00;d-2;yes;\"too \"\"big\"\"\"\n",
			`{id: "3066177123_0", merchantReference: "order-1", authorized: 125.00, captures: [{ref: "d-1", amount: 80.00}, {ref: "d-2", amount: 45.00, final: true}], refunds: [{ref: "d-2", amount: 20.00, reason: "too \"big\""}]}`,
		},
		"as Excel writes it":        {"id=Id,capture=Cap", comma, "\ufeffsep=;\r\nId;Cap\r\n3066177123_0;\"12,50\"\r\n;\r\n", `{id: "3066177123_0", captured: 12.50}`},
		"commas":                    {"id=Id,capture=Cap", nil, "Id,Cap\n3066177123_0,12.50\n", `{id: "3066177123_0", captured: 12.50}`},
		"tabs and spaces":           {"id=Id,capture=Cap", nil, "Id\t Cap \n 3066177123_0 \t 12.50 \n", `{id: "3066177123_0", captured: 12.50}`},
		"numbers of columns":        {"id=2,capture=1", func(o *csvimport.Options) { o.NoHeader = true }, "12.50;3066177123_0\n1.00;3066177124_0", "{id: \"3066177123_0\", captured: 12.50}\n{id: \"3066177124_0\", captured: 1.00}"},
		"rows that stand apart":     {"id=Id,capture=Cap,ref=Doc", nil, "Id;Cap;Doc\n1_0;1.00;a\n2_0;2.00;a\n1;3.00;b\n1;4.00;c\n2_0;5.00;b\n1_0;6.00;d\n", "{id: \"1_0\", captures: [{ref: \"a\", amount: 1.00}, {ref: \"b\", amount: 3.00}, {ref: \"c\", amount: 4.00}, {ref: \"d\", amount: 6.00}]}\n{id: \"2_0\", captures: [{ref: \"a\", amount: 2.00}, {ref: \"b\", amount: 5.00}]}"},
		"totals":                    {"id=Id,capture=Cap", func(o *csvimport.Options) { o.As = spec.Total }, "Id;Cap\n1_0;1.00\n2_0;2.00\n1_0;3.00\n", "{id: \"1_0\", captured: 4.00}\n{id: \"2_0\", captured: 2.00}"},
		"negative refunds":          {"id=Id,capture=Cap,ref=Doc", func(o *csvimport.Options) { o.NegativeRefunds = true }, "Id;Cap;Doc\n1_0;9.00;a\n1_0;-3.00;b\n", `{id: "1_0", captures: [{ref: "a", amount: 9.00}], refunds: [{ref: "b", amount: 3.00}]}`},
		"zero is none":              {"id=Id,capture=Cap,refund=Back", nil, "Id;Cap;Back\n1_0;9.00;0.00\n", `{id: "1_0", captured: 9.00}`},
		"yen and dinar":             {"id=Id,capture=Cap,currency=Cur", comma, "Id;Cap;Cur\n1_0;1234;JPY\n2_0;1,234;KWD\n", "{id: \"1_0\", captured: 1234}\n{id: \"2_0\", captured: 1.234}"},
		"Latin-1":                   {"id=Id,refund=Back,ref=Doc,reason=Gr\u00fcnde", func(o *csvimport.Options) { o.Encoding = "latin1" }, "Id;Back;Doc;Gr\xfcnde\n1_0;9.00;a;besch\xe4digt\n", `{id: "1_0", refunds: [{ref: "a", amount: 9.00, reason: "beschädigt"}]}`},
		"Windows-1252":              {"id=Id,merchantReference=Ref", func(o *csvimport.Options) { o.Encoding = "windows-1252" }, "Id;Ref\n1_0;5 \x80\n", `{id: "1_0", merchantReference: "5 €"}`},
		"text that YAML would bend": {"id=Id,merchantReference=Ref", nil, "Id;Ref\n1_0;- null: ~\n2_0;'#x'\n3_0;שלום\n", "{id: \"1_0\", merchantReference: \"- null: ~\"}\n{id: \"2_0\", merchantReference: \"'#x'\"}\n{id: \"3_0\", merchantReference: \"\\u05E9\\u05DC\\u05D5\\u05DD\"}"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options(t, tt.columns)
			if tt.with != nil {
				tt.with(&o)
			}
			require.Empty(t, cmp.Diff(tt.want, imported(t, o, tt.text)))
		})
	}
}

func TestAmounts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		decimal  byte
		currency spec.Currency
		text     string
		want     string // what is declared, or the beginning of what is wrong
	}{
		{0, "EUR", "12.50", "12.50"},
		{0, "EUR", "12,50", `amount "12,50" has a comma`},
		{0, "EUR", "1.234", `amount "1.234" can be read in two ways`},
		{0, "EUR", "1,234", `amount "1,234" can be read in two ways`},
		{0, "KWD", "1.234", `amount "1.234" can be read in two ways`},
		{0, "KWD", "1234.000", "1234.000"},
		{0, "EUR", "1,234.50", `amount "1,234.50" has a comma, and a point sets decimals apart`},
		{0, "EUR", "12500", `amount "12500" does not show its decimals`},
		{0, "JPY", "12500", "12500"},
		{0, "JPY", "1.234", `amount "1.234" can be read in two ways`},
		{'.', "EUR", "1.234", `amount "1.234" has 3 decimals, and EUR has 2`},
		{'.', "KWD", "1.234", "1.234"},
		{'.', "EUR", "12,50", `amount "12,50" has a comma, and a point sets decimals apart`},
		{',', "EUR", "12,50", "12.50"},
		{',', "EUR", "1.234,50", `amount "1.234,50" has a point, and a comma sets decimals apart here`},
		{',', "EUR", "12.50", `amount "12.50" has a point, and a comma sets decimals apart here`},
		{',', "EUR", "12500", `amount "12500" does not show its decimals`},
		{',', "EUR", "12,5", `amount "12,5" does not show all its decimals`},
		{',', "EUR", "1,234,56", `amount "1,234,56" `},
		{',', "JPY", "1,234", `amount "1,234" has decimals, and JPY has none`},
		{0, "EUR", "1 234.50", `amount "1 234.50" has separators`},
		{0, "EUR", "1\u00a0234.50", `amount "1\u00a0234.50" is not a decimal number`},
		{0, "EUR", "1'234.50", `amount "1'234.50" has separators`},
		{0, "EUR", "-12.50", `amount "-12.50" is negative`},
		{0, "EUR", "12.50-", `amount "12.50-" has its sign behind it`},
		{0, "EUR", "+12.50", `amount "+12.50" has a sign`},
		{0, "EUR", "(12.50)", `amount "(12.50)" is not a decimal number`},
		{0, "EUR", "--12.50", `amount "--12.50" has a sign`},
		{0, "EUR", "1.25E+3", `amount "1.25E+3" is not a decimal number`},
		{0, "EUR", "=SUM(A1:A9)", `"=SUM(A1:A9)" is a formula, not a value`},
		{0, "EUR", "#REF!", `"#REF!" is the error of a formula`},
		{0, "EUR", "80.00 EUR", "80.00"},
		{0, "EUR", "80.00 USD", `amount "80.00 USD" is in "USD", and the payment in EUR`},
		{0, "EUR", "10000000000.00", `amount "10000000000.00" is too large`},
		{0, "EUR", "007.00", `amount "007.00" starts with a zero`},
	} {
		o := options(t, "id=1,capture=2")
		o.Decimal, o.Currency, o.NoHeader, o.Delimiter = tt.decimal, tt.currency, true, ';'
		got := imported(t, o, fmt.Sprintf("1_0;\"%s\"\n", tt.text))
		if strings.ContainsAny(tt.want, `"`) {
			require.True(t, strings.HasPrefix(got, "e.csv:1:5: column 2: "+tt.want), "%s %s: %s", tt.currency, tt.text, got)
			continue
		}
		require.Equal(t, fmt.Sprintf(`{id: "1_0", captured: %s}`, tt.want), got)
	}
}

// All that is wrong is told at once, with its place.
func TestFaults(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		columns string
		with    func(*csvimport.Options)
		text    string
		want    []string
	}{
		"many": {
			all, nil,
			"Id;Order;Cur;Auth;Cap;Void;Back;Doc;Last;Why\n" +
				"3066177123_1;;;;1.00;;;a;;\n" +
				"3.06618E+09;;;;1.00;;;a;;\n" +
				"2_0;order;XXX;;1.00;;;a;;\n" +
				"3_0;order;;;1.00;;;order;maybe;\n" +
				"4_0;order;;;1.00;;;;;\n" +
				"4_0;other;;;1.00;;;a b;;\n" +
				"5_0;order;;;1.00;;;a;;\n" +
				"5_0;order;;;1.00;;;a;;\n" +
				"6_0;=A1;;;1.00;;;a;true;\n" +
				"7_0;x;;0.50;1.00;;;a;;\n" +
				"8_0;x;;0.50;;;;a;true;\n" +
				"9_0;x;;-0.50;;;1.00;a;;\"two\nlines\"\n" +
				"10_0;4111 1111 1111 1111;;;1.00;;;a;;\n" +
				"11_0;;;;1.00;;;a;true;\n11_0;;;;1.00;;;b;;\n" +
				"12_0;;\n",
			[]string{
				`e.csv:2:1: Id: payment id "3066177123_1" is the id of an operation on payment 3066177123`,
				`e.csv:3:1: Id: "3.06618E+09" is an id that a spreadsheet has rounded to a number`,
				`e.csv:4:11: Cur: unknown currency "XXX"`,
				`e.csv:5:26: Last: "maybe" is neither true nor false`,
				`e.csv:6:20: Doc: the capture has no ref`,
				`e.csv:7:5: Order: "other" is not the "order" of line 6, which is about the same payment`,
				`e.csv:9:20: Doc: "a" is the ref of a capture on line 8 already`,
				`e.csv:10:5: Order: "=A1" is a formula, not a value`,
				`e.csv:11:1: Id: 1.00 EUR captured and cancelled is more than the 0.50 EUR authorized`,
				`e.csv:12:18: Last: the row is final and captures nothing`,
				`e.csv:13:8: Auth: amount "-0.50" is negative`,
				`e.csv:15:6: Order: seems to contain a card number`,
				`e.csv:17:9: Cap: follows a final capture`,
				`e.csv:18:1: row has 3 columns, and there should be 10`,
			},
		},
		"refused by the rules": {
			all, nil,
			"Id;Order;Cur;Auth;Cap;Void;Back;Doc;Last;Why\n1_0;x;;;1.00;;;x;;\n2_0;;;;1.00;;;a b;;\n3_0;;;;;;1.00;a;;\"two\nlines\"\n4_0;;;;1.00;;2.00;a;;\n5_0;;;;;;1.00;pr:a;;\n",
			[]string{
				`e.csv:2:16: Doc: is equal to the payment's merchantReference`,
				`e.csv:3:15: Doc: "a b" has a character that a ref cannot have`,
				`e.csv:4:18: Why: has a line break or a character that does not show`,
				`e.csv:6:14: Back: 2.00 EUR refunded is more than the 1.00 EUR captured`,
				`e.csv:7:15: Doc: "pr:a" starts with pr:`,
			},
		},
		"a second amount":        {"id=Id,capture=Cap", nil, "Id;Cap\n1_0;1.00\n1_0;1.00\n", []string{"e.csv:3:5: Cap: payment 1_0 has a second capture, the first on line 2, and no column names them"}},
		"a ref without amount":   {"id=Id,capture=Cap,captureRef=Doc", nil, "Id;Cap;Doc\n1_0;;x\n", []string{"e.csv:2:6: Doc: the row has a ref for a capture and no amount"}},
		"a column that is not":   {"id=Id,capture=Amount", nil, "Id;Amuont\n1_0;1.00\n", []string{`e.csv:1:1: there is no column "Amount", to which capture is mapped`}},
		"a column twice":         {"id=Id,capture=Cap", nil, "Id;Cap;Cap\n1_0;1.00;1.00\n", []string{`e.csv:1:1: there are several columns "Cap", to which capture is mapped`}},
		"a number too large":     {"id=Id,capture=3", nil, "Id;Cap\n1_0;1.00\n", []string{`e.csv:1:1: capture is mapped to column 3, and there are 2`}},
		"two delimiters":         {"id=1,capture=2", nil, "Id;Cap,x\n1_0;1.00,x\n", []string{`e.csv:1:1: it is not clear what separates the columns`}},
		"empty":                  {"id=Id", nil, "", []string{"e.csv:1:1: file is empty"}},
		"only a header":          {"id=Id,capture=Cap", nil, "Id;Cap\n;\n", []string{"e.csv: file has no rows"}},
		"Latin-1":                {"id=Id,merchantReference=Ref", nil, "Id;Ref\n1_0;M\xfcller\n2_0;M\xfcller\n", []string{`e.csv:2:6: text is not UTF-8: "\xfc"`}},
		"quotes":                 {"id=Id,merchantReference=Ref", nil, "Id;Ref\n1_0;\"a\n2_0;b\n", []string{"e.csv:2:5: the quote that opens here is not closed"}},
		"no id":                  {"capture=Cap", nil, "", []string{"no column is said to be the id of the payment"}},
		"no currency":            {"id=Id", func(o *csvimport.Options) { o.Currency = "" }, "", []string{"nothing says what currency the amounts are in"}},
		"a ref of nothing":       {"id=Id,ref=Doc", nil, "", []string{"ref is mapped and no amount is"}},
		"final of a total":       {"id=Id,capture=Cap,final=Last", nil, "", []string{"final is mapped, and belongs to captures with a ref"}},
		"a name without header":  {"id=Id", func(o *csvimport.Options) { o.NoHeader = true }, "", []string{`id is mapped to the column "Id", and there is no header`}},
		"totals with refs":       {"id=Id,capture=Cap,ref=Doc", func(o *csvimport.Options) { o.As = spec.Total }, "", []string{"totals have no refs"}},
		"a negative cancel":      {"id=Id,cancel=Void", func(o *csvimport.Options) { o.NegativeRefunds = true }, "Id;Void\n1_0;-1.00\n", []string{`e.csv:2:5: Void: amount "-1.00" is negative`}},
		"a currency that is not": {"id=Id,currency=Cur,capture=Cap", func(o *csvimport.Options) { o.Currency = "" }, "Id;Cur;Cap\n1_0;;1.00\n", []string{"e.csv:2:5: Cur: payment has no currency"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options(t, tt.columns)
			if tt.with != nil {
				tt.with(&o)
			}
			require.Empty(t, cmp.Diff(strings.Join(tt.want, "\n"), imported(t, o, tt.text)))
		})
	}
}

func TestFaultsAreBounded(t *testing.T) {
	t.Parallel()
	text := "Id;Cap\n" + strings.Repeat("x y;1.00\n", 5000)
	got := imported(t, options(t, "id=Id,capture=Cap"), text)
	require.Equal(t, 1000, strings.Count(got, "has a character that ids do not have"))
	require.Contains(t, got, "\ne.csv: 4000 more faults are not listed")
	text = "Id;Cap;Doc\n" + strings.Repeat("1_0;1.00;a\n", 3000)
	got = imported(t, options(t, "id=Id,capture=Cap,ref=Doc"), text)
	require.Contains(t, got, "more faults are not listed")
	require.Contains(t, got, "e.csv:2002:1: Id: payment 1_0 has over 2000 rows")
	text = "Id;Cap\n" + strings.Repeat("1_0;0.01\n2_0;0.01\n", 30_000)
	o := options(t, "id=Id,capture=Cap")
	o.As = spec.Total
	got = imported(t, o, text)
	require.Contains(t, got, "payment 1_0 has over 2000 rows")
	require.Contains(t, got, "payment 2_0 has over 2000 rows")
}

// No message repeats a card number.
func TestCardsAreNotRepeated(t *testing.T) {
	t.Parallel()
	const card = "4111111111111111"
	for _, text := range []string{
		"Id;Cap;Ref;Last\n" + card + ";1.00;a;\n", "Id;Cap;Ref;Last\n1_0;" + card + ";a;\n", "Id;Cap;Ref;Last\n1_0;-" + card + ";a;\n",
		"Id;Cap;Ref;Last\n1_0;1.00;" + card + ";\n", "Id;Cap;Ref;Last\n1_0;1.00;a;" + card + "\n", "Id;Cap;Ref;Last\n1_0;=" + card + ";a;\n",
		"Id;" + card + ";Ref;Last\n1_0;1.00;a;\n", "Id;Cap;Ref;Last\n1_0;" + card + "-;a;\n", "Id;Cap;Ref;Last\n1_0;" + card + ",5;a;\n",
	} {
		got := imported(t, options(t, "id=Id,capture=Cap,ref=Ref,final=Last"), text)
		require.Contains(t, got, "e.csv:")
		require.NotContains(t, got, card)
	}
}

func TestColumns(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"id":          `cannot read "id"`,
		"id=":         `cannot read "id="`,
		"iid=x":       `unknown target "iid"`,
		"id=x,id=y":   "id is given twice",
		"id=x,amount": `cannot read "amount"`,
	} {
		require.EqualError(t, csvimport.Columns{}.Set(text), want)
	}
}

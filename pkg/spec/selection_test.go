package spec_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// desks is two documents: 1 to 3 at desk eu in team a, 4 and 5 at desk us.
var desks = []string{
	"apiVersion: payreconcile/v1\nkind: Settlement\nmetadata: {labels: {desk: eu, team: a}}\nspec:\n  currency: EUR\n  expect: {payments: 3, captures: 6.00}\n  payments:\n" +
		"    - {id: 1_0, captured: 1.00}\n    - {id: 2_0, captured: 2.00}\n    - {id: 3_0, captured: 3.00}\n",
	"apiVersion: payreconcile/v1\nkind: Settlement\nmetadata: {labels: {desk: us}}\nspec:\n  currency: USD\n  payments:\n" +
		"    - {id: 4_0, captured: 4.00}\n    - {id: 9000000000000005000}\n",
}

func TestSelection(t *testing.T) {
	t.Parallel()
	ids := func(list ...string) []string { return list }
	file := func(text string) spec.SelectionArgs {
		return spec.SelectionArgs{IDsFile: strings.NewReader(text), IDsFileName: "ids.txt"}
	}
	for name, tt := range map[string]struct {
		args     spec.SelectionArgs
		selected string // base ids
		text     string
		json     string
		fault    string
	}{
		"everything":             {spec.SelectionArgs{}, "1 2 3 4", "all payments", `{}`, ""},
		"a label":                {spec.SelectionArgs{Selectors: ids("desk=eu")}, "1 2 3", "--selector desk=eu", `{"selectors":["desk=eu"]}`, ""},
		"not a label":            {spec.SelectionArgs{Selectors: ids("team!=a")}, "4", "--selector team!=a", `{"selectors":["team!=a"]}`, ""},
		"two terms":              {spec.SelectionArgs{Selectors: ids("desk=eu, team!=b")}, "1 2 3", "--selector desk=eu,team!=b", `{"selectors":["desk=eu,team!=b"]}`, ""},
		"two selectors":          {spec.SelectionArgs{Selectors: ids("desk=eu", "desk=us")}, "", "--selector desk=eu --selector desk=us", `{"selectors":["desk=eu","desk=us"]}`, ""},
		"ids in any spelling":    {spec.SelectionArgs{Payments: ids("3", "1_0", "3_0")}, "1 3", "--payment 1 --payment 3", `{"payments":["1","3"]}`, ""},
		"ids and a label":        {spec.SelectionArgs{Payments: ids("3", "4"), Selectors: ids("desk=us")}, "4", "--selector desk=us --payment 3 --payment 4", `{"payments":["3","4"],"selectors":["desk=us"]}`, ""},
		"all but one":            {spec.SelectionArgs{Exclude: ids("2")}, "1 3 4", "--exclude 2", `{"exclude":["2"]}`, ""},
		"all but a label":        {spec.SelectionArgs{ExcludeSelectors: ids("desk=eu", "desk=fr")}, "4", "--exclude-selector desk=eu --exclude-selector desk=fr", `{"excludeSelectors":["desk=eu","desk=fr"]}`, ""},
		"a file":                 {file("\ufeff# mine\n\n 2_0 \r\n4\n"), "2 4", "--payment 2 --payment 4", `{"payments":["2","4"]}`, ""},
		"an id nowhere declared": {spec.SelectionArgs{Payments: ids("1", "77_0")}, "1", "--payment 1 --payment 77", `{"payments":["1","77"]}`, `payment: payment "77_0" is selected, and no manifest declares it`},
		"an exclusion in vain":   {spec.SelectionArgs{Exclude: ids("77")}, "1 2 3 4", "--exclude 77", `{"exclude":["77"]}`, `exclude: payment "77" is excluded, and no manifest declares it`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := spec.NewSelection(tt.args)
			require.NoError(t, err)
			data, err := json.Marshal(s)
			require.NoError(t, err)
			require.Equal(t, tt.json, string(data))
			var back spec.Selection
			require.NoError(t, json.Unmarshal(data, &back))
			for _, sel := range []*spec.Selection{s, &back} {
				require.Equal(t, tt.text, sel.String())
				r := decode(t, spec.Options{Selection: sel}, desks[0], strings.Replace(desks[1], "    - {id: 9000000000000005000}\n", "", 1))
				var got []string
				for _, p := range r.Payments {
					got = append(got, p.ID.Base())
				}
				require.Equal(t, tt.selected, strings.Join(got, " "))
				if sel == s {
					require.Equal(t, tt.fault, r.Faults)
				}
			}
		})
	}
}

func TestSelectionFaults(t *testing.T) {
	t.Parallel()
	_, err := spec.NewSelection(spec.SelectionArgs{
		Selectors: []string{"desk", "desk=eu,x=", "=a"}, ExcludeSelectors: []string{"a b=c"},
		Payments: []string{"1_1"}, Exclude: []string{""},
		IDsFile: strings.NewReader("1\nx y\n"), IDsFileName: "ids.txt",
	})
	want := strings.Join([]string{
		`selector: cannot read "desk"`,
		`selector: cannot read "x="`,
		`selector: cannot read "=a"`,
		`exclude-selector: cannot read "a b=c"`,
		`payment: payment id "1_1" is the id of an operation on payment 1`,
		`exclude: payment id is empty`,
		`ids.txt:2:1: payment id "x y" has a character that ids do not have`,
	}, "\n")
	require.Error(t, err)
	require.Empty(t, cmp.Diff(want, err.Error()))
	_, err = spec.NewSelection(spec.SelectionArgs{IDsFile: strings.NewReader("# none\n"), IDsFileName: "ids.txt"})
	require.EqualError(t, err, "ids.txt: file names no payment")
}

// A selection narrows what is yielded, never what is checked.
func TestUnselectedPaymentsAreChecked(t *testing.T) {
	t.Parallel()
	s, err := spec.NewSelection(spec.SelectionArgs{Payments: []string{"1"}})
	require.NoError(t, err)
	r := decode(t, spec.Options{Selection: s}, strings.ReplaceAll(desks[0], "captured: 3.00", "captured: 4.00")+"    - {id: 2, captured: 5}\n")
	require.Len(t, r.Payments, 1)
	require.Equal(t, strings.Join([]string{
		`m.yaml:6:22: spec.expect.payments: 3 payments are expected, and 4 are declared`,
		`m.yaml:11:7: spec.payments[3].id: payment 2 is declared twice, first at m.yaml:9:7`,
		`m.yaml:11:25: spec.payments[3].captured: amount "5" does not show its decimals`,
	}, "\n"), r.Faults)
}

package spec_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// flowItems are items on one line, from plain to unusual, and broken ones.
var flowItems = []string{
	`{id: "3066177124_0", captured: 60.00}`,
	`{id: 3066177124, captured: all, refunded: 12.50} # shorthand`,
	`{"id": "3066177124_0", 'captured': "60.00 EUR"}`,
	`{ id: '3066177124_0' , cancels: [ ] , captures: [ {ref: ship-1, amount: 80.00}, {ref: ship-2, amount: 45.00, final: true} ] }`,
	`{id: 1_0, refunds: [{ref: rma-77, amount: 20.00, reason: damaged in transit}]}`,
	`{id: 1_0, refunds: [{ref: rma-77, amount: 20.00, reason: "it's damaged: yes"}]}`,
	`{id: 1_0, merchantReference: order #1}`,
	`{id: 1_0, captured: 60.00,}`,
	`{id: 1_0, captured}`,
	`{id: 1_0, captured: }`,
	`{id: 1_0, captured: 'a''b'}`,
	`{id: 1_0, captured: "a\tb"}`,
	`{id: 1_0, captured: &a 1.00, refunded: *a}`,
	`{id: 1_0, <<: {captured: 1.00}}`,
	`{id: 1_0, captured: !!str 1.00}`,
	`{id: 1_0, captured: [1.00, a: b]}`,
	`{id: 1_0, captured: -5.00, captured: 5.00}`,
	`{id: 1_0, "captured":5.00}`,
	`{id: 1_0, captured: 5.00}}`,
	`{id: 1_0, captured: 5.00`,
	`{? id : 1_0, captured: a:b}`,
	`{id : 1_0, y: no, z: null}`,
	`{id: 1_0, merchantReference: äöü}`,
	`{}`,
	`{a: {b: {c: {d: {e: {f: g}}}}}}`,
	`[{id: 1_0}]`,
	`id: 1_0`,
	`{id: 1_0}#no comment`,
	`{id: a - b, c: d -e, f: g--}`,
	`{id: 1.0.0, c: 0x1F, d: 1e3, e: 1_000.00}`,
}

func FuzzFastPath(f *testing.F) {
	for _, item := range flowItems {
		f.Add(item, uint8(4))
	}
	f.Fuzz(func(t *testing.T, item string, col uint8) {
		if !spec.Clean(item) || strings.Contains(item, "\n") {
			t.Skip("such lines do not get that far")
		}
		line := strings.Repeat(" ", int(col%20)) + "- " + item
		got, ok := spec.FastTree(line, int(col%20))
		if !ok {
			return
		}
		want, ok := spec.SlowTree(line)
		if !ok {
			t.Fatalf("the scanner takes what yaml.v3 refuses: %s", line)
		}
		if !reflect.DeepEqual(want, got) {
			t.Fatalf("%s\nyaml.v3: %+v\nscanner: %+v", line, want, got)
		}
	})
}

const head = "apiVersion: payreconcile/v1\nkind: Settlement\nspec:\n  currency: EUR\n  payments:\n"

// manifests are documents in many layouts, sound and broken.
var manifests = []string{
	head + "    - {id: 1_0, captured: 1.00}\n    - id: 2_0\n      captured: 2.00\n    - {id: 3_0,\n       captured: 3.00}\n",
	head + "  - {id: 1_0, captured: 1.00}\n  - id: 2_0\n    captured: 2.00\n  expect: {payments: 2, captures: 3.00}\n",
	head + "    # first\n\n    - {id: 1_0, captured: 1.00}\n    # second\n    -   id: 2_0\n        captured: 2.00\n\n  expect:\n    payments: 3\n",
	head + "    - id: 1_0\n      refunds:\n        - ref: a\n          amount: 1.00\n          reason: >-\n            one\n            two\n        - {ref: b, amount: 1.00, reason: \"x\n            y\"}\n    - {id: 2_0}\n",
	head + "    - {id: \"1\n    - 2\", captured: 1.00}\n    - {id: 3_0}\n",
	head + "    - {id: 1_0, merchantReference: 'a\n    - b'}\n    - {id: 3_0}\n",
	head + "    - {id: 1_0,\n  captured: 1.00}\n    - {id: 3_0}\n",
	head + "    - id: 1_0\n      merchantReference: |\n        a\n    - {id: 3_0}\n",
	head + "    - {id: 1_0}\n   - {id: 2_0}\n",
	head + "    - {id: 1_0}\n     - {id: 2_0}\n",
	head + "    - {id: 1_0}\n    foo: bar\n",
	head + "    -\n      id: 1_0\n    - \n    -\n",
	head + "    - - id: 1_0\n    - {id: 2_0}\n",
	head + "    - &a {id: 1_0}\n    - *a\n",
	head + "    - {id: 1_0}\n---\n" + head + "    - {id: 1_0}\n...\n# end\n",
	head + "    []\n",
	head + "    - {id: 1_0}\nmetadata: {name: late}\n",
	head + "    - {id: 1_0}\n  payments:\n    - {id: 2_0}\n",
	"%YAML 1.1\n---\n" + head + "    - {id: 1_0}\n",
	"--- # head\n" + head + "    - {id: 1_0}\n",
	"{apiVersion: payreconcile/v1, kind: Settlement, spec: {currency: JPY, payments: [{id: 1_0, captured: 100}, {id: 2_0}]}}\n",
	"apiVersion: payreconcile/v1\nkind: Settlement\nmetadata:\n  labels:\n    a: |\n      payments:\n        - x\nspec:\n  currency: EUR\n  payments:\n    - {id: 1_0}\n",
	"apiVersion: payreconcile/v1\nkind: Settlement\nmetadata:\n  payments:\n    - x\nspec:\n  currency: EUR\n  payments:\n    - {id: 1_0}\n",
	"apiVersion: payreconcile/v1\nkind: Settlement\nspec:\n  currency: EUR\n  \"payments\":\n    - {id: 1_0}\n",
	"apiVersion: payreconcile/v1\nkind: Settlement\nspec: {currency: EUR, payments: [\n  {id: 1_0},\n  {id: 2_0}]}\n",
	"? [a]\n: b\n<<: {c: d}\n", head + "    - ? [a]\n      : b\n      <<: {c: d}\n",
	"", "\n", "# nothing\n", "---\n---\n", "a: [\n", "- a\n- b\n",
}

func FuzzDecodeChunked(f *testing.F) {
	for _, m := range manifests {
		f.Add(m)
	}
	for _, item := range flowItems {
		f.Add(head + "    - " + item + "\n    - {id: 2_0, captured: 2.00}\n    - id: 3_0\n")
	}
	f.Fuzz(func(t *testing.T, text string) {
		fast := decode(t, spec.Options{}, text)
		slow := decode(t, spec.Slow(spec.Options{}), text)
		if diff := cmp.Diff(slow, fast); diff != "" {
			t.Fatalf("scanner differs from yaml.v3 (-yaml.v3 +scanner):\n%s", diff)
		}
		whole := decode(t, spec.Whole(spec.Options{}), text)
		if (slow.Faults == "") != (whole.Faults == "") {
			t.Fatalf("chunked: %s\nwhole: %s", slow.Faults, whole.Faults)
		}
		if strings.Contains(slow.Faults+whole.Faults, "not valid YAML") || !spec.Clean(text) {
			return // the chunked reader goes on behind such faults
		}
		if diff := cmp.Diff(whole, slow); diff != "" {
			t.Fatalf("chunked differs from whole (-whole +chunked):\n%s", diff)
		}
	})
}

func FuzzParseMoney(f *testing.F) {
	for _, text := range []string{"80.00", "80.00 EUR", "0.00", "12500", "-1.00", "1e3", "1,000.00", "007.00", "9999999999.99", "99999999999999999999", "1.234", "1234"} {
		for _, c := range []string{"EUR", "JPY", "KWD", "CLF", "", "eur"} {
			f.Add(text, c)
		}
	}
	f.Fuzz(func(t *testing.T, text, c string) {
		m, err := spec.ParseMoney(text, spec.Currency(c))
		if err != nil {
			if m != (spec.Money{}) || err.Error() == "" {
				t.Fatalf("%q: %v with error %q", text, m, err)
			}
			return
		}
		if m.Minor < 0 || m.Minor > spec.MaxMinor {
			t.Fatalf("%q: %d is out of range", text, m.Minor)
		}
		if text != m.Decimal() && text != m.String() {
			t.Fatalf("%q is read as %v, which is written otherwise", text, m)
		}
	})
}

package documents_test

import (
	"fmt"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// manifestNames are the keys that occur in manifests.
var manifestNames = []string{
	"apiVersion", "kind", "metadata", "spec", "name", "labels", "merchantId", "currency", "expect", "payments", "id", "merchantReference", "authorized",
	"captures", "captured", "cancels", "cancelled", "refunds", "refunded", "ref", "amount", "final", "reason", "operation",
}

// drawManifest draws a manifest that is valid, unless its figures contradict
// each other.
func drawManifest(t *rapid.T) *tree {
	sometimes := func(label string) bool { return rapid.IntRange(0, 3).Draw(t, label) == 0 }
	pick := func(label string, of ...string) *tree { return value(rapid.SampledFrom(of).Draw(t, label)) }
	text := func(label string) *tree {
		return pick(label, "x", "order-1", "12345", `"007"`, "true", "1.5", `"a b"`, "2026-11-22", `"true"`, "é", "1e9", "0x1F", "no")
	}
	root := group().set("apiVersion", pick("version", "payreconcile/v1", `"payreconcile/v1"`)).set("kind", value("Settlement"))
	if sometimes("metadata") {
		m := group()
		if sometimes("name") {
			m.set("name", text("name"))
		}
		if sometimes("labels") {
			m.set("labels", group().set(rapid.SampledFrom([]string{"desk", "1", "a/b", "true"}).Draw(t, "label"), pick("value", "eu", "1", "true", "2026-11-22", "1.5")))
		}
		root.set("metadata", m)
	}
	s := group()
	own := sometimes("own currency")
	if !own {
		s.set("currency", value("EUR"))
	}
	if sometimes("merchant") {
		s.set("merchantId", text("merchant"))
	}
	payments := list()
	count := rapid.IntRange(0, 3).Draw(t, "payments")
	if sometimes("expect") {
		s.set("expect", group().set("payments", pick("count", strconv.Itoa(count), strconv.Quote(strconv.Itoa(count)))))
	}
	for i := range count {
		payments.items = append(payments.items, drawPayment(t, i, own, text))
	}
	return root.set("spec", s.set("payments", payments))
}

func drawPayment(t *rapid.T, i int, own bool, text func(string) *tree) *tree {
	n := 3066177100 + i
	ids := []string{fmt.Sprintf("%d_0", n), strconv.Itoa(n), fmt.Sprintf("%q", fmt.Sprintf("%d_0", n)), fmt.Sprintf("900000%d000", n), fmt.Sprintf("a%d-b_0", n)}
	id := rapid.SampledFrom(ids).Draw(t, "id")
	p := group().set("id", value(id))
	if own {
		p.set("currency", value("EUR"))
	}
	if rapid.Bool().Draw(t, "reference") {
		p.set("merchantReference", text("reference"))
	}
	amount := func() *tree {
		return value(rapid.SampledFrom([]string{"1.00", "0.01", "80.00", `"80.00"`, "80.00 EUR", "9999999999.99"}).Draw(t, "amount"))
	}
	if rapid.IntRange(0, 3).Draw(t, "guard") == 0 {
		p.set("authorized", amount())
	}
	for _, kind := range [...][2]string{{"captures", "captured"}, {"cancels", "cancelled"}, {"refunds", "refunded"}} {
		switch rapid.IntRange(0, 3).Draw(t, kind[0]) {
		case 0:
			items := list()
			for j := range rapid.IntRange(0, 2).Draw(t, "items") {
				item := group().set("ref", value(rapid.SampledFrom([]string{"a", "b-1", "7", "c:d", "1e3", "true"}).Draw(t, "ref")+strconv.Itoa(j))).set("amount", amount())
				if kind[0] == "refunds" && rapid.Bool().Draw(t, "reason") {
					item.set("reason", text("reason"))
				}
				if rapid.IntRange(0, 5).Draw(t, "operation") == 0 {
					item.set("operation", value(fmt.Sprintf("%d_%d", n, j+1)))
				}
				items.items = append(items.items, item)
			}
			p.set(kind[0], items)
		case 1:
			p.set(kind[1], amount())
		case 2:
			if kind[0] != "refunds" {
				p.set(kind[1], value("all"))
			}
		}
	}
	return p
}

// outcomes counts what became of random documents, so that a test in which
// nothing happens is seen.
type outcomes struct{ both, neither, onlyDecoder, structural int }

func (o *outcomes) check(t *testing.T) {
	t.Helper()
	t.Logf("taken by both %d, refused by both %d, refused by the decoder alone %d; %d changes of structure", o.both, o.neither, o.onlyDecoder, o.structural)
	if o.both < 50 || o.neither < 50 || o.structural < 50 {
		t.Errorf("hardly anything happened: %+v", *o)
	}
}

// Random documents with random changes: whatever the decoder takes the schema
// takes, and a change that only touches the structure is refused by both.
func TestRandomManifests(t *testing.T) {
	t.Parallel()
	e := openEditor(t, "manifest")
	var seen outcomes
	rapid.Check(t, func(r *rapid.T) {
		for range 10 {
			doc := drawManifest(r)
			for range rapid.IntRange(0, 3).Draw(r, "changes") {
				mutate(r, doc, manifestNames)
			}
			seen.hold(r, e, doc.String(), decodes(r, doc.String()) == nil)
		}
	})
	rapid.Check(t, func(r *rapid.T) {
		doc := drawManifest(r)
		how := breakManifest(r, doc)
		if decodes(r, doc.String()) == nil || e.see(doc.String()).accepts() {
			r.Fatalf("%s is not refused by both\n%s", how, doc)
		}
		seen.structural++
	})
	seen.check(t)
}

// hold compares the two verdicts on a text.
func (o *outcomes) hold(r *rapid.T, e editor, text string, decoded bool) {
	v := e.see(text)
	switch {
	case decoded && !v.accepts():
		r.Fatalf("the decoder takes what the schema refuses at %v\n%s", v, text)
	case decoded:
		o.both++
	case v.accepts():
		o.onlyDecoder++
	default:
		o.neither++
	}
}

// breakManifest makes one change that no figure can mend.
func breakManifest(t *rapid.T, root *tree) (how string) {
	s := root.get("spec")
	p := group().set("id", value("3066177199_0")).set("currency", value("EUR"))
	s.get("payments").items = append(s.get("payments").items, p)
	item := func() *tree { return group().set("ref", value("a")).set("amount", value("1.00")) }
	breaks := map[string]func(){
		"no id":                       func() { p.remove(0) },
		"no currency":                 func() { p.remove(1); removeKey(s, "currency") },
		"no version":                  func() { root.remove(0) },
		"no kind":                     func() { root.remove(1) },
		"no payments":                 func() { removeKey(s, "payments") },
		"no spec":                     func() { removeKey(root, "spec") },
		"another version":             func() { root.items[0] = value("payreconcile/v9") },
		"another kind":                func() { root.items[1] = value("Order") },
		"an unknown field at the top": func() { root.set("zebra", value("1")) },
		"an unknown field of spec": func() {
			s.keys = append([]string{"zebra"}, s.keys...)
			s.items = append([]*tree{value("1")}, s.items...)
		},
		"an unknown field of payment": func() { p.set("zebra", value("1")) },
		"an unknown currency":         func() { p.items[1] = value("EURO") },
		"a list as id":                func() { p.items[0] = list(value("1_0")) },
		"an operation as id":          func() { p.items[0] = value("3066177199_7") },
		"items and total":             func() { p.set("refunds", list()).set("refunded", value("1.00")) },
		"all refunded":                func() { p.set("refunded", value("all")) },
		"all twice":                   func() { p.set("captured", value("all")).set("cancelled", value("all")) },
		"an item without ref":         func() { i := item(); i.remove(0); p.set("captures", list(i)) },
		"an item without amount":      func() { i := item(); i.remove(1); p.set("captures", list(i)) },
		"a final refund":              func() { p.set("refunds", list(item().set("final", value("true")))) },
		"a reason for a capture":      func() { p.set("captures", list(item().set("reason", value("x")))) },
		"a ref with a space":          func() { i := item(); i.items[0] = value("a b"); p.set("cancels", list(i)) },
		"a reserved ref":              func() { i := item(); i.items[0] = value("pr:x"); p.set("cancels", list(i)) },
		"a negative amount":           func() { p.set("captured", value("-1.00")) },
		"an amount of zero":           func() { p.set("authorized", value("0.00")) },
		"a value where a list is":     func() { p.set("captures", value("1.00")) },
		"a list where a value is":     func() { p.set("captured", list(value("1.00"))) },
		"nothing":                     func() { p.set("captured", value("~")) },
		"no truth":                    func() { p.set("captures", list(item().set("final", value("maybe")))) },
	}
	how = rapid.SampledFrom(keysOf(breaks)).Draw(t, "break")
	breaks[how]()
	return how
}

func removeKey(g *tree, key string) {
	for i, k := range g.keys {
		if k == key {
			g.remove(i)
			return
		}
	}
}

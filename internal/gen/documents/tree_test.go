package documents_test

import (
	"maps"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// A tree is a YAML document that can be changed before it is written: a group
// of keys, a list, or a value as it stands in the text.
type tree struct {
	kind  byte // 'g', 'l' or 'v'
	keys  []string
	items []*tree
	text  string
}

func value(text string) *tree { return &tree{kind: 'v', text: text} }

func list(items ...*tree) *tree { return &tree{kind: 'l', items: items} }

func group() *tree { return &tree{kind: 'g'} }

func (g *tree) set(key string, v *tree) *tree {
	g.keys, g.items = append(g.keys, key), append(g.items, v)
	return g
}

// get returns the value of a key, or nil.
func (g *tree) get(key string) *tree {
	for i, k := range g.keys {
		if k == key {
			return g.items[i]
		}
	}
	return nil
}

// remove takes away the entry at i.
func (g *tree) remove(i int) {
	g.items = append(g.items[:i:i], g.items[i+1:]...)
	if g.kind == 'g' {
		g.keys = append(g.keys[:i:i], g.keys[i+1:]...)
	}
}

// write writes the tree in flow style.
func (g *tree) write(b *strings.Builder) {
	if g.kind == 'v' {
		b.WriteString(g.text)
		return
	}
	marks := map[byte]string{'g': "{}", 'l': "[]"}[g.kind]
	b.WriteByte(marks[0])
	for i, item := range g.items {
		if i > 0 {
			b.WriteString(", ")
		}
		if g.kind == 'g' {
			b.WriteString(g.keys[i] + ": ")
		}
		item.write(b)
	}
	b.WriteByte(marks[1])
}

func (g *tree) String() string {
	var b strings.Builder
	g.write(&b)
	return b.String() + "\n"
}

// all lists every group, list and value of a tree.
func (g *tree) all() []*tree {
	nodes := []*tree{g}
	for _, item := range g.items {
		nodes = append(nodes, item.all()...)
	}
	return nodes
}

// odd are values that do not belong where they are put, mostly.
var odd = []string{
	"", "~", "null", "true", "false", "True", "yes", "0", "1", "-1", "5", "1e3", "0x1F", "017", ".5", "1.", "1.00", "0.00", "80.00", "80.00 EUR",
	`"80.00"`, `"80"`, "80.00 eur", "80.00EUR", "1_000.00", "1,000.00", `"1,00"`, "all", "ALL", `"all"`, "[]", "{}", "[1.00]", "{a: b}", "EUR", "eur", "XAU", `""`, `" "`, `" x"`,
	`"x "`, `"a\nb"`, `"a\tb"`, "x", "ä", "a b", "pr:x", "a:b", "payreconcile/v1", "payreconcile/v2", "Settlement", "settlement", "3066177123_0", "3066177123_1", "3066177123",
	"9000003066177123000", `"9000003066177123001"`, `"9000003066177123000_0"`, "0012_0", "_0", "a_", "a__0", "1e-5", "-5", "2026-11-22", ".inf", ".nan", "0o17", "+5", "'true'",
	"999999999999", "9999999999.99", "1000000000000", "123456789012345678901234567890123456789012345678901", strings.Repeat("x", 31), strings.Repeat("x", 41), strings.Repeat("x", 101),
	"10s", "0s", "1h30m", "-5m", "5", "1000h", "EUR:1000.00", "EUR:1000", "EUR: 5", "1000.00 EUR, JPY:5", "[EUR:1.00, JPY:5]", "[EUR:1.00, EUR:2.00]", "http://x", "https://a@b", "https://h.example/v2", "~/x",
}

// keysOf returns the keys of a map in a fixed order.
func keysOf[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// mutate changes one place of the tree, if that place can be changed so.
func mutate(t *rapid.T, root *tree, names []string) {
	nodes := root.all()
	n := nodes[rapid.IntRange(0, len(nodes)-1).Draw(t, "place")]
	how := rapid.SampledFrom([]string{"drop", "unknown", "replace", "rename", "swap", "repeat", "add"}).Draw(t, "how")
	entry := func() int { return rapid.IntRange(0, len(n.items)-1).Draw(t, "entry") }
	switch {
	case how == "replace":
		*n = tree{kind: 'v', text: rapid.SampledFrom(odd).Draw(t, "odd")}
	case how == "unknown" && n.kind == 'g':
		n.set("zebra", value("1"))
	case how == "add" && n.kind == 'g':
		n.set(rapid.SampledFrom(names).Draw(t, "name"), value(rapid.SampledFrom(odd).Draw(t, "odd")))
	case len(n.items) == 0:
	case how == "drop":
		n.remove(entry())
	case how == "rename" && n.kind == 'g':
		n.keys[entry()] = rapid.SampledFrom(names).Draw(t, "name")
	case how == "repeat" && n.kind == 'l':
		n.items = append(n.items, n.items[entry()])
	case how == "swap":
		i, j := entry(), entry()
		n.items[i], n.items[j] = n.items[j], n.items[i]
	}
}

package spec_test

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A result is what decoding gave.
type result struct {
	Payments []spec.Payment
	Faults   string
}

// decode reads texts as m.yaml, m2.yaml and so on.
func decode(t interface {
	require.TestingT
	Helper()
	Context() context.Context
	Fatalf(format string, args ...any)
}, o spec.Options, texts ...string,
) result {
	t.Helper()
	var srcs []*spec.Source
	for i, text := range texts {
		name := "m.yaml"
		if i > 0 {
			name = "m" + string(rune('1'+i)) + ".yaml"
		}
		srcs = append(srcs, spec.Inline(name, text))
	}
	var r result
	for p, err := range spec.Decode(t.Context(), spec.SourcesOf(srcs...), o) {
		switch {
		case err != nil && r.Faults != "":
			t.Fatalf("a second error: %v", err)
		case err != nil:
			r.Faults = err.Error()
		case r.Faults != "":
			t.Fatalf("a payment behind the error: %+v", p)
		default:
			r.Payments = append(r.Payments, *p)
		}
	}
	return r
}

// ids lists the payments of a result as they are written.
func (r result) ids() string {
	var all []string
	for _, p := range r.Payments {
		all = append(all, string(p.ID))
	}
	return strings.Join(all, " ")
}

const example = `apiVersion: payreconcile/v1
kind: Settlement
metadata:
  name: shop-eu-2026-11-22
  labels: {desk: eu}
spec:
  merchantId: shop-eu
  currency: EUR
  expect: {payments: 4, refunds: 32.50}
  payments:
    - id: "3066177123_0"
      merchantReference: order-1001
      authorized: 125.00
      captures:
        - {ref: ship-1, amount: 80.00}
        - {ref: ship-2, amount: 45.00 EUR, final: true, operation: 3066177123_2}
      refunds:
        - {ref: rma-77, amount: 20.00, reason: damaged}
    - {id: "3066177124_0", captured: 60.00}             # shorthand
    - {id: 3066177125, currency: JPY, captured: all, refunded: 1250, cancels: []}
    - {id: 9000003066177126000, cancelled: all, refunded: 12.50}
`

func TestDecode(t *testing.T) {
	t.Parallel()
	m := &spec.Manifest{
		Name: "shop-eu-2026-11-22", Labels: map[string]string{"desk": "eu"}, MerchantID: "shop-eu", Currency: "EUR",
		Expect: &spec.Expect{Payments: "4", Refunds: "32.50", Pos: at(9, 11)}, Pos: at(1, 1),
	}
	want := result{Payments: []spec.Payment{
		{
			ID: "3066177123_0", MerchantReference: "order-1001", Currency: "EUR", Authorized: 12500,
			Captures: spec.Desired{Mode: spec.Items, Pos: at(15, 9), Items: []spec.Item{
				{Ref: "ship-1", Amount: 8000, Pos: at(15, 11)},
				{Ref: "ship-2", Amount: 4500, Final: true, Operation: "3066177123_2", Pos: at(16, 11)},
			}},
			Refunds: spec.Desired{Mode: spec.Items, Pos: at(18, 9), Items: []spec.Item{
				{Ref: "rma-77", Amount: 2000, Reason: "damaged", Pos: at(18, 11)},
			}},
			Manifest: m, Pos: at(11, 7),
		},
		{
			ID: "3066177124_0", Currency: "EUR", Captures: spec.Desired{Mode: spec.Total, Total: 6000, Pos: at(19, 38)},
			Manifest: m, Pos: at(19, 7),
		},
		{
			ID: "3066177125", Currency: "JPY", Captures: spec.Desired{Mode: spec.All, Pos: at(20, 49)},
			Refunds: spec.Desired{Mode: spec.Total, Total: 1250, Pos: at(20, 64)},
			Cancels: spec.Desired{Mode: spec.Items, Pos: at(20, 79)}, Manifest: m, Pos: at(20, 7),
		},
		{
			ID: "9000003066177126000", Currency: "EUR", Cancels: spec.Desired{Mode: spec.All, Pos: at(21, 44)},
			Refunds: spec.Desired{Mode: spec.Total, Total: 1250, Pos: at(21, 59)}, Manifest: m, Pos: at(21, 7),
		},
	}}
	want.Faults = `m.yaml:9:34: spec.expect.refunds: "32.50" names no currency, and the document has several`
	for name, text := range map[string]string{
		"as it is":         example,
		"line ends of DOS": strings.ReplaceAll(example, "\n", "\r\n"),
		"byte order mark":  "\ufeff" + example,
		"no last line end": strings.TrimSuffix(example, "\n"),
	} {
		for mode, o := range map[string]spec.Options{"": {}, ", slow": spec.Slow(spec.Options{}), ", whole": spec.Whole(spec.Options{})} {
			require.Empty(t, cmp.Diff(want, decode(t, o, text)), name+mode)
		}
	}
	sound := strings.Replace(example, "refunds: 32.50", "refunds: 32.50 EUR", 1)
	require.Empty(t, decode(t, spec.Options{MerchantID: "shop-eu"}, sound).Faults)
	require.Equal(t, `m.yaml:7:15: spec.merchantId: "shop-eu" is not the merchant that this run is for, which is "shop-us"`,
		decode(t, spec.Options{MerchantID: "shop-us"}, sound).Faults)
}

func at(line, col int) spec.Pos { return spec.Pos{File: "m.yaml", Line: line, Col: col} }

func TestDesired(t *testing.T) {
	t.Parallel()
	r := decode(t, spec.Options{}, example)
	p := &r.Payments[0]
	require.Same(t, &p.Captures, p.Desired(spec.Capture))
	require.Same(t, &p.Cancels, p.Desired(spec.Cancel))
	require.Same(t, &p.Refunds, p.Desired(spec.Refund))
	require.Equal(t, spec.Unmanaged, p.Desired("sale").Mode)
	sum, ok := p.Captures.Sum()
	require.True(t, ok)
	require.Equal(t, int64(12500), sum)
	_, ok = p.Cancels.Sum()
	require.False(t, ok)
	_, ok = (&spec.Desired{Mode: spec.Items, Items: []spec.Item{{Amount: math.MaxInt64}, {Amount: 1}}}).Sum()
	require.False(t, ok)
}

// Layouts differ in what can be read one by one; they do not differ in what
// they say.
func TestChunkedEqualsWhole(t *testing.T) {
	t.Parallel()
	lines := []string{
		"- {id: %d_0, captured: 1.00}", "- {id: %d_0, captured: 1}", "- id: %d_0", "-", "- ", "-   id: \"%d_0\"", "- {id: %d_0,", "  captured: 1.00}",
		"  captured: 2.00", "  captures:", "  - {ref: a, amount: 1.00}", "    - ref: b", "      amount: 2.00", "  refunds: []", "  merchantReference: |",
		"    text", "    - text", "  merchantReference: \"a", "    b\"", "- b\"", "- {id: \"%d", "  _0\"}", "# comment", "  # comment", "",
		"  captures: [{ref: a, amount: 1.00}, # first", "    {ref: b, amount: 1.00}]", "  reason: 'it''s", "'", "foo: bar", "  foo: bar",
	}
	ends := []string{"", "  expect: {payments: 2}\n", "metadata: {name: x}\n", "---\n" + head, "...\n", "   x: y\n", "# end\n"}
	rapid.Check(t, func(t *rapid.T) {
		dash := rapid.SampledFrom([]string{"  ", "    ", "   "}).Draw(t, "dash")
		var b strings.Builder
		b.WriteString(head)
		b.WriteString(dash + fmt.Sprintf(lines[0], 999) + "\n")
		for i, line := range rapid.SliceOfN(rapid.SampledFrom(lines), 0, 12).Draw(t, "lines") {
			if strings.Contains(line, "%d") {
				line = fmt.Sprintf(line, i+1)
			}
			b.WriteString(dash + line + "\n")
		}
		b.WriteString(rapid.SampledFrom(ends).Draw(t, "end"))
		text := b.String()
		fast, slow, whole := decode(t, spec.Options{}, text), decode(t, spec.Slow(spec.Options{}), text), decode(t, spec.Whole(spec.Options{}), text)
		require.Empty(t, cmp.Diff(slow, fast), text)
		require.Equal(t, whole.Faults == "", slow.Faults == "", "%s\nwhole: %s\nchunked: %s", text, whole.Faults, slow.Faults)
		if !strings.Contains(slow.Faults+whole.Faults, "not valid YAML") {
			require.Empty(t, cmp.Diff(whole, slow), text)
		}
	})
}

func TestRepeatedPaymentsAcrossFiles(t *testing.T) {
	t.Parallel()
	r := decode(t, spec.Options{}, one, strings.Replace(one, "3066177123_0", "9000003066177123000", 1), one)
	require.Equal(t, "3066177123_0", r.ids())
	require.Equal(t, "m2.yaml:6:7: spec.payments[0].id: payment 3066177123 is declared twice, first at m.yaml:6:7\n"+
		"m3.yaml:6:7: spec.payments[0].id: payment 3066177123 is declared twice, first at m.yaml:6:7", r.Faults)
}

// Ids that only share a hash are different payments.
func TestSharedHash(t *testing.T) {
	t.Parallel()
	o := spec.Hashed(spec.Options{}, func(string) uint64 { return 7 })
	text := head + "    - {id: a-1}\n    - {id: a-2}\n    - {id: 3_0}\n    - {id: a-3, captured: 1}\n    - {id: a-4}\n"
	r := decode(t, o, text)
	require.Equal(t, "a-1 3_0 a-2 a-4", r.ids())
	require.Equal(t, `m.yaml:9:27: spec.payments[3].captured: amount "1" does not show its decimals`, r.Faults)
	r = decode(t, o, text+"    - {id: a-2_0}\n")
	require.Equal(t, "a-1 3_0 a-2 a-4", r.ids())
	require.Contains(t, r.Faults, "m.yaml:11:7: spec.payments[5].id: payment a-2 is declared twice, first at m.yaml:7:7")
}

func TestLimits(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 64<<10)
	for name, tt := range map[string]struct{ text, ids, faults string }{
		"a payment over 64 KiB": {
			one + "    - id: 4_0\n      # " + long + "\n    - {id: 5_0}\n", "3066177123_0 5_0",
			"m.yaml:7:5: spec.payments[1]: payment is over 64 KiB",
		},
		"a payment over 64 KiB on one line": {
			one + "    - {id: 4_0, merchantReference: " + long + "}\n    - {id: 5_0}\n", "3066177123_0 5_0",
			"m.yaml:7:5: spec.payments[1]: payment is over 64 KiB",
		},
		"a payment over 64 KiB in a list in brackets": {
			"{apiVersion: payreconcile/v1, kind: Settlement, spec: {currency: EUR, payments: [{id: 4_0, merchantReference: " + long + "}, {id: 5_0}]}}", "5_0",
			"m.yaml:1:82: spec.payments[0]: payment is over 64 KiB",
		},
		"too much behind the list": {
			one + "  expect:\n" + strings.Repeat("    # "+long[:1000]+"\n", 80), "3066177123_0",
			"m.yaml:7:1: over 64 KiB stand behind the list of payments",
		},
		"a line over 8 MiB": {
			one + "    - {id: 4_0} # " + strings.Repeat(long, 130) + "\n    - {id: 5_0}\n", "3066177123_0 5_0",
			"m.yaml:7:1: line is over 8 MiB",
		},
		"a document over 8 MiB in brackets": {
			"apiVersion: payreconcile/v1\nkind: Settlement\nspec: {currency: EUR, payments: [\n" + strings.Repeat("{id: 4_0}, # "+long+"\n", 130) + "]}\n---\n" + one, "3066177123_0",
			"m.yaml:1:1: document is over 8 MiB and its payments cannot be read one by one",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := decode(t, spec.Options{}, tt.text)
			require.Equal(t, tt.ids, r.ids())
			require.Equal(t, tt.faults, r.Faults)
		})
	}
}

func TestRefusedCharacters(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"\x00":     "a NUL byte",
		"\xff":     "text is not UTF-8",
		"a\rb":     "a carriage return without a line feed",
		"\u2028":   "an invisible line break (U+2028)",
		"\u0085":   "an invisible line break (U+0085)",
		"\u200b\t": "a tab character",
		"\x1b":     "an invisible character (U+001B)",
		"\ufeff":   "an invisible character (U+FEFF)",
		"\u202e":   "a character that reverses the reading direction (U+202E)",
	} {
		bad := "    - {id: 4_0, merchantReference: \"ä" + text + "\"}\n"
		r := decode(t, spec.Options{}, one+bad+"    - {id: 5_0}\n")
		require.Equal(t, "3066177123_0 5_0", r.ids(), "%q", text)
		require.Regexp(t, `^m\.yaml:7:3[6-9]: `+regexp.QuoteMeta(want)+`$`, r.Faults, "%q", text)
	}
	r := decode(t, spec.Options{}, "\xff\xfea\x00p\x00i\x00")
	require.Contains(t, r.Faults, "m.yaml:1:1: text is not UTF-8")
}

// When everything is broken, faults are counted and not kept.
func TestManyFaults(t *testing.T) {
	t.Parallel()
	r := decode(t, spec.Options{}, list(10_050, "    - {id: \"%d_0\", captured: 60}\n"))
	require.Empty(t, r.Payments)
	lines := strings.Split(r.Faults, "\n")
	require.Len(t, lines, 10_001)
	require.Equal(t, "50 more faults are not listed", lines[10_000])
}

func TestConsumerMayStop(t *testing.T) {
	t.Parallel()
	for name, pattern := range map[string]string{"short": shortItem, "block": blockItem} {
		count := 0
		for _, err := range spec.Decode(t.Context(), spec.SourcesOf(spec.Inline("m.yaml", list(2_000, pattern))), spec.Options{}) {
			require.NoError(t, err)
			if count++; count == 3 {
				break
			}
		}
		require.Equal(t, 3, count, name)
	}
}

func TestContextEndsDecoding(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	count := 0
	var last error
	for _, err := range spec.Decode(ctx, spec.SourcesOf(spec.Inline("m.yaml", list(2_000, shortItem))), spec.Options{}) {
		if last = err; err == nil {
			count++
			cancel()
		}
	}
	require.ErrorIs(t, last, context.Canceled)
	require.Less(t, count, 500)
}

// generated is a manifest of n payments that is never in memory as a whole.
type generated struct {
	n, i int
	rest []byte
}

func (g *generated) Read(p []byte) (int, error) {
	if len(g.rest) == 0 {
		switch {
		case g.i == 0:
			g.rest = []byte(head)
		case g.i > g.n:
			return 0, io.EOF
		default:
			g.rest = fmt.Appendf(g.rest[:0], shortItem, 3_000_000_000+g.i)
		}
		g.i++
	}
	n := copy(p, g.rest)
	g.rest = g.rest[n:]
	return n, nil
}

// TestMemory decodes payments without keeping them. What is left is the index.
func TestMemory(t *testing.T) { //nolint:paralleltest // it measures the heap
	const n = 100_000
	srcs, err := spec.OpenSources([]string{"-"}, &generated{n: n})
	require.NoError(t, err)
	defer srcs.Close() //nolint:errcheck // only read from
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	count := 0
	for _, err := range spec.Decode(t.Context(), srcs, spec.Options{}) {
		require.NoError(t, err)
		if count++; count == n { // the index is full, and still in use
			runtime.GC()
			runtime.ReadMemStats(&now)
		}
	}
	require.Equal(t, n, count)
	held := int64(now.HeapAlloc) - int64(before.HeapAlloc)
	require.Less(t, held, int64(17*n+512<<10), "%d bytes a payment", held/n)
}

// The manifest in the package's documentation is one.
func TestDocumentedManifest(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	var text strings.Builder
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "//\tapiVersion") || (text.Len() > 0 && strings.HasPrefix(line, "//\t")) {
			text.WriteString(strings.TrimPrefix(line, "//\t"))
		} else if text.Len() > 0 {
			break
		}
	}
	r := decode(t, spec.Options{}, text.String())
	require.Empty(t, r.Faults)
	require.Len(t, r.Payments, 5)
}

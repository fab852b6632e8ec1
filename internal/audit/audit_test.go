package audit_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"github.com/payreconcile/payreconcile/internal/audit"
)

// The tree gives the hashes and roots that tlog gives, at every size, and goes on
// from wherever it was left.
func TestTree(t *testing.T) {
	t.Parallel()
	var want []tlog.Hash
	read := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, x := range indexes {
			out[i] = want[x]
		}
		return out, nil
	})
	tree := &audit.Tree{}
	for n := range int64(300) {
		line := fmt.Appendf(nil, "line %d", n)
		hashes, err := tlog.StoredHashes(n, line, read)
		require.NoError(t, err)
		require.Equal(t, int64(len(want)), tree.Count())
		require.Equal(t, hashes, tree.Add(line))
		want = append(want, hashes...)
		root, err := tree.Root()
		require.NoError(t, err)
		expected, err := tlog.TreeHash(n+1, read)
		require.NoError(t, err)
		require.Equal(t, expected, root)
		tree, err = audit.Resume(n+1, read)
		require.NoError(t, err)
	}
	_, err := audit.Resume(3, tlog.HashReaderFunc(func([]int64) ([]tlog.Hash, error) { return nil, nil }))
	require.ErrorContains(t, err, "2 hashes were asked for, and there are 0")
}

// A head has one text, whatever its names are.
func TestHeadRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h := audit.Head{
			Log:  audit.Log{rapid.String().Draw(t, "journal"), rapid.String().Draw(t, "environment"), rapid.String().Draw(t, "merchant")},
			Size: rapid.Int64Min(1).Draw(t, "size"), Root: tlog.RecordHash([]byte(rapid.String().Draw(t, "root"))), At: noon,
		}
		if strings.Contains(h.String(), "\n\n") || !validText(h.Log) {
			return
		}
		c, err := audit.ParseClaim([]byte(h.String()))
		require.NoError(t, err, h.String())
		require.Equal(t, h, c.Head)
	})
}

func validText(l audit.Log) bool {
	return strings.ToValidUTF8(l.Journal+l.Environment+l.Merchant, "") == l.Journal+l.Environment+l.Merchant
}

// The short form is read as a run, a job's log or GitLab's outputs have it.
func TestShortHead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small(), nil, 4)
	short := w.heads[0].Short()
	for _, text := range []string{short, " " + short + "\n", "payreconcile: audit head " + short + " signed by audit.shop", strings.Replace(short, " ", ",", 1)} {
		c, err := audit.ParseClaim([]byte(text))
		require.NoError(t, err, text)
		require.Equal(t, w.heads[0].Root, c.Root)
		require.EqualValues(t, 4, c.Size)
	}
	note := w.heads[0].Note
	for _, bad := range []string{
		"", "4", "0 " + short[2:], "04 " + short[2:], short[:20], short + "\n" + short, strings.Repeat("x", audit.MaxHead+1),
		note[:len(note)-1], note + "x\n", strings.Replace(note, "\n4\n", "\n+4\n", 1), strings.Replace(note, " live ", "  live ", 1),
		strings.Replace(note, "Z", "+00:00", 1), note + "\n", note + "\nsigned\n", strings.Replace(note, "shop", `"shop"`, 1),
	} {
		_, err := audit.ParseClaim([]byte(bad))
		require.ErrorIs(t, err, audit.ErrFormat, "%.200q", bad)
	}
}

func TestVerifySound(t *testing.T) {
	t.Parallel()
	key, public := mustKey(t, "audit.shop")
	w := newWorld(t, small(), key, 1, 4, 10)
	s := w.source()
	s.Keys = audit.Keys{public}
	text, r := verified(t, s)
	require.Empty(t, text)
	require.EqualValues(t, 10, r.Records)
	require.EqualValues(t, 10, r.Stored)
	require.EqualValues(t, 1, r.First)
	require.EqualValues(t, 13, r.Last)
	signed, ok := r.Newest(audit.Signed)
	require.True(t, ok)
	require.EqualValues(t, 10, signed.Size)
	_, ok = r.Newest(audit.Outside)
	require.False(t, ok)
	text, r = verified(t, audit.Source{Log: shop, Items: items(nil)})
	require.Empty(t, text)
	require.Zero(t, r.Records)
}

// Whatever somebody does to a log is found by a head that was kept, even if
// every hash was computed again; with the stored hashes the record is named.
func TestVerifyFinds(t *testing.T) {
	t.Parallel()
	edit := func(i int, old, made string) func([]string) []string {
		return func(all []string) []string { all[i] = strings.Replace(all[i], old, made, 1); return all }
	}
	for name, tt := range map[string]struct {
		change func([]string) []string
		hashes string // found by the stored hashes
	}{
		"an edit":       {edit(3, `"amount":400`, `"amount":401`), "5 record 5 is the first that does not fit: it was altered"},
		"a white space": {edit(3, `"amount":400`, `"amount": 400`), "5 record 5 is the first that does not fit"},
		"a drop":        {func(a []string) []string { return slices.Delete(a, 3, 4) }, "6 before record 6, a record was removed"},
		"two drops":     {func(a []string) []string { return slices.Delete(a, 3, 5) }, "7 before record 7, 2 records were removed"},
		"the first":     {func(a []string) []string { return a[1:] }, "2 before record 2, a record was removed"},
		"an exchange":   {func(a []string) []string { a[3], a[4] = a[4], a[3]; return a }, "5 record 5: it stands behind record 6"},
		"a repetition":  {func(a []string) []string { return slices.Insert(a, 3, a[3]) }, "5 record 5: it is there twice"},
		"an addition":   {func(a []string) []string { return slices.Insert(a, 3, strings.Replace(a[3], `"seq":5`, `"seq":4`, 1)) }, "4 record 4 was added: the one behind it was logged in its place"},
		"another's intent": {func(a []string) []string {
			return slices.Insert(a, 3, strings.NewReplacer(`"seq":5`, `"seq":4`, `"plan_id":"p"`, `"plan_id":"other"`).Replace(a[3]))
		}, "it is a call of plan other, which is not in this log: it is of another merchant"},
		"another's outcome": {func(a []string) []string {
			return slices.Insert(a, 8, strings.NewReplacer(`"seq":8`, `"seq":10`, `"intent":3`, `"intent":4`).Replace(a[6]))
		}, "it is the outcome of intent 4, which is not in this log"},
		"the end":    {func(a []string) []string { return a[:9] }, "12 the end was cut off: 10 records were logged up to number 13, and there are 9 up to number 12"},
		"everything": {func(a []string) []string { return nil }, "the end was cut off: 10 records were logged up to number 13, and there are 0"},
		"no record":  {edit(2, `{`, `[`), "it cannot be read as a record"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, small(), nil, 2, 10)
			w.lines = tt.change(slices.Clone(small()))
			text, _ := verified(t, w.source())
			require.Contains(t, text, tt.hashes)

			again := audit.Source{Log: shop, Items: items(w.lines)} // as if hashes and heads were made anew
			kept := w.heads[1]
			kept.Outside = true
			again.Heads = []audit.Claim{kept}
			text, _ = verified(t, again)
			require.NotEmpty(t, text)
			require.Regexp(t, `does not fit|cut off`, text)
		})
	}
}

// Between which heads the change is shows without stored hashes.
func TestVerifyBisects(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small(), nil, 2, 5, 6, 10)
	w.lines[3] = strings.Replace(w.lines[3], "400", "401", 1)
	s := w.source()
	s.Stored = nil
	text, _ := verified(t, s)
	require.Contains(t, text, "3 the first record that does not fit is one of those from number 3 to number 6\n")
	w = newWorld(t, small(), nil, 3, 4, 10)
	w.lines[3] = strings.Replace(w.lines[3], "400", "401", 1)
	s = w.source()
	s.Stored = nil
	text, _ = verified(t, s)
	require.Contains(t, text, "5 record 5 is the first that does not fit: it was altered")
}

// A head that cannot be one of this log, or is not signed as it should be.
func TestVerifyHeads(t *testing.T) {
	t.Parallel()
	key, public := mustKey(t, "audit.shop")
	other, _ := mustKey(t, "audit.other")
	same, _ := mustKey(t, "audit.shop")
	w := newWorld(t, small(), key, 10)
	fork := newWorld(t, append(small()[:9], strings.Replace(small()[9], `"q"`, `"r"`, 1)), key, 10)
	outside := func(c audit.Claim) audit.Claim { c.Outside = true; return c }
	foreign := func(l audit.Log) audit.Claim {
		var tree audit.Tree
		tree.Add([]byte(small()[0]))
		return outside(headOf(t, l, &tree, key))
	}
	forged := outside(w.heads[0])
	forged.Note = strings.Replace(forged.Note, "\n10\n", "\n11\n", 1)
	for name, tt := range map[string]struct {
		head audit.Claim
		want string
	}{
		"a fork":                   {outside(fork.heads[0]), "there are two heads of 10 records with different roots"},
		"another journal":          {foreign(audit.Log{"j-2", "live", "shop"}), "is of another log, payreconcile audit j-2 live shop"},
		"another merchant":         {foreign(audit.Log{"j-1", "live", "other"}), "is of another log"},
		"another environment":      {foreign(audit.Log{"j-1", "test", "shop"}), "is of another log"},
		"another key":              {outside(newWorld(t, small(), other, 10).heads[0]), "is signed by audit.other, with none of the keys that were given"},
		"another key of that name": {outside(newWorld(t, small(), same, 10).heads[0]), "is signed by audit.shop, with none of the keys"},
		"an altered note":          {forged, "its signature is not one of the key that it names"},
		"one that is longer":       {outside(newWorld(t, append(small(), strings.Replace(small()[9], `"seq":13`, `"seq":14`, 1)), key, 11).heads[0]), "the end was cut off: a head (a test) is of 11 records, and there are 10"},
	} {
		s := w.source(tt.head)
		s.Keys = audit.Keys{public}
		text, r := verified(t, s)
		require.Contains(t, text, tt.want, name)
		require.False(t, r.Sound())
	}
}

// A file has one form: whatever byte is changed, dropped or added, it is refused.
func TestFileAnyByte(t *testing.T) {
	t.Parallel()
	key, _ := mustKey(t, "audit.shop")
	data := newWorld(t, small(), key, 1, 4, 10).exported(t)
	require.Empty(t, readFile(t, data))
	for i := range data {
		for _, b := range []byte{data[i] ^ 1, data[i] ^ 0x20, ' ', '\n', 0} {
			if b == data[i] {
				continue
			}
			altered := bytes.Clone(data)
			altered[i] = b
			require.NotEmpty(t, readFile(t, altered), "byte %d: %q for %q", i, b, data[i])
		}
		require.NotEmpty(t, readFile(t, slices.Delete(bytes.Clone(data), i, i+1)), "without byte %d", i)
		require.NotEmpty(t, readFile(t, slices.Insert(bytes.Clone(data), i, ' ')), "a space before byte %d", i)
		require.NotEmpty(t, readFile(t, data[:i]), "cut before byte %d", i)
	}
	require.NotEmpty(t, readFile(t, append(bytes.Clone(data), '\n')))
	require.NotEmpty(t, readFile(t, append(bytes.Clone(data), data...)))
}

// A file whose lines were changed and whose footer was made anew is found by its
// hashes and heads, and the record is named.
func TestFileForged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small(), nil, 4, 10)
	kept := w.heads[1]
	kept.Outside = true
	w.lines[3] = strings.Replace(w.lines[3], "400", "401", 1)
	require.Contains(t, readFile(t, w.exported(t)), "record 5 is the first that does not fit: it was altered")
	again := newWorld(t, w.lines, nil, 4, 10).exported(t) // with all hashes and heads made anew
	require.Empty(t, readFile(t, again))
	require.Contains(t, readFile(t, again, kept), "there are two heads of 10 records")
	half := newWorld(t, small()[:5], nil, 4).exported(t)
	require.Empty(t, readFile(t, half), "without a head nobody can tell")
	require.Contains(t, readFile(t, half, kept), "the end was cut off: a head (a test) is of 10 records, and there are 5")
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ text, want string }{
		"empty":          {"", "it is empty"},
		"text":           {"hello\n", "its first line is no header"},
		"another format": {`{"type":"header","format":"payreconcile-journal/1"}` + "\n", "this version reads payreconcile-audit/1"},
		"nobody's":       {`{"type":"header","format":"payreconcile-audit/1"}` + "\n", "does not say whose log"},
		"a long line":    {strings.Repeat("x", 100<<20), "line 1 is longer than 8388608 bytes"},
		"no end":         {`{"type":"header"`, "ends in the middle of line 1"},
	} {
		require.Contains(t, readFile(t, []byte(tt.text)), tt.want, name)
	}
}

package csvimport

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// scan reads all records, and the faults.
func scan(t testing.TB, text string, delim byte) (records [][]string, faults []string) {
	t.Helper()
	s := newScanner(strings.NewReader(text), "a.csv", func(e *spec.Error) { faults = append(faults, e.Error()) })
	s.delim = delim
	for {
		cells, err := s.next()
		if errors.Is(err, io.EOF) {
			return records, faults
		}
		require.NoError(t, err)
		var record []string
		for _, c := range cells {
			record = append(record, c.text)
		}
		records = append(records, record)
	}
}

func TestScanner(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		text    string
		records string // cells in brackets
		faults  string
	}{
		"plain":                   {"a;b\n1;2\n", "[a][b] [1][2]", ""},
		"line ends of Windows":    {"\ufeffa;b\r\n\r\n1;2\r\n", "[a][b] [1][2]", ""},
		"no last line end":        {"a;b\n1;", "[a][b] [1][]", ""},
		"quotes":                  {"\"a;\"\"b\"\"\";c\n\"\";\"x\ny\"\n", `[a;"b"][c] [][x` + "\n" + `y]`, ""},
		"empty":                   {"", "", ""},
		"a quote inside":          {"a;b\"c\n1;2\n", "[1][2]", "a.csv:1:4: a quote inside of a value that has none around it"},
		"text behind a quote":     {"\"a\"b;c\n1;2\n", "[1][2]", "a.csv:1:4: text behind a closing quote"},
		"never closed":            {"1;2\nü;\"a\n3;4\n", "[1][2]", "a.csv:2:3: the quote that opens here is not closed"},
		"closed where one opens":  {"1;\"2\n3;\"4\"\n5;6\n", "", "a.csv:1:3: the quote that opens here is closed on line 2, and text follows it"},
		"closed far too late":     {"1;\"" + strings.Repeat("x\n", 40_000) + "\"\n", "", "a.csv:1:3: the quote that opens here is not closed"},
		"Latin-1":                 {"a;M\xfcller\nb;M\xfcller\nc;d\n", "[c][d]", "a.csv:1:4: text is not UTF-8: \"\\xfc\""},
		"NUL":                     {"a;\x00\n1;2\n", "[1][2]", "a.csv:1:3: a NUL byte"},
		"UTF-16":                  {"\xff\xfea\x00;\x00", "", "a.csv:1:1: file is UTF-16"},
		"a spreadsheet":           {"PK\x03\x04\x14\x00", "", "a.csv:1:1: this is a spreadsheet or an archive, not CSV"},
		"a line without its ends": {"a;b\n" + strings.Repeat("x", 70_000) + "\n1;2\n", "[a][b] [1][2]", "a.csv:2:1: line is over 64 KiB"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			records, faults := scan(t, tt.text, ';')
			var lines []string
			for _, r := range records {
				lines = append(lines, "["+strings.Join(r, "][")+"]")
			}
			require.Empty(t, cmp.Diff(tt.records, strings.Join(lines, " ")))
			require.Empty(t, cmp.Diff(tt.faults, strings.Join(faults, "\n")))
		})
	}
}

// What the standard library reads is read alike, and what it refuses is refused.
func FuzzScanner(f *testing.F) {
	for _, seed := range []string{"a,b\n1,2\n", "\"a\"\"b\",c\r\n", "a\"b", "\"a\nb\",c\n\n", "\"a", "\"a\"b\n", ",\n,", "\r\n\r", "\"\r\n\"", "x\r"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > maxRecord || !utf8.ValidString(text) || strings.ContainsAny(text, "\x00\ufeff\ufffd") || strings.HasPrefix(text, "PK\x03\x04") {
			return
		}
		records, faults := scan(t, text, ',')
		r := csv.NewReader(strings.NewReader(text))
		r.FieldsPerRecord = -1
		want, err := r.ReadAll()
		require.Equal(t, err != nil, len(faults) > 0, "%v\n%v", err, faults)
		if err == nil {
			require.Empty(t, cmp.Diff(want, records, cmp.Transformer("nil", func(s [][]string) [][]string { return append([][]string{}, s...) })))
		}
	})
}

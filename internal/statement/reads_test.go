package statement_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/statement"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

func readsHeader(plans ...string) statement.ReadsHeader {
	return statement.ReadsHeader{Environment: "test", Merchant: "shop", Journal: plan.JournalRef{ID: "j-1", Seq: 1000}, Plans: plans, Period: statement.Period{Since: noon}}
}

func openReads(b []byte) (*statement.Reads, error) {
	return statement.OpenReads(bytes.NewReader(b), int64(len(b)))
}

// someReads is a file of reads of three payments, one of which is unknown.
func someReads(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	f, err := statement.WriteReads(&b, readsHeader("p-1"), func(yield func(statement.Read, error) bool) {
		for i, id := range []string{"11", "12", "13"} {
			have := untouched(id)
			have.At = noon.Add(time.Duration(5-i) * time.Second)
			if i == 1 {
				have = plan.Observed{}
			}
			if !yield(statement.Read{Payment: id, Have: have}, nil) {
				return
			}
		}
	})
	require.NoError(t, err)
	require.EqualValues(t, 3, f.Payments)
	return b.Bytes()
}

func TestReadsRoundTrip(t *testing.T) {
	t.Parallel()
	b := someReads(t)
	r, err := openReads(b)
	require.NoError(t, err)
	require.Equal(t, []time.Time{noon.Add(3 * time.Second), noon.Add(5 * time.Second)}, []time.Time{r.Footer.Oldest, r.Footer.Newest})
	require.Equal(t, []string{"p-1"}, r.Header.Plans)
	for _, id := range []string{"13", "11", "12"} {
		got, err := r.Of(id)
		require.NoError(t, err)
		want := untouched(id)
		want.At = map[string]time.Time{"11": noon.Add(5 * time.Second), "13": noon.Add(3 * time.Second)}[id]
		if id == "12" {
			want = plan.Observed{}
		}
		if d := cmp.Diff(want, got.Have); d != "" {
			t.Errorf("payment %s (-want +got):\n%s", id, d)
		}
	}
	got, err := r.Of("99")
	require.NoError(t, err)
	require.Nil(t, got)
	require.Equal(t, b, someReads(t), "the same reads give the same bytes")
}

func TestReadsThatAreRefused(t *testing.T) {
	t.Parallel()
	whole := string(someReads(t))
	lines := strings.SplitAfter(whole, "\n")
	for name, tt := range map[string]struct {
		text string
		want error
		says string
	}{
		"nothing":             {"", statement.ErrReadsTruncated, "without its footer"},
		"cut at a line":       {strings.Join(lines[:3], ""), statement.ErrReadsTruncated, "without its footer"},
		"cut inside a line":   {whole[:len(whole)-20], statement.ErrReadsTruncated, ""},
		"a changed amount":    {strings.Replace(whole, `"authorized":12500`, `"authorized":12501`, 1), statement.ErrReadsAltered, "SHA-256"},
		"a dropped payment":   {lines[0] + lines[1] + lines[3] + lines[4], statement.ErrReadsAltered, ""},
		"a reordered one":     {lines[0] + lines[2] + lines[1] + lines[3] + lines[4], statement.ErrReadsAltered, ""},
		"something behind it": {whole + "x", statement.ErrReadsAltered, "follows its footer"},
		"another count":       {strings.Replace(whole, `"payments":3`, `"payments":4`, 1), statement.ErrReadsAltered, "counts other payments"},
		"another time":        {strings.Replace(whole, `"kind":"footer","newest":"2026`, `"kind":"footer","newest":"2027`, 1), statement.ErrReadsAltered, "counts other payments"},
		"a line between":      {lines[0] + "{}\n" + strings.Join(lines[1:], ""), statement.ErrReadsAltered, "line 2 is neither"},
		"a plan file":         {`{"kind":"header"}` + "\n", statement.ErrReadsFormat, "no header of reads"},
		"no JSON":             {"payments\n", statement.ErrReadsFormat, "no header of reads"},
		"another major":       {strings.Replace(whole, `"format_version":"1.0"`, `"format_version":"2.0"`, 1), statement.ErrReadsFormat, "format is \"2.0\""},
		"a name twice":        {strings.Replace(whole, `"have":{"authorized":12500,`, `"have":{"authorized":1,"authorized":12500,`, 1), statement.ErrReadsFormat, "line 2"},
		"another kind":        {strings.Replace(whole, `"kind":"payment"`, `"kind":"refund"`, 1), statement.ErrReadsFormat, "it is a \"refund\""},
		"a broken footer":     {strings.Join(lines[:4], "") + `{"kind":"footer","payments":"x"}` + "\n", statement.ErrReadsFormat, "its footer"},
		"a long line":         {lines[0] + `{"have":{` + strings.Repeat(" ", 9<<20), statement.ErrReadsFormat, "more than 8388608 bytes"},
	} {
		_, err := openReads([]byte(tt.text))
		require.ErrorIs(t, err, tt.want, name)
		require.ErrorContains(t, err, tt.says, name)
	}
}

type fullDisk struct{ room int }

func (f *fullDisk) Write(p []byte) (int, error) {
	if f.room -= len(p); f.room < 0 {
		return 0, errors.New("no space left")
	}
	return len(p), nil
}

func TestReadsThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	some := func(yield func(statement.Read, error) bool) {
		for range 3 {
			if !yield(statement.Read{Payment: "11", Have: untouched("11")}, nil) {
				return
			}
		}
	}
	size := len(someReads(t))
	for room := 0; room < size-100; room += 50 {
		_, err := statement.WriteReads(&fullDisk{room}, readsHeader("p-1"), some)
		require.ErrorContains(t, err, "no space left")
	}
	failed := errors.New("the platform is away")
	_, err := statement.WriteReads(io.Discard, readsHeader(), func(yield func(statement.Read, error) bool) { yield(statement.Read{}, failed) })
	require.ErrorIs(t, err, failed)
}

// FuzzOpenReads holds that whatever is opened is found again, or refused.
func FuzzOpenReads(f *testing.F) {
	whole := someReads(f)
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add(bytes.Replace(whole, []byte("12500"), []byte("12501"), 1))
	f.Add([]byte(fmt.Sprintf("%s\n", `{"kind":"reads","format_version":"1.0"}`)))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := openReads(b)
		if err != nil {
			return
		}
		_, err = r.Of("11")
		require.NoError(t, err)
	})
}

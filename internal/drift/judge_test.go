package drift_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/drift"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

var update = flag.Bool("update", false, "write the golden files anew")

// worlds are what a plan wanted and saw, what the journal holds, and what the
// platform shows now.
var worlds = []struct {
	name                     string
	want, then, journal, now string
	ago                      time.Duration // when the plan was applied; 0 is a day
}{
	{name: "as it was applied", want: "captures a=6000", then: "5 12500", journal: "capture a 6000 settled _1", now: "5 12500; _1 9 6000 a"},
	{name: "accepted since yesterday", want: "captures a=6000", then: "5 12500", journal: "capture a 6000 accepted _1", now: "5 12500; _1 91 6000 a"},
	{name: "settled, which the journal does not know yet", want: "captures a=6000", then: "5 12500", journal: "capture a 6000 accepted _1", now: "5 12500; _1 9 6000 a"},
	{name: "accepted and not shown yet", want: "captures a=6000", then: "5 12500", journal: "capture a 6000 accepted _1", now: "5 12500"},
	{name: "without an id or an echo of the reference", want: "captures a=6000", then: "5 12500", journal: "capture a 6000 accepted", now: "5 12500; _1 91 6000"},
	{name: "others, before the plan", want: "captured 6000", then: "5 12500; _1 9 2000", journal: "capture pr:c:2000-6000 4000 settled _2", now: "5 12500; _1 9 2000; _2 9 4000"},
	{name: "others, refused", want: "captured 6000", then: "5 12500", journal: "capture pr:c:0-6000 6000 settled _1", now: "5 12500; _1 9 6000; _2 93 100"},
	{name: "others capture", want: "captures a=6000", then: "5 12500", journal: "capture a 6000 settled _1", now: "5 12500; _1 9 6000 a; _2 91 100 x"},
	{name: "others refund, which nobody declares", want: "captures a=6000", then: "5 12500", journal: "capture a 6000 settled _1", now: "5 12500; _1 9 6000 a; _2 8 100"},
	{name: "others cancel all of it", want: "captured 6000", then: "5 12500", now: "6 12500"},
	{name: "others' operation is another amount now", want: "captured 6000", then: "5 12500; _1 9 2000", journal: "capture pr:c:2000-6000 4000 settled _2", now: "5 12500; _1 9 1000; _2 9 4000"},
	{name: "others, of our amount, beside ours", want: "captures a=6000", then: "5 12500", journal: "capture a 6000 settled _1", now: "5 12500; _1 9 6000; _2 9 6000"},
	{name: "our cancel on the authorisation", want: "cancelled all", then: "5 12500", journal: "cancel pr:v:0-12500 12500 settled _1", now: "6 12500"},
	{name: "refused after acceptance", want: "captures a=6000", then: "5 12500", journal: "capture a 6000 accepted _1", now: "5 12500; _1 93 6000 a"},
	{name: "refund refused after it had settled", want: "captured 12500; refunds a=6000", then: "9 12500", journal: "refund a 6000 settled _1", now: "9 12500; _1 83 6000 a"},
	{name: "refusal on record", want: "captures a=6000", then: "5 12500", journal: "capture a 6000 refused _1", now: "5 12500; _1 93 6000 a"},
	{name: "refused, and shown all the same", want: "captures a=6000", then: "5 12500", journal: "capture a 6000 refused _1", now: "5 12500; _1 9 6000 a"},
	{name: "late", want: "captures a=6000", then: "5 12500", journal: "capture a 6000 accepted _1 73h", now: "5 12500; _1 91 6000 a"},
	{name: "late, to the second", want: "captures a=6000", then: "5 12500", journal: "capture a 6000 accepted _1 72h", now: "5 12500; _1 91 6000 a"},
	{name: "late, and not shown", want: "captures a=6000", then: "5 12500", journal: "capture a 6000 accepted _1 73h", now: "5 12500"},
	{name: "pending when it was planned", want: "captured 6000", then: "5 12500; _1 91 6000", now: "5 12500; _1 91 6000", ago: 73 * time.Hour},
	{name: "pending when it was planned yesterday", want: "captured 6000", then: "5 12500; _1 91 6000", now: "5 12500; _1 91 6000"},
	{name: "the authorisation is pending", want: "captured 6000", then: "51 12500", now: "51 12500", ago: 73 * time.Hour},
	{name: "in doubt", want: "captures a=6000", then: "5 12500", journal: "capture a 6000 unknown", now: "5 12500"},
	{name: "in doubt, and shown", want: "captures a=6000", then: "5 12500", journal: "capture a 6000 intended", now: "5 12500; _1 9 6000 a"},
	{name: "in doubt, beside what others did", want: "captures a=6000", then: "5 12500", journal: "capture a 6000 unknown", now: "5 12500; _1 9 5000"},
	{name: "missing", want: "captures a=6000", then: "5 12500", journal: "capture a 6000 settled _1", now: "5 12500"},
	{name: "settled after it was read", want: "captures a=6000", then: "5 12500", journal: "capture a 6000 settled _1 read-before", now: "5 12500"},
	{name: "another amount", want: "captures a=6000", then: "5 12500", journal: "capture a 6000 settled _1", now: "5 12500; _1 9 5000 a"},
	{name: "another kind", want: "captures a=6000 b=500", then: "5 12500", journal: "capture a 6000 settled _1; capture b 500 settled _2", now: "5 12500; _1 9 6000 a; _2 8 500 b"},
	{name: "at work again", want: "captures a=6000", then: "5 12500", journal: "capture a 6000 settled _1", now: "5 12500; _1 91 6000 a"},
	{name: "the platform is not certain", want: "captures a=6000", then: "5 12500", journal: "capture a 6000 accepted _1", now: "5 12500; _1 92 6000 a"},
	{name: "twice on the platform", want: "captures a=6000", then: "5 12500", journal: "capture a 6000 settled _1", now: "5 12500; _1 9 6000 a; _2 9 6000 a"},
	{name: "a status that nobody has described", want: "captures a=6000", then: "5 12500", journal: "capture a 6000 settled _1", now: "5 12500; _1 56 6000 a"},
	{name: "unknown to the platform", want: "captures a=6000", then: "5 12500", journal: "capture a 6000 settled _1", now: "unknown"},
	{name: "the answer is about another payment", want: "captures a=6000", then: "5 12500", now: "id 3066177999_0; 5 12500"},
	{name: "deferred yesterday", want: "captured all; refunds a=500", then: "5 12500", journal: "capture pr:c:0-12500 12500 settled _1", now: "5 12500; _1 9 12500"},
	{name: "deferred long ago", want: "captured all; refunds a=500", then: "5 12500", journal: "capture pr:c:0-12500 12500 settled _1 80h", now: "5 12500; _1 9 12500", ago: 80 * time.Hour},
	{name: "others brought it to what is wanted", want: "captured 6000", then: "5 12500", now: "5 12500; _1 9 6000"},
	{name: "a sale", want: "captured 12500; refunds a=500", then: "9 12500", journal: "refund a 500 settled _1", now: "9 12500; _1 8 500 a"},
}

// TestJudgeGolden holds every world against what was found of it before.
func TestJudgeGolden(t *testing.T) {
	t.Parallel()
	var all strings.Builder
	for _, w := range worlds {
		ago := w.ago
		if ago == 0 {
			ago = 24 * time.Hour
		}
		s := applied(t, w.want, w.then, ago)
		tell(&all, w.name, judge(t, s, w.journal, w.now))
	}
	golden(t, "applied.txt", all.String())
}

// TestManifestsGolden is the same for what manifests declare.
func TestManifestsGolden(t *testing.T) {
	t.Parallel()
	var all strings.Builder
	for _, w := range []struct{ name, want, journal, now string }{
		{"ours", "captures a=6000", "capture a 6000 settled _1", "5 12500; _1 9 6000"},
		{"named by its reference", "captures a=6000", "", "5 12500; _1 9 6000 a"},
		{"adopted", "captures a=6000@_1", "", "5 12500; _1 9 6000"},
		{"counted by a total", "captured 6000", "", "5 12500; _1 9 6000"},
		{"counted by all", "cancelled all", "", "5 12500; _1 6 12500"},
		{"nobody names it", "captures a=6000", "", "5 12500; _1 9 6000 a; _2 9 100"},
		{"a kind that is not declared", "captured 6000", "", "5 12500; _1 9 6000; _2 8 100"},
		{"not reached", "captured 6000", "", "5 12500; _1 9 5000"},
		{"exceeded", "captured 6000", "", "5 12500; _1 9 7000"},
		{"another order", "reference order-9; captured 6000", "", "5 12500; _1 9 6000"},
		{"unknown", "captured 6000", "", "unknown"},
		{"in doubt", "captured 6000", "capture pr:c:0-6000 6000 unknown", "5 12500"},
	} {
		s := drift.Subject{Payment: base + "_0", Want: want(t, w.want)}
		tell(&all, w.name, judge(t, s, w.journal, w.now))
	}
	golden(t, "declared.txt", all.String())
}

// What only the journal names is judged by the journal: nobody can tell what
// others did before.
func TestJournalAlone(t *testing.T) {
	t.Parallel()
	s := drift.Subject{Payment: base}
	require.Empty(t, judge(t, s, "capture a 6000 accepted _1", "5 12500; _1 91 6000; _2 9 100"))
	found := judge(t, s, "capture a 6000 unknown", "5 12500; _2 9 100")
	require.Len(t, found, 1)
	require.Equal(t, drift.InDoubt, found[0].Code)
}

func judge(t *testing.T, s drift.Subject, held, shown string) []drift.Finding {
	t.Helper()
	known := plan.Known{Env: env, Intents: journal(t, held)}
	return drift.Judge(s, have(t, shown, now), known, drift.Options{Now: now, Late: drift.DefaultLate})
}

func tell(b *strings.Builder, name string, found []drift.Finding) {
	fmt.Fprintf(b, "%s\n", name)
	for _, f := range found {
		fmt.Fprintf(b, "  %s %s", f.Code.Severity(), f.Code)
		for _, x := range []string{string(f.Op), f.Ref, f.Operation} {
			if x != "" {
				b.WriteString(" " + x)
			}
		}
		if f.Status != 0 {
			fmt.Fprintf(b, " (%d)", f.Status)
		}
		if f.Amount != 0 {
			fmt.Fprintf(b, " %d %s", f.Amount, f.Currency)
		}
		fmt.Fprintf(b, "\n    %s\n    hint: %s\n", f.Message, f.Hint)
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	wanted, err := os.ReadFile(path)
	require.NoError(t, err)
	if diff := cmp.Diff(string(wanted), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

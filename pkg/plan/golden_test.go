package plan_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with a file in testdata, which -update writes.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-file +got):\n%s", path, d)
	}
}

// A state is a payment as the platform may show it: a status code with the
// operations that fit it.
type state struct {
	code  int
	what  string
	ops   string // operations in the shorthand; % is the code
	items string // what is there already, as items of captures
}

// codes are all that are described, one that clients disagree about, and one
// that nobody has described.
var codes = []int{
	0, 1, 2, 4, 5, 6, 7, 8, 9, 46, 50, 51, 52, 55, 56, 57, 59, 61, 62, 63, 64, 71, 72, 73, 75, 77,
	81, 82, 83, 85, 91, 92, 93, 99,
}

func states() (out []state) {
	for _, c := range codes {
		is := func(op spec.Op) bool { return plan.StandingOf(op, c) != plan.Undefined }
		switch {
		case is(spec.Capture):
			out = append(
				out, state{c, "a sale", "_0 % 100.00", ""},
				state{c, "captured in part", "_0 5 100.00; _1 % 60.00 ship-1", "ship-1=60.00"},
			)
		case is(spec.Cancel):
			out = append(out, state{c, "voided", "_0 % 100.00", ""}, state{c, "cancelled in part", "_0 5 100.00; _1 % 40.00 void-1", ""})
		case is(spec.Refund):
			out = append(
				out, state{c, "a sale, refunded in part", "_0 9 100.00; _1 % 20.00 rma-1", ""},
				state{c, "captured and refunded in part", "_0 5 100.00; _1 9 60.00 ship-1; _2 % 20.00 rma-1", "ship-1=60.00"},
			)
		default:
			out = append(out, state{c, "the authorisation alone", "_0 % 100.00", ""})
		}
	}
	return out
}

// TestGolden compares what is planned for every status code, all flags and
// every kind of wish with a table that people have read.
func TestGolden(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(`# What is planned for a payment over 100.00, by status code, flags and wish.
# Flags: A isAuthorized, C isCancellable, R isRefundable; T true, F false, - absent.
# A flag that is not named makes no difference. _1 is operation 3066177123_1.
`)
	for _, s := range states() {
		ops := strings.ReplaceAll(s.ops, "%", fmt.Sprint(s.code))
		fmt.Fprintf(&b, "\n%d, %s: %s\n", s.code, s.what, ops)
		for _, wish := range []string{
			strings.TrimSpace("captures "+s.items) + " ship-2=30.00", "captured 90.00", "captured all", "cancelled all", "refunded 50.00", "",
		} {
			outcomes := map[string]string{}
			w, r := want(t, wish), reading(t, fmt.Sprintf("%d --- 100.00; %s", s.code, ops))
			for _, flags := range allFlags {
				r.Authorized, r.Cancellable, r.Refundable = triOf(flags[0]), triOf(flags[1]), triOf(flags[2])
				e := plan.Diff(w, plan.Observe(r, readAt), plan.Known{Env: testEnv})
				outcomes[flags] = short(&e)
			}
			if wish == "" {
				wish = "(nothing managed)"
			}
			for _, l := range collapse(outcomes) {
				fmt.Fprintf(&b, "  %-36s %-12s %s\n", wish, l[0], l[1])
			}
		}
	}
	golden(t, "diff_golden.txt", b.String())
}

var allFlags = func() (all []string) {
	for _, a := range "TF-" {
		for _, c := range "TF-" {
			for _, r := range "TF-" {
				all = append(all, string([]rune{a, c, r}))
			}
		}
	}
	return all
}()

// collapse names the flags that make a difference, and the outcome for each of
// their values.
func collapse(outcomes map[string]string) (lines [][2]string) {
	at := -1
	var by []string
	for flag := range 3 {
		if c := classes(outcomes, flag); len(c) > 1 {
			at, by = flag, c
			break
		}
	}
	if at < 0 {
		for _, any := range outcomes {
			return [][2]string{{"any flags", any}}
		}
	}
	for _, class := range by {
		some := map[string]string{}
		for flags, outcome := range outcomes {
			if strings.IndexByte(class, flags[at]) >= 0 {
				some[flags] = outcome
			}
		}
		for _, l := range collapse(some) {
			label := "ACR"[at:at+1] + "=" + class
			if l[0] != "any flags" {
				label += " " + l[0]
			}
			lines = append(lines, [2]string{label, l[1]})
		}
	}
	return lines
}

// classes puts the values of one flag together that never make a difference.
func classes(outcomes map[string]string, at int) (out []string) {
	for _, v := range []byte("TF-") {
		if outcomesWith(outcomes, at, v) == "" {
			continue
		}
		i := slices.IndexFunc(out, func(class string) bool {
			return outcomesWith(outcomes, at, class[0]) == outcomesWith(outcomes, at, v)
		})
		if i >= 0 {
			out[i] += string(v)
			continue
		}
		out = append(out, string(v))
	}
	return out
}

// outcomesWith lists the outcomes with one value of one flag, by the values of
// the others; "" when there are none.
func outcomesWith(outcomes map[string]string, at int, v byte) string {
	var b strings.Builder
	for _, flags := range allFlags {
		if outcome, ok := outcomes[flags]; ok && flags[at] == v {
			fmt.Fprintf(&b, "%s%s %s\n", flags[:at], flags[at+1:], outcome)
		}
	}
	return b.String()
}

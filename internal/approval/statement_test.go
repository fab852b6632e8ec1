package approval_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/payreconcile/payreconcile/internal/approval"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// text is a statement as people read it.
const text = `payreconcile approval v1
plan aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
content bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
environment live
merchant shop-eu
maker "ci\u00df bot\nplan x"
payments 4
calls 3
money capture EUR 12500 2
money refund EUR 1250 1
plan-expires 2026-11-23T12:00:00.5Z
policy cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
approvers none
signed 2026-11-22T18:00:00Z
expires 2026-11-23T12:00:00Z
comment "für \"Müller\" \\o/"
`

func TestStatement(t *testing.T) {
	t.Parallel()
	s, err := approval.ParseStatement(text)
	require.NoError(t, err)
	want := approval.Statement{
		Plan: strings.Repeat("a", 64), Content: strings.Repeat("b", 64), Environment: "live", Merchant: "shop-eu",
		Maker: "ciß bot\nplan x", Payments: 4, Calls: 3, Money: []plan.Sum{
			{Action: plan.Capture, Currency: "EUR", Amount: 12500, Count: 2},
			{Action: plan.Refund, Currency: "EUR", Amount: 1250, Count: 1},
		},
		PlanExpires: time.Date(2026, 11, 23, 12, 0, 0, 5e8, time.UTC), Policy: strings.Repeat("c", 64),
		Signed: time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC), Expires: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC),
		Comment: `für "Müller" \o/`,
	}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Errorf("statement (-want +got):\n%s", diff)
	}
	require.Equal(t, text, s.String())
}

// A statement that is written in any other way is none.
func TestStatementRefused(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ old, new, want string }{
		"another version":      {"v1", "v2", "does not begin with"},
		"upper case":           {"aaaa\n", "aaaA\n", "plan is not 64 hexadecimal digits"},
		"short":                {"aaaa\n", "aaa\n", "plan is not 64 hexadecimal digits"},
		"a line twice":         {"calls 3\n", "calls 3\ncalls 3\n", `the line "plan-expires" is not in its place`},
		"a line less":          {"calls 3\n", "", `the line "calls" is not in its place`},
		"another order":        {"money capture EUR 12500 2\nmoney refund EUR 1250 1\n", "money refund EUR 1250 1\nmoney capture EUR 12500 2\n", "not in the order"},
		"a sum twice":          {"calls 3\nmoney capture EUR 12500 2\n", "calls 5\nmoney capture EUR 12500 2\nmoney capture EUR 12500 2\n", "not in the order"},
		"a plus":               {"EUR 12500", "EUR +12500", "not written as"},
		"a leading zero":       {"EUR 12500", "EUR 012500", "not written as"},
		"below zero":           {"EUR 12500", "EUR -12500", "money is not a number"},
		"past int64":           {"EUR 12500", "EUR 9223372036854775808", "money is not a number"},
		"no calls in a sum":    {"1250 1", "1250 0", "is of no call"},
		"calls that lie":       {"calls 3", "calls 2", "it says 2 calls, and its sums are of 3"},
		"too many calls":       {"12500 2", "12500 9223372036854775807", "more than can be counted"},
		"another action":       {"money refund", "money pending", "about captures, cancels or refunds"},
		"no currency":          {"money refund EUR", "money refund XXX", "no ISO 4217 currency"},
		"five words":           {"1250 1", "1250 1 1", "a money line has"},
		"another zone":         {"18:00:00Z", "18:00:00+00:00", "not written as"},
		"no time":              {"18:00:00Z", "18:00:00", "signed is not a time"},
		"after the plan":       {"expires 2026-11-23T12:00:00Z\ncomment", "expires 2026-11-23T12:00:01Z\ncomment", "expires after its plan"},
		"signed after the end": {"signed 2026-11-22", "signed 2026-11-24", "signed after it had expired"},
		"quoted without need":  {"merchant shop-eu", `merchant "shop-eu"`, "not written as"},
		"a name with a space":  {"merchant shop-eu", "merchant shop eu", "merchant cannot be read"},
		"a name without":       {"merchant shop-eu", "merchant ", "merchant cannot be read"},
		"letters not escaped":  {`ci\u00df`, "ciß", "not written as"},
		"an open quote":        {"merchant shop-eu", `merchant "`, "merchant cannot be read"},
		"an empty comment":     {`"für \"Müller\" \\o/"`, `""`, "comment cannot be read"},
		"a hidden comment":     {`für`, `f\u202er`, "comment cannot be read"},
		"a comment of lines":   {`für`, `f\nr`, "comment cannot be read"},
		"a card number":        {`für`, `4111 1111 1111 1111`, "comment cannot be read"},
		"no comment line":      {"comment ", "remark ", "something follows its last line"},
		"something behind":     {"\\o/\"\n", "\\o/\"\nmore\n", "something follows its last line"},
		"no last line break":   {"\\o/\"\n", "\\o/\"", "ends in the middle of a line"},
		"carriage return":      {"live\n", "live\r\n", "environment cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			altered := strings.Replace(text, tt.old, tt.new, 1)
			require.NotEqual(t, text, altered)
			_, err := approval.ParseStatement(altered)
			require.ErrorContains(t, err, tt.want)
		})
	}
}

// A plan that a statement cannot hold is not stated.
func TestNewRefuses(t *testing.T) {
	t.Parallel()
	c := newCast(t, people("", ada))
	h, f := c.plan()
	f.PlanID = "x\nplan y"
	_, err := approval.New(h, f, now, "")
	require.ErrorContains(t, err, "plan is not 64 hexadecimal digits")
	h, f = c.plan()
	_, err = approval.New(h, f, h.Expires.Add(time.Hour), "")
	require.ErrorContains(t, err, "after it had expired")
}

func TestComment(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"  looks \n right\x1b[31m ": "looks right[31m", "a\u202eb \u0627": "ab", "für Ähre": "für Ähre", "": "", "\xff": "",
	} {
		got, err := approval.Comment(in)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	_, err := approval.Comment("card 4111111111111111")
	require.ErrorContains(t, err, "card number")
	_, err = approval.Comment(strings.Repeat("ä", approval.MaxComment+1))
	require.ErrorContains(t, err, "over 200 characters")
}

// drawn is any statement that a plan could have.
func drawn(t *rapid.T) approval.Statement {
	hash := rapid.StringMatching(`[0-9a-f]{64}`)
	maybe := rapid.OneOf(rapid.Just(""), hash)
	name := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z\n"\\ ]{0,9}`))
	at := func(label string, from int64) time.Time {
		return time.Unix(rapid.Int64Range(from, from+4e9).Draw(t, label), rapid.SampledFrom([]int64{0, 5e8, 1}).Draw(t, label+" ns")).UTC()
	}
	s := approval.Statement{
		Plan: hash.Draw(t, "plan"), Content: hash.Draw(t, "content"), Environment: name.Draw(t, "environment"),
		Merchant: name.Draw(t, "merchant"), Maker: name.Draw(t, "maker"), Payments: rapid.Int64Range(0, math.MaxInt64).Draw(t, "payments"),
		Policy: maybe.Draw(t, "policy"), Approvers: maybe.Draw(t, "approvers"),
	}
	s.Signed = at("signed", 0)
	s.Expires = at("expires", s.Signed.Unix()+1)
	s.PlanExpires = at("plan expires", s.Expires.Unix()+1)
	for _, c := range []spec.Currency{"EUR", "JPY", "USD"} {
		for _, k := range []plan.Kind{plan.Cancel, plan.Capture, plan.Refund} {
			if rapid.Bool().Draw(t, "sum") {
				m := plan.Sum{Action: k, Currency: c, Amount: rapid.Int64Range(0, math.MaxInt64).Draw(t, "amount"), Count: rapid.Int64Range(1, 1e9).Draw(t, "count")}
				s.Money, s.Calls = append(s.Money, m), s.Calls+m.Count
			}
		}
	}
	s.Comment, _ = approval.Comment(rapid.StringN(0, 100, 400).Draw(t, "comment"))
	return s
}

// What is written is read as what it was, and says what it says on lines of
// its own, whatever the names are.
func TestStatementRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := drawn(t)
		text := want.String()
		got, err := approval.ParseStatement(text)
		require.NoError(t, err, text)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("statement (-want +got):\n%s", diff)
		}
		lines := 13 + len(want.Money)
		if want.Comment != "" {
			lines++
		}
		require.Equal(t, lines, strings.Count(text, "\n"), text)
	})
}

// FuzzStatement holds that a statement has one text.
func FuzzStatement(f *testing.F) {
	f.Add(text)
	f.Add(strings.Replace(text, "comment", "x", 1))
	f.Add(strings.ReplaceAll(text, "none", `""`))
	f.Fuzz(func(t *testing.T, text string) {
		s, err := approval.ParseStatement(text)
		if err == nil {
			require.Equal(t, text, s.String())
		}
	})
}

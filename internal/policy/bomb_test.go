package policy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/policy"
)

// TestBombs holds that what is made to keep a compiler or a rule busy does not:
// it is refused, or denied, or harmless.
func TestBombs(t *testing.T) {
	t.Parallel()
	nested := func(open, middle, end string, n int) string {
		return strings.Repeat(open, n) + middle + strings.Repeat(end, n)
	}
	for name, when := range map[string]string{
		"brackets":       nested("(", "true", ")", 2000),
		"lists":          nested("[", "1", "]", 2000) + " == []",
		"maps":           nested("{1:", "1", "}", 1000) + ".size() == 1",
		"open brackets":  strings.Repeat("(", 4000),
		"open lists":     strings.Repeat("[", 4000),
		"open indexes":   strings.Repeat("a[", 2000),
		"open strings":   strings.Repeat(`"`, 4001),
		"not":            strings.Repeat("!", 4000) + "true",
		"minus":          strings.Repeat("-", 4000) + "1 == 1",
		"ternaries":      strings.Repeat("true ? ", 580) + "true",
		"nested choices": nested("true ? ", "true", " : false", 250),
		"members":        "labels" + strings.Repeat(".a", 2000) + " == 1",
		"calls":          nested("size(", "labels", ")", 600) + " == 1",
		"sums":           "1" + strings.Repeat("+1", 2000) + " == 2001",
		"ands":           "true" + strings.Repeat("&&true", 600),
		"loops":          nested("[1,2].all(x, ", "true", ")", 270),
		"growing lists":  "[1" + strings.Repeat(",1", 60) + "]" + strings.Repeat(".map(x, [x,x,x,x,x,x,x,x])", 100) + ".size() == 1",
		"deep lists":     nested("[", "1", "]", 30) + ".size() == 1",
		"deep maps":      nested("{1:", "1", "}", 30) + ".size() == 1",
		"wide lists":     "[" + strings.Repeat(nested("[", "1", "]", 30)+",", 60) + "[]].size() == 1",
		"deeper lists":   nested("[", "1", "]", 240) + ".size() == 1",
		"deep choices":   nested("[true ? ", "1", " : 2]", 100) + ".size() == 1",
		"growing texts":  nested(`["xxxxxxxxxx"].map(x, x + x)[0].matches(`, `"y"`, ")", 60),
		"regexps":        `ref.matches("` + strings.Repeat("(a*)*", 50) + `b")`,
		"built regexps":  `ref.matches([1,2,3,4].map(x, ref + "{1000}")[0] + "{1000}")`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			if p, err := policy.Parse("policy.yaml", []byte(rules("call: "+when))); err == nil {
				judge(t, p, entry())
			}
			require.Less(t, time.Since(start), 10*time.Second)
		})
	}
}

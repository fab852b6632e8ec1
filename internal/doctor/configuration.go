package doctor

import (
	"errors"
	"os"
	"slices"
	"strings"
	"unicode"

	"github.com/payreconcile/payreconcile/internal/config"
	"github.com/payreconcile/payreconcile/internal/yamlfile"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

var (
	settings  = topic{Configuration, "settings"}
	variables = topic{Configuration, "variables"}
	secret    = topic{Configuration, "secret"}
	files     = topic{Configuration, "files"}
	captures  = topic{Configuration, "captures"}
)

// Unreadable are the faults that kept the configuration from being read, one
// check each.
func Unreadable(err error) []Check {
	var faults spec.Errors
	if !errors.As(err, &faults) {
		return []Check{settings.problem(CauseConfiguration, "", "%v", err)}
	}
	checks := make([]Check, len(faults))
	for i, f := range faults {
		where := strings.TrimSpace(f.Pos.String() + " " + f.Path)
		checks[i] = settings.problem(CauseConfiguration, f.Hint, "%s", strings.TrimPrefix(where+": "+f.Msg, ": "))
	}
	return checks
}

// Settings says what is set and where that came from, and what is missing to
// call the platform, or with offline to read the journal.
func Settings(cfg *config.Config, offline bool) []Check {
	need := cfg.RequireConnection
	if offline {
		need = cfg.RequireMerchant
	}
	var facts []Fact
	for _, s := range config.Settings() {
		if at := cfg.Origin(s.Name); at != "" && cfg.Value(s.Name) != "" {
			facts = append(facts, Fact{s.Name, cfg.Value(s.Name), at})
		}
	}
	if cfg.Environment != "" && cfg.Origin("environment") == "" {
		facts = append(facts, Fact{"environment", cfg.Environment, "the endpoint"})
	}
	c := settings.ok("%s set, the others have their defaults", plural(len(facts), "setting"))
	c.Facts = facts
	checks := []Check{c}
	if err := need(); err != nil {
		checks = append(checks, Unreadable(err)...)
	}
	return checks
}

// Variables looks for variables that nothing reads and somebody may have meant
// for one that is read. Others are read by something, such as a job.
func Variables(environ []string, others ...string) Check {
	const prefix = "PAYRECONCILE_"
	known := slices.Clone(others)
	for _, s := range config.Settings() {
		known = append(known, s.Env)
	}
	read := 0
	var odd []string
	todo := ""
	for _, v := range environ {
		name, value, _ := strings.Cut(v, "=")
		if value == "" || !strings.HasPrefix(strings.ToUpper(name), prefix) || strings.HasPrefix(name, prefix+"TEST_") {
			continue
		}
		if slices.Contains(known, name) {
			read++
		} else if hint := yamlfile.Suggest(name, known); strings.HasPrefix(hint, "did you mean ") {
			odd, todo = append(odd, yamlfile.Quote(name)), hint
		}
	}
	if len(odd) > 0 {
		return variables.warning(todo, "nothing reads %s", strings.Join(odd, ", "))
	}
	return variables.ok("%s of this program set, none misspelt", plural(read, "variable"))
}

// Secret looks at the API secret without showing it.
func Secret(cfg *config.Config) Check {
	text := cfg.APISecret.Reveal()
	switch n := len(text); {
	case n == 0:
		return secret.skipped("none is set")
	case strings.ContainsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r < ' ' || r > '~' }):
		return secret.warning("copy it again from the platform's portal", "set, %d characters, and one of them is a space or no letter, digit or sign: secrets of the platform have none", n)
	case n < 10:
		return secret.warning("copy all of it from the platform's portal", "set, and only %d characters long", n)
	default:
		return secret.ok("set, %d characters, without spaces (from %s)", n, cfg.Origin("apiSecret"))
	}
}

// Files says which files were read, and warns of those that others may change,
// and of a journal that others may read.
func Files(cfg *config.Config) []Check {
	var checks []Check
	for _, w := range cfg.Warnings {
		checks = append(checks, files.warning("", "%s", w))
	}
	read := slices.Clone(cfg.Files)
	for _, f := range []string{cfg.Policy, cfg.Approvers} {
		if f != "" {
			read = append(read, f)
		}
	}
	for _, f := range read {
		if mode(f)&0o002 != 0 {
			checks = append(checks, files.warning("chmod o-w "+f, "everybody on this machine can write %s", f))
		}
	}
	if mode(cfg.Journal)&0o006 != 0 {
		checks = append(checks, files.warning("chmod 600 "+cfg.Journal, "everybody on this machine can read or write the journal %s", cfg.Journal))
	}
	if len(checks) == 0 {
		checks = append(checks, files.ok("%s", fallback(strings.Join(read, ", "), "none was read")))
	}
	return checks
}

// mode is what people may do with a file; 0 when it is none.
func mode(path string) os.FileMode {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return 0
	}
	return info.Mode().Perm()
}

func fallback(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// Captures says how captures in currencies without two decimals are sent, or
// that they cannot be.
func Captures(cfg *config.Config) Check {
	switch cfg.CaptureAmountUnit {
	case plan.CaptureUnitMinor:
		return captures.ok("captures in currencies without two decimals, such as JPY, are sent in their smallest unit")
	case plan.CaptureUnitHundredths:
		return captures.ok("captures in currencies without two decimals, such as JPY, are sent as if they had two")
	default:
		return captures.ok("captureAmountUnit is not set: right while every currency has two decimals, as EUR does; captures in others, such as JPY, are blocked")
	}
}

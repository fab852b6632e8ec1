package doctor

import "fmt"

// A Status is what a check came to.
type Status string

// The statuses.
const (
	OK      Status = "ok"
	Warning Status = "warning" // a run would work, and somebody should look
	Problem Status = "problem" // a run would fail, or should not be begun
	Skipped Status = "skipped" // nobody looked, or nobody can tell
)

// An Area is what a check is about.
type Area string

// The areas, in the order in which they are looked at.
const (
	Configuration Area = "configuration"
	Connection    Area = "connection"
	Platform      Area = "platform"
	Journal       Area = "journal"
	Rules         Area = "rules"
	Versions      Area = "versions"
)

// A Cause says what kind of problem there is, as exit codes tell them apart.
type Cause string

// The causes.
const (
	CauseOther         Cause = "" // an error like any other
	CauseConfiguration Cause = "configuration"
	CausePolicy        Cause = "policy"
	CauseApproval      Cause = "approval"
	CauseDoubt         Cause = "doubt"
	CauseLocked        Cause = "locked"
	CauseCredentials   Cause = "credentials"
)

// A Check is what was looked at, and what came of it.
type Check struct {
	Area   Area
	Name   string
	Status Status
	Found  string // in a sentence or less
	Todo   string // what a person can do; "" when there is nothing to
	Cause  Cause  // of a problem
	Facts  []Fact
}

// A Fact is a detail of a check, such as one setting.
type Fact struct {
	Name, Value string
	Origin      string // where the value came from; "" when that is not the question
}

// A topic makes checks that are about one thing.
type topic struct {
	area Area
	name string
}

func (t topic) ok(format string, args ...any) Check {
	return Check{Area: t.area, Name: t.name, Status: OK, Found: fmt.Sprintf(format, args...)}
}

func (t topic) warning(todo, format string, args ...any) Check {
	return Check{Area: t.area, Name: t.name, Status: Warning, Found: fmt.Sprintf(format, args...), Todo: todo}
}

func (t topic) problem(cause Cause, todo, format string, args ...any) Check {
	return Check{Area: t.area, Name: t.name, Status: Problem, Found: fmt.Sprintf(format, args...), Todo: todo, Cause: cause}
}

func (t topic) skipped(format string, args ...any) Check {
	return Check{Area: t.area, Name: t.name, Status: Skipped, Found: fmt.Sprintf(format, args...)}
}

// A Report is all checks of one visit.
type Report struct {
	Environment string // "" while nobody knows
	Merchant    string
	Endpoint    string
	Checks      []Check
}

// Live reports that what runs here moves real money.
func (r *Report) Live() bool { return r.Environment == live }

const live = "live"

// Count returns how many checks came to this.
func (r *Report) Count(s Status) int {
	n := 0
	for _, c := range r.Checks {
		if c.Status == s {
			n++
		}
	}
	return n
}

// Has reports a problem of this cause.
func (r *Report) Has(cause Cause) bool {
	for _, c := range r.Checks {
		if c.Status == Problem && c.Cause == cause {
			return true
		}
	}
	return false
}

// Add adds checks.
func (r *Report) Add(checks ...Check) { r.Checks = append(r.Checks, checks...) }

// plural is "1 rule" or "2 rules".
func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

package ci

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// An output is what later steps and jobs can read.
type output struct{ name, value string }

// outputs keep the order in which they were first set.
type outputs []output

func (o *outputs) set(name, value string) {
	if i := slices.IndexFunc(*o, func(x output) bool { return x.name == name }); i >= 0 {
		(*o)[i].value = value
		return
	}
	*o = append(*o, output{name, value})
}

func (o *outputs) number(name string, n int64) { o.set(name, strconv.FormatInt(n, 10)) }

func (o *outputs) is(name string, yes bool) { o.set(name, strconv.FormatBool(yes)) }

// plan sets what a plan comes to.
func (o *outputs) plan(f plan.Footer) error {
	o.is("has_changes", f.HasChanges())
	o.set("plan_id", f.PlanID)
	o.set("content_id", f.ContentID)
	o.number("payments", f.Counts.Payments)
	o.number("calls", f.Counts.Calls)
	o.number("in_doubt", f.Counts.InDoubt)
	o.number("blocked", f.Counts.Blocked)
	denied, approvals := int64(0), 0
	if j := f.Judgement; j != nil {
		denied, approvals = j.Denied, j.Approvals
	}
	o.number("denied", denied)
	o.number("approvals", int64(approvals))
	text, err := totals(f.Money)
	if err != nil {
		return err
	}
	o.set("totals", text)
	accepted, err := accept(f)
	if err != nil {
		return err
	}
	o.set("accept", accepted)
	return nil
}

// run sets what became of a run.
func (o *outputs) run(s apply.Summary) {
	o.set("plan_id", s.PlanID)
	for _, status := range []apply.Status{
		apply.StatusSettled, apply.StatusAccepted, apply.StatusRefused, apply.StatusUnknown, apply.StatusStale,
		apply.StatusSkipped, apply.StatusPending, apply.StatusDeferred, apply.StatusBlocked,
	} {
		o.number(string(status), s.Counts[status])
	}
	o.number("in_doubt", s.Counts[apply.StatusUnknown])
	o.number("unsent", s.Unsent)
	o.is("resume_needed", !s.Complete && s.PlanID != "" || s.Counts[apply.StatusUnknown] > 0)
}

// totals are the money of a plan as JSON on one line.
func totals(sums []plan.Sum) (string, error) {
	type total struct {
		Action   plan.Kind     `json:"action"`
		Currency spec.Currency `json:"currency"`
		Amount   int64         `json:"amount"`
		Calls    int64         `json:"calls"`
	}
	all := make([]total, len(sums))
	for i, s := range sums {
		all[i] = total{s.Action, s.Currency, s.Amount, s.Count}
	}
	b, err := json.Marshal(all)
	if err != nil {
		return "", fmt.Errorf("encode the totals: %w", err)
	}
	return string(b), nil
}

// accept is what --accept has to be given to agree with a plan: the calls and
// the money of each currency, as 3:EUR:125.00, apart by a space.
func accept(f plan.Footer) (string, error) {
	totals, err := f.Totals()
	if err != nil {
		return "", err
	}
	words := make([]string, len(totals))
	for i, t := range totals {
		words[i] = t.String()
	}
	return strings.Join(words, " "), nil
}

// gitHub is the text that makes GitHub know the outputs. What is not a number
// stands between two lines that nobody can guess.
func (o outputs) gitHub() string {
	var b strings.Builder
	for _, x := range o {
		if x.value == "true" || x.value == "false" || isNumber(x.value) {
			b.WriteString(x.name + "=" + x.value + "\n")
			continue
		}
		end := "end_" + rand.Text()
		b.WriteString(x.name + "<<" + end + "\n" + shownOutput(x.value) + "\n" + end + "\n")
	}
	return b.String()
}

// The limits of a dotenv report of GitLab.
const (
	dotenvBytes     = 5 << 10
	dotenvVariables = 20
)

// dotenv is the text of a dotenv report: no spaces and no empty values in it.
// What is left out is said.
func (o outputs) dotenv() (text string, left []string) {
	n := 0
	for _, x := range o {
		value := strings.ReplaceAll(shownOutput(x.value), " ", ",")
		line := "PAYRECONCILE_" + strings.ToUpper(x.name) + "=" + value + "\n"
		switch {
		case value == "":
		case n == dotenvVariables || len(text)+len(line) > dotenvBytes:
			left = append(left, x.name)
		default:
			text += line
			n++
		}
	}
	return text, left
}

func shownOutput(value string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, value)
}

func isNumber(text string) bool {
	_, err := strconv.ParseInt(text, 10, 64)
	return err == nil
}

package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// RunMarkdown writes what became of a run as Markdown: a verdict, the money by
// what became of it, what did not go well, and what a person does next.
// Troubles are the results that did not go well, or the most pressing of
// them; what they lack of the summary's counts, and what the budget has no room
// for, is counted.
func RunMarkdown(w io.Writer, h plan.Header, s apply.Summary, troubles []apply.Result, o MarkdownOptions) error {
	var rows []string
	for _, r := range troubles {
		rows = append(rows, troubleRow(r))
	}
	total := int64(0)
	for _, status := range troubleOrder {
		total += s.Counts[status]
	}
	head := runHead(h, s)
	if total = max(total, int64(len(rows))); total > 0 {
		head += "### Did not go well: " + number(total) + "\n\n" +
			"| Payment | Reference | Call | Became | Why, and what to do | Declared in |\n|---|---|---|---|---|---|\n"
	}
	return bounded(w, head, rows, total, runTail(s), o.Budget)
}

// FailureMarkdown writes why a command came to nothing: the faults of what was
// written, each with its place, or the error and what to do about it.
func FailureMarkdown(w io.Writer, command, meaning string, err error, hint string, faults spec.Errors, o MarkdownOptions) error {
	head := "## " + mdCode("payreconcile "+command, maxWord) + " did not run\n\n**" + mdText(meaning) + ".**\n\n"
	var rows []string
	for _, f := range faults {
		rows = append(rows, mdLine(mdCode(f.Pos.String(), maxWord), mdCode(f.Path, maxWord), mdText(f.Msg)+mdHint(f.Hint)))
	}
	switch {
	case len(rows) > 0:
		head += "| Where | What | Why, and what to do |\n|---|---|---|\n"
	case err != nil:
		head += "What is wrong: " + mdText(err.Error()) + mdHint(hint) + "\n"
	}
	return bounded(w, head, rows, int64(len(rows)), "", o.Budget)
}

// troubleOrder is the order in which what did not go well is listed.
var troubleOrder = []apply.Status{
	apply.StatusUnknown, apply.StatusRefused, apply.StatusStale, apply.StatusBlocked, apply.StatusSkipped,
}

// bounded writes a heading, as many rows as fit, how many there are besides,
// and a closing. A budget that holds no more than these is an error.
func bounded(w io.Writer, head string, rows []string, total int64, tail string, budget int) error {
	listed := total > 0
	room := budget - len(head) - len(tail) - restOfRows
	if budget != 0 && room < 0 {
		return fmt.Errorf("write Markdown: %d bytes are too few", budget)
	}
	p := &mdView{printer: newPrinter(w, Style{})}
	p.text(head)
	for _, row := range rows {
		if room -= len(row); budget != 0 && room < 0 {
			break
		}
		p.text(row)
		total--
	}
	if total > 0 {
		p.text("\n… and " + number(total) + " more, not shown here\n")
	}
	if listed && tail != "" {
		p.text("\n")
	}
	p.text(tail)
	return p.close()
}

func runHead(h plan.Header, s apply.Summary) string {
	var b strings.Builder
	b.WriteString("## Calls for payments of " + mdCode(h.Merchant, maxWord) + " in " + mdCode(h.Environment, maxWord) + "\n\n")
	b.WriteString("**" + runVerdict(s) + "**\n\n")
	if len(s.Money) > 0 {
		b.WriteString("| Currency | Action | Calls | Amount | Became |\n|---|---|---:|---:|---|\n")
		for _, m := range sorted(s.Money) {
			sum := plan.Sum{Currency: m.Currency}
			b.WriteString(mdLine(mdCurrency(sum), mdVerb(string(m.Op)), number(m.Count), mdMoney(m.Amount, m.Currency), mdStatus(m.Status)))
		}
		b.WriteString("\n")
	}
	if s.Stopped != "" {
		b.WriteString("Ended early: " + mdText(s.Stopped) + "\n\n")
	}
	return b.String()
}

func runVerdict(s apply.Summary) string {
	line := summaryLine(s) + "."
	if n := s.Counts[apply.StatusUnknown]; n > 0 {
		return "In doubt: " + count(n, "call") + ". Nobody knows whether " + either(n, "it", "they") + " moved money. " + line
	}
	return strings.ToUpper(line[:1]) + line[1:]
}

// runTail says what to do next, and names the plan.
func runTail(s apply.Summary) string {
	var b strings.Builder
	for _, step := range nextSteps(s) {
		b.WriteString("- **Next:** " + step + "\n")
	}
	if s.PlanID != "" {
		b.WriteString("- Plan " + mdCode(s.PlanID, maxID) + " is " + map[bool]string{true: "through", false: "unfinished"}[s.Complete] + "\n")
	}
	return b.String()
}

func mdStatus(s apply.Status) string {
	if i := rank(s); i < len(statusText) {
		return statusText[i].text
	}
	return mdCode(string(s), maxWord)
}

func troubleRow(r apply.Result) string {
	what := "the whole payment"
	if r.Action.Op != "" {
		what = mdVerb(string(r.Action.Op))
		if r.Action.Ref != "" {
			what += " " + mdCode(r.Action.Ref, maxWord)
		}
		if r.Action.Amount > 0 {
			what += " " + mdMoney(r.Action.Amount, r.Currency)
		}
	}
	why := mdText(r.Message)
	if r.ErrorID != "" {
		why += " (the platform's error id " + mdCode(r.ErrorID, maxWord) + ")"
	}
	return mdLine(mdCode(string(r.Payment), maxWord), mdCode(r.MerchantReference, maxWord), what, mdStatus(r.Status),
		why+mdHint(r.Hint), mdCode(r.Source, maxWord))
}

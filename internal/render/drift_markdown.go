package render

import (
	"io"
	"strings"

	"github.com/payreconcile/payreconcile/internal/drift"
)

// DriftMarkdown writes what was found as Markdown, the most pressing first.
// What the budget has no room for is counted.
func DriftMarkdown(w io.Writer, d DriftReport, o MarkdownOptions) error {
	var rows []string
	for _, c := range drift.Codes {
		if d.Summary.Counts[c] == 0 || len(rows) >= driftRows {
			continue
		}
		for f, err := range d.Findings(c) {
			if err != nil {
				return err
			}
			if rows = append(rows, foundRow(f)); len(rows) == driftRows {
				break
			}
		}
	}
	var head strings.Builder
	head.WriteString("## Drift of " + mdCode(d.Merchant, maxWord) + " in " + mdCode(d.Environment, maxWord) + "\n\n**" + mdText(d.verdict()) + "**\n\n")
	for _, line := range d.scope() {
		head.WriteString("- " + mdText(line) + "\n")
	}
	if len(d.Summary.Others) > 0 {
		head.WriteString("\n### Money that others moved\n\n| Currency | Kind | Operations | Amount |\n|---|---|---:|---:|\n")
		for _, s := range d.Summary.Others {
			head.WriteString(mdLine(mdCode(string(s.Currency), maxWord), mdVerb(string(s.Op)), number(s.Count), mdMoney(s.Amount, s.Currency)))
		}
	}
	if len(rows) > 0 {
		head.WriteString("\n### Found: " + number(d.Summary.Found()) + "\n\n| What | Payment | Reference | Operation | Amount | Why, and what to do |\n|---|---|---|---|---:|---|\n")
	}
	return bounded(w, head.String(), rows, d.Summary.Found(), "", o.Budget)
}

// driftRows is how many findings a page has at most.
const driftRows = 2000

func foundRow(f drift.Finding) string {
	amount := ""
	if f.Amount != 0 {
		amount = mdMoney(f.Amount, f.Currency)
	}
	operation := string(f.Op)
	for _, part := range []string{f.Ref, f.Operation} {
		if part != "" {
			operation = strings.TrimSpace(operation + " " + part)
		}
	}
	return mdLine(mdText(driftTitles[f.Code]), mdCode(string(f.Payment), maxWord), mdCode(f.MerchantReference, maxWord),
		mdCode(operation, 2*maxWord), amount, mdText(f.Message)+mdHint(f.Hint))
}

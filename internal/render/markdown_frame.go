package render

import (
	"strings"

	"github.com/payreconcile/payreconcile/pkg/plan"
)

// heading is the verdict, the money and the counts.
func (v *mdView) heading() string {
	var b strings.Builder
	c := v.footer.Counts
	b.WriteString("## Payments of " + mdCode(v.header.Merchant, maxWord) + " in " + mdCode(v.header.Environment, maxWord) + "\n\n")
	b.WriteString(v.verdict() + "\n\n")
	if len(v.footer.Money) > 0 {
		b.WriteString("| Currency | Action | Calls | Amount |\n|---|---|---:|---:|\n")
		for _, s := range v.footer.Money {
			b.WriteString(mdLine(mdCurrency(s), mdVerb(string(s.Action)), number(s.Count), mdMoney(s.Amount, s.Currency)))
		}
		b.WriteString("\n")
	}
	b.WriteString(countsLine(c) + ".\n\n")
	if j := v.footer.Judgement; j != nil && j.Approvals > 0 {
		b.WriteString("It needs **" + count(int64(j.Approvals), "approval") + "**.\n\n")
	}
	return b.String()
}

func mdCurrency(s plan.Sum) string {
	if _, ok := s.Currency.Exponent(); ok {
		return string(s.Currency)
	}
	return mdCode(string(s.Currency), 8)
}

// closing names the plan, and says what to do with it.
func (v *mdView) closing() string {
	h, f := v.header, v.footer
	var b strings.Builder
	line := func(label, text string) { b.WriteString("- " + label + " " + text + "\n") }
	b.WriteString("---\n\n")
	line("Plan", mdCode(f.PlanID, maxID))
	line("Content", mdCode(f.ContentID, maxID))
	made := clock(h.Created)
	if h.Maker != "" {
		made += " by " + mdCode(h.Maker, maxWord)
	}
	line("Made", made+" with "+mdCode(h.Tool, maxWord))
	expires := clock(h.Expires)
	if now := v.options.Now; !now.IsZero() && !now.Before(h.Expires) {
		expires += " – **expired: plan again**"
	}
	line("Expires", expires)
	if !f.Oldest.IsZero() {
		line("Observed", clock(f.Oldest)+" to "+clock(f.Newest))
	}
	line("Manifests", mdManifests(h.Manifests))
	if h.Selection != "" {
		line("Selection", mdCode(h.Selection, maxSelection))
	}
	if h.Policy != "" {
		line("Policy", "sha256 "+mdCode(h.Policy, maxID))
	}
	if h.Approvers != "" {
		line("Approvers", "sha256 "+mdCode(h.Approvers, maxID))
	}
	b.WriteString("\n" + v.next() + "\n")
	return b.String()
}

const (
	maxID        = 128 // characters of an id
	maxSelection = 200
	mdManifestsN = 3 // how many manifests are named
)

func mdManifests(files []plan.ManifestFile) string {
	var names []string
	for i, m := range files {
		if rest := len(files) - i; i == mdManifestsN && rest > 1 {
			names = append(names, "and "+number(int64(rest))+" more")
			break
		}
		names = append(names, mdCode(m.Name, maxWord))
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// next says how the plan goes on.
func (v *mdView) next() string {
	j := v.footer.Judgement
	switch {
	case v.footer.Counts.Calls == 0:
		return "There is nothing to apply."
	case v.parts[mdDenied].rows > 0:
		return "The policy denies this plan. Resolve what it names, and plan again."
	case v.header.Approvers != "" || (j != nil && j.Approvals > 0):
		return "Approve exactly this plan with `payreconcile approve PLAN`, then run it with `payreconcile apply PLAN`, where `PLAN` is its file."
	}
	return "Run exactly this plan with `payreconcile apply PLAN`, where `PLAN` is its file."
}

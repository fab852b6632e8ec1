package render

// denials shows what the policy does not allow: each with its rule, what it is
// about, and what a person can do.
func (v *planView) denials() {
	j := v.footer.Judgement
	if j == nil || j.Denied == 0 {
		return
	}
	v.line()
	v.line(v.paint(alarm, "Denied by policy: "+number(j.Denied)), " (apply makes no call of this plan before this is resolved)")
	for _, d := range j.Denials {
		line := "  " + v.paint(strong, v.word(d.Rule)) + "  "
		switch {
		case d.Payment == "":
			line += "the plan as a whole"
		case d.Ref == "":
			line += v.word(d.Payment)
		default:
			line += v.word(d.Payment) + "  " + v.word(d.Ref)
		}
		if d.Source != "" {
			line += v.paint(faint, "  ("+v.clean(d.Source)+")")
		}
		v.line(line)
		v.sentence(4, "", v.clean(d.Message), plain)
		v.hint(4, d.Override)
	}
	if rest := j.Denied - int64(len(j.Denials)); rest > 0 {
		v.line("  and ", number(rest), " more")
	}
}

// judged shows what the policy came to, below the sums.
func (v *planView) judged() {
	j := v.footer.Judgement
	if j == nil {
		return
	}
	if j.Denied > 0 {
		text := "Denied by policy: " + count(j.Denied, "denial")
		if !v.options.Concise {
			text += ", see above"
		}
		v.line(v.paint(alarm, text))
	}
	if j.Approvals > 0 {
		v.line(v.paint(strong, "Needs the approval of "+either(int64(j.Approvals), "1 person", number(int64(j.Approvals))+" people")))
	}
}

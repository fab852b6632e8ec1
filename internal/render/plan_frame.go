package render

import (
	"strconv"
	"strings"
	"time"

	"github.com/payreconcile/payreconcile/pkg/plan"
)

// heading says what the plan is for, from what it was made and how long it
// counts.
func (v *planView) heading() {
	h := v.header
	v.line(v.paint(strong, "Plan for "+v.word(h.Environment)+", merchant "+v.word(h.Merchant)))
	if v.options.Concise {
		return
	}
	maker := ""
	if h.Maker != "" {
		maker = " by " + v.word(h.Maker)
	}
	v.line("  made       ", clock(h.Created), maker, " with ", v.clean(h.Tool))
	if !v.footer.Oldest.IsZero() {
		v.line("  observed   ", clock(v.footer.Oldest), " to ", clock(v.footer.Newest))
	}
	expiry := "  expires    " + clock(h.Expires)
	if now := v.options.Now; !now.IsZero() && !now.Before(h.Expires) {
		expiry += v.paint(alarm, "  expired: plan again")
	}
	v.line(expiry)
	v.journal()
	v.manifests()
	selection := h.Selection
	if selection == "" {
		selection = "all payments"
	}
	v.line("  selection  ", v.clean(selection))
	if h.Policy != "" {
		v.line("  policy     sha256 ", v.word(h.Policy))
	}
	if h.Approvers != "" {
		v.line("  approvers  sha256 ", v.word(h.Approvers))
	}
	if h.CaptureUnit != "" {
		v.line("  captures   in currencies without two decimals, such as JPY, are sent ", captureUnit(h))
	}
	if h.RefundOpen {
		v.line("  refunds    also while more can be captured")
	}
}

func (v *planView) journal() {
	j := v.header.Journal
	if j.ID == "" {
		v.line("  journal    ", v.paint(wait, "new: nothing was ever applied with it"))
		return
	}
	line := "  journal    " + v.word(j.ID) + " at record " + strconv.FormatInt(j.Seq, 10)
	if j.New {
		line += v.paint(wait, "  new: no history for this merchant")
	}
	v.line(line)
}

// fewManifests is how many manifests are listed unless all are asked for.
const fewManifests = 10

func (v *planView) manifests() {
	label := "  manifests  "
	for i, m := range v.header.Manifests {
		if rest := len(v.header.Manifests) - i; i == fewManifests && rest > 1 && !v.options.Verbose {
			v.line(label, "and ", number(int64(rest)), " more")
			return
		}
		v.line(label, v.word(m.Name), " (sha256 ", v.clean(short(m.SHA256)), ")")
		label = "             "
	}
}

// closing shows the sums, or says that there is nothing to do.
func (v *planView) closing() {
	c := v.footer.Counts
	v.line()
	if c.Calls == 0 {
		text, role := v.noChanges()
		v.line(v.paint(role, text))
	}
	if c.Payments > 0 {
		v.line(countsLine(c))
	}
	v.money()
	v.judged()
	v.line("Plan ", v.clean(short(v.footer.PlanID)))
}

// countsLine counts the payments by what becomes of them.
func countsLine(c plan.Counts) string {
	parts := []string{count(c.Changes, "payment") + " to change"}
	for _, x := range []struct {
		n    int64
		what string
	}{{c.InDoubt, "in doubt"}, {c.Blocked, "blocked"}, {c.Waiting, "waiting"}, {c.NoOp, "as declared"}} {
		if x.n > 0 {
			parts = append(parts, number(x.n)+" "+x.what)
		}
	}
	return strings.Join(parts, ", ") + "; " + count(c.Payments, "payment") + " in all"
}

func (v *planView) noChanges() (string, role) {
	c := v.footer.Counts
	switch {
	case c.Payments == 0:
		return "No changes. No payment was declared or selected.", wait
	case c.Blocked > 0:
		text := "No changes. " + either(c.Blocked, "1 payment is", number(c.Blocked)+" payments are") + " blocked"
		if v.options.Concise {
			return text + ".", wait
		}
		return text + ": see above.", wait
	case c.Waiting > 0:
		return "No changes now. " + either(c.Waiting, "1 payment waits", number(c.Waiting)+" payments wait") +
			" for the platform or for an earlier action: plan again later.", wait
	}
	return "No changes. Every payment is as declared.", good
}

// money shows the money that the calls move, by currency and action.
func (v *planView) money() {
	if v.footer.Counts.Calls == 0 {
		return
	}
	t := &table{p: v.printer, indent: "  "}
	for _, s := range v.footer.Money {
		role := strong
		if s.Action != plan.Capture {
			role = alarm
		}
		t.add(row{cells: []cell{
			{text: v.clean(string(s.Currency))},
			{text: v.clean(string(s.Action))},
			{text: count(s.Count, "call"), right: true},
			{text: v.Style.money(s.Amount, s.Currency), right: true, role: role},
		}})
	}
	t.flush()
	v.line("  ", count(v.footer.Counts.Calls, "call"), " in all")
}

// short returns as much of an id or a hash as people compare.
func short(id string) string {
	if len(id) > 12 {
		return id[:12]
	}
	return id
}

// clock writes a time for people, in UTC.
func clock(t time.Time) string {
	if t.IsZero() {
		return "unknown time"
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}

// captureUnit says how the platform is told what to capture.
func captureUnit(h plan.Header) string {
	switch h.CaptureUnit {
	case plan.CaptureUnitMinor:
		return "in their smallest unit"
	case plan.CaptureUnitHundredths:
		return "as if they had two decimals"
	default:
		return "as " + Clean(string(h.CaptureUnit))
	}
}

package render

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A difference is one thing that two plans say differently, as text.
type difference struct {
	what, before, after string
	ours                bool // amounts and numbers, which need no quotes
}

// differing keeps what differs.
func differing(all ...difference) []difference {
	return slices.DeleteFunc(all, func(d difference) bool { return d.before == d.after })
}

// paymentDifferences are what is declared and what the platform shows of one
// payment, but for its actions.
func paymentDifferences(a, b *plan.Content) []difference {
	h, g := &a.Have, &b.Have
	money := func(c spec.Currency, minor int64) string {
		return Clean(spec.Money{Minor: minor, Currency: c}.String())
	}
	wanted := func(c *plan.Content, minor *int64) string {
		if minor == nil {
			return "not managed"
		}
		return money(c.Currency, *minor)
	}
	all := []difference{
		{"declared id", string(a.Payment), string(b.Payment), false},
		{"declared currency", string(a.Currency), string(b.Currency), false},
		{"declared captured", wanted(a, a.Want.Captured), wanted(b, b.Want.Captured), true},
		{"declared cancelled", wanted(a, a.Want.Cancelled), wanted(b, b.Want.Cancelled), true},
		{"declared refunded", wanted(a, a.Want.Refunded), wanted(b, b.Want.Refunded), true},
		{"declared authorized", money(a.Currency, a.Want.Authorized), money(b.Currency, b.Want.Authorized), true},
		{"declared reference", a.Want.MerchantReference, b.Want.MerchantReference, false},
		{"labels", labelText(a.Labels), labelText(b.Labels), false},
		{"platform knows it", yesNo(h.Exists), yesNo(g.Exists), true},
		{"platform id", h.ID, g.ID, false},
		{"platform status", strconv.Itoa(h.Code), strconv.Itoa(g.Code), true},
		{"platform authorized", money(h.Currency, h.Authorized), money(g.Currency, g.Authorized), true},
	}
	now := totalsOf(g)
	for i, t := range totalsOf(h) {
		all = append(all, difference{"platform " + t.what, money(h.Currency, t.minor), money(g.Currency, now[i].minor), true})
	}
	return differing(append(all,
		difference{"platform operations", strconv.Itoa(len(h.Operations)), strconv.Itoa(len(g.Operations)), true},
		difference{"platform merchant reference", h.MerchantReference, g.MerchantReference, false},
		difference{"platform capture allowed", yesNo(h.CanCapture), yesNo(g.CanCapture), true},
		difference{"platform cancel allowed", yesNo(h.CanCancel), yesNo(g.CanCancel), true},
		difference{"platform refund allowed", yesNo(h.CanRefund), yesNo(g.CanRefund), true},
		difference{"platform product", strconv.Itoa(h.Product), strconv.Itoa(g.Product), true},
		difference{"platform fault", string(h.Fault), string(g.Fault), false},
		difference{"drift", driftText(a.Drift), driftText(b.Drift), false},
	)...)
}

// A total is a sum of the platform with its name.
type total struct {
	what  string
	minor int64
}

func totalsOf(h *plan.Observed) [8]total {
	t := &h.Totals
	return [...]total{
		{"captured", t.Captured},
		{"capture requested", t.CaptureRequested},
		{"cancelled", t.Cancelled},
		{"cancel requested", t.CancelRequested},
		{"refunded", t.Refunded},
		{"refund requested", t.RefundRequested},
		{"capture or cancel uncertain", t.Uncertain},
		{"refund uncertain", t.UncertainRefund},
	}
}

// headerDifferences are what two plans were made from and by.
func headerDifferences(a, b plan.Header, f, g plan.Footer) []difference {
	all := []difference{
		{"made by", a.Maker, b.Maker, false},
		{"policy", a.Policy, b.Policy, false},
		{"approvers", a.Approvers, b.Approvers, false},
		{"approvals asked for", strconv.Itoa(judgementIn(f).Approvals), strconv.Itoa(judgementIn(g).Approvals), true},
		{"denied by policy", number(judgementIn(f).Denied), number(judgementIn(g).Denied), true},
		{"selection", a.Selection, b.Selection, false},
		{"unit of captures", string(a.CaptureUnit), string(b.CaptureUnit), false},
		{"refunds while more can be captured", yesNo(a.RefundOpen), yesNo(b.RefundOpen), true},
		{"journal", a.Journal.ID, b.Journal.ID, false},
	}
	return differing(append(all, manifestDifferences(a.Manifests, b.Manifests)...)...)
}

// judgementIn is the judgement of a footer, empty when there is none.
func judgementIn(f plan.Footer) plan.Judgement {
	if f.Judgement == nil {
		return plan.Judgement{}
	}
	return *f.Judgement
}

// manifestDifferences go by name; a name that occurs twice is told by all its
// hashes.
func manifestDifferences(a, b []plan.ManifestFile) []difference {
	hashes := func(files []plan.ManifestFile) map[string]string {
		m := map[string]string{}
		for _, f := range files {
			m[f.Name] = strings.TrimSpace(m[f.Name] + " " + f.SHA256)
		}
		return m
	}
	old, now := hashes(a), hashes(b)
	names := maps.Clone(old)
	maps.Copy(names, now)
	var all []difference
	for _, name := range slices.Sorted(maps.Keys(names)) {
		all = append(all, difference{"manifest " + name, old[name], now[name], false})
	}
	return all
}

func yesNo(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}

func labelText(labels plan.Labels) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		parts = append(parts, name+"="+labels[name])
	}
	return strings.Join(parts, ",")
}

func driftText(drift []plan.Drift) string {
	var parts []string
	for _, d := range drift {
		parts = append(parts, strings.Join([]string{d.Kind, string(d.Op), d.Ref, d.Operation}, " "))
	}
	return strings.Join(parts, ", ")
}

// bareAction is an action without its sentences, which are no difference.
func bareAction(a plan.Action) plan.Action {
	a.Message, a.Hint = "", ""
	return a
}

// actionDifferences are the actions of one plan that the other does not have.
func actionDifferences(a, b []plan.Action) (removed, added []plan.Action) {
	left := slices.Clone(b)
	for _, x := range a {
		i := slices.IndexFunc(left, func(y plan.Action) bool { return bareAction(x) == bareAction(y) })
		if i < 0 {
			removed = append(removed, x)
			continue
		}
		left = slices.Delete(left, i, i+1)
	}
	return removed, left
}

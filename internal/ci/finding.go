package ci

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A check is what a finding is about.
type check string

// The checks, the most pressing first. What stands before checkBlocked fails
// somebody's money or permission and is an error; the others are warnings:
// nothing was sent.
const (
	checkFailed    check = "failed"    // the command itself
	checkManifest  check = "manifest"  // a fault in what was written
	checkInDoubt   check = "in-doubt"  // nobody knows whether money moved
	checkDuplicate check = "duplicate" // it may have moved twice
	checkDenied    check = "denied"    // by a policy
	checkDrift     check = "drift"     // refused after it was accepted, or moved by others
	checkRefused   check = "refused"   // by the platform
	checkBlocked   check = "blocked"   // cannot be reached, or not safe
	checkStale     check = "stale"     // the payment changed since the plan
	checkUnsettled check = "unsettled" // late, or not as it was wanted
)

var (
	errorChecks   = []check{checkFailed, checkManifest, checkInDoubt, checkDuplicate, checkDenied, checkDrift, checkRefused}
	warningChecks = []check{checkBlocked, checkStale, checkUnsettled}
)

// A finding is something that a person has to look at, mostly at a line of a
// manifest. Its texts are from outside and not cleaned yet.
type finding struct {
	check     check
	file      string
	line, col int
	title     string
	message   string
	hint      string
	identity  string // what makes it the same finding in the next run; "" is the message
}

// mostKept is how many findings of one check are kept; all are counted.
const mostKept = 200

// findings are kept by what they are about, so that a thousand refusals do not
// push out the one call that is in doubt.
type findings struct {
	kept  map[check][]finding
	count map[check]int64
}

func (f *findings) add(x finding) {
	f.more(x.check, 1)
	if len(f.kept[x.check]) < mostKept {
		f.kept[x.check] = append(f.kept[x.check], x)
	}
}

// more counts findings of a check that are not at hand.
func (f *findings) more(c check, n int64) {
	if f.kept == nil {
		f.kept, f.count = map[check][]finding{}, map[check]int64{}
	}
	f.count[c] += n
}

// of returns what was kept of some checks, the most pressing first, and how
// many findings of them there were.
func (f *findings) of(checks ...check) (list []finding, n int64) {
	for _, c := range checks {
		list = append(list, f.kept[c]...)
		n += f.count[c]
	}
	return list, n
}

// severe reports that a finding is an error.
func severe(c check) bool { return slices.Contains(errorChecks, c) }

// faultFinding is a fault in what was written.
func faultFinding(e *spec.Error) finding {
	message := e.Msg
	if e.Path != "" {
		message = e.Path + ": " + message
	}
	return finding{
		check: checkManifest, file: e.Pos.File, line: e.Pos.Line, col: e.Pos.Col,
		title: "payreconcile", message: message, hint: e.Hint,
	}
}

// entryFindings are what of a payment of a plan a person has to look at.
func entryFindings(e *plan.Entry) (list []finding) {
	file, line := place(e.Source)
	who := named(string(e.Content.Payment), reference(e))
	for _, a := range e.Content.Actions {
		if a.Kind != plan.Blocked {
			continue
		}
		x := finding{check: checkBlocked, file: file, line: line, title: "blocked", hint: a.Hint}
		switch a.Reason { //nolint:exhaustive // the others are plainly blocked
		case plan.ReasonInDoubt:
			x.check, x.title = checkInDoubt, "in doubt"
		case plan.ReasonDuplicate:
			x.check, x.title = checkDuplicate, "made twice on the platform"
		}
		what := about(a, e.Content.Currency)
		x.message = who + what + ": " + either(a.Message, string(a.Reason))
		x.identity = strings.Join([]string{string(e.Content.Payment), string(a.Op), a.Ref, string(a.Reason)}, "\x00")
		list = append(list, x)
	}
	for _, d := range e.Content.Drift {
		list = append(list, finding{
			check: checkDrift, file: file, line: line, title: "refused after it was accepted",
			message:  who + " " + string(d.Op) + " " + d.Ref + ": refused after it was accepted (operation " + d.Operation + ")",
			identity: strings.Join([]string{string(e.Content.Payment), string(d.Op), d.Ref, d.Operation}, "\x00"),
		})
	}
	return list
}

// denialFinding is a rule of a policy that does not allow something.
func denialFinding(d plan.Denial) finding {
	file, line := place(d.Source)
	message := "rule " + d.Rule + ": " + d.Message
	if d.Payment != "" {
		message = named(d.Payment, "") + " " + d.Ref + ": " + message
	}
	return finding{
		check: checkDenied, file: file, line: line, title: "denied by policy", message: message, hint: d.Override,
		identity: strings.Join([]string{d.Rule, d.Payment, d.Ref}, "\x00"),
	}
}

// resultFinding is a result that did not go well; false when it did.
func resultFinding(r apply.Result) (finding, bool) {
	checks := map[apply.Status]check{
		apply.StatusUnknown: checkInDoubt, apply.StatusRefused: checkRefused, apply.StatusStale: checkStale, apply.StatusBlocked: checkBlocked,
	}
	c, bad := checks[r.Status]
	if !bad {
		return finding{}, false
	}
	if r.Status == apply.StatusBlocked && r.Action.Reason == plan.ReasonInDoubt {
		c = checkInDoubt
	}
	file, line := place(r.Source)
	title := string(r.Status)
	if c == checkInDoubt {
		title = "in doubt"
	}
	return finding{
		check: c, file: file, line: line, title: title, hint: r.Hint,
		message:  named(string(r.Payment), r.MerchantReference) + about(r.Action, r.Currency) + ": " + either(r.Message, title),
		identity: strings.Join([]string{string(r.Payment), string(r.Action.Op), r.Action.Ref, string(r.Status)}, "\x00"),
	}, true
}

// named names a payment by its id and the merchant's reference.
func named(id, ref string) string {
	if ref == "" {
		return "payment " + id
	}
	return "payment " + id + " (" + ref + ")"
}

// about says which action it is: " capture ship-2 45.00 EUR".
func about(a plan.Action, c spec.Currency) string {
	text := ""
	if a.Op != "" {
		text += " " + string(a.Op)
		if a.Ref != "" {
			text += " " + a.Ref
		}
		if a.Amount > 0 {
			text += " " + spec.Money{Minor: a.Amount, Currency: c}.String()
		}
	}
	return text
}

func reference(e *plan.Entry) string {
	return either(e.Content.Have.MerchantReference, e.Content.Want.MerchantReference)
}

func either(text, other string) string {
	if text != "" {
		return text
	}
	return other
}

// place splits "orders.yaml:7". What does not end in a line is all file.
func place(source string) (file string, line int) {
	if i := strings.LastIndexByte(source, ':'); i >= 0 {
		if n, err := strconv.Atoi(source[i+1:]); err == nil && n > 0 {
			return source[:i], n
		}
	}
	return source, 0
}

// relative returns a file as a path inside of the repository, with slashes; ""
// when it is none that lies there.
func relative(root, wd, file string) string {
	if file == "" || file == "-" || strings.HasPrefix(file, "--") {
		return ""
	}
	if !filepath.IsAbs(file) {
		file = filepath.Join(wd, file)
	}
	rel, err := filepath.Rel(root, file)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return ""
	}
	return filepath.ToSlash(rel)
}

// maxText is how many bytes of a message are shown.
const maxText = 2000

// shown is text from outside as it may be shown, on one line.
func shown(text string) string {
	text = render.Clean(text)
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "") + "…"
	}
	return text
}

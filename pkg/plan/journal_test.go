package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// TestDiffKnown holds what the journal knows against what a read shows.
func TestDiffKnown(t *testing.T) {
	t.Parallel()
	const (
		doubt    = "capture a 60.00 unknown"
		accepted = "capture a 60.00 accepted _1"
		sale     = "9 FFT 100.00; _0 9 100.00"
		captured = "5 TTF 100.00; _0 5 100.00; _1 9 60.00"
		refused  = "5 TTF 100.00; _0 5 100.00; _1 93 60.00 a"
		inDoubt  = "blocked in_doubt capture a 60.00"
	)
	for name, tt := range map[string]struct{ want, have, journal, actions string }{
		"in doubt, the same item":            {"captures a=60.00", authed, doubt, inDoubt},
		"in doubt, another amount":           {"captures a=50.00", authed, doubt, inDoubt},
		"in doubt, final now":                {"captures a=60.00!", authed, doubt, inDoubt},
		"in doubt, another ref":              {"captures b=10.00", authed, doubt, inDoubt},
		"in doubt, a total now":              {"captured all", authed, doubt, inDoubt},
		"in doubt, nothing wanted":           {"captures", authed, doubt, inDoubt},
		"in doubt, not managed any more":     {"", authed, doubt, inDoubt},
		"in doubt though a read shows it":    {"captures a=60.00", "5 TTF 100.00; _0 5 100.00; _1 9 60.00 a", doubt, inDoubt},
		"in doubt, only intended":            {"captures a=60.00", authed, "capture a 60.00 intended", inDoubt},
		"a state of a later version":         {"captures a=60.00", authed, "capture a 60.00 disputed", inDoubt},
		"withdrawn may go":                   {"captures a=60.00", authed, "capture a 60.00 withdrawn", "capture a 60.00"},
		"doubt in one kind holds the next":   {"captures a=60.00; refunds r=5.00", sale, doubt, inDoubt + "; deferred behind_blocked refund r 5.00"},
		"doubt about a refund, a capture":    {"captures a=60.00", authed, "refund r 5.00 unknown", "capture a 60.00; blocked in_doubt refund r 5.00"},
		"doubt about a cancel leaves enough": {"captures a=60.00", authed, "cancel v 40.00 unknown", "capture a 60.00; blocked in_doubt cancel v 40.00"},
		"a final capture, a cancel in doubt": {"captures a=10.00!", authed, "cancel v 40.00 unknown", "blocked in_doubt capture a 10.00; blocked in_doubt cancel v 40.00"},
		"doubt beside an unreadable payment": {"captures a=60.00", "surcharge; " + authed, doubt, inDoubt + "; blocked unreadable"},
		"doubt beside another payment":       {"reference x; captures a=60.00", authed, doubt, inDoubt + "; blocked wrong_reference"},
		"doubt beside a payment unknown":     {"captures a=60.00", "unknown", doubt, inDoubt + "; blocked unknown_payment"},
		"a duplicate goes before doubt": {
			"captures a=60.00", "5 TTF 100.00; _0 5 100.00; _1 9 20.00 b; _2 9 20.00 b; _3 77 1.00", doubt,
			"blocked duplicate_on_platform; " + inDoubt,
		},

		"not visible counts":                    {"captured 60.00", authed, accepted, "pending not_yet_visible capture a _1 60.00"},
		"not visible, settled":                  {"captured 60.00", authed, "capture a 60.00 settled _1", "pending not_yet_visible capture a _1 60.00"},
		"not visible, not managed":              {"", authed, accepted, "pending not_yet_visible capture a _1 60.00"},
		"not visible, as an item":               {"captures a=60.00", authed, accepted, "pending not_yet_visible capture a _1 60.00"},
		"not visible, another amount":           {"captures a=50.00", authed, accepted, "blocked amount_differs capture a _1 50.00"},
		"not visible, less is wanted":           {"captured 10.00", authed, accepted, "blocked over_captured capture; pending not_yet_visible capture a _1 60.00"},
		"not visible, more is wanted":           {"captures a=60.00 b=10.00", authed, accepted, "blocked in_doubt capture a _1 60.00; deferred behind_blocked capture b 10.00"},
		"not visible, a cancel waits":           {"cancelled all", authed, accepted, "pending not_yet_visible capture a _1 60.00; deferred behind_capture cancel pr:v:0-4000 40.00"},
		"not visible, a refund waits":           {"refunded 5.00", authed, accepted, "pending not_yet_visible capture a _1 60.00; deferred behind_capture refund pr:r:0-500 5.00"},
		"visible in another spelling":           {"captures a=60.00 b=10.00", captured, "capture a 60.00 accepted 9000003066177123001", "capture b 10.00"},
		"visible, and settled":                  {"captures a=60.00", captured, accepted, "nothing"},
		"_0 moved to 9, the capture not shown":  {"captures a=60.00", "9 FFT 100.00; _0 9 100.00", accepted, "pending not_yet_visible capture a _1 60.00"},
		"_0 moved to 91, the capture not shown": {"captured 60.00", "91 -FF 100.00; _0 91 100.00", accepted, "pending not_yet_visible capture a _1 60.00"},
		"_0 voided, the cancel not shown":       {"cancelled 40.00", "61 TFF 100.00; _0 61 100.00", "cancel v 40.00 accepted _1", "pending not_yet_visible cancel v _1 40.00"},
		"a cancel that went under _0":           {"cancelled all", authed, "cancel v 100.00 accepted _0", "pending not_yet_visible cancel v _0 100.00"},
		"a cancel that _0 shows":                {"cancelled all", "6 FFF 100.00; _0 6 100.00", "cancel v 100.00 accepted _0", "nothing"},
		"a person's word, shown by its ref":     {"captures a=60.00", "5 TTF 100.00; _0 5 100.00; _1 9 60.00 a", "capture a 60.00 settled", "nothing"},
		"a person's word, shown without a name": {"captured 60.00", captured, "capture a 60.00 settled", "nothing"},
		"a person's word, another's is shown":   {"captured 60.00", captured, "capture a 60.00 settled; capture b 60.00 settled _1", "blocked in_doubt capture a 60.00"},
		"a person's word, the total edited":     {"captured 80.00", authed, "capture pr:c:0-6000 60.00 settled", "blocked in_doubt capture pr:c:0-6000 60.00; deferred behind_blocked capture pr:c:6000-8000 20.00"},

		"_0 voided beside a capture, no cancel shown": {"cancelled 40.00", "61 TFF 100.00; _0 61 100.00; _1 9 30.00", "cancel v 40.00 accepted _2", "pending not_yet_visible cancel v _2 40.00"},
		"_0 moved to 81, a second refund not shown":   {"refunded 30.00", "81 FF- 100.00; _0 81 100.00; _1 81 10.00", "refund r 20.00 accepted _2", "pending in_progress refund _1 10.00; pending not_yet_visible refund r _2 20.00"},
		"two words, one is shown":                     {"captured 40.00", "5 TTF 100.00; _0 5 100.00; _1 9 20.00", "capture a 20.00 settled; capture b 20.00 settled", "pending not_yet_visible capture b 20.00"},
		"a person's word, another amount":             {"captured 90.00", "5 TTF 100.00; _0 5 100.00; _1 9 30.00", "capture a 60.00 settled", "pending not_yet_visible capture a 60.00"},
		"a person's word, another name":               {"captured 60.00", "5 TTF 100.00; _0 5 100.00; _1 9 30.00 c", "capture a 30.00 settled", "pending not_yet_visible capture a 30.00"},
		"not visible and not readable":                {"captures a=60.00", "surcharge; " + authed, accepted, "blocked unreadable"},
		"not visible, the payment unknown":            {"captures a=60.00", "unknown", accepted, "blocked unknown_payment"},

		"refused without an operation":            {"captures a=60.00", authed, "capture a 60.00 refused", "capture a 60.00 attempt 2"},
		"refused twice":                           {"captures a=60.00", authed, "capture a 60.00 refused; capture a 60.00 refused attempt=2", "capture a 60.00 attempt 3"},
		"refused, another ref":                    {"captures b=60.00", authed, "capture a 60.00 refused", "capture b 60.00"},
		"refused, another kind":                   {"refunds a=60.00", sale, "capture a 60.00 refused", "refund a 60.00"},
		"refused by the platform and held":        {"captures a=60.00", refused, "capture a 60.00 refused _1", "capture a 60.00 attempt 2"},
		"refused after acceptance":                {"captures a=60.00", refused, accepted, "capture a 60.00 attempt 2"},
		"refused by the platform, another ref":    {"captures b=60.00", refused, "", "capture b 60.00"},
		"refused by the platform and unknown":     {"captures a=60.00", refused, "", "blocked refusal_not_in_journal capture a 60.00"},
		"refused there, another refusal here":     {"captures a=60.00", refused, "capture a 60.00 refused", "blocked refusal_not_in_journal capture a 60.00"},
		"refused there, held under another name":  {"captures a=60.00", refused, "capture b 60.00 refused _1", "blocked refusal_not_in_journal capture a 60.00"},
		"never an attempt that was used":          {"captures a=60.00", authed, "capture a 60.00 refused attempt=4", "capture a 60.00 attempt 5"},
		"a total's refusal":                       {"captured 60.00", "5 TTF 100.00; _0 5 100.00; _1 93 60.00", "capture pr:c:0-6000 60.00 accepted _1", "capture pr:c:0-6000 60.00 attempt 2"},
		"a withdrawn one is no attempt":           {"captures a=60.00", authed, "capture a 60.00 refused; capture a 60.00 withdrawn attempt=2", "capture a 60.00 attempt 2"},
		"the refusal of a sale is not an attempt": {"captures order-1=60.00", "93 T-F 100.00; reference other; _0 93 100.00 order-1", "", "capture order-1 60.00"},

		"the journal's id goes before the ref":      {"captures a=60.00 b=30.00", "5 TTF 100.00; _0 5 100.00; _1 9 60.00; _2 9 30.00 b", "capture a 60.00 settled _1", "nothing"},
		"the journal's id, a ref that says another": {"captures a=60.00 b=60.00", "5 TTF 100.00; _0 5 100.00; _1 9 60.00 b", "capture a 60.00 settled _1", "blocked adopt_twice capture b _1 60.00"},
		"made here under a, made again elsewhere":   {"captures a=60.00", "5 TTF 100.00; _0 5 100.00; _1 9 20.00; _2 9 20.00 a", "capture a 20.00 settled _1", "blocked duplicate_on_platform"},
		"two attempts that both live":               {"captures a=20.00", "5 TTF 100.00; _0 5 100.00; _1 9 20.00; _2 9 20.00", "capture a 20.00 refused _1; capture a 20.00 settled _2 attempt=2", "blocked duplicate_on_platform"},
		"nothing behind our own final capture":      {"captures a=60.00 b=10.00", "5 TTF 100.00; _0 5 100.00; _1 9 60.00 a", accepted + " final", "blocked not_authorized capture b 10.00"},
		"no cancel behind our own final capture":    {"cancelled 10.00", "5 TTF 100.00; _0 5 100.00; _1 9 60.00 a", accepted + " final", "blocked final_releases_rest cancel pr:v:0-1000 10.00"},
		"our own final capture was refused":         {"captures a=60.00 b=10.00", "5 TTF 100.00; _0 5 100.00; _1 93 60.00 a", accepted + " final", "capture a 60.00 attempt 2; capture b 10.00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := diff(t, tt.want, tt.have, tt.journal)
			if d := cmp.Diff(tt.actions, short(&e)); d != "" {
				t.Errorf("actions (-want +got):\n%s", d)
			}
			require.NoError(t, e.Check())
		})
	}
}

func TestDrift(t *testing.T) {
	t.Parallel()
	e := diff(t, "captures a=60.00", "5 TTF 100.00; _0 5 100.00; _1 93 60.00 a; _2 9 10.00 b; _3 93 1.00 c",
		"capture a 60.00 accepted _1; capture b 10.00 settled _2; capture c 1.00 refused _3")
	want := []plan.Drift{{Kind: "refused_after_acceptance", Op: spec.Capture, Operation: base + "_1", Ref: "a"}}
	if d := cmp.Diff(want, e.Content.Drift); d != "" {
		t.Errorf("drift (-want +got):\n%s", d)
	}
}

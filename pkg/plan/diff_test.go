package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/plan"
)

func TestDiff(t *testing.T) {
	t.Parallel()
	const (
		auth = "5 TTF 100.00; _0 5 100.00 order-1001"
		sale = "9 FFT 100.00; _0 9 100.00 order-1001"
	)
	for name, tt := range map[string]struct{ want, have, actions string }{
		"nothing managed":                           {"", auth, "nothing"},
		"capture all that is declared":              {"captured 60.00", auth, "capture pr:c:0-6000 60.00"},
		"capture the rest, finally":                 {"captured 100.00", auth, "capture pr:c:0-10000 100.00 final"},
		"captured all is a number":                  {"captured all", auth + "; _1 6 30.00", "capture pr:c:0-7000 70.00 final"},
		"two items":                                 {"captures a=60.00 b=40.00", auth, "capture a 60.00; capture b 40.00 final"},
		"an item with final releases the rest":      {"captures a=60.00!", auth, "capture a 60.00 final"},
		"an item that is there":                     {"captures a=60.00 b=40.00", "5 TTF 100.00; _0 5 100.00; _1 9 60.00 a", "capture b 40.00 final"},
		"an empty list manages none":                {"captures", auth, "nothing"},
		"an empty list on a sale":                   {"captures", sale, "nothing"},
		"a sale need not be named":                  {"captures; refunds r=5.00", sale, "refund r 5.00"},
		"a sale adopted":                            {"captures a=100.00@_0", sale, "nothing"},
		"a refund carries its reason":               {"refunds r=5.00:damaged", sale, "refund r 5.00"},
		"refund the rest":                           {"refunded 20.00", sale + "; _1 8 5.00 r", "refund pr:r:500-2000 15.00"},
		"cannot unrefund":                           {"refunded 2.00", sale + "; _1 8 5.00 r", "blocked over_refunded refund"},
		"void":                                      {"cancelled all", auth, "cancel pr:v:0-10000 100.00"},
		"void what is not captured":                 {"captured 60.00; cancelled all", auth, "capture pr:c:0-6000 60.00; deferred behind_capture cancel pr:v:0-4000 40.00"},
		"void once captures settled":                {"captured 60.00; cancelled all", "5 TTF 100.00; _0 5 100.00; _1 9 60.00", "cancel pr:v:0-4000 40.00"},
		"a final capture has voided the rest":       {"captures a=60.00!; cancelled all", "9 FFT 100.00; _0 5 100.00; _1 9 60.00 a", "nothing"},
		"a final capture will void the rest":        {"captures a=60.00!; cancelled all", auth, "capture a 60.00 final"},
		"absent flags do not say it was voided":     {"cancelled all", "5 --- 100.00; _0 5 100.00; _1 9 60.00", "blocked not_cancellable cancel pr:v:0-4000 40.00"},
		"cancel beside a final capture":             {"captures a=60.00!; cancelled 40.00", auth, "capture a 60.00 final; blocked final_releases_rest cancel pr:v:0-4000 40.00"},
		"refund behind a capture":                   {"captured all; refunded 10.00", auth, "capture pr:c:0-10000 100.00 final; deferred behind_capture refund pr:r:0-1000 10.00"},
		"refund while more can be captured":         {"refunded 10.00", "5 TTT 100.00; _0 5 100.00; _1 9 60.00", "deferred capture_not_final refund pr:r:0-1000 10.00"},
		"part of a list that is out of reach":       {"captures a=60.00 b=60.00", auth, "deferred behind_blocked capture a 60.00; blocked more_than_open capture b 60.00"},
		"what comes after a blocked kind waits":     {"captures a=60.00; refunds r=5.00", "9 FFT 100.00; _0 9 100.00; _1 9 50.00 x", "blocked unmanaged capture x _1 50.00; deferred behind_blocked capture a 60.00; deferred behind_blocked refund r 5.00"},
		"one operation cannot be two items":         {"captures a=60.00 b=60.00@_1", "5 TTF 100.00; _0 5 100.00; _1 9 60.00 a", "blocked adopt_twice capture b _1 60.00"},
		"claimed and found":                         {"captures a=60.00@_1 b=60.00@3066177123_1", "5 TTF 100.00; _0 5 100.00; _1 9 60.00", "blocked adopt_twice capture b _1 60.00"},
		"a total's operation can be adopted":        {"captures a=60.00@_1", "5 TTF 100.00; _0 5 100.00; _1 9 60.00 pr:c:0-6000", "nothing"},
		"a foreign name can be adopted":             {"captures a=60.00@_1", "5 TTF 100.00; _0 5 100.00; _1 9 60.00 #12/4", "nothing"},
		"the order's name can be adopted":           {"captures a=60.00@_1", "5 TTF 100.00; _0 5 100.00; _1 9 60.00 order-1001", "nothing"},
		"the authorisation's ref never matches":     {"captures order-1=100.00", "9 FFT 100.00; reference other; _0 9 100.00 order-1", "blocked not_authorized capture order-1 100.00"},
		"the order's ref never matches":             {"captures order-1001=60.00", "5 TTF 100.00; _0 5 100.00; _1 9 60.00 order-1001", "blocked wrong_reference capture order-1001 60.00; blocked unmanaged capture order-1001 _1 60.00"},
		"a void is not a cancel of nobody":          {"cancels", "6 FFF 100.00; _0 6 100.00", "blocked unmanaged cancel _0 100.00"},
		"two refunds in one plan":                   {"refunds a=5.00 b=7.00", sale, "refund a 5.00; refund b 7.00"},
		"another spelling":                          {"id 9000003066177123000; captured 60.00", "id 3066177123; 5 TTF 100.00; 3066177123 5 100.00", "capture pr:c:0-6000 60.00"},
		"the platform is working on it":             {"captured 60.00", "91 -FF 100.00; _0 5 100.00; _1 91 60.00", "pending in_progress capture _1 60.00"},
		"more behind what is in progress":           {"captured 80.00", "91 -FF 100.00; _0 5 100.00; _1 91 60.00", "deferred behind_request capture pr:c:6000-8000 20.00"},
		"more while it may still be captured":       {"captured 80.00", "5 TTF 100.00; _0 5 100.00; _1 91 60.00", "capture pr:c:6000-8000 20.00"},
		"a cancel leaves what captures wait for":    {"captured 80.00; cancelled all", "91 -FF 100.00; _0 5 100.00; _1 91 60.00", "deferred behind_request capture pr:c:6000-8000 20.00; deferred behind_capture cancel pr:v:0-2000 20.00"},
		"captures that cannot be leave the cancels": {"captures a=50.00 b=30.00 c=30.00; cancelled all", "5 TTF 100.00; _0 5 100.00; _1 6 40.00", "deferred behind_blocked capture a 50.00; blocked more_than_open capture b 30.00; deferred behind_blocked capture c 30.00"},
		"not voided while a capture is in progress": {"cancelled all", "91 -FF 100.00; _0 5 100.00; _1 9 30.00; _2 91 30.00", "deferred behind_capture cancel pr:v:0-4000 40.00"},
		"_0 is not authorised yet":                  {"captured 60.00", "5 TTF 100.00; _0 46 100.00", "pending authorizing capture pr:c:0-6000 60.00"},
		"_0 was refused":                            {"captured 60.00", "5 TTF 100.00; _0 2 100.00", "blocked not_authorized capture pr:c:0-6000 60.00"},
		"two refunds, more than there is":           {"refunds a=60.00 b=60.00", sale, "deferred behind_blocked refund a 60.00; blocked more_than_captured refund b 60.00"},
		"two refunds, more than there will be":      {"refunds a=60.00 b=60.00", "91 -FF 100.00; _0 91 100.00", "deferred behind_capture refund a 60.00; blocked more_than_captured refund b 60.00"},
		"a refund behind the final capture":         {"captured all; refunded 5.00", "5 TTT 100.00; _0 5 100.00; _1 9 30.00", "capture pr:c:3000-10000 70.00 final; deferred behind_capture refund pr:r:0-500 5.00"},
		"uncertain elsewhere":                       {"cancelled 10.00", "5 TTF 100.00; _0 5 100.00; _1 92 60.00", "blocked uncertain cancel pr:v:0-1000 10.00"},
		"uncertain elsewhere, nothing to do":        {"cancelled 10.00", "5 TTF 100.00; _0 5 100.00; _1 92 60.00; _2 6 10.00", "nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := diff(t, tt.want, tt.have, "")
			if d := cmp.Diff(tt.actions, short(&e)); d != "" {
				t.Errorf("actions (-want +got):\n%s", d)
			}
		})
	}
}

// TestRefundOpen covers the switch that lets refunds go while more can still be
// captured.
func TestRefundOpen(t *testing.T) {
	t.Parallel()
	env := testEnv
	env.RefundOpen = true
	for name, tt := range map[string]struct{ want, have, actions string }{
		"while more is open":    {"refunded 10.00", "5 TTT 100.00; _0 5 100.00; _1 9 60.00", "refund pr:r:0-1000 10.00"},
		"beside a capture":      {"captured 70.00; refunded 10.00", "5 TTT 100.00; _0 5 100.00; _1 9 60.00", "capture pr:c:6000-7000 10.00; refund pr:r:0-1000 10.00"},
		"more than settled":     {"captured 70.00; refunded 65.00", "5 TTT 100.00; _0 5 100.00; _1 9 60.00", "capture pr:c:6000-7000 10.00; deferred behind_capture refund pr:r:0-6500 65.00"},
		"a capture to be named": {"captured 70.00; refunded 10.00", "product 3203; 5 TTT 100.00; _0 5 100.00; _1 9 60.00", "capture pr:c:6000-7000 10.00; blocked needs_capture_id refund pr:r:0-1000 10.00"},
		"one capture":           {"refunded 10.00", "product 3203; 5 TTT 100.00; _0 5 100.00; _1 9 60.00", "refund pr:r:0-1000 10.00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := plan.Diff(want(t, tt.want), have(t, tt.have), plan.Known{Env: env})
			require.Equal(t, tt.actions, short(&e))
		})
	}
}

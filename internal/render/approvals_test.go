package render_test

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/approval"
	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

// approvals are one that counts and two that do not, one of them hostile.
func approvals() approval.Result {
	return approval.Result{
		Needed: 2,
		Counted: []approval.Approval{
			{By: "Ada Example", Key: "ada+1+x", File: "p.plan.ada.approval", At: noon, Expires: noon.AddDate(0, 0, 1), Comment: "looks right"},
		},
		Refused: []approval.Refusal{
			{File: "p.plan.bob.approval", By: "Bob Example", Reason: approval.ReasonRevoked, Text: "the key is revoked since 2026-11-01", Hint: "ask for an approval with another key"},
			{File: "p.plan.\x1b[31m\n.approval", By: "\u202eeve", Reason: approval.ReasonUnreadable, Text: "it is not a signed statement"},
		},
	}
}

func TestApprovals(t *testing.T) {
	t.Parallel()
	h := header()
	h.Maker = "ci bot\n"
	f := plan.Footer{PlanID: "abcdef0123456789"}
	golden(t, "approvals.txt", lines(t, func(w io.Writer) error { return render.Approvals(w, h, f, approvals(), render.Style{}) }))
	enough := approvals()
	enough.Needed, enough.Refused = 1, nil
	require.Contains(t, lines(t, func(w io.Writer) error { return render.Approvals(w, h, f, enough, render.Style{}) }), "\nApproved.\n")
}

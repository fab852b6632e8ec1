package apply_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

// idOf is the id of a plan.
func idOf(t *testing.T, file []byte) string {
	t.Helper()
	_, f, err := plan.Verify(bytes.NewReader(file))
	require.NoError(t, err)
	return f.PlanID
}

// A plan is in the journal with those on whose word it runs, and they are there
// when another process resumes it.
func TestAcceptWithApprovals(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, seed(one, 12500))
	p := w.start()
	file := p.plan(declareCapture)
	earlier := noon.Add(-48 * time.Hour)
	p.permit = apply.Permit{PlanID: idOf(t, file), Approvals: []apply.Approval{
		{By: "ada", How: apply.HowSignature, Statement: "plan p\r\n— ada \t<&>\n", At: earlier},
		{By: "ben\x00\xff", How: apply.HowTerminal},
	}}
	_, rec := p.accept(file)
	want := []apply.Approval{
		{By: "ada", How: apply.HowSignature, Statement: "plan p\r\n— ada \t<&>\n", At: earlier},
		{By: "ben\uFFFD\uFFFD", How: apply.HowTerminal, At: noon},
	}
	if diff := cmp.Diff(want, rec.Approvals); diff != "" {
		t.Errorf("accepted (-want +got):\n%s", diff)
	}
	p = p.restart()
	_, rec, err := apply.Resume(t.Context(), p.j, w.env)
	require.NoError(t, err)
	if diff := cmp.Diff(want, rec.Approvals); diff != "" {
		t.Errorf("resumed (-want +got):\n%s", diff)
	}
	p.resume().is("settled").complete(true)
}

// A file that was swapped after its plan was judged is not begun.
func TestAcceptSwapped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, seed(one, 12500))
	p := w.start()
	judged, swapped := p.plan(declareCapture), p.plan(declareCapture)
	permit := apply.Permit{PlanID: idOf(t, judged)}
	_, _, err := apply.Accept(t.Context(), p.j, bytes.NewReader(swapped), w.env, permit, noon)
	require.ErrorIs(t, err, plan.ErrAltered)
	require.ErrorContains(t, err, "plan "+permit.PlanID+" was judged and approved, and the file holds plan "+idOf(t, swapped)+" now")
	p.nothingToResume()
	p.permit = permit
	p.apply(judged).is("settled")
}

// TestApprovalsRefused offers approvals that cannot be: the plan is not begun.
func TestApprovalsRefused(t *testing.T) {
	t.Parallel()
	good := apply.Approval{By: "ada", How: apply.HowAccept, Statement: "EUR 60.00", At: noon}
	with := func(change func(*apply.Approval)) []apply.Approval {
		a := good
		change(&a)
		return []apply.Approval{good, a}
	}
	w := newWorld(t, nil, seed(one, 12500))
	p := w.start()
	file := p.plan(declareCapture)
	for want, all := range map[string][]apply.Approval{
		"a plan has 101 approvals, and 100 at most":            slices.Repeat([]apply.Approval{good}, 101),
		`approval 2: "rumour" is no way to approve a plan`:     with(func(a *apply.Approval) { a.How = "rumour" }),
		"approval 2: it does not say by whom":                  with(func(a *apply.Approval) { a.By = "" }),
		"the approver's name has 1025 bytes, and may have":     with(func(a *apply.Approval) { a.By = strings.Repeat("a", 1025) }),
		"statement of ada has 65537 bytes, and may have 65536": with(func(a *apply.Approval) { a.Statement = strings.Repeat("s", 64<<10+1) }),
		"the statement of ada is no text":                      with(func(a *apply.Approval) { a.Statement = "\xff" }),
		"approval 2: the statement of ada is no":               with(func(a *apply.Approval) { a.Statement = "a\x00b" }),
		"the approval of ada is of the year 1969":              with(func(a *apply.Approval) { a.At = time.Unix(-1, 0).UTC() }),
		"the approval of ada is of the year 9999":              with(func(a *apply.Approval) { a.At = noon.AddDate(9999-noon.Year(), 0, 0) }),
	} {
		_, _, err := apply.Accept(t.Context(), p.j, bytes.NewReader(file), w.env, apply.Permit{Approvals: all}, noon)
		require.ErrorContains(t, err, want)
		p.nothingToResume()
	}
	most := slices.Repeat([]apply.Approval{good}, 100)
	for i := range most {
		most[i].Statement = strings.Repeat(fmt.Sprint(i%10), 64<<10)
	}
	p.permit.Approvals = most
	p.apply(file).is("settled")
}

package approval_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/approval"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

// Every reason for which the approval of ada does not count.
func TestRefusals(t *testing.T) {
	t.Parallel()
	type statement = approval.Statement
	for name, tt := range map[string]struct {
		ada    string // her line in the file
		header func(*plan.Header)
		change func(*statement) // what she signs instead of what the plan says
		note   func([]byte) []byte
		reason approval.Reason
		text   string
	}{
		"not listed":         {ada: bob, reason: approval.ReasonUnlisted, text: "which is not in the approvers file"},
		"other plan":         {change: func(s *statement) { s.Plan = strings.Repeat("d", 64) }, reason: approval.ReasonOtherPlan, text: "it is for the plan dddddddddddd, and this is aaaaaaaaaaaa"},
		"other content":      {change: func(s *statement) { s.Content = strings.Repeat("d", 64) }, reason: approval.ReasonDiffers, text: "its content id"},
		"other environment":  {change: func(s *statement) { s.Environment = "test" }, reason: approval.ReasonDiffers, text: "its environment"},
		"other merchant":     {change: func(s *statement) { s.Merchant = "shop-us" }, reason: approval.ReasonDiffers, text: "its merchant"},
		"other maker":        {change: func(s *statement) { s.Maker = "bob" }, reason: approval.ReasonDiffers, text: "its maker"},
		"other payments":     {change: func(s *statement) { s.Payments++ }, reason: approval.ReasonDiffers, text: "its number of payments"},
		"a minor unit less":  {change: func(s *statement) { s.Money[0].Amount-- }, reason: approval.ReasonDiffers, text: "its money is not that of the plan: it says capture 124.99 EUR, refund 12.50 EUR"},
		"fewer calls":        {change: func(s *statement) { s.Money[0].Count--; s.Calls-- }, reason: approval.ReasonDiffers, text: "its number of calls"},
		"other expiry":       {change: func(s *statement) { s.PlanExpires = s.PlanExpires.Add(time.Second) }, reason: approval.ReasonDiffers, text: "its expiry of the plan"},
		"other policy":       {change: func(s *statement) { s.Policy = "" }, reason: approval.ReasonDiffers, text: "its policy"},
		"other approvers":    {change: func(s *statement) { s.Approvers = "" }, reason: approval.ReasonDiffers, text: "its approvers"},
		"statement expired":  {change: func(s *statement) { s.Expires = now }, reason: approval.ReasonExpired, text: "it expired at 2026-11-22T19:00:00Z"},
		"plan expired":       {header: func(h *plan.Header) { h.Expires = now }, reason: approval.ReasonExpired, text: "the plan expired at 2026-11-22T19:00:00Z"},
		"key expired":        {ada: ada + ", expires: 2026-11-21", reason: approval.ReasonExpired, text: "the key expired on 2026-11-21"},
		"key revoked":        {ada: ada + ", revoked: 2026-11-22", reason: approval.ReasonRevoked, text: "the key is revoked since 2026-11-22"},
		"signed before":      {ada: ada + ", revoked: 2026-11-22", change: func(s *statement) { s.Signed = s.Signed.AddDate(0, -1, 0) }, reason: approval.ReasonRevoked},
		"not here":           {ada: ada + ", environments: [test, Live]", reason: approval.ReasonEnvironment, text: "the key is for test, Live and the plan for live"},
		"above the limit":    {ada: ada + ", limits: [137.49 EUR]", reason: approval.ReasonLimit, text: "the plan moves 137.50 EUR, over the limit of 137.49 EUR"},
		"no such currency":   {ada: ada + ", limits: [999.00 USD]", reason: approval.ReasonLimit, text: "the limits of this person name no EUR"},
		"the maker":          {header: func(h *plan.Header) { h.Maker = "ada" }, reason: approval.ReasonMaker, text: "it was made by ada"},
		"in capitals":        {header: func(h *plan.Header) { h.Maker = " ADA@Example.COM" }, reason: approval.ReasonMaker},
		"in wide letters":    {header: func(h *plan.Header) { h.Maker = "ａｄａ" }, reason: approval.ReasonMaker},
		"by name":            {header: func(h *plan.Header) { h.Maker = "ada  EXAMPLE" }, reason: approval.ReasonMaker},
		"by name of key":     {ada: "name: A, key: KEY(ada), accounts: []", header: func(h *plan.Header) { h.Maker = "ada" }, reason: approval.ReasonMaker},
		"signed in future":   {change: func(s *statement) { s.Signed = now.Add(5*time.Minute + time.Second) }, reason: approval.ReasonFuture},
		"empty":              {note: func([]byte) []byte { return nil }, reason: approval.ReasonUnreadable},
		"too long":           {note: func(b []byte) []byte { return append(b, make([]byte, approval.MaxNote)...) }, reason: approval.ReasonUnreadable, text: "longer than 65536 bytes"},
		"signed twice":       {note: func(b []byte) []byte { return append(b, []byte("— eve AAAAAAAAAAAA\n")...) }, reason: approval.ReasonUnreadable, text: "it has several signatures"},
		"repeated signature": {note: func(b []byte) []byte { return append(b, b[strings.LastIndex(string(b), "— "):]...) }, reason: approval.ReasonAltered},
		"altered": {
			note:   func(b []byte) []byte { return []byte(strings.Replace(string(b), "EUR 12500", "EUR 92500", 1)) },
			reason: approval.ReasonAltered, text: "altered after it was signed",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			line := tt.ada
			if line == "" {
				line = ada
			}
			c := newCast(t, people("", line))
			h, f := c.plan()
			if tt.header != nil {
				tt.header(&h)
			}
			file := c.sign(h, f, "ada", tt.change)
			if tt.note != nil {
				file.Data = tt.note(file.Data)
			}
			r, err := c.approvers().Check(h, f, []approval.File{file}, 0, now)
			var missing *approval.MissingError
			require.ErrorAs(t, err, &missing)
			require.Equal(t, 1, r.Missing())
			require.Empty(t, r.Counted)
			require.Len(t, r.Refused, 1)
			require.Equal(t, tt.reason, r.Refused[0].Reason)
			require.Contains(t, r.Refused[0].Text, tt.text)
			require.NotEmpty(t, r.Refused[0].Hint)
			require.Contains(t, err.Error(), "the plan needs 1 approval and has 0\nada.approval")
			require.Contains(t, err.Error(), "\n  hint: "+r.Refused[0].Hint)
		})
	}
}

// Why no approval of a plan can count.
func TestPlansThatNobodyCanApprove(t *testing.T) {
	t.Parallel()
	c := newCast(t, people("", ada))
	h, f := c.plan()
	files := []approval.File{c.sign(h, f, "ada", nil)}
	for name, tt := range map[string]struct {
		header func(*plan.Header)
		footer func(*plan.Footer)
		want   string
	}{
		"other approvers": {header: func(h *plan.Header) { h.Approvers = strings.Repeat("e", 64) }, want: "made under other approvers (sha256 eeeeeeeeeeee)"},
		"no approvers":    {header: func(h *plan.Header) { h.Approvers = "" }, want: "made without approvers"},
		"no maker":        {header: func(h *plan.Header) { h.Maker = " \t" }, want: "does not say who made it"},
		"too much": {footer: func(f *plan.Footer) {
			f.Money = []plan.Sum{{Action: plan.Capture, Currency: "EUR", Amount: math.MaxInt64, Count: 1}, {Action: plan.Refund, Currency: "EUR", Amount: 1, Count: 1}}
		}, want: "come to more than can be counted"},
	} {
		h, f := h, f
		if tt.header != nil {
			tt.header(&h)
		}
		if tt.footer != nil {
			tt.footer(&f)
		}
		_, err := c.approvers().Check(h, f, files, 0, now)
		var none *approval.PlanError
		require.ErrorAs(t, err, &none, name)
		require.ErrorContains(t, err, tt.want, name)
		require.NotEmpty(t, none.Hint, name)
		_, err = c.approvers().Eligible(c.key("ada").Public(), h, f, now)
		require.ErrorContains(t, err, tt.want, name)
	}
}

func TestNoApprovers(t *testing.T) {
	t.Parallel()
	var none *approval.Approvers
	h, f := newCast(t, people("", ada)).plan()
	_, err := none.Check(h, f, nil, 0, now)
	require.ErrorContains(t, err, "none are configured here")
	h.Approvers = ""
	r, err := none.Check(h, f, nil, 0, now)
	require.NoError(t, err)
	require.Zero(t, r.Needed)
	_, err = none.Check(h, f, nil, 2, now)
	require.EqualError(t, err, "the policy asks for 2 approvals and no approvers are configured")
	require.Empty(t, none.SHA256())
}

// How many people have to agree.
func TestNeeded(t *testing.T) {
	t.Parallel()
	three := []string{ada, bob, "name: Cy, key: KEY(cy), accounts: []"}
	for name, tt := range map[string]struct {
		required string
		asked    int
		money    []plan.Sum
		want     int
	}{
		"one when nothing is said":   {"", 0, nil, 1},
		"the general line":           {"[{approvals: 2}]", 0, nil, 2},
		"a line for more":            {"[{approvals: 1}, {approvals: 2, over: [137.49 EUR]}]", 0, nil, 2},
		"not more":                   {"[{approvals: 1}, {approvals: 2, over: [137.50 EUR]}]", 0, nil, 1},
		"the most counts":            {"[{approvals: 3, over: [1.00 EUR]}, {approvals: 2}]", 0, nil, 3},
		"another currency":           {"[{approvals: 3, over: [1.00 USD]}, {approvals: 2}]", 0, nil, 2},
		"another currency, no line":  {"[{approvals: 3, over: [1.00 USD]}]", 0, nil, 1},
		"any of the currencies":      {"[{approvals: 3, over: [999.00 EUR, 5 JPY]}]", 0, []plan.Sum{{Action: plan.Cancel, Currency: "JPY", Amount: 6, Count: 1}}, 3},
		"captures, cancels, refunds": {"[{approvals: 3, over: [5 JPY]}]", 0, []plan.Sum{{Action: plan.Cancel, Currency: "JPY", Amount: 2, Count: 1}, {Action: plan.Capture, Currency: "JPY", Amount: 2, Count: 1}, {Action: plan.Refund, Currency: "JPY", Amount: 2, Count: 1}}, 3},
		"the policy asks for more":   {"[{approvals: 2}]", 5, nil, 5},
		"the policy asks for less":   {"[{approvals: 2}]", 1, nil, 2},
	} {
		c := newCast(t, people(tt.required, three...))
		h, f := c.plan()
		if tt.money != nil {
			f.Money = tt.money
		}
		r, err := c.approvers().Check(h, f, nil, tt.asked, now)
		require.Error(t, err, name)
		require.Equal(t, tt.want, r.Needed, name)
		n, err := c.approvers().Needed(f, tt.asked)
		require.NoError(t, err, name)
		require.Equal(t, tt.want, n, name)
	}
}

// Who counts, when everything is in order.
func TestEnough(t *testing.T) {
	t.Parallel()
	c := newCast(t, people("[{approvals: 2}]", ada+", limits: [137.50 EUR], expires: 2026-11-22, revoked: 2026-11-23, environments: [live]", bob))
	h, f := c.plan()
	files := []approval.File{
		c.sign(h, f, "bob", func(s *approval.Statement) { s.Signed, s.Comment = now.Add(5*time.Minute), "looks right" }),
		c.sign(h, f, "ada", nil),
	}
	r, err := c.approvers().Check(h, f, files, 1, now)
	require.NoError(t, err)
	want := approval.Result{Needed: 2, Counted: []approval.Approval{
		{By: "Ada Example", Key: c.key("ada").Public(), File: "ada.approval", Note: string(files[1].Data), At: signedAt, Expires: h.Expires},
		{By: "Bob Example", Key: c.key("bob").Public(), File: "bob.approval", Note: string(files[0].Data), At: now.Add(5 * time.Minute), Expires: h.Expires, Comment: "looks right"},
	}}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
	require.NoError(t, apply.CheckApprovals(r.Approvals()))
	if diff := cmp.Diff(apply.Approval{By: "Ada Example", How: apply.HowSignature, Statement: string(files[1].Data), At: signedAt}, r.Approvals()[0]); diff != "" {
		t.Errorf("approval (-want +got):\n%s", diff)
	}
	for _, key := range []string{"ada", "bob"} {
		name, err := c.approvers().Eligible(c.key(key).Public(), h, f, now)
		require.NoError(t, err)
		require.Contains(t, name, " Example")
	}
}

// One person counts once, whatever keys and names there are.
func TestOnePersonCountsOnce(t *testing.T) {
	t.Parallel()
	for name, lines := range map[string][]string{
		"one key under two names": {"name: Ada, key: KEY(ada), accounts: []", "name: Bob, key: KEY(ada), accounts: []"},
		"one name with two keys":  {"name: Ada, key: KEY(ada), accounts: []", "name: ADA, key: KEY(bob), accounts: []"},
		"both, in a chain": {
			"name: Ada, key: KEY(ada), accounts: []", "name: Bob, key: KEY(bob), accounts: []",
			"name: Ada, key: KEY(x), accounts: []", "name: Bob, key: KEY(x), accounts: []",
		},
	} {
		c := newCast(t, people("[{approvals: 2}]", lines...))
		h, f := c.plan()
		again := c.sign(h, f, "ada", func(s *approval.Statement) { s.Comment = "again" })
		again.Name = "z"
		files := []approval.File{c.sign(h, f, "ada", nil), c.sign(h, f, "bob", nil), again}
		r, err := c.approvers().Check(h, f, files, 0, now)
		require.Error(t, err, name)
		require.Len(t, r.Counted, 1, name)
		require.Len(t, r.Refused, 2, name)
		require.Equal(t, approval.ReasonDuplicate, r.Refused[1].Reason, name)
	}
}

// One key with another name inside is still one key.
func TestOneKeyWithTwoKeyNames(t *testing.T) {
	t.Parallel()
	c := newCast(t, people("", ada))
	twin := twinOf(t, c.key("ada"), "twin")
	c = &cast{t: t, keys: map[string]approval.Key{"ada": c.key("ada"), "twin": twin}, text: c.text +
		"    - {name: Tom, key: " + twin.Public() + ", accounts: [tom], revoked: 2026-01-01}\n"}
	h, f := c.plan()
	r, err := c.approvers().Check(h, f, []approval.File{c.sign(h, f, "ada", nil), c.sign(h, f, "twin", nil)}, 0, now)
	require.Error(t, err)
	require.Empty(t, r.Counted, "what is revoked under one name is revoked")
	c.text = strings.Replace(c.text, ", revoked: 2026-01-01", "", 1)
	h, f = c.plan()
	r, err = c.approvers().Check(h, f, []approval.File{c.sign(h, f, "ada", nil), c.sign(h, f, "twin", nil)}, 2, now)
	require.Error(t, err)
	require.Len(t, r.Counted, 1)
	require.Equal(t, approval.ReasonDuplicate, r.Refused[0].Reason)
	h.Maker = "tom"
	r, err = c.approvers().Check(h, f, []approval.File{c.sign(h, f, "ada", nil)}, 0, now)
	require.Error(t, err)
	require.Equal(t, approval.ReasonMaker, r.Refused[0].Reason, "who has the maker's key is the maker")
}

// What would not count is refused before it is signed.
func TestEligible(t *testing.T) {
	t.Parallel()
	c := newCast(t, people("", ada+", limits: [1.00 EUR]", bob))
	h, f := c.plan()
	a := c.approvers()
	for want, call := range map[string]func() (string, error){
		"is not in the approvers file":   func() (string, error) { return a.Eligible(c.key("eve").Public(), h, f, now) },
		"over the limit of 1.00 EUR":     func() (string, error) { return a.Eligible(c.key("ada").Public(), h, f, now) },
		"the plan expired at 2026-11-22": func() (string, error) { return a.Eligible(c.key("bob").Public(), h, f, h.Expires) },
		"whoever makes a plan": func() (string, error) {
			h := h
			h.Maker = "BOB"
			return a.Eligible(c.key("bob").Public(), h, f, now)
		},
	} {
		_, err := call()
		require.ErrorContains(t, err, want)
	}
}

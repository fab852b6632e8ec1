package render

import (
	"github.com/payreconcile/payreconcile/pkg/plan"
)

// A htmlSign is one thing to know before signing: a number or a word, and what
// it means.
type htmlSign struct {
	Class, Big, Title, Text, Link string
}

// signs are what to know before signing, the gravest first.
func signs(h plan.Header, f plan.Footer, s *htmlSurvey) []htmlSign {
	all := []htmlSign{policySign(h, f.Judgement), approvalSign(h, f.Judgement)}
	rows := &s.rows
	once := htmlSign{Class: "alarm", Big: number(rows[sheetFinal]), Title: "cannot be taken back", Text: "refunds, cancels and final captures", Link: "final"}
	if rows[sheetFinal] == 0 {
		once = htmlSign{Big: "0", Title: "cannot be taken back", Text: "no refund, cancel or final capture"}
	}
	all = append(all, once)
	for _, x := range []struct {
		in                       sheet
		class, title, text, none string
	}{
		{sheetInDoubt, "alarm", "in doubt", "nobody knows yet whether an earlier call moved money", "the outcome of every earlier call is known"},
		{sheetDuplicate, "alarm", "made twice", "on the platform: money may have moved twice", ""},
		{sheetDrift, "alarm", "changed afterwards", "earlier calls that were refused after they were accepted", ""},
		{sheetBlocked, "wait", "blocked", "cannot be reached, or not safe: no call is made", "nothing that is declared is held back"},
		{sheetWaiting, "wait", "waiting", "no call now; plan again later", ""},
	} {
		switch n := rows[x.in]; {
		case n > 0:
			all = append(all, htmlSign{x.class, number(n), x.title, x.text, sheetTexts[x.in].id})
		case x.none != "":
			all = append(all, htmlSign{Big: "0", Title: x.title, Text: x.none})
		}
	}
	return all
}

func policySign(h plan.Header, j *plan.Judgement) htmlSign {
	switch {
	case j != nil && j.Denied > 0:
		return htmlSign{"alarm", "Denied", "by the policy", count(j.Denied, "denial") + ": the plan cannot be applied as it is", "denied"}
	case h.Policy != "":
		return htmlSign{"good", "Allowed", "by the policy", "no rule denies the plan; it is asked again when the plan is applied", ""}
	}
	return htmlSign{"", "No policy", "was asked", "nobody has configured rules for this plan", ""}
}

func approvalSign(h plan.Header, j *plan.Judgement) htmlSign {
	sign := htmlSign{Class: "", Big: "0", Title: "approvals asked for", Text: "none are asked for"}
	switch {
	case j != nil && j.Approvals == 1:
		sign = htmlSign{Class: "wait", Big: "1", Title: "approval needed", Text: "by somebody other than who made the plan"}
	case j != nil && j.Approvals > 1:
		sign = htmlSign{Class: "wait", Big: number(int64(j.Approvals)), Title: "approvals needed", Text: "by different people, none of whom made the plan"}
	case h.Policy == "" && h.Approvers == "":
		sign.Text = "neither a policy nor approvers are configured"
	}
	return sign
}

// A htmlAlarm is a sentence that nobody may overlook.
type htmlAlarm struct{ Text, Link, More string }

func alarms(f plan.Footer, s *htmlSurvey) (all []htmlAlarm) {
	if j := f.Judgement; j != nil && j.Denied > 0 {
		all = append(all, htmlAlarm{"The policy denies this plan, so it cannot be applied as it is.", "denied", "Which rules, and what to do"})
	}
	if n := s.rows[sheetInDoubt]; n > 0 {
		all = append(all, htmlAlarm{
			either(n, "1 earlier call is", number(n)+" earlier calls are") + " in doubt. Have that settled (payreconcile resume) before more money moves on the same payments.",
			sheetTexts[sheetInDoubt].id, "Which",
		})
	}
	if n := s.rows[sheetDuplicate]; n > 0 {
		all = append(all, htmlAlarm{
			either(n, "1 payment shows", number(n)+" payments show") + " the same operation twice. Look at it in the platform's portal.",
			sheetTexts[sheetDuplicate].id, "Which",
		})
	}
	return all
}

// sheetTexts are the words of the tables.
var sheetTexts = [sheets]struct {
	id, title, text, what, then string
	loud                        bool
}{
	sheetInDoubt:   {"in-doubt", "In doubt", "Nobody knows yet whether an earlier call moved money.", "Why", "What to do", true},
	sheetDuplicate: {"twice", "Made twice on the platform", "Money may have moved twice.", "Why", "What to do", true},
	sheetDrift:     {"drift", "Changed after they were accepted", "Earlier calls of ours that the platform first accepted.", "What happened", "Remarks", true},
	sheetBlocked:   {"blocked", "Blocked", "Cannot be reached, or not safe: no call is made.", "Why", "What to do", false},
	sheetFinal:     {"final", "Calls that cannot be taken back", "Refunds, cancels and final captures.", "Total before → after", "Remarks", true},
	sheetCapture:   {"captures", "Captures", "Money goes back only by a refund.", "Total before → after", "Remarks", false},
	sheetWaiting:   {"waiting", "Waiting", "No call now; plan again later.", "Why", "What to do", false},
	sheetDeclared:  {"declared", "As declared", "Nothing to do: the platform shows what the manifests declare.", "On the platform", "Remarks", false},
}

func sheetView(in sheet, s *htmlSurvey) htmlSheet {
	x := &sheetTexts[in]
	v := htmlSheet{
		Index: int(in), ID: x.id, Title: x.title, Text: x.text, What: x.what, Then: x.then, Amount: "Amount",
		Count: number(s.rows[in]), Rows: s.heads[in], Loud: x.loud, Folded: in == sheetDeclared,
	}
	if in == sheetDeclared {
		v.Amount = "Authorized"
	}
	if more := s.rows[in] - int64(len(v.Rows)); more > 0 {
		v.More = number(more)
	}
	return v
}

package plan

// A Judgement is what a policy says of a plan: what it denies, and how many
// people have to approve it. It is not trusted by whoever applies the plan:
// the policy is asked again.
type Judgement struct {
	Approvals int      `json:"approvals,omitempty"` // people that the rules ask for
	Denials   []Denial `json:"denials,omitempty"`   // the first MaxDenials, in the order of the plan
	Denied    int64    `json:"denied,omitempty"`    // how many there are
}

// MaxDenials is how many denials a judgement lists; the others it counts.
const MaxDenials = 100

// A Denial is a rule that does not allow a plan, a payment of it, or a call.
type Denial struct {
	Message  string `json:"message"`            // one sentence for a person
	Override string `json:"override,omitempty"` // what a person can do about it
	Payment  string `json:"payment,omitempty"`  // as declared; "" when the rule is about the whole plan
	Ref      string `json:"ref,omitempty"`      // of the call; "" when the rule is about the payment
	Rule     string `json:"rule"`
	Source   string `json:"source,omitempty"` // where the payment was declared: file:line
}

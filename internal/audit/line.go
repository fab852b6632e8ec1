package audit

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// A Line is what a record says, as far as people and checks need it. Fields of
// other kinds of records are zero.
type Line struct {
	Type string `json:"type"` // plan, approval, intent, outcome, finish, echo, event
	Seq  int64  `json:"seq"`
	Run  struct {
		Actor       string    `json:"actor"`
		ToolVersion string    `json:"tool_version"`
		At          time.Time `json:"at"`
	} `json:"run"`
	At time.Time `json:"at"`

	PlanID     string    `json:"plan_id"` // of a plan, an intent, an approval, a finish
	ContentID  string    `json:"content_id"`
	AcceptedAt time.Time `json:"accepted_at"`
	Payments   int64     `json:"payments"`
	Calls      int64     `json:"calls"`
	Size       int64     `json:"size"`
	SHA256     string    `json:"sha256"`
	Maker      string    `json:"maker"`
	Policy     string    `json:"policy"`
	Approvers  string    `json:"approvers"`

	Plan      int64  `json:"plan"` // of an approval and a finish: number of the plan's record
	By        string `json:"by"`
	How       string `json:"how"`
	Statement string `json:"statement"`
	Result    string `json:"result"`

	Payment  string `json:"payment"`
	Op       string `json:"op"`
	Ref      string `json:"ref"`
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
	Final    bool   `json:"final"`
	Attempt  int64  `json:"attempt"`
	Key      string `json:"key"`

	Intent      int64     `json:"intent"` // of an outcome and an event: number of the intent's record
	State       string    `json:"state"`
	OperationID string    `json:"operation_id"`
	Code        int64     `json:"code"`
	Status      int64     `json:"status"`
	Message     string    `json:"message"`
	BodySHA256  string    `json:"body_sha256"`
	SentAt      time.Time `json:"sent_at"`

	EventID    string    `json:"event_id"` // of an event: the platform's
	EventType  string    `json:"event_type"`
	ReceivedAt time.Time `json:"received_at"`
	Effect     string    `json:"effect"`
}

// ParseLine reads a record's line. What later versions add to one is ignored.
func ParseLine(line []byte) (Line, error) {
	var l Line
	if err := json.Unmarshal(line, &l); err != nil {
		return Line{}, errors.New("it cannot be read as a record")
	}
	if l.Type == "" || l.Seq < 1 {
		return Line{}, errors.New("it has no type and number of a record")
	}
	return l, nil
}

// A stub is as much of a record as says what it belongs to.
type stub struct {
	Type   string `json:"type"`
	Seq    int64  `json:"seq"`
	Intent int64  `json:"intent"`
	Plan   int64  `json:"plan"`
	PlanID string `json:"plan_id"`
}

// An order holds the records of a log against one another: their numbers rise,
// and what they belong to was recorded before in the same log. A record of
// another merchant belongs to nothing here.
type order struct {
	last    int64
	intents []int64
	plans   []int64
	ids     map[string]bool // of plans
}

// take notes a record, or says why it does not belong here.
func (o *order) take(line []byte) (seq int64, fault string) {
	var s stub
	if err := json.Unmarshal(line, &s); err != nil {
		return o.last, "it cannot be read as a record"
	}
	switch {
	case s.Type == "" || s.Seq < 1:
		return o.last, "it has no type and number of a record"
	case s.Seq == o.last:
		return s.Seq, "it is there twice"
	case s.Seq < o.last:
		return s.Seq, fmt.Sprintf("it stands behind record %d: records were moved", o.last)
	}
	o.last = s.Seq
	return s.Seq, o.belongs(&s)
}

// note makes a plan known.
func (o *order) note(planID string) {
	if o.ids == nil {
		o.ids = map[string]bool{}
	}
	o.ids[planID] = true
}

// belongs says what a record of this log would belong to, and does not.
func (o *order) belongs(s *stub) string {
	switch s.Type {
	case "plan":
		o.plans = append(o.plans, s.Seq)
		o.note(s.PlanID)
	case "intent":
		o.intents = append(o.intents, s.Seq)
		if s.PlanID != "" && !o.ids[s.PlanID] {
			o.note(s.PlanID) // said once
			return fmt.Sprintf("it is a call of plan %.12s, which is not in this log: it is of another merchant or environment, or the plan's record was removed", s.PlanID)
		}
	case "outcome":
		if _, found := slices.BinarySearch(o.intents, s.Intent); !found {
			return fmt.Sprintf("it is the outcome of intent %d, which is not in this log: it is of another merchant or environment, or the intent was removed", s.Intent)
		}
	case "event":
		if _, found := slices.BinarySearch(o.intents, s.Intent); s.Intent != 0 && !found {
			return fmt.Sprintf("it is an event about intent %d, which is not in this log: it is of another merchant or environment, or the intent was removed", s.Intent)
		}
	case "approval", "finish":
		if _, found := slices.BinarySearch(o.plans, s.Plan); !found {
			return fmt.Sprintf("it belongs to plan record %d, which is not in this log: it is of another merchant or environment, or the plan's record was removed", s.Plan)
		}
	}
	return ""
}

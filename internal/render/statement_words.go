package render

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/payreconcile/payreconcile/internal/statement"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// othersMoney is said of every statement.
const othersMoney = "Money that others moved on these payments, in the platform's portal or with another program, is not in this statement: payreconcile drift tells it."

// columnTitles are the heads of the columns of a statement.
var columnTitles = [statement.Columns]string{"Settled", "Accepted", "Refused", "In doubt", "Not sent"}

// columnRoles are their colours.
var columnRoles = [statement.Columns]role{good, wait, alarm, alarm, plain}

// agreementWords say whether journal and platform agree.
var agreementWords = [statement.Agreements]string{"DIFFER", "by word", "further", "agree", "not compared"}

// differingTitles are the heads of the lists of what does not agree.
var differingTitles = [statement.Agreements]struct{ title, text string }{
	statement.Differs:     {"Journal and platform differ", "Somebody has to look at these in the platform's portal."},
	statement.Unconfirmed: {"Settled on a person's word", "The platform shows no operation that can be told to be it."},
	statement.Further:     {"The platform is further than the journal", "They count as the platform shows them; payreconcile resume records it."},
}

// standingMeaning says what a standing on the platform means for money.
func standingMeaning(s plan.Standing) string {
	switch s {
	case plan.Settled:
		return "settled"
	case plan.Requested:
		return "in progress"
	case plan.Refused:
		return "refused, moved nothing"
	case plan.Uncertain:
		return "the platform itself does not know"
	case plan.Undefined:
	}
	return "a status that nobody has described"
}

// journalWords say what the journal has of a movement.
func journalWords(m *statement.Movement) string {
	j := &m.Journal
	if j.Intent == 0 {
		return "nothing on record"
	}
	text, _ := stateText(j.State)
	return text + " (" + recordWords(m) + ")"
}

// recordWords name the records that say so.
func recordWords(m *statement.Movement) string {
	j := &m.Journal
	switch {
	case j.Intent == 0:
		return ""
	case j.Outcome == 0:
		return "record " + strconv.FormatInt(j.Intent, 10)
	}
	return fmt.Sprintf("records %d, %d", j.Intent, j.Outcome)
}

// platformWords say what the platform shows of a movement. They are not clean.
func platformWords(m *statement.Movement) string {
	p := &m.Platform
	switch p.Sight {
	case statement.SightNone:
		return "not read"
	case statement.SightUnknown:
		return "does not know the payment"
	case statement.SightUnreadable:
		return "cannot be compared"
	case statement.SightShown:
		return fmt.Sprintf("%s: status %d, %s", p.OperationID, p.Code, standingMeaning(p.Standing))
	case statement.SightOther:
		return fmt.Sprintf("%s: something else", p.OperationID)
	case statement.SightNothing:
	}
	if m.Journal.Intent == 0 {
		return "–"
	}
	return "no such operation"
}

// movementNotes are sentences about a movement. They are not clean.
func movementNotes(m *statement.Movement) (all []string) {
	if m.Difference != "" {
		all = append(all, m.Difference)
	}
	if m.Journal.Word != "" {
		all = append(all, "by the word of "+m.Journal.Word)
	}
	switch {
	case m.Note != "":
		all = append(all, m.Note)
	case m.Column == statement.Refused && m.Journal.Word == "" && m.Journal.State == plan.StateRefused && m.Journal.Message != "":
		all = append(all, m.Journal.Message)
	case m.Column == statement.InDoubt && m.Journal.Message != "":
		all = append(all, m.Journal.Message)
	}
	if m.Column == statement.InDoubt && m.Agreement != statement.Differs {
		all = append(all, "payreconcile resume settles what is in doubt")
	}
	return all
}

// kindOf is what a movement is about.
func kindOf(m *statement.Movement) string {
	if m.Kind == "" {
		return "whole payment"
	}
	return string(m.Kind)
}

// standsAs is where a movement stands, with the reason if it was not sent.
func standsAs(m *statement.Movement) string {
	if m.Column != statement.NotSent || m.Why == "" {
		return m.Column.String()
	}
	return "not sent: " + strings.ReplaceAll(m.Why, "_", " ")
}

// equation writes that what was planned is the sum of the columns.
func equation(s *statement.Sum) string {
	parts := make([]string, statement.Columns)
	for c, n := range s.Amounts {
		parts[c] = spec.Money{Minor: n, Currency: s.Currency}.Decimal() + " " + statement.Column(c).String()
	}
	is := " = "
	if !s.Holds() {
		is = " ≠ "
	}
	return spec.Money{Minor: s.Planned, Currency: s.Currency}.Decimal() + " planned" + is + strings.Join(parts, " + ")
}

// span says from when to when something was.
func span(from, to time.Time) string {
	switch {
	case from.IsZero():
		return "nothing"
	case from.Equal(to):
		return clock(from)
	}
	return clock(from) + " to " + clock(to)
}

// sumTitle names a sum.
func sumTitle(s *statement.Sum) string { return string(s.Currency) + " " + string(s.Kind) }

// orNone is text, or a word for nothing.
func orNone(text, none string) string {
	if text == "" {
		return none
	}
	return text
}

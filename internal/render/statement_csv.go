package render

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/payreconcile/payreconcile/internal/statement"
)

// statementColumns are the names in the first row. They stay; new ones are
// added at the end.
var statementColumns = []string{
	"run", "plan_id", "accepted_at", "payment", "merchant_reference", "kind", "ref", "attempt", "currency",
	"planned_minor", "planned", "settled_minor", "settled", "accepted_minor", "accepted", "refused_minor", "refused",
	"in_doubt_minor", "in_doubt", "not_sent_minor", "not_sent", "stands", "why", "note",
	"journal_state", "state_at", "intent_record", "outcome_record", "journal_operation_id", "by_word", "message",
	"platform", "read_at", "operation_id", "status_code", "meaning", "agree", "difference", "key", "source",
}

// StatementCSV writes the movements of a statement as a table, one a row, for
// spreadsheets and programs (RFC 4180, UTF-8). In every row, and so in the sum
// of all rows of a currency, planned is the sum of the five columns behind it.
// A cell that a spreadsheet could run as a formula gets an apostrophe in front
// of it.
func StatementCSV(ctx context.Context, w io.Writer, st *statement.Statement) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	_ = out.Write(statementColumns) // its error comes again with Flush
	for i, r := range st.Runs {
		for m, err := range st.All(ctx, r) {
			if err != nil {
				out.Flush() // what went wrong matters more
				return err
			}
			if _ = out.Write(statementRow(i, r, m)); out.Error() != nil {
				break
			}
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}

func statementRow(i int, r *statement.Run, m *statement.Movement) []string {
	row := []string{
		strconv.Itoa(i + 1), r.PlanID, stampOf(r.AcceptedAt), string(m.Payment), m.MerchantReference, kindOf(m), m.Ref, csvNumber(m.Attempt), string(m.Currency),
	}
	is := m.Planned != 0 || m.Amount != 0
	row = append(row, csvAmount(m.Planned, m.Currency, is)...)
	for c := range statement.Columns {
		amount := int64(0)
		if c == m.Column {
			amount = m.Amount
		}
		row = append(row, csvAmount(amount, m.Currency, is)...)
	}
	j, p := &m.Journal, &m.Platform
	meaning := ""
	if p.Sight == statement.SightShown {
		meaning = standingMeaning(p.Standing)
	}
	row = append(row, strings.ReplaceAll(m.Column.String(), " ", "_"), m.Why, m.Note,
		string(j.State), stampOf(j.StateAt), csvRecord(j.Intent), csvRecord(j.Outcome), j.OperationID, j.Word, j.Message,
		string(p.Sight), stampOf(p.At), p.OperationID, csvNumber(p.Code), meaning,
		strings.ReplaceAll(m.Agreement.String(), " ", "_"), m.Difference, string(j.Key), m.Source)
	for k := range row {
		row[k] = csvCell(row[k])
	}
	return row
}

func stampOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func csvRecord(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

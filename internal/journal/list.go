package journal

import (
	"context"
	"iter"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/payreconcile/payreconcile/pkg/plan"
)

// A Filter chooses intents; its zero value chooses all.
type Filter struct {
	Payment     string     // canonical base id
	PlanID      string     // whole
	State       plan.State // where the intent stands now
	Since       time.Time  // written at or after
	Record      int64      // the one that the record of this number is of; 0 is no such choice
	Limit       int        // at most so many; 0 is no limit
	NewestFirst bool       // instead of oldest first
}

// openSQL finds the intents of which nothing was ever said but unknown: no
// state leads back to it.
const openSQL = `SELECT ` + columns + ` FROM (
	SELECT i.* FROM intents i CROSS JOIN runs r
	WHERE NOT EXISTS (SELECT 1 FROM outcomes WHERE intent = i.seq AND state <> 'unknown')
	AND r.run = i.run AND r.environment = $1 AND r.merchant = $2
	ORDER BY i.seq LIMIT $3) i
LEFT JOIN outcomes o ON o.intent = i.seq ORDER BY i.seq, o.seq`

// page is how many intents List reads at a time.
const page = 512

// List yields the intents of this journal's environment and merchant that f
// chooses. It reads in pages, so that memory does not grow with the journal
// and a slow reader holds up no writer; an intent that is recorded meanwhile
// may be among them. An error ends the list.
func (j *Journal) List(ctx context.Context, f Filter) iter.Seq2[plan.Intent, error] {
	return func(yield func(plan.Intent, error) bool) {
		last, left := int64(0), f.Limit
		for {
			n := page
			if f.Limit > 0 {
				n = min(page, left)
			}
			intents, err := j.page(ctx, f, last, n)
			if err != nil {
				yield(plan.Intent{}, j.readError(err))
				return
			}
			for _, i := range intents {
				if !yield(i, nil) {
					return
				}
				last = i.Seq
			}
			left -= len(intents)
			if len(intents) < n || f.Limit > 0 && left == 0 {
				return
			}
		}
	}
}

// Open returns the intents of this environment and merchant whose outcome
// nobody knows, oldest first: at most limit of them, or all for a limit of 0.
func (j *Journal) Open(ctx context.Context, limit int) ([]plan.Intent, error) {
	if limit <= 0 {
		limit = math.MaxInt
	}
	rows, err := j.reads.QueryContext(ctx, openSQL, j.cfg.Environment, j.cfg.Merchant, limit)
	if err != nil {
		return nil, j.readError(err)
	}
	var open []plan.Intent
	err = fold(rows, func(i plan.Intent) bool {
		open = append(open, i)
		return true
	})
	if err != nil {
		return nil, j.readError(err)
	}
	return open, nil
}

// page returns the next n intents after the one numbered last, 0 for none.
func (j *Journal) page(ctx context.Context, f Filter, last int64, n int) ([]plan.Intent, error) {
	conds := conditions{args: []any{j.cfg.Environment, j.cfg.Merchant, n}}
	f.choose(&conds, last)
	order := "i.seq"
	if f.NewestFirst {
		order = "i.seq DESC"
	}
	query := `SELECT ` + columns + ` FROM (
		SELECT i.* FROM intents i JOIN runs r ON r.run = i.run
		WHERE r.environment = $1 AND r.merchant = $2` + conds.text + `
		ORDER BY ` + order + ` LIMIT $3) i
	LEFT JOIN outcomes o ON o.intent = i.seq ORDER BY ` + order + `, o.seq`
	rows, err := j.reads.QueryContext(ctx, query, conds.args...)
	if err != nil {
		return nil, err
	}
	intents := make([]plan.Intent, 0, n)
	err = fold(rows, func(i plan.Intent) bool {
		intents = append(intents, i)
		return true
	})
	return slices.Clip(intents), err
}

// conditions are those of a query, and the values for them.
type conditions struct {
	text string
	args []any
}

// add adds a condition that ends where its value is to stand.
func (c *conditions) add(cond string, arg any) {
	c.args = append(c.args, arg)
	c.text += " AND " + cond + " $" + strconv.Itoa(len(c.args))
}

// choose adds the conditions on an intent i after the one numbered last.
func (f Filter) choose(c *conditions, last int64) {
	switch {
	case !f.NewestFirst:
		c.add(`i.seq >`, last)
	case last > 0:
		c.add(`i.seq <`, last)
	}
	if f.Payment != "" {
		c.add(`i.payment =`, f.Payment)
	}
	if f.PlanID != "" {
		c.add(`i.plan_id =`, f.PlanID)
	}
	if !f.Since.IsZero() {
		c.add(`i.at >=`, nanos(f.Since))
	}
	if f.Record != 0 {
		c.add(`i.seq = (SELECT max(x.seq) FROM intents x LEFT JOIN outcomes o ON o.intent = x.seq WHERE x.seq = $`+
			strconv.Itoa(len(c.args)+1)+` OR o.seq =`, f.Record)
		c.text += `)`
	}
	if f.State != "" {
		c.add(`coalesce((SELECT o.state FROM outcomes o WHERE o.intent = i.seq ORDER BY o.seq DESC LIMIT 1), 'intended') =`,
			string(f.State))
	}
}

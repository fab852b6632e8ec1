package render

import (
	"fmt"
	"io"
	"time"

	"github.com/payreconcile/payreconcile/internal/audit"
)

// auditWords say what a log in which nothing was found proves, and what it
// cannot.
func auditWords(r *audit.Report) (proves, open []string) {
	if r.Records == 0 {
		return nil, []string{"that there ever was a record: the log is empty, and no head says how long it was"}
	}
	kept, outside := r.Newest(audit.Outside)
	signed, known := r.Newest(audit.Signed)
	const still = "the %s up to now %s what they were when a head of them was made%s: none was altered, removed, added or moved"
	if outside {
		proves = append(proves, fmt.Sprintf(still, count(kept.Size, "record"), are(kept.Size), at(kept))+
			" (the head was kept elsewhere: "+Clean(kept.From)+")")
	}
	if known && (!outside || signed.Size > kept.Size) {
		proves = append(proves, fmt.Sprintf(still, count(signed.Size, "record"), are(signed.Size), at(signed))+
			", unless by somebody who has the key "+Clean(signed.Signer))
	}
	if !outside && !known {
		open = append(open, "that somebody who can write the journal altered records and computed all hashes and heads again: "+
			"no head that was kept elsewhere was given (--head), and no key (--key)")
	}
	switch {
	case !outside:
		open = append(open, "that the end was cut off: no head that was kept elsewhere was given (--head)")
	case kept.Size < r.Records:
		open = append(open, fmt.Sprintf("that records were cut off behind the first %d: the head that was given is of those", kept.Size))
	default:
		open = append(open, "that records were written after that head was made, and cut off again")
	}
	return proves, open
}

func are(n int64) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func at(v audit.Verdict) string {
	if v.At.IsZero() {
		return ""
	}
	return " at " + v.At.UTC().Format(time.DateTime) + " UTC"
}

// Audit says what became of verifying an audit log, in words for an auditor.
func Audit(w io.Writer, r *audit.Report, s Style) error {
	p := newPrinter(w, s)
	if r.Sound() {
		p.line(p.paint(good, "Nothing was found: the audit log agrees with itself, and with every head."))
	} else {
		p.line(p.paint(alarm, "This audit log was altered or damaged, or is not whole."))
	}
	p.line()
	p.line("journal ", p.clean(r.Log.Journal), ", environment ", p.clean(r.Log.Environment), ", merchant ", p.clean(r.Log.Merchant))
	if r.Records > 0 {
		p.line(count(r.Records, "record"), fmt.Sprintf(", numbers %d to %d; of %d the hash was stored when they were logged", r.First, r.Last, min(r.Stored, r.Records)))
	} else {
		p.line("no records")
	}
	p.line("root ", r.Root.String())
	auditHeads(p, r)
	for i, f := range r.Faults {
		if i == 0 {
			p.line()
			p.line(p.paint(strong, "What does not fit:"))
		}
		p.sentence(2, "", p.clean(f.What), alarm)
	}
	if r.Sound() {
		proves, open := auditWords(r)
		sentences(p, "What this proves:", proves)
		sentences(p, "What it cannot exclude:", open)
	}
	return p.close()
}

func sentences(p *printer, title string, all []string) {
	for i, text := range all {
		if i == 0 {
			p.line()
			p.line(p.paint(strong, title))
		}
		p.line("  ", text)
	}
}

// auditHeads lists heads that were given, and counts the others.
func auditHeads(p *printer, r *audit.Report) {
	var stored, signed int64
	for _, v := range r.Heads {
		if !v.Outside {
			stored++
			if v.Signer != "" {
				signed++
			}
			continue
		}
		fits := "fits"
		if !v.Fits {
			fits = "does not fit"
		}
		by := ""
		if v.Signer != "" {
			by = ", signed by " + p.clean(v.Signer)
		}
		p.line("head of ", count(v.Size, "record"), at(v), by, " (", p.clean(v.From), "): ", fits)
	}
	if stored > 0 {
		p.line(count(stored, "head"), fmt.Sprintf(" kept with the log, %d of them signed by a key that was given", signed))
	}
}

package render

import (
	"io"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// Faults shows everything that is wrong with what was written, each with its
// place and path, and its hint on a line of its own; and how many there are.
func Faults(w io.Writer, faults spec.Errors, s Style) error {
	p := newPrinter(w, s)
	for _, f := range faults {
		where := ""
		for _, part := range [...]string{f.Pos.String(), f.Path} {
			if part != "" {
				where += p.clean(part) + ": "
			}
		}
		p.line(p.paint(strong, where), p.clean(f.Msg))
		p.hint(2, f.Hint)
	}
	p.line(p.paint(alarm, count(int64(len(faults)), "fault")))
	return p.close()
}

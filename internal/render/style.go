package render

import "github.com/fatih/color"

// A Style says how text is to look. The zero Style is plain: no colour, no
// wrapping, arrows as arrows.
type Style struct {
	Color bool // the stream shows colour
	ASCII bool // the stream shows no more than ASCII
	Width int  // columns after which sentences are wrapped; 0 wraps nothing
}

// A role is what a piece of text means, which decides its colour.
type role int

const (
	plain  role = iota
	strong      // headings
	good        // settled
	wait        // accepted, pending
	alarm       // in doubt, refused, cannot be undone
	faint       // hints and places
)

var attributes = map[role][]color.Attribute{
	strong: {color.Bold},
	good:   {color.FgGreen},
	wait:   {color.FgYellow},
	alarm:  {color.FgRed, color.Bold},
	faint:  {color.Faint},
}

// paint returns text in the colour of r, when the stream shows colour.
func (s Style) paint(r role, text string) string {
	attrs, ok := attributes[r]
	if !ok || !s.Color || text == "" {
		return text
	}
	c := color.New(attrs...)
	c.EnableColor() // for this object: the package's own switch looks at standard output only
	return c.Sprint(text)
}

func (s Style) arrow() string {
	if s.ASCII {
		return "->"
	}
	return "→"
}

func (s Style) ellipsis() string {
	if s.ASCII {
		return "..."
	}
	return "…"
}

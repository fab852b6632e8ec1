package csvimport

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/payreconcile/payreconcile/internal/yamlfile"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// delimiters are those that are looked for when none is said.
const delimiters = ";,\t"

// A layout is where the columns of a file are.
type layout struct {
	at     map[Target]int // index of the column, from zero
	mapped []Target       // those that are
	names  []string       // of all columns; numbers when there is no header
	fields int
}

// open finds out how a file is laid out and leaves s at its first row. It
// returns nil when the file has a fault there.
func (o *Options) open(s *scanner) (*layout, error) {
	line, ok, err := s.readLine()
	for err == nil && ok && len(line) == 0 {
		line, ok, err = s.readLine()
	}
	switch {
	case errors.Is(err, io.EOF) && !s.lost:
		s.fault(1, 1, "file is empty", "was the export interrupted?")
		return nil, nil
	case errors.Is(err, io.EOF) || err == nil && !ok:
		s.lost = true
		return nil, nil
	case err != nil:
		return nil, err
	}
	delim, said := o.Delimiter, o.Delimiter != 0
	if rest, is := strings.CutPrefix(strings.ToLower(string(line)), "sep="); is && len(rest) == 1 {
		if !said {
			delim, said = rest[0], true
		}
		if line, ok, err = s.readLine(); err != nil || !ok {
			s.fault(s.line, 1, "file has no header", "was the export interrupted?")
			return nil, nil
		}
	}
	s.held = slices.Clone(line)
	if !said {
		if delim, ok = o.delimiter(s, string(line)); !ok {
			return nil, nil
		}
	}
	s.delim = delim
	return o.header(s)
}

// delimiter finds the one under which the first line has every column that is
// mapped. Where several do, and it matters, nothing is guessed.
func (o *Options) delimiter(s *scanner, line string) (byte, bool) {
	var fit []byte
	best, most := byte(';'), 0
	for _, d := range []byte(delimiters) {
		names := split(line, d)
		if o.fits(names) {
			fit = append(fit, d)
		}
		if len(names) > most {
			best, most = d, len(names)
		}
	}
	switch {
	case len(fit) == 1:
		return fit[0], true
	case len(fit) == 0, most == 1:
		return best, true // the header will be told what it lacks
	}
	s.fault(s.line, 1, "it is not clear what separates the columns", `write --delimiter ";", --delimiter "," or --delimiter tab`)
	s.lost = true
	return 0, false
}

// split cuts a line as a scanner would, for a look at it.
func split(line string, delim byte) (names []string) {
	s := newScanner(strings.NewReader(line), "", func(*spec.Error) {})
	s.delim = delim
	cells, err := s.next()
	if err != nil {
		return nil
	}
	for _, c := range cells {
		names = append(names, strings.TrimSpace(c.text))
	}
	return names
}

func (o *Options) fits(names []string) bool {
	for _, column := range o.Columns {
		if n, ok := number(column); ok && n > len(names) || !ok && !slices.Contains(names, column) {
			return false
		}
	}
	return true
}

// header reads the first row, or looks at it when it is none.
func (o *Options) header(s *scanner) (*layout, error) {
	held := s.held
	cells, err := s.next()
	if errors.Is(err, io.EOF) {
		return nil, nil // with a fault
	}
	if err != nil {
		return nil, err
	}
	l := &layout{at: map[Target]int{}, fields: len(cells)}
	for i, c := range cells {
		name := strings.TrimSpace(c.text)
		if o.NoHeader {
			name = fmt.Sprintf("column %d", i+1)
		}
		l.names = append(l.names, name)
	}
	found := true
	l.mapped = slices.Sorted(maps.Keys(o.Columns))
	for _, t := range l.mapped {
		i, ok := o.find(s, l, t, cells[0].line)
		l.at[t] = i
		found = found && ok
	}
	if !found {
		s.lost = true
		return nil, nil
	}
	if o.NoHeader {
		s.held = held
	}
	return l, nil
}

// find returns the index of the column of a target.
func (o *Options) find(s *scanner, l *layout, t Target, line int) (int, bool) {
	column := o.Columns[t]
	if n, ok := number(column); ok {
		if n > l.fields {
			s.fault(line, 1, fmt.Sprintf("%s is mapped to column %d, and there are %d", t, n, l.fields), "check the map, and --delimiter")
		}
		return n - 1, n <= l.fields
	}
	i := slices.Index(l.names, column)
	switch {
	case i < 0:
		s.fault(line, 1, fmt.Sprintf("there is no column %s, to which %s is mapped", quote(column), t),
			yamlfile.Suggest(column, cleanNames(l.names)))
	case slices.Index(l.names[i+1:], column) >= 0:
		s.fault(line, 1, fmt.Sprintf("there are several columns %s, to which %s is mapped", quote(column), t), "give the number of the column, from 1")
		i = -1
	}
	return i, i >= 0
}

// cleanNames are the names of columns as a hint may repeat them.
func cleanNames(names []string) []string {
	out := make([]string, min(len(names), 30))
	for i := range out {
		out[i] = strings.Trim(quote(names[i]), `"`)
	}
	return out
}

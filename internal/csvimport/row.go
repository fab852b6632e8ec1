package csvimport

import (
	"encoding/binary"
	"slices"
)

// A row is the cells of the columns that are mapped, in the order of its
// layout.
type row struct {
	line   int
	cells  []cell
	layout *layout
}

// cell returns the cell of a target; ok is false when it is not mapped.
func (r *row) cell(t Target) (c cell, ok bool) {
	for i, x := range r.layout.mapped {
		if x == t {
			return r.cells[i], true
		}
	}
	return cell{}, false
}

func (r *row) text(t Target) string {
	c, _ := r.cell(t)
	return trim(c.text)
}

// pack appends a row, so that many can be kept in little room.
func (r *row) pack(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(r.line))
	for _, c := range r.cells {
		b = binary.AppendUvarint(b, uint64(c.line-r.line))
		b = binary.AppendUvarint(b, uint64(c.col))
		b = binary.AppendUvarint(b, uint64(len(c.text)))
		b = append(b, c.text...)
	}
	return b
}

// unpack returns the rows that were packed one behind the other.
func (l *layout) unpack(b []byte) (rows []*row) {
	next := func() int {
		n, size := binary.Uvarint(b)
		b = b[size:]
		return int(n)
	}
	for len(b) > 0 {
		r := &row{line: next(), layout: l, cells: make([]cell, len(l.mapped))}
		for i := range r.cells {
			c := cell{line: r.line + next(), col: next()}
			n := next()
			c.text, b = string(b[:n]), b[n:]
			r.cells[i] = c
		}
		rows = append(rows, r)
	}
	return rows
}

// pick makes a row of the cells of a record.
func (l *layout) pick(cells []cell) *row {
	r := &row{line: cells[0].line, layout: l, cells: make([]cell, len(l.mapped))}
	for i, t := range l.mapped {
		r.cells[i] = cells[l.at[t]]
	}
	return r
}

// without drops the rows of more that stand among rows.
func without(more, rows []*row) []*row {
	return slices.DeleteFunc(more, func(r *row) bool {
		return slices.ContainsFunc(rows, func(x *row) bool { return x.line == r.line })
	})
}

package spec

import (
	"context"
	"strconv"
)

// A twin is a payment whose key was in the index already.
type twin struct {
	base    string
	source  int
	index   int // in its document
	payment *Payment
	ok      bool // it has no other fault
}

// addTwin sets a payment aside until its first place is known.
func (d *decoder) addTwin(t twin) {
	if len(d.twins) == maxFaults {
		d.faults.dropped++
		return
	}
	d.twins = append(d.twins, t)
}

// A finder looks for the first place of certain payments.
type finder struct {
	first map[string]firstPlace // the zero place until it is found
}

type firstPlace struct {
	source int
	pos    Pos
}

func (f *finder) seen(base string, source int, pos Pos) {
	if at, wanted := f.first[base]; wanted && at.pos.Line == 0 {
		f.first[base] = firstPlace{source, pos}
	}
}

// settleTwins reads the sources again for the first places of repeated ids, and
// reports the repetitions. A payment whose id is found nowhere else only shared
// a hash.
func (d *decoder) settleTwins(ctx context.Context, srcs *Sources) error {
	if len(d.twins) == 0 {
		return nil
	}
	f := &finder{first: map[string]firstPlace{}}
	for _, t := range d.twins {
		f.first[t.base] = firstPlace{}
	}
	again := &decoder{opts: d.opts, find: f}
	if err := again.sources(ctx, srcs); err != nil {
		return err
	}
	for _, t := range d.twins {
		first := f.first[t.base]
		if first.source == t.source && first.pos == t.payment.Pos {
			if d.hand(t.payment, t.ok); d.stopped {
				return nil
			}
			continue
		}
		msg := "payment " + t.base + " is declared twice, first at " + first.pos.String()
		d.faults.add(t.source, &Error{
			Pos: t.payment.Pos, Path: "spec.payments[" + strconv.Itoa(t.index) + "].id", Msg: msg,
			Hint: "merge the two: one payment has one entry, whatever the spelling of its id",
		})
	}
	return nil
}

package render

import (
	"fmt"
	"io"
	"math"
	"sync"
	"time"

	"github.com/cheggaaa/pb/v3"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// progressEvery is how often progress is told where there is no terminal.
const progressEvery = 10 * time.Second

// A Progress shows how far long work has come: as a bar on a terminal,
// elsewhere as a line every ten seconds. It is safe for concurrent use, and a
// nil Progress shows nothing.
type Progress struct {
	mu       sync.Mutex
	currency spec.Currency
	done     int64
	total    int64
	minor    int64
	bar      *pb.ProgressBar // nil without a terminal
	stop     chan struct{}   // closed by Finish; nil with a bar
	stopped  sync.WaitGroup
	finish   sync.Once
}

// NewProgress starts a display on w for total payments; 0 is a number not
// known yet. Finish has to be called at the end.
func NewProgress(w io.Writer, tty bool, total int64) *Progress {
	p := &Progress{total: max(total, 0)}
	if tty {
		p.bar = p.newBar(w)
		return p
	}
	before := int64(0)
	p.every(func() {
		p.mu.Lock()
		line := p.line(p.done - before)
		before = p.done
		p.mu.Unlock()
		_, _ = fmt.Fprintln(w, "payreconcile: "+line) // progress that cannot be written stops nothing
	})
	return p
}

// NewStreamProgress is NewProgress as a message of a stream every ten seconds.
func NewStreamProgress(s *Stream, total int64) *Progress {
	p := &Progress{total: max(total, 0)}
	p.every(func() {
		p.mu.Lock()
		done, total := p.done, p.total
		p.mu.Unlock()
		_ = s.Progress(done, total) // the stream keeps its error
	})
	return p
}

// every begins to tell every ten seconds.
func (p *Progress) every(tell func()) {
	p.stop = make(chan struct{})
	p.stopped.Go(func() { p.tell(tell) })
}

// MoneyIn makes the display show the money that is added, all of which is in
// c. Without it, as when several currencies move, no money is shown.
func (p *Progress) MoneyIn(c spec.Currency) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.currency = c
}

// Add counts payments that are through and the money, in minor units, that
// their calls moved.
func (p *Progress) Add(payments, minor int64) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += payments
	if p.currency != "" && minor > 0 && minor <= math.MaxInt64-p.minor {
		p.minor += minor
	}
	p.show()
}

// Set says how many payments are through, of how many; a total of 0 is not
// known yet.
func (p *Progress) Set(done, total int64) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done, p.total = done, max(total, 0)
	p.show()
}

// Finish ends the display and waits until it is written. It may be called more
// than once; what is counted later is not shown.
func (p *Progress) Finish() {
	if p == nil {
		return
	}
	p.finish.Do(func() {
		if p.bar != nil {
			p.bar.Finish()
			return
		}
		close(p.stop)
		p.stopped.Wait()
	})
}

// barTemplate shows payments, money, rate and, once the total is known, a bar
// and the time left.
const barTemplate = `payreconcile: {{string . "done"}}{{if .Total}} {{bar . "[" "=" ">" " " "]"}}{{end}} {{speed . "%s/s" "?/s"}}{{if .Total}} {{rtime . "%s left" "" ""}}{{end}}`

func (p *Progress) newBar(w io.Writer) *pb.ProgressBar {
	bar := pb.New64(p.total)
	bar.Set(pb.Terminal, true).Set(pb.Color, false).Set(pb.CleanOnFinish, true).Set("done", doneText{p})
	bar.SetTemplateString(barTemplate).SetWriter(w)
	return bar.Start()
}

// A doneText is what the bar says of what is through, put into words only when
// the bar is drawn.
type doneText struct{ p *Progress }

func (d doneText) String() string {
	d.p.mu.Lock()
	defer d.p.mu.Unlock()
	return d.p.through()
}

// show brings the bar up to date. The caller holds the lock.
func (p *Progress) show() {
	if p.bar != nil {
		p.bar.SetTotal(p.total).SetCurrent(p.done)
	}
}

// through says what is through. The caller holds the lock.
func (p *Progress) through() string {
	text := count(p.done, "payment")
	if p.total > 0 {
		text = number(p.done) + " of " + count(p.total, "payment")
	}
	if p.minor > 0 {
		text += ", " + spec.Money{Minor: p.minor, Currency: p.currency}.String()
	}
	return text
}

// tell tells every ten seconds until Finish.
func (p *Progress) tell(tell func()) {
	tick := time.NewTicker(progressEvery)
	defer tick.Stop()
	for {
		select {
		case <-p.stop:
			return
		case <-tick.C:
			tell()
		}
	}
}

// line says how far the work has come, when it came recent payments further
// in the last ten seconds.
func (p *Progress) line(recent int64) string {
	line := p.through()
	const seconds = int64(progressEvery / time.Second)
	switch {
	case recent <= 0:
		return line + ", nothing new in the last " + progressEvery.String()
	case recent < seconds:
		line += fmt.Sprintf(", %d in the last %s", recent, progressEvery)
	default:
		line += ", " + number(recent/seconds) + "/s"
	}
	if left := p.total - p.done; left > 0 && left <= math.MaxInt64/int64(progressEvery) {
		line += ", " + time.Duration(left*int64(progressEvery)/recent).Round(time.Second).String() + " left"
	}
	return line
}

// Package inorder does work on a stream side by side and gives the results in
// the order of the stream. Memory does not grow with the length of the stream.
package inorder

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"strings"
	"sync"
)

// Most is how many values f is given at a time; fewer when few are left.
const Most = 16

// A batch is some values in a row on their way through a worker, or the error
// that ended the stream.
type batch[T, R any] struct {
	values  []T
	results []R
	err     error
	done    chan struct{}
}

// Map hands the values of in to f, at most Most at a time and on as many
// workers at a time as it is told (one if fewer), and yields what f returns in
// the order of in. f may return as many results as it likes, and may keep the
// batch that it is given.
//
// The sequence ends at the first error, which comes after the results of all
// that was before it: an error of in, an error of f, in place of the results of
// its batch, or the cause of the end of ctx. After it f is not called again. The
// context that f is given ends with the sequence, also when its consumer stops.
//
// in is read ahead of f on a goroutine of its own, by at most 2*Most values a
// worker more than are being worked on, so that the last batches can be small
// and all workers end at about the same time. The sequence does not return
// before all of its goroutines have, so in must not block for ever. What in or
// f panic with, the consumer of the sequence is panicked with.
func Map[T, R any](ctx context.Context, in iter.Seq2[T, error], workers int, f func(ctx context.Context, batch []T) ([]R, error)) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		m := mapping[T, R]{
			workers: max(1, workers), f: f,
			jobs: make(chan *batch[T, R]), ordered: make(chan *batch[T, R], 4*max(1, workers)),
		}
		var wg sync.WaitGroup
		for range m.workers {
			wg.Go(func() { m.work(ctx) })
		}
		wg.Go(func() { m.feed(ctx, in) })
		defer wg.Wait()
		defer m.drain()
		defer cancel()
		m.give(yield)
	}
}

type mapping[T, R any] struct {
	workers int
	f       func(context.Context, []T) ([]R, error)
	jobs    chan *batch[T, R] // to whoever is free
	ordered chan *batch[T, R] // the same ones, in order
}

func (m *mapping[T, R]) work(ctx context.Context) {
	for b := range m.jobs {
		if b.err = context.Cause(ctx); b.err == nil {
			b.err = caught(func() (err error) {
				b.results, err = m.f(ctx, b.values)
				return err
			})
		}
		close(b.done)
	}
}

// A panicked is what somebody panicked with on a goroutine where nobody could
// catch it, and where.
type panicked struct{ text string }

func (p *panicked) Error() string { return p.text }

// caught runs f and makes its panic an error.
func caught(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicked{fmt.Sprintf("%v\n%s", v, where())}
		}
	}()
	return f()
}

// where are the functions of this goroutine, without their arguments, which
// could hold anything.
func where() string {
	var b strings.Builder
	callers := make([]uintptr, 32)
	frames := runtime.CallersFrames(callers[:runtime.Callers(4, callers)])
	for {
		f, more := frames.Next()
		fmt.Fprintf(&b, "%s\n\t%s:%d\n", f.Function, f.File, f.Line)
		if !more {
			return b.String()
		}
	}
}

// feed hands out the stream, and what it panicked with in its place.
func (m *mapping[T, R]) feed(ctx context.Context, in iter.Seq2[T, error]) {
	defer close(m.ordered)
	defer close(m.jobs)
	if err := caught(func() error { m.cut(ctx, in); return nil }); err != nil {
		m.fail(err)
	}
}

// cut cuts the stream into batches.
func (m *mapping[T, R]) cut(ctx context.Context, in iter.Seq2[T, error]) {
	ahead := 2 * Most * m.workers
	var held []T
	var end error
	for v, err := range in {
		if err != nil {
			end = err
			break
		}
		if held = append(held, v); len(held) < ahead+Most {
			continue
		}
		if !m.put(ctx, held[:Most:Most]) {
			return
		}
		if held = held[Most:]; cap(held) < ahead+Most {
			held = append(make([]T, 0, 2*(ahead+Most)), held...)
		}
	}
	for len(held) > 0 {
		size := min(Most, 1+len(held)/(2*m.workers), len(held))
		if !m.put(ctx, held[:size:size]) {
			return
		}
		held = held[size:]
	}
	if end != nil {
		m.fail(end)
	}
}

// put hands out a batch, and reports whether there is any use in another.
func (m *mapping[T, R]) put(ctx context.Context, values []T) bool {
	if ctx.Err() != nil {
		m.fail(context.Cause(ctx))
		return false
	}
	b := &batch[T, R]{values: append([]T(nil), values...), done: make(chan struct{})}
	m.ordered <- b
	m.jobs <- b
	return true
}

// fail puts the error that ends the stream in its place.
func (m *mapping[T, R]) fail(err error) {
	b := &batch[T, R]{err: err, done: make(chan struct{})}
	close(b.done)
	m.ordered <- b
}

// give yields the results in order, to the first error.
func (m *mapping[T, R]) give(yield func(R, error) bool) {
	for b := range m.ordered {
		<-b.done
		if p, is := errors.AsType[*panicked](b.err); is {
			panic(p.text)
		}
		if b.err != nil {
			var none R
			yield(none, b.err)
			return
		}
		for _, r := range b.results {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// drain takes what nobody wants any more, so that nobody waits to hand it over.
func (m *mapping[T, R]) drain() {
	for b := range m.ordered {
		<-b.done
	}
}

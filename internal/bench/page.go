package main

import (
	"fmt"
	"io"
	"iter"
	"os"
	"time"

	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

// page writes a plan of 100,000 payments as a page, in this process.
func (b *bench) page() error {
	const n = 100_000
	manifest, err := b.manifest("long", n)
	if err != nil {
		return err
	}
	p, err := b.platform("stub", n, 0)
	if err != nil {
		return err
	}
	file, html := b.path("plan"), b.path("plan.html")
	_, err = b.plan(p, manifest, file, b.connsOr(16))
	p.stop()
	if err != nil {
		return err
	}
	var all []time.Duration
	for range 5 {
		took, err := writePage(file, html)
		if err != nil {
			return err
		}
		all = append(all, took)
	}
	report(fmt.Sprintf("page of a plan of %d payments", n), median(all).Seconds(), "s, %.1f MB from a plan of %.1f MB", float64(size(html))/1e6, float64(size(file))/1e6)
	return nil
}

// writePage reads the plan in file and writes its page.
func writePage(file, html string) (took time.Duration, err error) {
	in, err := os.Open(file)
	if err != nil {
		return 0, err
	}
	defer func() { _ = in.Close() }()
	h, f, err := plan.Verify(in)
	if err != nil {
		return 0, err
	}
	out, err := os.Create(html)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	err = render.PlanHTML(out, h, f, func() iter.Seq2[*plan.Entry, error] {
		if _, err := in.Seek(0, io.SeekStart); err != nil {
			return func(yield func(*plan.Entry, error) bool) { yield(nil, err) }
		}
		return plan.Entries(in)
	}, render.HTMLOptions{Now: began})
	took = time.Since(began)
	if closing := out.Close(); err == nil {
		err = closing
	}
	return took, err
}

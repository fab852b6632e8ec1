package sim

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/payreconcile/payreconcile/internal/planner"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// command is what a person or a script tells a process to do.
func (p *process) command() {
	defer p.leave()
	d := drawFor(p.w.seed, "command of "+p.name, 0)
	ctx := context.Background()
	_, err := p.j.Unfinished(ctx)
	unfinished := err == nil
	open, _ := p.j.Open(ctx, 1)
	switch {
	case unfinished && (len(open) > 0 && d.intn(6) > 0 || d.oneIn(2)):
		if len(open) > 0 && d.oneIn(3) {
			p.word(d, open[0])
		}
		p.resume(d)
	case p.m.file != nil && d.oneIn(2):
		p.apply(d, p.m.file)
		p.m.file = nil
	default:
		file := p.makePlan(d, p.w.some(d))
		if file == nil {
			return
		}
		if d.oneIn(6) {
			p.m.file = file // for a later process
			return
		}
		if d.oneIn(4) {
			time.Sleep(d.span(time.Second, 20*time.Minute))
		}
		p.apply(d, file)
	}
}

// some are payments of which a plan is made: all, or a part.
func (w *world) some(d *draw) (out []*payment) {
	all := d.oneIn(2)
	for _, p := range w.payments {
		if all || d.intn(4) > 0 {
			out = append(out, p)
		}
	}
	return out
}

// makePlan plans what is declared of payments.
func (p *process) makePlan(d *draw, payments []*payment) []byte {
	w := p.w
	var declared []*payment
	for _, pay := range payments {
		if pay.declared {
			declared = append(declared, pay)
		}
	}
	if len(declared) == 0 {
		return nil
	}
	w.mu.Lock()
	w.nonces++
	nonce := w.nonces
	w.mu.Unlock()
	now := p.m.now()
	h := plan.Header{
		Created: now, Environment: w.env.Name, Merchant: w.env.Merchant, CaptureUnit: w.env.CaptureUnit, RefundOpen: w.env.RefundOpen,
		Expires: now.Add(pick(d, 30*time.Minute, 24*time.Hour, 240*time.Hour)), Journal: p.j.Ref(), Nonce: fmt.Sprint(nonce), Tool: "sim",
	}
	var out bytes.Buffer
	p.spare(d.intn(8) > 0)
	defer p.spare(false)
	pw, err := plan.NewWriter(&out, h)
	if err == nil {
		text := w.manifest(d, declared)
		pl := planner.Planner{Reader: p.gate, History: p.j, Env: h.Env(), Parallelism: len(declared), Pace: p.pace}
		if p.pace != nil {
			pl.Parallelism = 1
		}
		err = pl.Write(context.Background(), spec.Decode(context.Background(), spec.SourcesOf(spec.Inline("m.yaml", text)), spec.Options{}), pw)
	}
	if err == nil {
		_, err = pw.Close()
	}
	if faults := spec.Errors(nil); errors.As(err, &faults) {
		w.count("manifest refused")
		return nil
	}
	if err != nil {
		w.count("not planned")
		w.note(-1, "%s cannot plan: %v", p, err)
		return nil
	}
	w.count("planned")
	w.public(p, out.Bytes())
	w.plannedInDoubt(p, out.Bytes())
	return out.Bytes()
}

// apply accepts a plan and runs it.
func (p *process) apply(d *draw, file []byte) {
	var h plan.Header
	var rec apply.PlanRecord
	err := p.unwinding(func() (err error) {
		h, rec, err = apply.Accept(context.Background(), p.j, bytes.NewReader(file), p.w.env, p.permit(file), p.m.now())
		return err
	})
	if err != nil {
		p.w.note(-1, "%s does not accept the plan: %v", p, err)
		p.w.count("not accepted")
		return
	}
	p.w.note(-1, "%s accepts plan %.6s", p, rec.PlanID)
	p.w.count("accepted")
	p.run(d, h, rec)
}

// permit says that the process itself wants the plan in a file.
func (p *process) permit(file []byte) apply.Permit {
	_, f, err := plan.Verify(bytes.NewReader(file))
	if err != nil {
		p.w.violate(-1, promiseSound, "%s has a plan that is none: %v", p, err)
	}
	return apply.Permit{PlanID: f.PlanID, Approvals: []apply.Approval{{By: p.name, How: apply.HowAutoApprove}}}
}

// resume goes on with the newest unfinished plan.
func (p *process) resume(d *draw) {
	h, rec, err := apply.Resume(context.Background(), p.j, p.w.env)
	if err != nil {
		if !errors.Is(err, apply.ErrNoPlan) {
			p.w.violate(-1, promiseSound, "%s cannot resume: %v", p, err)
		}
		return
	}
	if n := len(rec.Approvals); n != 1 {
		p.w.violate(-1, promiseSound, "plan %.6s is in the journal with %d approvals, and was given 1", rec.PlanID, n)
	}
	p.w.note(-1, "%s resumes plan %.6s", p, rec.PlanID)
	p.w.count("resumed")
	p.run(d, h, rec)
}

func (p *process) executor() *apply.Executor {
	var mu sync.Mutex
	return &apply.Executor{
		Gateway: p.gate, Pace: p.pace, Journal: p.j, Env: p.w.env, Options: p.opts, Now: p.m.now,
		Report: func(r apply.Result) {
			if !mu.TryLock() {
				p.w.violate(-1, promiseSound, "%s reports two results at once", p)
				return
			}
			defer mu.Unlock()
			if !p.isDead() {
				p.w.reported(p, r)
			}
		},
	}
}

// run runs an accepted plan.
func (p *process) run(d *draw, h plan.Header, rec apply.PlanRecord) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if d.oneIn(8) {
		defer time.AfterFunc(d.span(10*time.Millisecond, 2*time.Minute), cancel).Stop()
	}
	p.plan = rec.PlanID
	var sum apply.Summary
	err := p.unwinding(func() error {
		body, err := p.j.ReadPlan(context.Background(), rec.PlanID)
		if err != nil {
			return err
		}
		sum, err = p.executor().Run(ctx, h, rec, plan.Entries(body))
		return err
	})
	p.w.note(-1, "%s ends: %s; complete %v, unsent %d, stopped %q, %v", p, sum.Line(), sum.Complete, sum.Unsent, sum.Stopped, err)
	switch {
	case p.isDead():
	case err != nil:
		p.w.count("run failed")
	case sum.Stopped != "":
		p.w.count("run stopped")
	case sum.Complete:
		p.w.count("run complete")
	}
}
